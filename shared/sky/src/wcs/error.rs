//! Why a header gives no world coordinates.

use thiserror::Error;

/// Why a header gives no world coordinates.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum WcsError {
    /// There is no axis at all.
    #[error("the header has no axes")]
    NoAxes,
    /// More axes than FITS allows.
    #[error("{count} axes are more than {limit}")]
    TooManyAxes {
        /// Axes that the header names.
        count: usize,
        /// The most that are read.
        limit: usize,
    },
    /// A keyword holds something that cannot be used.
    #[error("{keyword} = {value} cannot be used")]
    BadValue {
        /// The keyword.
        keyword: String,
        /// Its value.
        value: String,
    },
    /// The matrix of PCi_j or CDi_j has no inverse.
    #[error("the matrix of {keyword} has no inverse")]
    SingularMatrix {
        /// `PC`, `CD` or `CDELT`.
        keyword: &'static str,
    },
    /// A projection that is not known, or parameters with which it does not exist.
    #[error("the projection {code} of {keyword} is unknown or has impossible parameters")]
    Projection {
        /// Three-letter code.
        code: String,
        /// The CTYPE keyword.
        keyword: String,
    },
    /// CRVAL, LONPOLE and LATPOLE contradict each other.
    #[error("no celestial pole fits CRVAL, LONPOLE and LATPOLE")]
    NoPole,
    /// A longitude without its latitude, or two longitudes.
    #[error("{ctype} has no matching axis")]
    Unpaired {
        /// The CTYPE that has no partner.
        ctype: String,
    },
    /// A table that the header refers to is missing or has the wrong shape.
    #[error("the table {name} that {keyword} refers to is missing or has another shape")]
    Table {
        /// Name of the extension or column.
        name: String,
        /// The keyword that refers to it.
        keyword: String,
    },
    /// A distortion whose kind is not known.
    #[error("the distortion {kind} of {keyword} is not known")]
    Distortion {
        /// Name of the distortion.
        kind: String,
        /// The keyword.
        keyword: String,
    },
    /// A plate solution without one of its keywords.
    #[error("{keyword} is missing")]
    Missing {
        /// The keyword.
        keyword: String,
    },
}
