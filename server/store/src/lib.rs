//! The metadata store: SQLite in the data directory, or PostgreSQL by URL.
//!
//! Rooms keep their tables in it side by side. Each numbers the shapes of its own tables
//! ([`Room`]), and [`Store::migrate`] brings them from whatever number the database has to the one
//! that the program knows. SQL is what both databases speak: placeholders `$1`, columns of TEXT and
//! BIGINT alone, no clock of the database.

mod migrate;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::path::{Path, PathBuf};

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool};

pub use migrate::Room;

/// Connections of the pool that all rooms share.
const CONNECTIONS: u32 = 8;

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the metadata store failed")]
    Database(#[from] sqlx::Error),
    /// A newer program has changed the tables.
    #[error(
        "the tables of {room} have version {found}, and this program knows {known}: use the newer \
         program, or restore the backup that it made"
    )]
    Newer {
        /// Whose tables.
        room: &'static str,
        /// Version in the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The folder of backups cannot be made.
    #[error("{path}: no backup could be made", path = path.display())]
    Backup {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Which database it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The file in the data directory; the path is the folder for backups.
    Embedded { backups: PathBuf },
    /// A server, whose operator makes the backups.
    Postgres,
}

/// The metadata store. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    kind: Kind,
}

impl Store {
    /// Opens the database at `url` (`postgres://…`), or without one `tenkyu.sqlite` in a data
    /// directory that exists.
    ///
    /// # Errors
    /// [`StoreError::Database`] where it cannot be reached or used.
    pub async fn open(data_dir: &Path, url: Option<&str>) -> Result<Store, StoreError> {
        sqlx::any::install_default_drivers();
        let (url, kind) = match url {
            Some(url) => (url.to_owned(), Kind::Postgres),
            None => {
                let backups = data_dir.join("backups");
                (sqlite_url(&data_dir.join("tenkyu.sqlite")), Kind::Embedded { backups })
            }
        };
        let embedded = matches!(kind, Kind::Embedded { .. });
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .after_connect(move |connection, _| {
                Box::pin(async move { if embedded { prepare(connection).await } else { Ok(()) } })
            })
            .connect(&url)
            .await?;
        Ok(Store { pool, kind })
    }

    /// The connections.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }
}

/// Readers do not wait for a writer (WAL), and a writer waits for another. What was acknowledged
/// survives the loss of power, which WAL alone does not promise: hence FULL.
async fn prepare(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for pragma in [
        "PRAGMA busy_timeout = 30000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
    ] {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    Ok(())
}

fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.to_string_lossy().bytes() {
        // In a URL these would end the path.
        match byte {
            b'%' | b'?' | b'#' | b' ' | 0x80.. => url.push_str(&format!("%{byte:02X}")),
            _ => url.push(char::from(byte)),
        }
    }
    url.push_str("?mode=rwc");
    url
}
