//! Errors of this crate in the user's language.

use tenkyu_wire::messages::sky as text;
use tenkyu_wire::{Explain, Lang, Message, Place};

use crate::position::{Axis, PositionError};
use crate::region::StcsError;
use crate::wcs::WcsError;

/// The message of the axis that an error is about.
const fn by_axis(axis: Axis, longitude: Message, latitude: Message) -> Message {
    match axis {
        Axis::Longitude => longitude,
        Axis::Latitude => latitude,
    }
}

impl Explain for PositionError {
    fn code(&self) -> &'static str {
        match self {
            PositionError::NotACoordinate => "position-not-a-coordinate",
            PositionError::OutOfRange { .. } => "position-out-of-range",
            PositionError::SixtyOrMore { .. } => "position-sixty-or-more",
            PositionError::EarlyFraction { .. } => "position-early-fraction",
            PositionError::NotTwo { .. } => "position-not-two",
            PositionError::TwoFrames => "position-two-frames",
            PositionError::Radius { .. } => "position-radius",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            PositionError::NotACoordinate => text::NOT_A_COORDINATE.text(lang).to_owned(),
            PositionError::OutOfRange { axis, value, low, high } => {
                let (low, high) = (low.to_string(), high.to_string());
                by_axis(*axis, text::LONGITUDE_RANGE, text::LATITUDE_RANGE)
                    .with(lang, &[("value", value), ("low", &low), ("high", &high)])
            }
            PositionError::SixtyOrMore { axis, value } => {
                by_axis(*axis, text::LONGITUDE_SIXTY, text::LATITUDE_SIXTY)
                    .with(lang, &[("value", value)])
            }
            PositionError::EarlyFraction { axis, value } => {
                by_axis(*axis, text::LONGITUDE_FRACTION, text::LATITUDE_FRACTION)
                    .with(lang, &[("value", value)])
            }
            PositionError::NotTwo { numbers } => {
                text::NOT_TWO.with(lang, &[("numbers", &numbers.to_string())])
            }
            PositionError::TwoFrames => text::TWO_FRAMES.text(lang).to_owned(),
            PositionError::Radius { value } => text::BAD_RADIUS.with(lang, &[("value", value)]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            PositionError::NotACoordinate => text::NOT_A_COORDINATE_HELP,
            PositionError::OutOfRange { axis, .. } => {
                by_axis(*axis, text::LONGITUDE_RANGE_HELP, text::LATITUDE_RANGE_HELP)
            }
            PositionError::SixtyOrMore { .. } => text::SIXTY_HELP,
            PositionError::EarlyFraction { .. } => text::FRACTION_HELP,
            PositionError::NotTwo { .. } => text::NOT_TWO_HELP,
            PositionError::TwoFrames => text::TWO_FRAMES_HELP,
            PositionError::Radius { .. } => text::BAD_RADIUS_HELP,
        };
        Some(help.text(lang).to_owned())
    }
}

impl Explain for StcsError {
    fn code(&self) -> &'static str {
        "region-unreadable"
    }

    fn detail(&self, lang: Lang) -> String {
        let (start, what) = match self {
            StcsError::Empty => (0, String::new()),
            StcsError::Shape { word, start } => (*start, word.clone()),
            StcsError::Count { shape, start, found } => (*start, format!("{shape} ({found})")),
            StcsError::Range { value, start } => (*start, value.to_string()),
            StcsError::Brackets { start } => (*start, "( )".to_owned()),
        };
        text::BAD_REGION.with(lang, &[("place", &(start + 1).to_string()), ("what", &what)])
    }

    fn help(&self, lang: Lang) -> Option<String> {
        Some(text::BAD_REGION_HELP.text(lang).to_owned())
    }

    fn place(&self) -> Option<Place> {
        let (start, length) = match self {
            StcsError::Empty => return None,
            StcsError::Shape { word, start } => (*start, word.len()),
            StcsError::Count { shape, start, .. } => (*start, shape.len()),
            StcsError::Range { start, .. } | StcsError::Brackets { start } => (*start, 1),
        };
        // Regions are written on one line.
        let column = u32::try_from(start).unwrap_or(u32::MAX).saturating_add(1);
        Some(Place { line: 1, column, start, end: start + length })
    }
}

impl Explain for WcsError {
    fn code(&self) -> &'static str {
        match self {
            WcsError::NoAxes => "wcs-no-axes",
            WcsError::TooManyAxes { .. } => "wcs-too-many-axes",
            WcsError::BadValue { .. } => "wcs-bad-value",
            WcsError::SingularMatrix { .. } => "wcs-singular-matrix",
            WcsError::Projection { .. } => "wcs-projection",
            WcsError::NoPole => "wcs-no-pole",
            WcsError::Unpaired { .. } => "wcs-unpaired",
            WcsError::Table { .. } => "wcs-table",
            WcsError::Distortion { .. } => "wcs-distortion",
            WcsError::Missing { .. } => "wcs-missing",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            WcsError::NoAxes => text::WCS_NONE.text(lang).to_owned(),
            WcsError::TooManyAxes { count, limit } => {
                let (count, limit) = (count.to_string(), limit.to_string());
                text::WCS_AXES.with(lang, &[("count", &count), ("limit", &limit)])
            }
            WcsError::BadValue { keyword, value } => {
                text::WCS_VALUE.with(lang, &[("keyword", keyword), ("value", value)])
            }
            WcsError::SingularMatrix { keyword } => {
                text::WCS_SINGULAR.with(lang, &[("keyword", keyword)])
            }
            WcsError::Projection { code, keyword } => {
                text::WCS_PROJECTION.with(lang, &[("code", code), ("keyword", keyword)])
            }
            WcsError::NoPole => text::WCS_POLE.text(lang).to_owned(),
            WcsError::Unpaired { ctype } => text::WCS_UNPAIRED.with(lang, &[("ctype", ctype)]),
            WcsError::Table { name, keyword } => {
                text::WCS_TABLE.with(lang, &[("name", name), ("keyword", keyword)])
            }
            WcsError::Distortion { kind, keyword } => {
                text::WCS_DISTORTION.with(lang, &[("kind", kind), ("keyword", keyword)])
            }
            WcsError::Missing { keyword } => text::WCS_MISSING.with(lang, &[("keyword", keyword)]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        Some(text::WCS_HELP.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        422
    }
}
