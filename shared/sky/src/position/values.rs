//! Two coordinates out of a list of numbers.

use super::error::{Axis, PositionError};
use super::token::{Number, Token, Unit};
use crate::frame::Frame;

/// Longitude and latitude in the frame in which they were written.
pub(super) struct Pair {
    pub(super) lon_deg: f64,
    pub(super) lat_deg: f64,
    pub(super) sexagesimal: bool,
}

/// Reads the numbers as a longitude and a latitude.
pub(super) fn pair(list: &[Token], frame: Option<Frame>) -> Result<Pair, PositionError> {
    let numbers: Vec<&Number> = list
        .iter()
        .filter_map(|token| match token {
            Token::Number(number) => Some(number),
            _ => None,
        })
        .collect();
    let split = split(list, &numbers).ok_or_else(|| not_two(&numbers))?;
    let (lon, lat) = numbers.split_at(split);
    if lon.is_empty() || lat.is_empty() || lon.len() > 3 || lat.len() > 3 {
        return Err(not_two(&numbers));
    }
    // `83.63 22.01 deg`: the unit behind the second number is for both.
    let shared = match (lon, lat) {
        ([a], [b]) if a.unit == Unit::None && b.unit_is_word => Some(b.unit),
        _ => None,
    };
    let equatorial = frame.is_none_or(Frame::is_equatorial);
    let lon_deg = longitude(lon, shared, equatorial)?;
    let lat_deg = latitude(lat)?;
    Ok(Pair { lon_deg, lat_deg, sexagesimal: lon.len() > 1 || lat.len() > 1 })
}

/// A lone number without any mark is a catalogue number (`B 33`), not half a coordinate.
fn not_two(numbers: &[&Number]) -> PositionError {
    let marked = numbers.iter().any(|n| n.unit != Unit::None || n.signed);
    if numbers.is_empty() || (numbers.len() == 1 && !marked) {
        PositionError::NotACoordinate
    } else {
        PositionError::NotTwo { numbers: numbers.len() }
    }
}

/// How many of the numbers belong to the longitude.
fn split(list: &[Token], numbers: &[&Number]) -> Option<usize> {
    // 1. A comma stands between the two.
    let commas: Vec<usize> =
        list.iter().enumerate().filter(|(_, t)| **t == Token::Comma).map(|(i, _)| i).collect();
    if let [comma] = commas.as_slice() {
        let before = list.iter().take(*comma).filter(|t| matches!(t, Token::Number(_))).count();
        return Some(before);
    }
    if !commas.is_empty() {
        return None;
    }
    // 2. The latitude has a sign.
    let signs: Vec<usize> =
        numbers.iter().enumerate().skip(1).filter(|(_, n)| n.signed).map(|(i, _)| i).collect();
    match signs.as_slice() {
        [sign] => return Some(*sign),
        [] => {}
        _ => return None,
    }
    // 3. The units start again from degrees, or fall back to a larger one.
    let restart = numbers.windows(2).position(|pair| match pair {
        [a, b] => match (a.unit.rank(), b.unit.rank()) {
            (Some(a), Some(b)) => b <= a,
            // After the last part of a colon group nothing is marked.
            _ => a.unit == Unit::None && b.unit == Unit::Colon,
        },
        _ => false,
    });
    if let Some(at) = restart {
        return Some(at + 1);
    }
    // 4. Half of them.
    (numbers.len().is_multiple_of(2) && numbers.len() <= 6).then_some(numbers.len() / 2)
}

fn longitude(
    parts: &[&Number],
    shared: Option<Unit>,
    equatorial: bool,
) -> Result<f64, PositionError> {
    let axis = Axis::Longitude;
    let first = parts.first().ok_or(PositionError::NotTwo { numbers: 0 })?;
    let size = sexagesimal(parts, axis)?;
    let unit = if first.unit == Unit::None { shared.unwrap_or(Unit::None) } else { first.unit };
    let hours = match unit {
        Unit::Hour => true,
        Unit::Degree | Unit::Radian | Unit::Arcmin | Unit::Arcsec | Unit::Mas => false,
        _ => parts.len() > 1 && equatorial,
    };
    let value = single_unit(size, unit, parts.len());
    let (low, high) = match (hours, parts.len()) {
        (true, _) => (0.0, 24.0),
        // Longitudes are also counted from −180°.
        (false, _) => (-180.0, 360.0),
    };
    let value = if first.negative { -value } else { value };
    if !(low..=high).contains(&value) || (hours && first.negative) {
        return Err(PositionError::OutOfRange { axis, value: written(parts), low, high });
    }
    let deg = if hours { value * 15.0 } else { value };
    Ok(crate::angle::lon_deg(deg))
}

fn latitude(parts: &[&Number]) -> Result<f64, PositionError> {
    let axis = Axis::Latitude;
    let first = parts.first().ok_or(PositionError::NotTwo { numbers: 0 })?;
    let size = single_unit(sexagesimal(parts, axis)?, first.unit, parts.len());
    // Hours of declination are a longitude in the wrong place; NaN is out of every range.
    if !(0.0..=90.0).contains(&size) || first.unit == Unit::Hour {
        let (low, high) = (-90.0, 90.0);
        return Err(PositionError::OutOfRange { axis, value: written(parts), low, high });
    }
    Ok(if first.negative { -size } else { size })
}

/// A value of one part in a unit other than degrees or hours.
fn single_unit(size: f64, unit: Unit, parts: usize) -> f64 {
    match unit {
        Unit::Radian if parts == 1 => size / crate::angle::DEG,
        Unit::Arcmin | Unit::Minute if parts == 1 => size / 60.0,
        Unit::Arcsec | Unit::Second if parts == 1 => size / 3600.0,
        Unit::Mas if parts == 1 => size / 3_600_000.0,
        _ => size,
    }
}

/// The size of up to three parts, each a sixtieth of the one before.
fn sexagesimal(parts: &[&Number], axis: Axis) -> Result<f64, PositionError> {
    let mut sum = 0.0;
    let mut weight = 1.0;
    for (i, part) in parts.iter().enumerate() {
        if i > 0 && part.size >= 60.0 {
            return Err(PositionError::SixtyOrMore { axis, value: part.text.clone() });
        }
        if i + 1 < parts.len() && part.fraction && part.size.fract() != 0.0 {
            return Err(PositionError::EarlyFraction { axis, value: part.text.clone() });
        }
        sum += part.size * weight;
        weight /= 60.0;
    }
    Ok(sum)
}

fn written(parts: &[&Number]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(":")
}
