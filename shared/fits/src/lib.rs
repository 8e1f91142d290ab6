//! FITS headers, images, tables, tile compression and checksums (FITS Standard 4.0, Pence et al.).
//!
//! Bytes come from a slice or from a [`ReadAt`]; nothing here opens files. Broken input gives a
//! value with [`Warning`]s or a [`FitsError`] that names HDU and keyword; it never panics.
//!
//! ```
//! # fn main() -> Result<(), tenkyu_fits::FitsError> {
//! use tenkyu_fits::{Fits, HduKind};
//! let mut file = Vec::new();
//! for card in ["SIMPLE  = T", "BITPIX  = 16", "NAXIS   = 1", "NAXIS1  = 2", "BZERO   = 32768.", "END"] {
//!     file.extend(format!("{card:<80}").bytes());
//! }
//! file.resize(2880, b' ');
//! file.extend([0x80, 0x00, 0x00, 0x01]);
//! let fits = Fits::from_bytes(file)?;
//! let image = fits.image(0)?;
//! assert_eq!(image.raw_all()?.values(&image.scaling()), [0.0, 32769.0]);
//! # Ok(())
//! # }
//! ```

mod checksum;
mod error;
mod file;
mod header;
mod image;
mod pixels;
mod source;
mod table;
mod tile;
mod unpack;
mod warning;
mod write;

pub use checksum::{Checksum, Integrity, checksum, encode_checksum};
pub use error::{FitsError, FoundKind, Result};
pub use file::{Fits, Hdu, HduKind, Limits};
pub use header::{BLOCK, CARD, Card, Header, Value};
pub use image::Image;
pub use pixels::{Bitpix, PixelData, Scaling};
pub use source::{ReadAt, Seekable};
pub use table::{Column, ColumnData, Format, Kind, Layout, Storage, Table, Values};
pub use unpack::{Packing, packing, unpack};
pub use warning::{Warning, WarningKind};
pub use write::{ColumnSpec, ElementType, TableWriter, primary_header, write_image};
