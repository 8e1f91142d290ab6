//! RICE_1 (FITS 4.0 §10.4.1): differences of neighbours in Golomb–Rice codes.

/// Sizes that depend on the bytes of a pixel.
struct Widths {
    /// Bits of the field that holds `fs + 1`.
    fs_bits: u32,
    /// `fs` from which differences stand uncoded.
    fs_max: u32,
    /// Bits of a pixel.
    bits: u32,
}

/// Decodes `count` pixels of `bytepix` bytes (1 unsigned, 2 and 4 signed) in blocks of
/// `block` pixels.
pub(super) fn decode(
    bytes: &[u8],
    count: usize,
    block: usize,
    bytepix: usize,
) -> Result<Vec<i32>, String> {
    let widths = match bytepix {
        1 => Widths { fs_bits: 3, fs_max: 6, bits: 8 },
        2 => Widths { fs_bits: 4, fs_max: 14, bits: 16 },
        4 => Widths { fs_bits: 5, fs_max: 25, bits: 32 },
        other => return Err(format!("BYTEPIX {other} is not supported")),
    };
    if block == 0 {
        return Err("BLOCKSIZE is 0".to_owned());
    }
    let ended = || "the stream ends early".to_owned();
    let mut bits = Bits { bytes, at: 0, word: 0, held: 0 };
    let mut out: Vec<i32> = Vec::new();
    let mut last = bits.take(widths.bits).ok_or_else(ended)?;
    while out.len() < count {
        let n = block.min(count - out.len());
        out.try_reserve(n).map_err(|e| e.to_string())?;
        let code = bits.take(widths.fs_bits).ok_or_else(ended)?;
        match code.checked_sub(1) {
            None => out.extend(std::iter::repeat_n(pixel(last, widths.bits), n)),
            Some(fs) => {
                for _ in 0..n {
                    let coded =
                        if fs >= widths.fs_max { bits.take(widths.bits) } else { bits.coded(fs) };
                    last = last.wrapping_add(unfold(coded.ok_or_else(ended)?));
                    out.push(pixel(last, widths.bits));
                }
            }
        }
    }
    Ok(out)
}

/// 0, 1, 2, 3, 4… stand for 0, -1, 1, -2, 2…
fn unfold(coded: u32) -> u32 {
    if coded & 1 == 0 { coded >> 1 } else { !(coded >> 1) }
}

/// The low bits of the running sum as a pixel.
fn pixel(value: u32, bits: u32) -> i32 {
    match bits {
        8 => i32::from(value as u8),
        16 => i32::from(value as u16 as i16),
        _ => value.cast_signed(),
    }
}

/// Bits of a byte stream, most significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next `held` bits, at the top.
    word: u64,
    held: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.held <= 56 {
            let Some(byte) = self.bytes.get(self.at) else { return };
            self.word |= u64::from(*byte) << (56 - self.held);
            self.at += 1;
            self.held += 8;
        }
    }

    /// The next `n` bits, `n` at most 32.
    fn take(&mut self, n: u32) -> Option<u32> {
        if n == 0 {
            return Some(0);
        }
        if self.held < n {
            self.fill();
            if self.held < n {
                return None;
            }
        }
        let value = (self.word >> (64 - n)) as u32;
        self.word <<= n;
        self.held -= n;
        Some(value)
    }

    /// A number of zeros and a one, then `fs` bits.
    fn coded(&mut self, fs: u32) -> Option<u32> {
        let mut zeros = 0_u32;
        loop {
            if self.word != 0 {
                let run = self.word.leading_zeros();
                zeros = zeros.wrapping_add(run);
                self.word <<= run;
                self.word <<= 1;
                self.held -= run + 1;
                break;
            }
            zeros = zeros.wrapping_add(self.held);
            self.held = 0;
            self.fill();
            if self.held == 0 {
                return None;
            }
        }
        Some((zeros << fs) | self.take(fs)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_made_stream() {
        // First pixel 5 (32 bits), fs+1 = 2 (5 bits), then three codes with fs = 1:
        // 0 -> 0: `1 0`; +1 -> 2: `01 0`; -2 -> 3: `01 1`.
        let bits = format!("{:032b}{:05b}{}{}{}", 5, 2, "10", "010", "011");
        let bytes: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|c| {
                u8::from_str_radix(&format!("{:0<8}", std::str::from_utf8(c).unwrap()), 2).unwrap()
            })
            .collect();
        assert_eq!(decode(&bytes, 3, 32, 4), Ok(vec![5, 6, 4]));
        assert!(decode(&bytes, 40, 32, 4).is_err());
        assert!(decode(&[], 1, 32, 4).is_err());
        assert!(decode(&bytes, 3, 0, 4).is_err());
        assert!(decode(&bytes, 3, 32, 3).is_err());
    }
}
