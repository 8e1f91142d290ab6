//! What can go wrong with files.

use std::path::{Path, PathBuf};

use tenkyu_wire::messages::{errors, files as text};
use tenkyu_wire::{Explain, Lang};

/// An error of the tree of files.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No name for a node.
    #[error("{0:?} is no name")]
    BadName(String),
    /// Nested deeper than may be.
    #[error("nested deeper than {0}")]
    TooDeep(usize),
    /// Nothing there.
    #[error("nothing at {0}")]
    NoNode(String),
    /// The folder that something should go into is absent.
    #[error("no folder {0}")]
    NoFolder(String),
    /// Something else than a folder.
    #[error("{0} is no folder")]
    NotAFolder(String),
    /// Something else than a file.
    #[error("{0} is no file")]
    NotAFile(String),
    /// A path that leads through a link.
    #[error("{0} is a link")]
    LinkInPath(String),
    /// The name is taken.
    #[error("{0} is there already")]
    Taken(String),
    /// A folder into itself.
    #[error("a folder into itself")]
    Cycle,
    /// A node of the service's own.
    #[error("{0} cannot be changed")]
    Fixed(String),
    /// Not the state that the caller knew.
    #[error("{0} has changed")]
    Changed(String),
    /// It does not fit.
    #[error("{needed} bytes do not fit into {free} of {quota}")]
    Quota {
        /// Bytes wanted.
        needed: u64,
        /// Bytes left.
        free: u64,
        /// Bytes in all.
        quota: u64,
    },
    /// Unknown upload.
    #[error("no upload {0}")]
    NoUpload(String),
    /// Bytes for another place than the next one.
    #[error("at byte {have}, not {asked}")]
    Offset {
        /// Where the upload stands.
        have: u64,
        /// What was asked.
        asked: u64,
    },
    /// More bytes than were announced.
    #[error("longer than {0}")]
    Longer(u64),
    /// The body ended early.
    #[error("interrupted at byte {0}")]
    Interrupted(u64),
    /// Not the bytes that were announced.
    #[error("the {0} differs")]
    Checksum(&'static str),
    /// Not a checksum.
    #[error("{0:?} is no checksum")]
    BadChecksum(String),
    /// Somebody else is writing.
    #[error("somebody else is writing")]
    Busy,
    /// An upload that cannot be joined with others.
    #[error("{0} is not a finished part")]
    NotPartial(String),
    /// As many unfinished uploads as are kept.
    #[error("{0} uploads are unfinished")]
    TooManyUploads(u64),
    /// Unknown version.
    #[error("no version {version} of {path}")]
    NoVersion {
        /// The file.
        path: String,
        /// The version.
        version: u64,
    },
    /// Not in the trash.
    #[error("{0} is not in the trash")]
    NotInTrash(String),
    /// Unknown secret link.
    #[error("no such link")]
    NoLink,
    /// A property that cannot be kept.
    #[error("property: {0}")]
    Property(&'static str),
    /// A tree that is too large for one step.
    #[error("more than {0} nodes")]
    TooMany(u64),
    /// The disk failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No space is left on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The database failed.
    #[error("the database of the files failed")]
    Store(#[source] sqlx::Error),
    /// A row does not hold what was written.
    #[error("a row cannot be read: {0}")]
    Corrupt(String),
    /// Something of ours ended early.
    #[error("{0}")]
    Internal(String),
}

impl From<sqlx::Error> for FileError {
    fn from(error: sqlx::Error) -> Self {
        // SQLite's result code 13 is SQLITE_FULL.
        let full = error.as_database_error().is_some_and(|e| e.code().as_deref() == Some("13"));
        if full { FileError::DiskFull } else { FileError::Store(error) }
    }
}

impl FileError {
    /// Whether the fault is ours and its text belongs in the log alone.
    pub fn is_internal(&self) -> bool {
        use FileError::{Corrupt, Internal, Io, Store};
        matches!(self, Store(_) | Corrupt(_) | Io { .. } | Internal(_))
    }

    pub(super) fn io(path: &Path, source: std::io::Error) -> FileError {
        match source.kind() {
            std::io::ErrorKind::StorageFull => FileError::DiskFull,
            _ => FileError::Io { path: path.to_owned(), source },
        }
    }

    pub(super) fn corrupt(what: impl std::fmt::Display) -> FileError {
        FileError::Corrupt(what.to_string())
    }
}

impl Explain for FileError {
    fn code(&self) -> &'static str {
        match self {
            FileError::BadName(_) => "file-name",
            FileError::TooDeep(_) => "file-too-deep",
            FileError::NoNode(_) => "file-not-found",
            FileError::NoFolder(_) => "file-no-folder",
            FileError::NotAFolder(_) => "file-not-a-folder",
            FileError::NotAFile(_) => "file-not-a-file",
            FileError::LinkInPath(_) => "file-link-in-path",
            FileError::Taken(_) => "file-taken",
            FileError::Cycle => "file-cycle",
            FileError::Fixed(_) => "file-fixed",
            FileError::Changed(_) => "file-changed",
            FileError::Quota { .. } => "file-quota",
            FileError::NoUpload(_) => "upload-not-found",
            FileError::Offset { .. } => "upload-offset",
            FileError::Longer(_) => "upload-longer",
            FileError::Interrupted(_) => "upload-interrupted",
            FileError::Checksum(_) => "upload-checksum",
            FileError::BadChecksum(_) => "upload-bad-checksum",
            FileError::Busy => "upload-busy",
            FileError::NotPartial(_) => "upload-not-partial",
            FileError::TooManyUploads(_) => "uploads-too-many",
            FileError::NoVersion { .. } => "file-no-version",
            FileError::NotInTrash(_) => "file-not-in-trash",
            FileError::NoLink => "file-no-link",
            FileError::Property(_) => "file-property",
            FileError::TooMany(_) => "file-too-many",
            FileError::DiskFull => "disk-full",
            _ => "internal",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        let number = |n: u64| n.to_string();
        match self {
            FileError::BadName(name) => text::BAD_NAME.with(lang, &[("name", name)]),
            FileError::TooDeep(limit) => {
                text::TOO_DEEP.with(lang, &[("limit", &limit.to_string())])
            }
            FileError::NoNode(path) => text::NO_NODE.with(lang, &[("path", path)]),
            FileError::NoFolder(path) => text::NO_FOLDER.with(lang, &[("path", path)]),
            FileError::NotAFolder(path) => text::NOT_A_FOLDER.with(lang, &[("path", path)]),
            FileError::NotAFile(path) => text::NOT_A_FILE.with(lang, &[("path", path)]),
            FileError::LinkInPath(path) => text::LINK_IN_PATH.with(lang, &[("path", path)]),
            FileError::Taken(path) => text::TAKEN.with(lang, &[("path", path)]),
            FileError::Cycle => text::CYCLE.text(lang).to_owned(),
            FileError::Fixed(path) => text::FIXED.with(lang, &[("path", path)]),
            FileError::Changed(path) => text::CHANGED.with(lang, &[("path", path)]),
            FileError::Quota { needed, free, quota } => {
                let values = [number(*needed), number(*free), number(*quota)];
                let [needed, free, quota] = &values;
                text::QUOTA.with(lang, &[("needed", needed), ("free", free), ("quota", quota)])
            }
            FileError::NoUpload(id) => text::NO_UPLOAD.with(lang, &[("id", id)]),
            FileError::Offset { have, asked } => {
                text::OFFSET.with(lang, &[("have", &number(*have)), ("asked", &number(*asked))])
            }
            FileError::Longer(length) => text::LONGER.with(lang, &[("length", &number(*length))]),
            FileError::Interrupted(have) => {
                text::INTERRUPTED.with(lang, &[("have", &number(*have))])
            }
            FileError::Checksum(algorithm) => {
                text::CHECKSUM.with(lang, &[("algorithm", algorithm)])
            }
            FileError::BadChecksum(given) => text::BAD_CHECKSUM.with(lang, &[("text", given)]),
            FileError::Busy => text::BUSY.text(lang).to_owned(),
            FileError::NotPartial(id) => text::NOT_PARTIAL.with(lang, &[("id", id)]),
            FileError::TooManyUploads(limit) => {
                text::TOO_MANY_UPLOADS.with(lang, &[("limit", &number(*limit))])
            }
            FileError::NoVersion { path, version } => {
                text::NO_VERSION.with(lang, &[("path", path), ("version", &number(*version))])
            }
            FileError::NotInTrash(id) => text::NOT_IN_TRASH.with(lang, &[("id", id)]),
            FileError::NoLink => text::NO_LINK.text(lang).to_owned(),
            FileError::Property(reason) => text::PROPERTY.with(lang, &[("reason", reason)]),
            FileError::TooMany(limit) => {
                text::TOO_MANY_NODES.with(lang, &[("limit", &number(*limit))])
            }
            FileError::DiskFull => errors::DISK_FULL.text(lang).to_owned(),
            _ => errors::INTERNAL.with(lang, &[("id", "files")]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            FileError::BadName(_) => text::BAD_NAME_HELP,
            FileError::NoNode(_) => text::NO_NODE_HELP,
            FileError::NoFolder(_) => text::NO_FOLDER_HELP,
            FileError::LinkInPath(_) => text::LINK_IN_PATH_HELP,
            FileError::Taken(_) => text::TAKEN_HELP,
            FileError::Changed(_) => text::CHANGED_HELP,
            FileError::Quota { .. } => text::QUOTA_HELP,
            FileError::NoUpload(_) => text::NO_UPLOAD_HELP,
            FileError::Interrupted(_) => text::INTERRUPTED_HELP,
            FileError::Checksum(_) => text::CHECKSUM_HELP,
            FileError::BadChecksum(_) => text::BAD_CHECKSUM_HELP,
            FileError::TooManyUploads(_) => text::TOO_MANY_UPLOADS_HELP,
            FileError::TooMany(_) => text::TOO_MANY_NODES_HELP,
            FileError::DiskFull => errors::DISK_FULL_HELP,
            other if other.is_internal() => errors::INTERNAL_HELP,
            _ => return None,
        };
        Some(help.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        match self {
            FileError::NoNode(_)
            | FileError::NoFolder(_)
            | FileError::NoVersion { .. }
            | FileError::NotInTrash(_)
            | FileError::NoLink
            | FileError::NoUpload(_) => 404,
            FileError::Taken(_) | FileError::Cycle | FileError::Offset { .. } => 409,
            FileError::NotAFolder(_) | FileError::NotAFile(_) | FileError::NotPartial(_) => 409,
            FileError::Fixed(_) => 403,
            FileError::Changed(_) => 412,
            FileError::Quota { .. } | FileError::Longer(_) | FileError::TooMany(_) => 413,
            FileError::Busy => 423,
            FileError::TooManyUploads(_) => 429,
            // tus 1.0, checksum extension.
            FileError::Checksum(_) => 460,
            FileError::DiskFull => 507,
            other if other.is_internal() => 500,
            _ => 400,
        }
    }
}
