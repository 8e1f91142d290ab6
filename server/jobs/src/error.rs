//! What can go wrong with jobs.

use std::path::PathBuf;

use tenkyu_wire::jobs::Phase;
use tenkyu_wire::messages::{errors, jobs as text};
use tenkyu_wire::{Explain, Lang};

/// An error of the queue.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// No job of this name: it never was, or it was removed.
    #[error("no job {0}")]
    Unknown(String),
    /// What was asked cannot be done in this phase.
    #[error("job {id} is {}", phase.word())]
    WrongPhase {
        /// The job.
        id: String,
        /// Where it is.
        phase: Phase,
    },
    /// As many jobs of one address wait as may.
    #[error("{0} jobs of one address wait")]
    TooMany(u64),
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// The database failed.
    #[error("the database of jobs failed")]
    Store(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the tables of jobs")]
    Migrate(#[from] tenkyu_store::StoreError),
    /// A folder of results cannot be used.
    #[error("cannot use {path}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A row does not hold what was written.
    #[error("a job cannot be read: {0}")]
    Corrupt(String),
    /// The system has no random numbers.
    #[error("no random numbers: {0}")]
    Random(String),
}

impl From<sqlx::Error> for JobsError {
    fn from(error: sqlx::Error) -> Self {
        // SQLite's result code 13 is SQLITE_FULL.
        let full = error.as_database_error().is_some_and(|e| e.code().as_deref() == Some("13"));
        if full { JobsError::DiskFull } else { JobsError::Store(error) }
    }
}

impl JobsError {
    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        if source.kind() == std::io::ErrorKind::StorageFull {
            return JobsError::DiskFull;
        }
        JobsError::Io { path: path.into(), source }
    }

    /// Whether the fault is ours and its text belongs in the log alone.
    pub fn is_internal(&self) -> bool {
        use JobsError::{Corrupt, Io, Migrate, Random, Store};
        matches!(self, Store(_) | Migrate(_) | Corrupt(_) | Random(_) | Io { .. })
    }
}

impl Explain for JobsError {
    fn code(&self) -> &'static str {
        match self {
            JobsError::Unknown(_) => "job-unknown",
            JobsError::WrongPhase { .. } => "job-phase",
            JobsError::TooMany(_) => "job-too-many",
            JobsError::DiskFull => "disk-full",
            _ => "internal",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            JobsError::Unknown(id) => text::UNKNOWN.with(lang, &[("id", id)]),
            JobsError::WrongPhase { phase, .. } => {
                text::WRONG_PHASE.with(lang, &[("phase", phase.word())])
            }
            JobsError::TooMany(limit) => {
                text::TOO_MANY.with(lang, &[("limit", &limit.to_string())])
            }
            JobsError::DiskFull => errors::DISK_FULL.text(lang).to_owned(),
            _ => errors::INTERNAL.with(lang, &[("id", "jobs")]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            JobsError::Unknown(_) => text::UNKNOWN_HELP,
            JobsError::WrongPhase { .. } => text::WRONG_PHASE_HELP,
            JobsError::TooMany(_) => text::TOO_MANY_HELP,
            JobsError::DiskFull => errors::DISK_FULL_HELP,
            _ => errors::INTERNAL_HELP,
        };
        Some(help.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        match self {
            JobsError::Unknown(_) => 404,
            JobsError::WrongPhase { .. } => 409,
            JobsError::TooMany(_) => 429,
            JobsError::DiskFull => 507,
            _ => 500,
        }
    }
}
