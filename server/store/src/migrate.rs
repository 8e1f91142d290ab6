//! Numbered migrations of each room's tables.

use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AnyConnection, Connection, Row};

use crate::{Kind, Store, StoreError};

/// A room that keeps tables.
///
/// `steps[n]` has the statements (or scripts of several) that bring its tables from version n to n + 1. What was released
/// is never edited: a change of shape is a new step at the end.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Its name.
    pub name: &'static str,
    /// Its migrations.
    pub steps: &'static [&'static [&'static str]],
}

impl Store {
    /// Brings a room's tables to the newest version. An embedded database whose room has tables
    /// already is copied to `backups/` before they change.
    ///
    /// All steps that are missing are one transaction: it ends with the newest version or with
    /// nothing changed. Two programs that start at once wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Newer`]; a database or a disk that fails.
    pub async fn migrate(&self, room: &Room) -> Result<(), StoreError> {
        let known = i64::try_from(room.steps.len()).unwrap_or(i64::MAX);
        let mut connection = self.pool.acquire().await?;
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS schema_version \
             (room TEXT PRIMARY KEY NOT NULL, version BIGINT NOT NULL)",
        )
        .execute(&mut *connection)
        .await?;
        let found = version(&mut connection, room).await?;
        if found > known {
            return Err(StoreError::Newer { room: room.name, found, known });
        }
        if found == known {
            return Ok(());
        }
        if found > 0 {
            self.back_up(&mut connection, room, found).await?;
        }
        self.apply(&mut connection, room).await
    }

    async fn apply(&self, connection: &mut AnyConnection, room: &Room) -> Result<(), StoreError> {
        // The lock comes before the version is read again: whoever waited finds the work done.
        let mut work = match self.kind {
            Kind::Embedded { .. } => connection.begin_with("BEGIN IMMEDIATE").await?,
            Kind::Postgres => {
                let mut work = connection.begin().await?;
                sqlx::query("LOCK TABLE schema_version IN EXCLUSIVE MODE")
                    .execute(&mut *work)
                    .await?;
                work
            }
        };
        let found = version(&mut work, room).await?;
        let done = usize::try_from(found).unwrap_or_default();
        for statement in room.steps.iter().skip(done).copied().flatten() {
            sqlx::raw_sql(*statement).execute(&mut *work).await?;
        }
        sqlx::query(
            "INSERT INTO schema_version (room, version) VALUES ($1, $2) \
             ON CONFLICT (room) DO UPDATE SET version = excluded.version",
        )
        .bind(room.name)
        .bind(i64::try_from(room.steps.len()).unwrap_or(i64::MAX))
        .execute(&mut *work)
        .await?;
        work.commit().await?;
        tracing::info!(room = room.name, from = found, to = room.steps.len(), "tables migrated");
        Ok(())
    }

    async fn back_up(
        &self,
        connection: &mut AnyConnection,
        room: &Room,
        found: i64,
    ) -> Result<(), StoreError> {
        let Kind::Embedded { backups } = &self.kind else { return Ok(()) };
        tokio::fs::create_dir_all(backups)
            .await
            .map_err(|source| StoreError::Backup { path: backups.clone(), source })?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{}-v{found}-{}.sqlite", room.name, since.as_nanos());
        let path = backups.join(name);
        // A whole copy that is consistent, also while others write.
        sqlx::query("VACUUM INTO $1")
            .bind(path.to_string_lossy().into_owned())
            .execute(connection)
            .await?;
        tracing::info!(path = %path.display(), "backup before a migration");
        Ok(())
    }
}

/// The version of a room's tables; 0 where it has none.
async fn version(connection: &mut AnyConnection, room: &Room) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT version FROM schema_version WHERE room = $1")
        .bind(room.name)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("version")).transpose()?.unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]
mod tests {
    use super::*;

    const FIRST: Room =
        Room { name: "test", steps: &[&["CREATE TABLE thing (id BIGINT PRIMARY KEY NOT NULL)"]] };
    const SECOND: Room = Room {
        name: "test",
        steps: &[FIRST.steps[0], &["ALTER TABLE thing ADD COLUMN name TEXT NOT NULL DEFAULT ''"]],
    };
    const BROKEN: Room = Room {
        name: "test",
        steps: &[FIRST.steps[0], &["CREATE TABLE other (id BIGINT)", "ALTER TABLE none ADD x"]],
    };

    #[tokio::test]
    async fn an_existing_database_is_copied_and_then_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        store.migrate(&FIRST).await.unwrap();
        assert!(!folder.path().join("backups").exists());
        sqlx::query("INSERT INTO thing (id) VALUES (7)").execute(store.pool()).await.unwrap();
        store.migrate(&SECOND).await.unwrap();
        store.migrate(&SECOND).await.unwrap();
        let row = sqlx::query("SELECT id, name FROM thing").fetch_one(store.pool()).await.unwrap();
        assert_eq!(row.get::<i64, _>("id"), 7);
        assert!(matches!(
            store.migrate(&FIRST).await,
            Err(StoreError::Newer { found: 2, known: 1, .. })
        ));
        // The copy is the database as it was.
        let files: Vec<_> = std::fs::read_dir(folder.path().join("backups")).unwrap().collect();
        assert_eq!(files.len(), 1);
        let old = tempfile::tempdir().unwrap();
        let copy = files[0].as_ref().unwrap().path();
        std::fs::copy(copy, old.path().join("tenkyu.sqlite")).unwrap();
        let old = Store::open(old.path(), None).await.unwrap();
        old.migrate(&FIRST).await.unwrap();
        let row = sqlx::query("SELECT id FROM thing").fetch_one(old.pool()).await.unwrap();
        assert_eq!(row.get::<i64, _>("id"), 7);
    }

    #[tokio::test]
    async fn a_migration_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        store.migrate(&FIRST).await.unwrap();
        assert!(store.migrate(&BROKEN).await.is_err());
        assert!(sqlx::query("SELECT id FROM other").fetch_all(store.pool()).await.is_err());
        store.migrate(&SECOND).await.unwrap();
    }

    #[tokio::test]
    async fn programs_that_start_at_once_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let open = || async {
            let store = Store::open(folder.path(), None).await.unwrap();
            store.migrate(&SECOND).await.unwrap();
        };
        tokio::join!(open(), open(), open(), open());
    }
}
