//! Copying: new nodes with the same contents, of which no byte is written again.

use std::collections::{BTreeMap, HashMap};

use sqlx::{AnyConnection, Row as _};
use tenkyu_wire::files::NodeKind;

use super::change::BELOW;
use super::name::check_name;
use super::row::{COLUMNS, Placed, Row};
use super::tree::{folder, place, vacant, write_properties};
use super::{DEPTH, FileError, Files, now, random_id, to_i64, to_u64};

impl Files {
    /// Copies a node and all below it into a folder under a name. The copy is under the rule of
    /// the folder, whatever rules the original had, and has no earlier contents.
    ///
    /// # Errors
    /// [`FileError::Taken`], [`FileError::Cycle`], [`FileError::TooDeep`], [`FileError::TooMany`],
    /// [`FileError::Quota`]; a store that fails.
    pub async fn copy_to(
        &self,
        id: &str,
        parent: &str,
        name: &str,
        creator: &str,
    ) -> Result<Placed, FileError> {
        let name = check_name(name)?;
        let mut turn = self.turn().await?;
        let source = place(&mut turn, id).await?;
        let to = folder(&mut turn, parent).await?;
        let to_placed = place(&mut turn, parent).await?;
        if to_placed.is_within(id) && source.node.kind == NodeKind::Container {
            return Err(FileError::Cycle);
        }
        vacant(&mut turn, &to, &name).await?;
        let rows = self.tree_below(&mut turn, id).await?;
        let levels = rows.last().map_or(0, |(_, level)| *level);
        if to_placed.above.len() + 2 + levels > DEPTH {
            return Err(FileError::TooDeep(DEPTH));
        }
        let bytes = rows.iter().fold(0_u64, |sum, (row, _)| sum.saturating_add(row.bytes));
        self.take(&mut turn, &to.owner, bytes, 0).await?;
        let mut properties = properties_below(&mut turn, id).await?;
        let time = now();
        // Each row comes after its parent's, so the parent's new identifier is known.
        let mut new_ids: HashMap<String, String> = HashMap::new();
        let mut top = String::new();
        for (row, level) in rows {
            let new = random_id()?;
            let (into, name) = if level == 0 {
                top.clone_from(&new);
                (parent, name.as_str())
            } else {
                let into = new_ids.get(&row.parent).ok_or_else(|| FileError::corrupt("parent"))?;
                (into.as_str(), row.name.as_str())
            };
            insert(&mut turn, &new, into, name, &row, (&to.owner, creator), time).await?;
            if let Some(properties) = properties.remove(&row.id) {
                write_properties(&mut turn, &new, &properties).await?;
            }
            new_ids.insert(row.id, new);
        }
        let made = place(&mut turn, &top).await?;
        turn.commit().await?;
        Ok(made)
    }

    /// The rows of a node and of all below it, from above.
    async fn tree_below(
        &self,
        turn: &mut AnyConnection,
        id: &str,
    ) -> Result<Vec<(Row, usize)>, FileError> {
        let limit = self.inner.limits.copied;
        let text = format!(
            "{BELOW} SELECT {COLUMNS}, below.level FROM below JOIN file_node n ON n.id = below.id \
             ORDER BY below.level LIMIT {}",
            limit.saturating_add(1)
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_all(turn).await?;
        if rows.len() as u64 > limit {
            return Err(FileError::TooMany(limit));
        }
        let read = |row| {
            let level = usize::try_from(to_u64(sqlx::any::AnyRow::try_get(row, "level")?));
            Ok((Row::read(row)?, level.unwrap_or(DEPTH)))
        };
        rows.iter().map(read).collect()
    }
}

async fn properties_below(
    turn: &mut AnyConnection,
    id: &str,
) -> Result<HashMap<String, BTreeMap<String, String>>, FileError> {
    let text = format!(
        "{BELOW} SELECT p.node, p.name, p.value FROM below JOIN file_property p ON p.node = below.id"
    );
    let mut found: HashMap<String, BTreeMap<String, String>> = HashMap::new();
    for row in &sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_all(turn).await? {
        let of = found.entry(row.try_get("node")?).or_default();
        of.insert(row.try_get("name")?, row.try_get("value")?);
    }
    Ok(found)
}

async fn insert(
    turn: &mut AnyConnection,
    id: &str,
    parent: &str,
    name: &str,
    row: &Row,
    (owner, creator): (&str, &str),
    time: i64,
) -> Result<(), FileError> {
    if let Some(sha256) = &row.sha256 {
        sqlx::query("UPDATE file_object SET refs = refs + 1 WHERE sha256 = $1")
            .bind(sha256)
            .execute(&mut *turn)
            .await?;
    }
    sqlx::query(
        "INSERT INTO file_node (id, parent, name, kind, owner, creator, bytes, sha256, md5, \
         content_type, created_at, modified_at, version, target, sharing, trashed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1, $12, NULL, '')",
    )
    .bind(id)
    .bind(parent)
    .bind(name)
    .bind(row.kind.word())
    .bind(owner)
    .bind(creator)
    .bind(to_i64(row.bytes))
    .bind(row.sha256.clone())
    .bind(row.md5.clone())
    .bind(row.content_type.clone())
    .bind(time)
    .bind(row.target.clone())
    .execute(turn)
    .await?;
    Ok(())
}
