//! Errors of the protocols, and the envelope for those of the rooms behind them.

use std::fmt;

use tenkyu_wire::jobs::Phase;
use tenkyu_wire::messages::{errors, functions, jobs, vo};
use tenkyu_wire::{Explain, Lang, Place, Problem};

/// What a parameter or a request can be wrong in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A parameter is absent.
    #[error("parameter {0} is missing")]
    Missing(&'static str),
    /// A parameter was given more than once.
    #[error("parameter {name} was given {count} times")]
    Repeated {
        /// Parameter.
        name: &'static str,
        /// How often.
        count: usize,
    },
    /// A parameter has a value that it cannot have.
    #[error("parameter {name} cannot be {value:?}")]
    BadValue {
        /// Parameter.
        name: &'static str,
        /// As given, shortened.
        value: String,
        /// What it may be.
        allowed: Allowed,
    },
    /// More parameters than any request needs.
    #[error("more than {0} parameters")]
    TooManyParameters(usize),
    /// The body is not a form.
    #[error("the body is not a form: {0}")]
    BadBody(String),
    /// The body is larger than the server accepts.
    #[error("the body is too large")]
    TooLarge,
    /// A value of UPLOAD that cannot be understood.
    #[error("UPLOAD cannot be {0:?}")]
    BadUpload(String),
    /// A name of an uploaded table that is given twice.
    #[error("two uploaded tables are called {0}")]
    UploadTwice(String),
    /// UPLOAD names a part that the request does not have.
    #[error("no part {0}")]
    NoUploadPart(String),
    /// Uploaded files are larger than may be.
    #[error("uploads are larger than {0} bytes")]
    UploadTooLarge(u64),
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// A result that is larger than may be kept.
    #[error("the result is larger than {0} bytes")]
    ResultTooLarge(u64),
    /// An address under which there is nothing.
    #[error("nothing at {0}")]
    NotThere(String),
    /// A request to keep functions that brings no module.
    #[error("no module in the body")]
    NoModuleBody,
    /// No table in the body.
    #[error("no table file in the body")]
    NoTableBody,
    /// A definition of a table that cannot be read, with what is wrong with it.
    #[error("bad definition of a table: {0}")]
    BadDefinition(String),
    /// A parameter with a NUL in it, which neither a query nor a database takes.
    #[error("a NUL in {0}")]
    Nul(String),
    /// A job without a result.
    #[error("no result: {}", .0.word())]
    NoResult(Phase),
    /// A job without an error.
    #[error("no error: {}", .0.word())]
    NoJobError(Phase),
    /// Too many queries at once.
    #[error("{limit} queries are running")]
    Busy {
        /// How many may run.
        limit: usize,
    },
    /// The engine worked as long as it may.
    #[error("the query ran for {0} s")]
    TimedOut(u64),
    /// Unknown table in `/tap/tables/{name}`.
    #[error("no table {name}")]
    NoTable {
        /// As asked.
        name: String,
        /// Where the tables are listed.
        tables: String,
    },
    /// Unknown file.
    #[error("no artifact {0}")]
    NoArtifact(String),
    /// A file without a picture.
    #[error("no preview of {0}")]
    NoPreview(String),
    /// Unknown observation.
    #[error("no observation {0}")]
    NoObservation(String),
    /// A file that is not public.
    #[error("artifact {id} is proprietary")]
    Proprietary {
        /// File.
        id: String,
        /// Why.
        reason: String,
        /// Date of release.
        until: Option<String>,
    },
    /// A byte range outside the file.
    #[error("range outside of {bytes} bytes")]
    BadRange {
        /// Length of the file.
        bytes: u64,
    },
}

/// What a parameter may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// One of these words.
    Words(String),
    /// What a text says.
    Text(tenkyu_wire::Message),
}

/// Seconds after which a client that was turned away may come again.
pub const RETRY_SECONDS: u32 = 5;

impl Explain for RequestError {
    fn code(&self) -> &'static str {
        match self {
            RequestError::Missing(_) => "vo-parameter-missing",
            RequestError::Repeated { .. } => "vo-parameter-repeated",
            RequestError::BadValue { .. } => "vo-parameter-value",
            RequestError::TooManyParameters(_) => "vo-parameters",
            RequestError::BadBody(_) => "vo-body",
            RequestError::TooLarge => "too-large",
            RequestError::BadUpload(_) => "vo-upload",
            RequestError::UploadTwice(_) => "vo-upload-twice",
            RequestError::NoUploadPart(_) => "vo-upload-part",
            RequestError::UploadTooLarge(_) => "too-large",
            RequestError::DiskFull => "disk-full",
            RequestError::ResultTooLarge(_) => "job-result-too-large",
            RequestError::NotThere(_) => "not-found",
            RequestError::NoModuleBody => "function-body",
            RequestError::NoTableBody => "table-body",
            RequestError::BadDefinition(_) => "table-definition",
            RequestError::Nul(_) => "vo-parameter-nul",
            RequestError::NoResult(_) => "job-no-result",
            RequestError::NoJobError(_) => "job-no-error",
            RequestError::Busy { .. } => "vo-busy",
            RequestError::TimedOut(_) => "vo-timed-out",
            RequestError::NoTable { .. } => "vo-no-table",
            RequestError::NoArtifact(_) => "data-no-artifact",
            RequestError::NoPreview(_) => "data-no-preview",
            RequestError::NoObservation(_) => "archive-no-observation",
            RequestError::Proprietary { .. } => "data-proprietary",
            RequestError::BadRange { .. } => "data-range",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            RequestError::Missing(name) => vo::MISSING.with(lang, &[("name", name)]),
            RequestError::Repeated { name, count } => {
                vo::REPEATED.with(lang, &[("name", name), ("count", &count.to_string())])
            }
            RequestError::BadValue { name, value, .. } => {
                vo::BAD_VALUE.with(lang, &[("name", name), ("value", value)])
            }
            RequestError::TooManyParameters(limit) => {
                vo::TOO_MANY_PARAMETERS.with(lang, &[("limit", &limit.to_string())])
            }
            RequestError::BadBody(_) => vo::BAD_BODY.text(lang).to_owned(),
            RequestError::TooLarge => {
                errors::TOO_LARGE.with(lang, &[("limit", &kilobytes(crate::params::MAX_BODY))])
            }
            RequestError::BadUpload(text) => vo::BAD_UPLOAD.with(lang, &[("text", text)]),
            RequestError::UploadTwice(name) => vo::UPLOAD_TWICE.with(lang, &[("name", name)]),
            RequestError::NoUploadPart(name) => vo::NO_UPLOAD_PART.with(lang, &[("name", name)]),
            RequestError::UploadTooLarge(limit) => {
                vo::UPLOAD_TOO_LARGE.with(lang, &[("limit", &megabytes(*limit))])
            }
            RequestError::DiskFull => errors::DISK_FULL.text(lang).to_owned(),
            RequestError::ResultTooLarge(limit) => {
                jobs::RESULT_TOO_LARGE.with(lang, &[("limit", &megabytes(*limit))])
            }
            RequestError::NoModuleBody => functions::NO_BODY.text(lang).to_owned(),
            RequestError::NoTableBody => vo::NO_TABLE_BODY.text(lang).to_owned(),
            RequestError::Nul(name) => vo::NUL.with(lang, &[("name", name)]),
            RequestError::BadDefinition(text) => vo::BAD_DEFINITION.with(lang, &[("text", text)]),
            RequestError::NotThere(path) => errors::NOT_FOUND.with(lang, &[("path", path)]),
            RequestError::NoResult(phase) => jobs::NO_RESULT.with(lang, &[("phase", phase.word())]),
            RequestError::NoJobError(phase) => {
                jobs::NO_ERROR.with(lang, &[("phase", phase.word())])
            }
            RequestError::Busy { limit } => vo::BUSY.with(lang, &[("limit", &limit.to_string())]),
            RequestError::TimedOut(seconds) => {
                errors::TIMED_OUT.with(lang, &[("seconds", &seconds.to_string())])
            }
            RequestError::NoTable { name, .. } => vo::NO_TABLE.with(lang, &[("name", name)]),
            RequestError::NoArtifact(id) => vo::NO_ARTIFACT.with(lang, &[("id", id)]),
            RequestError::NoPreview(id) => vo::NO_PREVIEW.with(lang, &[("id", id)]),
            RequestError::NoObservation(id) => vo::NO_OBSERVATION.with(lang, &[("id", id)]),
            RequestError::Proprietary { id, reason, .. } => {
                vo::PROPRIETARY.with(lang, &[("id", id), ("reason", reason)])
            }
            RequestError::BadRange { bytes } => {
                vo::BAD_RANGE.with(lang, &[("bytes", &bytes.to_string())])
            }
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        Some(match self {
            RequestError::Missing(name) => vo::MISSING_HELP.with(lang, &[("name", name)]),
            RequestError::BadValue { allowed: Allowed::Words(words), .. } => {
                vo::ALLOWED.with(lang, &[("allowed", words)])
            }
            RequestError::BadValue { allowed: Allowed::Text(text), .. } => {
                vo::ALLOWED.with(lang, &[("allowed", text.text(lang))])
            }
            RequestError::BadBody(_) => vo::BAD_BODY_HELP.text(lang).to_owned(),
            RequestError::BadUpload(_) => vo::BAD_UPLOAD_HELP.text(lang).to_owned(),
            RequestError::UploadTwice(_) => vo::UPLOAD_TWICE_HELP.text(lang).to_owned(),
            RequestError::NoUploadPart(name) => {
                vo::NO_UPLOAD_PART_HELP.with(lang, &[("name", name)])
            }
            RequestError::UploadTooLarge(_) => vo::UPLOAD_TOO_LARGE_HELP.text(lang).to_owned(),
            RequestError::DiskFull => errors::DISK_FULL_HELP.text(lang).to_owned(),
            RequestError::ResultTooLarge(_) => jobs::RESULT_TOO_LARGE_HELP.text(lang).to_owned(),
            RequestError::Busy { .. } => {
                vo::BUSY_HELP.with(lang, &[("seconds", &RETRY_SECONDS.to_string())])
            }
            RequestError::TimedOut(_) => vo::QUERY_TIME_HELP.text(lang).to_owned(),
            RequestError::NoTable { tables, .. } => {
                vo::NO_TABLE_HELP.with(lang, &[("path", tables)])
            }
            RequestError::Proprietary { until: Some(until), .. } => {
                vo::PROPRIETARY_UNTIL.with(lang, &[("until", until)])
            }
            _ => return None,
        })
    }

    fn status(&self) -> u16 {
        match self {
            RequestError::TooLarge
            | RequestError::UploadTooLarge(_)
            | RequestError::ResultTooLarge(_) => 413,
            RequestError::DiskFull => 507,
            RequestError::NotThere(_) | RequestError::NoResult(_) | RequestError::NoJobError(_) => {
                404
            }
            RequestError::Busy { .. } => 503,
            RequestError::TimedOut(_) => 504,
            RequestError::NoTable { .. }
            | RequestError::NoArtifact(_)
            | RequestError::NoPreview(_)
            | RequestError::NoObservation(_) => 404,
            RequestError::Proprietary { .. } => 403,
            RequestError::BadRange { .. } => 416,
            _ => 400,
        }
    }
}

fn megabytes(bytes: u64) -> String {
    (bytes / 1_000_000).to_string()
}

fn kilobytes(bytes: usize) -> String {
    format!("{} KB", bytes / 1000)
}

/// An error of a room behind the protocol, or of the protocol itself.
pub struct ServiceError {
    explain: Box<dyn Explain + Send + Sync>,
    log: String,
}

impl ServiceError {
    /// Wraps an error that can be shown; its `Display` goes to the log.
    pub fn new<E: Explain + fmt::Display + Send + Sync + 'static>(error: E) -> Self {
        ServiceError { log: error.to_string(), explain: Box::new(error) }
    }

    /// An error on our side. `log` is written to the log under a number; the user sees the number.
    pub fn internal(log: impl fmt::Display) -> Self {
        let internal = Internal { id: incident(), log: log.to_string() };
        tracing::error!(id = internal.id, error = internal.log, "internal error");
        ServiceError::new(internal)
    }

    /// Whether the fault is ours.
    pub fn is_internal(&self) -> bool {
        self.explain.status() >= 500
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ServiceError({}: {})", self.explain.code(), self.log)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.log)
    }
}

impl std::error::Error for ServiceError {}

impl Explain for ServiceError {
    fn code(&self) -> &'static str {
        self.explain.code()
    }
    fn detail(&self, lang: Lang) -> String {
        self.explain.detail(lang)
    }
    fn help(&self, lang: Lang) -> Option<String> {
        self.explain.help(lang)
    }
    fn place(&self) -> Option<Place> {
        self.explain.place()
    }
    fn status(&self) -> u16 {
        self.explain.status()
    }
    fn problem(&self, lang: Lang) -> Problem {
        self.explain.problem(lang)
    }
}

impl From<RequestError> for ServiceError {
    fn from(error: RequestError) -> Self {
        ServiceError::new(error)
    }
}

#[derive(Debug)]
struct Internal {
    id: String,
    log: String,
}

impl fmt::Display for Internal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.log, self.id)
    }
}

impl Explain for Internal {
    fn code(&self) -> &'static str {
        "internal"
    }
    fn detail(&self, lang: Lang) -> String {
        errors::INTERNAL.with(lang, &[("id", &self.id)])
    }
    fn help(&self, lang: Lang) -> Option<String> {
        Some(errors::INTERNAL_HELP.text(lang).to_owned())
    }
    fn status(&self) -> u16 {
        500
    }
}

/// A number that is unique in the log of one server: microseconds since 1970 and a counter.
fn incident() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map(|since| since.as_secs())
        .unwrap_or_default();
    format!("{time:x}-{:x}", COUNT.fetch_add(1, Ordering::Relaxed))
}
