//! What can go wrong with saved views.

use tenkyu_wire::messages::{errors, workspace as text};
use tenkyu_wire::{Explain, Lang};

/// An error of the workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// Not an address of this portal.
    #[error("{0:?} is not an address of this portal")]
    BadAddress(String),
    /// Longer than what is kept.
    #[error("{field} is longer than {limit} characters")]
    TooLong {
        /// Which field.
        field: &'static str,
        /// Its limit, characters.
        limit: usize,
    },
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// The database failed.
    #[error("the database of saved views failed")]
    Store(#[source] sqlx::Error),
    /// A row does not hold what was written.
    #[error("a saved view cannot be read: {0}")]
    Corrupt(String),
    /// The system has no random numbers.
    #[error("no random numbers: {0}")]
    Random(String),
}

impl From<sqlx::Error> for WorkspaceError {
    fn from(error: sqlx::Error) -> Self {
        // SQLite's result code 13 is SQLITE_FULL.
        let full = error.as_database_error().is_some_and(|e| e.code().as_deref() == Some("13"));
        if full { WorkspaceError::DiskFull } else { WorkspaceError::Store(error) }
    }
}

impl WorkspaceError {
    /// Whether the fault is ours and its text belongs in the log alone.
    pub fn is_internal(&self) -> bool {
        use WorkspaceError::{Corrupt, Random, Store};
        matches!(self, Store(_) | Corrupt(_) | Random(_))
    }
}

impl Explain for WorkspaceError {
    fn code(&self) -> &'static str {
        match self {
            WorkspaceError::BadAddress(_) => "view-address",
            WorkspaceError::TooLong { .. } => "view-too-long",
            WorkspaceError::DiskFull => "disk-full",
            _ => "internal",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            WorkspaceError::BadAddress(path) => text::BAD_ADDRESS.with(lang, &[("path", path)]),
            WorkspaceError::TooLong { field, limit } => {
                text::TOO_LONG.with(lang, &[("field", field), ("limit", &limit.to_string())])
            }
            WorkspaceError::DiskFull => errors::DISK_FULL.text(lang).to_owned(),
            _ => errors::INTERNAL.with(lang, &[("id", "workspace")]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            WorkspaceError::TooLong { .. } => text::TOO_LONG_HELP,
            WorkspaceError::DiskFull => errors::DISK_FULL_HELP,
            WorkspaceError::BadAddress(_) => return None,
            _ => errors::INTERNAL_HELP,
        };
        Some(help.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        match self {
            WorkspaceError::BadAddress(_) => 400,
            WorkspaceError::TooLong { .. } => 413,
            WorkspaceError::DiskFull => 507,
            _ => 500,
        }
    }
}
