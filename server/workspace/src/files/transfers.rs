//! Transfers that were asked for: what VOSpace clients look up again by their names.

use sqlx::Row as _;

use super::{FileError, Files, now, random_id};

/// A transfer. Its name is the key to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its name.
    pub id: String,
    /// Who asked.
    pub caller: String,
    /// UWS phase.
    pub phase: String,
    /// What was asked and negotiated, as the protocol keeps it.
    pub document: String,
    /// Why it failed.
    pub error: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub created: i64,
    /// When it started.
    pub started: Option<i64>,
    /// When it ended.
    pub ended: Option<i64>,
    /// When it is forgotten.
    pub expires: i64,
}

/// How long a transfer is known, milliseconds.
const KEPT: i64 = 24 * 3600 * 1000;

impl Files {
    /// Keeps a new transfer.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn add_transfer(
        &self,
        caller: &str,
        phase: &str,
        document: &str,
    ) -> Result<Transfer, FileError> {
        let created = now();
        let transfer = Transfer {
            id: random_id()?,
            caller: caller.to_owned(),
            phase: phase.to_owned(),
            document: document.to_owned(),
            error: None,
            created,
            started: None,
            ended: None,
            expires: created.saturating_add(KEPT),
        };
        sqlx::query(
            "INSERT INTO file_transfer (id, caller, phase, document, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&transfer.id)
        .bind(caller)
        .bind(phase)
        .bind(document)
        .bind(created)
        .bind(transfer.expires)
        .execute(&self.inner.pool)
        .await?;
        Ok(transfer)
    }

    /// A transfer by its name.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn transfer(&self, id: &str) -> Result<Option<Transfer>, FileError> {
        let row = sqlx::query(
            "SELECT id, caller, phase, document, error, created_at, started_at, ended_at, \
             expires_at FROM file_transfer WHERE id = $1 AND expires_at > $2",
        )
        .bind(id)
        .bind(now())
        .fetch_optional(&self.inner.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Transfer {
            id: row.try_get("id")?,
            caller: row.try_get("caller")?,
            phase: row.try_get("phase")?,
            document: row.try_get("document")?,
            error: row.try_get("error")?,
            created: row.try_get("created_at")?,
            started: row.try_get("started_at")?,
            ended: row.try_get("ended_at")?,
            expires: row.try_get("expires_at")?,
        }))
    }

    /// Takes a transfer from one of some phases to another; whether it was in one of them.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn set_transfer(
        &self,
        id: &str,
        from: &[&str],
        to: &str,
        error: Option<&str>,
    ) -> Result<bool, FileError> {
        let ended = matches!(to, "COMPLETED" | "ERROR" | "ABORTED").then(now);
        for phase in from {
            let done = sqlx::query(
                "UPDATE file_transfer SET phase = $3, error = $4, \
                 started_at = COALESCE(started_at, $5), ended_at = $6 WHERE id = $1 AND phase = $2",
            )
            .bind(id)
            .bind(*phase)
            .bind(to)
            .bind(error.map(str::to_owned))
            .bind(now())
            .bind(ended)
            .execute(&self.inner.pool)
            .await?;
            if done.rows_affected() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) async fn expire_transfers(&self) -> Result<(), FileError> {
        sqlx::query("DELETE FROM file_transfer WHERE expires_at < $1")
            .bind(now())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }
}
