//! CHECKSUM and DATASUM (FITS 4.0 §4.4.2.7 and appendix J).

use crate::{
    error::{FitsError, Result},
    file::{Fits, Hdu, padded},
    source::ReadAt,
};

/// A running ones' complement sum of big-endian 32-bit words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checksum {
    sum: u64,
    /// Bytes of a word that is not complete yet, at the top.
    rest: u32,
    held: u32,
}

impl Checksum {
    /// Adds bytes. Pieces may have any length; the sum is that of their concatenation.
    pub fn add(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        while self.held > 0 {
            let Some((first, more)) = bytes.split_first() else { return };
            self.push(*first);
            bytes = more;
        }
        let (words, rest) = bytes.as_chunks::<4>();
        for piece in words.chunks(1 << 20) {
            let sum: u64 = piece.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum();
            self.sum = fold(self.sum + sum);
        }
        rest.iter().for_each(|byte| self.push(*byte));
    }

    fn push(&mut self, byte: u8) {
        self.rest |= u32::from(byte) << (24 - self.held);
        self.held += 8;
        if self.held == 32 {
            self.sum = fold(self.sum + u64::from(self.rest));
            (self.rest, self.held) = (0, 0);
        }
    }

    /// The sum so far, an incomplete word filled with zeros.
    pub fn value(&self) -> u32 {
        let mut sum = fold(self.sum + u64::from(self.rest));
        while sum >> 32 != 0 {
            sum = fold(sum);
        }
        sum as u32
    }
}

/// Adds the carries back in; the result is below 2³³.
fn fold(sum: u64) -> u64 {
    (sum & 0xFFFF_FFFF) + (sum >> 32)
}

/// The sum of some bytes.
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = Checksum::default();
    sum.add(bytes);
    sum.value()
}

/// The 16 characters of a CHECKSUM value (appendix J.2), for the sum of the HDU with its CHECKSUM
/// value set to 16 characters `0`.
pub fn encode_checksum(sum: u32) -> String {
    let mut text = [0_u8; 16];
    for (i, byte) in (!sum).to_be_bytes().into_iter().enumerate() {
        let quotient = byte / 4 + b'0';
        let mut parts = [quotient + byte % 4, quotient, quotient, quotient];
        // Only digits and letters may appear: a pair is pulled apart until both are. Quotients stay
        // between `0` and `o`, so that seven steps are the most.
        for pair in parts.as_chunks_mut::<2>().0 {
            while pair.iter().any(|c| !c.is_ascii_alphanumeric()) {
                *pair = [pair[0].wrapping_add(1), pair[1].wrapping_sub(1)];
            }
        }
        for (j, part) in parts.into_iter().enumerate() {
            // One place to the right, because the value starts in column 12 of its card.
            if let Some(place) = text.get_mut((4 * j + i + 1) % 16) {
                *place = part;
            }
        }
    }
    text.iter().map(|c| char::from(*c)).collect()
}

/// What CHECKSUM and DATASUM say of an HDU; `None` where the keyword is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integrity {
    /// DATASUM agrees with the data.
    pub data: Option<bool>,
    /// CHECKSUM agrees with the whole HDU.
    pub hdu: Option<bool>,
}

impl<S: ReadAt> Fits<S> {
    /// Checks CHECKSUM and DATASUM of an HDU, reading it once in pieces.
    ///
    /// # Errors
    /// [`FitsError::NoSuchHdu`], [`FitsError::Truncated`], [`FitsError::Io`].
    pub fn verify(&self, index: usize) -> Result<Integrity> {
        let hdu = self.hdu(index)?;
        // A blank value means that no sum is known.
        let stated = hdu.header.get_str("DATASUM").map(str::trim).filter(|text| !text.is_empty());
        let stated = stated.map(|text| text.parse::<u32>().ok());
        let has_checksum = hdu.header.get_str("CHECKSUM").is_some_and(|c| !c.trim().is_empty());
        if stated.is_none() && !has_checksum {
            return Ok(Integrity { data: None, hdu: None });
        }
        let end = padded(hdu.data_start.saturating_add(hdu.data_len));
        let data = self.sum(hdu, hdu.data_start, end)?;
        let mut whole = self.sum(hdu, hdu.header_start, hdu.data_start)?;
        whole.add(&data.value().to_be_bytes());
        let ones = matches!(whole.value(), u32::MAX | 0);
        Ok(Integrity {
            data: stated.map(|stated| stated == Some(data.value())),
            hdu: has_checksum.then_some(ones),
        })
    }

    fn sum(&self, hdu: &Hdu, start: u64, end: u64) -> Result<Checksum> {
        const PIECE: u64 = 1 << 20;
        let size = self.source().size();
        if end > size {
            return Err(FitsError::Truncated { hdu: hdu.index, expected: end, actual: size });
        }
        let mut sum = Checksum::default();
        let mut at = start;
        while at < end {
            let length = (end - at).min(PIECE);
            let bytes = self.source().slice_at(at, length as usize).map_err(FitsError::Io)?;
            sum.add(&bytes);
            at += length;
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        // Appendix J.4: the sum 868229149 is encoded as hcHjjc9ghcEghc9g.
        assert_eq!(encode_checksum(868_229_149), "hcHjjc9ghcEghc9g");
    }

    #[test]
    fn every_sum_is_encoded_in_letters_and_digits_that_undo_it() {
        for i in 0..=u32::from(u16::MAX) {
            let sum = i.wrapping_mul(65_537).rotate_left(i % 32);
            let text = encode_checksum(sum);
            assert!(text.bytes().all(|c| c.is_ascii_alphanumeric()), "{sum} {text}");
            // Rotated back, and with the offset of 16 characters `0` taken off, it is the complement.
            let mut bytes = text.into_bytes();
            bytes.rotate_left(1);
            bytes.iter_mut().for_each(|c| *c -= b'0');
            let mut total = Checksum::default();
            total.add(&bytes);
            total.add(&sum.to_be_bytes());
            assert!(matches!(total.value(), 0 | u32::MAX), "{sum}");
        }
    }

    #[test]
    fn pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..1000).map(|i| (i * 37 % 251) as u8).collect();
        let whole = checksum(&bytes);
        for cut in [1, 2, 3, 5, 7, 999] {
            let mut sum = Checksum::default();
            bytes.chunks(cut).for_each(|piece| sum.add(piece));
            assert_eq!(sum.value(), whole, "{cut}");
        }
        assert_eq!(checksum(&[0xFF; 8]), u32::MAX);
        assert_eq!(checksum(&[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2]), 2);
    }
}
