//! Moving and renaming.

use sqlx::{AnyConnection, Row as _};
use tenkyu_wire::files::{FileNode, NodeKind};

use super::account::give_back;
use super::name::check_name;
use super::row::Placed;
use super::tree::{folder, place, vacant};
use super::{DEPTH, FileError, Files, GROUPS, HOME, ROOT, now, to_u64};

/// The identifiers of a node and of all below it, with how deep they lie under it.
pub(super) const BELOW: &str = "WITH RECURSIVE below(id, level) AS (\
     SELECT id, 0 FROM file_node WHERE id = $1 UNION ALL \
     SELECT n.id, below.level + 1 FROM file_node n JOIN below ON n.parent = below.id)";

impl Files {
    /// Moves a node into a folder under a name; to rename it, into the folder where it is.
    ///
    /// # Errors
    /// [`FileError::Taken`], [`FileError::Cycle`], [`FileError::Fixed`], [`FileError::TooDeep`];
    /// [`FileError::Quota`] where the folder is another owner's; a store that fails.
    pub async fn move_to(&self, id: &str, parent: &str, name: &str) -> Result<Placed, FileError> {
        let name = check_name(name)?;
        let mut turn = self.turn().await?;
        let node = movable(&mut turn, id).await?.node;
        let to = folder(&mut turn, parent).await?;
        let to_placed = place(&mut turn, parent).await?;
        if to_placed.is_within(id) {
            return Err(FileError::Cycle);
        }
        if format!("{}/{name}", to.path) == node.path {
            return place(&mut turn, id).await;
        }
        vacant(&mut turn, &to, &name).await?;
        if to_placed.above.len() + 2 + height(&mut turn, id).await? > DEPTH {
            return Err(FileError::TooDeep(DEPTH));
        }
        if to.owner != node.owner {
            self.change_owner(&mut turn, &node, &to.owner).await?;
        }
        sqlx::query("UPDATE file_node SET parent = $2, name = $3, modified_at = $4 WHERE id = $1")
            .bind(id)
            .bind(parent)
            .bind(&name)
            .bind(now())
            .execute(&mut *turn)
            .await?;
        let moved = place(&mut turn, id).await?;
        turn.commit().await?;
        Ok(moved)
    }

    /// Another owner's quota is used from now on.
    async fn change_owner(
        &self,
        turn: &mut AnyConnection,
        node: &FileNode,
        owner: &str,
    ) -> Result<(), FileError> {
        let bytes = bytes_below(turn, &node.id).await?;
        self.take(turn, owner, bytes, 0).await?;
        give_back(turn, &node.owner, bytes, 0).await?;
        let text =
            format!("{BELOW} UPDATE file_node SET owner = $2 WHERE id IN (SELECT id FROM below)");
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(&node.id).bind(owner).execute(turn).await?;
        Ok(())
    }
}

/// A node that is not the service's own and not the home of its owner.
pub(super) async fn movable(turn: &mut AnyConnection, id: &str) -> Result<Placed, FileError> {
    let placed = place(turn, id).await?;
    let parent = placed.above.last().map(String::as_str).unwrap_or_default();
    if placed.node.owner.is_empty() || [ROOT, HOME, GROUPS].contains(&parent) {
        return Err(FileError::Fixed(placed.node.path));
    }
    Ok(placed)
}

/// Levels below a node.
async fn height(turn: &mut AnyConnection, id: &str) -> Result<usize, FileError> {
    let text = format!("{BELOW} SELECT CAST(MAX(level) AS BIGINT) AS height FROM below");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_one(turn).await?;
    let height: Option<i64> = row.try_get("height")?;
    Ok(usize::try_from(height.unwrap_or_default()).unwrap_or(DEPTH))
}

/// Bytes of a node and of all below it, with their earlier contents.
pub(super) async fn bytes_below(turn: &mut AnyConnection, id: &str) -> Result<u64, FileError> {
    let text = format!(
        "{BELOW} SELECT CAST(COALESCE((SELECT SUM(n.bytes) FROM file_node n WHERE n.id IN \
         (SELECT id FROM below)), 0) + COALESCE((SELECT SUM(v.bytes) FROM file_version v \
         WHERE v.node IN (SELECT id FROM below)), 0) AS BIGINT) AS bytes"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_one(turn).await?;
    Ok(to_u64(row.try_get("bytes")?))
}

impl Files {
    /// Whether nothing lies in a folder.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn is_empty(&self, node: &FileNode) -> Result<bool, FileError> {
        if node.kind != NodeKind::Container {
            return Ok(true);
        }
        let mut connection = self.connection().await?;
        let found = sqlx::query("SELECT id FROM file_node WHERE parent = $1 LIMIT 1")
            .bind(&node.id)
            .fetch_optional(&mut *connection)
            .await?;
        Ok(found.is_none())
    }
}
