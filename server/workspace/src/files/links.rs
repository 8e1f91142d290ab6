//! Secret links: whoever has one may read, or write, a node and what is below it.

use sha2::{Digest, Sha256};
use sqlx::Row as _;
use tenkyu_wire::files::SecretLink;

use super::blobs::hex;
use super::{FileError, Files, now, random_id};

/// What a secret opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    /// Identifier of the node.
    pub node: String,
    /// Whether it may be written.
    pub write: bool,
}

/// Only this is kept of a secret: who reads the database cannot use it.
fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

impl Files {
    /// Makes a secret link that ends at `expires`, milliseconds since 1970.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn make_link(
        &self,
        node: &str,
        write: bool,
        expires: i64,
        creator: &str,
    ) -> Result<SecretLink, FileError> {
        let secret = format!("{}{}", random_id()?, random_id()?);
        let link = SecretLink {
            id: random_id()?.chars().take(10).collect(),
            write,
            expires,
            created: now(),
            secret: Some(secret.clone()),
        };
        sqlx::query(
            "INSERT INTO file_link (hash, id, node, may_write, created_at, creator, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(hash(&secret))
        .bind(&link.id)
        .bind(node)
        .bind(i64::from(write))
        .bind(link.created)
        .bind(creator)
        .bind(expires)
        .execute(&self.inner.pool)
        .await?;
        Ok(link)
    }

    /// The links of a node that have not ended.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn links(&self, node: &str) -> Result<Vec<SecretLink>, FileError> {
        let rows = sqlx::query(
            "SELECT id, may_write, created_at, expires_at FROM file_link \
             WHERE node = $1 AND expires_at > $2 ORDER BY created_at DESC LIMIT 1000",
        )
        .bind(node)
        .bind(now())
        .fetch_all(&self.inner.pool)
        .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(SecretLink {
                id: row.try_get("id")?,
                write: row.try_get::<i64, _>("may_write")? != 0,
                created: row.try_get("created_at")?,
                expires: row.try_get("expires_at")?,
                secret: None,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Withdraws a link.
    ///
    /// # Errors
    /// [`FileError::NoLink`]; a store that fails.
    pub async fn withdraw_link(&self, node: &str, id: &str) -> Result<(), FileError> {
        let done = sqlx::query("DELETE FROM file_link WHERE node = $1 AND id = $2")
            .bind(node)
            .bind(id)
            .execute(&self.inner.pool)
            .await?;
        if done.rows_affected() == 0 { Err(FileError::NoLink) } else { Ok(()) }
    }

    /// What a secret opens now.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn open_link(&self, secret: &str) -> Result<Option<LinkTarget>, FileError> {
        let row = sqlx::query(
            "SELECT node, may_write FROM file_link WHERE hash = $1 AND expires_at > $2",
        )
        .bind(hash(secret))
        .bind(now())
        .fetch_optional(&self.inner.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let write = row.try_get::<i64, _>("may_write")? != 0;
        Ok(Some(LinkTarget { node: row.try_get("node")?, write }))
    }

    pub(super) async fn expire_links(&self) -> Result<(), FileError> {
        sqlx::query("DELETE FROM file_link WHERE expires_at < $1")
            .bind(now())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }
}
