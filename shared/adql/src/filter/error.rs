//! Why a filter cannot be made or applied.

use tenkyu_udf::UdfError;
use tenkyu_wire::{Explain, Lang, Place, messages::adql as texts};

use crate::{Diagnostic, DiagnosticKind, ParseError, Span};

/// Why a filter cannot be made or applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FilterError {
    /// The text is not ADQL.
    #[error(transparent)]
    Syntax(#[from] ParseError),
    /// It does not fit the columns.
    #[error(transparent)]
    Meaning(Diagnostic),
    /// It holds a query or an aggregate.
    #[error("line {}, column {}: a query or an aggregate in a filter", .0.line, .0.column)]
    Query(Place),
    /// Only a server computes this.
    #[error("line {}, column {}: {what} in a filter", place.line, place.column)]
    Unsupported {
        /// What.
        what: String,
        /// Where.
        place: Place,
    },
    /// A coordinate system other than ICRS.
    #[error("frame {frame}")]
    Frame {
        /// As written.
        frame: String,
        /// Where.
        place: Place,
    },
    /// One of the user's own functions failed.
    #[error(transparent)]
    Own(#[from] UdfError),
    /// A column cannot be read.
    #[error("column: {0}")]
    Column(String),
}

impl FilterError {
    pub(super) fn meaning(kind: DiagnosticKind, span: Span, text: &str) -> FilterError {
        FilterError::Meaning(Diagnostic { kind, place: span.place(text) })
    }
}

impl From<arrow::error::ArrowError> for FilterError {
    fn from(error: arrow::error::ArrowError) -> FilterError {
        FilterError::Column(error.to_string())
    }
}

impl Explain for FilterError {
    fn code(&self) -> &'static str {
        match self {
            FilterError::Syntax(error) => error.code(),
            FilterError::Meaning(error) => error.code(),
            FilterError::Query(_) | FilterError::Unsupported { .. } => "filter-unsupported",
            FilterError::Frame { .. } => "filter-frame",
            FilterError::Own(error) => error.code(),
            FilterError::Column(_) => "filter-column",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            FilterError::Syntax(error) => error.detail(lang),
            FilterError::Meaning(error) => error.detail(lang),
            FilterError::Query(_) => texts::FILTER_QUERY.text(lang).to_owned(),
            FilterError::Unsupported { what, .. } => {
                texts::FILTER_UNSUPPORTED.with(lang, &[("what", what)])
            }
            FilterError::Frame { frame, .. } => texts::SKY_FRAME.with(lang, &[("frame", frame)]),
            FilterError::Own(error) => error.detail(lang),
            FilterError::Column(reason) => texts::FILTER_ARROW.with(lang, &[("reason", reason)]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        match self {
            FilterError::Syntax(error) => error.help(lang),
            FilterError::Meaning(error) => error.help(lang),
            FilterError::Query(_) | FilterError::Unsupported { .. } => {
                Some(texts::FILTER_HELP.text(lang).to_owned())
            }
            FilterError::Own(error) => error.help(lang),
            FilterError::Frame { .. } | FilterError::Column(_) => None,
        }
    }

    fn place(&self) -> Option<Place> {
        match self {
            FilterError::Syntax(error) => Some(error.place),
            FilterError::Meaning(error) => Some(error.place),
            FilterError::Query(place)
            | FilterError::Unsupported { place, .. }
            | FilterError::Frame { place, .. } => Some(*place),
            FilterError::Own(_) | FilterError::Column(_) => None,
        }
    }
}
