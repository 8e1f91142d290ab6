//! Stores for tests, on the database that the suite runs on: SQLite, or with
//! `TENKYU_TEST_DATABASE_URL` PostgreSQL, where each data directory has a schema of its own.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use sqlx::{AnyConnection, Connection};

use crate::Store;

/// The `database_url` of a server in a data directory; the same for the same directory.
pub async fn url(data_dir: &Path) -> Option<String> {
    let server = std::env::var("TENKYU_TEST_DATABASE_URL").ok()?;
    let mut hash = DefaultHasher::new();
    data_dir.hash(&mut hash);
    let schema = format!("t{:x}", hash.finish());
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&server).await.unwrap();
    let create = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Some(format!("{server}?options[search_path]={schema}"))
}

/// The store of a data directory, which is made where there is none.
pub async fn open(data_dir: &Path) -> Store {
    std::fs::create_dir_all(data_dir).unwrap();
    Store::open(data_dir, url(data_dir).await.as_deref()).await.unwrap()
}
