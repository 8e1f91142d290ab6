//! Who did what.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use tenkyu_wire::access::{Caller, Via};

use crate::secret::identifier;
use crate::{AccountError, Accounts};

/// Most entries of one answer.
const MOST: i64 = 500;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When, seconds since 1970.
    pub at: i64,
    /// Who, by identifier; empty for the anonymous.
    pub person: String,
    /// How they said who they are.
    pub via: String,
    /// Where from.
    pub address: String,
    /// What, such as `sign-in` or `token-minted`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What else is worth knowing. Never a secret.
    pub detail: String,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Of this person.
    pub person: Option<String>,
    /// Of this kind.
    pub action: Option<String>,
    /// About this.
    pub subject: Option<String>,
    /// Not before.
    pub after: Option<i64>,
    /// Before.
    pub before: Option<i64>,
}

impl Accounts {
    /// Writes down what a caller did.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn note(
        &self,
        caller: &Caller,
        address: &str,
        action: &str,
        subject: &str,
        detail: &str,
        now: i64,
    ) -> Result<(), AccountError> {
        let via = match caller.via {
            Via::Anonymous => "anonymous",
            Via::Cookie => "cookie",
            Via::Token => "token",
        };
        let short = |text: &str| text.chars().take(300).collect::<String>();
        sqlx::query(
            "INSERT INTO audit (id, at, person, via, address, action, subject, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(identifier()?)
        .bind(now)
        .bind(caller.id().unwrap_or_default())
        .bind(via)
        .bind(address)
        .bind(action)
        .bind(short(subject))
        .bind(short(detail))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What was done, the newest first; at most 500 entries.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, AccountError> {
        let rows = sqlx::query(
            "SELECT at, person, via, address, action, subject, detail FROM audit \
             WHERE at >= $1 AND at < $2 AND ($3 = '' OR person = $3) \
             AND ($4 = '' OR action = $4) AND ($5 = '' OR subject = $5) \
             ORDER BY at DESC, id LIMIT $6",
        )
        .bind(filter.after.unwrap_or(i64::MIN))
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(filter.person.clone().unwrap_or_default())
        .bind(filter.action.clone().unwrap_or_default())
        .bind(filter.subject.clone().unwrap_or_default())
        .bind(MOST)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    at: row.try_get("at")?,
                    person: row.try_get("person")?,
                    via: row.try_get("via")?,
                    address: row.try_get("address")?,
                    action: row.try_get("action")?,
                    subject: row.try_get("subject")?,
                    detail: row.try_get("detail")?,
                })
            })
            .collect()
    }
}
