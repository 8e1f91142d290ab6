//! Space: what owners use, what running uploads hold, what they may use.

use sqlx::{AnyConnection, Row};
use tenkyu_wire::files::Usage;

use super::{FileError, Files, to_i64, to_u64};

impl Files {
    /// The quota of an owner to whom nothing else was granted.
    pub(super) fn usual_quota(&self, owner: &str) -> u64 {
        let limits = &self.inner.limits;
        if owner.starts_with("group:") { limits.group_quota } else { limits.person_quota }
    }

    /// How much space an owner uses.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn usage(&self, owner: &str) -> Result<Usage, FileError> {
        let mut connection = self.connection().await?;
        self.usage_in(&mut connection, owner).await
    }

    pub(super) async fn usage_in(
        &self,
        connection: &mut AnyConnection,
        owner: &str,
    ) -> Result<Usage, FileError> {
        let row = sqlx::query("SELECT used, reserved, quota FROM file_account WHERE owner = $1")
            .bind(owner)
            .fetch_optional(connection)
            .await?;
        let usual = self.usual_quota(owner);
        let mut usage = Usage { owner: owner.to_owned(), used: 0, reserved: 0, quota: usual };
        if let Some(row) = row {
            usage.used = to_u64(row.try_get("used")?);
            usage.reserved = to_u64(row.try_get("reserved")?);
            usage.quota = row.try_get::<Option<i64>, _>("quota")?.map_or(usual, to_u64);
        }
        Ok(usage)
    }

    /// Grants an owner another quota than the usual one.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn set_quota(&self, owner: &str, bytes: Option<u64>) -> Result<(), FileError> {
        let mut connection = self.connection().await?;
        open_account(&mut connection, owner).await?;
        sqlx::query("UPDATE file_account SET quota = $2 WHERE owner = $1")
            .bind(owner)
            .bind(bytes.map(to_i64))
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    /// Adds to what an owner uses or holds, if it fits. One statement, so that uploads at the same
    /// time cannot together exceed the quota.
    pub(super) async fn take(
        &self,
        connection: &mut AnyConnection,
        owner: &str,
        used: u64,
        reserved: u64,
    ) -> Result<(), FileError> {
        open_account(connection, owner).await?;
        let done = sqlx::query(
            "UPDATE file_account SET used = used + $2, reserved = reserved + $3 \
             WHERE owner = $1 AND used + reserved <= COALESCE(quota, $4) - $5",
        )
        .bind(owner)
        .bind(to_i64(used))
        .bind(to_i64(reserved))
        .bind(to_i64(self.usual_quota(owner)))
        .bind(to_i64(used.saturating_add(reserved)))
        .execute(&mut *connection)
        .await?;
        // What takes no space is never refused: deleting and moving go on in a full quota.
        if done.rows_affected() > 0 || (used == 0 && reserved == 0) {
            return Ok(());
        }
        let usage = self.usage_in(connection, owner).await?;
        Err(FileError::Quota {
            needed: used.saturating_add(reserved),
            free: usage.quota.saturating_sub(usage.used).saturating_sub(usage.reserved),
            quota: usage.quota,
        })
    }
}

/// Gives back what an owner used or held.
pub(super) async fn give_back(
    connection: &mut AnyConnection,
    owner: &str,
    used: u64,
    reserved: u64,
) -> Result<(), FileError> {
    sqlx::query(
        "UPDATE file_account SET used = used - $2, reserved = reserved - $3 WHERE owner = $1",
    )
    .bind(owner)
    .bind(to_i64(used))
    .bind(to_i64(reserved))
    .execute(connection)
    .await?;
    Ok(())
}

async fn open_account(connection: &mut AnyConnection, owner: &str) -> Result<(), FileError> {
    sqlx::query(
        "INSERT INTO file_account (owner, used, reserved) VALUES ($1, 0, 0) \
         ON CONFLICT (owner) DO NOTHING",
    )
    .bind(owner)
    .execute(connection)
    .await?;
    Ok(())
}
