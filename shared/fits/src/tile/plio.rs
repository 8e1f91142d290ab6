//! PLIO_1 (FITS 4.0 §10.4.3): IRAF's run-length line lists of 16-bit words.

/// Decodes `count` pixels from big-endian words. Pixels after the end of the list are 0.
pub(super) fn decode(bytes: &[u8], count: usize) -> Result<Vec<i32>, String> {
    let words: Vec<i32> =
        bytes.as_chunks::<2>().0.iter().map(|b| i32::from(i16::from_be_bytes(*b))).collect();
    let word = |at: usize| words.get(at).copied().unwrap_or(0);
    // Old lists keep their length in word 3; new ones have -100 there and a long header.
    let (length, first) =
        if word(2) > 0 { (word(2), 3) } else { ((word(4) << 15).saturating_add(word(3)), word(1)) };
    let length = usize::try_from(length).map_err(|_| "negative length")?;
    let first = usize::try_from(first).map_err(|_| "negative header length")?;
    let mut out: Vec<i32> = Vec::new();
    let mut high = 1_i32;
    let mut at = first;
    while at < length.min(words.len()) && out.len() < count {
        let (code, data) = ((word(at) >> 12) & 0xF, word(at) & 0xFFF);
        let room = count - out.len();
        let run = (data as usize).min(room);
        match code {
            0 => out.resize(out.len() + run, 0),
            1 => {
                at += 1;
                high = (word(at) << 12).wrapping_add(data);
            }
            2 => high = high.wrapping_add(data),
            3 => high = high.wrapping_sub(data),
            4 => out.resize(out.len() + run, high),
            5 => {
                out.resize(out.len() + run, 0);
                if (data as usize) <= room
                    && let (Some(last), true) = (out.last_mut(), data > 0)
                {
                    *last = high;
                }
            }
            6 | 7 => {
                let step = if code == 6 { data } else { -data };
                high = high.wrapping_add(step);
                out.push(high);
            }
            other => return Err(format!("unknown instruction {other}")),
        }
        at += 1;
    }
    let missing = count - out.len();
    out.try_reserve_exact(missing).map_err(|error| error.to_string())?;
    out.resize(count, 0);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(instructions: &[(i32, i32)]) -> Vec<u8> {
        let mut words = vec![0, 7, -100, 7 + instructions.len() as i32, 0, 0, 0];
        words.extend(instructions.iter().map(|(code, data)| (code << 12) | data));
        words.iter().flat_map(|w| (*w as i16).to_be_bytes()).collect()
    }

    #[test]
    fn every_instruction() {
        let bytes = list(&[(0, 2), (4, 1), (2, 4), (4, 2), (5, 3), (6, 1), (7, 2), (3, 1), (4, 1)]);
        assert_eq!(decode(&bytes, 12), Ok(vec![0, 0, 1, 5, 5, 0, 0, 5, 6, 4, 3, 0]));
        assert_eq!(decode(&bytes, 4), Ok(vec![0, 0, 1, 5]));
    }

    #[test]
    fn a_high_value_of_two_words() {
        let mut bytes = list(&[(1, 5), (0, 0), (4, 1)]);
        let at = bytes.len() - 4;
        bytes[at..at + 2].copy_from_slice(&2_i16.to_be_bytes());
        assert_eq!(decode(&bytes, 1), Ok(vec![2 * 4096 + 5]));
        assert!(decode(&list(&[(9, 0)]), 1).is_err());
        assert_eq!(decode(&[], 2), Ok(vec![0, 0]));
    }
}
