//! Access tokens: what programs send instead of a session.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use tenkyu_wire::access::{Caller, Scope, Scopes, Via};

use crate::people::not_found;
use crate::secret::{digest, identifier, secret};
use crate::sessions::NOTE_SECONDS;
use crate::{AccountError, Accounts, DAY, names};

/// What tokens begin with, so that they are found where they do not belong.
const PREFIX: &str = "tk_";

/// Days that a token lasts at most.
const LONGEST_DAYS: i64 = 366;

/// Tokens of one person that have not ended.
const MOST: i64 = 100;

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Words of its scopes.
    pub scopes: Vec<String>,
    /// Days that it lasts, 1 to 366.
    pub days: i64,
}

/// A token as its owner sees it; the token itself is shown once and kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Names it.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// When it was last used, to five minutes.
    pub used: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
}

impl Accounts {
    /// Makes a token of a caller, with no more scopes than they have themselves.
    ///
    /// # Errors
    /// [`AccountError::BadScope`], [`AccountError::BadText`], [`AccountError::TooMany`].
    pub async fn mint(
        &self,
        caller: &Caller,
        new: &NewToken,
        now: i64,
    ) -> Result<(Token, String), AccountError> {
        let person = caller.id().ok_or_else(|| not_found("person"))?;
        let mut scopes = Vec::new();
        for word in &new.scopes {
            let refuse = || AccountError::BadScope(word.chars().take(40).collect());
            let scope = Scope::parse(word).ok_or_else(refuse)?;
            let had = caller.scopes.has(scope) && (caller.operator || !scope.of_operators());
            if !had || scope == Scope::Account {
                return Err(refuse());
            }
            scopes.push(scope);
        }
        let scopes: Scopes = scopes.into_iter().collect();
        if scopes.is_empty() {
            return Err(AccountError::BadScope(String::new()));
        }
        if !(1..=LONGEST_DAYS).contains(&new.days) {
            return Err(AccountError::BadText { field: "days", longest: 3 });
        }
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM access_token \
             WHERE person = $1 AND revoked_at IS NULL AND expires_at > $2",
        )
        .bind(person)
        .bind(now)
        .fetch_one(&self.pool)
        .await?;
        if row.try_get::<i64, _>("n")? >= MOST {
            return Err(AccountError::TooMany(MOST));
        }
        let token = Token {
            id: identifier()?,
            name: names::line("name", &new.name, 100)?,
            scopes,
            created: now,
            expires: now.saturating_add(new.days.saturating_mul(DAY)),
            used: None,
            revoked: None,
        };
        let text = format!("{PREFIX}{}", secret()?);
        sqlx::query(
            "INSERT INTO access_token (id, digest, person, name, scopes, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&token.id)
        .bind(digest(&text))
        .bind(person)
        .bind(&token.name)
        .bind(scopes.words())
        .bind(now)
        .bind(token.expires)
        .execute(&self.pool)
        .await?;
        Ok((token, text))
    }

    /// Who has a token. `user` is the name that came with it, as Basic authentication has one; it
    /// may be empty or `token`, else it must be the owner's.
    ///
    /// # Errors
    /// [`AccountError::BadToken`]; the state of an account that is not active.
    pub async fn of_token(
        &self,
        text: &str,
        user: Option<&str>,
        now: i64,
    ) -> Result<Caller, AccountError> {
        if !text.starts_with(PREFIX) {
            return Err(AccountError::BadToken);
        }
        let row = sqlx::query(
            "SELECT id, person, scopes, used_at FROM access_token \
             WHERE digest = $1 AND revoked_at IS NULL AND expires_at > $2",
        )
        .bind(digest(text))
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        let row = row.ok_or(AccountError::BadToken)?;
        let person: String = row.try_get("person")?;
        let profile = self.profile(&person, now).await?;
        let named = user.is_none_or(|user| {
            user.is_empty() || user == "token" || user.eq_ignore_ascii_case(&profile.person.user)
        });
        if !named {
            return Err(AccountError::BadToken);
        }
        let used: Option<i64> = row.try_get("used_at")?;
        if used.is_none_or(|at| now.saturating_sub(at) > NOTE_SECONDS) {
            let id: String = row.try_get("id")?;
            sqlx::query("UPDATE access_token SET used_at = $1 WHERE id = $2")
                .bind(now)
                .bind(id)
                .execute(&self.pool)
                .await?;
        }
        let words: String = row.try_get("scopes")?;
        let mut scopes = Scopes::parse(&words).map_err(AccountError::Corrupt)?;
        if !profile.operator {
            // Of one who was an operator when it was made.
            scopes = scopes.without(Scope::AdminPeople).without(Scope::AdminArchive);
        }
        self.caller(profile, Via::Token, scopes).await
    }

    /// The tokens of a person, the newest first.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn tokens(&self, person: &str) -> Result<Vec<Token>, AccountError> {
        let rows = sqlx::query(
            "SELECT id, name, scopes, created_at, expires_at, used_at, revoked_at \
             FROM access_token WHERE person = $1 ORDER BY created_at DESC, id",
        )
        .bind(person)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let words: String = row.try_get("scopes")?;
                Ok(Token {
                    id: row.try_get("id")?,
                    name: row.try_get("name")?,
                    scopes: Scopes::parse(&words).map_err(AccountError::Corrupt)?,
                    created: row.try_get("created_at")?,
                    expires: row.try_get("expires_at")?,
                    used: row.try_get("used_at")?,
                    revoked: row.try_get("revoked_at")?,
                })
            })
            .collect()
    }

    /// Revokes a token of a person.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], also for one of somebody else.
    pub async fn revoke(&self, person: &str, id: &str, now: i64) -> Result<(), AccountError> {
        let done = sqlx::query(
            "UPDATE access_token SET revoked_at = $1 \
             WHERE person = $2 AND id = $3 AND revoked_at IS NULL",
        )
        .bind(now)
        .bind(person)
        .bind(id)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 { Err(not_found(id)) } else { Ok(()) }
    }
}
