//! The rooms of one data directory, opened and tied together.

use std::sync::Arc;

use anyhow::Context;
use tenkyu_accounts::Accounts;
use tenkyu_archive::Archive;
use tenkyu_engine::{Engine, EngineOptions};
use tenkyu_jobs::Jobs;
use tenkyu_store::Store;
use tenkyu_vo::{ServiceError, Services, Vo};
use tenkyu_workspace::Workspace;

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::failed;
use crate::glue::{
    ArchiveRoom, EngineRoom, ModuleRoom, NameRoom, ObscoreTable, OwnTableRoom, QueryWorker,
    QueueRoom, WebFetcher,
};

/// Everything that answers requests.
#[derive(Clone)]
pub struct Rooms {
    /// Catalogues.
    pub engine: Arc<Engine>,
    /// Observations.
    pub archive: Archive,
    /// People, sessions, tokens and groups.
    pub accounts: Accounts,
    /// Saved views.
    pub workspace: Workspace,
    /// Queued and running queries.
    pub jobs: Jobs,
    /// The protocols over them.
    pub vo: Arc<Vo>,
    pub(crate) names: Arc<NameRoom>,
}

impl Rooms {
    /// Opens a data directory, creating what is not there.
    ///
    /// # Errors
    /// A folder or a database that cannot be used.
    pub async fn open(config: &Config) -> anyhow::Result<Rooms> {
        let store = open_store(config).await?;
        let archive = archive_of(config, &store).await?;
        let engine = open_engine(config)?;
        let accounts = Accounts::open(&store, config.accounts).await?;
        let workspace = Workspace::open(&config.data_dir, &store).await?;
        engine.register(Arc::new(ObscoreTable::new(archive.clone(), config.public_url())));
        let archive_room = Arc::new(ArchiveRoom::new(archive.clone()));
        let names = Arc::new(NameRoom::open(archive.clone(), config.data_dir.join("names")).await?);
        engine.resolve_names_with(names.clone());
        let jobs = Jobs::open(&config.data_dir, &store, config.job_limits.clone()).await?;
        let functions = Arc::new(ModuleRoom::new(workspace.clone(), config.function_limits));
        let tables = OwnTableRoom::open(engine.clone(), workspace.clone(), config.table_limits);
        let tables = Arc::new(tables.await?);
        let rows = config.limits.upload_rows;
        let services = Services {
            tap: Arc::new(EngineRoom::new(engine.clone(), functions.clone(), tables.clone(), rows)),
            artifacts: archive_room.clone(),
            observations: archive_room,
            resolver: names.clone(),
            jobs: Arc::new(QueueRoom::new(jobs.clone())),
            functions,
            tables,
            fetcher: Arc::new(WebFetcher::new(config.upload_hosts.clone())),
        };
        let scratch = fresh_scratch(config)?;
        let vo = Vo::new(services, config.limits.clone(), config.base_url.clone(), scratch);
        jobs.start(Arc::new(QueryWorker::new(vo.clone()))).await?;
        Ok(Rooms { engine, archive, accounts, workspace, jobs, vo, names })
    }
}

/// An empty folder for what requests bring; a killed server may have left files in it.
fn fresh_scratch(config: &Config) -> anyhow::Result<std::path::PathBuf> {
    let scratch = config.data_dir.join("scratch");
    match std::fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    std::fs::create_dir_all(&scratch)?;
    Ok(scratch)
}

/// The metadata store, over a data directory that is made where there is none.
pub(crate) async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let data_dir = &config.data_dir;
    std::fs::create_dir_all(data_dir).with_context(|| data_dir.display().to_string())?;
    Ok(Store::open(data_dir, config.database_url.as_deref()).await?)
}

/// The accounts alone.
pub(crate) async fn open_accounts(config: &Config) -> anyhow::Result<Accounts> {
    Ok(Accounts::open(&open_store(config).await?, config.accounts).await?)
}

/// The archive alone.
pub(crate) async fn open_archive(config: &Config) -> anyhow::Result<Archive> {
    archive_of(config, &open_store(config).await?).await
}

async fn archive_of(config: &Config, store: &Store) -> anyhow::Result<Archive> {
    let archive = Archive::open(&config.data_dir, store).await?;
    Ok(match &config.authority {
        Some(authority) => archive.with_authority(authority),
        None => archive,
    })
}

/// The catalogues of the data directory.
pub(crate) fn open_engine(config: &Config) -> anyhow::Result<Arc<Engine>> {
    let options = EngineOptions {
        query_seconds: config.limits.seconds,
        memory_bytes: config.query_memory,
        hot_bytes: config.column_memory,
        cluster: config.cluster.clone(),
        ..EngineOptions::default()
    };
    let engine = Engine::open(&config.catalogs(), options);
    Ok(Arc::new(engine.map_err(|error| failed(error, terminal_lang()))?))
}

impl Rooms {
    /// Hands to one owner what another has: a person who signs in gets what their browser made
    /// before. Functions whose names the person has already stay with the browser.
    ///
    /// # Errors
    /// A database that fails.
    pub(crate) async fn adopt(&self, from: &str, to: &str) -> Result<(), ServiceError> {
        self.jobs.adopt(from, to).await.map_err(|e| ServiceError::internal(format!("{e:?}")))?;
        let kept = self.workspace.adopt(from, to).await;
        kept.map_err(|e| ServiceError::internal(format!("{e:?}")))
    }
}

impl Config {
    /// Whether clients reach the service over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.base_url.as_deref().is_some_and(|url| url.starts_with("https:"))
    }

    /// The folder of the catalogues.
    pub(crate) fn catalogs(&self) -> std::path::PathBuf {
        self.data_dir.join("catalogs")
    }

    /// The address that stands in rows and links which know no request.
    pub(crate) fn public_url(&self) -> String {
        let mut addr = self.addr;
        if addr.ip().is_unspecified() {
            // "Every address of this machine" is none that a client could use.
            addr.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        self.base_url.clone().unwrap_or_else(|| format!("http://{addr}"))
    }
}
