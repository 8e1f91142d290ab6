//! The walk over a file: which header and data units there are and where their bytes lie.

use std::borrow::Cow;

use crate::{
    error::{FitsError, FoundKind, Result},
    header::{BLOCK, Builder, CARD, Header},
    image::Image,
    source::ReadAt,
    table::Table,
    unpack,
    warning::{Warning, WarningKind},
};

/// What a reader accepts before it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one header.
    pub header_bytes: u64,
    /// HDUs listed.
    pub hdus: usize,
    /// Bytes that a gzip or compress stream may grow to, and bytes of one section or table batch.
    pub bytes: u64,
}

impl Default for Limits {
    /// 16 MiB of header, 10 000 HDUs, 4 GiB in memory.
    fn default() -> Self {
        Limits { header_bytes: 16 << 20, hdus: 10_000, bytes: 4 << 30 }
    }
}

/// What an HDU holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HduKind {
    /// A header without data.
    Empty,
    /// An image or cube, primary or IMAGE extension.
    Image,
    /// A tile-compressed image in a binary table (§10).
    CompressedImage,
    /// A binary table.
    BinTable,
    /// A tile-compressed binary table.
    CompressedTable,
    /// An ASCII table.
    AsciiTable,
    /// Random groups (§6), listed but not read.
    RandomGroups,
    /// An extension of another type, listed but not read.
    Unknown,
}

impl HduKind {
    /// A stable English word.
    pub const fn name(self) -> &'static str {
        match self {
            HduKind::Empty => "empty",
            HduKind::Image => "image",
            HduKind::CompressedImage => "compressed image",
            HduKind::BinTable => "binary table",
            HduKind::CompressedTable => "compressed table",
            HduKind::AsciiTable => "ASCII table",
            HduKind::RandomGroups => "random groups",
            HduKind::Unknown => "unknown extension",
        }
    }

    /// Whether [`Fits::image`] opens it.
    pub const fn is_image(self) -> bool {
        matches!(self, HduKind::Image | HduKind::CompressedImage)
    }

    /// Whether [`Fits::table`] opens it.
    pub const fn is_table(self) -> bool {
        matches!(self, HduKind::BinTable | HduKind::CompressedTable | HduKind::AsciiTable)
    }
}

/// One header and data unit.
#[derive(Clone, Debug)]
pub struct Hdu {
    /// Position in the file, from 0.
    pub index: usize,
    /// What it holds.
    pub kind: HduKind,
    /// Its header, as in the file: a compressed image shows its binary table keywords. See
    /// [`Hdu::image_header`].
    pub header: Header,
    /// Offset of the first byte of the header.
    pub header_start: u64,
    /// Offset of the first data byte.
    pub data_start: u64,
    /// Data bytes that the header declares, without padding.
    pub data_len: u64,
    /// Data bytes that the file holds, at most `data_len`.
    pub available: u64,
}

impl Hdu {
    /// EXTNAME.
    pub fn name(&self) -> Option<&str> {
        self.header.get_str("EXTNAME").map(str::trim).filter(|name| !name.is_empty())
    }

    /// EXTVER, 1 when absent.
    pub fn version(&self) -> i64 {
        self.header.get_i64("EXTVER").unwrap_or(1)
    }

    /// Axis lengths of the image, NAXIS1 first; those before compression for a compressed one.
    /// Empty for what is no image.
    pub fn shape(&self) -> Vec<u64> {
        let prefix = match self.kind {
            HduKind::CompressedImage => "Z",
            HduKind::Image => "",
            _ => return Vec::new(),
        };
        self.header.axes(self.index, prefix).unwrap_or_default()
    }

    /// The header of the image: for a compressed image the one before compression (§10.2),
    /// otherwise the header itself.
    pub fn image_header(&self) -> Cow<'_, Header> {
        match self.kind {
            HduKind::CompressedImage => Cow::Owned(crate::tile::restored_header(&self.header)),
            _ => Cow::Borrowed(&self.header),
        }
    }
}

/// An opened file. Opening reads the headers; data is read when asked for.
#[derive(Debug)]
pub struct Fits<S> {
    source: S,
    hdus: Vec<Hdu>,
    warnings: Vec<Warning>,
    limits: Limits,
}

impl Fits<Vec<u8>> {
    /// Opens the bytes of a file, unpacking gzip and compress streams, with [`Limits::default`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Fits<Vec<u8>>> {
        let limits = Limits::default();
        let bytes = match unpack::packing(&bytes) {
            Some(_) => unpack::unpack(&bytes, limits.bytes)?.into_owned(),
            None => bytes,
        };
        Fits::open_with(bytes, limits)
    }
}

impl<S: ReadAt> Fits<S> {
    /// Opens a source with [`Limits::default`]. gzip and compress streams must be unpacked before:
    /// [`crate::unpack()`].
    pub fn open(source: S) -> Result<Fits<S>> {
        Fits::open_with(source, Limits::default())
    }

    /// Opens a source.
    ///
    /// An error in the first HDU is an error of the file; one in a later HDU ends the list with a
    /// warning, so that what comes before can be read.
    pub fn open_with(source: S, limits: Limits) -> Result<Fits<S>> {
        let mut fits = Fits { source, hdus: Vec::new(), warnings: Vec::new(), limits };
        fits.check_start()?;
        fits.walk()?;
        Ok(fits)
    }

    /// The HDUs, the primary one first; at least one.
    pub fn hdus(&self) -> &[Hdu] {
        &self.hdus
    }

    /// One HDU.
    pub fn hdu(&self, index: usize) -> Result<&Hdu> {
        self.hdus.get(index).ok_or(FitsError::NoSuchHdu { index, count: self.hdus.len() })
    }

    /// The first HDU with this EXTNAME, case ignored.
    pub fn find(&self, name: &str) -> Option<&Hdu> {
        self.hdus.iter().find(|hdu| hdu.name().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    }

    /// Departures from the standard that were met so far.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The limits it was opened with.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The source.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The image, compressed or not, of an HDU.
    pub fn image(&self, index: usize) -> Result<Image<'_, S>> {
        Image::open(self, self.hdu(index)?)
    }

    /// The table, binary or ASCII, of an HDU.
    pub fn table(&self, index: usize) -> Result<Table<'_, S>> {
        Table::open(self, self.hdu(index)?)
    }

    /// Bytes of the data of an HDU; an error where they are not in the file.
    pub(crate) fn data(&self, hdu: &Hdu, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        let end = offset.saturating_add(length);
        if end > hdu.available {
            return Err(FitsError::Truncated {
                hdu: hdu.index,
                expected: end,
                actual: hdu.available,
            });
        }
        let length = self.in_memory(hdu.index, "bytes", length)?;
        self.source.slice_at(hdu.data_start.saturating_add(offset), length).map_err(FitsError::Io)
    }

    /// A size in bytes as `usize`, if it is within the limit.
    pub(crate) fn in_memory(&self, hdu: usize, what: &'static str, bytes: u64) -> Result<usize> {
        let too_large = FitsError::TooLarge { hdu, what, limit: self.limits.bytes, actual: bytes };
        match usize::try_from(bytes) {
            Ok(size) if bytes <= self.limits.bytes => Ok(size),
            _ => Err(too_large),
        }
    }

    fn check_start(&self) -> Result<()> {
        let length = self.source.size().min(512) as usize;
        let head = self.source.slice_at(0, length).map_err(FitsError::Io)?;
        let start = head.get(..6).unwrap_or_default().to_ascii_uppercase();
        if start == b"SIMPLE" || start == b"XTENSI" {
            return Ok(());
        }
        Err(FitsError::NotFits { found: FoundKind::of(&head) })
    }

    fn walk(&mut self) -> Result<()> {
        let size = self.source.size();
        let mut at = 0;
        while at < size {
            let index = self.hdus.len();
            if index >= self.limits.hdus {
                let kind = WarningKind::HduLimit { listed: index };
                self.warnings.push(Warning { hdu: index, kind });
                return Ok(());
            }
            if index > 0 && !self.starts_extension(at)? {
                let kind = WarningKind::Trailing { bytes: size - at };
                self.warnings.push(Warning { hdu: index, kind });
                return Ok(());
            }
            match self.read_hdu(index, at) {
                Ok(hdu) => {
                    at = padded(hdu.data_start.saturating_add(hdu.data_len));
                    if hdu.available < hdu.data_len {
                        let kind = WarningKind::Truncated {
                            expected: hdu.data_len,
                            actual: hdu.available,
                        };
                        self.warnings.push(Warning { hdu: index, kind });
                    }
                    self.hdus.push(hdu);
                }
                Err(error) if index == 0 => return Err(error),
                Err(_) => {
                    self.warnings.push(Warning { hdu: index, kind: WarningKind::Stopped });
                    return Ok(());
                }
            }
        }
        if !size.is_multiple_of(BLOCK as u64) {
            let kind = WarningKind::PartialBlock { bytes: size };
            self.warnings.push(Warning { hdu: self.hdus.len().saturating_sub(1), kind });
        }
        Ok(())
    }

    /// Whether an extension begins at `at`. Special records (§3.5) and garbage do not.
    fn starts_extension(&self, at: u64) -> Result<bool> {
        let left = self.source.size().saturating_sub(at);
        let head = self.source.slice_at(at, left.min(8) as usize).map_err(FitsError::Io)?;
        Ok(head.eq_ignore_ascii_case(b"XTENSION"))
    }

    fn read_hdu(&mut self, index: usize, start: u64) -> Result<Hdu> {
        let (header, data_start) = self.read_header(index, start)?;
        let kind = classify(index, &header);
        let data_len = data_size(index, &header, kind)?;
        let available = self.source.size().saturating_sub(data_start).min(data_len);
        Ok(Hdu { index, kind, header, header_start: start, data_start, data_len, available })
    }

    /// Reads cards up to END; without END, up to the first block that cannot be a header.
    fn read_header(&mut self, index: usize, start: u64) -> Result<(Header, u64)> {
        let size = self.source.size();
        let mut builder = Builder::new(index);
        let mut at = start;
        while at < size && !builder.ended {
            if at - start >= self.limits.header_bytes {
                return Err(FitsError::TooLarge {
                    hdu: index,
                    what: "header",
                    limit: self.limits.header_bytes,
                    actual: at - start,
                });
            }
            let length = (size - at).min(BLOCK as u64) as usize;
            let block = self.source.slice_at(at, length).map_err(FitsError::Io)?;
            if builder.len() > 0 && !looks_like_header(&block) {
                break;
            }
            block.chunks(CARD).all(|card| builder.add(card));
            at += length as u64;
        }
        if !builder.ended {
            builder.warn(WarningKind::NoEnd);
        }
        let header = builder.finish(&mut self.warnings);
        Ok((header, at))
    }
}

/// A block of cards holds hardly any control or 8-bit characters, binary data many.
fn looks_like_header(block: &[u8]) -> bool {
    let strange = block.iter().filter(|b| !(0x20..0x7F).contains(*b)).count();
    strange * 20 <= block.len()
}

/// The next multiple of the block length.
pub(crate) fn padded(length: u64) -> u64 {
    length.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX)
}

fn classify(index: usize, header: &Header) -> HduKind {
    let extension = header.get_str("XTENSION").map(|x| x.trim().to_ascii_uppercase());
    let axes = header.get_i64("NAXIS").unwrap_or(0);
    match extension.as_deref() {
        None | Some("IMAGE" | "IUEIMAGE") => {
            if header.get_bool("GROUPS") == Some(true) && header.get_i64("NAXIS1") == Some(0) {
                HduKind::RandomGroups
            } else if axes == 0 {
                HduKind::Empty
            } else if index > 0 && extension.is_none() {
                HduKind::Unknown
            } else {
                HduKind::Image
            }
        }
        Some("BINTABLE" | "A3DTABLE") => {
            if header.get_bool("ZIMAGE") == Some(true) {
                HduKind::CompressedImage
            } else if header.get_bool("ZTABLE") == Some(true) {
                HduKind::CompressedTable
            } else {
                HduKind::BinTable
            }
        }
        Some("TABLE") => HduKind::AsciiTable,
        Some(_) => HduKind::Unknown,
    }
}

/// Bytes of data (FITS 4.0 equations 1, 2 and 4).
fn data_size(hdu: usize, header: &Header, kind: HduKind) -> Result<u64> {
    let bitpix = header.need_i64(hdu, "BITPIX")?;
    if !matches!(bitpix, 8 | 16 | 32 | 64 | -32 | -64) {
        return Err(FitsError::bad(hdu, "BITPIX", "8, 16, 32, 64, -32 or -64", bitpix));
    }
    let axes = header.axes(hdu, "")?;
    let axes = match kind {
        HduKind::RandomGroups => axes.get(1..).unwrap_or_default(),
        _ => &axes[..],
    };
    if axes.is_empty() {
        return Ok(0);
    }
    // A primary image has neither keyword; if it does, they are not about its size.
    let extra = |name: &str, default: u64| match header.get_i64(name) {
        Some(value) if hdu > 0 || kind == HduKind::RandomGroups => {
            u64::try_from(value).map_err(|_| FitsError::bad(hdu, name, "0 or more", value))
        }
        _ => Ok(default),
    };
    let (pcount, gcount) = (extra("PCOUNT", 0)?, extra("GCOUNT", 1)?);
    product(axes)
        .and_then(|pixels| pixels.checked_add(pcount))
        .and_then(|values| values.checked_mul(gcount))
        .and_then(|values| values.checked_mul(bitpix.unsigned_abs() / 8))
        // The end of the data plus a block must still be a file offset.
        .filter(|bytes| *bytes < 1 << 62)
        .ok_or(FitsError::TooLarge { hdu, what: "data size", limit: 1 << 62, actual: u64::MAX })
}

/// The product of axis lengths, if it fits; 0 as soon as one is 0.
pub(crate) fn product(axes: &[u64]) -> Option<u64> {
    if axes.contains(&0) {
        return Some(0);
    }
    axes.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis))
}
