//! What can go wrong with what users keep.

use std::path::{Path, PathBuf};

use tenkyu_wire::messages::{errors, functions, workspace as text};
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
    /// As many modules as are kept for one owner.
    #[error("{0} modules are kept for this owner")]
    TooManyModules(u64),
    /// More bytes of modules than are kept for one owner, or for all.
    #[error("more than {limit} bytes of modules")]
    ModuleSpace {
        /// The limit, bytes.
        limit: u64,
        /// Whether it is that of all owners together.
        of_all: bool,
    },
    /// A function of this name is in another module.
    #[error("the function {name} is in {module}")]
    FunctionTaken {
        /// The function.
        name: String,
        /// Name of the other module.
        module: String,
    },
    /// No such module of this owner.
    #[error("no module {0}")]
    NoModule(String),
    /// No such table of this owner.
    #[error("no table {0}")]
    NoTable(String),
    /// The owner has a table of this name.
    #[error("there is a table {0}")]
    TableTaken(String),
    /// As many tables as are kept for one owner.
    #[error("{0} tables are kept for this owner")]
    TooManyTables(u64),
    /// More bytes of tables than are kept for one owner.
    #[error("more than {0} bytes of tables")]
    TableSpace(u64),
    /// The disk failed.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No space is left.
    #[error("the disk is full")]
    DiskFull,
    /// The database failed.
    #[error("the database of the workspace failed")]
    Store(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the tables of the workspace")]
    Migrate(#[from] tenkyu_store::StoreError),
    /// A row does not hold what was written.
    #[error("a row cannot be read: {0}")]
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
        use WorkspaceError::{Corrupt, Io, Random, Store};
        matches!(self, Store(_) | Corrupt(_) | Random(_) | Io { .. })
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> WorkspaceError {
        match source.kind() {
            std::io::ErrorKind::StorageFull => WorkspaceError::DiskFull,
            _ => WorkspaceError::Io { path: path.to_owned(), source },
        }
    }
}

impl Explain for WorkspaceError {
    fn code(&self) -> &'static str {
        match self {
            WorkspaceError::BadAddress(_) => "view-address",
            WorkspaceError::TooLong { .. } => "view-too-long",
            WorkspaceError::TooManyModules(_) => "functions-too-many",
            WorkspaceError::ModuleSpace { .. } => "functions-space",
            WorkspaceError::FunctionTaken { .. } => "function-taken",
            WorkspaceError::NoModule(_) => "function-no-module",
            WorkspaceError::NoTable(_) => "table-not-found",
            WorkspaceError::TableTaken(_) => "table-taken",
            WorkspaceError::TooManyTables(_) => "tables-too-many",
            WorkspaceError::TableSpace(_) => "tables-space",
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
            WorkspaceError::TooManyModules(limit) => {
                functions::TOO_MANY.with(lang, &[("limit", &limit.to_string())])
            }
            WorkspaceError::ModuleSpace { limit, of_all } => {
                let message = if *of_all { functions::NO_SPACE } else { functions::OWN_SPACE };
                message.with(lang, &[("limit", &(limit >> 20).to_string())])
            }
            WorkspaceError::FunctionTaken { name, module } => {
                functions::TAKEN.with(lang, &[("name", name), ("module", module)])
            }
            WorkspaceError::NoModule(id) => functions::NO_MODULE.with(lang, &[("id", id)]),
            WorkspaceError::NoTable(name) => text::NO_TABLE.with(lang, &[("name", name)]),
            WorkspaceError::TableTaken(name) => text::TABLE_TAKEN.with(lang, &[("name", name)]),
            WorkspaceError::TooManyTables(limit) => {
                text::TOO_MANY_TABLES.with(lang, &[("limit", &limit.to_string())])
            }
            WorkspaceError::TableSpace(limit) => {
                text::TABLE_SPACE.with(lang, &[("limit", &(limit / 1_000_000).to_string())])
            }
            WorkspaceError::DiskFull => errors::DISK_FULL.text(lang).to_owned(),
            _ => errors::INTERNAL.with(lang, &[("id", "workspace")]),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            WorkspaceError::TooLong { .. } => text::TOO_LONG_HELP,
            WorkspaceError::TooManyModules(_)
            | WorkspaceError::ModuleSpace { of_all: false, .. } => functions::TOO_MANY_HELP,
            WorkspaceError::ModuleSpace { of_all: true, .. } => functions::NO_SPACE_HELP,
            WorkspaceError::FunctionTaken { .. } => functions::TAKEN_HELP,
            WorkspaceError::NoModule(_) => functions::NO_MODULE_HELP,
            WorkspaceError::NoTable(_) => text::NO_TABLE_HELP,
            WorkspaceError::TableTaken(_) => text::TABLE_TAKEN_HELP,
            WorkspaceError::TooManyTables(_) | WorkspaceError::TableSpace(_) => {
                text::TOO_MANY_TABLES_HELP
            }
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
            WorkspaceError::TooManyModules(_)
            | WorkspaceError::FunctionTaken { .. }
            | WorkspaceError::ModuleSpace { of_all: false, .. }
            | WorkspaceError::TableTaken(_)
            | WorkspaceError::TooManyTables(_) => 409,
            WorkspaceError::TableSpace(_) => 413,
            WorkspaceError::NoModule(_) | WorkspaceError::NoTable(_) => 404,
            WorkspaceError::DiskFull | WorkspaceError::ModuleSpace { of_all: true, .. } => 507,
            _ => 500,
        }
    }
}
