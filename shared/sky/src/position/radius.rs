//! A search radius behind a position or a name.

use super::error::PositionError;
use super::token::{Number, Token, Unit, plain_text, tokens};

/// Words that announce a radius.
const MARKS: &[&str] = &["radius", "半径", "rad", "r"];

/// Splits a search text into what is searched and the radius behind it (degrees), as in
/// `NGC 1316 r=5'` or `すばる 半径1度`. The first part is in the form of [`plain_text`] when
/// there is a radius, and as given when there is none.
///
/// # Errors
/// [`PositionError::Radius`] for a radius that is not above 0 and at most 180°.
pub fn split_radius(text: &str) -> Result<(String, Option<f64>), PositionError> {
    let plain = plain_text(text);
    let (rest, radius) = take_explicit(&plain)?;
    if radius.is_some() {
        return Ok((rest, radius));
    }
    // Without a mark, only a number with an angular unit that is written out or is a sign.
    let Some((start, number)) = last_number(&plain) else { return Ok((text.to_owned(), None)) };
    let head = plain.get(..start).unwrap_or_default().trim_end_matches([' ', ',']);
    if !number.unit_is_word || !is_angular(number.unit) || head.is_empty() {
        return Ok((text.to_owned(), None));
    }
    Ok((head.to_owned(), Some(degrees(&number)?)))
}

/// Takes `r=…`, `radius …` or `半径…` off the end of plain text.
pub(super) fn take_explicit(plain: &str) -> Result<(String, Option<f64>), PositionError> {
    for (mark, at) in
        MARKS.iter().flat_map(|m| plain.rmatch_indices(m).map(move |(at, _)| (*m, at)))
    {
        let (head, tail) = plain.split_at(at);
        let tail = tail.get(mark.len()..).unwrap_or_default();
        let separate = !mark.is_ascii() || head.ends_with([' ', ',', ';']);
        let value = tail.trim_start_matches([' ', '=', ':']);
        // `r` alone needs its equals sign: `M 31 r 5` may be a name.
        if !separate || (mark == "r" && !tail.trim_start().starts_with('=')) {
            continue;
        }
        let Some(list) = tokens(value) else { continue };
        if let [Token::Number(number)] = list.as_slice() {
            let head = head.trim_end_matches([' ', ',', ';']).to_owned();
            return Ok((head, Some(degrees(number)?)));
        }
    }
    Ok((plain.to_owned(), None))
}

/// Takes a radius without a mark off the end of a list of tokens: the last number, when it has an
/// angular unit and cannot belong to the latitude before it.
pub(super) fn take_trailing(
    mut list: Vec<Token>,
) -> Result<(Vec<Token>, Option<f64>), PositionError> {
    let numbers: Vec<&Number> = list
        .iter()
        .filter_map(|token| match token {
            Token::Number(number) => Some(number),
            _ => None,
        })
        .collect();
    let (Some(last), Some(before)) =
        (numbers.last(), numbers.len().checked_sub(2).and_then(|i| numbers.get(i)))
    else {
        return Ok((list, None));
    };
    if numbers.len() < 3 || last.signed || !is_angular(last.unit) {
        return Ok((list, None));
    }
    // The parts of one value come in falling order, and only the last of them has a fraction.
    let belongs = match (before.unit.rank(), last.unit.rank()) {
        (Some(a), Some(b)) => b == a + 1 && !before.fraction,
        _ => false,
    };
    if belongs {
        return Ok((list, None));
    }
    let radius = degrees(last)?;
    if let Some(at) = list.iter().rposition(|token| matches!(token, Token::Number(_))) {
        list.remove(at);
    }
    if matches!(list.last(), Some(Token::Comma)) {
        list.pop();
    }
    Ok((list, Some(radius)))
}

fn last_number(plain: &str) -> Option<(usize, Number)> {
    let starts: Vec<usize> =
        plain.match_indices(|c: char| c.is_ascii_digit() || c == '.').map(|(at, _)| at).collect();
    // Back to the first digit of the last run.
    let mut start = *starts.last()?;
    for at in starts.iter().rev().skip(1) {
        if *at + 1 != start {
            break;
        }
        start = *at;
    }
    let separate = plain.get(..start)?.ends_with([' ', ',', ')']);
    let list = tokens(plain.get(start..)?)?;
    match list.as_slice() {
        [Token::Number(number)] if separate => Some((start, number.clone())),
        _ => None,
    }
}

const fn is_angular(unit: Unit) -> bool {
    matches!(
        unit,
        Unit::Degree
            | Unit::Arcmin
            | Unit::Arcsec
            | Unit::Mas
            | Unit::Radian
            | Unit::Minute
            | Unit::Second
    )
}

/// The radius in degrees; a number without a unit is in degrees.
fn degrees(number: &Number) -> Result<f64, PositionError> {
    let unit = match number.unit {
        Unit::Arcmin | Unit::Minute => 1.0 / 60.0,
        Unit::Arcsec | Unit::Second => 1.0 / 3600.0,
        Unit::Mas => 1.0 / 3_600_000.0,
        Unit::Radian => 1.0 / crate::angle::DEG,
        Unit::None | Unit::Degree => 1.0,
        Unit::Colon | Unit::Hour => f64::NAN,
    };
    let radius = number.size * unit;
    if !number.negative && radius > 0.0 && radius <= 180.0 {
        Ok(radius)
    } else {
        Err(PositionError::Radius { value: number.text.clone() })
    }
}
