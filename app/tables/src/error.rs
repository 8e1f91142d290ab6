//! What can go wrong in the table worker.

use tenkyu_adql::filter::FilterError;
use tenkyu_wire::{Explain, Lang, Message, Place, messages::tables as texts};

/// What can go wrong in the table worker.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// No schema has arrived yet.
    #[error("no result is open")]
    NothingOpen,
    /// The bytes are no Arrow IPC stream.
    #[error("not an Arrow stream: {0}")]
    NotArrow(String),
    /// The stream ended within a message or without its end mark.
    #[error("the stream broke off after {0} rows")]
    Truncated(u64),
    /// More rows than a 32-bit row number can count.
    #[error("more than {0} rows")]
    TooManyRows(u64),
    /// No such column.
    #[error("no column {name}")]
    NoColumn {
        /// As asked for.
        name: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// A histogram or plot of something that is no number.
    #[error("{0} does not hold numbers")]
    NotNumbers(String),
    /// A column of lists has no order.
    #[error("{0} cannot be sorted by")]
    NotSortable(String),
    /// A filter or selection.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A file could not be written.
    #[error("export: {0}")]
    Export(String),
    /// The server did not answer.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The server answered with an error in words.
    #[error("HTTP {status}: {text}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// The page speaks another protocol.
    #[error("request: {0}")]
    Request(String),
}

impl Explain for TableError {
    fn code(&self) -> &'static str {
        match self {
            TableError::NothingOpen => "table-nothing-open",
            TableError::NotArrow(_) => "table-not-arrow",
            TableError::Truncated(_) => "table-truncated",
            TableError::TooManyRows(_) => "table-too-many-rows",
            TableError::NoColumn { .. } => "table-no-column",
            TableError::NotNumbers(_) => "table-not-numbers",
            TableError::NotSortable(_) => "table-not-sortable",
            TableError::Filter(error) => error.code(),
            TableError::Export(_) => "table-export",
            TableError::Unreachable(_) => "table-unreachable",
            TableError::Refused { .. } => "table-refused",
            TableError::Request(_) => "table-request",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            TableError::NothingOpen => texts::NOTHING_OPEN.text(lang).to_owned(),
            TableError::NotArrow(reason) => texts::NOT_ARROW.with(lang, &[("reason", reason)]),
            TableError::Truncated(rows) => {
                texts::TRUNCATED.with(lang, &[("rows", &rows.to_string())])
            }
            TableError::TooManyRows(limit) => {
                texts::TOO_MANY_ROWS.with(lang, &[("limit", &limit.to_string())])
            }
            TableError::NoColumn { name, .. } => texts::NO_COLUMN.with(lang, &[("name", name)]),
            TableError::NotNumbers(name) => texts::NOT_NUMBERS.with(lang, &[("name", name)]),
            TableError::NotSortable(name) => texts::NOT_SORTABLE.with(lang, &[("name", name)]),
            TableError::Filter(error) => error.detail(lang),
            TableError::Export(reason) => texts::EXPORT.with(lang, &[("reason", reason)]),
            TableError::Unreachable(reason) => texts::UNREACHABLE.with(lang, &[("reason", reason)]),
            // What the server says is already for the user.
            TableError::Refused { text, .. } if !text.is_empty() => text.clone(),
            TableError::Refused { status, .. } => {
                texts::REFUSED.with(lang, &[("status", &status.to_string())])
            }
            TableError::Request(reason) => texts::BAD_REQUEST.with(lang, &[("reason", reason)]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let plain = |message: Message| Some(message.text(lang).to_owned());
        match self {
            TableError::NothingOpen => plain(texts::NOTHING_OPEN_HELP),
            TableError::NotArrow(_) => plain(texts::NOT_ARROW_HELP),
            TableError::Truncated(_) => plain(texts::TRUNCATED_HELP),
            TableError::TooManyRows(_) => plain(texts::TOO_MANY_ROWS_HELP),
            TableError::NoColumn { names, .. } => {
                Some(texts::COLUMNS_HELP.with(lang, &[("names", &names.join(", "))]))
            }
            TableError::Export(_) => plain(texts::EXPORT_HELP),
            TableError::Request(_) => plain(texts::BAD_REQUEST_HELP),
            TableError::Filter(error) => error.help(lang),
            TableError::Unreachable(_) => plain(texts::UNREACHABLE_HELP),
            TableError::NotNumbers(_) | TableError::NotSortable(_) | TableError::Refused { .. } => {
                None
            }
        }
    }

    fn status(&self) -> u16 {
        match self {
            TableError::Refused { status, .. } => *status,
            TableError::Unreachable(_) => 503,
            _ => 400,
        }
    }

    fn place(&self) -> Option<Place> {
        match self {
            TableError::Filter(error) => error.place(),
            _ => None,
        }
    }
}
