//! Throwing away, taking back, and removing for good.

use sqlx::{AnyConnection, Row as _};
use tenkyu_wire::files::{NodeKind, Trashed};

use super::account::give_back;
use super::blobs::blocking;
use super::change::{BELOW, bytes_below, movable};
use super::name::check_name;
use super::row::Placed;
use super::tree::{folder, place, vacant};
use super::{DEPTH, FileError, Files, TRASH, now, to_i64, to_u64};

impl Files {
    /// Throws a node away with all below it. It can be taken back for as long as the trash keeps
    /// it, and uses its owner's quota until then.
    ///
    /// # Errors
    /// [`FileError::NoNode`], [`FileError::Fixed`]; a store that fails.
    pub async fn throw_away(&self, id: &str) -> Result<(), FileError> {
        let mut turn = self.turn().await?;
        let placed = movable(&mut turn, id).await?;
        let bytes = bytes_below(&mut turn, id).await?;
        mark_below(&mut turn, id, id).await?;
        sqlx::query("UPDATE file_node SET parent = $2, name = $1 WHERE id = $1")
            .bind(id)
            .bind(TRASH)
            .execute(&mut *turn)
            .await?;
        sqlx::query(
            "INSERT INTO file_trash (node, owner, parent, name, path, bytes, deleted_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(&placed.node.owner)
        .bind(placed.above.last().cloned().unwrap_or_default())
        .bind(placed.node.name())
        .bind(&placed.node.path)
        .bind(to_i64(bytes))
        .bind(now())
        .execute(&mut *turn)
        .await?;
        Ok(turn.commit().await?)
    }

    /// What an owner threw away, the latest first.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn trash(&self, owner: &str) -> Result<Vec<Trashed>, FileError> {
        let rows = sqlx::query(
            "SELECT t.node, t.path, n.kind, t.bytes, t.deleted_at FROM file_trash t \
             JOIN file_node n ON n.id = t.node WHERE t.owner = $1 \
             ORDER BY t.deleted_at DESC LIMIT 1000",
        )
        .bind(owner)
        .fetch_all(&self.inner.pool)
        .await?;
        let read = |row: &sqlx::any::AnyRow| {
            let deleted: i64 = row.try_get("deleted_at")?;
            let kind: String = row.try_get("kind")?;
            Ok(Trashed {
                id: row.try_get("node")?,
                path: row.try_get("path")?,
                kind: NodeKind::parse(&kind).ok_or_else(|| FileError::corrupt(kind))?,
                bytes: to_u64(row.try_get("bytes")?),
                deleted,
                expires: deleted.saturating_add(self.inner.limits.trash_ms),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Whose trash a node is in.
    ///
    /// # Errors
    /// [`FileError::NotInTrash`]; a store that fails.
    pub async fn trash_owner(&self, id: &str) -> Result<String, FileError> {
        let mut connection = self.connection().await?;
        Ok(trash_entry(&mut connection, id).await?.0)
    }

    /// Puts a node back where it was, or into another folder of the same owner, or under another
    /// name.
    ///
    /// # Errors
    /// [`FileError::NotInTrash`], [`FileError::NoFolder`] where its folder is gone,
    /// [`FileError::Taken`] where its name is in use; a store that fails.
    pub async fn take_back(
        &self,
        id: &str,
        parent: Option<&str>,
        name: Option<&str>,
    ) -> Result<Placed, FileError> {
        let name = name.map(check_name).transpose()?;
        let mut turn = self.turn().await?;
        let (owner, old_parent, old_name, old_path) = trash_entry(&mut turn, id).await?;
        let name = name.unwrap_or(old_name);
        let to =
            folder(&mut turn, parent.unwrap_or(&old_parent)).await.map_err(|error| {
                match (error, old_path.rsplit_once('/')) {
                    (FileError::NoFolder(_), Some((folder, _))) => {
                        FileError::NoFolder(folder.to_owned())
                    }
                    (error, _) => error,
                }
            })?;
        if to.owner != owner {
            return Err(FileError::NoFolder(to.path));
        }
        vacant(&mut turn, &to, &name).await?;
        mark_below(&mut turn, id, "").await?;
        sqlx::query("UPDATE file_node SET parent = $2, name = $3 WHERE id = $1")
            .bind(id)
            .bind(&to.id)
            .bind(&name)
            .execute(&mut *turn)
            .await?;
        sqlx::query("DELETE FROM file_trash WHERE node = $1").bind(id).execute(&mut *turn).await?;
        let back = place(&mut turn, id).await?;
        if back.above.len() > DEPTH {
            return Err(FileError::TooDeep(DEPTH));
        }
        turn.commit().await?;
        Ok(back)
    }

    /// Removes a node of the trash for good, with all below it, and frees its space.
    ///
    /// # Errors
    /// [`FileError::NotInTrash`]; a store or a disk that fails.
    pub async fn purge(&self, id: &str) -> Result<(), FileError> {
        let mut turn = self.turn().await?;
        let (owner, ..) = trash_entry(&mut turn, id).await?;
        let bytes = bytes_below(&mut turn, id).await?;
        let contents = contents_below(&mut turn, id).await?;
        let mut freed = Vec::new();
        for (sha256, refs) in contents {
            if release(&mut turn, &sha256, refs).await? {
                freed.push(sha256);
            }
        }
        for table in ["file_property", "file_version", "file_link"] {
            let text = format!("{BELOW} DELETE FROM {table} WHERE node IN (SELECT id FROM below)");
            sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).execute(&mut *turn).await?;
        }
        let text = format!("{BELOW} DELETE FROM file_node WHERE id IN (SELECT id FROM below)");
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).execute(&mut *turn).await?;
        sqlx::query("DELETE FROM file_trash WHERE node = $1").bind(id).execute(&mut *turn).await?;
        give_back(&mut turn, &owner, bytes, 0).await?;
        turn.commit().await?;
        self.sweep(freed).await
    }

    /// Empties what has been in the trash long enough.
    pub(super) async fn expire_trash(&self) -> Result<(), FileError> {
        let before = now().saturating_sub(self.inner.limits.trash_ms);
        let rows = sqlx::query("SELECT node FROM file_trash WHERE deleted_at < $1 LIMIT 1000")
            .bind(before)
            .fetch_all(&self.inner.pool)
            .await?;
        for row in rows {
            match self.purge(&row.try_get::<String, _>("node")?).await {
                // Somebody was quicker.
                Ok(()) | Err(FileError::NotInTrash(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes contents that no row names any more.
    pub(super) async fn sweep(&self, freed: Vec<String>) -> Result<(), FileError> {
        if freed.is_empty() {
            return Ok(());
        }
        let _alone = self.inner.blobs.naming.write().await;
        for sha256 in freed {
            let named = sqlx::query("SELECT sha256 FROM file_object WHERE sha256 = $1")
                .bind(&sha256)
                .fetch_optional(&self.inner.pool)
                .await?;
            if named.is_none() {
                let inner = self.inner.clone();
                blocking(move || inner.blobs.remove_object(&sha256)).await?;
            }
        }
        Ok(())
    }
}

/// Owner, folder, name and path of what is in the trash.
async fn trash_entry(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<(String, String, String, String), FileError> {
    let row = sqlx::query("SELECT owner, parent, name, path FROM file_trash WHERE node = $1")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    let row = row.ok_or_else(|| FileError::NotInTrash(id.chars().take(40).collect()))?;
    Ok((row.try_get("owner")?, row.try_get("parent")?, row.try_get("name")?, row.try_get("path")?))
}

async fn mark_below(turn: &mut AnyConnection, id: &str, mark: &str) -> Result<(), FileError> {
    let text =
        format!("{BELOW} UPDATE file_node SET trashed = $2 WHERE id IN (SELECT id FROM below)");
    sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).bind(mark).execute(turn).await?;
    Ok(())
}

/// The contents of a tree and how often it names each.
async fn contents_below(
    turn: &mut AnyConnection,
    id: &str,
) -> Result<Vec<(String, i64)>, FileError> {
    let text = format!(
        "{BELOW} SELECT sha256, CAST(COUNT(*) AS BIGINT) AS refs FROM (\
         SELECT n.sha256 FROM below JOIN file_node n ON n.id = below.id \
         WHERE n.sha256 IS NOT NULL UNION ALL \
         SELECT v.sha256 FROM below JOIN file_version v ON v.node = below.id) AS c GROUP BY sha256"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_all(turn).await?;
    rows.iter().map(|row| Ok((row.try_get("sha256")?, row.try_get("refs")?))).collect()
}

/// Gives up so many mentions of a content; whether none is left.
pub(super) async fn release(
    turn: &mut AnyConnection,
    sha256: &str,
    refs: i64,
) -> Result<bool, FileError> {
    sqlx::query("UPDATE file_object SET refs = refs - $2 WHERE sha256 = $1")
        .bind(sha256)
        .bind(refs)
        .execute(&mut *turn)
        .await?;
    let done = sqlx::query("DELETE FROM file_object WHERE sha256 = $1 AND refs <= 0")
        .bind(sha256)
        .execute(turn)
        .await?;
    Ok(done.rows_affected() > 0)
}
