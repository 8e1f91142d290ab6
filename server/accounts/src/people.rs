//! People: applied for, approved, renewed, locked.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use tenkyu_wire::access::{Caller, GroupRole, Person, Scopes, Via};

use crate::secret::identifier;
use crate::{AccountError, Accounts, names, password};

/// Where an account is on its way. An active one whose year is over is expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Applied for.
    Applied,
    /// In use.
    Active,
    /// Its year is over.
    Expired,
    /// Locked by an operator, or an application that was refused.
    Locked,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Active => "active",
            State::Expired => "expired",
            State::Locked => "locked",
        }
    }

    fn parse(word: &str) -> Option<State> {
        [State::Applied, State::Active, State::Expired, State::Locked]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// A person as they and operators see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What others see.
    #[serde(flatten)]
    pub person: Person,
    /// E-mail.
    pub email: String,
    /// Where they work.
    pub affiliation: String,
    /// Who vouches for them.
    pub sponsor: String,
    /// What they want to do.
    pub purpose: String,
    /// Where the account is.
    pub state: State,
    /// Runs the service.
    pub operator: bool,
    /// When it was made.
    pub created: i64,
    /// When its year ends; `None` for never.
    pub expires: Option<i64>,
    /// When they last signed in.
    pub signed_in: Option<i64>,
}

/// Somebody who wants an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The name to sign in with.
    pub user: String,
    /// The name that is shown.
    pub display: String,
    /// E-mail.
    pub email: String,
    /// Where they work.
    pub affiliation: String,
    /// Who vouches for them.
    #[serde(default)]
    pub sponsor: String,
    /// What they want to do.
    #[serde(default)]
    pub purpose: String,
    /// Password.
    pub password: String,
}

/// Somebody who gets an account at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// What an applicant would say. Without a password, the person sets one by a link.
    pub about: Application,
    /// Runs the service.
    pub operator: bool,
}

pub(crate) const COLUMNS: &str = "id, user_name, display, email, affiliation, sponsor, purpose, \
     state, operator, password, created_at, expires_at, signed_in_at";

/// A row with its hash of the password.
pub(crate) struct Kept {
    pub(crate) profile: Profile,
    pub(crate) hash: String,
}

impl Accounts {
    /// Keeps an application until an operator decides.
    ///
    /// # Errors
    /// A name, text or password that breaks a rule; [`AccountError::UserTaken`];
    /// [`AccountError::TooOften`] for an address that applies again and again.
    pub async fn apply(
        &self,
        application: &Application,
        address: &str,
        now: i64,
    ) -> Result<Profile, AccountError> {
        self.throttle
            .attempt("", &format!("apply {address}"), true, now)
            .map_err(AccountError::TooOften)?;
        self.insert(application, State::Applied, false, None, now).await
    }

    /// Makes an active account, which does not expire if it is an operator's.
    ///
    /// # Errors
    /// As for [`Accounts::apply`]; an empty password is taken.
    pub async fn create(&self, new: &NewPerson, now: i64) -> Result<Profile, AccountError> {
        let expires = (!new.operator).then(|| now.saturating_add(self.options.account_seconds));
        self.insert(&new.about, State::Active, new.operator, expires, now).await
    }

    async fn insert(
        &self,
        about: &Application,
        state: State,
        operator: bool,
        expires: Option<i64>,
        now: i64,
    ) -> Result<Profile, AccountError> {
        let user = names::user_name(&about.user)?;
        let person = Person { id: identifier()?, display: names::shown(&about.display)?, user };
        let profile = Profile {
            email: names::email(&about.email)?,
            affiliation: names::line("affiliation", &about.affiliation, 200)?,
            sponsor: names::line("sponsor", &about.sponsor, 200)?,
            purpose: names::line("purpose", &about.purpose, 1000)?,
            person,
            state,
            operator,
            created: now,
            expires,
            signed_in: None,
        };
        let hash = match about.password.is_empty() && state == State::Active {
            true => String::new(),
            false => {
                let person = &profile.person;
                password::check(&about.password, &[&person.user, &person.display, &profile.email])?;
                self.hasher.hash(&about.password).await?
            }
        };
        let done = sqlx::query(
            "INSERT INTO person (id, user_name, display, email, affiliation, sponsor, purpose, \
             state, operator, password, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(&profile.person.id)
        .bind(&profile.person.user)
        .bind(&profile.person.display)
        .bind(&profile.email)
        .bind(&profile.affiliation)
        .bind(&profile.sponsor)
        .bind(&profile.purpose)
        .bind(state.word())
        .bind(i64::from(operator))
        .bind(hash)
        .bind(now)
        .bind(expires)
        .execute(&self.pool)
        .await;
        match done {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(AccountError::UserTaken(profile.person.user))
            }
            Err(error) => Err(error.into()),
            Ok(_) => Ok(profile),
        }
    }

    /// Whether anybody runs the service.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn has_operator(&self) -> Result<bool, AccountError> {
        let row =
            sqlx::query("SELECT id FROM person WHERE operator = 1 AND state = 'active' LIMIT 1")
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// Profiles whose user name, shown name, e-mail or affiliation holds a text, by user name; at
    /// most 500.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn people(
        &self,
        state: Option<State>,
        text: &str,
        now: i64,
    ) -> Result<Vec<Profile>, AccountError> {
        let plain: String =
            text.to_lowercase().chars().filter(|c| !"%_\\".contains(*c)).take(100).collect();
        let like = format!("%{plain}%");
        let sql = format!(
            "SELECT {COLUMNS} FROM person WHERE ($1 = '' OR state = $1) AND \
             (user_name LIKE $2 OR LOWER(display) LIKE $2 OR LOWER(email) LIKE $2 OR \
             LOWER(affiliation) LIKE $2) ORDER BY user_name LIMIT 500"
        );
        // An expired account is an active one in the store.
        let wanted = state.map(|s| if s == State::Expired { State::Active } else { s });
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(wanted.map(State::word).unwrap_or_default())
            .bind(like)
            .fetch_all(&self.pool)
            .await?;
        let profiles: Result<Vec<Profile>, _> =
            rows.iter().map(|row| read(row, now).map(|kept| kept.profile)).collect();
        Ok(profiles?.into_iter().filter(|p| state.is_none_or(|s| p.state == s)).collect())
    }

    /// A profile by identifier.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn profile(&self, id: &str, now: i64) -> Result<Profile, AccountError> {
        Ok(self.kept("id", id, now).await?.ok_or_else(|| not_found(id))?.profile)
    }

    /// A profile by user name.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn by_user(&self, user: &str, now: i64) -> Result<Profile, AccountError> {
        let user = user.trim().to_ascii_lowercase();
        Ok(self.kept("user_name", &user, now).await?.ok_or_else(|| not_found(&user))?.profile)
    }

    pub(crate) async fn kept(
        &self,
        column: &'static str,
        value: &str,
        now: i64,
    ) -> Result<Option<Kept>, AccountError> {
        let sql = format!("SELECT {COLUMNS} FROM person WHERE {column} = $1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(value).fetch_optional(&self.pool).await?;
        row.map(|row| read(&row, now)).transpose()
    }

    /// An operator's decision: active for a year from now, or locked, which ends every session.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn decide(&self, id: &str, active: bool, now: i64) -> Result<(), AccountError> {
        let profile = self.profile(id, now).await?;
        let state = if active { State::Active } else { State::Locked };
        let expires = match profile.operator {
            true => None,
            false => Some(now.saturating_add(self.options.account_seconds)),
        };
        sqlx::query("UPDATE person SET state = $1, expires_at = $2 WHERE id = $3")
            .bind(state.word())
            .bind(expires)
            .bind(id)
            .execute(&self.pool)
            .await?;
        if !active {
            self.sign_out_everywhere(id, None).await?;
        }
        Ok(())
    }

    /// Changes what a person says of themselves.
    ///
    /// # Errors
    /// A name or text that breaks a rule.
    pub async fn describe(
        &self,
        id: &str,
        display: &str,
        email: &str,
        affiliation: &str,
    ) -> Result<(), AccountError> {
        sqlx::query("UPDATE person SET display = $1, email = $2, affiliation = $3 WHERE id = $4")
            .bind(names::shown(display)?)
            .bind(names::email(email)?)
            .bind(names::line("affiliation", affiliation, 200)?)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Sets a password and ends every session but one.
    ///
    /// # Errors
    /// [`AccountError::WeakPassword`], [`AccountError::NotFound`].
    pub async fn set_password(
        &self,
        id: &str,
        new: &str,
        keep: Option<&str>,
        now: i64,
    ) -> Result<(), AccountError> {
        let profile = self.profile(id, now).await?;
        let person = &profile.person;
        password::check(new, &[&person.user, &person.display, &profile.email])?;
        let hash = self.hasher.hash(new).await?;
        sqlx::query("UPDATE person SET password = $1 WHERE id = $2")
            .bind(hash)
            .bind(id)
            .execute(&self.pool)
            .await?;
        self.sign_out_everywhere(id, keep).await
    }

    /// Changes a password of somebody who knows the old one.
    ///
    /// # Errors
    /// [`AccountError::BadSignIn`], [`AccountError::TooOften`], [`AccountError::WeakPassword`].
    pub async fn change_password(
        &self,
        id: &str,
        old: &str,
        new: &str,
        keep: Option<&str>,
        now: i64,
    ) -> Result<(), AccountError> {
        // A session that was left open must not be a way to guess the password either.
        self.throttle.attempt(id, "password", true, now).map_err(AccountError::TooOften)?;
        let kept = self.kept("id", id, now).await?.ok_or_else(|| not_found(id))?;
        if !self.hasher.fits(old, Some(&kept.hash)).await? {
            return Err(AccountError::BadSignIn);
        }
        self.throttle.succeeded(id, "password", true);
        self.set_password(id, new, keep, now).await
    }

    /// The caller that an active person is.
    pub(crate) async fn caller(
        &self,
        profile: Profile,
        via: Via,
        scopes: Scopes,
    ) -> Result<Caller, AccountError> {
        match profile.state {
            State::Active => {}
            State::Applied => return Err(AccountError::NotApproved),
            State::Expired => return Err(AccountError::Expired),
            State::Locked => return Err(AccountError::Locked),
        }
        let rows = sqlx::query("SELECT team, role FROM team_member WHERE person = $1")
            .bind(&profile.person.id)
            .fetch_all(&self.pool)
            .await?;
        let mut groups = std::collections::BTreeMap::new();
        for row in &rows {
            let role: String = row.try_get("role")?;
            let role = GroupRole::parse(&role)
                .ok_or_else(|| AccountError::Corrupt(format!("role {role}")))?;
            groups.insert(row.try_get("team")?, role);
        }
        Ok(Caller { person: Some(profile.person), groups, operator: profile.operator, scopes, via })
    }
}

pub(crate) fn not_found(name: &str) -> AccountError {
    AccountError::NotFound(name.chars().take(60).collect())
}

pub(crate) fn read(row: &AnyRow, now: i64) -> Result<Kept, AccountError> {
    let word: String = row.try_get("state")?;
    let state =
        State::parse(&word).ok_or_else(|| AccountError::Corrupt(format!("state {word}")))?;
    let expires: Option<i64> = row.try_get("expires_at")?;
    let over = state == State::Active && expires.is_some_and(|at| at <= now);
    let profile = Profile {
        person: Person {
            id: row.try_get("id")?,
            user: row.try_get("user_name")?,
            display: row.try_get("display")?,
        },
        email: row.try_get("email")?,
        affiliation: row.try_get("affiliation")?,
        sponsor: row.try_get("sponsor")?,
        purpose: row.try_get("purpose")?,
        state: if over { State::Expired } else { state },
        operator: row.try_get::<i64, _>("operator")? != 0,
        created: row.try_get("created_at")?,
        expires,
        signed_in: row.try_get("signed_in_at")?,
    };
    Ok(Kept { profile, hash: row.try_get("password")? })
}
