//! One plane of pixels as the file holds them, and the two forms in which the GPU takes them.

use std::rc::Rc;

use tenkyu_fits::{Bitpix, PixelData, Scaling};

/// Where the pixels lie.
#[derive(Clone, Debug)]
enum Store {
    /// Decoded, in native byte order.
    Owned(Rc<PixelData>),
    /// In the bytes of a FITS file, big-endian, from an offset.
    File { bytes: Rc<Vec<u8>>, offset: usize },
}

/// A plane of `width` × `height` pixels; x and y count from 0, row 0 is the lowest.
///
/// The GPU sees raw numbers. Integers up to 32 bits and singles go as they are; 64-bit numbers and
/// the averages of the mipmaps go as *derived* singles, `(raw − origin) / spread`, with the two
/// constants chosen so that nothing overflows and small differences survive.
#[derive(Clone, Debug)]
pub struct Raster {
    width: usize,
    height: usize,
    bitpix: Bitpix,
    scaling: Scaling,
    store: Store,
    origin: f64,
    spread: f64,
}

/// How a tile's texture holds its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileFormat {
    /// Unsigned bytes.
    Uint8,
    /// 16-bit integers.
    Sint16,
    /// 32-bit integers.
    Sint32,
    /// Singles: raw ones, or derived ones.
    Float32,
}

impl TileFormat {
    /// The texture format.
    pub const fn texture(self) -> wgpu::TextureFormat {
        match self {
            TileFormat::Uint8 => wgpu::TextureFormat::R8Uint,
            TileFormat::Sint16 => wgpu::TextureFormat::R16Sint,
            TileFormat::Sint32 => wgpu::TextureFormat::R32Sint,
            TileFormat::Float32 => wgpu::TextureFormat::R32Float,
        }
    }

    /// Bytes of one texel.
    pub const fn size(self) -> usize {
        match self {
            TileFormat::Uint8 => 1,
            TileFormat::Sint16 => 2,
            TileFormat::Sint32 | TileFormat::Float32 => 4,
        }
    }
}

/// Calls a macro-like block with the element type and its decoder for each pixel type.
macro_rules! for_each_type {
    ($bitpix:expr, $ty:ident => $body:expr) => {
        match $bitpix {
            Bitpix::U8 => {
                type $ty = u8;
                $body
            }
            Bitpix::I16 => {
                type $ty = i16;
                $body
            }
            Bitpix::I32 => {
                type $ty = i32;
                $body
            }
            Bitpix::I64 => {
                type $ty = i64;
                $body
            }
            Bitpix::F32 => {
                type $ty = f32;
                $body
            }
            Bitpix::F64 => {
                type $ty = f64;
                $body
            }
        }
    };
}

impl Raster {
    /// Decoded pixels; `None` where their number is not `width` × `height` or is 0.
    pub fn owned(width: usize, height: usize, data: PixelData, scaling: Scaling) -> Option<Raster> {
        let bitpix = data.bitpix();
        if data.len() != width.checked_mul(height)? || data.is_empty() {
            return None;
        }
        Some(Raster::with(width, height, bitpix, scaling, Store::Owned(Rc::new(data))))
    }

    /// Pixels inside the bytes of a file; `None` where the file is too short or the plane empty.
    pub fn in_file(
        width: usize,
        height: usize,
        bitpix: Bitpix,
        scaling: Scaling,
        bytes: Rc<Vec<u8>>,
        offset: u64,
    ) -> Option<Raster> {
        let offset = usize::try_from(offset).ok()?;
        let length = width.checked_mul(height)?.checked_mul(bitpix.size())?;
        if length == 0 || offset.checked_add(length)? > bytes.len() {
            return None;
        }
        Some(Raster::with(width, height, bitpix, scaling, Store::File { bytes, offset }))
    }

    fn with(width: usize, height: usize, bitpix: Bitpix, scaling: Scaling, store: Store) -> Raster {
        let mut raster = Raster { width, height, bitpix, scaling, store, origin: 0.0, spread: 1.0 };
        if matches!(bitpix, Bitpix::I32 | Bitpix::I64 | Bitpix::F64) {
            (raster.origin, raster.spread) = raster.choose_constants();
        }
        raster
    }

    /// Origin and spread from a sample: the sample's minimum, and 1 unless singles would lose the
    /// range.
    fn choose_constants(&self) -> (f64, f64) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        self.for_each_sampled(100_000, |raw| {
            low = low.min(raw);
            high = high.max(raw);
        });
        if low > high {
            return (0.0, 1.0);
        }
        let range = high - low;
        let spread = if range > 0.0 && !(1e-30..1e30).contains(&range) && range.is_finite() {
            range
        } else {
            1.0
        };
        (low, spread)
    }

    /// Pixels in x.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels in y.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixel type.
    pub fn bitpix(&self) -> Bitpix {
        self.bitpix
    }

    /// From raw to physical.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// The blank raw value, where it fits the integers of the GPU.
    pub fn blank(&self) -> Option<i32> {
        self.scaling.blank.and_then(|blank| i32::try_from(blank).ok())
    }

    /// The format of tiles of full resolution.
    pub fn native_format(&self) -> TileFormat {
        match self.bitpix {
            Bitpix::U8 => TileFormat::Uint8,
            Bitpix::I16 => TileFormat::Sint16,
            Bitpix::I32 => TileFormat::Sint32,
            Bitpix::I64 | Bitpix::F32 | Bitpix::F64 => TileFormat::Float32,
        }
    }

    /// The raw value of a physical one.
    pub fn raw_of(&self, physical: f64) -> f64 {
        if self.scaling.is_identity() {
            physical
        } else {
            (physical - self.scaling.bzero) / self.scaling.bscale
        }
    }

    /// The derived value of a raw one, before rounding to a single.
    pub fn derived_of(&self, raw: f64) -> f64 {
        (raw - self.origin) / self.spread
    }

    /// The physical value of a derived one.
    pub fn physical_of(&self, derived: f32) -> f64 {
        self.scaling.apply(f64::from(derived) * self.spread + self.origin)
    }

    /// One pixel exactly as the file holds it; `None` outside.
    pub fn pixel(&self, x: usize, y: usize) -> Option<PixelData> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let index = y * self.width + x;
        match &self.store {
            Store::Owned(data) => Some(match data.as_ref() {
                PixelData::U8(v) => PixelData::U8(vec![*v.get(index)?]),
                PixelData::I16(v) => PixelData::I16(vec![*v.get(index)?]),
                PixelData::I32(v) => PixelData::I32(vec![*v.get(index)?]),
                PixelData::I64(v) => PixelData::I64(vec![*v.get(index)?]),
                PixelData::F32(v) => PixelData::F32(vec![*v.get(index)?]),
                PixelData::F64(v) => PixelData::F64(vec![*v.get(index)?]),
            }),
            Store::File { bytes, offset } => {
                let size = self.bitpix.size();
                let at = offset + index * size;
                let bytes = bytes.get(at..at + size)?;
                Some(match self.bitpix {
                    Bitpix::U8 => PixelData::U8(bytes.to_vec()),
                    Bitpix::I16 => PixelData::I16(vec![i16::from_be_bytes(bytes.try_into().ok()?)]),
                    Bitpix::I32 => PixelData::I32(vec![i32::from_be_bytes(bytes.try_into().ok()?)]),
                    Bitpix::I64 => PixelData::I64(vec![i64::from_be_bytes(bytes.try_into().ok()?)]),
                    Bitpix::F32 => PixelData::F32(vec![f32::from_be_bytes(bytes.try_into().ok()?)]),
                    Bitpix::F64 => PixelData::F64(vec![f64::from_be_bytes(bytes.try_into().ok()?)]),
                })
            }
        }
    }

    /// Calls `f` with the raw value of about `most` finite pixels on a regular lattice; all of
    /// them where the plane has no more.
    pub fn for_each_sampled(&self, most: usize, mut f: impl FnMut(f64)) -> usize {
        let step = self.lattice(most);
        let mut row = vec![0.0; self.width];
        let mut taken = 0;
        for y in (step / 2..self.height).step_by(step) {
            self.raw_row(y, &mut row);
            for raw in row.iter().skip((step / 2).min(self.width - 1)).step_by(step) {
                taken += 1;
                if raw.is_finite() {
                    f(*raw);
                }
            }
        }
        taken
    }

    /// The spacing at which a lattice has about `most` points.
    pub fn lattice(&self, most: usize) -> usize {
        let pixels = (self.width * self.height) as f64;
        let step = (pixels / most.max(1) as f64).sqrt().ceil() as usize;
        step.clamp(1, self.height.max(1))
    }

    /// A row of raw values, NaN where blank. `out` holds at most the row.
    pub fn raw_row(&self, y: usize, out: &mut [f64]) {
        let blank = self.scaling.blank;
        self.visit(y, 0, out.len(), |i, raw: f64, integer: Option<i64>| {
            if let Some(slot) = out.get_mut(i) {
                *slot = if blank.is_some() && integer == blank { f64::NAN } else { raw };
            }
        });
    }

    /// A piece of a row as derived singles, NaN where blank or not finite.
    pub fn derived_row(&self, y: usize, x0: usize, out: &mut [f32]) {
        let start = y * self.width + x0;
        let (origin, scale) = (self.origin, 1.0 / self.spread);
        let plain = origin == 0.0 && scale == 1.0;
        let end = (start + out.len()).min((y + 1) * self.width);
        let blank = self.scaling.blank;
        /// Writes derived numbers; `$blank` is the blank in the element's type.
        macro_rules! write {
            ($values:expr, $blank:expr) => {
                for (slot, value) in out.iter_mut().zip($values) {
                    let derived =
                        if plain { value as f32 } else { ((value as f64 - origin) * scale) as f32 };
                    *slot = if $blank(value) || !derived.is_finite() { f32::NAN } else { derived };
                }
            };
        }
        match (&self.store, self.bitpix) {
            (Store::Owned(data), _) => match data.as_ref() {
                PixelData::U8(v) => write!(slice(v, start, end), |v| Some(i64::from(v)) == blank),
                PixelData::I16(v) => write!(slice(v, start, end), |v| Some(i64::from(v)) == blank),
                PixelData::I32(v) => write!(slice(v, start, end), |v| Some(i64::from(v)) == blank),
                PixelData::I64(v) => write!(slice(v, start, end), |v| Some(v) == blank),
                PixelData::F32(v) => write!(slice(v, start, end), |_| false),
                PixelData::F64(v) => write!(slice(v, start, end), |_| false),
            },
            (Store::File { bytes, offset }, bitpix) => {
                let size = bitpix.size();
                let bytes = bytes.get(offset + start * size..offset + end * size);
                let bytes = bytes.unwrap_or_default();
                match bitpix {
                    Bitpix::U8 => {
                        write!(bytes.iter().copied(), |v| Some(i64::from(v)) == blank);
                    }
                    Bitpix::I16 => write!(
                        bytes.as_chunks().0.iter().map(|b| i16::from_be_bytes(*b)),
                        |v| Some(i64::from(v)) == blank
                    ),
                    Bitpix::I32 => write!(
                        bytes.as_chunks().0.iter().map(|b| i32::from_be_bytes(*b)),
                        |v| Some(i64::from(v)) == blank
                    ),
                    Bitpix::I64 => write!(
                        bytes.as_chunks().0.iter().map(|b| i64::from_be_bytes(*b)),
                        |v| Some(v) == blank
                    ),
                    Bitpix::F32 => {
                        write!(bytes.as_chunks().0.iter().map(|b| f32::from_be_bytes(*b)), |_| {
                            false
                        })
                    }
                    Bitpix::F64 => {
                        write!(bytes.as_chunks().0.iter().map(|b| f64::from_be_bytes(*b)), |_| {
                            false
                        })
                    }
                }
            }
        }
    }

    /// A rectangle of full resolution for a texture of [`Raster::native_format`], little-endian.
    /// The rectangle must lie inside the plane; what does not is left out.
    pub fn native_tile(&self, x0: usize, y0: usize, width: usize, height: usize) -> Vec<u8> {
        if matches!(self.bitpix, Bitpix::I64 | Bitpix::F64) {
            let mut values = vec![0_f32; width * height];
            for (y, row) in (y0..).zip(values.chunks_exact_mut(width.max(1))) {
                self.derived_row(y, x0, row);
            }
            return bytemuck::cast_slice(&values).to_vec();
        }
        let size = self.bitpix.size();
        let mut out = Vec::with_capacity(width * height * size);
        for y in y0..y0 + height {
            let (start, end) = (y * self.width + x0, y * self.width + x0 + width);
            match &self.store {
                Store::Owned(data) => match data.as_ref() {
                    PixelData::U8(v) => {
                        out.extend_from_slice(v.get(start..end).unwrap_or_default())
                    }
                    PixelData::I16(v) => extend_le(&mut out, v.get(start..end)),
                    PixelData::I32(v) => extend_le(&mut out, v.get(start..end)),
                    PixelData::F32(v) => extend_le(&mut out, v.get(start..end)),
                    PixelData::I64(_) | PixelData::F64(_) => {}
                },
                Store::File { bytes, offset } => {
                    let bytes = bytes.get(offset + start * size..offset + end * size);
                    let bytes = bytes.unwrap_or_default();
                    match size {
                        2 => {
                            out.extend(bytes.as_chunks::<2>().0.iter().flat_map(|[a, b]| [*b, *a]))
                        }
                        4 => out.extend(
                            bytes
                                .as_chunks::<4>()
                                .0
                                .iter()
                                .flat_map(|[a, b, c, d]| [*d, *c, *b, *a]),
                        ),
                        _ => out.extend_from_slice(bytes),
                    }
                }
            }
        }
        out
    }

    /// Calls `f` with position, raw double and raw integer of a piece of a row.
    #[expect(clippy::unnecessary_cast, reason = "the type is one of six")]
    fn visit(&self, y: usize, x0: usize, count: usize, mut f: impl FnMut(usize, f64, Option<i64>)) {
        let start = y * self.width + x0;
        let end = (start + count).min((y + 1) * self.width);
        match &self.store {
            Store::Owned(data) => {
                for (i, index) in (start..end).enumerate() {
                    f(i, data.raw(index).unwrap_or(f64::NAN), data.raw_integer(index));
                }
            }
            Store::File { bytes, offset } => {
                let size = self.bitpix.size();
                let bytes = bytes.get(offset + start * size..offset + end * size);
                for_each_type!(self.bitpix, T => {
                    let (chunks, _) = bytes.unwrap_or_default().as_chunks::<{ size_of::<T>() }>();
                    for (i, chunk) in chunks.iter().enumerate() {
                        let value = T::from_be_bytes(*chunk);
                        f(i, value as f64, self.bitpix.is_integer().then_some(value as i64));
                    }
                })
            }
        }
    }
}

fn slice<T: Copy>(values: &[T], start: usize, end: usize) -> impl Iterator<Item = T> + '_ {
    values.get(start..end).unwrap_or_default().iter().copied()
}

/// GPUs and browsers are little-endian; native byte order is the same everywhere we run.
fn extend_le<T: bytemuck::Pod>(out: &mut Vec<u8>, values: Option<&[T]>) {
    out.extend_from_slice(bytemuck::cast_slice(values.unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bitpix: Bitpix, bytes: Vec<u8>, blank: Option<i64>) -> Raster {
        let width = bytes.len() / bitpix.size() / 2;
        let scaling = Scaling { bscale: 1.0, bzero: 0.0, blank };
        Raster::in_file(width, 2, bitpix, scaling, Rc::new(bytes), 0).unwrap()
    }

    #[test]
    fn file_and_memory_give_the_same_pixels() {
        let values: Vec<i16> = vec![1, -2, 300, -32768, 5, 6];
        let be: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        let scaling = Scaling { bscale: 2.0, bzero: 10.0, blank: Some(300) };
        let a = Raster::in_file(3, 2, Bitpix::I16, scaling, Rc::new(be), 0).unwrap();
        let b = Raster::owned(3, 2, PixelData::I16(values.clone()), scaling).unwrap();
        assert_eq!(a.native_tile(1, 0, 2, 2), b.native_tile(1, 0, 2, 2));
        let le: Vec<u8> = [-2_i16, 300, 5, 6].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(a.native_tile(1, 0, 2, 2), le);
        for raster in [&a, &b] {
            let mut row = [0.0; 3];
            raster.derived_row(0, 0, &mut row);
            assert_eq!(row[..2], [1.0, -2.0]);
            assert!(row[2].is_nan());
            assert_eq!(raster.pixel(0, 1), Some(PixelData::I16(vec![-32768])));
            assert_eq!(raster.pixel(3, 0), None);
            assert_eq!(raster.physical_of(row[1]), 6.0);
        }
    }

    #[test]
    fn doubles_keep_small_differences_and_large_ranges() {
        let near = [1e9_f64, 1e9 + 1e-3, 1e9 + 2e-3, f64::NAN];
        let raster = file(Bitpix::F64, near.iter().flat_map(|v| v.to_be_bytes()).collect(), None);
        let mut row = [0.0; 2];
        raster.derived_row(0, 0, &mut row);
        assert!((raster.physical_of(row[1]) - near[1]).abs() < 1e-6);
        let far = [-1e300_f64, 0.0, 5e299, 1e300];
        let raster = file(Bitpix::F64, far.iter().flat_map(|v| v.to_be_bytes()).collect(), None);
        raster.derived_row(1, 0, &mut row);
        assert!((raster.physical_of(row[0]) / far[2] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn short_files_give_no_raster() {
        let bytes = Rc::new(vec![0; 10]);
        let scaling = Scaling::IDENTITY;
        assert!(Raster::in_file(3, 2, Bitpix::I16, scaling, Rc::clone(&bytes), 0).is_none());
        assert!(Raster::in_file(0, 2, Bitpix::I16, scaling, Rc::clone(&bytes), 0).is_none());
        assert!(Raster::in_file(usize::MAX, 2, Bitpix::I16, scaling, bytes, 0).is_none());
    }
}
