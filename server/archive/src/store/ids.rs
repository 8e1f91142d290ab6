//! Identifiers that the archive makes.
//!
//! They are derived from what they name, so that a second ingest, on this machine or another,
//! gives the same ones and links stay good.

use sha2::{Digest, Sha256};

/// Hex digits of an identifier: 80 bits. Among 10⁹ artifacts the chance of one collision is below
/// 10⁻⁶; ingest checks for it all the same.
const DIGITS: usize = 20;

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Identifier of an artifact: the first digits of the SHA-256 of its content.
pub(crate) fn artifact_id(sha256: &str) -> String {
    sha256.chars().take(DIGITS).collect()
}

/// Identifier of an observation.
pub(crate) fn observation_id(collection: &str, obs_id: &str) -> String {
    derived(&["observation", collection, obs_id])
}

/// Identifier of a plane.
pub(crate) fn plane_id(observation: &str, product_id: &str) -> String {
    derived(&["plane", observation, product_id])
}

fn derived(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()).chars().take(DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_keep_their_parts_apart() {
        assert_ne!(observation_id("ab", "c"), observation_id("a", "bc"));
        assert_eq!(observation_id("HST", "u59n0201r").len(), DIGITS);
        assert_eq!(artifact_id("0123456789abcdef0123456789abcdef"), "0123456789abcdef0123");
    }
}
