//! Positions inside designations, as IAU recommends them: `J122906.7+020308`, `G120.1+01.4`.

use super::error::{Axis, PositionError};
use super::{Notation, ParsedPosition};
use crate::frame::Frame;

/// Reads plain text that ends in a designation with coordinates. `None` when it does not.
pub(super) fn parse(plain: &str) -> Option<Result<ParsedPosition, PositionError>> {
    let last = plain.rsplit(' ').next()?;
    let head = plain.get(..plain.len() - last.len())?.trim();
    // Words before it name the catalogue (`sdss`, `2mass`, `psr`); a lone number there means that
    // the text is something else.
    let catalogue =
        head.split(' ').all(|w| w.is_empty() || w.contains(|c: char| c.is_alphabetic()));
    // `SDSSJ1229…` and `PSRB1919+21` are also written without a blank.
    let at = last.rfind(['j', 'b', 'g'])?;
    let (prefix, rest) = last.split_at(at);
    if !catalogue || !prefix.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let system = rest.chars().next()?;
    let digits = rest.get(1..)?;
    let sign = digits.find(['+', '-'])?;
    let (lon, lat) = digits.split_at(sign);
    let negative = lat.starts_with('-');
    let lat = lat.get(1..)?.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let plain_digits =
        |t: &str| t.bytes().all(|b| b.is_ascii_digit() || b == b'.') && t.matches('.').count() <= 1;
    if !plain_digits(lon) || !plain_digits(lat) {
        return None;
    }
    let (frame, lon_deg, lat_deg) = if system == 'g' {
        let read = |t: &str| if t.is_empty() { None } else { t.parse::<f64>().ok() };
        // Nothing but the number may stand before a galactic name: `ng…`, `vg…` are other words.
        if !prefix.is_empty() {
            return None;
        }
        (Frame::Galactic, Ok(read(lon)?), Ok(read(lat)?))
    } else {
        let frame = if system == 'j' { Frame::Icrs } else { Frame::FK4_B1950 };
        if whole_digits(lon) < 4 || whole_digits(lat) < 2 {
            return None;
        }
        (frame, packed(lon, 2, Axis::Longitude)?, packed(lat, 2, Axis::Latitude)?)
    };
    Some(position(frame, lon_deg, lat_deg, negative, (lon, lat)))
}

fn position(
    frame: Frame,
    lon: Result<f64, PositionError>,
    lat: Result<f64, PositionError>,
    negative: bool,
    (lon_text, lat_text): (&str, &str),
) -> Result<ParsedPosition, PositionError> {
    let scale = if frame == Frame::Galactic { 1.0 } else { 15.0 };
    let (lon, lat) = (lon?, lat?);
    let range = |axis, text: &str, low, high| {
        Err(PositionError::OutOfRange { axis, value: text.to_owned(), low, high })
    };
    let turn = 360.0 / scale;
    if lon > turn {
        return range(Axis::Longitude, lon_text, 0.0, turn);
    }
    if lat > 90.0 {
        return range(Axis::Latitude, lat_text, -90.0, 90.0);
    }
    let lat = if negative { -lat } else { lat };
    let (ra_deg, dec_deg) = frame.to_icrs_deg(lon * scale, lat);
    let ra_deg = crate::angle::lon_deg(ra_deg);
    Ok(ParsedPosition { ra_deg, dec_deg, frame, notation: Notation::Designation, radius_deg: None })
}

fn whole_digits(text: &str) -> usize {
    text.find('.').unwrap_or(text.len())
}

/// `hhmmss.s`, `hhmm.m`, `hhmm` or the same with degrees, in whole units; designations cut rather
/// than round, so the position is that of the lower corner. `None` for another number of digits.
fn packed(text: &str, first: usize, axis: Axis) -> Option<Result<f64, PositionError>> {
    let whole = whole_digits(text);
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<f64>().ok();
    let degrees = number(0, first)?;
    let (minutes, seconds) = match whole.checked_sub(first)? {
        // `+21` and `+21.5`
        0 => return Some(Ok(text.parse().ok()?)),
        // `J0534+220` gives tenths of a degree.
        1 => return Some(Ok(degrees + number(first, first + 1)? / 10.0)),
        2 => (number(first, text.len())?, 0.0),
        // `J05345+2200`: tenths of a minute.
        3 => (number(first, first + 2)? + number(first + 2, first + 3)? / 10.0, 0.0),
        4 => (number(first, first + 2)?, number(first + 2, text.len())?),
        // `2MASX J00424433+4116074`: seconds with their decimals, without a point.
        5..=8 if whole == text.len() => {
            let decimals = 10_f64.powi((whole - first - 4) as i32);
            (number(first, first + 2)?, number(first + 2, text.len())? / decimals)
        }
        _ => return None,
    };
    for value in [minutes, seconds] {
        if value >= 60.0 {
            return Some(Err(PositionError::SixtyOrMore { axis, value: value.to_string() }));
        }
    }
    Some(Ok(degrees + minutes / 60.0 + seconds / 3600.0))
}
