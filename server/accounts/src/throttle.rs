//! How often somebody may try to sign in.
//!
//! Guessing is slowed in three ways: by the address that tries, by the account as that address
//! tries it, and by the account as all devices try it that never signed in to it. The last is the
//! one that an attacker with many addresses runs into; it must not keep the owner out, so a browser
//! that signed in to the account before (it has a device cookie) does not count there and is not
//! held up by it. Whoever has neither that cookie nor patience is let in by a reset link.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Failures that cost nothing, and seconds after which one is forgotten.
#[derive(Clone, Copy, Debug)]
struct Rate {
    free: u32,
    forget_seconds: i64,
}

const OF_ADDRESS: Rate = Rate { free: 20, forget_seconds: 60 };
const OF_PAIR: Rate = Rate { free: 5, forget_seconds: 300 };
const OF_ACCOUNT: Rate = Rate { free: 50, forget_seconds: 60 };

/// Longest wait, seconds.
const LONGEST_WAIT: i64 = 900;

/// Counters that are kept; beyond, those at rest are dropped first.
const MOST: usize = 100_000;

#[derive(Clone, Copy, Debug)]
struct Counter {
    /// Failures that are not forgotten yet.
    failures: u32,
    /// When the last one was counted or forgotten.
    since: i64,
    /// Nothing is tried before.
    blocked_until: i64,
}

impl Counter {
    fn decay(&mut self, rate: Rate, now: i64) {
        let passed = now.saturating_sub(self.since).max(0) / rate.forget_seconds;
        let forgotten = u32::try_from(passed).unwrap_or(u32::MAX);
        if forgotten > 0 {
            self.failures = self.failures.saturating_sub(forgotten);
            self.since = now;
        }
    }
}

/// What is counted under a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(String),
    Pair(String, String),
    Account(String),
}

impl Key {
    const fn rate(&self) -> Rate {
        match self {
            Key::Address(_) => OF_ADDRESS,
            Key::Pair(..) => OF_PAIR,
            Key::Account(_) => OF_ACCOUNT,
        }
    }
}

/// The counters. They are in memory alone: a restart forgets them.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    counters: Mutex<HashMap<Key, Counter>>,
}

impl Throttle {
    /// Counts an attempt before its password is looked at, so that attempts at the same time
    /// count as well; one that succeeds is taken back by [`Throttle::succeeded`].
    ///
    /// # Errors
    /// Seconds to wait.
    pub(crate) fn attempt(
        &self,
        account: &str,
        address: &str,
        known_device: bool,
        now: i64,
    ) -> Result<(), i64> {
        let keys = keys(account, address, known_device);
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = keys
            .iter()
            .filter_map(|key| counters.get(key))
            .map(|counter| counter.blocked_until - now)
            .max()
            .unwrap_or_default();
        if wait > 0 {
            return Err(wait);
        }
        if counters.len() >= MOST {
            counters.retain(|key, counter| {
                counter.decay(key.rate(), now);
                counter.failures > 0 || counter.blocked_until > now
            });
        }
        for key in keys {
            let rate = key.rate();
            let fresh = Counter { failures: 0, since: now, blocked_until: 0 };
            let counter = counters.entry(key).or_insert(fresh);
            counter.decay(rate, now);
            counter.failures = counter.failures.saturating_add(1);
            if counter.failures >= rate.free {
                let doubled = 1_i64 << (counter.failures - rate.free).min(10);
                counter.blocked_until = now + doubled.min(LONGEST_WAIT);
            }
        }
        Ok(())
    }

    /// Takes an attempt back: it was the owner.
    pub(crate) fn succeeded(&self, account: &str, address: &str, known_device: bool) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(account, address, known_device) {
            match key {
                // Whoever guesses with one account of their own at hand gains nothing by it.
                Key::Address(_) | Key::Account(_) => {
                    if let Some(counter) = counters.get_mut(&key) {
                        counter.failures = counter.failures.saturating_sub(1);
                        counter.blocked_until = 0;
                    }
                }
                Key::Pair(..) => {
                    counters.remove(&key);
                }
            }
        }
    }
}

fn keys(account: &str, address: &str, known_device: bool) -> Vec<Key> {
    let pair = Key::Pair(account.to_owned(), address.to_owned());
    let mut keys = vec![Key::Address(address.to_owned()), pair];
    if !known_device {
        keys.push(Key::Account(account.to_owned()));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attempts that were let through of so many, one a second, from addresses that change.
    fn tried(throttle: &Throttle, account: &str, addresses: usize, attempts: usize) -> usize {
        (0..attempts)
            .filter(|n| {
                let address = format!("10.0.{}.{}", (n % addresses) / 256, (n % addresses) % 256);
                throttle.attempt(account, &address, false, *n as i64).is_ok()
            })
            .count()
    }

    #[test]
    fn ten_thousand_attempts_from_one_address_are_a_few() {
        let let_through = tried(&Throttle::default(), "ann", 1, 10_000);
        assert!(let_through < 80, "{let_through}");
    }

    #[test]
    fn ten_thousand_attempts_from_a_thousand_addresses_are_few() {
        let let_through = tried(&Throttle::default(), "ann", 1000, 10_000);
        assert!(let_through < 300, "{let_through}");
    }

    #[test]
    fn an_attack_does_not_lock_the_owner_out() {
        let throttle = Throttle::default();
        tried(&throttle, "ann", 1000, 10_000);
        // A browser that ann has used before, at her own address.
        assert_eq!(throttle.attempt("ann", "192.0.2.1", true, 10_000), Ok(()));
        throttle.succeeded("ann", "192.0.2.1", true);
        // And other accounts are not touched.
        assert_eq!(throttle.attempt("bob", "192.0.2.2", false, 10_000), Ok(()));
    }

    #[test]
    fn one_who_mistypes_is_not_held_up_and_waits_end() {
        let throttle = Throttle::default();
        for n in 0..4 {
            assert_eq!(throttle.attempt("ann", "192.0.2.1", false, n), Ok(()));
        }
        throttle.succeeded("ann", "192.0.2.1", false);
        for n in 0..20 {
            let _ = throttle.attempt("ann", "192.0.2.1", false, 10 + n);
        }
        assert!(throttle.attempt("ann", "192.0.2.1", false, 30).is_err());
        assert_eq!(throttle.attempt("ann", "192.0.2.1", false, 31 + LONGEST_WAIT), Ok(()));
    }
}
