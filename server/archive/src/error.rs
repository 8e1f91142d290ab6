//! What can go wrong in the archive, and why a file was refused.

use std::{error::Error as StdError, io, path::PathBuf};

use tenkyu_wire::{
    Explain, Lang,
    messages::{archive as text, errors},
};

/// An error of the archive as a whole. A file that cannot be ingested is a [`Refusal`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The data directory could not be created or opened.
    #[error("data directory {path}")]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database failed.
    #[error("metadata store")]
    Store(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("schema of the metadata store")]
    Migrate(#[from] tenkyu_store::StoreError),
    /// The object store failed.
    #[error("object store")]
    Objects(#[from] object_store::Error),
    /// No space is left where the archive writes.
    #[error("no space left on the device")]
    DiskFull,
    /// The dictionary of header keywords is not valid.
    #[error("dictionary: {0}")]
    Dictionary(String),
    /// A record in the database cannot be read.
    #[error("record of {entity}")]
    Record {
        /// What it describes.
        entity: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Two contents share an artifact identifier.
    #[error("artifact identifier {0} stands for two contents")]
    IdCollision(String),
    /// Rows could not be laid out as columns.
    #[error("columns")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl ArchiveError {
    /// Whether the error, or one that caused it, says that the disk is full.
    pub(crate) fn or_disk_full(self) -> ArchiveError {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&self);
        while let Some(error) = cause {
            let full = error.downcast_ref::<io::Error>().is_some_and(|e| {
                matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            });
            // SQLite's result code 13 is SQLITE_FULL; the driver passes it on as text.
            let sqlite_full = error
                .downcast_ref::<sqlx::Error>()
                .and_then(|e| e.as_database_error())
                .is_some_and(|e| e.code().as_deref() == Some("13"));
            if full || sqlite_full {
                return ArchiveError::DiskFull;
            }
            cause = error.source();
        }
        self
    }

    /// The innermost cause, which says the most.
    fn root(&self) -> String {
        let mut error: &dyn StdError = self;
        while let Some(source) = error.source() {
            error = source;
        }
        error.to_string()
    }
}

impl Explain for ArchiveError {
    fn code(&self) -> &'static str {
        match self {
            ArchiveError::DataDir { .. } => "archive-data-dir",
            ArchiveError::Store(_)
            | ArchiveError::Migrate(_)
            | ArchiveError::Record { .. }
            | ArchiveError::Arrow(_) => "archive-store",
            ArchiveError::Objects(_) => "archive-objects",
            ArchiveError::DiskFull => "disk-full",
            ArchiveError::Dictionary(_) => "archive-dictionary",
            ArchiveError::IdCollision(_) => "archive-id-collision",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        let reason = self.root();
        match self {
            ArchiveError::DataDir { path, .. } => {
                text::DATA_DIR.with(lang, &[("path", &path.to_string_lossy()), ("reason", &reason)])
            }
            ArchiveError::Store(_)
            | ArchiveError::Migrate(_)
            | ArchiveError::Record { .. }
            | ArchiveError::Arrow(_) => text::STORE_BROKEN.with(lang, &[("reason", &reason)]),
            ArchiveError::Objects(_) => text::OBJECT_BROKEN.with(lang, &[("reason", &reason)]),
            ArchiveError::DiskFull => errors::DISK_FULL.text(lang).to_owned(),
            ArchiveError::Dictionary(reason) => {
                text::DICTIONARY_BROKEN.with(lang, &[("reason", reason)])
            }
            ArchiveError::IdCollision(id) => text::ID_COLLISION.with(lang, &[("id", id)]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let message = match self {
            ArchiveError::DataDir { .. } => text::DATA_DIR_HELP,
            ArchiveError::DiskFull => errors::DISK_FULL_HELP,
            ArchiveError::Dictionary(_) => text::DICTIONARY_BROKEN_HELP,
            ArchiveError::IdCollision(_) => text::ID_COLLISION_HELP,
            _ => text::STORE_BROKEN_HELP,
        };
        Some(message.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        match self {
            ArchiveError::DiskFull => 507,
            _ => 500,
        }
    }
}

/// Why a file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing is at the path.
    #[error("no such file or folder")]
    Missing,
    /// The operating system does not let it be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The file has no bytes.
    #[error("empty file")]
    Empty,
    /// The content is something else.
    #[error("not FITS, starts as {0}")]
    NotFits(String),
    /// The outer compression is broken.
    #[error("cannot be unpacked: {0}")]
    Compression(String),
    /// Data are missing at the end.
    #[error("truncated: {0}")]
    Truncated(String),
    /// A header does not follow the standard.
    #[error("header: {0}")]
    Header(String),
    /// The file is larger than the limit.
    #[error("{bytes} bytes, limit {limit}")]
    TooLarge {
        /// Its size in bytes, unpacked.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file has headers only.
    #[error("no data")]
    NoData,
    /// The program failed while reading it.
    #[error("internal failure while reading")]
    Internal,
}

impl Explain for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Refusal::Missing => "ingest-missing",
            Refusal::Unreadable(_) => "ingest-unreadable",
            Refusal::Empty => "ingest-empty",
            Refusal::NotFits(_) => "ingest-not-fits",
            Refusal::Compression(_) => "ingest-compression",
            Refusal::Truncated(_) => "ingest-truncated",
            Refusal::Header(_) => "ingest-header",
            Refusal::TooLarge { .. } => "ingest-too-large",
            Refusal::NoData => "ingest-no-data",
            Refusal::Internal => "ingest-internal",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            Refusal::Missing => text::PATH_MISSING.text(lang).to_owned(),
            Refusal::Unreadable(reason) => text::UNREADABLE.with(lang, &[("reason", reason)]),
            Refusal::Empty => text::EMPTY_FILE.text(lang).to_owned(),
            Refusal::NotFits(found) => text::NOT_FITS.with(lang, &[("found", found)]),
            Refusal::Compression(reason) => text::BAD_COMPRESSION.with(lang, &[("reason", reason)]),
            Refusal::Truncated(reason) => text::TRUNCATED.with(lang, &[("reason", reason)]),
            Refusal::Header(reason) => text::BAD_HEADER.with(lang, &[("reason", reason)]),
            Refusal::TooLarge { bytes, limit } => text::FILE_TOO_LARGE
                .with(lang, &[("bytes", &bytes.to_string()), ("limit", &limit.to_string())]),
            Refusal::NoData => text::NO_DATA.text(lang).to_owned(),
            Refusal::Internal => text::UNSEEN.text(lang).to_owned(),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let message = match self {
            Refusal::Missing => text::PATH_MISSING_HELP,
            Refusal::Unreadable(_) => text::UNREADABLE_HELP,
            Refusal::Empty => text::EMPTY_FILE_HELP,
            Refusal::NotFits(_) => text::NOT_FITS_HELP,
            Refusal::Compression(_) => text::BAD_COMPRESSION_HELP,
            Refusal::Truncated(_) => text::TRUNCATED_HELP,
            Refusal::Header(_) => text::BAD_HEADER_HELP,
            Refusal::TooLarge { .. } => text::FILE_TOO_LARGE_HELP,
            Refusal::NoData => text::NO_DATA_HELP,
            Refusal::Internal => text::UNSEEN_HELP,
        };
        Some(message.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        422
    }
}
