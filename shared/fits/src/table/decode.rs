//! From stored bytes to values.

use super::{column::Column, data::Values, format::Kind};
use crate::pixels::extend_be;

/// Values as stored, before TSCAL, TZERO and TNULL, with the nulls that are seen in the bytes.
pub(crate) struct Raw {
    pub(crate) values: Values,
    pub(crate) nulls: Vec<bool>,
}

impl Raw {
    pub(crate) fn new(kind: Kind) -> Raw {
        let values = match kind {
            Kind::Logical | Kind::Bit => Values::Bool(Vec::new()),
            Kind::Byte => Values::U8(Vec::new()),
            Kind::Short => Values::I16(Vec::new()),
            Kind::Int => Values::I32(Vec::new()),
            Kind::Long => Values::I64(Vec::new()),
            Kind::Char => Values::Text(Vec::new()),
            Kind::Float => Values::F32(Vec::new()),
            Kind::Double => Values::F64(Vec::new()),
            Kind::ComplexFloat => Values::Complex32(Vec::new()),
            Kind::ComplexDouble => Values::Complex64(Vec::new()),
        };
        Raw { values, nulls: Vec::new() }
    }

    /// Appends the `count` elements of one cell. For text, `count` strings of `width` bytes.
    pub(crate) fn add(&mut self, kind: Kind, cell: &[u8], count: usize, width: usize) {
        match &mut self.values {
            Values::Bool(v) if kind == Kind::Bit => {
                // The most significant bit comes first (§7.3.3.2).
                v.extend(
                    (0..count)
                        .map(|i| cell.get(i / 8).is_some_and(|byte| byte & (0x80 >> (i % 8)) != 0)),
                );
            }
            Values::Bool(v) => {
                v.extend(cell.iter().map(|b| *b == b'T'));
                self.nulls.extend(cell.iter().map(|b| !matches!(b, b'T' | b'F')));
            }
            Values::U8(v) => v.extend_from_slice(cell),
            Values::I16(v) => extend_be!(v, i16, cell),
            Values::I32(v) => extend_be!(v, i32, cell),
            Values::I64(v) => extend_be!(v, i64, cell),
            Values::F32(v) => extend_be!(v, f32, cell),
            Values::F64(v) => extend_be!(v, f64, cell),
            Values::Complex32(v) => {
                let mut parts: Vec<f32> = Vec::new();
                extend_be!(parts, f32, cell);
                v.extend_from_slice(parts.as_chunks::<2>().0);
            }
            Values::Complex64(v) => {
                let mut parts: Vec<f64> = Vec::new();
                extend_be!(parts, f64, cell);
                v.extend_from_slice(parts.as_chunks::<2>().0);
            }
            Values::Text(v) => {
                v.extend((0..count).map(|i| {
                    let start = i.saturating_mul(width).min(cell.len());
                    let end = start.saturating_add(width).min(cell.len());
                    text(cell.get(start..end).unwrap_or_default())
                }));
            }
            // `new` makes none of the others.
            _ => {}
        }
    }

    /// Appends one number of every row at `offset`: the shape of most columns, and the quick way
    /// through millions of rows. `false` for types that it does not know.
    pub(crate) fn add_scalars(&mut self, rows: &[u8], row_bytes: usize, offset: usize) -> bool {
        macro_rules! strided {
            ($v:expr, $ty:ty) => {
                $v.extend(rows.chunks_exact(row_bytes.max(1)).filter_map(|row| {
                    row.get(offset..)?.first_chunk().map(|bytes| <$ty>::from_be_bytes(*bytes))
                }))
            };
        }
        match &mut self.values {
            Values::U8(v) => strided!(v, u8),
            Values::I16(v) => strided!(v, i16),
            Values::I32(v) => strided!(v, i32),
            Values::I64(v) => strided!(v, i64),
            Values::F32(v) => strided!(v, f32),
            Values::F64(v) => strided!(v, f64),
            _ => return false,
        }
        true
    }

    /// Applies TNULL, TSCAL and TZERO.
    pub(crate) fn finish(mut self, column: &Column) -> (Values, Option<Vec<bool>>) {
        if let Some(null) = column.null {
            self.mark(null);
        }
        let nulls = Some(self.nulls).filter(|nulls| nulls.contains(&true));
        if !column.is_scaled() {
            return (self.values, nulls);
        }
        (scaled(self.values, column.scale, column.zero), nulls)
    }

    fn mark(&mut self, null: i64) {
        self.nulls = match &self.values {
            Values::U8(v) => v.iter().map(|x| i64::from(*x) == null).collect(),
            Values::I16(v) => v.iter().map(|x| i64::from(*x) == null).collect(),
            Values::I32(v) => v.iter().map(|x| i64::from(*x) == null).collect(),
            Values::I64(v) => v.iter().map(|x| *x == null).collect(),
            _ => return,
        };
    }
}

/// Unsigned integers (FITS 4.0 table 19) stay integers, everything else becomes a double.
fn scaled(values: Values, scale: f64, zero: f64) -> Values {
    let line = |x: f64| x * scale + zero;
    let offset = |z: f64| scale == 1.0 && zero == z;
    match values {
        Values::U8(v) if offset(-128.0) => {
            Values::I8(v.iter().map(|x| (x ^ 0x80).cast_signed()).collect())
        }
        Values::I16(v) if offset(32_768.0) => {
            Values::U16(v.iter().map(|x| x.cast_unsigned() ^ (1 << 15)).collect())
        }
        Values::I32(v) if offset(2_147_483_648.0) => {
            Values::U32(v.iter().map(|x| x.cast_unsigned() ^ (1 << 31)).collect())
        }
        Values::I64(v) if offset(9_223_372_036_854_775_808.0) => {
            Values::U64(v.iter().map(|x| x.cast_unsigned() ^ (1 << 63)).collect())
        }
        Values::U8(v) => Values::F64(v.iter().map(|x| line(f64::from(*x))).collect()),
        Values::I16(v) => Values::F64(v.iter().map(|x| line(f64::from(*x))).collect()),
        Values::I32(v) => Values::F64(v.iter().map(|x| line(f64::from(*x))).collect()),
        Values::I64(v) => Values::F64(v.iter().map(|x| line(*x as f64)).collect()),
        Values::F32(v) => Values::F64(v.iter().map(|x| line(f64::from(*x))).collect()),
        Values::F64(v) => Values::F64(v.iter().map(|x| line(*x)).collect()),
        // Scaling means nothing for logicals and texts; for complex numbers it adds to the real
        // part only (§7.3.2).
        Values::Complex32(v) => Values::Complex64(
            v.iter().map(|[re, im]| [line(f64::from(*re)), f64::from(*im) * scale]).collect(),
        ),
        Values::Complex64(v) => {
            Values::Complex64(v.iter().map(|[re, im]| [line(*re), im * scale]).collect())
        }
        other => other,
    }
}

/// A string ends at the first NUL; trailing blanks do not count.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let bytes = bytes.get(..end).unwrap_or_default();
    let blanks = bytes.iter().rev().take_while(|b| **b == b' ').count();
    String::from_utf8_lossy(bytes.get(..end - blanks).unwrap_or_default()).into_owned()
}
