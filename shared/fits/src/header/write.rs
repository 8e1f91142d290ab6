//! Making cards: fixed format, CONTINUE for long strings, HIERARCH for long keywords.

use super::{
    BLOCK, CARD, Card, Header,
    value::{Value, real},
};
use crate::error::{FitsError, Result};

impl Card {
    /// A card with a value, in fixed format where it fits (FITS 4.0 §4.2). Long strings continue
    /// on CONTINUE cards; keywords over 8 characters or with blanks become HIERARCH cards;
    /// a comment that does not fit is cut, characters outside printable ASCII become `?`.
    ///
    /// # Errors
    /// [`FitsError::Write`] for a keyword with impossible characters, a number that is not finite,
    /// and a value that cannot fit.
    pub fn new(keyword: &str, value: Value, comment: &str) -> Result<Card> {
        let keyword = keyword.to_ascii_uppercase();
        let plain =
            |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        let short = keyword.len() <= 8 && keyword.bytes().all(plain);
        if keyword.is_empty() || !keyword.bytes().all(|b| plain(b) || b == b' ' || b == b'.') {
            return Err(FitsError::Write(format!("{keyword:?} cannot be a keyword")));
        }
        let head = if short { format!("{keyword:<8}= ") } else { format!("HIERARCH {keyword} = ") };
        let comment = printable(comment);
        let raw = match &value {
            Value::Str(text) => string_cards(&head, &printable(text), &comment)?,
            other => {
                let text = number_text(other)?;
                let text = if short { format!("{text:>20}") } else { text };
                one_card(&head, &text, &comment)?
            }
        };
        Ok(Card { keyword, value: Some(value), comment, raw })
    }

    /// A COMMENT, HISTORY or blank card; text over 72 characters is cut into several.
    pub fn commentary(keyword: &str, text: &str) -> Vec<Card> {
        let text = printable(text);
        let make = |part: &str| Card {
            keyword: keyword.to_ascii_uppercase(),
            value: None,
            comment: part.trim_end().to_owned(),
            raw: format!("{:<80}", format!("{keyword:<8}{part}")),
        };
        if text.is_empty() {
            return vec![make("")];
        }
        // Printable text is ASCII: bytes are characters.
        text.as_bytes().chunks(72).map(|part| make(&String::from_utf8_lossy(part))).collect()
    }
}

impl Header {
    /// Adds a card with a value at the end, or replaces the first of that keyword.
    ///
    /// # Errors
    /// As [`Card::new`].
    pub fn set(&mut self, keyword: &str, value: Value, comment: &str) -> Result<()> {
        let card = Card::new(keyword, value, comment)?;
        match self.index.get(&card.keyword).and_then(|at| self.cards.get_mut(*at)) {
            Some(old) => *old = card,
            None => self.push(card),
        }
        Ok(())
    }

    /// Adds commentary.
    pub fn comment(&mut self, keyword: &str, text: &str) {
        for card in Card::commentary(keyword, text) {
            self.push(card);
        }
    }

    /// The bytes of the header: cards, END, blanks to a whole number of blocks.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::new();
        for card in &self.cards {
            bytes.extend_from_slice(card.raw.as_bytes());
            bytes.resize(bytes.len().next_multiple_of(CARD), b' ');
        }
        bytes.extend_from_slice(b"END");
        bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
        bytes
    }
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).collect()
}

fn number_text(value: &Value) -> Result<String> {
    let finite = |v: f64| match v.is_finite() {
        true => Ok(real(v)),
        false => Err(FitsError::Write(format!("{v} cannot be a keyword's value"))),
    };
    Ok(match value {
        Value::Real(v) => finite(*v)?,
        Value::Complex(re, im) => format!("({}, {})", finite(*re)?, finite(*im)?),
        other => other.to_string(),
    })
}

fn one_card(head: &str, value: &str, comment: &str) -> Result<String> {
    let mut raw = format!("{head}{value}");
    if raw.len() > CARD {
        return Err(FitsError::Write(format!("{} does not fit a card", head.trim_end())));
    }
    if !comment.is_empty() && raw.len() + 4 <= CARD {
        raw.push_str(" / ");
        raw.push_str(comment);
        raw.truncate(CARD);
    }
    Ok(format!("{raw:<80}"))
}

fn string_cards(head: &str, text: &str, comment: &str) -> Result<String> {
    let quoted = text.replace('\'', "''");
    if head.len() + quoted.len() + 2 <= CARD {
        // Comments start in column 34, as everyone writes them: astropy recomputes CHECKSUM from a
        // card in this form.
        return one_card(head, &format!("{:<20}", format!("'{quoted:<8}'")), comment)
            .or_else(|_| one_card(head, &format!("'{quoted}'"), comment));
    }
    let mut raw = String::new();
    let mut rest = quoted.as_str();
    let mut head = head;
    loop {
        let room = CARD.saturating_sub(head.len() + 3);
        if room < 2 {
            return Err(FitsError::Write(format!("{} does not fit a card", head.trim_end())));
        }
        if rest.len() <= room {
            raw.push_str(&one_card(head, &format!("'{rest}'"), comment)?);
            return Ok(raw);
        }
        let (part, more) = rest.split_at(split_point(rest, room));
        raw.push_str(&one_card(head, &format!("'{part}&'"), "")?);
        rest = more;
        head = "CONTINUE  ";
    }
}

/// At most `room`, but not between the two quotes that stand for one.
fn split_point(text: &str, room: usize) -> usize {
    let quotes = text.bytes().take(room).rev().take_while(|b| *b == b'\'').count();
    if quotes % 2 == 1 { room - 1 } else { room }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(keyword: &str, value: Value, comment: &str) -> Card {
        let mut header = Header::default();
        header.set(keyword, value.clone(), comment).unwrap();
        let bytes = header.to_bytes();
        assert_eq!(bytes.len() % BLOCK, 0);
        let mut warnings = Vec::new();
        let back = Header::from_text(&bytes, 0, &mut warnings);
        assert_eq!(warnings, [], "{:?}", back.raw_text());
        assert_eq!(back.get(keyword), Some(&value), "{}", back.raw_text());
        back.card(keyword).unwrap().clone()
    }

    #[test]
    fn values_come_back() {
        round_trip("A", Value::Bool(true), "yes");
        round_trip("NAXIS", Value::Int(-5), "");
        round_trip("BIG", Value::Int(i64::MIN), "");
        for v in [1.0, 0.1, -1e-300, 1.7976931348623157e308, 123456789012345680.0, 5e-324] {
            round_trip("R", Value::Real(v), "c");
        }
        round_trip("C", Value::Complex(1.5, -2.0), "");
        round_trip("S", Value::Str("O'Neill".into()), "name");
        round_trip("S", Value::Str(String::new()), "");
        round_trip("ESO DET DIT", Value::Real(1.5), "[s]");
        let card = round_trip("S", Value::Str("x'".repeat(150)), "long");
        assert!(card.raw.len() > CARD);
        assert_eq!(card.comment, "long");
        for n in 60..80 {
            round_trip("S", Value::Str("y".repeat(n)), "");
            round_trip("S", Value::Str("'".repeat(n)), "");
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(Card::new("天", Value::Int(1), "").is_err());
        assert!(Card::new("", Value::Int(1), "").is_err());
        assert!(Card::new("A", Value::Real(f64::NAN), "").is_err());
    }

    #[test]
    fn comments_are_cut_and_made_ascii() {
        let card = Card::new("A", Value::Int(1), &"é".repeat(100)).unwrap();
        assert_eq!(card.raw.len(), CARD);
        assert!(card.raw.ends_with('?'));
        assert_eq!(Card::commentary("HISTORY", &"z".repeat(100)).len(), 2);
    }
}
