//! The files of people and groups: one tree of named nodes in the database, and their bytes under
//! their SHA-256 on disk.
//!
//! This room decides no access. It says whose a node is and which rule is in force for it; who
//! calls it has asked whether the caller may.

mod account;
mod blobs;
mod change;
mod copy;
mod error;
mod fsck;
mod links;
mod name;
mod row;
mod schema;
mod search;
mod transfers;
mod trash;
mod tree;
mod upload;
mod versions;

use std::collections::HashMap;
use std::error::Error as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Transaction};
use tenkyu_store::Store;

pub use blobs::Checksums;
pub use error::FileError;
pub use fsck::FileReport;
pub use links::LinkTarget;
pub use name::{DEPTH, check_name, join_path, split_path};
pub use row::Placed;
pub use search::Wanted;
pub use transfers::Transfer;
pub use tree::{NewNode, PageStart};
pub use upload::{Appended, Body, Expected, NewUpload, Precondition, UploadKind, UploadState};

use blobs::Blobs;
use upload::Active;

/// Identifier of the root of the tree.
pub const ROOT: &str = "root";
/// Identifier of the folder of people's homes.
pub const HOME: &str = "home";
/// Identifier of the folder of groups' homes.
pub const GROUPS: &str = "groups";

/// The parent of what was thrown away. No node has this identifier.
const TRASH: &str = "~trash";

/// Limits on files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Bytes of a person to whom nothing else was granted.
    pub person_quota: u64,
    /// Bytes of a group to which nothing else was granted.
    pub group_quota: u64,
    /// Earlier contents of a file that are kept.
    pub versions: u64,
    /// How long the trash keeps things, milliseconds.
    pub trash_ms: i64,
    /// How long an unfinished upload is kept after its last byte, milliseconds.
    pub upload_ms: i64,
    /// Unfinished uploads of one person.
    pub uploads: u64,
    /// Nodes that one copy may make.
    pub copied: u64,
}

impl Default for FileLimits {
    /// 20 GB of a person, 100 GB of a group; 10 versions; 30 days of trash; 3 days for uploads, of
    /// which a person may have 1000; 100 000 nodes in a copy.
    fn default() -> Self {
        const DAY: i64 = 24 * 3600 * 1000;
        FileLimits {
            person_quota: 20_000_000_000,
            group_quota: 100_000_000_000,
            versions: 10,
            trash_ms: 30 * DAY,
            upload_ms: 3 * DAY,
            uploads: 1000,
            copied: 100_000,
        }
    }
}

/// The files of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    inner: Arc<Inner>,
}

struct Inner {
    pool: AnyPool,
    blobs: Blobs,
    limits: FileLimits,
    /// Uploads that were written to since the server started.
    active: Mutex<HashMap<String, Arc<Active>>>,
}

impl Files {
    /// Opens the files of a data directory that exists. What a killed server left unfinished and
    /// nobody can continue is given up, its space freed.
    ///
    /// # Errors
    /// A database or a folder that cannot be used.
    pub async fn open(
        store: &Store,
        data_dir: &Path,
        limits: FileLimits,
    ) -> Result<Files, FileError> {
        let migrated = store.migrate(&schema::ROOM).await;
        migrated.map_err(|error| FileError::Internal(format!("{error}: {:?}", error.source())))?;
        let pool = store.pool().clone();
        let blobs = Blobs::open(&data_dir.join("files"))?;
        let inner = Inner { pool, blobs, limits, active: Mutex::default() };
        let files = Files { inner: Arc::new(inner) };
        files.make_roots().await?;
        files.give_up_interrupted().await?;
        Ok(files)
    }

    /// The limits in force.
    pub fn limits(&self) -> &FileLimits {
        &self.inner.limits
    }

    /// Removes what has had its time: uploads, trash, links and transfers. To be called now and
    /// then.
    ///
    /// # Errors
    /// A store or a disk that fails.
    pub async fn tend(&self) -> Result<(), FileError> {
        self.expire_uploads().await?;
        self.expire_trash().await?;
        self.expire_links().await?;
        self.expire_transfers().await
    }

    async fn connection(&self) -> Result<PoolConnection<Any>, FileError> {
        Ok(self.inner.pool.acquire().await?)
    }

    /// A transaction in which the tree may change. They come one after the other.
    async fn turn(&self) -> Result<Transaction<'static, Any>, FileError> {
        let mut transaction = self.inner.pool.begin().await?;
        sqlx::query("UPDATE file_turn SET n = n + 1 WHERE id = 1")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    fn active(&self) -> MutexGuard<'_, HashMap<String, Arc<Active>>> {
        self.inner.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970, UTC.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

/// A random name of 26 letters: 130 bits, so that it cannot be guessed.
fn random_id() -> Result<String, FileError> {
    crate::random_name(26).map_err(|error| FileError::Internal(error.to_string()))
}

/// A length for the database.
fn to_i64(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// A length from the database.
fn to_u64(bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or_default()
}
