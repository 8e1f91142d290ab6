//! What can be wrong with the text of a query, and how a user is told.

use tenkyu_wire::{Explain, Lang, Message, Place, messages::adql as texts};

use crate::{lexer::Bad, words};

/// The longest text that is parsed, in bytes.
pub const MAX_LENGTH: usize = 1 << 20;

/// How deep expressions and queries can be nested.
pub const MAX_DEPTH: usize = 100;

/// Why a text is not ADQL.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {}, column {}: {kind}", place.line, place.column)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Where.
    pub place: Place,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParseErrorKind {
    /// Something else belongs here.
    #[error("expected {}, found {found:?}", list(expected, Lang::En))]
    Unexpected {
        /// What could stand here.
        expected: Vec<Expected>,
        /// What does; `None` is the end of the text.
        found: Option<String>,
        /// The word before it, if it is one.
        before: Option<String>,
    },
    /// A reserved word as a name.
    #[error("reserved word {0}")]
    Reserved(String),
    /// No token.
    #[error("bad token {text:?}: {bad:?}")]
    Token {
        /// Why it is none.
        bad: Bad,
        /// As it is written.
        text: String,
    },
    /// A number beyond the range of a double, or a count beyond 64 bits.
    #[error("number out of range: {0}")]
    NumberRange(String),
    /// `TOP` or `OFFSET` with a sign or a point.
    #[error("{0} needs a whole number from 0")]
    BadCount(&'static str),
    /// Bytes that are no text.
    #[error("not UTF-8")]
    NotUtf8,
    /// `WITH` inside a query.
    #[error("WITH inside a query")]
    WithInside,
    /// Nested beyond [`MAX_DEPTH`].
    #[error("nested too deeply")]
    TooDeep,
    /// Longer than [`MAX_LENGTH`].
    #[error("text of {0} bytes is too long")]
    TooLong(usize),
}

/// What can stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This keyword or mark.
    Word(&'static str),
    /// A column, number, text or function.
    Value,
    /// An operator or a comparison.
    Operator,
    /// The name of a column.
    Column,
    /// The name of a table.
    Table,
    /// Any name.
    Name,
    /// A whole number.
    Count,
    /// A text in quotes.
    Text,
    /// A data type.
    Type,
    /// The end of the text.
    End,
}

impl Expected {
    fn text(self, lang: Lang) -> &'static str {
        let message = match self {
            Expected::Word(word) => return word,
            Expected::Value => texts::A_VALUE,
            Expected::Operator => texts::AN_OPERATOR,
            Expected::Column => texts::A_COLUMN,
            Expected::Table => texts::A_TABLE,
            Expected::Name => texts::A_NAME,
            Expected::Count => texts::A_COUNT,
            Expected::Text => texts::A_TEXT,
            Expected::Type => texts::A_TYPE,
            Expected::End => texts::THE_END,
        };
        message.text(lang)
    }
}

/// What is expected, in words: each once, marks in quotes, long lists by the names of clauses.
fn list(expected: &[Expected], lang: Lang) -> String {
    const SHORT: usize = 8;
    let mut items: Vec<String> = Vec::new();
    for one in expected {
        let text = match one.text(lang) {
            "NATURAL" | "LEFT" | "RIGHT" | "FULL" | "INNER" if expected.len() > SHORT => "JOIN",
            "INTERSECT" | "EXCEPT" if expected.len() > SHORT => "UNION",
            "AS" if expected.len() > SHORT => continue,
            text => text,
        };
        let is_mark = text.bytes().all(|byte| byte.is_ascii_punctuation());
        let text = if is_mark { format!("“{text}”") } else { text.to_owned() };
        if !items.contains(&text) {
            items.push(text);
        }
    }
    let (comma, or) = match lang {
        Lang::En => (", ", " or "),
        Lang::Ja => ("、", "または"),
    };
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}{or}{last}", rest.join(comma)),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// The text of a query that came as bytes.
///
/// # Errors
/// More bytes than are parsed, or the first place that is not UTF-8.
pub fn text_of(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.len() > MAX_LENGTH {
        let kind = ParseErrorKind::TooLong(bytes.len());
        return Err(ParseError { kind, place: crate::Span::new(0, 0).place("") });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let good = std::str::from_utf8(good).unwrap_or_default();
        let place = crate::Span::new(good.len(), good.len()).place(good);
        ParseError { kind: ParseErrorKind::NotUtf8, place }
    })
}

impl Explain for ParseError {
    fn code(&self) -> &'static str {
        match &self.kind {
            ParseErrorKind::Unexpected { .. } => "adql-syntax",
            ParseErrorKind::Reserved(_) => "adql-reserved-word",
            ParseErrorKind::Token { bad, .. } => match bad {
                Bad::UnclosedString | Bad::UnclosedName => "adql-unclosed-quote",
                _ => "adql-bad-token",
            },
            ParseErrorKind::NumberRange(_) => "adql-number-range",
            ParseErrorKind::BadCount(_) => "adql-bad-count",
            ParseErrorKind::NotUtf8 => "adql-not-utf8",
            ParseErrorKind::WithInside => "adql-with-inside",
            ParseErrorKind::TooDeep => "adql-too-deep",
            ParseErrorKind::TooLong(_) => "adql-too-long",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match &self.kind {
            ParseErrorKind::Unexpected { expected, found, .. } => {
                let expected = list(expected, lang);
                match found {
                    Some(found) => {
                        let found = shortened(found);
                        texts::UNEXPECTED.with(lang, &[("expected", &expected), ("found", &found)])
                    }
                    None => texts::UNEXPECTED_END.with(lang, &[("expected", &expected)]),
                }
            }
            ParseErrorKind::Reserved(word) => texts::RESERVED.with(lang, &[("word", word)]),
            ParseErrorKind::Token { bad, text } => {
                let message = match bad {
                    Bad::UnclosedString => texts::UNCLOSED_STRING,
                    Bad::UnclosedName => texts::UNCLOSED_NAME,
                    Bad::EmptyName => texts::EMPTY_NAME,
                    Bad::Number => texts::BAD_NUMBER,
                    Bad::Underscore => texts::UNDERSCORE,
                    Bad::Character => texts::BAD_CHARACTER,
                };
                message.with(lang, &[("text", &shortened(text))])
            }
            ParseErrorKind::NumberRange(text) => {
                texts::NUMBER_RANGE.with(lang, &[("text", &shortened(text))])
            }
            ParseErrorKind::BadCount(word) => texts::BAD_COUNT.with(lang, &[("word", word)]),
            ParseErrorKind::NotUtf8 => texts::NOT_UTF8.text(lang).to_owned(),
            ParseErrorKind::WithInside => texts::WITH_INSIDE.text(lang).to_owned(),
            ParseErrorKind::TooDeep => {
                texts::TOO_DEEP.with(lang, &[("limit", &MAX_DEPTH.to_string())])
            }
            ParseErrorKind::TooLong(length) => {
                let (length, limit) = (length.to_string(), MAX_LENGTH.to_string());
                texts::TOO_LONG.with(lang, &[("length", &length), ("limit", &limit)])
            }
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        match &self.kind {
            ParseErrorKind::Unexpected { expected, found, before } => {
                unexpected_help(expected, found.as_deref(), before.as_deref(), lang)
            }
            ParseErrorKind::Reserved(word) if word.eq_ignore_ascii_case("CASE") => {
                Some(texts::CASE_HELP.text(lang).to_owned())
            }
            ParseErrorKind::Reserved(word) => {
                let quoted = words::delimited(word);
                Some(texts::RESERVED_HELP.with(lang, &[("quoted", &quoted)]))
            }
            ParseErrorKind::Token { bad, text } => token_help(*bad, text, lang),
            ParseErrorKind::NotUtf8 => Some(texts::NOT_UTF8_HELP.text(lang).to_owned()),
            ParseErrorKind::WithInside => Some(texts::WITH_INSIDE_HELP.text(lang).to_owned()),
            ParseErrorKind::TooDeep => Some(texts::TOO_DEEP_HELP.text(lang).to_owned()),
            ParseErrorKind::TooLong(_) => Some(texts::TOO_LONG_HELP.text(lang).to_owned()),
            ParseErrorKind::BadCount(_) | ParseErrorKind::NumberRange(_) => None,
        }
    }

    fn place(&self) -> Option<Place> {
        Some(self.place)
    }
}

/// Turns of phrase from other dialects, and misspelt keywords.
fn unexpected_help(
    expected: &[Expected],
    found: Option<&str>,
    before: Option<&str>,
    lang: Lang,
) -> Option<String> {
    let is = |word: Option<&str>, name: &str| word.is_some_and(|w| w.eq_ignore_ascii_case(name));
    let say = |message: Message| Some(message.text(lang).to_owned());
    if is(found, "LIMIT") || is(before, "LIMIT") {
        return say(texts::LIMIT_HELP);
    }
    if is(found, "CROSS") || is(before, "CROSS") {
        return say(texts::CROSS_HELP);
    }
    if is(found, "FLOAT") && expected.contains(&Expected::Type) {
        return say(texts::FLOAT_HELP);
    }
    let words = expected.iter().filter_map(|one| match one {
        Expected::Word(word) => Some(*word),
        _ => None,
    });
    if let Some(name) = found.and_then(|word| crate::nearest(word, words)) {
        return Some(texts::DID_YOU_MEAN.with(lang, &[("name", name)]));
    }
    if found.is_none() && expected.contains(&Expected::Word(")")) {
        return say(texts::UNCLOSED_PARENTHESIS_HELP);
    }
    None
}

fn token_help(bad: Bad, text: &str, lang: Lang) -> Option<String> {
    let message = match bad {
        Bad::UnclosedString => texts::UNCLOSED_STRING_HELP,
        Bad::UnclosedName => texts::UNCLOSED_NAME_HELP,
        Bad::EmptyName => return None,
        Bad::Underscore => {
            let quoted = words::delimited(text);
            return Some(texts::RESERVED_HELP.with(lang, &[("quoted", &quoted)]));
        }
        Bad::Number => texts::BAD_NUMBER_HELP,
        Bad::Character => match text.chars().next()? {
            '‘' | '’' | '“' | '”' | '`' => texts::QUOTES_HELP,
            '\u{ff01}'..='\u{ff5e}' | '、' | '。' => texts::FULL_WIDTH_HELP,
            ch if ch.is_alphabetic() => texts::LETTER_HELP,
            _ => return None,
        },
    };
    Some(message.text(lang).to_owned())
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    const KEPT: usize = 40;
    match text.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
