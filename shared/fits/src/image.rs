//! Images and cubes, compressed or not, read whole, by plane or by rectangular section.

use std::{borrow::Cow, ops::Range};

use crate::{
    error::{FitsError, Result},
    file::{Fits, Hdu, HduKind, product},
    header::Header,
    pixels::{Bitpix, PixelData, Scaling},
    source::ReadAt,
    tile::Tiles,
};

/// An image HDU. Axes are in FITS order: the first is NAXIS1 and runs fastest. Pixels count from 0
/// (FITS counts them from 1).
#[derive(Debug)]
pub struct Image<'a, S> {
    fits: &'a Fits<S>,
    hdu: &'a Hdu,
    header: Cow<'a, Header>,
    bitpix: Bitpix,
    shape: Vec<u64>,
    scaling: Scaling,
    tiles: Option<Tiles<'a, S>>,
}

impl<'a, S: ReadAt> Image<'a, S> {
    pub(crate) fn open(fits: &'a Fits<S>, hdu: &'a Hdu) -> Result<Image<'a, S>> {
        let (prefix, tiles) = match hdu.kind {
            HduKind::Image => ("", None),
            HduKind::CompressedImage => ("Z", Some(Tiles::open(fits, hdu)?)),
            kind => {
                return Err(FitsError::WrongKind {
                    hdu: hdu.index,
                    expected: "image",
                    actual: kind.name(),
                });
            }
        };
        let name = format!("{prefix}BITPIX");
        let code = hdu.header.need_i64(hdu.index, &name)?;
        let bitpix = Bitpix::from_code(code)
            .ok_or_else(|| FitsError::bad(hdu.index, &name, "8, 16, 32, 64, -32 or -64", code))?;
        let shape = hdu.header.axes(hdu.index, prefix)?;
        let scaling = scaling(&hdu.header, bitpix, tiles.is_some());
        Ok(Image { fits, hdu, header: hdu.image_header(), bitpix, shape, scaling, tiles })
    }

    /// Length of each axis.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        product(&self.shape).unwrap_or(u64::MAX)
    }

    /// Type of the raw pixels.
    pub fn bitpix(&self) -> Bitpix {
        self.bitpix
    }

    /// From raw to physical values.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// BUNIT.
    pub fn unit(&self) -> Option<&str> {
        self.header.get_str("BUNIT").map(str::trim).filter(|unit| !unit.is_empty())
    }

    /// The image's header; for a compressed image the one before compression.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The HDU.
    pub fn hdu(&self) -> &'a Hdu {
        self.hdu
    }

    /// Shape of the compressed tiles, if it is compressed: reading along them saves work.
    pub fn tile_shape(&self) -> Option<&[u64]> {
        self.tiles.as_ref().map(Tiles::shape)
    }

    /// All raw pixels.
    ///
    /// # Errors
    /// [`FitsError::TooLarge`] over [`crate::Limits::bytes`]; otherwise as [`Image::raw_section`].
    pub fn raw_all(&self) -> Result<PixelData> {
        let section: Vec<_> = self.shape.iter().map(|n| 0..*n).collect();
        self.raw_section(&section)
    }

    /// The raw pixels of one plane: the first two axes whole, the others at `higher` (axis 3
    /// first; absent ones are 0). Images of one axis give that axis.
    ///
    /// # Errors
    /// As [`Image::raw_section`].
    pub fn raw_plane(&self, higher: &[u64]) -> Result<PixelData> {
        let section: Vec<_> = self
            .shape
            .iter()
            .enumerate()
            .map(|(axis, n)| match axis.checked_sub(2) {
                None => 0..*n,
                Some(i) => {
                    let at = higher.get(i).copied().unwrap_or(0);
                    at..at.saturating_add(1)
                }
            })
            .collect();
        self.raw_section(&section)
    }

    /// The raw pixels of a rectangular section, one half-open range for each axis, the first axis
    /// running fastest. Nothing else is read; of a compressed image only its tiles are decoded.
    ///
    /// # Errors
    /// [`FitsError::OutOfRange`] when a range leaves its axis, [`FitsError::Truncated`] when the
    /// file ends before the section does, [`FitsError::BadTile`], [`FitsError::TooLarge`],
    /// [`FitsError::Io`].
    pub fn raw_section(&self, section: &[Range<u64>]) -> Result<PixelData> {
        self.check(section)?;
        let lengths: Vec<u64> = section.iter().map(|r| r.end - r.start).collect();
        let count = product(&lengths).unwrap_or(u64::MAX);
        let bytes = count.saturating_mul(self.bitpix.size() as u64);
        self.fits.in_memory(self.hdu.index, "section", bytes)?;
        match &self.tiles {
            Some(tiles) => tiles.section(section, self.bitpix, count as usize),
            None => self.plain_section(section, count as usize),
        }
    }

    /// The physical value of one pixel; `None` outside the image.
    ///
    /// # Errors
    /// As [`Image::raw_section`].
    pub fn value(&self, pixel: &[u64]) -> Result<Option<f64>> {
        let inside = pixel.len() == self.shape.len()
            && pixel.iter().zip(&self.shape).all(|(at, length)| at < length);
        if !inside || pixel.is_empty() {
            return Ok(None);
        }
        let section: Vec<_> = pixel.iter().map(|at| *at..at.saturating_add(1)).collect();
        Ok(self.raw_section(&section)?.value(0, &self.scaling))
    }

    fn check(&self, section: &[Range<u64>]) -> Result<()> {
        if section.len() != self.shape.len() {
            return Err(FitsError::OutOfRange {
                hdu: self.hdu.index,
                what: "axis".to_owned(),
                actual: section.len() as u64,
                limit: self.shape.len() as u64 + 1,
            });
        }
        for (axis, (range, length)) in section.iter().zip(&self.shape).enumerate() {
            if range.start > range.end || range.end > *length {
                return Err(FitsError::OutOfRange {
                    hdu: self.hdu.index,
                    what: format!("NAXIS{}", axis + 1),
                    actual: range.end.max(range.start).saturating_sub(1),
                    limit: *length,
                });
            }
        }
        Ok(())
    }

    fn plain_section(&self, section: &[Range<u64>], count: usize) -> Result<PixelData> {
        let size = self.bitpix.size() as u64;
        let first = section
            .iter()
            .rev()
            .zip(self.shape.iter().rev())
            .fold(0_u64, |at, (range, n)| at.saturating_mul(*n).saturating_add(range.start));
        // Before anything is allocated: a header may declare more than the file holds.
        if count > 0 {
            let last =
                section.iter().rev().zip(self.shape.iter().rev()).fold(0_u64, |at, (range, n)| {
                    at.saturating_mul(*n).saturating_add(range.end - 1)
                });
            let end = last.saturating_add(1).saturating_mul(size);
            if end > self.hdu.available {
                return Err(FitsError::Truncated {
                    hdu: self.hdu.index,
                    expected: end,
                    actual: self.hdu.available,
                });
            }
        }
        let mut out = PixelData::with_room(self.bitpix, count).ok_or(FitsError::TooLarge {
            hdu: self.hdu.index,
            what: "section",
            limit: self.fits.limits().bytes,
            actual: count as u64 * size,
        })?;
        if count == 0 {
            return Ok(out);
        }
        let runs = Runs::new(section, &self.shape, first);
        for start in runs.starts {
            let bytes = self.fits.data(self.hdu, start * size, runs.length * size)?;
            out.extend_be(&bytes);
        }
        Ok(out)
    }
}

/// The contiguous runs of pixels that make up a section.
struct Runs {
    length: u64,
    starts: Vec<u64>,
}

impl Runs {
    /// A run covers the leading axes that are whole and the first that is not.
    fn new(section: &[Range<u64>], shape: &[u64], first: u64) -> Runs {
        let mut length = 1;
        let mut stride = 1_u64;
        let mut axis = 0;
        for (range, n) in section.iter().zip(shape) {
            length = stride * (range.end - range.start);
            stride *= *n;
            axis += 1;
            if range.end - range.start != *n {
                break;
            }
        }
        let mut starts = vec![first];
        for (range, n) in section.iter().zip(shape).skip(axis) {
            let steps = range.end - range.start;
            starts = (0..steps)
                .flat_map(|step| starts.iter().map(move |start| start + step * stride))
                .collect();
            stride *= *n;
        }
        Runs { length, starts }
    }
}

fn scaling(header: &Header, bitpix: Bitpix, compressed: bool) -> Scaling {
    let blank = || {
        let restored = compressed.then(|| header.get_i64("ZBLANK")).flatten();
        header.get_i64("BLANK").or(restored)
    };
    let bscale = header.get_f64("BSCALE").unwrap_or(1.0);
    Scaling {
        // A scale of 0 would make every pixel the same: it is a writer's way to say "none".
        bscale: if bscale == 0.0 { 1.0 } else { bscale },
        bzero: header.get_f64("BZERO").unwrap_or(0.0),
        blank: if bitpix.is_integer() { blank() } else { None },
    }
}
