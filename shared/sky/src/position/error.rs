//! Why a text is not a position.

use thiserror::Error;

/// Which of the two coordinates an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Right ascension or longitude.
    Longitude,
    /// Declination or latitude.
    Latitude,
}

impl std::fmt::Display for Axis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Axis::Longitude => "right ascension or longitude",
            Axis::Latitude => "declination or latitude",
        })
    }
}

/// Why a text gave no position.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PositionError {
    /// The text is no coordinate, so it may be a name.
    #[error("the text is not a coordinate")]
    NotACoordinate,
    /// A coordinate outside its range.
    #[error("the {axis} {value} is not between {low} and {high}")]
    OutOfRange {
        /// Which coordinate.
        axis: Axis,
        /// The number as it was written.
        value: String,
        /// Least value allowed.
        low: f64,
        /// Largest value allowed.
        high: f64,
    },
    /// Minutes or seconds of 60 and more.
    #[error("{value} in the {axis} is not below 60")]
    SixtyOrMore {
        /// Which coordinate.
        axis: Axis,
        /// The number as it was written.
        value: String,
    },
    /// A fraction before the last part, as in `12.5:30`.
    #[error("{value} in the {axis} has a fraction, but is not the last part")]
    EarlyFraction {
        /// Which coordinate.
        axis: Axis,
        /// The number as it was written.
        value: String,
    },
    /// There are numbers, but they do not make two coordinates.
    #[error("{numbers} numbers do not make two coordinates")]
    NotTwo {
        /// How many numbers there are.
        numbers: usize,
    },
    /// The text names two different frames.
    #[error("the text names two frames")]
    TwoFrames,
    /// The search radius is zero, negative or above 180°.
    #[error("the radius {value} is not between 0 and 180 degrees")]
    Radius {
        /// The radius as it was written.
        value: String,
    },
}
