//! Headers: a list of cards with lookup by keyword.

mod card;
pub(crate) mod value;
mod write;

use std::collections::HashMap;

pub use card::{CARD, Card};
pub use value::Value;

use crate::{
    error::{FitsError, Result},
    warning::{Warning, WarningKind},
};

/// Length of a FITS block in bytes (FITS 4.0 §3.1).
pub const BLOCK: usize = 2880;

/// A header: its cards in the order of the file, verbatim and parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    cards: Vec<Card>,
    /// First card of each keyword that has a value.
    index: HashMap<String, usize>,
}

impl Header {
    /// Reads cards from the text of a header alone, such as a `.hdr` file: 80-character cards
    /// without separators, or one card a line. Reading stops at END if there is one.
    ///
    /// Departures from the standard are added to `warnings` under `hdu`.
    pub fn from_text(text: &[u8], hdu: usize, warnings: &mut Vec<Warning>) -> Header {
        let mut builder = Builder::new(hdu);
        let by_line = text.iter().take(CARD + 2).any(|b| *b == b'\n');
        if by_line {
            builder.warn(WarningKind::Newlines);
            for line in text.split(|b| *b == b'\n') {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.is_empty() {
                    continue;
                }
                if !builder.add(line) {
                    break;
                }
            }
        } else {
            for card in text.chunks(CARD) {
                if !builder.add(card) {
                    break;
                }
            }
        }
        builder.finish(warnings)
    }

    /// Cards in the order of the file, CONTINUE cards joined to the one they continue.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The first card with this keyword that has a value. Case does not matter; HIERARCH keywords
    /// are found with or without the word HIERARCH.
    pub fn card(&self, keyword: &str) -> Option<&Card> {
        let at = match self.index.get(keyword) {
            Some(at) => at,
            None => {
                let upper = keyword.trim().to_ascii_uppercase();
                self.index.get(upper.strip_prefix("HIERARCH ").unwrap_or(&upper))?
            }
        };
        self.cards.get(*at)
    }

    /// The value of a keyword.
    pub fn get(&self, keyword: &str) -> Option<&Value> {
        self.card(keyword)?.value.as_ref()
    }

    /// A string value.
    pub fn get_str(&self, keyword: &str) -> Option<&str> {
        self.get(keyword)?.as_str()
    }

    /// A real or integer value.
    pub fn get_f64(&self, keyword: &str) -> Option<f64> {
        self.get(keyword)?.as_f64()
    }

    /// An integer value (also `2.` for 2).
    pub fn get_i64(&self, keyword: &str) -> Option<i64> {
        self.get(keyword)?.as_i64()
    }

    /// A logical value.
    pub fn get_bool(&self, keyword: &str) -> Option<bool> {
        match self.get(keyword)? {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Texts of all commentary cards with this keyword (`COMMENT`, `HISTORY` or the empty string).
    pub fn commentary<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a str> {
        self.cards
            .iter()
            .filter(move |card| card.is_commentary() && card.keyword == keyword)
            .map(|card| card.comment.as_str())
    }

    /// The header as it stands in the file, one 80-character card a line, without END.
    ///
    /// Bytes that are not printable ASCII appear as `?`.
    pub fn raw_text(&self) -> String {
        let mut text = String::with_capacity(self.cards.len() * (CARD + 1));
        for card in &self.cards {
            let mut rest = card.raw.as_str();
            while !rest.is_empty() {
                // `raw` is ASCII, so that any offset is a character boundary.
                let (line, more) = rest.split_at(rest.len().min(CARD));
                text.push_str(line.trim_end());
                text.push('\n');
                rest = more;
            }
        }
        text
    }

    /// Adds a card at the end.
    pub(crate) fn push(&mut self, card: Card) {
        if card.value.is_some() {
            self.index.entry(card.keyword.clone()).or_insert(self.cards.len());
        }
        self.cards.push(card);
    }

    /// An integer that must be there.
    pub(crate) fn need_i64(&self, hdu: usize, keyword: &str) -> Result<i64> {
        match self.get(keyword) {
            None => Err(FitsError::MissingKeyword { hdu, keyword: keyword.to_owned() }),
            Some(value) => {
                value.as_i64().ok_or_else(|| FitsError::bad(hdu, keyword, "an integer", value))
            }
        }
    }

    /// A count that must be there: an integer of at least 0.
    pub(crate) fn need_count(&self, hdu: usize, keyword: &str) -> Result<u64> {
        let value = self.need_i64(hdu, keyword)?;
        u64::try_from(value).map_err(|_| FitsError::bad(hdu, keyword, "0 or more", value))
    }

    /// `NAXIS` and `NAXISn` (or `ZNAXIS` and `ZNAXISn`): the length of each axis, first fastest.
    pub(crate) fn axes(&self, hdu: usize, prefix: &str) -> Result<Vec<u64>> {
        let name = format!("{prefix}NAXIS");
        let count = self.need_i64(hdu, &name)?;
        if !(0..=999).contains(&count) {
            return Err(FitsError::bad(hdu, &name, "0 to 999", count));
        }
        (1..=count).map(|axis| self.need_count(hdu, &format!("{name}{axis}"))).collect()
    }
}

/// Collects cards and warnings until END.
pub(crate) struct Builder {
    hdu: usize,
    header: Header,
    warnings: Vec<Warning>,
    pub(crate) ended: bool,
}

impl Builder {
    pub(crate) fn new(hdu: usize) -> Builder {
        Builder { hdu, header: Header::default(), warnings: Vec::new(), ended: false }
    }

    pub(crate) fn warn(&mut self, kind: WarningKind) {
        let warning = Warning { hdu: self.hdu, kind };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.header.cards.len()
    }

    /// Adds one card; `false` at END.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> bool {
        if bytes.trim_ascii_end() == b"END" {
            self.ended = true;
            return false;
        }
        let (card, flaws) = Card::parse(bytes);
        let name = || card.raw.get(..8).unwrap_or_default().trim().to_owned();
        if flaws.non_ascii {
            self.warn(WarningKind::NonAscii { keyword: name() });
        }
        if flaws.bad {
            self.warn(WarningKind::BadCard { keyword: name() });
        }
        if flaws.lower_case {
            self.warn(WarningKind::LowerCase { keyword: name() });
        }
        let joined = card.keyword == "CONTINUE"
            && self.header.cards.last_mut().is_some_and(|last| last.join(&card));
        if !joined {
            self.header.push(card);
        }
        true
    }

    pub(crate) fn finish(mut self, warnings: &mut Vec<Warning>) -> Header {
        // Blank cards between the last keyword and END are room left for more, not content.
        while self
            .header
            .cards
            .last()
            .is_some_and(|card| card.keyword.is_empty() && card.comment.trim().is_empty())
        {
            self.header.cards.pop();
        }
        for card in &mut self.header.cards {
            // A trailing `&` without a CONTINUE card is part of the value only by accident.
            if let (Some(Value::Str(text)), true) = (&mut card.value, card.raw.len() > CARD)
                && text.ends_with('&')
            {
                text.pop();
            }
        }
        warnings.append(&mut self.warnings);
        self.header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(cards: &[&str]) -> (Header, Vec<Warning>) {
        let text: String = cards.iter().map(|card| format!("{card:<80}")).collect();
        let mut warnings = Vec::new();
        let header = Header::from_text(text.as_bytes(), 0, &mut warnings);
        (header, warnings)
    }

    #[test]
    fn lookups() {
        let (header, warnings) = header(&[
            "OBJECT  = 'M 31    '           / name",
            "EXPTIME =                 30.5",
            "NCOMBINE=                    4",
            "FLAG    =                    T",
            "HIERARCH ESO TEL ALT = 61.2",
            "OBJECT  = 'second'",
            "HISTORY made",
            "END",
            "OBJECT2 = 'after'",
        ]);
        assert_eq!(warnings, []);
        assert_eq!(header.get_str("object"), Some("M 31"));
        assert_eq!(header.get_f64("EXPTIME"), Some(30.5));
        assert_eq!(header.get_f64("NCOMBINE"), Some(4.0));
        assert_eq!(header.get_i64("EXPTIME"), None);
        assert_eq!(header.get_bool("FLAG"), Some(true));
        assert_eq!(header.get_f64("HIERARCH ESO TEL ALT"), Some(61.2));
        assert_eq!(header.get_f64("ESO TEL ALT"), Some(61.2));
        assert_eq!(header.commentary("HISTORY").collect::<Vec<_>>(), ["made"]);
        assert_eq!(header.get("OBJECT2"), None);
        assert_eq!(header.cards().len(), 7);
    }

    #[test]
    fn long_strings_continue() {
        let (header, warnings) = header(&[
            "LONG    = 'one &'              / first",
            "CONTINUE  'two&' / second",
            "CONTINUE  ' three'",
            "NEXT    = 'ends with &'",
            "OTHER   = 1",
        ]);
        assert_eq!(warnings, []);
        assert_eq!(header.get_str("LONG"), Some("one two three"));
        assert_eq!(header.card("LONG").map(|c| c.comment.as_str()), Some("first second"));
        assert_eq!(header.card("LONG").map(|c| c.raw.len()), Some(240));
        assert_eq!(header.get_str("NEXT"), Some("ends with &"));
        assert_eq!(header.raw_text().lines().count(), 5);
    }

    #[test]
    fn one_card_a_line_is_read_with_a_warning() {
        let mut warnings = Vec::new();
        let header = Header::from_text(b"NAXIS   = 2\r\nNAXIS1  = 3\nEND\n", 0, &mut warnings);
        assert_eq!(header.get_i64("NAXIS1"), Some(3));
        assert_eq!(warnings, [Warning { hdu: 0, kind: WarningKind::Newlines }]);
    }

    #[test]
    fn axes_are_checked() {
        let (h, _) = header(&["NAXIS   = 2", "NAXIS1  = 3", "NAXIS2  = 4"]);
        assert_eq!(h.axes(0, "").ok(), Some(vec![3, 4]));
        for bad in [
            &["NAXIS   = -1"][..],
            &["NAXIS   = 1000"],
            &["NAXIS   = 'x'"],
            &["NAXIS  = 1"],
            &["NAXIS   = 1", "NAXIS1  = -5"],
        ] {
            assert!(header(bad).0.axes(3, "").is_err(), "{bad:?}");
        }
    }
}
