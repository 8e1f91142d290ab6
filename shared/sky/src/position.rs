//! Positions as people write them.
//!
//! One text box takes every usual notation; what is not a coordinate at all is left to the name
//! resolver, and what is one but cannot be right is refused with the number that is wrong.

mod designation;
mod error;
mod radius;
mod token;
mod values;

pub use error::{Axis, PositionError};
pub use radius::split_radius;
pub use token::plain_text;

use crate::angle::lon_deg;
use crate::frame::Frame;
use token::{Token, Word, tokens};

/// A position that was written as coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedPosition {
    /// ICRS right ascension, degrees in [0, 360).
    pub ra_deg: f64,
    /// ICRS declination, degrees in [−90, 90].
    pub dec_deg: f64,
    /// The frame in which it was written.
    pub frame: Frame,
    /// How it was written.
    pub notation: Notation,
    /// Search radius that followed it, degrees.
    pub radius_deg: Option<f64>,
}

/// How a position was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Hours or degrees, minutes, seconds.
    Sexagesimal,
    /// Decimal degrees.
    Decimal,
    /// Digits in an object's designation, such as `J122906.7+020308` or `G120.5-03.2`: the
    /// position of the object as far as its name tells.
    Designation,
}

impl ParsedPosition {
    /// The frame in one word: `icrs`, `fk5`, `fk4`, `galactic`, `ecliptic`.
    pub fn frame_word(&self) -> &'static str {
        match self.frame {
            Frame::Icrs => "icrs",
            Frame::Fk5 { .. } => "fk5",
            Frame::Fk4 { .. } | Frame::Fk4NoE { .. } => "fk4",
            Frame::Galactic => "galactic",
            Frame::Ecliptic => "ecliptic",
        }
    }
}

/// Longest text that is looked at, in characters: nothing longer is a position.
const MAX_CHARS: usize = 200;

/// Reads a position in any usual notation, with an optional search radius behind it.
///
/// Sexagesimal with colons, spaces, letters or symbols (`12:34:56.7 -01:02:03`,
/// `12h34m56.7s -1°2′3″`, `12時34分56.7秒 -1度2分3秒`); decimal degrees (`83.63, 22.01`); object
/// designations (`SDSS J122906.70+020308.6`, `B1919+21`, `G120.1+01.4`); galactic
/// (`l=120.5 b=-3.2`, `gal 120.5 -3.2`, `120.5 -3.2 gal`) and ecliptic (`ecl 120.5 -3.2`);
/// `J2000`, `FK5`, `B1950`, `FK4` before or behind. A radius is `r=5'`, `5 arcmin`, `0.1 deg`,
/// `30"`, `半径5分角`. A pair without units whose first number is a lone decimal is in degrees;
/// with minutes it is in hours of right ascension, or degrees of a longitude.
///
/// # Errors
/// [`PositionError::NotACoordinate`] when the text is something else, such as a name; any other
/// value when it is a coordinate that cannot be right.
pub fn parse_position(text: &str) -> Result<ParsedPosition, PositionError> {
    if text.chars().count() > MAX_CHARS {
        return Err(PositionError::NotACoordinate);
    }
    let plain = plain_text(text);
    if let Some(found) = designation::parse(&plain) {
        return found;
    }
    let (plain, explicit_radius) = radius::take_explicit(&plain)?;
    let list = tokens(&plain).ok_or(PositionError::NotACoordinate)?;
    let (frame, list) = take_frame(list)?;
    let (list, trailing_radius) = radius::take_trailing(list)?;
    let pair = values::pair(&list, frame)?;
    let frame = frame.unwrap_or(Frame::Icrs);
    let (ra_deg, dec_deg) = frame.to_icrs_deg(pair.lon_deg, pair.lat_deg);
    Ok(ParsedPosition {
        ra_deg: lon_deg(ra_deg),
        dec_deg,
        frame,
        notation: if pair.sexagesimal { Notation::Sexagesimal } else { Notation::Decimal },
        radius_deg: explicit_radius.or(trailing_radius),
    })
}

/// Takes the words that name a frame out of the tokens.
fn take_frame(list: Vec<Token>) -> Result<(Option<Frame>, Vec<Token>), PositionError> {
    let mut frame = None;
    let mut rest = Vec::with_capacity(list.len());
    for token in list {
        let named = match token {
            Token::Word(Word::Frame(named)) => named,
            // `ra` and `dec` say which number is which, not in which of the equatorial frames.
            Token::Word(Word::Equatorial) => continue,
            other => {
                rest.push(other);
                continue;
            }
        };
        match frame {
            None => frame = Some(named),
            Some(before) if before == named => {}
            // `FK5 J2000`, `FK4 B1950` say one thing in two words; so does `ICRS J2000`.
            Some(before) if before.is_equatorial() && named.is_equatorial() => {
                if before == Frame::FK5_J2000 {
                    frame = Some(named);
                }
            }
            Some(_) => return Err(PositionError::TwoFrames),
        }
    }
    Ok((frame, rest))
}

#[cfg(test)]
mod tests;
