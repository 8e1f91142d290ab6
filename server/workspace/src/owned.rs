//! Whose saved views are, and what passes from a browser to the person who signs in with it.

use tenkyu_wire::functions::ModuleMeta;

use crate::{SavedView, Workspace, WorkspaceError, read};

/// Most views of one answer.
const MOST: i64 = 1000;

impl Workspace {
    /// Writes down whose a view is that was just kept.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`].
    pub async fn own_view(&self, view: &SavedView, owner: &str) -> Result<(), WorkspaceError> {
        sqlx::query("INSERT INTO saved_view_owner (id, owner, created_at) VALUES ($1, $2, $3)")
            .bind(&view.id)
            .bind(owner)
            .bind(view.created_at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The views of an owner, newest first; at most 1000.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`], [`WorkspaceError::Corrupt`].
    pub async fn views(&self, owner: &str) -> Result<Vec<SavedView>, WorkspaceError> {
        let rows = sqlx::query(
            "SELECT v.id AS id, v.path AS path, v.query AS query, v.title AS title, \
             v.snapshots AS snapshots, v.created_at AS created_at FROM saved_view v \
             JOIN saved_view_owner o ON o.id = v.id WHERE o.owner = $1 \
             ORDER BY o.created_at DESC, v.id LIMIT $2",
        )
        .bind(owner)
        .bind(MOST)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// Removes a view of an owner; whether there was one.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`].
    pub async fn remove_view(&self, owner: &str, id: &str) -> Result<bool, WorkspaceError> {
        let mut work = self.pool.begin().await?;
        let done = sqlx::query("DELETE FROM saved_view_owner WHERE id = $1 AND owner = $2")
            .bind(id)
            .bind(owner)
            .execute(&mut *work)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM saved_view WHERE id = $1").bind(id).execute(&mut *work).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Hands views, tables and functions of one owner to another. A table whose name, or a module
    /// whose name or a function in it, the other has already stays where it is.
    ///
    /// # Errors
    /// [`WorkspaceError::Store`], [`WorkspaceError::Corrupt`].
    pub async fn adopt(&self, from: &str, to: &str) -> Result<(), WorkspaceError> {
        sqlx::query("UPDATE saved_view_owner SET owner = $1 WHERE owner = $2")
            .bind(to)
            .bind(from)
            .execute(&self.pool)
            .await?;
        let _changing = self.changing.lock().await;
        let mut had = self.modules(to).await?;
        for module in self.modules(from).await? {
            if had.iter().any(|own| clash(own, &module)) {
                continue;
            }
            sqlx::query("UPDATE function_module SET owner = $1 WHERE owner = $2 AND id = $3")
                .bind(to)
                .bind(from)
                .bind(&module.id)
                .execute(&self.pool)
                .await?;
            had.push(module);
        }
        self.adopt_tables(from, to).await
    }
}

/// Whether one owner cannot have both.
fn clash(one: &ModuleMeta, other: &ModuleMeta) -> bool {
    let shares = |name: &str| one.functions.iter().any(|function| function.is(name));
    one.id == other.id || one.name == other.name || other.functions.iter().any(|f| shares(&f.name))
}
