//! One keyword record (FITS 4.0 §4.1), with its continuation if it has one.

use super::value::{self, Value};

/// Length of a card in bytes.
pub const CARD: usize = 80;

/// One keyword record.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Upper-case keyword; HIERARCH keywords without the word HIERARCH (`ESO DET DIT`); empty for
    /// blank keywords.
    pub keyword: String,
    /// The value, absent for commentary cards and for cards without a value indicator.
    pub value: Option<Value>,
    /// What follows `/`, or the text of a commentary card.
    pub comment: String,
    /// The card as it stands in the file, 80 characters, or a multiple where CONTINUE cards follow.
    pub raw: String,
}

/// Flaws found while parsing a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flaws {
    pub(crate) non_ascii: bool,
    pub(crate) bad: bool,
    pub(crate) lower_case: bool,
}

impl Card {
    /// COMMENT, HISTORY and blank keywords.
    pub fn is_commentary(&self) -> bool {
        self.value.is_none()
    }

    /// The unit in the customary form `[deg] text` at the start of the comment.
    pub fn unit(&self) -> Option<&str> {
        let (unit, _) = self.comment.strip_prefix('[')?.split_once(']')?;
        Some(unit.trim())
    }

    /// Parses 80 bytes (fewer are taken as padded with blanks).
    pub(crate) fn parse(bytes: &[u8]) -> (Card, Flaws) {
        let mut flaws = Flaws::default();
        let mut raw = String::with_capacity(CARD);
        for &byte in bytes.iter().take(CARD) {
            if (0x20..0x7F).contains(&byte) {
                raw.push(char::from(byte));
            } else {
                flaws.non_ascii = true;
                raw.push('?');
            }
        }
        while raw.len() < CARD {
            raw.push(' ');
        }
        // Only ASCII is left, so that every byte offset is a character boundary.
        let (name, rest) = raw.split_at(8);
        let name = name.trim_end();
        let upper = name.to_ascii_uppercase();
        flaws.lower_case = upper != name && rest.starts_with("= ");
        let (keyword, value, comment) = if rest.starts_with("= ") {
            assigned(upper, rest.get(2..).unwrap_or_default(), &mut flaws)
        } else if let Some(parts) = hierarch(&raw, &mut flaws) {
            parts
        } else if matches!(upper.as_str(), "COMMENT" | "HISTORY" | "") {
            (upper, None, rest.trim_end().to_owned())
        } else if upper == "CONTINUE" {
            assigned(upper, rest, &mut flaws)
        } else if rest.starts_with('=') {
            flaws.bad = true;
            assigned(upper, rest.get(1..).unwrap_or_default(), &mut flaws)
        } else {
            // Legal only without a value indicator, and then it is commentary (§4.1.2.1).
            flaws.bad = !is_keyword(&upper);
            (upper, None, rest.trim_end().to_owned())
        };
        flaws.bad |= value.is_some() && !keyword.contains(' ') && !is_keyword(&keyword);
        (Card { keyword, value, comment, raw }, flaws)
    }

    /// Appends a CONTINUE card to a string that ends with `&` (§4.2.1.2).
    ///
    /// Returns whether it did; if not, the two stay apart.
    pub(crate) fn join(&mut self, next: &Card) -> bool {
        let (Some(Value::Str(text)), Some(Value::Str(more))) = (&mut self.value, &next.value)
        else {
            return false;
        };
        if next.keyword != "CONTINUE" || !text.ends_with('&') {
            return false;
        }
        text.pop();
        text.push_str(more);
        if !next.comment.is_empty() {
            if !self.comment.is_empty() {
                self.comment.push(' ');
            }
            self.comment.push_str(&next.comment);
        }
        self.raw.push_str(&next.raw);
        true
    }
}

type Parts = (String, Option<Value>, String);

fn assigned(keyword: String, text: &str, flaws: &mut Flaws) -> Parts {
    // COMMENT, HISTORY and blank never have values, whatever stands in columns 9 and 10.
    if matches!(keyword.as_str(), "COMMENT" | "HISTORY" | "") {
        return (keyword, None, format!("= {}", text.trim_end()));
    }
    let parsed = value::parse(text);
    flaws.bad |= !parsed.valid;
    (keyword, Some(parsed.value), parsed.comment)
}

/// ESO's HIERARCH convention: `HIERARCH ESO DET DIT = 1.5 / comment`.
fn hierarch(raw: &str, flaws: &mut Flaws) -> Option<Parts> {
    let rest = raw.strip_prefix("HIERARCH ")?;
    let (name, text) = rest.split_once('=')?;
    if name.contains('\'') {
        return None;
    }
    let keyword = name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
    Some(assigned(keyword, text, flaws))
}

fn is_keyword(name: &str) -> bool {
    name.len() <= 8
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(text: &str) -> (Card, Flaws) {
        Card::parse(text.as_bytes())
    }

    #[test]
    fn ordinary_cards() {
        let (card, flaws) = card("EXPTIME =                 30.0 / [s] exposure");
        assert_eq!(card.keyword, "EXPTIME");
        assert_eq!(card.value, Some(Value::Real(30.0)));
        assert_eq!(card.unit(), Some("s"));
        assert_eq!(card.raw.len(), CARD);
        assert_eq!(flaws, Flaws::default());
    }

    #[test]
    fn commentary_and_hierarch() {
        let (comment, _) = card("COMMENT = 5 is not a value");
        assert_eq!((comment.value, comment.comment.as_str()), (None, "= 5 is not a value"));
        let (eso, flaws) = card("HIERARCH ESO DET DIT = 1.5 / [s] integration");
        assert_eq!(eso.keyword, "ESO DET DIT");
        assert_eq!(eso.value, Some(Value::Real(1.5)));
        assert!(!flaws.bad);
    }

    #[test]
    fn flaws_are_noted_and_passed_over() {
        let (lower, flaws) = card("exptime = 3");
        assert_eq!(lower.value, Some(Value::Int(3)));
        assert!(flaws.lower_case);
        let (_, flaws) = Card::parse(b"OBJECT  = 'caf\xe9'");
        assert!(flaws.non_ascii);
        assert!(card("OBJECT  = 'open").1.bad);
        assert!(card("AB CD   = 1").1.bad || card("A!B     = 1").1.bad);
    }
}
