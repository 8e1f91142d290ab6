//! Departures from the standard that did not stop the reader.

use tenkyu_wire::{Lang, messages::fits as m};

/// One departure from the standard, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// HDU, from 0.
    pub hdu: usize,
    /// What is wrong.
    pub kind: WarningKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// The header has no END card.
    NoEnd,
    /// Bytes outside 0x20..=0x7E; they read as `?`.
    NonAscii {
        /// Keyword of the card.
        keyword: String,
    },
    /// A card that is no keyword record; it is kept verbatim.
    BadCard {
        /// Its first eight characters.
        keyword: String,
    },
    /// A lower-case keyword, read as upper case.
    LowerCase {
        /// As written.
        keyword: String,
    },
    /// Cards are separated by line breaks.
    Newlines,
    /// Bytes after the last HDU.
    Trailing {
        /// How many.
        bytes: u64,
    },
    /// The length of the file is not a multiple of 2880.
    PartialBlock {
        /// The length.
        bytes: u64,
    },
    /// Fewer data bytes than the header declares.
    Truncated {
        /// Declared.
        expected: u64,
        /// There.
        actual: u64,
    },
    /// A keyword with a value of no use was passed over.
    Keyword {
        /// Its name.
        keyword: String,
        /// What would do.
        expected: String,
        /// What is there.
        actual: String,
    },
    /// The walk over the HDUs stopped here.
    Stopped,
    /// The limit on the number of HDUs was reached.
    HduLimit {
        /// How many are listed.
        listed: usize,
    },
}

impl Warning {
    /// The warning in the user's language.
    pub fn message(&self, lang: Lang) -> String {
        let hdu = self.hdu.to_string();
        let fill = |message: tenkyu_wire::Message, values: &[(&str, &str)]| {
            let mut all = vec![("hdu", hdu.as_str())];
            all.extend_from_slice(values);
            message.with(lang, &all)
        };
        match &self.kind {
            WarningKind::NoEnd => fill(m::WARN_NO_END, &[]),
            WarningKind::NonAscii { keyword } => fill(m::WARN_NON_ASCII, &[("keyword", keyword)]),
            WarningKind::BadCard { keyword } => fill(m::WARN_BAD_CARD, &[("keyword", keyword)]),
            WarningKind::LowerCase { keyword } => fill(m::WARN_LOWER_CASE, &[("keyword", keyword)]),
            WarningKind::Newlines => fill(m::WARN_NEWLINES, &[]),
            WarningKind::Trailing { bytes } => {
                fill(m::WARN_TRAILING, &[("actual", &bytes.to_string())])
            }
            WarningKind::PartialBlock { bytes } => {
                fill(m::WARN_BLOCK, &[("actual", &bytes.to_string())])
            }
            WarningKind::Truncated { expected, actual } => fill(
                m::WARN_TRUNCATED,
                &[("expected", &expected.to_string()), ("actual", &actual.to_string())],
            ),
            WarningKind::Keyword { keyword, expected, actual } => fill(
                m::WARN_KEYWORD,
                &[("keyword", keyword), ("expected", expected), ("actual", actual)],
            ),
            WarningKind::Stopped => fill(m::WARN_STOPPED, &[]),
            WarningKind::HduLimit { listed } => {
                fill(m::WARN_HDU_LIMIT, &[("actual", &listed.to_string())])
            }
        }
    }
}
