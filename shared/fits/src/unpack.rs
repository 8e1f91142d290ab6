//! Whole-file compression around a FITS file: gzip (RFC 1952) and Unix `compress` (`.Z`, LZW).

use std::{borrow::Cow, io::Read};

use crate::error::{FitsError, Result};

/// How a whole file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip.
    Gzip,
    /// Unix `compress`.
    Compress,
}

/// The packing that the first two bytes announce.
pub fn packing(bytes: &[u8]) -> Option<Packing> {
    match bytes {
        [0x1F, 0x8B, ..] => Some(Packing::Gzip),
        [0x1F, 0x9D, ..] => Some(Packing::Compress),
        _ => None,
    }
}

/// Unpacks a gzip or compress stream, once; other bytes come back as they are.
///
/// # Errors
/// [`FitsError::Unpack`] when the stream is broken, ends early or grows over `limit` bytes.
pub fn unpack(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>> {
    match packing(bytes) {
        None => Ok(Cow::Borrowed(bytes)),
        Some(Packing::Gzip) => gunzip(bytes, limit)
            .map(Cow::Owned)
            .map_err(|reason| FitsError::Unpack { format: "gzip", reason }),
        Some(Packing::Compress) => uncompress(bytes, limit)
            .map(Cow::Owned)
            .map_err(|reason| FitsError::Unpack { format: "compress", reason }),
    }
}

/// Decodes all members of a gzip stream. What follows the last member (tape padding) is left out.
pub(crate) fn gunzip(bytes: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut rest = bytes;
    loop {
        let mut decoder = flate2::bufread::GzDecoder::new(rest);
        let room = limit.saturating_sub(out.len() as u64);
        decoder
            .by_ref()
            .take(room.saturating_add(1))
            .read_to_end(&mut out)
            .map_err(|error| error.to_string())?;
        if out.len() as u64 > limit {
            return Err(format!("over the limit of {limit} bytes"));
        }
        rest = decoder.into_inner();
        if packing(rest) != Some(Packing::Gzip) {
            return Ok(out);
        }
    }
}

const CLEAR: usize = 256;

/// LZW as written by `compress` 4: codes of 9 to 16 bits, least significant bit first, in groups
/// of eight; a group is cut short whenever the width changes.
fn uncompress(bytes: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let flags = *bytes.get(2).ok_or("the stream ends in its header")?;
    let data = bytes.get(3..).unwrap_or_default();
    let max_bits = usize::from(flags & 0x1F);
    let block_mode = flags & 0x80 != 0;
    if !(9..=16).contains(&max_bits) {
        return Err(format!("{max_bits}-bit codes are not supported"));
    }
    let mut lzw = Lzw {
        prefix: vec![0; 1 << max_bits],
        suffix: vec![0; 1 << max_bits],
        free: if block_mode { CLEAR + 1 } else { CLEAR },
        previous: None,
        first: 0,
        stack: Vec::new(),
    };
    let mut codes = Codes { data, at: 0, group: 0, bits: 9 };
    let mut out = Vec::new();
    loop {
        if lzw.free > (1 << codes.bits) - 1 && codes.bits < max_bits {
            codes.set_width(codes.bits + 1);
        }
        let Some(code) = codes.next() else { return Ok(out) };
        if code == CLEAR && block_mode && lzw.previous.is_some() {
            // The entry added by the next code takes the place of CLEAR and is never used.
            lzw.free = CLEAR;
            codes.set_width(9);
            continue;
        }
        lzw.expand(code, &mut out)?;
        if out.len() as u64 > limit {
            return Err(format!("over the limit of {limit} bytes"));
        }
    }
}

struct Lzw {
    prefix: Vec<u16>,
    suffix: Vec<u8>,
    free: usize,
    previous: Option<usize>,
    first: u8,
    stack: Vec<u8>,
}

impl Lzw {
    fn expand(&mut self, code: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let broken = || "a code points at nothing".to_owned();
        let Some(previous) = self.previous else {
            self.first = u8::try_from(code).map_err(|_| broken())?;
            out.push(self.first);
            self.previous = Some(code);
            return Ok(());
        };
        let mut at = code;
        if code >= self.free {
            if code > self.free {
                return Err(broken());
            }
            // A string that starts with the string being defined ends with its own first byte.
            self.stack.push(self.first);
            at = previous;
        }
        while at > 255 {
            self.stack.push(*self.suffix.get(at).ok_or_else(broken)?);
            at = usize::from(*self.prefix.get(at).ok_or_else(broken)?);
            if self.stack.len() > self.prefix.len() {
                return Err(broken());
            }
        }
        self.first = at as u8;
        out.push(self.first);
        out.extend(self.stack.drain(..).rev());
        if let (Some(prefix), Some(suffix)) =
            (self.prefix.get_mut(self.free), self.suffix.get_mut(self.free))
        {
            *prefix = previous as u16;
            *suffix = self.first;
            self.free += 1;
        }
        self.previous = Some(code);
        Ok(())
    }
}

struct Codes<'a> {
    data: &'a [u8],
    /// Bit position.
    at: usize,
    /// Bit position where the present width began.
    group: usize,
    bits: usize,
}

impl Codes<'_> {
    fn set_width(&mut self, bits: usize) {
        let group_bits = self.bits * 8;
        self.at = self.group + (self.at - self.group).next_multiple_of(group_bits);
        self.group = self.at;
        self.bits = bits;
    }

    fn next(&mut self) -> Option<usize> {
        let byte = self.at / 8;
        if (self.at + self.bits).div_ceil(8) > self.data.len() {
            return None;
        }
        let word = (0..3).rev().fold(0_usize, |word, i| {
            (word << 8) | usize::from(self.data.get(byte + i).copied().unwrap_or(0))
        });
        let code = (word >> (self.at % 8)) & ((1 << self.bits) - 1);
        self.at += self.bits;
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_members_are_joined_and_padding_is_left_out() {
        let mut packed = gzip(b"one ");
        packed.extend(gzip(b"two"));
        packed.extend([0; 100]);
        assert_eq!(unpack(&packed, 100).unwrap().as_ref(), b"one two");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let packed = gzip(&vec![0; 1 << 20]);
        assert!(matches!(unpack(&packed, 1000), Err(FitsError::Unpack { .. })));
        assert!(matches!(
            unpack(&packed[..packed.len() / 2], 2 << 20),
            Err(FitsError::Unpack { .. })
        ));
    }

    #[test]
    fn lzw_of_a_known_stream() {
        // `printf 'abababab' | compress`: a, b, 257 "ab", 259 "aba", "b" in 9-bit codes.
        let codes = [97_u32, 98, 257, 259, 98];
        let mut bits = 0_u64;
        for (i, code) in codes.iter().enumerate() {
            bits |= u64::from(*code) << (9 * i);
        }
        let mut packed = vec![0x1F, 0x9D, 0x90];
        packed.extend_from_slice(&bits.to_le_bytes()[..6]);
        assert_eq!(unpack(&packed, 100).unwrap().as_ref(), b"abababab");
        assert!(unpack(&packed, 3).is_err());
        assert!(unpack(&[0x1F, 0x9D], 3).is_err());
        assert!(unpack(&[0x1F, 0x9D, 0x90, 0xFF, 0xFF, 0xFF], 30).is_err());
    }
}
