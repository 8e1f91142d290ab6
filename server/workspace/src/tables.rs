//! Tables of people: rows by owner and name, contents in folders of their own.
//!
//! A folder is filled before a row names it and removed after none does, so that what a killed
//! server leaves is a folder without a row, which the next start removes.

use std::collections::HashSet;
use std::path::PathBuf;

use sqlx::Row;
use sqlx::any::AnyRow;
use tenkyu_wire::tables::{OwnTableMeta, TableMeta};

use crate::{Workspace, WorkspaceError, now, random_name};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableLimits {
    /// Tables of one owner.
    pub per_owner: u64,
    /// Bytes of all tables of one owner.
    pub owner_bytes: u64,
}

impl Default for TableLimits {
    /// 500 tables and 10 GB.
    fn default() -> Self {
        TableLimits { per_owner: 500, owner_bytes: 10_000_000_000 }
    }
}

/// A table with the name of its folder.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptTable {
    /// Name of the folder; another content has another.
    pub id: String,
    /// What it is.
    pub meta: OwnTableMeta,
}

const COLUMNS: &str = "id, bytes, created_at, modified_at, meta";

impl Workspace {
    /// A name for a folder that nobody has.
    ///
    /// # Errors
    /// [`WorkspaceError::Random`].
    pub fn new_table_id(&self) -> Result<String, WorkspaceError> {
        random_name(26)
    }

    /// The folder of a table's content.
    pub fn table_folder(&self, id: &str) -> PathBuf {
        self.tables.join(id)
    }

    /// The tables of an owner, by name.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`], [`WorkspaceError::Corrupt`].
    pub async fn tables(&self, owner: &str) -> Result<Vec<KeptTable>, WorkspaceError> {
        let text = format!("SELECT {COLUMNS} FROM own_table WHERE owner = $1 ORDER BY name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(owner).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// A table of an owner; its name is compared without case.
    ///
    /// # Errors
    /// [`WorkspaceError::NoTable`], also for one of somebody else; [`WorkspaceError::Store`].
    pub async fn table(&self, owner: &str, name: &str) -> Result<KeptTable, WorkspaceError> {
        let text = format!("SELECT {COLUMNS} FROM own_table WHERE owner = $1 AND name = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(owner)
            .bind(key(name))
            .fetch_optional(&self.pool)
            .await?;
        read(&row.ok_or_else(|| no_table(name))?)
    }

    /// Enters a table whose folder is filled. `replaced` is the folder of the content that it takes
    /// the place of; without one the name must be free.
    ///
    /// # Errors
    /// [`WorkspaceError::TableTaken`], [`WorkspaceError::NoTable`] where what it replaces is gone,
    /// [`WorkspaceError::TooManyTables`], [`WorkspaceError::TableSpace`]; a store that fails.
    pub async fn enter_table(
        &self,
        owner: &str,
        table: &KeptTable,
        replaced: Option<&str>,
        limits: TableLimits,
    ) -> Result<(), WorkspaceError> {
        let _changing = self.changing.lock().await;
        let name = &table.meta.table.name;
        let known = self.tables(owner).await?;
        let others: Vec<_> = known.iter().filter(|one| Some(one.id.as_str()) != replaced).collect();
        if others.len() == known.len() && replaced.is_some() {
            return Err(no_table(name));
        }
        if others.iter().any(|one| key(&one.meta.table.name) == key(name)) {
            return Err(WorkspaceError::TableTaken(name.clone()));
        }
        if others.len() as u64 >= limits.per_owner {
            return Err(WorkspaceError::TooManyTables(limits.per_owner));
        }
        let used: u64 = others.iter().map(|one| one.meta.bytes).sum();
        if used.saturating_add(table.meta.bytes) > limits.owner_bytes {
            return Err(WorkspaceError::TableSpace(limits.owner_bytes));
        }
        let mut transaction = self.pool.begin().await?;
        if let Some(id) = replaced {
            sqlx::query("DELETE FROM own_table WHERE owner = $1 AND id = $2")
                .bind(owner)
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "INSERT INTO own_table (owner, name, id, bytes, created_at, modified_at, meta) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(owner)
        .bind(key(name))
        .bind(&table.id)
        .bind(i64::try_from(table.meta.bytes).unwrap_or(i64::MAX))
        .bind(table.meta.created)
        .bind(table.meta.modified)
        .bind(written(&table.meta.table)?)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Gives a table another name or description, and says what it is now.
    ///
    /// # Errors
    /// [`WorkspaceError::NoTable`], [`WorkspaceError::TableTaken`]; a store that fails.
    pub async fn describe_table(
        &self,
        owner: &str,
        name: &str,
        new_name: Option<&str>,
        description: Option<&str>,
    ) -> Result<OwnTableMeta, WorkspaceError> {
        let _changing = self.changing.lock().await;
        let mut table = self.table(owner, name).await?;
        if let Some(new) = new_name {
            if key(new) != key(name) && self.table(owner, new).await.is_ok() {
                return Err(WorkspaceError::TableTaken(new.to_owned()));
            }
            table.meta.table.name = new.to_owned();
        }
        if let Some(description) = description {
            table.meta.table.description = description.to_owned();
        }
        sqlx::query("UPDATE own_table SET name = $1, meta = $2 WHERE owner = $3 AND id = $4")
            .bind(key(&table.meta.table.name))
            .bind(written(&table.meta.table)?)
            .bind(owner)
            .bind(&table.id)
            .execute(&self.pool)
            .await?;
        Ok(table.meta)
    }

    /// Hands the tables of one owner to another, but for those whose name the other has.
    pub(crate) async fn adopt_tables(&self, from: &str, to: &str) -> Result<(), WorkspaceError> {
        sqlx::query(
            "UPDATE own_table SET owner = $1 WHERE owner = $2 AND name NOT IN \
             (SELECT name FROM own_table WHERE owner = $1)",
        )
        .bind(to)
        .bind(from)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets a table, and gives the name of its folder, which is to be removed.
    ///
    /// # Errors
    /// [`WorkspaceError::NoTable`]; a store that fails.
    pub async fn forget_table(&self, owner: &str, name: &str) -> Result<String, WorkspaceError> {
        let _changing = self.changing.lock().await;
        let table = self.table(owner, name).await?;
        sqlx::query("DELETE FROM own_table WHERE owner = $1 AND id = $2")
            .bind(owner)
            .bind(&table.id)
            .execute(&self.pool)
            .await?;
        Ok(table.id)
    }

    /// Removes folders that no row names: what a killed server was writing or removing. For the
    /// start alone, when nothing is being written.
    ///
    /// # Errors
    /// A store or a disk that fails.
    pub async fn sweep_tables(&self) -> Result<usize, WorkspaceError> {
        let rows = sqlx::query("SELECT id FROM own_table").fetch_all(&self.pool).await?;
        let known: HashSet<String> =
            rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
        let failed = |error| WorkspaceError::io(&self.tables, error);
        let mut entries = match tokio::fs::read_dir(&self.tables).await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            entries => entries.map_err(failed)?,
        };
        let mut removed = 0;
        while let Some(entry) = entries.next_entry().await.map_err(failed)? {
            if !known.contains(&*entry.file_name().to_string_lossy()) {
                tokio::fs::remove_dir_all(entry.path()).await.map_err(failed)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Milliseconds since 1970, for the dates of tables.
pub fn table_date() -> i64 {
    now().saturating_mul(1000)
}

/// Names differ by more than case.
fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn no_table(name: &str) -> WorkspaceError {
    WorkspaceError::NoTable(name.chars().take(100).collect())
}

fn written(table: &TableMeta) -> Result<String, WorkspaceError> {
    serde_json::to_string(table).map_err(|error| WorkspaceError::Corrupt(error.to_string()))
}

fn read(row: &AnyRow) -> Result<KeptTable, WorkspaceError> {
    let meta: String = row.try_get("meta")?;
    let table = serde_json::from_str(&meta);
    Ok(KeptTable {
        id: row.try_get("id")?,
        meta: OwnTableMeta {
            table: table.map_err(|error| WorkspaceError::Corrupt(error.to_string()))?,
            bytes: u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or_default(),
            created: row.try_get("created_at")?,
            modified: row.try_get("modified_at")?,
        },
    })
}
