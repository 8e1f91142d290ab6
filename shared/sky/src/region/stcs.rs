//! The subset of STC-S that ObsCore's `s_region` and TAP use (TAP 1.0 §6.1, DALI 1.1 §3.3).

use thiserror::Error;

use super::Region;
use crate::angle::lon_deg;
use crate::frame::Frame;

/// Deepest nesting of UNION that is read.
const MAX_DEPTH: usize = 8;
/// The most numbers in one shape.
const MAX_NUMBERS: usize = 200_000;

/// Why a text is no region.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StcsError {
    /// The text is empty.
    #[error("the region is empty")]
    Empty,
    /// A word that is no shape.
    #[error("`{word}` at byte {start} is not a shape")]
    Shape {
        /// The word.
        word: String,
        /// Its place in the text.
        start: usize,
    },
    /// A shape with the wrong count of numbers.
    #[error("{shape} at byte {start} has {found} numbers")]
    Count {
        /// The shape.
        shape: &'static str,
        /// Its place in the text.
        start: usize,
        /// How many numbers follow it.
        found: usize,
    },
    /// A number outside of its range.
    #[error("{value} at byte {start} is out of range")]
    Range {
        /// The number.
        value: f64,
        /// Where the shape stands in the text.
        start: usize,
    },
    /// A missing or surplus bracket, or shapes nested too deep.
    #[error("the brackets at byte {start} do not match")]
    Brackets {
        /// The place in the text.
        start: usize,
    },
}

/// Reads CIRCLE, POLYGON, BOX, POSITION and UNION in ICRS, FK5, FK4, J2000, B1950, GALACTIC or
/// ECLIPTIC, in any case; the answer is in ICRS. A reference position and a flavour
/// (`GEOCENTER SPHERICAL2`) are passed over. The forms of DALI without a frame are read as ICRS.
///
/// # Errors
/// [`StcsError`] with the place of what could not be read.
pub fn parse_stcs(text: &str) -> Result<Region, StcsError> {
    let mut words = Words { text, at: 0 };
    let region = shape(&mut words, 0)?;
    match words.next() {
        None => Ok(region),
        Some((start, _)) => Err(StcsError::Brackets { start }),
    }
}

/// Words, with brackets as words of their own.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..)?;
        let blank = |c: char| c.is_whitespace() || c == ',';
        let start = self.at + (rest.len() - rest.trim_start_matches(blank).len());
        let word = self.text.get(start..)?;
        let first = word.chars().next()?;
        let length = if matches!(first, '(' | ')') {
            1
        } else {
            word.find(|c: char| blank(c) || matches!(c, '(' | ')')).unwrap_or(word.len())
        };
        Some((start, word.get(..length)?))
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let (start, word) = self.peek()?;
        self.at = start + word.len();
        Some((start, word))
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek().is_some_and(|(_, word)| word.eq_ignore_ascii_case(wanted));
        if found {
            self.next();
        }
        found
    }
}

fn shape(words: &mut Words<'_>, depth: usize) -> Result<Region, StcsError> {
    let (start, word) = words.next().ok_or(StcsError::Empty)?;
    if depth > MAX_DEPTH {
        return Err(StcsError::Brackets { start });
    }
    let name = ["CIRCLE", "POLYGON", "BOX", "POSITION", "UNION", "POINT", "ALLSKY"]
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(word))
        .ok_or_else(|| StcsError::Shape { word: word.to_owned(), start })?;
    let frame = frame(words);
    match name {
        "UNION" => union(words, start, frame, depth),
        "ALLSKY" => Ok(Region::all_sky()),
        _ => simple(name, &numbers(words), frame.unwrap_or(Frame::Icrs), start),
    }
}

fn union(
    words: &mut Words<'_>,
    start: usize,
    frame: Option<Frame>,
    depth: usize,
) -> Result<Region, StcsError> {
    if !words.take("(") {
        return Err(StcsError::Brackets { start });
    }
    let mut parts = Vec::new();
    while !words.take(")") {
        if words.peek().is_none() {
            return Err(StcsError::Brackets { start });
        }
        // The frame stands before the bracket and holds for all parts.
        let before = words.at;
        let part = shape(words, depth + 1)?;
        let part = match frame {
            Some(frame) if frame != Frame::Icrs => in_frame(words.text, before, frame, part)?,
            _ => part,
        };
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(StcsError::Empty);
    }
    Ok(Region::Union(parts))
}

/// A part of a union in the union's frame, unless it names one of its own.
fn in_frame(text: &str, before: usize, frame: Frame, part: Region) -> Result<Region, StcsError> {
    let mut words = Words { text, at: before };
    let Some((start, name)) = words.next() else { return Ok(part) };
    if self::frame(&mut words).is_some() || matches!(part, Region::Union(_)) {
        return Ok(part);
    }
    let name = ["CIRCLE", "POLYGON", "BOX", "POSITION", "POINT"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name));
    name.map_or(Ok(part), |name| simple(name, &numbers(&mut words), frame, start))
}

/// A frame, and what may follow it, if they are there.
fn frame(words: &mut Words<'_>) -> Option<Frame> {
    let mut found = None;
    while let Some((_, word)) = words.peek() {
        let frame = match word.to_ascii_uppercase().as_str() {
            "ICRS" | "UNKNOWNFRAME" => Some(Frame::Icrs),
            "FK5" | "J2000" => Some(Frame::FK5_J2000),
            "FK4" | "B1950" => Some(Frame::FK4_B1950),
            "GALACTIC" | "GALACTIC_II" => Some(Frame::Galactic),
            "ECLIPTIC" => Some(Frame::Ecliptic),
            "GEOCENTER" | "BARYCENTER" | "HELIOCENTER" | "TOPOCENTER" | "RELOCATABLE"
            | "UNKNOWNREFPOS" | "SPHERICAL2" | "CARTESIAN2" => None,
            _ => break,
        };
        found = found.or(frame);
        words.next();
    }
    found
}

fn numbers(words: &mut Words<'_>) -> Vec<f64> {
    let mut list = Vec::new();
    while let Some(value) = words.peek().and_then(|(_, word)| word.parse::<f64>().ok()) {
        if list.len() >= MAX_NUMBERS {
            break;
        }
        list.push(value);
        words.next();
    }
    list
}

fn simple(
    shape: &'static str,
    list: &[f64],
    frame: Frame,
    start: usize,
) -> Result<Region, StcsError> {
    let position = |lon: f64, lat: f64| {
        let value = if lon.is_finite() { lat } else { lon };
        if !lon.is_finite() || !(-90.0..=90.0).contains(&lat) {
            return Err(StcsError::Range { value, start });
        }
        let (ra, dec) = frame.to_icrs_deg(lon, lat);
        Ok((lon_deg(ra), dec))
    };
    let within = |value: f64, high: f64| {
        (0.0..=high).contains(&value).then_some(value).ok_or(StcsError::Range { value, start })
    };
    let count = || StcsError::Count { shape, start, found: list.len() };
    match (shape, list) {
        ("POSITION" | "POINT", [lon, lat]) => {
            let (ra_deg, dec_deg) = position(*lon, *lat)?;
            Ok(Region::Position { ra_deg, dec_deg })
        }
        ("CIRCLE", [lon, lat, radius]) => {
            let (ra_deg, dec_deg) = position(*lon, *lat)?;
            Ok(Region::Circle { ra_deg, dec_deg, radius_deg: within(*radius, 180.0)? })
        }
        ("BOX", [lon, lat, width, height]) => {
            let (width, height) = (within(*width, 360.0)?, within(*height, 180.0)?);
            if frame == Frame::Icrs {
                let (ra_deg, dec_deg) = position(*lon, *lat)?;
                return Ok(Region::Box { ra_deg, dec_deg, width_deg: width, height_deg: height });
            }
            // Meridians and parallels of another frame are none in ICRS: its corners.
            let (w, h) = (width / 2.0, height / 2.0);
            let corners = [(-w, -h), (-w, h), (w, h), (w, -h)];
            let vertices: Result<Vec<_>, _> = corners
                .iter()
                .map(|(dx, dy)| position(lon + dx, (lat + dy).clamp(-90.0, 90.0)))
                .collect();
            Ok(Region::Polygon { vertices: vertices? })
        }
        ("POLYGON", list) if list.len() >= 6 && list.len() % 2 == 0 => {
            let vertices: Result<Vec<_>, _> = list
                .chunks_exact(2)
                .map(|pair| match pair {
                    [lon, lat] => position(*lon, *lat),
                    _ => Err(count()),
                })
                .collect();
            Ok(Region::Polygon { vertices: vertices? })
        }
        _ => Err(count()),
    }
}

pub(super) fn write(region: &Region) -> String {
    let mut out = String::new();
    put(region, true, &mut out);
    out
}

fn put(region: &Region, with_frame: bool, out: &mut String) {
    let frame = if with_frame { " ICRS" } else { "" };
    match region {
        Region::Position { ra_deg, dec_deg } => {
            out.push_str(&format!("POSITION{frame} {} {}", number(*ra_deg), number(*dec_deg)));
        }
        Region::Circle { ra_deg, dec_deg, radius_deg } => {
            let [ra, dec, radius] = [ra_deg, dec_deg, radius_deg].map(|v| number(*v));
            out.push_str(&format!("CIRCLE{frame} {ra} {dec} {radius}"));
        }
        Region::Box { ra_deg, dec_deg, width_deg, height_deg } => {
            let [ra, dec, w, h] = [ra_deg, dec_deg, width_deg, height_deg].map(|v| number(*v));
            out.push_str(&format!("BOX{frame} {ra} {dec} {w} {h}"));
        }
        Region::Polygon { vertices } => {
            out.push_str("POLYGON");
            out.push_str(frame);
            for (ra, dec) in vertices {
                out.push_str(&format!(" {} {}", number(*ra), number(*dec)));
            }
        }
        Region::Union(parts) => {
            out.push_str("UNION");
            out.push_str(frame);
            out.push_str(" (");
            for part in parts {
                out.push(' ');
                put(part, false, out);
            }
            out.push_str(" )");
        }
    }
}

/// Nine decimals of a degree are 4 microarcseconds; trailing zeros are left out.
fn number(value: f64) -> String {
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
