//! Content-addressed files: `objects/ab/cd/<sha256>`.

use std::{
    io,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};
use sha2::{Digest, Sha256};

use super::ids::hex;
use crate::error::ArchiveError;

/// A staging file of the local store that is older than this belongs to a process that died.
const STALE: Duration = Duration::from_secs(3600);

/// The bytes of artifacts and of what was made from them, each under its own SHA-256.
#[derive(Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    root: PathBuf,
}

/// What a check of one object found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectCheck {
    /// The bytes hash to the name.
    Good,
    /// Nothing is stored under the name.
    Missing,
    /// The bytes hash to something else.
    Changed(String),
}

impl Objects {
    /// Opens the local store of a data directory. Writes go to a staging file that is synced and
    /// then renamed, so an object is there whole or not at all.
    pub(crate) fn open(data_dir: &FsPath) -> Result<Objects, ArchiveError> {
        let root = data_dir.join("objects");
        let failed = |source| ArchiveError::DataDir { path: root.clone(), source };
        std::fs::create_dir_all(&root).map_err(failed)?;
        remove_stale(&root, 0).map_err(failed)?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Objects { store: Arc::new(store), root })
    }

    /// The same folder behind another store; for stores that fail on purpose.
    #[cfg(test)]
    pub(crate) fn with_store(data_dir: &FsPath, store: Arc<dyn ObjectStore>) -> Objects {
        Objects { store, root: data_dir.join("objects") }
    }

    fn key(sha256: &str) -> Result<ObjectPath, ArchiveError> {
        let part = |range| sha256.get(range).unwrap_or("00");
        ObjectPath::parse(format!("{}/{}/{sha256}", part(0..2), part(2..4)))
            .map_err(|e| ArchiveError::Objects(e.into()))
    }

    /// Where the local store keeps an object.
    pub(crate) fn path(&self, sha256: &str) -> PathBuf {
        let part = |range| sha256.get(range).unwrap_or("00");
        self.root.join(part(0..2)).join(part(2..4)).join(sha256)
    }

    /// Stores bytes under their SHA-256, which it returns. What is already there is left alone.
    pub(crate) async fn put(&self, sha256: &str, bytes: Bytes) -> Result<(), ArchiveError> {
        let key = Self::key(sha256)?;
        match self.store.head(&key).await {
            Ok(meta) if meta.size == bytes.len() as u64 => return Ok(()),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(e) => return Err(e.into()),
        }
        self.store
            .put(&key, PutPayload::from_bytes(bytes))
            .await
            .map_err(|e| ArchiveError::from(e).or_disk_full())?;
        Ok(())
    }

    /// Reads an object through and compares its hash with its name.
    pub(crate) async fn check(&self, sha256: &str) -> Result<ObjectCheck, ArchiveError> {
        let found = match self.store.get(&Self::key(sha256)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(ObjectCheck::Missing),
            Err(e) => return Err(e.into()),
        };
        let mut hash = Sha256::new();
        let mut stream = found.into_stream();
        while let Some(chunk) = stream.try_next().await? {
            hash.update(&chunk);
        }
        let actual = hex(&hash.finalize());
        Ok(if actual == sha256 { ObjectCheck::Good } else { ObjectCheck::Changed(actual) })
    }

    /// The names of all objects.
    pub(crate) async fn list(&self) -> Result<Vec<String>, ArchiveError> {
        let listed: Vec<_> = self.store.list(None).try_collect().await?;
        Ok(listed.iter().filter_map(|meta| meta.location.filename().map(str::to_owned)).collect())
    }
}

/// Removes staging files (`<sha256>#<n>`) that a killed process left behind.
fn remove_stale(folder: &FsPath, depth: u8) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < 2 {
            remove_stale(&entry.path(), depth + 1)?;
        } else if kind.is_file() && entry.file_name().to_string_lossy().contains('#') {
            let age = SystemTime::now().duration_since(entry.metadata()?.modified()?);
            if age.is_ok_and(|age| age > STALE) {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
