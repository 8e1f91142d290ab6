//! Tile-compressed images (FITS 4.0 §10): each row of a binary table holds one tile.

mod dither;
mod hcompress;
mod header;
mod plio;
mod rice;
pub(crate) mod table;
mod window;

use std::ops::Range;

use crate::{
    error::{FitsError, Result},
    file::{Fits, Hdu, product},
    header::{Header, Value},
    pixels::{Bitpix, PixelData},
    source::ReadAt,
    table::{Column, Kind, Storage, Table},
    unpack::gunzip,
};
use dither::{Method, Quantised};
pub(crate) use header::restored_header;
use window::Window;

/// Pixels of one tile; 16 384 × 16 384 images in a single tile are still read.
const MAX_TILE: u64 = 1 << 28;

/// ZCMPTYPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Rice { block: usize, bytepix: usize },
    Gzip1,
    Gzip2,
    Plio,
    Hcompress { smooth: bool },
    NoCompress,
}

/// A number that stands in a column, tile by tile, or in the header, for all.
#[derive(Clone, Copy, Debug)]
enum Parameter {
    Column(usize),
    Value(f64),
}

/// A compressed image.
#[derive(Debug)]
pub(crate) struct Tiles<'a, S> {
    table: Table<'a, S>,
    hdu: &'a Hdu,
    image: Vec<u64>,
    tile: Vec<u64>,
    bitpix: Bitpix,
    codec: Codec,
    compressed: usize,
    gzipped: Option<usize>,
    plain: Option<usize>,
    scale: Option<Parameter>,
    zero: Option<Parameter>,
    blank: Option<Parameter>,
    method: Method,
    seed: u64,
    /// Pixels that one tile may have.
    most: u64,
}

/// What a codec gives, before the step to pixels.
enum Decoded {
    Ints(Vec<i32>),
    /// Big-endian numbers of whatever size fits the number of pixels.
    Bytes(Vec<u8>),
}

impl<'a, S: ReadAt> Tiles<'a, S> {
    pub(crate) fn open(fits: &'a Fits<S>, hdu: &'a Hdu) -> Result<Tiles<'a, S>> {
        let header = &hdu.header;
        let table = Table::binary(fits, hdu)?;
        let image = header.axes(hdu.index, "Z")?;
        let tile = tile_shape(header, hdu.index, &image)?;
        let code = header.need_i64(hdu.index, "ZBITPIX")?;
        let bitpix = Bitpix::from_code(code).ok_or_else(|| {
            FitsError::bad(hdu.index, "ZBITPIX", "8, 16, 32, 64, -32 or -64", code)
        })?;
        let position = |name: &str| table.column(name).ok().map(|column| column.index);
        let compressed = table.column("COMPRESSED_DATA")?.index;
        let parameter = |names: &[&str]| {
            names.iter().find_map(|name| {
                position(name)
                    .map(Parameter::Column)
                    .or_else(|| header.get_f64(name).map(Parameter::Value))
            })
        };
        let method = match header.get_str("ZQUANTIZ").map(str::trim) {
            Some("SUBTRACTIVE_DITHER_1") => Method::Dither1,
            Some("SUBTRACTIVE_DITHER_2") => Method::Dither2,
            _ => Method::NoDither,
        };
        let lossless = header.get_str("ZQUANTIZ").is_some_and(|q| q.trim() == "NONE");
        let tiles = Tiles {
            hdu,
            tile,
            bitpix,
            codec: codec(header, hdu.index)?,
            compressed,
            gzipped: position("GZIP_COMPRESSED_DATA"),
            plain: position("UNCOMPRESSED_DATA"),
            scale: parameter(&["ZSCALE"]).filter(|_| !bitpix.is_integer() && !lossless),
            zero: parameter(&["ZZERO"]),
            blank: parameter(&["ZBLANK", "BLANK"]),
            method,
            seed: header.get_i64("ZDITHER0").and_then(|s| u64::try_from(s).ok()).unwrap_or(1),
            most: MAX_TILE.min(fits.limits().bytes / 8),
            image,
            table,
        };
        tiles.check_count()?;
        Ok(tiles)
    }

    fn check_count(&self) -> Result<()> {
        let needed = product(&self.grid()).unwrap_or(u64::MAX);
        if needed > self.table.rows() {
            let expected = format!("{needed} rows, one for each tile");
            return Err(FitsError::bad(self.hdu.index, "NAXIS2", &expected, self.table.rows()));
        }
        Ok(())
    }

    /// ZTILEn.
    pub(crate) fn shape(&self) -> &[u64] {
        &self.tile
    }

    /// Tiles along each axis.
    fn grid(&self) -> Vec<u64> {
        self.image.iter().zip(&self.tile).map(|(n, tile)| n.div_ceil(*tile)).collect()
    }

    /// A section of `count` pixels, within the image.
    pub(crate) fn section(
        &self,
        section: &[Range<u64>],
        bitpix: Bitpix,
        count: usize,
    ) -> Result<PixelData> {
        let no_room = || FitsError::TooLarge {
            hdu: self.hdu.index,
            what: "section",
            limit: count as u64,
            actual: count as u64,
        };
        if count == 0 || section.is_empty() {
            return PixelData::with_room(bitpix, 0).ok_or_else(no_room);
        }
        let grid = self.grid();
        let span: Vec<Range<u64>> = section
            .iter()
            .zip(&self.tile)
            .map(|(range, tile)| range.start / tile..range.end.div_ceil(*tile))
            .collect();
        let mut at: Vec<u64> = span.iter().map(|range| range.start).collect();
        // Made after the first tile: a broken image then costs no memory.
        let mut out = None;
        loop {
            let window: Vec<Range<u64>> = at
                .iter()
                .zip(&self.tile)
                .zip(&self.image)
                .map(|((at, tile), n)| at * tile..((at + 1) * tile).min(*n))
                .collect();
            let number = at.iter().zip(&grid).rev().fold(0, |number, (at, n)| number * n + at);
            let pixels = self.decode(number, &window)?;
            let target = match &mut out {
                Some(target) => target,
                None => out.insert(PixelData::zeros(bitpix, count).ok_or_else(no_room)?),
            };
            Window { from: &window, to: section }.copy(&pixels, target);
            if !advance(&mut at, &span) {
                break;
            }
        }
        out.ok_or_else(no_room)
    }

    /// The pixels of one tile.
    fn decode(&self, number: u64, window: &[Range<u64>]) -> Result<PixelData> {
        let count = product(&window.iter().map(|r| r.end - r.start).collect::<Vec<_>>())
            .filter(|count| *count <= self.most)
            .ok_or(FitsError::TooLarge {
                hdu: self.hdu.index,
                what: "tile",
                limit: self.most,
                actual: u64::MAX,
            })? as usize;
        let row = self.table.row_data(number..number + 1)?;
        let broken = |reason: String| FitsError::tile(self.hdu.index, number, reason);
        if let Some((bytes, _)) = self.array(Some(self.compressed), number, &row)? {
            let decoded = self.run_codec(&bytes, count).map_err(broken)?;
            return match self.quantised(number, &row)? {
                Some(quantised) => {
                    let ints = to_ints(decoded, count).map_err(broken)?;
                    Ok(quantised.restore(&ints, self.bitpix == Bitpix::F32))
                }
                None => to_pixels(decoded, self.bitpix, count).map_err(broken),
            };
        }
        if let Some((bytes, _)) = self.array(self.gzipped, number, &row)? {
            let bytes = gunzip(&bytes, count as u64 * 8).map_err(broken)?;
            return to_pixels(Decoded::Bytes(bytes), self.bitpix, count).map_err(broken);
        }
        if let Some((bytes, _)) = self.array(self.plain, number, &row)? {
            let bytes = Decoded::Bytes(bytes.into_owned());
            return to_pixels(bytes, self.bitpix, count).map_err(broken);
        }
        Err(broken("no data".to_owned()))
    }

    /// The heap array of a column in one row, unless it is empty.
    #[allow(clippy::type_complexity)]
    fn array<'t>(
        &'t self,
        column: Option<usize>,
        number: u64,
        row: &[u8],
    ) -> Result<Option<(std::borrow::Cow<'t, [u8]>, &'t Column)>> {
        let Some(column) = column.and_then(|index| self.table.columns().get(index)) else {
            return Ok(None);
        };
        if column.format.storage == Storage::Fixed {
            let keyword = format!("TFORM{}", column.index + 1);
            return Err(FitsError::bad(self.hdu.index, &keyword, "a heap array (P or Q)", "fixed"));
        }
        let descriptor = Table::<S>::descriptor(column, row).ok_or_else(|| FitsError::BadHeap {
            hdu: self.hdu.index,
            column: column.name.clone(),
            row: number,
        })?;
        if descriptor.count == 0 {
            return Ok(None);
        }
        Ok(Some((self.table.heap(column, number, descriptor)?, column)))
    }

    fn run_codec(&self, bytes: &[u8], count: usize) -> Result<Decoded, String> {
        Ok(match self.codec {
            Codec::Rice { block, bytepix } => {
                Decoded::Ints(rice::decode(bytes, count, block, bytepix)?)
            }
            Codec::Plio => Decoded::Ints(plio::decode(bytes, count)?),
            Codec::Hcompress { smooth } => Decoded::Ints(hcompress::decode(bytes, count, smooth)?),
            Codec::Gzip1 => Decoded::Bytes(gunzip(bytes, count as u64 * 8)?),
            Codec::Gzip2 => {
                let shuffled = gunzip(bytes, count as u64 * 8)?;
                let size = shuffled.len() / count.max(1);
                Decoded::Bytes(unshuffle(&shuffled, size))
            }
            Codec::NoCompress => Decoded::Bytes(bytes.to_vec()),
        })
    }

    fn quantised(&self, number: u64, row: &[u8]) -> Result<Option<Quantised>> {
        let Some(scale) = self.number(self.scale, number, row)? else { return Ok(None) };
        Ok(Some(Quantised {
            method: self.method,
            scale,
            zero: self.number(self.zero, number, row)?.unwrap_or(0.0),
            blank: self.number(self.blank, number, row)?.map(|blank| blank as i64),
            seed: number.wrapping_add(self.seed).wrapping_sub(1),
        }))
    }

    /// A parameter's value for one tile.
    fn number(&self, parameter: Option<Parameter>, tile: u64, row: &[u8]) -> Result<Option<f64>> {
        let index = match parameter {
            None => return Ok(None),
            Some(Parameter::Value(value)) => return Ok(Some(value)),
            Some(Parameter::Column(index)) => index,
        };
        let column = self.table.columns().get(index);
        let value = column.and_then(|column| {
            let start = usize::try_from(column.offset).ok()?;
            let cell = row.get(start..)?;
            Some(match column.format.kind {
                Kind::Double => f64::from_be_bytes(*cell.first_chunk()?),
                Kind::Float => f64::from(f32::from_be_bytes(*cell.first_chunk()?)),
                Kind::Int => f64::from(i32::from_be_bytes(*cell.first_chunk()?)),
                Kind::Short => f64::from(i16::from_be_bytes(*cell.first_chunk()?)),
                Kind::Long => i64::from_be_bytes(*cell.first_chunk()?) as f64,
                _ => return None,
            })
        });
        value
            .map(Some)
            .ok_or_else(|| FitsError::tile(self.hdu.index, tile, "a scale that is no number"))
    }
}

fn tile_shape(header: &Header, hdu: usize, image: &[u64]) -> Result<Vec<u64>> {
    image
        .iter()
        .enumerate()
        .map(|(axis, n)| {
            let keyword = format!("ZTILE{}", axis + 1);
            match header.get_i64(&keyword) {
                // Rows of the image, if nothing is said (§10.1.1).
                None => Ok(if axis == 0 { (*n).max(1) } else { 1 }),
                Some(length) if length > 0 => Ok(length.unsigned_abs()),
                Some(other) => Err(FitsError::bad(hdu, &keyword, "1 or more", other)),
            }
        })
        .collect()
}

fn codec(header: &Header, hdu: usize) -> Result<Codec> {
    // ZNAMEn and ZVALn carry the parameters by name; some writers put T for a SMOOTH of 1.
    let parameter = |name: &str| {
        let number = (1..=99)
            .find(|n| header.get_str(&format!("ZNAME{n}")).is_some_and(|key| key.trim() == name))?;
        match header.get(&format!("ZVAL{number}"))? {
            Value::Bool(yes) => Some(i64::from(*yes)),
            value => value.as_i64(),
        }
    };
    let size = |name: &str, default: i64| usize::try_from(parameter(name).unwrap_or(default));
    let name = header.get_str("ZCMPTYPE").unwrap_or("").trim();
    let bad = |keyword: &str, value: &str| FitsError::bad(hdu, keyword, "a positive number", value);
    Ok(match name {
        "RICE_1" | "RICE_ONE" => Codec::Rice {
            block: size("BLOCKSIZE", 32).map_err(|_| bad("BLOCKSIZE", "negative"))?,
            bytepix: size("BYTEPIX", 4).map_err(|_| bad("BYTEPIX", "negative"))?,
        },
        "GZIP_1" => Codec::Gzip1,
        "GZIP_2" => Codec::Gzip2,
        "PLIO_1" => Codec::Plio,
        "HCOMPRESS_1" => Codec::Hcompress { smooth: parameter("SMOOTH").unwrap_or(0) != 0 },
        "NOCOMPRESS" => Codec::NoCompress,
        other => {
            let expected = "RICE_1, GZIP_1, GZIP_2, PLIO_1, HCOMPRESS_1 or NOCOMPRESS";
            return Err(FitsError::bad(hdu, "ZCMPTYPE", expected, other));
        }
    })
}

/// The next tile of a rectangular range of tiles; `false` after the last.
fn advance(at: &mut [u64], span: &[Range<u64>]) -> bool {
    for (at, range) in at.iter_mut().zip(span) {
        *at += 1;
        if *at < range.end {
            return true;
        }
        *at = range.start;
    }
    false
}

/// Undoes GZIP_2's order, all first bytes, then all second bytes and so on (§10.4.2).
pub(crate) fn unshuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    if size < 2 {
        return bytes.to_vec();
    }
    let count = bytes.len() / size;
    let mut out = vec![0; count * size];
    for (i, plane) in bytes.chunks_exact(count.max(1)).take(size).enumerate() {
        for (element, byte) in out.chunks_exact_mut(size).zip(plane) {
            if let Some(place) = element.get_mut(i) {
                *place = *byte;
            }
        }
    }
    out
}

/// Big-endian integers of the size that the number of bytes tells.
fn int_bytes(bytes: &[u8], count: usize) -> Result<Vec<i64>, String> {
    match bytes.len().checked_div(count).filter(|size| size * count == bytes.len()) {
        Some(1) => Ok(bytes.iter().map(|b| i64::from(*b)).collect()),
        Some(2) => {
            let words = bytes.as_chunks::<2>().0;
            Ok(words.iter().map(|b| i64::from(i16::from_be_bytes(*b))).collect())
        }
        Some(4) => {
            let words = bytes.as_chunks::<4>().0;
            Ok(words.iter().map(|b| i64::from(i32::from_be_bytes(*b))).collect())
        }
        Some(8) => Ok(bytes.as_chunks::<8>().0.iter().map(|b| i64::from_be_bytes(*b)).collect()),
        _ => Err(format!("{} bytes for {count} pixels", bytes.len())),
    }
}

fn to_ints(decoded: Decoded, count: usize) -> Result<Vec<i32>, String> {
    match decoded {
        Decoded::Ints(ints) => Ok(ints),
        Decoded::Bytes(bytes) => {
            Ok(int_bytes(&bytes, count)?.into_iter().map(|int| int as i32).collect())
        }
    }
}

fn to_pixels(decoded: Decoded, bitpix: Bitpix, count: usize) -> Result<PixelData, String> {
    match decoded {
        Decoded::Bytes(bytes) if bytes.len() == count * bitpix.size() => {
            let mut data = PixelData::with_room(bitpix, count).ok_or("no memory")?;
            data.extend_be(&bytes);
            Ok(data)
        }
        Decoded::Bytes(bytes) => narrow(int_bytes(&bytes, count)?.into_iter(), bitpix),
        Decoded::Ints(ints) if bitpix == Bitpix::I32 => Ok(PixelData::I32(ints)),
        Decoded::Ints(ints) => narrow(ints.into_iter().map(i64::from), bitpix),
    }
}

/// Integers as pixels of an integer type: compressors may have worked with wider ones.
fn narrow(ints: impl Iterator<Item = i64>, bitpix: Bitpix) -> Result<PixelData, String> {
    Ok(match bitpix {
        Bitpix::U8 => PixelData::U8(ints.map(|i| i as u8).collect()),
        Bitpix::I16 => PixelData::I16(ints.map(|i| i as i16).collect()),
        Bitpix::I32 => PixelData::I32(ints.map(|i| i as i32).collect()),
        Bitpix::I64 => PixelData::I64(ints.collect()),
        Bitpix::F32 | Bitpix::F64 => return Err("integers without ZSCALE".to_owned()),
    })
}
