//! Links that are used once, or a few times, and then open nothing.

use sqlx::Row;

use crate::people::NewPerson;
use crate::secret::{digest, secret};
use crate::{AccountError, Accounts, DAY, Profile};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// Make the first operator.
    Operator,
    /// Set a new password.
    Reset,
    /// Join a group.
    Invite,
}

impl LinkKind {
    const fn word(self) -> &'static str {
        match self {
            LinkKind::Operator => "operator",
            LinkKind::Reset => "reset",
            LinkKind::Invite => "invite",
        }
    }
}

impl Accounts {
    pub(crate) async fn make_link(
        &self,
        kind: LinkKind,
        subject: &str,
        by: &str,
        ends: i64,
        uses: i64,
    ) -> Result<String, AccountError> {
        let text = secret()?;
        sqlx::query(
            "INSERT INTO one_time_link (digest, kind, subject, created_by, expires_at, uses_left) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(digest(&text))
        .bind(kind.word())
        .bind(subject)
        .bind(by)
        .bind(ends)
        .bind(uses)
        .execute(&self.pool)
        .await?;
        Ok(text)
    }

    /// What a link is about.
    pub(crate) async fn look_at_link(
        &self,
        kind: LinkKind,
        text: &str,
        now: i64,
    ) -> Result<String, AccountError> {
        let row = sqlx::query(
            "SELECT subject FROM one_time_link \
             WHERE digest = $1 AND kind = $2 AND expires_at > $3 AND uses_left > 0",
        )
        .bind(digest(text))
        .bind(kind.word())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.ok_or(AccountError::BadLink)?.try_get("subject")?)
    }

    /// Takes one use off a link. Of two who use its last one at once, one gets it.
    pub(crate) async fn use_link(
        &self,
        kind: LinkKind,
        text: &str,
        now: i64,
    ) -> Result<String, AccountError> {
        let subject = self.look_at_link(kind, text, now).await?;
        let done = sqlx::query(
            "UPDATE one_time_link SET uses_left = uses_left - 1 \
             WHERE digest = $1 AND uses_left > 0 AND expires_at > $2",
        )
        .bind(digest(text))
        .bind(now)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 { Err(AccountError::BadLink) } else { Ok(subject) }
    }

    /// Ends all links of a kind about a subject.
    async fn end_links(&self, kind: LinkKind, subject: &str) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM one_time_link WHERE kind = $1 AND subject = $2")
            .bind(kind.word())
            .bind(subject)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A link by which the first operator makes their account; `None` where there is one. Links
    /// of earlier starts end.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn operator_link(&self, now: i64) -> Result<Option<String>, AccountError> {
        if self.has_operator().await? {
            return Ok(None);
        }
        self.end_links(LinkKind::Operator, "").await?;
        Ok(Some(self.make_link(LinkKind::Operator, "", "", now + 7 * DAY, 1).await?))
    }

    /// Makes the first operator.
    ///
    /// # Errors
    /// [`AccountError::BadLink`], also where there is an operator by now; what
    /// [`Accounts::create`] refuses, and then the link stays good.
    pub async fn use_operator_link(
        &self,
        text: &str,
        person: &NewPerson,
        now: i64,
    ) -> Result<Profile, AccountError> {
        self.look_at_link(LinkKind::Operator, text, now).await?;
        if self.has_operator().await? {
            return Err(AccountError::BadLink);
        }
        let operator = NewPerson { operator: true, ..person.clone() };
        if operator.about.password.is_empty() {
            return Err(AccountError::WeakPassword(crate::Weakness::Short));
        }
        let profile = self.create(&operator, now).await?;
        match self.use_link(LinkKind::Operator, text, now).await {
            Ok(_) => Ok(profile),
            Err(error) => {
                // Another request used the link meanwhile: this account is not wanted.
                sqlx::query("DELETE FROM person WHERE id = $1")
                    .bind(&profile.person.id)
                    .execute(&self.pool)
                    .await?;
                Err(error)
            }
        }
    }

    /// A link by which a person sets a new password, good for a day. Earlier ones end.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn reset_link(
        &self,
        person: &str,
        by: &str,
        now: i64,
    ) -> Result<String, AccountError> {
        self.profile(person, now).await?;
        self.end_links(LinkKind::Reset, person).await?;
        self.make_link(LinkKind::Reset, person, by, now + DAY, 1).await
    }

    /// Sets a password by a link, which ends every session.
    ///
    /// # Errors
    /// [`AccountError::BadLink`]; [`AccountError::WeakPassword`], and then the link stays good.
    pub async fn use_reset_link(
        &self,
        text: &str,
        password: &str,
        now: i64,
    ) -> Result<String, AccountError> {
        let person = self.look_at_link(LinkKind::Reset, text, now).await?;
        let profile = self.profile(&person, now).await?;
        let about = &profile.person;
        crate::password::check(password, &[&about.user, &about.display, &profile.email])?;
        self.use_link(LinkKind::Reset, text, now).await?;
        self.set_password(&person, password, None, now).await?;
        Ok(person)
    }
}
