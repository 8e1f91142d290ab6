//! What users keep: files, views that were saved to be shared under a short address, and functions
//! of their own.

mod error;
pub mod files;
mod modules;
mod owned;
mod tables;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use tenkyu_store::{Room, Store};

pub use error::WorkspaceError;
pub use modules::ModuleLimits;
pub use tables::{KeptTable, TableLimits, table_date};
pub use view::{NewView, SavedView};

/// Tables of this room, but for those of files.
const TABLES: Room = Room {
    name: "workspace",
    steps: &[
        &[
            "CREATE TABLE IF NOT EXISTS saved_view (\
     id TEXT PRIMARY KEY NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL, title TEXT NOT NULL, \
     snapshots TEXT NOT NULL, created_at BIGINT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS function_module (\
     owner TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, bytes BIGINT NOT NULL, \
     created_at BIGINT NOT NULL, functions TEXT NOT NULL, PRIMARY KEY (owner, id))",
            "CREATE TABLE IF NOT EXISTS own_table (\
     owner TEXT NOT NULL, name TEXT NOT NULL, id TEXT UNIQUE NOT NULL, bytes BIGINT NOT NULL, \
     created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, meta TEXT NOT NULL, \
     PRIMARY KEY (owner, name))",
        ],
        &[
            "CREATE TABLE IF NOT EXISTS saved_view_owner (\
     id TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL, created_at BIGINT NOT NULL)",
            "CREATE INDEX IF NOT EXISTS saved_view_owner_owner ON saved_view_owner (owner, created_at)",
        ],
    ],
};

/// The workspace of a data directory. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Workspace {
    pool: AnyPool,
    /// Folder of the modules.
    modules: PathBuf,
    /// Folder of the tables.
    tables: PathBuf,
    /// Held while modules and tables come and go: a file is there exactly while a row names it.
    changing: Arc<tokio::sync::Mutex<()>>,
}

impl Workspace {
    /// Opens the workspace: modules and tables in a data directory that exists, rows in the metadata
    /// store.
    ///
    /// # Errors
    /// [`WorkspaceError::Migrate`] where the tables cannot be used.
    pub async fn open(data_dir: &Path, store: &Store) -> Result<Workspace, WorkspaceError> {
        store.migrate(&TABLES).await?;
        let (modules, tables) = (data_dir.join("functions"), data_dir.join("tables"));
        Ok(Workspace { pool: store.pool().clone(), modules, tables, changing: Arc::default() })
    }

    /// Keeps a view under a new identifier.
    ///
    /// # Errors
    /// [`WorkspaceError::BadAddress`], [`WorkspaceError::TooLong`]; [`WorkspaceError::DiskFull`];
    /// [`WorkspaceError::Store`].
    pub async fn save(&self, view: &NewView) -> Result<SavedView, WorkspaceError> {
        view.check()?;
        let saved = SavedView {
            id: new_id()?,
            path: view::encode(&view.path),
            query: view::encode(view.query.trim_start_matches('?')),
            title: view.title.clone().unwrap_or_default(),
            snapshots: view.snapshots.clone(),
            created_at: now(),
        };
        let snapshots = serde_json::to_string(&saved.snapshots)
            .map_err(|error| WorkspaceError::Corrupt(error.to_string()))?;
        sqlx::query(
            "INSERT INTO saved_view (id, path, query, title, snapshots, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&saved.id)
        .bind(&saved.path)
        .bind(&saved.query)
        .bind(&saved.title)
        .bind(snapshots)
        .bind(saved.created_at)
        .execute(&self.pool)
        .await?;
        Ok(saved)
    }

    /// A view by its identifier.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`], [`WorkspaceError::Corrupt`].
    pub async fn view(&self, id: &str) -> Result<Option<SavedView>, WorkspaceError> {
        let row = sqlx::query(
            "SELECT id, path, query, title, snapshots, created_at FROM saved_view WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| read(&row)).transpose()
    }
}

fn read(row: &AnyRow) -> Result<SavedView, WorkspaceError> {
    let snapshots: String = row.try_get("snapshots")?;
    Ok(SavedView {
        id: row.try_get("id")?,
        path: row.try_get("path")?,
        query: row.try_get("query")?,
        title: row.try_get("title")?,
        snapshots: serde_json::from_str(&snapshots)
            .map_err(|error| WorkspaceError::Corrupt(error.to_string()))?,
        created_at: row.try_get("created_at")?,
    })
}

/// Seconds since 1970, UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Ten characters: 50 random bits, so a link cannot be guessed.
fn new_id() -> Result<String, WorkspaceError> {
    random_name(10)
}

/// Random characters of 32 that are hard to confuse, 5 bits each.
fn random_name(letters: usize) -> Result<String, WorkspaceError> {
    const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
    let mut random = vec![0_u8; letters];
    getrandom::fill(&mut random).map_err(|error| WorkspaceError::Random(error.to_string()))?;
    Ok(random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect())
}
