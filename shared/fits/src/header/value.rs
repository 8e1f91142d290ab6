//! Keyword values (FITS 4.0 §4.2).

/// The value of a keyword.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Character string, trailing blanks removed, `''` undone, CONTINUE cards joined.
    Str(String),
    /// Logical.
    Bool(bool),
    /// Integer. One that does not fit 64 bits is read as [`Value::Real`].
    Int(i64),
    /// Floating point, `E` or `D` exponent.
    Real(f64),
    /// Complex integer or floating point: real and imaginary part.
    Complex(f64, f64),
    /// A value indicator with nothing after it.
    Undefined,
}

impl Value {
    /// The number, if it is a real or integer one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Real(r) => Some(*r),
            _ => None,
        }
    }

    /// The integer; reals without a fraction count, since many writers put `2.` for 2.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            Value::Real(r) if r.fract() == 0.0 && r.abs() < 9.0e15 => Some(*r as i64),
            _ => None,
        }
    }

    /// The string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Str(s) => f.write_str(s),
            Value::Bool(true) => f.write_str("T"),
            Value::Bool(false) => f.write_str("F"),
            Value::Int(i) => write!(f, "{i}"),
            Value::Real(r) => f.write_str(&real(*r)),
            Value::Complex(re, im) => write!(f, "({}, {})", real(*re), real(*im)),
            Value::Undefined => Ok(()),
        }
    }
}

/// The shortest decimal that reads back as the same number, with a point or exponent so that it
/// stays a real.
pub(crate) fn real(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        format!("{value:E}")
    } else {
        format!("{value:?}")
    }
}

/// What follows the value indicator: the value, the comment, and whether it obeyed the standard.
pub(crate) struct Parsed {
    pub(crate) value: Value,
    pub(crate) comment: String,
    pub(crate) valid: bool,
}

/// Parses the text after `= `.
pub(crate) fn parse(text: &str) -> Parsed {
    let text = text.trim_start_matches(' ');
    if let Some(rest) = text.strip_prefix('\'') {
        return parse_string(rest);
    }
    let (token, comment) = match text.split_once('/') {
        Some((token, comment)) => (token.trim(), comment.trim().to_owned()),
        None => (text.trim(), String::new()),
    };
    match parse_bare(token) {
        Some(value) => Parsed { value, comment, valid: true },
        None => Parsed { value: Value::Str(token.to_owned()), comment, valid: false },
    }
}

fn parse_string(rest: &str) -> Parsed {
    let mut value = String::new();
    let mut rest = rest;
    let mut closed = false;
    while let Some((piece, after)) = rest.split_once('\'') {
        value.push_str(piece);
        rest = after;
        match after.strip_prefix('\'') {
            // Two quotes in a row stand for one.
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => {
                closed = true;
                break;
            }
        }
    }
    if !closed {
        value.push_str(rest);
        rest = "";
    }
    value.truncate(value.trim_end_matches(' ').len());
    let tail = rest.trim();
    let comment = tail.strip_prefix('/').unwrap_or(tail).trim().to_owned();
    let valid = closed && (tail.is_empty() || tail.starts_with('/'));
    Parsed { value: Value::Str(value), comment, valid }
}

fn parse_bare(token: &str) -> Option<Value> {
    match token {
        "" => return Some(Value::Undefined),
        "T" => return Some(Value::Bool(true)),
        "F" => return Some(Value::Bool(false)),
        _ => {}
    }
    if let Some(inner) = token.strip_prefix('(') {
        let (re, im) = inner.strip_suffix(')')?.split_once(',')?;
        return Some(Value::Complex(
            parse_number(re.trim())?.as_f64()?,
            parse_number(im.trim())?.as_f64()?,
        ));
    }
    parse_number(token)
}

/// A FITS number; Rust's parser alone would also take `inf` and `nan`.
pub(crate) fn parse_number(token: &str) -> Option<Value> {
    let digits = token.strip_prefix(['+', '-']).unwrap_or(token);
    if digits.is_empty() {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        return match token.parse() {
            Ok(value) => Some(Value::Int(value)),
            Err(_) => token.parse().ok().map(Value::Real),
        };
    }
    if !token
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b'd' | b'D'))
    {
        return None;
    }
    let number = token.replace(['d', 'D'], "E");
    number.parse::<f64>().ok().filter(|v| v.is_finite()).map(Value::Real)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        let parsed = parse(text);
        assert!(parsed.valid, "{text}");
        parsed.value
    }

    #[test]
    fn values_have_their_types() {
        assert_eq!(value("                   T / yes"), Value::Bool(true));
        assert_eq!(value("  -12 / n"), Value::Int(-12));
        assert_eq!(value("+07"), Value::Int(7));
        assert_eq!(value(" 1.5D-3"), Value::Real(1.5e-3));
        assert_eq!(value(" 1.E5 /"), Value::Real(1e5));
        assert_eq!(value(" .5"), Value::Real(0.5));
        assert_eq!(value("9223372036854775808"), Value::Real(9223372036854775808.0));
        assert_eq!(value("(1.5, -2)"), Value::Complex(1.5, -2.0));
        assert_eq!(value("   / only a comment"), Value::Undefined);
        assert_eq!(value("'it''s   ' / x"), Value::Str("it's".into()));
        assert_eq!(value("''"), Value::Str(String::new()));
        assert_eq!(value("''''"), Value::Str("'".into()));
        assert_eq!(value("'a / b' / c"), Value::Str("a / b".into()));
    }

    #[test]
    fn comments_are_kept() {
        assert_eq!(parse("'a' / it's [deg]").comment, "it's [deg]");
        assert_eq!(parse("1 / a / b").comment, "a / b");
    }

    #[test]
    fn what_is_no_value_is_kept_as_text() {
        for text in ["NAN", "inf", "1.2.3", "(1,2", "'open", "1e999"] {
            assert!(!parse(text).valid, "{text}");
        }
        assert_eq!(parse("NAN").value, Value::Str("NAN".into()));
    }
}
