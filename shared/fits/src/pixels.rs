//! Pixel types, arrays of raw pixels, and the step from raw to physical values.

/// The six pixel types of FITS (BITPIX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bitpix {
    /// 8: unsigned byte.
    U8,
    /// 16: two's complement.
    I16,
    /// 32.
    I32,
    /// 64.
    I64,
    /// -32: IEEE 754 single.
    F32,
    /// -64: IEEE 754 double.
    F64,
}

impl Bitpix {
    /// From the number in a header.
    pub const fn from_code(code: i64) -> Option<Bitpix> {
        Some(match code {
            8 => Bitpix::U8,
            16 => Bitpix::I16,
            32 => Bitpix::I32,
            64 => Bitpix::I64,
            -32 => Bitpix::F32,
            -64 => Bitpix::F64,
            _ => return None,
        })
    }

    /// The number in a header.
    pub const fn code(self) -> i64 {
        match self {
            Bitpix::U8 => 8,
            Bitpix::I16 => 16,
            Bitpix::I32 => 32,
            Bitpix::I64 => 64,
            Bitpix::F32 => -32,
            Bitpix::F64 => -64,
        }
    }

    /// Bytes of one pixel.
    pub const fn size(self) -> usize {
        self.code().unsigned_abs() as usize / 8
    }

    /// Whether pixels are integers.
    pub const fn is_integer(self) -> bool {
        self.code() > 0
    }
}

/// Raw pixels as the file holds them, in native byte order; the first axis runs fastest.
#[derive(Clone, Debug, PartialEq)]
pub enum PixelData {
    /// BITPIX 8.
    U8(Vec<u8>),
    /// BITPIX 16.
    I16(Vec<i16>),
    /// BITPIX 32.
    I32(Vec<i32>),
    /// BITPIX 64.
    I64(Vec<i64>),
    /// BITPIX -32.
    F32(Vec<f32>),
    /// BITPIX -64.
    F64(Vec<f64>),
}

/// Runs the same expression on the vector of any pixel type.
macro_rules! each {
    ($data:expr, $v:ident => $body:expr) => {
        match $data {
            PixelData::U8($v) => $body,
            PixelData::I16($v) => $body,
            PixelData::I32($v) => $body,
            PixelData::I64($v) => $body,
            PixelData::F32($v) => $body,
            PixelData::F64($v) => $body,
        }
    };
}

/// Appends big-endian numbers to a vector of their type; bytes that make no whole one are left.
macro_rules! extend_be {
    ($out:expr, $ty:ty, $bytes:expr) => {
        $out.extend(
            $bytes.as_chunks::<{ size_of::<$ty>() }>().0.iter().map(|b| <$ty>::from_be_bytes(*b)),
        )
    };
}
pub(crate) use extend_be;

impl PixelData {
    /// An empty array with room for `count` pixels, or `None` where memory does not suffice.
    pub(crate) fn with_room(bitpix: Bitpix, count: usize) -> Option<PixelData> {
        let mut data = match bitpix {
            Bitpix::U8 => PixelData::U8(Vec::new()),
            Bitpix::I16 => PixelData::I16(Vec::new()),
            Bitpix::I32 => PixelData::I32(Vec::new()),
            Bitpix::I64 => PixelData::I64(Vec::new()),
            Bitpix::F32 => PixelData::F32(Vec::new()),
            Bitpix::F64 => PixelData::F64(Vec::new()),
        };
        each!(&mut data, v => v.try_reserve_exact(count)).ok()?;
        Some(data)
    }

    /// `count` zeros, or `None` where memory does not suffice.
    pub(crate) fn zeros(bitpix: Bitpix, count: usize) -> Option<PixelData> {
        let mut data = PixelData::with_room(bitpix, count)?;
        each!(&mut data, v => v.resize(count, Default::default()));
        Some(data)
    }

    /// Appends big-endian pixels.
    pub(crate) fn extend_be(&mut self, bytes: &[u8]) {
        match self {
            PixelData::U8(v) => v.extend_from_slice(bytes),
            PixelData::I16(v) => extend_be!(v, i16, bytes),
            PixelData::I32(v) => extend_be!(v, i32, bytes),
            PixelData::I64(v) => extend_be!(v, i64, bytes),
            PixelData::F32(v) => extend_be!(v, f32, bytes),
            PixelData::F64(v) => extend_be!(v, f64, bytes),
        }
    }

    /// The type.
    pub const fn bitpix(&self) -> Bitpix {
        match self {
            PixelData::U8(_) => Bitpix::U8,
            PixelData::I16(_) => Bitpix::I16,
            PixelData::I32(_) => Bitpix::I32,
            PixelData::I64(_) => Bitpix::I64,
            PixelData::F32(_) => Bitpix::F32,
            PixelData::F64(_) => Bitpix::F64,
        }
    }

    /// How many pixels.
    pub fn len(&self) -> usize {
        each!(self, v => v.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A raw pixel as a double; 64-bit integers are rounded.
    pub fn raw(&self, index: usize) -> Option<f64> {
        match self {
            PixelData::U8(v) => v.get(index).map(|x| f64::from(*x)),
            PixelData::I16(v) => v.get(index).map(|x| f64::from(*x)),
            PixelData::I32(v) => v.get(index).map(|x| f64::from(*x)),
            PixelData::I64(v) => v.get(index).map(|x| *x as f64),
            PixelData::F32(v) => v.get(index).map(|x| f64::from(*x)),
            PixelData::F64(v) => v.get(index).copied(),
        }
    }

    /// A raw integer pixel; `None` for floats.
    pub fn raw_integer(&self, index: usize) -> Option<i64> {
        match self {
            PixelData::U8(v) => v.get(index).map(|x| i64::from(*x)),
            PixelData::I16(v) => v.get(index).map(|x| i64::from(*x)),
            PixelData::I32(v) => v.get(index).map(|x| i64::from(*x)),
            PixelData::I64(v) => v.get(index).copied(),
            PixelData::F32(_) | PixelData::F64(_) => None,
        }
    }

    /// The physical value of a pixel: NaN where it is blank.
    pub fn value(&self, index: usize, scaling: &Scaling) -> Option<f64> {
        if scaling.blank.is_some() && self.raw_integer(index) == scaling.blank {
            return Some(f64::NAN);
        }
        self.raw(index).map(|raw| scaling.apply(raw))
    }

    /// The exact physical value of an integer pixel where the scaling is a whole-numbered offset,
    /// as for unsigned integers; `None` for blank pixels and other scalings.
    pub fn integer(&self, index: usize, scaling: &Scaling) -> Option<i128> {
        let raw = self.raw_integer(index)?;
        if Some(raw) == scaling.blank {
            return None;
        }
        Some(i128::from(raw) + scaling.offset()?)
    }

    /// All physical values as doubles.
    pub fn values(&self, scaling: &Scaling) -> Vec<f64> {
        (0..self.len()).filter_map(|i| self.value(i, scaling)).collect()
    }

    /// All physical values as singles, for textures and statistics where that is enough.
    pub fn values_f32(&self, scaling: &Scaling) -> Vec<f32> {
        match self {
            PixelData::F32(v) if scaling.is_identity() => v.clone(),
            _ => (0..self.len())
                .filter_map(|i| self.value(i, scaling))
                .map(|value| value as f32)
                .collect(),
        }
    }
}

/// From raw to physical: `bscale × raw + bzero`, `blank` meaning no value (FITS 4.0 §4.4.2.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// BSCALE, 1 when absent.
    pub bscale: f64,
    /// BZERO, 0 when absent.
    pub bzero: f64,
    /// BLANK, of integer images only.
    pub blank: Option<i64>,
}

impl Scaling {
    /// Raw is physical.
    pub const IDENTITY: Scaling = Scaling { bscale: 1.0, bzero: 0.0, blank: None };

    /// Whether values are unchanged (BLANK aside).
    pub fn is_identity(&self) -> bool {
        self.bscale == 1.0 && self.bzero == 0.0
    }

    /// The physical value of a raw one that is not blank.
    pub fn apply(&self, raw: f64) -> f64 {
        if self.is_identity() { raw } else { raw * self.bscale + self.bzero }
    }

    /// The offset, if all that the scaling does is to add a whole number.
    pub fn offset(&self) -> Option<i128> {
        let whole = self.bscale == 1.0 && self.bzero.fract() == 0.0 && self.bzero.abs() < 1e30;
        whole.then_some(self.bzero as i128)
    }

    /// Whether this is the convention for unsigned 16-, 32- or 64-bit integers, or signed bytes
    /// (FITS 4.0 table 11).
    pub fn is_unsigned_convention(&self, bitpix: Bitpix) -> bool {
        let zero = match bitpix {
            Bitpix::U8 => -128.0,
            Bitpix::I16 => 32_768.0,
            Bitpix::I32 => 2_147_483_648.0,
            Bitpix::I64 => 9_223_372_036_854_775_808.0,
            Bitpix::F32 | Bitpix::F64 => return false,
        };
        self.bscale == 1.0 && self.bzero == zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_integers_are_exact() {
        let scaling = Scaling { bscale: 1.0, bzero: 9_223_372_036_854_775_808.0, blank: None };
        let data = PixelData::I64(vec![i64::MIN, i64::MAX]);
        assert_eq!(data.integer(0, &scaling), Some(0));
        assert_eq!(data.integer(1, &scaling), Some(i128::from(u64::MAX)));
        assert!(scaling.is_unsigned_convention(Bitpix::I64));
        assert_eq!(data.integer(2, &scaling), None);
    }

    #[test]
    fn blank_is_nan_for_integers_only() {
        let scaling = Scaling { bscale: 2.0, bzero: 1.0, blank: Some(-1) };
        let ints = PixelData::I16(vec![-1, 3]);
        assert!(ints.value(0, &scaling).is_some_and(f64::is_nan));
        assert_eq!(ints.value(1, &scaling), Some(7.0));
        assert_eq!(PixelData::F32(vec![-1.0]).value(0, &scaling), Some(-1.0));
    }
}
