//! Where the archive keeps things: rows in a database, bytes in an object store.

mod events;
mod ids;
mod objects;

use std::path::Path;

use sqlx::{AnyPool, any::AnyPoolOptions, migrate::Migrator};

pub(crate) use events::{Entry, append};
pub(crate) use ids::{artifact_id, hex, observation_id, plane_id};
pub(crate) use objects::{ObjectCheck, Objects};

use crate::error::ArchiveError;

/// The tables, as numbered steps that are applied once each.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Opens (and creates) the SQLite database `tenkyu.sqlite` of a data directory.
pub(crate) async fn open_embedded(data_dir: &Path) -> Result<AnyPool, ArchiveError> {
    let path = data_dir.join("tenkyu.sqlite");
    let mut url = url_of(&path);
    url.push_str("?mode=rwc");
    open_url(&url).await
}

/// A `sqlite:` URL of a path, with the characters that a URL gives a meaning escaped.
fn url_of(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'%' | b'?' | b'#' | b' ' => url.push_str(&format!("%{byte:02X}")),
            _ if byte.is_ascii() => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// Connects to a database by URL and brings its tables up to date.
pub(crate) async fn open_url(url: &str) -> Result<AnyPool, ArchiveError> {
    sqlx::any::install_default_drivers();
    let sqlite = url.starts_with("sqlite:");
    let pool = AnyPoolOptions::new()
        .max_connections(8)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if sqlite {
                    // The log is synced at each checkpoint: a power cut loses the last
                    // transactions at most, never the consistency.
                    for pragma in [
                        "PRAGMA busy_timeout = 30000",
                        "PRAGMA synchronous = NORMAL",
                        "PRAGMA foreign_keys = ON",
                    ] {
                        sqlx::query(pragma).execute(&mut *connection).await?;
                    }
                }
                Ok(())
            })
        })
        .connect(url)
        .await?;
    if sqlite {
        // Readers go on while one writes. The mode belongs to the file, and to set it takes a lock
        // that does not wait for others: once is enough.
        sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await?;
    }
    MIGRATIONS.run(&pool).await?;
    Ok(pool)
}
