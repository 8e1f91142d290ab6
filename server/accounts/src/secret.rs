//! Random secrets, and the digests under which they are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::AccountError;

/// 256 random bits as 43 characters that need no escape in an address or a header.
pub(crate) fn secret() -> Result<String, AccountError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// A random identifier: 26 hexadecimal digits, 104 bits.
pub(crate) fn identifier() -> Result<String, AccountError> {
    Ok(hex(&random::<13>()?))
}

/// SHA-256 of a secret, in hexadecimal digits. The secrets are random, so that no salt and no slow
/// hash is needed; and a look-up by digest tells nothing about the secret by its time.
pub fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn random<const N: usize>() -> Result<[u8; N], AccountError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| AccountError::Random(error.to_string()))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
