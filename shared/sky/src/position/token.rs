//! The words, numbers and marks of a written position.

use crate::frame::Frame;

/// A piece of a written position.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number with the unit that is written behind it.
    Number(Number),
    /// A comma.
    Comma,
    /// A word that is known.
    Word(Word),
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    /// As it was written, for messages.
    pub(super) text: String,
    /// Its size without sign.
    pub(super) size: f64,
    /// Whether a minus stands before it, also before a zero.
    pub(super) negative: bool,
    /// Whether any sign stands before it.
    pub(super) signed: bool,
    /// Whether it has a decimal point.
    pub(super) fraction: bool,
    /// The mark behind it.
    pub(super) unit: Unit,
    /// Whether the unit is a word that also applies to a whole pair (`deg`), or to a radius.
    pub(super) unit_is_word: bool,
}

/// What stands behind a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing.
    None,
    /// A colon, or the seconds after one.
    Colon,
    /// Hours.
    Hour,
    /// Degrees.
    Degree,
    /// Minutes of time, or of arc in a latitude: a bare `m` or `分`.
    Minute,
    /// Seconds of time, or of arc in a latitude: a bare `s` or `秒`.
    Second,
    /// Minutes of arc.
    Arcmin,
    /// Seconds of arc.
    Arcsec,
    /// Milliseconds of arc.
    Mas,
    /// Radians.
    Radian,
}

impl Unit {
    /// Rank in a sexagesimal value: degrees and hours 0, minutes 1, seconds 2.
    pub(super) fn rank(self) -> Option<u8> {
        match self {
            Unit::Hour | Unit::Degree => Some(0),
            Unit::Minute | Unit::Arcmin => Some(1),
            Unit::Second | Unit::Arcsec => Some(2),
            _ => None,
        }
    }
}

/// A word that has a meaning in a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    /// A frame's name, or of one of its coordinates.
    Frame(Frame),
    /// `ra`, `dec` and their like.
    Equatorial,
}

/// The text with full-width and typographic characters replaced by plain ones, in lower case and
/// with single spaces. Names are compared in the same form.
pub fn plain_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Full-width ASCII is ASCII moved by 0xFEE0 (Unicode block FF00).
            '\u{ff01}'..='\u{ff5e}' => {
                out.extend(char::from_u32(c as u32 - 0xfee0).map(|c| c.to_ascii_lowercase()));
            }
            '−' | '–' | '—' | '‐' | '‑' | '‒' | '﹣' => out.push('-'),
            '′' | '’' | '‘' | '´' | '`' | 'ʹ' => out.push('\''),
            '″' | '“' | '”' | '〃' | 'ʺ' => out.push('"'),
            'º' | '˚' | 'ᵒ' | 'ᵈ' => out.push('°'),
            'ʰ' => out.push('h'),
            'ᵐ' => out.push('m'),
            'ˢ' => out.push('s'),
            '、' => out.push(','),
            '\u{a0}' | '\u{3000}' | '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_whitespace() => out.push(' '),
            c => out.extend(c.to_lowercase()),
        }
    }
    // Two primes make a double prime, whichever way they were typed.
    let out = out.replace("''", "\"");
    out.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Splits plain text into tokens; `None` when it holds something that no position holds.
pub(super) fn tokens(plain: &str) -> Option<Vec<Token>> {
    let mut list = Vec::new();
    let mut rest = plain.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            ' ' => rest.trim_start(),
            ',' | ';' => {
                list.push(Token::Comma);
                rest.get(1..)?
            }
            // Brackets and equals signs only group: `l = 120`, `(10, 20)`.
            '(' | ')' | '[' | ']' | '=' => rest.get(1..)?,
            '+' | '-' | '.' | '0'..='9' => {
                let (number, after) = number(rest)?;
                list.push(Token::Number(number));
                after
            }
            _ => {
                let (word, after) = word(rest)?;
                list.push(Token::Word(word));
                after
            }
        };
    }
    Some(list)
}

fn number(text: &str) -> Option<(Number, &str)> {
    let signed = text.starts_with(['+', '-']);
    let negative = text.starts_with('-');
    // A blank may follow the sign: `- 01 02 03`.
    let unsigned = if signed { text.get(1..)?.trim_start() } else { text };
    let digits = unsigned.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let literal = unsigned.get(..digits)?;
    let size: f64 = literal.parse().ok()?;
    let after = unsigned.get(digits..)?;
    let (unit, unit_is_word, after) = unit(after);
    let text = format!("{}{literal}", if negative { "-" } else { "" });
    let fraction = literal.contains('.');
    Some((Number { text, size, negative, signed, fraction, unit, unit_is_word }, after))
}

/// Unit marks, longest first where one begins another. The flag marks words and signs that may
/// also stand apart from the number.
const UNITS: &[(&str, Unit, bool)] = &[
    ("milliarcsec", Unit::Mas, true),
    ("mas", Unit::Mas, true),
    ("arcminutes", Unit::Arcmin, true),
    ("arcminute", Unit::Arcmin, true),
    ("arcmin", Unit::Arcmin, true),
    ("arcm", Unit::Arcmin, true),
    ("amin", Unit::Arcmin, true),
    ("arcseconds", Unit::Arcsec, true),
    ("arcsecond", Unit::Arcsec, true),
    ("arcsec", Unit::Arcsec, true),
    ("arcs", Unit::Arcsec, true),
    ("asec", Unit::Arcsec, true),
    ("分角", Unit::Arcmin, true),
    ("秒角", Unit::Arcsec, true),
    ("hours", Unit::Hour, true),
    ("hour", Unit::Hour, true),
    ("hr", Unit::Hour, true),
    ("degrees", Unit::Degree, true),
    ("degree", Unit::Degree, true),
    ("deg", Unit::Degree, true),
    ("radians", Unit::Radian, true),
    ("rad", Unit::Radian, true),
    ("minutes", Unit::Minute, true),
    ("min", Unit::Minute, true),
    ("seconds", Unit::Second, true),
    ("sec", Unit::Second, true),
    ("時", Unit::Hour, true),
    ("度", Unit::Degree, true),
    ("分", Unit::Minute, true),
    ("秒", Unit::Second, true),
    ("°", Unit::Degree, true),
    ("h", Unit::Hour, false),
    ("d", Unit::Degree, false),
    ("m", Unit::Minute, false),
    ("s", Unit::Second, false),
    ("'", Unit::Arcmin, true),
    ("\"", Unit::Arcsec, true),
];

fn unit(after: &str) -> (Unit, bool, &str) {
    if let Some(rest) = after.strip_prefix(':') {
        return (Unit::Colon, false, rest);
    }
    let trimmed = after.trim_start();
    for (mark, unit, is_word) in UNITS {
        let Some(rest) = trimmed.strip_prefix(mark) else { continue };
        // A letter that goes on is the start of some other word: `3 dec`, `47 something`.
        let latin = mark.ends_with(|c: char| c.is_ascii_alphabetic());
        let goes_on = latin && rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if !goes_on {
            return (*unit, *is_word, rest);
        }
    }
    (Unit::None, false, after)
}

fn word(text: &str) -> Option<(Word, &str)> {
    const WORDS: &[(&str, Word)] = &[
        ("galactic", Word::Frame(Frame::Galactic)),
        ("glon", Word::Frame(Frame::Galactic)),
        ("glat", Word::Frame(Frame::Galactic)),
        ("gal", Word::Frame(Frame::Galactic)),
        ("銀河座標", Word::Frame(Frame::Galactic)),
        ("銀経", Word::Frame(Frame::Galactic)),
        ("銀緯", Word::Frame(Frame::Galactic)),
        ("l", Word::Frame(Frame::Galactic)),
        ("b", Word::Frame(Frame::Galactic)),
        ("ecliptic", Word::Frame(Frame::Ecliptic)),
        ("elon", Word::Frame(Frame::Ecliptic)),
        ("elat", Word::Frame(Frame::Ecliptic)),
        ("ecl", Word::Frame(Frame::Ecliptic)),
        ("黄道座標", Word::Frame(Frame::Ecliptic)),
        ("黄経", Word::Frame(Frame::Ecliptic)),
        ("黄緯", Word::Frame(Frame::Ecliptic)),
        ("icrs", Word::Frame(Frame::Icrs)),
        ("j2000.0", Word::Frame(Frame::FK5_J2000)),
        ("j2000", Word::Frame(Frame::FK5_J2000)),
        ("fk5", Word::Frame(Frame::FK5_J2000)),
        ("b1950.0", Word::Frame(Frame::FK4_B1950)),
        ("b1950", Word::Frame(Frame::FK4_B1950)),
        ("fk4", Word::Frame(Frame::FK4_B1950)),
        ("赤経", Word::Equatorial),
        ("赤緯", Word::Equatorial),
        ("ra", Word::Equatorial),
        ("decl", Word::Equatorial),
        ("dec", Word::Equatorial),
        ("de", Word::Equatorial),
        ("α", Word::Equatorial),
        ("δ", Word::Equatorial),
    ];
    WORDS.iter().find_map(|(name, word)| {
        let rest = text.strip_prefix(name)?;
        let whole = !rest.starts_with(|c: char| c.is_ascii_alphabetic());
        // `l` and `b` are galactic only as `l=…`, `b …`; `b1919` is a designation.
        let digit_follows = rest.starts_with(|c: char| c.is_ascii_digit());
        let joined = digit_follows && name.ends_with(|c: char| c.is_ascii_alphanumeric());
        // After a Latin word a colon may stand as in `RA: 12 34 56`.
        (whole && !joined).then(|| (*word, rest.strip_prefix(':').unwrap_or(rest)))
    })
}
