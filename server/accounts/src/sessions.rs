//! Signing in and out, and the sessions that come of it.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use tenkyu_wire::access::{Caller, Person, Scopes, Via};

use crate::people::{COLUMNS, not_found, read};
use crate::secret::{digest, secret};
use crate::{AccountError, Accounts, DAY, names};

/// Seconds between notes that a session or a token was used: each is a write.
pub(crate) const NOTE_SECONDS: i64 = 300;

/// Seconds for which a browser is known to have signed in.
const DEVICE_SECONDS: i64 = 365 * DAY;

/// Somebody who tries to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// User name, as it was typed.
    pub user: &'a str,
    /// Password.
    pub password: &'a str,
    /// Address that limits count for.
    pub address: &'a str,
    /// Secret of the device cookie, where there is one.
    pub device: Option<&'a str>,
    /// What the browser says it is.
    pub agent: &'a str,
}

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who it is.
    pub person: Person,
    /// Secret for the session cookie.
    pub secret: String,
    /// Secret for the device cookie.
    pub device: String,
    /// Seconds that it lasts at most.
    pub seconds: i64,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Digest of its secret: names it and opens nothing.
    pub id: String,
    /// When it began.
    pub created: i64,
    /// When it was last used, to five minutes.
    pub used: i64,
    /// When it ends at the latest.
    pub expires: i64,
    /// Where it began.
    pub address: String,
    /// What the browser said it is.
    pub agent: String,
}

impl Accounts {
    /// Signs somebody in, under a session of its own whatever cookie the browser had before.
    ///
    /// # Errors
    /// [`AccountError::BadSignIn`], also where there is no such account, after the same time;
    /// [`AccountError::TooOften`]; with the right password also [`AccountError::NotApproved`],
    /// [`AccountError::Expired`] and [`AccountError::Locked`].
    pub async fn sign_in(
        &self,
        attempt: &Attempt<'_>,
        now: i64,
    ) -> Result<NewSession, AccountError> {
        // Whatever was typed is counted; what is no name at all as one.
        let user = names::user_name(attempt.user).unwrap_or_default();
        let kept = self.kept("user_name", &user, now).await?;
        let id = kept.as_ref().map(|kept| kept.profile.person.id.as_str());
        let known = match (attempt.device, id) {
            (Some(device), Some(id)) => self.is_known(device, id, now).await?,
            _ => false,
        };
        self.throttle
            .attempt(&user, attempt.address, known, now)
            .map_err(AccountError::TooOften)?;
        let hash = kept.as_ref().map(|kept| kept.hash.as_str());
        let fits = self.hasher.fits(attempt.password, hash).await?;
        let Some(kept) = kept.filter(|_| fits) else { return Err(AccountError::BadSignIn) };
        self.throttle.succeeded(&user, attempt.address, known);
        self.begin(kept.profile, attempt.address, attempt.agent, now).await
    }

    /// Begins a session of a person who has shown who they are.
    pub(crate) async fn begin(
        &self,
        profile: crate::Profile,
        address: &str,
        agent: &str,
        now: i64,
    ) -> Result<NewSession, AccountError> {
        let caller = self.caller(profile, Via::Cookie, Scopes::all()).await?;
        let person = caller.person.ok_or_else(|| not_found("person"))?;
        let (secret, device) = (secret()?, secret()?);
        let seconds = self.options.session_longest;
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        sqlx::query(
            "INSERT INTO session (id, person, created_at, used_at, expires_at, address, agent) \
             VALUES ($1, $2, $3, $3, $4, $5, $6)",
        )
        .bind(digest(&secret))
        .bind(&person.id)
        .bind(now)
        .bind(now.saturating_add(seconds))
        .bind(address)
        .bind(agent)
        .execute(&self.pool)
        .await?;
        sqlx::query("INSERT INTO device (id, person, expires_at) VALUES ($1, $2, $3)")
            .bind(digest(&device))
            .bind(&person.id)
            .bind(now.saturating_add(DEVICE_SECONDS))
            .execute(&self.pool)
            .await?;
        sqlx::query("UPDATE person SET signed_in_at = $1 WHERE id = $2")
            .bind(now)
            .bind(&person.id)
            .execute(&self.pool)
            .await?;
        self.sweep(now).await?;
        Ok(NewSession { person, secret, device, seconds })
    }

    /// Removes what has ended.
    async fn sweep(&self, now: i64) -> Result<(), AccountError> {
        for sql in [
            "DELETE FROM session WHERE expires_at <= $1",
            "DELETE FROM device WHERE expires_at <= $1",
            "DELETE FROM one_time_link WHERE expires_at <= $1",
        ] {
            sqlx::query(sql).bind(now).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn is_known(&self, device: &str, person: &str, now: i64) -> Result<bool, AccountError> {
        let row =
            sqlx::query("SELECT id FROM device WHERE id = $1 AND person = $2 AND expires_at > $3")
                .bind(digest(device))
                .bind(person)
                .bind(now)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// Who has the secret of a session; nobody where it has ended.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn of_session(&self, secret: &str, now: i64) -> Result<Option<Caller>, AccountError> {
        let columns: Vec<String> =
            COLUMNS.split(", ").map(|column| format!("p.{}", column.trim())).collect();
        let sql = format!(
            "SELECT {}, s.used_at AS used FROM session s JOIN person p ON p.id = s.person \
             WHERE s.id = $1 AND s.expires_at > $2 AND s.used_at > $3",
            columns.join(", ")
        );
        let id = digest(secret);
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&id)
            .bind(now)
            .bind(now.saturating_sub(self.options.session_idle))
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let used: i64 = row.try_get("used")?;
        if now.saturating_sub(used) > NOTE_SECONDS {
            sqlx::query("UPDATE session SET used_at = $1 WHERE id = $2")
                .bind(now)
                .bind(&id)
                .execute(&self.pool)
                .await?;
        }
        match self.caller(read(&row, now)?.profile, Via::Cookie, Scopes::all()).await {
            Ok(caller) => Ok(Some(caller)),
            Err(error) if error.is_internal() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Ends the session of a secret.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn sign_out(&self, secret: &str) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM session WHERE id = $1")
            .bind(digest(secret))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends every session of a person, but that of the secret `keep`.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn sign_out_everywhere(
        &self,
        person: &str,
        keep: Option<&str>,
    ) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM session WHERE person = $1 AND id <> $2")
            .bind(person)
            .bind(keep.map(digest).unwrap_or_default())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends one session of a person.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], also for one of somebody else.
    pub async fn end_session(&self, person: &str, id: &str) -> Result<(), AccountError> {
        let done = sqlx::query("DELETE FROM session WHERE person = $1 AND id = $2")
            .bind(person)
            .bind(id)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 { Err(not_found(id)) } else { Ok(()) }
    }

    /// The sessions of a person, the last used one first.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn sessions(&self, person: &str, now: i64) -> Result<Vec<Session>, AccountError> {
        let rows = sqlx::query(
            "SELECT id, created_at, used_at, expires_at, address, agent FROM session \
             WHERE person = $1 AND expires_at > $2 AND used_at > $3 ORDER BY used_at DESC",
        )
        .bind(person)
        .bind(now)
        .bind(now.saturating_sub(self.options.session_idle))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Session {
                    id: row.try_get("id")?,
                    created: row.try_get("created_at")?,
                    used: row.try_get("used_at")?,
                    expires: row.try_get("expires_at")?,
                    address: row.try_get("address")?,
                    agent: row.try_get("agent")?,
                })
            })
            .collect()
    }
}
