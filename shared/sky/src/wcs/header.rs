//! Where world coordinates come from: the keywords of a header, and tables beside it.

use super::WcsError;

/// A header as the world coordinates need it. Keywords come in upper case.
pub trait HeaderSource {
    /// Numeric value of a keyword; integers and logicals as numbers are up to the source.
    fn number(&self, key: &str) -> Option<f64>;

    /// Text value of a keyword, without quotes and trailing blanks.
    fn text(&self, key: &str) -> Option<String>;

    /// Every text value of a keyword that is repeated, as the record-valued cards of the
    /// distortion paper are (`DP1 = 'EXTVER: 1'`).
    fn texts(&self, key: &str) -> Vec<String> {
        self.text(key).into_iter().collect()
    }

    /// The image extension of a distortion table (`WCSDVARR`, `D2IMARR`) by EXTVER.
    fn lookup_image(&self, _extname: &str, _extver: i64) -> Option<LookupImage> {
        None
    }

    /// A column of the single-row binary table of a `-TAB` axis.
    fn lookup_column(
        &self,
        _extname: &str,
        _extver: i64,
        _extlevel: i64,
        _column: &str,
    ) -> Option<LookupColumn> {
        None
    }
}

/// A two-dimensional distortion table with its own linear coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupImage {
    /// Columns and rows: NAXIS1, NAXIS2.
    pub shape: [usize; 2],
    /// `shape[0] × shape[1]` values, first axis fastest.
    pub values: Vec<f64>,
    /// CRPIX1, CRPIX2 of the table.
    pub crpix: [f64; 2],
    /// CRVAL1, CRVAL2 of the table: pixel coordinates of the image.
    pub crval: [f64; 2],
    /// CDELT1, CDELT2 of the table.
    pub cdelt: [f64; 2],
}

/// An array from one cell of a binary table.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupColumn {
    /// Lengths of its axes, first (fastest) first, as TDIM has them.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<f64>,
}

/// A header with the letter of one of its coordinate systems.
pub(super) struct Keys<'a> {
    source: &'a dyn HeaderSource,
    alt: Option<char>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(source: &'a dyn HeaderSource, alt: Option<char>) -> Keys<'a> {
        let alt = alt.filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase());
        Keys { source, alt }
    }

    pub(super) fn alt(&self) -> Option<char> {
        self.alt
    }

    pub(super) fn source(&self) -> &'a dyn HeaderSource {
        self.source
    }

    /// The keyword with the letter of the coordinate system.
    pub(super) fn name(&self, key: &str) -> String {
        self.alt.map_or_else(|| key.to_owned(), |alt| format!("{key}{alt}"))
    }

    /// A finite number.
    ///
    /// # Errors
    /// [`WcsError::BadValue`] for NaN and infinities.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, WcsError> {
        let keyword = self.name(key);
        match self.source.number(&keyword) {
            Some(value) if !value.is_finite() => {
                Err(WcsError::BadValue { keyword, value: value.to_string() })
            }
            value => Ok(value),
        }
    }

    pub(super) fn number_or(&self, key: &str, default: f64) -> Result<f64, WcsError> {
        Ok(self.number(key)?.unwrap_or(default))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.source.text(&self.name(key)).map(|text| text.trim().to_owned())
    }

    /// `PVi_m` of an axis that counts from 1.
    pub(super) fn pv(&self, axis: usize, m: usize) -> Option<f64> {
        self.source.number(&self.name(&format!("PV{axis}_{m}"))).filter(|value| value.is_finite())
    }
}
