//! What can be wrong with a file, and how it is told to log and user.

use tenkyu_wire::{Explain, Lang, Message, messages::fits as m};

/// What a stream of bytes that is no FITS file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundKind {
    /// Zero bytes.
    Empty,
    /// A ZIP archive.
    Zip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// HDF5.
    Hdf5,
    /// Apache Parquet.
    Parquet,
    /// PNG, JPEG, GIF or TIFF.
    Picture,
    /// PDF.
    Pdf,
    /// HTML or XML.
    Markup,
    /// Text.
    Text,
    /// Anything else.
    Binary,
}

impl FoundKind {
    /// Guesses from the first bytes.
    pub fn of(head: &[u8]) -> FoundKind {
        const MAGIC: &[(&[u8], FoundKind)] = &[
            (b"PK\x03\x04", FoundKind::Zip),
            (b"PK\x05\x06", FoundKind::Zip),
            (b"BZh", FoundKind::Bzip2),
            (b"\xfd7zXZ", FoundKind::Xz),
            (b"\x28\xb5\x2f\xfd", FoundKind::Zstd),
            (b"\x89HDF", FoundKind::Hdf5),
            (b"PAR1", FoundKind::Parquet),
            (b"\x89PNG", FoundKind::Picture),
            (b"\xff\xd8\xff", FoundKind::Picture),
            (b"GIF8", FoundKind::Picture),
            (b"II*\0", FoundKind::Picture),
            (b"MM\0*", FoundKind::Picture),
            (b"%PDF", FoundKind::Pdf),
        ];
        if head.is_empty() {
            return FoundKind::Empty;
        }
        if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return *kind;
        }
        let head = head.get(..512).unwrap_or(head);
        let first = head.iter().find(|b| !b.is_ascii_whitespace());
        let printable = |b: &u8| !b.is_ascii_control() || b.is_ascii_whitespace();
        match first {
            Some(b'<') => FoundKind::Markup,
            _ if head.iter().all(printable) => FoundKind::Text,
            _ => FoundKind::Binary,
        }
    }

    fn message(self) -> Message {
        match self {
            FoundKind::Empty => m::KIND_EMPTY,
            FoundKind::Zip => m::KIND_ZIP,
            FoundKind::Bzip2 => m::KIND_BZIP2,
            FoundKind::Xz => m::KIND_XZ,
            FoundKind::Zstd => m::KIND_ZSTD,
            FoundKind::Hdf5 => m::KIND_HDF5,
            FoundKind::Parquet => m::KIND_PARQUET,
            FoundKind::Picture => m::KIND_PICTURE,
            FoundKind::Pdf => m::KIND_PDF,
            FoundKind::Markup => m::KIND_MARKUP,
            FoundKind::Text => m::KIND_TEXT,
            FoundKind::Binary => m::KIND_BINARY,
        }
    }
}

/// Why a file, or a part of it, could not be read or written. HDUs count from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitsError {
    /// The bytes are something else.
    #[error("not a FITS file: found {found:?}")]
    NotFits {
        /// What they look like.
        found: FoundKind,
    },
    /// The file ends before the part that was asked for.
    #[error("HDU {hdu} is truncated: {expected} bytes needed, {actual} available")]
    Truncated {
        /// Which HDU.
        hdu: usize,
        /// Bytes needed.
        expected: u64,
        /// Bytes there.
        actual: u64,
    },
    /// A keyword that is needed is not there.
    #[error("HDU {hdu}: keyword {keyword} is missing")]
    MissingKeyword {
        /// Which HDU.
        hdu: usize,
        /// Its name.
        keyword: String,
    },
    /// A keyword has an impossible value.
    #[error("HDU {hdu}: keyword {keyword} is {actual}, expected {expected}")]
    BadKeyword {
        /// Which HDU.
        hdu: usize,
        /// Its name.
        keyword: String,
        /// What would do.
        expected: String,
        /// What is there.
        actual: String,
    },
    /// A size is over a limit of this reader.
    #[error("HDU {hdu}: {what} is {actual}, limit {limit}")]
    TooLarge {
        /// Which HDU.
        hdu: usize,
        /// Which size.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// The size; `u64::MAX` when it does not fit.
        actual: u64,
    },
    /// No such HDU.
    #[error("no HDU {index} among {count}")]
    NoSuchHdu {
        /// Asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The HDU holds something else.
    #[error("HDU {hdu} is {actual}, not {expected}")]
    WrongKind {
        /// Which HDU.
        hdu: usize,
        /// Wanted.
        expected: &'static str,
        /// What it is.
        actual: &'static str,
    },
    /// No such column.
    #[error("HDU {hdu} has no column {name}")]
    NoSuchColumn {
        /// Which HDU.
        hdu: usize,
        /// Asked for.
        name: String,
        /// The columns there are (at most the first 50).
        names: String,
    },
    /// A pixel or row outside the data was asked for.
    #[error("HDU {hdu}: {what} {actual} is outside 0..{limit}")]
    OutOfRange {
        /// Which HDU.
        hdu: usize,
        /// `row`, `axis 1`…
        what: String,
        /// Asked for.
        actual: u64,
        /// Just past the last valid one.
        limit: u64,
    },
    /// A tile of compressed data is broken.
    #[error("HDU {hdu}: tile {tile}: {reason}")]
    BadTile {
        /// Which HDU.
        hdu: usize,
        /// Which tile, from 0.
        tile: u64,
        /// What is wrong.
        reason: String,
    },
    /// A descriptor points outside the heap.
    #[error("HDU {hdu}: column {column} row {row} points outside the heap")]
    BadHeap {
        /// Which HDU.
        hdu: usize,
        /// Column name.
        column: String,
        /// Row, from 0.
        row: u64,
    },
    /// A gzip or compress stream is broken or too large.
    #[error("cannot unpack {format}: {reason}")]
    Unpack {
        /// `gzip` or `compress`.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The source failed.
    #[error("reading failed")]
    Io(#[source] std::io::Error),
    /// What was handed to a writer does not fit together, or its sink failed.
    #[error("writing failed: {0}")]
    Write(String),
}

/// `Result` with [`FitsError`].
pub type Result<T, E = FitsError> = std::result::Result<T, E>;

impl FitsError {
    pub(crate) fn bad(hdu: usize, keyword: &str, expected: &str, actual: impl ToString) -> Self {
        FitsError::BadKeyword {
            hdu,
            keyword: keyword.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_string(),
        }
    }

    pub(crate) fn tile(hdu: usize, tile: u64, reason: impl ToString) -> Self {
        FitsError::BadTile { hdu, tile, reason: reason.to_string() }
    }
}

impl Explain for FitsError {
    fn code(&self) -> &'static str {
        match self {
            FitsError::NotFits { .. } => "fits-not-fits",
            FitsError::Truncated { .. } => "fits-truncated",
            FitsError::MissingKeyword { .. } => "fits-missing-keyword",
            FitsError::BadKeyword { .. } => "fits-bad-keyword",
            FitsError::TooLarge { .. } => "fits-too-large",
            FitsError::NoSuchHdu { .. } => "fits-no-such-hdu",
            FitsError::WrongKind { .. } => "fits-wrong-kind",
            FitsError::NoSuchColumn { .. } => "fits-no-such-column",
            FitsError::OutOfRange { .. } => "fits-out-of-range",
            FitsError::BadTile { .. } => "fits-bad-tile",
            FitsError::BadHeap { .. } => "fits-bad-heap",
            FitsError::Unpack { .. } => "fits-unpack",
            FitsError::Io(_) => "fits-io",
            FitsError::Write(_) => "fits-write",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        let n = |v: &u64| if *v == u64::MAX { "> 2⁶⁴".to_owned() } else { v.to_string() };
        let fill = |message: Message, values: &[(&str, &str)]| message.with(lang, values);
        match self {
            FitsError::NotFits { found } => {
                fill(m::NOT_FITS, &[("found", found.message().text(lang))])
            }
            FitsError::Truncated { hdu, expected, actual } => fill(
                m::TRUNCATED,
                &[("hdu", &hdu.to_string()), ("expected", &n(expected)), ("actual", &n(actual))],
            ),
            FitsError::MissingKeyword { hdu, keyword } => {
                fill(m::MISSING_KEYWORD, &[("hdu", &hdu.to_string()), ("keyword", keyword)])
            }
            FitsError::BadKeyword { hdu, keyword, expected, actual } => fill(
                m::BAD_KEYWORD,
                &[
                    ("hdu", &hdu.to_string()),
                    ("keyword", keyword),
                    ("expected", expected),
                    ("actual", actual),
                ],
            ),
            FitsError::TooLarge { hdu, what, limit, actual } => fill(
                m::TOO_LARGE,
                &[
                    ("hdu", &hdu.to_string()),
                    ("what", what),
                    ("limit", &n(limit)),
                    ("actual", &n(actual)),
                ],
            ),
            FitsError::NoSuchHdu { index, count } => fill(
                m::NO_SUCH_HDU,
                &[("index", &index.to_string()), ("count", &count.to_string())],
            ),
            FitsError::WrongKind { hdu, expected, actual } => fill(
                m::WRONG_KIND,
                &[("hdu", &hdu.to_string()), ("expected", expected), ("actual", actual)],
            ),
            FitsError::NoSuchColumn { hdu, name, .. } => {
                fill(m::NO_SUCH_COLUMN, &[("hdu", &hdu.to_string()), ("name", name)])
            }
            FitsError::OutOfRange { hdu, what, actual, limit } => fill(
                m::OUT_OF_RANGE,
                &[
                    ("hdu", &hdu.to_string()),
                    ("what", what),
                    ("actual", &n(actual)),
                    ("limit", &n(&limit.saturating_sub(1))),
                ],
            ),
            FitsError::BadTile { hdu, tile, reason } => fill(
                m::BAD_TILE,
                &[("hdu", &hdu.to_string()), ("tile", &tile.to_string()), ("reason", reason)],
            ),
            FitsError::BadHeap { hdu, column, row } => fill(
                m::BAD_HEAP,
                &[("hdu", &hdu.to_string()), ("column", column), ("row", &row.to_string())],
            ),
            FitsError::Unpack { format, reason } => {
                fill(m::UNPACK, &[("format", format), ("reason", reason)])
            }
            FitsError::Io(error) => fill(m::IO, &[("reason", &error.to_string())]),
            FitsError::Write(reason) => fill(m::WRITE, &[("reason", reason)]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let message = match self {
            FitsError::NotFits { .. } => m::NOT_FITS_HELP,
            FitsError::Truncated { .. } => m::TRUNCATED_HELP,
            FitsError::MissingKeyword { .. } | FitsError::BadKeyword { .. } => m::HEADER_HELP,
            FitsError::TooLarge { .. } => m::TOO_LARGE_HELP,
            FitsError::NoSuchHdu { .. } => m::NO_SUCH_HDU_HELP,
            FitsError::WrongKind { .. } => m::WRONG_KIND_HELP,
            FitsError::NoSuchColumn { names, .. } => {
                return Some(m::NO_SUCH_COLUMN_HELP.with(lang, &[("names", names)]));
            }
            FitsError::OutOfRange { .. } => m::OUT_OF_RANGE_HELP,
            FitsError::BadTile { .. } | FitsError::BadHeap { .. } => m::BAD_TILE_HELP,
            FitsError::Unpack { .. } => m::UNPACK_HELP,
            FitsError::Io(_) | FitsError::Write(_) => return None,
        };
        Some(message.text(lang).to_owned())
    }
}
