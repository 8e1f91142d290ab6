//! Passwords: which are taken, and how they are kept (Argon2id, RFC 9106).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::AccountError;

/// Shortest password, characters (NIST SP 800-63B asks for 8 at least).
pub const SHORTEST: usize = 10;

/// Longest password, bytes: more would be work for the server alone.
const LONGEST: usize = 512;

/// Passwords of this length or more that leaked lists have most often, and stems of many others.
const COMMON: &str = include_str!("common-passwords.txt");

/// Makes and checks hashes, few at a time: each takes tens of megabytes and milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// Of no password; what is checked where there is no account, so that both take as long.
    nobody: String,
}

impl Hasher {
    /// `memory_kib` and `passes` of Argon2id.
    pub(crate) fn new(memory_kib: u32, passes: u32, places: usize) -> Result<Hasher, AccountError> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(hashing)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(b"").map_err(hashing)?.to_string();
        Ok(Hasher { argon2, places: Arc::new(Semaphore::new(places)), nobody })
    }

    pub(crate) async fn hash(&self, password: &str) -> Result<String, AccountError> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.work(move || {
            let hash = argon2.hash_password(password.as_bytes()).map_err(hashing)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password fits a hash. `None` for an account that is not there or has no password
    /// takes as long, and never fits.
    pub(crate) async fn fits(
        &self,
        password: &str,
        hash: Option<&str>,
    ) -> Result<bool, AccountError> {
        let real = hash.is_some_and(|hash| !hash.is_empty());
        let hash = hash.filter(|hash| !hash.is_empty()).unwrap_or(&self.nobody).to_owned();
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.work(move || {
            let hash = PasswordHash::new(&hash).map_err(hashing)?;
            let long = password.len() > LONGEST;
            let fits = !long && argon2.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(fits && real)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let place = self.places.clone().acquire_owned().await.map_err(hashing)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(hashing)?
    }
}

fn hashing(error: impl std::fmt::Display) -> AccountError {
    AccountError::Hashing(error.to_string())
}

/// Whether a password may be taken by somebody of this name and e-mail.
///
/// # Errors
/// [`AccountError::WeakPassword`] with the rule that it breaks.
pub(crate) fn check(password: &str, about: &[&str]) -> Result<(), AccountError> {
    let refuse = |why| Err(AccountError::WeakPassword(why));
    if password.chars().count() < SHORTEST {
        return refuse(Weakness::Short);
    }
    if password.len() > LONGEST {
        return refuse(Weakness::Long);
    }
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || "!?.#$*@".contains(c));
    let common = COMMON.lines().any(|known| lower == known || stem == known);
    if distinct.len() < 4 || common || is_run(&lower) {
        return refuse(Weakness::Common);
    }
    let own = about.iter().flat_map(|text| text.split('@').take(1)).map(str::to_lowercase);
    for word in own.filter(|word| word.chars().count() >= 3) {
        // The name with a few signs around it.
        if lower.contains(&word) && lower.chars().count() < word.chars().count() + 6 {
            return refuse(Weakness::Own);
        }
    }
    Ok(())
}

/// Whether it is a walk through the alphabet, the digits or a row of keys.
fn is_run(lower: &str) -> bool {
    const ROWS: [&str; 6] = [
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "01234567890123456789012345678901234567890",
        "98765432109876543210987654321098765432109",
        "zyxwvutsrqponmlkjihgfedcbazyxwvutsrqponmlkjihgfedcba",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertyuiop[]asdfghjkl;'zxcvbnm,./",
    ];
    ROWS.iter().any(|row| row.contains(lower))
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More bytes than are hashed.
    Long,
    /// Among those that are tried first.
    Common,
    /// Of the person's own name or address.
    Own,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_tried_first_are_refused() {
        for (password, why) in [
            ("short", Weakness::Short),
            ("password123", Weakness::Common),
            ("Password2024!", Weakness::Common),
            ("1234567890", Weakness::Common),
            ("aaaaaaaaaaaa", Weakness::Common),
            ("abcdefghijk", Weakness::Common),
            ("qwertyuiop", Weakness::Common),
            ("taroyamada!", Weakness::Own),
            ("TaroYamada12", Weakness::Own),
        ] {
            let refused = check(password, &["taroyamada", "taro@nao.example"]);
            assert!(
                matches!(refused, Err(AccountError::WeakPassword(w)) if w == why),
                "{password}"
            );
        }
        assert!(matches!(
            check(&"aé1x".repeat(200), &[]),
            Err(AccountError::WeakPassword(Weakness::Long))
        ));
        for good in ["correct horse battery", "月が綺麗ですねえ本当に", "u8#kd02lQz"] {
            check(good, &["taroyamada", "taro@nao.example"]).unwrap();
        }
    }

    #[tokio::test]
    async fn hashes_are_salted_and_fit_their_password_alone() {
        let hasher = Hasher::new(64, 1, 1).unwrap();
        let hash = hasher.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert_ne!(hash, hasher.hash("correct horse").await.unwrap());
        assert!(hasher.fits("correct horse", Some(&hash)).await.unwrap());
        assert!(!hasher.fits("correct Horse", Some(&hash)).await.unwrap());
        assert!(!hasher.fits("", None).await.unwrap());
        assert!(!hasher.fits("", Some("")).await.unwrap());
    }
}
