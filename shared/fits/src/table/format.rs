//! TFORM values (FITS 4.0 §7.2.1, §7.3.1) and TDIM.

/// What a column's elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `L`
    Logical,
    /// `X`
    Bit,
    /// `B`
    Byte,
    /// `I` (16 bits)
    Short,
    /// `J` (32 bits)
    Int,
    /// `K` (64 bits); also ASCII `I`
    Long,
    /// `A`
    Char,
    /// `E`
    Float,
    /// `D`
    Double,
    /// `C`
    ComplexFloat,
    /// `M`
    ComplexDouble,
}

impl Kind {
    pub(crate) const fn from_code(code: u8) -> Option<Kind> {
        Some(match code {
            b'L' => Kind::Logical,
            b'X' => Kind::Bit,
            b'B' => Kind::Byte,
            b'I' => Kind::Short,
            b'J' => Kind::Int,
            b'K' => Kind::Long,
            b'A' => Kind::Char,
            b'E' => Kind::Float,
            b'D' => Kind::Double,
            b'C' => Kind::ComplexFloat,
            b'M' => Kind::ComplexDouble,
            _ => return None,
        })
    }

    /// Bytes that `count` elements take.
    pub(crate) const fn bytes(self, count: u64) -> u64 {
        match self {
            Kind::Bit => count.div_ceil(8),
            Kind::Logical | Kind::Byte | Kind::Char => count,
            Kind::Short => count.saturating_mul(2),
            Kind::Int | Kind::Float => count.saturating_mul(4),
            Kind::Long | Kind::Double | Kind::ComplexFloat => count.saturating_mul(8),
            Kind::ComplexDouble => count.saturating_mul(16),
        }
    }

    /// Whether elements are integers.
    pub const fn is_integer(self) -> bool {
        matches!(self, Kind::Byte | Kind::Short | Kind::Int | Kind::Long)
    }
}

/// How a cell holds its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storage {
    /// In the row.
    Fixed,
    /// In the heap, by a descriptor of two 32-bit integers (`P`).
    Heap32,
    /// In the heap, by a descriptor of two 64-bit integers (`Q`).
    Heap64,
    /// As text in a row of an ASCII table: width in characters and implied decimals.
    Text {
        /// Characters.
        width: u64,
        /// Digits after the point where none is written.
        decimals: u32,
    },
}

/// A parsed TFORM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// Elements in a cell; for heap storage that of the descriptor, 0 or 1.
    pub repeat: u64,
    /// What they are.
    pub kind: Kind,
    /// Where they are.
    pub storage: Storage,
    /// Width of the substrings of `rAw`.
    pub substring: Option<u64>,
}

impl Format {
    /// Parses the TFORM of a binary table: `rTa`, `rPt(max)`, `rQt(max)`.
    pub fn binary(text: &str) -> Option<Format> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (repeat, rest) = text.split_at_checked(digits)?;
        let repeat = if repeat.is_empty() { 1 } else { repeat.parse().ok()? };
        let mut letters = rest.bytes();
        let code = letters.next()?.to_ascii_uppercase();
        let storage = match code {
            b'P' => Storage::Heap32,
            b'Q' => Storage::Heap64,
            _ => {
                let kind = Kind::from_code(code)?;
                let tail = rest.get(1..).unwrap_or_default();
                let substring = match kind {
                    Kind::Char => {
                        tail.trim_start_matches(':').trim_start_matches("SSTR").parse().ok()
                    }
                    _ => None,
                };
                let substring = substring.filter(|w| *w > 0 && *w <= repeat);
                return Some(Format { repeat, kind, storage: Storage::Fixed, substring });
            }
        };
        let kind = Kind::from_code(letters.next()?.to_ascii_uppercase())?;
        (repeat <= 1).then_some(Format { repeat, kind, storage, substring: None })
    }

    /// Parses the TFORM of an ASCII table: `Aw`, `Iw`, `Fw.d`, `Ew.d`, `Dw.d`.
    pub fn ascii(text: &str) -> Option<Format> {
        let text = text.trim();
        let kind = match text.bytes().next()?.to_ascii_uppercase() {
            b'A' => Kind::Char,
            b'I' => Kind::Long,
            b'F' | b'E' | b'D' => Kind::Double,
            _ => return None,
        };
        let size = text.get(1..)?;
        let (width, decimals) = size.split_once('.').unwrap_or((size, "0"));
        let width = if width.is_empty() { 1 } else { width.parse().ok()? };
        let storage = Storage::Text { width, decimals: decimals.parse().ok()? };
        Some(Format { repeat: 1, kind, storage, substring: None })
    }

    /// Bytes of a cell within the row.
    pub fn row_bytes(&self) -> u64 {
        match self.storage {
            Storage::Fixed => self.kind.bytes(self.repeat),
            Storage::Heap32 => self.repeat * 8,
            Storage::Heap64 => self.repeat * 16,
            Storage::Text { width, .. } => width,
        }
    }
}

/// Parses TDIM, `(d1,d2,…)`, the first running fastest.
pub(crate) fn dims(text: &str) -> Option<Vec<u64>> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    inner.split(',').map(|d| d.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_formats() {
        let f = |t| Format::binary(t).unwrap();
        assert_eq!(f("J").row_bytes(), 4);
        assert_eq!(f("3D").row_bytes(), 24);
        assert_eq!(f("11X").row_bytes(), 2);
        assert_eq!(f("0A").row_bytes(), 0);
        assert_eq!(f("1PE(20)").row_bytes(), 8);
        assert_eq!(f("QJ(7)").row_bytes(), 16);
        assert_eq!(f("PB").storage, Storage::Heap32);
        assert_eq!(f("30A10").substring, Some(10));
        for bad in ["", "3", "Z", "2PJ", "P", "99999999999999999999J", "天"] {
            assert_eq!(Format::binary(bad), None, "{bad}");
        }
    }

    #[test]
    fn ascii_formats() {
        let f = Format::ascii("F10.3").unwrap();
        assert_eq!(f.storage, Storage::Text { width: 10, decimals: 3 });
        assert_eq!(Format::ascii("I4").unwrap().kind, Kind::Long);
        assert_eq!(Format::ascii("J4"), None);
        assert_eq!(Format::ascii("Ax"), None);
    }

    #[test]
    fn dimensions() {
        assert_eq!(dims("(3,4)"), Some(vec![3, 4]));
        assert_eq!(dims("( 3 , 4 )"), Some(vec![3, 4]));
        assert_eq!(dims("3,4"), None);
        assert_eq!(dims("(3,-4)"), None);
    }
}
