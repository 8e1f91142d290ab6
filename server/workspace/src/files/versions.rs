//! Contents of files: the present one and earlier ones.

use std::path::PathBuf;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use tenkyu_wire::files::{FileNode, FileVersion, NodeKind};

use super::account::give_back;
use super::blobs::Checksums;
use super::row::{Placed, Row};
use super::trash::release;
use super::tree::{by_id, place};
use super::{FileError, Files, now, to_i64, to_u64};

/// A content that becomes the present one of a file.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) bytes: u64,
    pub(super) sums: Checksums,
    pub(super) content_type: Option<String>,
    pub(super) creator: String,
}

impl Files {
    /// Where the present content of a file lies.
    ///
    /// # Errors
    /// [`FileError::NotAFile`].
    pub fn content(&self, node: &FileNode) -> Result<PathBuf, FileError> {
        match (&node.sha256, node.kind) {
            (Some(sha256), NodeKind::Data) => Ok(self.inner.blobs.object(sha256)),
            _ => Err(FileError::NotAFile(node.path.clone())),
        }
    }

    /// Where an earlier content of a file lies.
    pub fn version_content(&self, version: &FileVersion) -> PathBuf {
        self.inner.blobs.object(&version.sha256)
    }

    /// Earlier contents of a file, the latest first.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn versions(&self, node: &FileNode) -> Result<Vec<FileVersion>, FileError> {
        let mut connection = self.connection().await?;
        versions(&mut connection, &node.id).await
    }

    /// An earlier content of a file.
    ///
    /// # Errors
    /// [`FileError::NoVersion`]; a store that fails.
    pub async fn version(&self, node: &FileNode, number: u64) -> Result<FileVersion, FileError> {
        let found = self.versions(node).await?.into_iter().find(|one| one.version == number);
        found.ok_or_else(|| FileError::NoVersion { path: node.path.clone(), version: number })
    }

    /// Makes an earlier content the present one, as a new version.
    ///
    /// # Errors
    /// [`FileError::NoVersion`], [`FileError::Quota`]; a store or a disk that fails.
    pub async fn bring_back(
        &self,
        node: &FileNode,
        number: u64,
        creator: &str,
    ) -> Result<Placed, FileError> {
        let mut turn = self.turn().await?;
        let row = by_id(&mut turn, &node.id).await?;
        let row = row.ok_or_else(|| FileError::NoNode(node.path.clone()))?;
        let old = versions(&mut turn, &node.id).await?;
        let old = old.into_iter().find(|one| one.version == number);
        let old =
            old.ok_or_else(|| FileError::NoVersion { path: node.path.clone(), version: number })?;
        self.take(&mut turn, &row.owner, old.bytes, 0).await?;
        let content = Content {
            bytes: old.bytes,
            sums: Checksums { sha256: old.sha256, md5: old.md5 },
            content_type: old.content_type,
            creator: creator.to_owned(),
        };
        let freed = self.replace(&mut turn, &row, &content).await?;
        let back = place(&mut turn, &node.id).await?;
        turn.commit().await?;
        self.sweep(freed).await?;
        Ok(back)
    }

    /// Puts a content in the place of the present one, which becomes an earlier one. Its space is
    /// taken already. Contents that nobody names any more are returned.
    pub(super) async fn replace(
        &self,
        turn: &mut AnyConnection,
        row: &Row,
        new: &Content,
    ) -> Result<Vec<String>, FileError> {
        name_content(turn, new).await?;
        if let (Some(sha256), Some(md5)) = (&row.sha256, &row.md5) {
            sqlx::query(
                "INSERT INTO file_version (node, version, bytes, sha256, md5, content_type, \
                 created_at, creator) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(&row.id)
            .bind(to_i64(row.version))
            .bind(to_i64(row.bytes))
            .bind(sha256)
            .bind(md5)
            .bind(row.content_type.clone())
            .bind(row.modified)
            .bind(&row.creator)
            .execute(&mut *turn)
            .await?;
        }
        sqlx::query(
            "UPDATE file_node SET bytes = $2, sha256 = $3, md5 = $4, content_type = $5, \
             modified_at = $6, version = version + 1, creator = $7 WHERE id = $1",
        )
        .bind(&row.id)
        .bind(to_i64(new.bytes))
        .bind(&new.sums.sha256)
        .bind(&new.sums.md5)
        .bind(new.content_type.clone().or_else(|| row.content_type.clone()))
        .bind(now())
        .bind(&new.creator)
        .execute(&mut *turn)
        .await?;
        self.forget_oldest(turn, row).await
    }

    /// Removes earlier contents beyond those that are kept.
    async fn forget_oldest(
        &self,
        turn: &mut AnyConnection,
        row: &Row,
    ) -> Result<Vec<String>, FileError> {
        let kept = usize::try_from(self.inner.limits.versions).unwrap_or(usize::MAX);
        let mut freed = Vec::new();
        for old in versions(turn, &row.id).await?.into_iter().skip(kept) {
            sqlx::query("DELETE FROM file_version WHERE node = $1 AND version = $2")
                .bind(&row.id)
                .bind(to_i64(old.version))
                .execute(&mut *turn)
                .await?;
            give_back(turn, &row.owner, old.bytes, 0).await?;
            if release(turn, &old.sha256, 1).await? {
                freed.push(old.sha256);
            }
        }
        Ok(freed)
    }
}

/// Counts one more mention of a content.
pub(super) async fn name_content(
    turn: &mut AnyConnection,
    content: &Content,
) -> Result<(), FileError> {
    sqlx::query(
        "INSERT INTO file_object (sha256, md5, bytes, refs) VALUES ($1, $2, $3, 1) \
         ON CONFLICT (sha256) DO UPDATE SET refs = file_object.refs + 1",
    )
    .bind(&content.sums.sha256)
    .bind(&content.sums.md5)
    .bind(to_i64(content.bytes))
    .execute(turn)
    .await?;
    Ok(())
}

async fn versions(connection: &mut AnyConnection, id: &str) -> Result<Vec<FileVersion>, FileError> {
    let rows = sqlx::query(
        "SELECT version, bytes, sha256, md5, content_type, created_at, creator \
         FROM file_version WHERE node = $1 ORDER BY version DESC",
    )
    .bind(id)
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| {
        Ok(FileVersion {
            version: to_u64(row.try_get("version")?),
            bytes: to_u64(row.try_get("bytes")?),
            sha256: row.try_get("sha256")?,
            md5: row.try_get("md5")?,
            content_type: row.try_get("content_type")?,
            created: row.try_get("created_at")?,
            creator: row.try_get("creator")?,
        })
    };
    rows.iter().map(read).collect()
}
