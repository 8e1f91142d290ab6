//! Names and coordinates: the resolver of the archive, read anew when its sources change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use async_trait::async_trait;
use tenkyu_archive::names::{ArchiveTarget, Names, build_names};
use tenkyu_archive::{Archive, ArchiveError};
use tenkyu_vo::{Resolver, ServiceError};
use tenkyu_wire::resolve::{Resolution, Target};

/// The resolver behind `/resolve`.
pub(crate) struct NameRoom {
    archive: Archive,
    folder: PathBuf,
    state: RwLock<State>,
}

#[derive(Clone)]
struct State {
    names: Arc<Names>,
    /// What the names were built of.
    sources: Sources,
}

/// What names are built of: the archive's targets, and files with the time of their writing.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sources {
    targets: Vec<ArchiveTarget>,
    files: Vec<(PathBuf, Option<SystemTime>)>,
}

impl NameRoom {
    /// Reads the names of the folder and the targets of the archive.
    pub(crate) async fn open(archive: Archive, folder: PathBuf) -> Result<NameRoom, ArchiveError> {
        let sources = sources(&archive, &folder).await?;
        let names = build(&folder, &sources).await;
        let state = RwLock::new(State { names, sources });
        Ok(NameRoom { archive, folder, state })
    }

    /// Reads again if a source has changed.
    pub(crate) async fn refresh(&self) -> Result<(), ArchiveError> {
        let sources = sources(&self.archive, &self.folder).await?;
        if sources == self.state().sources {
            return Ok(());
        }
        let names = build(&self.folder, &sources).await;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State { names, sources };
        Ok(())
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn names(&self) -> Arc<Names> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).names.clone()
    }
}

async fn sources(archive: &Archive, folder: &Path) -> Result<Sources, ArchiveError> {
    let targets = archive.targets().await?;
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| (entry.path(), entry.metadata().and_then(|meta| meta.modified()).ok()))
        .collect();
    files.sort();
    let targets = targets
        .into_iter()
        .map(|(name, ra_deg, dec_deg)| ArchiveTarget { name, ra_deg, dec_deg })
        .collect();
    Ok(Sources { targets, files })
}

async fn build(folder: &Path, sources: &Sources) -> Arc<Names> {
    let (names, report) = build_names(folder, &sources.targets).await;
    for (file, error) in &report.failed {
        tracing::warn!(file = %file.display(), error, "names left out");
    }
    tracing::info!(objects = report.objects, stars = report.stars, "names are read");
    Arc::new(names)
}

impl tenkyu_engine::NameResolver for NameRoom {
    fn position(&self, name: &str) -> Result<(f64, f64), Vec<String>> {
        let Ok(resolution) = self.names().resolve(name) else { return Err(Vec::new()) };
        match resolution.matches.first() {
            Some(target) => Ok((target.ra_deg, target.dec_deg)),
            None => Err(resolution.suggestions),
        }
    }
}

#[async_trait]
impl Resolver for NameRoom {
    async fn resolve(&self, text: &str) -> Result<Resolution, ServiceError> {
        self.names().resolve(text).map_err(ServiceError::new)
    }

    async fn complete(&self, prefix: &str, limit: usize) -> Result<Vec<Target>, ServiceError> {
        Ok(self.names().complete(prefix, limit))
    }
}
