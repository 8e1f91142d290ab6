//! People, sessions, access tokens and groups: who asks, in every request.
//!
//! What they may then do is decided by [`tenkyu_wire::access::allowed`]. Times are seconds since
//! 1970 and are given by the caller, so that a test can let a year pass.

mod audit;
mod error;
mod groups;
mod links;
mod names;
mod password;
mod people;
mod schema;
mod secret;
mod sessions;
mod throttle;
mod tokens;

use std::sync::Arc;

use sqlx::AnyPool;
use tenkyu_store::Store;

pub use audit::{AuditEntry, AuditFilter};
pub use error::AccountError;
pub use groups::{Group, GroupSummary, Member};
pub use password::{SHORTEST, Weakness};
pub use people::{Application, NewPerson, Profile, State};
pub use secret::digest;
pub use sessions::{Attempt, NewSession, Session};
pub use tokens::{NewToken, Token};

/// Costs and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountOptions {
    /// Memory of a hash of a password, KiB.
    pub hash_kib: u32,
    /// Passes of a hash.
    pub hash_passes: u32,
    /// Hashes that are made at the same time.
    pub hashes: usize,
    /// Seconds after which a session ends that is not used.
    pub session_idle: i64,
    /// Seconds after which any session ends.
    pub session_longest: i64,
    /// Seconds for which an account is approved.
    pub account_seconds: i64,
}

impl Default for AccountOptions {
    /// Argon2id with 19 MiB and 2 passes (the first choice of OWASP's Password Storage Cheat
    /// Sheet); sessions of 3 days' rest and 30 days at most; accounts of a year.
    fn default() -> Self {
        AccountOptions {
            hash_kib: 19 * 1024,
            hash_passes: 2,
            hashes: 2,
            session_idle: 3 * DAY,
            session_longest: 30 * DAY,
            account_seconds: 365 * DAY,
        }
    }
}

pub(crate) const DAY: i64 = 24 * 3600;

/// The accounts of a metadata store. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Accounts {
    pool: AnyPool,
    hasher: password::Hasher,
    throttle: Arc<throttle::Throttle>,
    options: AccountOptions,
}

impl Accounts {
    /// Opens the accounts in a store and brings their tables up to date.
    ///
    /// # Errors
    /// A store that cannot be used; costs of hashing that Argon2 does not have.
    pub async fn open(store: &Store, options: AccountOptions) -> Result<Accounts, AccountError> {
        store.migrate(&schema::ROOM).await?;
        let hasher = password::Hasher::new(options.hash_kib, options.hash_passes, options.hashes)?;
        Ok(Accounts { pool: store.pool().clone(), hasher, throttle: Arc::default(), options })
    }
}
