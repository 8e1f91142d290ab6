//! Tables that only some queries see: those of a person, or shared with one.
//!
//! Each lies in a folder of its own, laid out as a folder of catalogues with one table in it, and
//! never changes: another content is another folder. Which queries see it, and under which name, is
//! for those to say who ask.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use tenkyu_wire::tables::TableMeta;
use tokio::runtime::Handle;

use crate::{
    Engine, EngineError, ImportOptions,
    catalog::{self, TableFolder, TableName},
    engine::Table,
    import,
};

/// The schema of a person's own tables.
pub const SCHEMA: &str = "my";
/// The table within its folder.
const NAME: &str = "my.kept";
/// What compression makes of measured values is not smaller than a part of so many.
const MOST_PACKED: u64 = 16;
/// Descriptions that stay in memory; beyond that all are read anew.
const MOST_OPEN: usize = 4096;

/// A table as a query sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTable {
    /// `schema.table`, both regular identifiers.
    pub name: String,
    /// The folder that [`Engine::keep`] filled.
    pub folder: PathBuf,
}

/// What was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its description; the name is the one that the caller gave.
    pub meta: TableMeta,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Rows on their way into a table.
pub type Rows = Box<dyn Iterator<Item = Result<RecordBatch, EngineError>> + Send>;

/// Tables whose description was read.
#[derive(Default)]
pub(crate) struct Opened(Mutex<HashMap<PathBuf, Table>>);

impl Opened {
    /// The table, under the name that the query has for it.
    pub(crate) fn open(&self, own: &OwnTable, runtime: &Handle) -> Result<Table, EngineError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(&own.folder).cloned();
        let table = match known {
            Some(table) => table,
            None => {
                let table = Table::open(folder(&own.folder)?, runtime)?;
                let mut opened = lock();
                if opened.len() >= MOST_OPEN {
                    opened.clear();
                }
                opened.insert(own.folder.clone(), table.clone());
                table
            }
        };
        Ok(table.called(TableName::parse(&own.name)?))
    }

    fn forget(&self, folder: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(folder);
    }
}

fn folder(root: &Path) -> Result<TableFolder, EngineError> {
    let found = catalog::list(root)?.into_iter().next();
    found.ok_or_else(|| EngineError::io(root, std::io::ErrorKind::NotFound.into()))
}

impl Engine {
    /// Whether a table can be called so: a regular identifier.
    ///
    /// # Errors
    /// [`EngineError::BadName`].
    pub fn check_own_name(name: &str) -> Result<(), EngineError> {
        TableName::parse(name).map(|_| ())
    }

    /// Writes a table into `folder`, which must not exist: as a HATS catalogue where it has
    /// positions, as a Parquet file otherwise. Blocks until it is written; nothing is left of it
    /// when it fails.
    ///
    /// # Errors
    /// Those of the rows and of an import; [`EngineError::NoRoom`] beyond `most_bytes`.
    pub fn keep(
        &self,
        own: &OwnTable,
        schema: SchemaRef,
        rows: Rows,
        description: Option<String>,
        most_bytes: u64,
    ) -> Result<Kept, EngineError> {
        let root = &own.folder;
        std::fs::create_dir_all(root).map_err(|e| EngineError::io(root, e))?;
        let kept = self.write_own(own, schema, rows, description, most_bytes);
        if kept.is_err() {
            self.drop_own(root)?;
        }
        kept
    }

    fn write_own(
        &self,
        own: &OwnTable,
        schema: SchemaRef,
        rows: Rows,
        description: Option<String>,
        most_bytes: u64,
    ) -> Result<Kept, EngineError> {
        let options = ImportOptions::new(NAME);
        let name = own.name.clone();
        let no_room =
            move |bytes| EngineError::NoRoom { name: name.clone(), bytes, free: most_bytes };
        let full = no_room.clone();
        let mut decoded = 0_u64;
        let rows = rows.map(move |batch| {
            let batch = batch?;
            decoded = decoded.saturating_add(batch.get_array_memory_size() as u64);
            // Long before the disk is full of what will be refused.
            let least = decoded / MOST_PACKED;
            if least > most_bytes { Err(full(least)) } else { Ok(batch) }
        });
        let reader = import::reader_of(schema, description, None, Box::new(rows));
        let name = TableName::parse(NAME)?;
        import::import_reader(&own.folder, reader, &name, &options, &mut |_| {})?;
        let bytes = size(&own.folder).map_err(|e| EngineError::io(&own.folder, e))?;
        if bytes > most_bytes {
            return Err(no_room(bytes));
        }
        Ok(Kept { meta: self.own_meta(own)?, bytes })
    }

    /// The description of a table that was kept.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn own_meta(&self, own: &OwnTable) -> Result<TableMeta, EngineError> {
        Ok(self.opened.open(own, self.workers()?.handle())?.meta())
    }

    /// Removes a table that was kept. Queries that run on it fail.
    ///
    /// # Errors
    /// A folder that cannot be removed.
    pub fn drop_own(&self, folder: &Path) -> Result<(), EngineError> {
        self.opened.forget(folder);
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(EngineError::io(folder, error))
            }
            _ => Ok(()),
        }
    }

    /// Opens a table file of any format that an import reads, for [`Engine::keep`].
    ///
    /// # Errors
    /// A file that is no table.
    pub fn read_table(file: &Path) -> Result<(SchemaRef, Option<String>, Rows), EngineError> {
        let reader = import::open_table(file)?;
        Ok((reader.schema, reader.description, reader.batches))
    }

    /// The rows of a table that was kept and after them those of a file, columns by name, in the
    /// types that the table has.
    ///
    /// # Errors
    /// A file that is no table; [`EngineError::ColumnsDiffer`] where its columns do not fit.
    pub fn read_with(
        &self,
        own: &OwnTable,
        file: &Path,
    ) -> Result<(SchemaRef, Option<String>, Rows), EngineError> {
        let table = self.opened.open(own, self.workers()?.handle())?;
        let schema = table.schema();
        let more = import::open_more(&schema, file)?;
        let kept = schema.clone();
        let before = table.files().into_iter().flat_map(move |file| -> Rows {
            match import::open_more(&kept, &file) {
                Ok(reader) => reader.batches,
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        });
        Ok((schema, Some(table.meta().description), Box::new(before.chain(more.batches))))
    }
}

/// Bytes of all files below a folder.
fn size(dir: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        sum += if meta.is_dir() { size(&entry.path())? } else { meta.len() };
    }
    Ok(sum)
}
