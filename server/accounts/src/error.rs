//! What can go wrong with accounts.

use tenkyu_wire::access::Denial;
use tenkyu_wire::messages::{accounts as text, errors};
use tenkyu_wire::{Explain, Lang, Message};

use crate::password::{SHORTEST, Weakness};

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Name and password do not fit, or there is no such account: which of them is not told.
    #[error("name and password do not fit")]
    BadSignIn,
    /// The account has been applied for and not approved.
    #[error("the account is not approved yet")]
    NotApproved,
    /// The account's year is over.
    #[error("the account has expired")]
    Expired,
    /// An operator has locked the account.
    #[error("the account is locked")]
    Locked,
    /// Too many attempts.
    #[error("too many attempts: wait {0} s")]
    TooOften(i64),
    /// Not a token of ours, or one that has ended.
    #[error("the access token is not valid")]
    BadToken,
    /// Not a link of ours, or one that was used or has ended.
    #[error("the link is not valid")]
    BadLink,
    /// A user name that breaks the rules.
    #[error("{0:?} is no user name")]
    BadUserName(String),
    /// Somebody has this user name.
    #[error("the user name {0} is taken")]
    UserTaken(String),
    /// A name that breaks the rules.
    #[error("{0:?} is no name")]
    BadName(String),
    /// A group of this look is there.
    #[error("a group looks like {0}")]
    GroupTaken(String),
    /// A text that is too long or holds what is not shown.
    #[error("{field}: at most {longest} characters that can be seen")]
    BadText {
        /// Which field.
        field: &'static str,
        /// Most characters.
        longest: usize,
    },
    /// A password that would be guessed.
    #[error("the password is weak: {0:?}")]
    WeakPassword(Weakness),
    /// Scopes that the person does not have, or none.
    #[error("scope {0:?}")]
    BadScope(String),
    /// A group keeps one owner at least.
    #[error("the last owner of a group stays")]
    LastOwner,
    /// More of something than one person may have.
    #[error("at most {0}")]
    TooMany(i64),
    /// No such person, group, token or session, or not one of the caller's.
    #[error("nothing called {0}")]
    NotFound(String),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The metadata store failed.
    #[error(transparent)]
    Store(#[from] tenkyu_store::StoreError),
    /// The database failed.
    #[error("the database of accounts failed")]
    Database(#[source] sqlx::Error),
    /// A row does not hold what was written.
    #[error("a row cannot be read: {0}")]
    Corrupt(String),
    /// The system has no random numbers.
    #[error("no random numbers: {0}")]
    Random(String),
    /// A password could not be hashed.
    #[error("hashing failed: {0}")]
    Hashing(String),
}

impl From<sqlx::Error> for AccountError {
    fn from(error: sqlx::Error) -> Self {
        AccountError::Database(error)
    }
}

impl AccountError {
    /// Whether the fault is ours and its text belongs in the log alone.
    pub fn is_internal(&self) -> bool {
        use AccountError::{Corrupt, Database, Hashing, Random, Store};
        matches!(self, Store(_) | Database(_) | Corrupt(_) | Random(_) | Hashing(_))
    }

    fn words(&self) -> (&'static str, u16, Message, Option<Message>) {
        use AccountError as E;
        match self {
            E::BadSignIn => ("bad-sign-in", 401, text::BAD_SIGN_IN, Some(text::BAD_SIGN_IN_HELP)),
            E::NotApproved => ("not-approved", 403, text::NOT_APPROVED, None),
            E::Expired => ("account-expired", 403, text::EXPIRED, Some(text::ASK_OPERATOR)),
            E::Locked => ("account-locked", 403, text::LOCKED, Some(text::ASK_OPERATOR)),
            E::TooOften(_) => ("too-often", 429, text::TOO_OFTEN, Some(text::TOO_OFTEN_HELP)),
            E::BadToken => ("bad-token", 401, text::BAD_TOKEN, Some(text::BAD_TOKEN_HELP)),
            E::BadLink => ("bad-link", 410, text::BAD_LINK, Some(text::BAD_LINK_HELP)),
            E::BadUserName(_) => {
                ("bad-user-name", 400, text::BAD_USER_NAME, Some(text::BAD_USER_NAME_HELP))
            }
            E::UserTaken(_) => ("user-taken", 409, text::USER_TAKEN, None),
            E::BadName(_) => ("bad-name", 400, text::BAD_NAME, Some(text::BAD_NAME_HELP)),
            E::GroupTaken(_) => ("group-taken", 409, text::GROUP_TAKEN, None),
            E::BadText { .. } => ("bad-text", 400, text::BAD_TEXT, None),
            E::WeakPassword(weakness) => {
                let message = match weakness {
                    Weakness::Short => text::PASSWORD_SHORT,
                    Weakness::Long => text::PASSWORD_LONG,
                    Weakness::Common => text::PASSWORD_COMMON,
                    Weakness::Own => text::PASSWORD_OWN,
                };
                ("weak-password", 400, message, Some(text::PASSWORD_HELP))
            }
            E::BadScope(_) => ("bad-scope", 400, text::BAD_SCOPE, Some(text::BAD_SCOPE_HELP)),
            E::LastOwner => ("last-owner", 409, text::LAST_OWNER, Some(text::LAST_OWNER_HELP)),
            E::TooMany(_) => ("too-many", 409, text::TOO_MANY, None),
            E::NotFound(_) => ("account-not-found", 404, text::NOT_FOUND, None),
            _ => ("internal", 500, errors::INTERNAL, Some(errors::INTERNAL_HELP)),
        }
    }
}

impl Explain for AccountError {
    fn code(&self) -> &'static str {
        match self {
            AccountError::Denied(denial) => denial.code(),
            other => other.words().0,
        }
    }

    fn detail(&self, lang: Lang) -> String {
        let shortest = SHORTEST.to_string();
        let number;
        let values: &[(&str, &str)] = match self {
            AccountError::Denied(denial) => return denial.detail(lang),
            AccountError::TooOften(n) | AccountError::TooMany(n) => {
                number = n.to_string();
                &[("n", &number)]
            }
            AccountError::BadText { field, longest } => {
                number = longest.to_string();
                &[("field", field), ("n", &number)]
            }
            AccountError::BadUserName(name)
            | AccountError::UserTaken(name)
            | AccountError::BadName(name)
            | AccountError::GroupTaken(name)
            | AccountError::BadScope(name)
            | AccountError::NotFound(name) => &[("name", name)],
            AccountError::WeakPassword(_) => &[("n", &shortest)],
            _ => &[("id", "accounts")],
        };
        self.words().2.with(lang, values)
    }

    fn help(&self, lang: Lang) -> Option<String> {
        match self {
            AccountError::Denied(denial) => denial.help(lang),
            other => other.words().3.map(|message| message.text(lang).to_owned()),
        }
    }

    fn status(&self) -> u16 {
        match self {
            AccountError::Denied(denial) => denial.status(),
            other => other.words().1,
        }
    }
}
