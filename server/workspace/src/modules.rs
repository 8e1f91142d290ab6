//! Modules with users' own functions: rows by owner, files by content.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;
use tenkyu_wire::functions::{FunctionMeta, ModuleMeta};

use crate::{Workspace, WorkspaceError, now};

/// How many modules are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleLimits {
    /// Modules of one owner.
    pub per_owner: u64,
    /// Bytes of all modules of one owner.
    pub owner_bytes: u64,
    /// Bytes of all modules of all owners, each counted as often as it is kept.
    pub all_bytes: u64,
}

impl Default for ModuleLimits {
    /// 32 modules and 32 MiB of an owner; 2 GiB in all.
    fn default() -> Self {
        ModuleLimits { per_owner: 32, owner_bytes: 32 << 20, all_bytes: 2 << 30 }
    }
}

const COLUMNS: &str = "id, name, bytes, created_at, functions";

impl Workspace {
    /// Keeps a module that was read and found good, and says whether it is new to the owner. One
    /// of the same name is replaced.
    ///
    /// # Errors
    /// [`WorkspaceError::TooManyModules`], [`WorkspaceError::ModuleSpace`],
    /// [`WorkspaceError::FunctionTaken`]; a store or a disk that fails.
    pub async fn add_module(
        &self,
        owner: &str,
        name: &str,
        module: &[u8],
        functions: Vec<FunctionMeta>,
        limits: ModuleLimits,
    ) -> Result<(ModuleMeta, bool), WorkspaceError> {
        let new = ModuleMeta {
            id: hex(&Sha256::digest(module)),
            name: name.to_owned(),
            bytes: module.len() as u64,
            created: now().saturating_mul(1000),
            functions,
        };
        let _changing = self.changing.lock().await;
        let known = self.modules(owner).await?;
        if let Some(same) = known.iter().find(|one| one.id == new.id) {
            return Ok((same.clone(), false));
        }
        let (replaced, others): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|one| one.name == new.name);
        self.check(&new, &replaced, &others, limits).await?;
        write(&self.module_file(&new.id), module).await?;
        let kept = self.replace(owner, &new, &replaced).await;
        for id in replaced.iter().map(|one| &one.id).chain(kept.is_err().then_some(&new.id)) {
            self.sweep(id).await?;
        }
        kept.map(|()| (new, true))
    }

    /// Whether a module fits beside the others.
    async fn check(
        &self,
        new: &ModuleMeta,
        replaced: &[ModuleMeta],
        others: &[ModuleMeta],
        limits: ModuleLimits,
    ) -> Result<(), WorkspaceError> {
        for function in &new.functions {
            let holds = |one: &&ModuleMeta| one.functions.iter().any(|f| f.is(&function.name));
            if let Some(other) = others.iter().find(holds) {
                let (name, module) = (function.name.clone(), other.name.clone());
                return Err(WorkspaceError::FunctionTaken { name, module });
            }
        }
        if others.len() as u64 >= limits.per_owner {
            return Err(WorkspaceError::TooManyModules(limits.per_owner));
        }
        let sum = |modules: &[ModuleMeta]| modules.iter().map(|one| one.bytes).sum::<u64>();
        let limit = limits.owner_bytes;
        if sum(others).saturating_add(new.bytes) > limit {
            return Err(WorkspaceError::ModuleSpace { limit, of_all: false });
        }
        let row =
            sqlx::query("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS n FROM function_module")
                .fetch_one(&self.pool)
                .await?;
        let all = u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default();
        let limit = limits.all_bytes;
        if all.saturating_sub(sum(replaced)).saturating_add(new.bytes) > limit {
            return Err(WorkspaceError::ModuleSpace { limit, of_all: true });
        }
        Ok(())
    }

    async fn replace(
        &self,
        owner: &str,
        new: &ModuleMeta,
        replaced: &[ModuleMeta],
    ) -> Result<(), WorkspaceError> {
        let functions = serde_json::to_string(&new.functions)
            .map_err(|error| WorkspaceError::Corrupt(error.to_string()))?;
        let mut transaction = self.pool.begin().await?;
        for old in replaced {
            sqlx::query("DELETE FROM function_module WHERE owner = $1 AND id = $2")
                .bind(owner)
                .bind(&old.id)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "INSERT INTO function_module (owner, id, name, bytes, created_at, functions) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(owner)
        .bind(&new.id)
        .bind(&new.name)
        .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
        .bind(new.created)
        .bind(functions)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The modules of an owner, newest first.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`], [`WorkspaceError::Corrupt`].
    pub async fn modules(&self, owner: &str) -> Result<Vec<ModuleMeta>, WorkspaceError> {
        let text = format!(
            "SELECT {COLUMNS} FROM function_module WHERE owner = $1 ORDER BY created_at DESC, name"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(owner).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// A module of an owner.
    ///
    /// # Errors
    /// [`WorkspaceError::NoModule`], also for one of somebody else; [`WorkspaceError::Store`].
    pub async fn module(&self, owner: &str, id: &str) -> Result<ModuleMeta, WorkspaceError> {
        let text = format!("SELECT {COLUMNS} FROM function_module WHERE owner = $1 AND id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(owner)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        read(&row.ok_or_else(|| no_module(id))?)
    }

    /// Removes a module of an owner. Jobs that were made with it have a copy.
    ///
    /// # Errors
    /// [`WorkspaceError::NoModule`]; a store or a disk that fails.
    pub async fn remove_module(&self, owner: &str, id: &str) -> Result<(), WorkspaceError> {
        let _changing = self.changing.lock().await;
        let done = sqlx::query("DELETE FROM function_module WHERE owner = $1 AND id = $2")
            .bind(owner)
            .bind(id)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Err(no_module(id));
        }
        self.sweep(id).await
    }

    /// The file of a module that is kept.
    pub fn module_file(&self, id: &str) -> PathBuf {
        self.modules.join(format!("{id}.wasm"))
    }

    /// Removes the file of a module that nobody keeps any more.
    async fn sweep(&self, id: &str) -> Result<(), WorkspaceError> {
        let kept = sqlx::query("SELECT id FROM function_module WHERE id = $1 LIMIT 1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        if kept.is_some() {
            return Ok(());
        }
        let path = self.module_file(id);
        match tokio::fs::remove_file(&path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(WorkspaceError::io(&path, error))
            }
            _ => Ok(()),
        }
    }
}

fn no_module(id: &str) -> WorkspaceError {
    WorkspaceError::NoModule(id.chars().take(64).collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file whole or not at all.
async fn write(path: &Path, bytes: &[u8]) -> Result<(), WorkspaceError> {
    let failed = |error| WorkspaceError::io(path, error);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    }
    let part = path.with_extension("part");
    tokio::fs::write(&part, bytes).await.map_err(failed)?;
    tokio::fs::rename(&part, path).await.map_err(failed)
}

fn read(row: &AnyRow) -> Result<ModuleMeta, WorkspaceError> {
    let functions: String = row.try_get("functions")?;
    Ok(ModuleMeta {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        bytes: u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or_default(),
        created: row.try_get("created_at")?,
        functions: serde_json::from_str(&functions)
            .map_err(|error| WorkspaceError::Corrupt(error.to_string()))?,
    })
}
