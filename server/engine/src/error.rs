//! What can go wrong with catalogues and queries, and how a user is told.

use std::{fmt, io, path::Path};

use tenkyu_wire::{Explain, Lang, Message, Place, messages::engine as text};

/// Why a query makes no sense: words of ours in either language, or what a library says.
#[derive(Clone, Debug)]
pub enum Reason {
    /// A text of ours, and what its places hold.
    Ours(Message, Vec<(&'static str, String)>),
    /// Given from elsewhere, in English.
    Given(String),
}

impl Reason {
    /// A text with its places filled.
    pub fn of(message: Message, values: &[(&'static str, &dyn ToString)]) -> Self {
        let values = values.iter().map(|(name, value)| (*name, value.to_string()));
        Self::Ours(message, values.collect())
    }

    /// The text in a language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Ours(message, values) => {
                let values: Vec<(&str, &str)> =
                    values.iter().map(|(name, value)| (*name, value.as_str())).collect();
                message.with(lang, &values)
            }
            Self::Given(text) => text.clone(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl From<Message> for Reason {
    fn from(message: Message) -> Self {
        Self::Ours(message, Vec::new())
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self::Given(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self::Given(text.to_owned())
    }
}

/// An error of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// What was being read or written.
        path: String,
        /// Why it failed.
        source: io::Error,
    },
    /// An uploaded table is larger than it may be.
    #[error("{name} is larger than {rows} rows or {bytes} bytes")]
    UploadTooLarge {
        /// The table.
        name: String,
        /// Most rows.
        rows: u64,
        /// Most bytes in memory.
        bytes: u64,
    },
    /// A table does not fit into what is left of its owner's space.
    #[error("{name} takes {bytes} bytes, and {free} are free")]
    NoRoom {
        /// The table.
        name: String,
        /// Bytes that it takes, or a part of it.
        bytes: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// No space was left; whatever was being written has been removed.
    #[error("no space left while writing {path}")]
    DiskFull {
        /// What was being written.
        path: String,
    },
    /// A file is not what its format asks for.
    #[error("{file} as {format}: {reason}")]
    Unreadable {
        /// File name.
        file: String,
        /// Format under which it was read.
        format: &'static str,
        /// What is wrong, with its place in the file.
        reason: String,
    },
    /// The format of a file was not recognised.
    #[error("format of {file} not recognised")]
    UnknownFormat {
        /// File name.
        file: String,
    },
    /// Not of the form `schema.table`.
    #[error("bad table name {name:?}")]
    BadName {
        /// The name given.
        name: String,
    },
    /// Two columns have the same name, case aside.
    #[error("duplicate column {name}")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// A position column was named that the table does not have, or only one of the two.
    #[error("position columns not found; numeric columns: {candidates:?}")]
    NoPosition {
        /// Numeric columns of the table.
        candidates: Vec<String>,
    },
    /// A position column has a unit that is not an angle.
    #[error("unit {unit:?} of {column} is not an angle")]
    NotAnAngle {
        /// Column.
        column: String,
        /// Its unit.
        unit: String,
    },
    /// Files of one import whose columns of a name have nothing in common.
    #[error("column {column} of {file} differs from that of the files before")]
    ColumnsDiffer {
        /// Column.
        column: String,
        /// File name.
        file: String,
    },
    /// There is no such column, or its values cannot be looked up.
    #[error("no id column {name}; possible: {candidates:?}")]
    NoIdColumn {
        /// The name given.
        name: String,
        /// Columns of integers or text.
        candidates: Vec<String>,
    },
    /// A margin that is negative or wider than partitions should be.
    #[error("{arcsec} arcsec is no margin")]
    BadMargin {
        /// The width given, arcseconds.
        arcsec: f64,
    },
    /// Not a folder or an address that catalogues can be read from.
    #[error("no address of a catalogue: {address}")]
    BadAddress {
        /// The address given.
        address: String,
    },
    /// A declination beyond a pole.
    #[error("row {row}: {column} = {value} is not a latitude")]
    BadLatitude {
        /// Column.
        column: String,
        /// Row from 1.
        row: u64,
        /// The value, degrees.
        value: f64,
    },
    /// The ADQL text could not be read.
    #[error("{0}")]
    Adql(#[from] tenkyu_adql::ParseError),
    /// There is no such table.
    #[error("unknown table {name}")]
    UnknownTable {
        /// As written.
        name: String,
        /// Where.
        place: Option<Place>,
        /// Spelt nearly like it.
        nearest: Option<String>,
    },
    /// There is no such column among the tables of the query.
    #[error("unknown column {name}")]
    UnknownColumn {
        /// As written.
        name: String,
        /// Where.
        place: Option<Place>,
        /// Spelt nearly like it.
        nearest: Option<String>,
    },
    /// There is no such function.
    #[error("unknown function {name}")]
    UnknownFunction {
        /// As written.
        name: String,
        /// Where.
        place: Option<Place>,
        /// Spelt nearly like it.
        nearest: Option<String>,
    },
    /// One of the user's own functions failed.
    #[error("{0}")]
    Own(#[from] tenkyu_udf::UdfError),
    /// The name resolver knows no such object.
    #[error("unknown object {name}")]
    UnknownObject {
        /// As written.
        name: String,
        /// Where.
        place: Option<Place>,
        /// Spelt nearly like it.
        nearest: Option<String>,
    },
    /// A column name that more than one table has.
    #[error("ambiguous column {name}")]
    AmbiguousColumn {
        /// As written.
        name: String,
        /// Where.
        place: Option<Place>,
    },
    /// The snapshot is not kept for this table.
    #[error("no snapshot {snapshot} of {table}")]
    UnknownSnapshot {
        /// Table.
        table: String,
        /// Snapshot asked for.
        snapshot: String,
    },
    /// ADQL that is understood but cannot be answered here.
    #[error("not supported: {what}")]
    Unsupported {
        /// The construct.
        what: Reason,
        /// Where.
        place: Option<Place>,
    },
    /// A query that parses and means nothing, such as `'a' + 1`.
    #[error("invalid query: {reason}")]
    Invalid {
        /// Why, from the planner.
        reason: Reason,
        /// Where.
        place: Option<Place>,
    },
    /// The query ran into its time limit.
    #[error("stopped after {seconds} s")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The query needed more memory than it may have.
    #[error("memory limit: {detail}")]
    OutOfMemory {
        /// The limit, bytes.
        limit: u64,
        /// Which operator, for the log.
        detail: String,
    },
    /// A cluster was configured for a program that was built without one.
    #[error("built without the feature `cluster`")]
    NoCluster,
    /// Not an address of a scheduler.
    #[error("no address of a scheduler: {address}")]
    BadScheduler {
        /// The address given.
        address: String,
    },
    /// The cluster's scheduler does not answer.
    #[error("the scheduler {address} does not answer: {reason}")]
    ClusterUnreachable {
        /// Its address.
        address: String,
        /// What was tried last.
        reason: String,
    },
    /// The cluster gave the query up.
    #[error("the cluster gave up: {reason}")]
    ClusterFailed {
        /// In the cluster's words.
        reason: String,
    },
    /// The query was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl EngineError {
    /// An I/O error with the path at which it happened; a full disk is told apart.
    pub fn io(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        if source.kind() == io::ErrorKind::StorageFull {
            return Self::DiskFull { path };
        }
        Self::Io { path, source }
    }

    /// As [`EngineError::io`], for catalogues that may lie in an object store.
    pub(crate) fn place(place: &crate::hats::place::Place, source: io::Error) -> Self {
        Self::io(Path::new(&place.to_string()), source)
    }

    /// A file that breaks the rules of its format.
    pub fn unreadable(file: &Path, format: &'static str, reason: impl ToString) -> Self {
        Self::Unreadable { file: file_name(file), format, reason: reason.to_string() }
    }
}

/// The last part of a path, for messages: a server's folders are nobody's business.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

impl From<parquet::errors::ParquetError> for EngineError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        if let Some(io) = find_io(&error)
            && io.kind() == io::ErrorKind::StorageFull
        {
            return Self::DiskFull { path: String::new() };
        }
        Self::Internal(error.to_string())
    }
}

impl From<arrow::error::ArrowError> for EngineError {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::IoError(_, e) if e.kind() == io::ErrorKind::StorageFull => {
                Self::DiskFull { path: String::new() }
            }
            arrow::error::ArrowError::ExternalError(inner) => match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Internal(other.to_string()),
            },
            other => Self::Internal(other.to_string()),
        }
    }
}

fn find_io<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(io) = current.downcast_ref::<io::Error>() {
            return Some(io);
        }
        next = current.source();
    }
    None
}

/// Whether the name of a function means one of the user's own.
fn is_own(name: &str) -> bool {
    name.split_once('.').is_some_and(|(schema, _)| tenkyu_wire::functions::is_own(schema))
}

impl Explain for EngineError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "engine-io",
            Self::UploadTooLarge { .. } => "upload-too-large",
            Self::NoRoom { .. } => "table-no-room",
            Self::DiskFull { .. } => "disk-full",
            Self::Unreadable { .. } => "import-unreadable",
            Self::UnknownFormat { .. } => "import-unknown-format",
            Self::BadName { .. } => "import-bad-name",
            Self::DuplicateColumn { .. } => "import-duplicate-column",
            Self::NoPosition { .. } => "import-no-position",
            Self::NotAnAngle { .. } => "import-not-an-angle",
            Self::BadLatitude { .. } => "import-bad-latitude",
            Self::ColumnsDiffer { .. } => "import-columns-differ",
            Self::NoIdColumn { .. } => "import-no-id-column",
            Self::BadMargin { .. } => "import-bad-margin",
            Self::BadAddress { .. } => "catalog-bad-address",
            Self::Adql(e) => e.code(),
            Self::UnknownTable { .. } => "adql-unknown-table",
            Self::UnknownColumn { .. } => "adql-unknown-column",
            Self::UnknownFunction { .. } => "adql-unknown-function",
            Self::UnknownObject { .. } => "adql-unknown-object",
            Self::AmbiguousColumn { .. } => "adql-ambiguous-column",
            Self::UnknownSnapshot { .. } => "unknown-snapshot",
            Self::Unsupported { .. } => "adql-unsupported",
            Self::Invalid { .. } => "adql-invalid",
            Self::TimedOut { .. } => "query-timed-out",
            Self::OutOfMemory { .. } => "query-memory",
            Self::Own(e) => e.code(),
            Self::NoCluster => "cluster-not-built",
            Self::BadScheduler { .. } => "cluster-bad-address",
            Self::ClusterUnreachable { .. } => "cluster-unreachable",
            Self::ClusterFailed { .. } => "cluster-failed",
            Self::Cancelled => "query-cancelled",
            Self::Internal(_) => "internal",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            Self::Io { path, source } => {
                text::IO.with(lang, &[("path", path), ("reason", &source.to_string())])
            }
            Self::UploadTooLarge { name, rows, bytes } => text::UPLOAD_TOO_LARGE.with(
                lang,
                &[
                    ("name", name),
                    ("rows", &rows.to_string()),
                    ("megabytes", &(bytes / 1_000_000).to_string()),
                ],
            ),
            Self::NoRoom { name, bytes, free } => {
                let megabytes = |bytes: &u64| (bytes / 1_000_000).to_string();
                let (bytes, free) = (megabytes(bytes), megabytes(free));
                text::NO_ROOM.with(lang, &[("name", name), ("bytes", &bytes), ("free", &free)])
            }
            Self::DiskFull { .. } => tenkyu_wire::messages::errors::DISK_FULL.text(lang).to_owned(),
            Self::Unreadable { file, format, reason } => text::UNREADABLE
                .with(lang, &[("file", file), ("format", format), ("reason", reason)]),
            Self::UnknownFormat { file } => text::UNKNOWN_FORMAT.with(lang, &[("file", file)]),
            Self::BadName { name } => text::BAD_NAME.with(lang, &[("name", name)]),
            Self::DuplicateColumn { name } => text::DUPLICATE_COLUMN.with(lang, &[("name", name)]),
            Self::NoPosition { .. } => text::NO_POSITION.text(lang).to_owned(),
            Self::NotAnAngle { column, unit } => {
                text::NOT_AN_ANGLE.with(lang, &[("column", column), ("unit", unit)])
            }
            Self::BadLatitude { column, row, value } => text::BAD_LATITUDE.with(
                lang,
                &[("column", column), ("row", &row.to_string()), ("value", &value.to_string())],
            ),
            Self::ColumnsDiffer { column, file } => {
                text::COLUMNS_DIFFER.with(lang, &[("column", column), ("file", file)])
            }
            Self::NoIdColumn { name, .. } => text::NO_ID_COLUMN.with(lang, &[("name", name)]),
            Self::BadAddress { address } => text::BAD_ADDRESS.with(lang, &[("address", address)]),
            Self::BadMargin { arcsec } => {
                text::BAD_MARGIN.with(lang, &[("arcsec", &arcsec.to_string())])
            }
            Self::Adql(e) => e.detail(lang),
            Self::UnknownTable { name, .. } => text::UNKNOWN_TABLE.with(lang, &[("name", name)]),
            Self::UnknownColumn { name, .. } => text::UNKNOWN_COLUMN.with(lang, &[("name", name)]),
            Self::UnknownFunction { name, .. } => {
                text::UNKNOWN_FUNCTION.with(lang, &[("name", name)])
            }
            Self::UnknownObject { name, .. } => text::UNKNOWN_OBJECT.with(lang, &[("name", name)]),
            Self::AmbiguousColumn { name, .. } => {
                text::AMBIGUOUS_COLUMN.with(lang, &[("name", name)])
            }
            Self::UnknownSnapshot { table, snapshot } => {
                text::UNKNOWN_SNAPSHOT.with(lang, &[("table", table), ("snapshot", snapshot)])
            }
            Self::Own(e) => e.detail(lang),
            Self::Unsupported { what, .. } => {
                text::UNSUPPORTED.with(lang, &[("what", &what.text(lang))])
            }
            Self::Invalid { reason, .. } => {
                text::INVALID.with(lang, &[("reason", &reason.text(lang))])
            }
            Self::TimedOut { seconds } => tenkyu_wire::messages::errors::TIMED_OUT
                .with(lang, &[("seconds", &seconds.to_string())]),
            Self::OutOfMemory { limit, .. } => {
                text::OUT_OF_MEMORY.with(lang, &[("limit", &format!("{} MB", limit / 1_000_000))])
            }
            Self::NoCluster => text::NO_CLUSTER.text(lang).to_owned(),
            Self::BadScheduler { address } => {
                text::BAD_SCHEDULER.with(lang, &[("address", address)])
            }
            Self::ClusterUnreachable { address, reason } => {
                text::CLUSTER_UNREACHABLE.with(lang, &[("address", address), ("reason", reason)])
            }
            Self::ClusterFailed { reason } => {
                text::CLUSTER_FAILED.with(lang, &[("reason", reason)])
            }
            Self::Cancelled => text::CANCELLED.text(lang).to_owned(),
            Self::Internal(_) => text::INTERNAL.text(lang).to_owned(),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let plain = |m: tenkyu_wire::Message| Some(m.text(lang).to_owned());
        match self {
            Self::UploadTooLarge { .. } => plain(text::UPLOAD_TOO_LARGE_HELP),
            Self::NoRoom { .. } => plain(text::NO_ROOM_HELP),
            Self::DiskFull { .. } => plain(tenkyu_wire::messages::errors::DISK_FULL_HELP),
            Self::Unreadable { .. } | Self::UnknownFormat { .. } => plain(text::FORMATS_HELP),
            Self::BadName { .. } => plain(text::BAD_NAME_HELP),
            Self::DuplicateColumn { .. } => plain(text::DUPLICATE_COLUMN_HELP),
            Self::NoPosition { candidates } => {
                Some(text::NO_POSITION_HELP.with(lang, &[("candidates", &candidates.join(", "))]))
            }
            Self::NotAnAngle { .. } => plain(text::NOT_AN_ANGLE_HELP),
            Self::BadLatitude { .. } => plain(text::BAD_LATITUDE_HELP),
            Self::ColumnsDiffer { .. } => plain(text::COLUMNS_DIFFER_HELP),
            Self::NoIdColumn { candidates, .. } => {
                Some(text::NO_ID_COLUMN_HELP.with(lang, &[("candidates", &candidates.join(", "))]))
            }
            Self::BadMargin { .. } => plain(text::BAD_MARGIN_HELP),
            Self::BadAddress { .. } => plain(text::BAD_ADDRESS_HELP),
            Self::Adql(e) => e.help(lang),
            Self::UnknownFunction { name, nearest: None, .. } if is_own(name) => {
                plain(tenkyu_wire::messages::functions::UNKNOWN_HELP)
            }
            Self::UnknownTable { nearest, .. }
            | Self::UnknownColumn { nearest, .. }
            | Self::UnknownFunction { nearest, .. }
            | Self::UnknownObject { nearest, .. } => {
                nearest.as_ref().map(|n| text::NEAREST.with(lang, &[("name", n)]))
            }
            Self::Own(e) => e.help(lang),
            Self::AmbiguousColumn { .. } => plain(text::AMBIGUOUS_COLUMN_HELP),
            Self::UnknownSnapshot { .. } => plain(text::UNKNOWN_SNAPSHOT_HELP),
            Self::TimedOut { .. } | Self::OutOfMemory { .. } => plain(text::TOO_MUCH_HELP),
            Self::NoCluster => plain(text::NO_CLUSTER_HELP),
            Self::BadScheduler { .. } => plain(text::BAD_SCHEDULER_HELP),
            Self::ClusterUnreachable { .. } | Self::ClusterFailed { .. } => {
                plain(text::CLUSTER_HELP)
            }
            _ => None,
        }
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::Adql(e) => e.place(),
            Self::UnknownTable { place, .. }
            | Self::UnknownColumn { place, .. }
            | Self::UnknownFunction { place, .. }
            | Self::UnknownObject { place, .. }
            | Self::AmbiguousColumn { place, .. }
            | Self::Unsupported { place, .. }
            | Self::Invalid { place, .. } => *place,
            _ => None,
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Io { .. } | Self::Internal(_) => 500,
            Self::UploadTooLarge { .. } | Self::NoRoom { .. } => 413,
            Self::DiskFull { .. } => 507,
            Self::TimedOut { .. } => 504,
            Self::OutOfMemory { .. }
            | Self::ClusterUnreachable { .. }
            | Self::ClusterFailed { .. } => 503,
            Self::UnknownSnapshot { .. } => 404,
            Self::Own(e) => e.status(),
            _ => 400,
        }
    }
}
