//! Import: table files become a HATS catalogue, in bounded memory and all or nothing.
//!
//! Rows are read once: positions become degrees and HEALPix indices, which are counted by cell,
//! and the rows are sorted by index, in runs on disk where they do not fit in memory. The counts
//! choose the partitions; then the runs are merged and cut into them, and the rows near the rims
//! and the values of the id column are gathered for the margin cache and the id index. All of it
//! is built in a scratch folder and becomes visible by one rename and one replacement of the
//! `current` file.

mod csv;
mod fits;
mod formats;
mod index;
mod ipac;
mod layout;
mod many;
mod margin;
mod parquet;
mod partitions;
pub mod position;
mod sort;
mod text;
mod votable;

use std::path::{Path, PathBuf};

use arrow::{array::RecordBatch, datatypes::SchemaRef};

use crate::{
    EngineError,
    catalog::{Scratch, TableName},
    hats::{
        Cell,
        collection::{self, Collection},
        properties::Properties,
        write::CatalogWriter,
    },
    meta::HEALPIX_COLUMN,
};
use formats::TableReader;
use index::Index;
use layout::{Counts, Layout};
pub(crate) use layout::{is_storable, stored_array, stored_field};
use margin::{MAX_MARGIN, Margins};
use sort::Sorter;

/// The file of a table without partitions, below `dataset/`.
const TABLE_FILE: &str = "table.parquet";

/// What to import and how.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// `schema.table`.
    pub name: String,
    /// Column of right ascension; found by UCD and name when absent.
    pub ra: Option<String>,
    /// Column of declination; found by UCD and name when absent.
    pub dec: Option<String>,
    /// Description of the table; the file's own when absent.
    pub description: Option<String>,
    /// Most rows in a partition.
    pub max_rows: u64,
    /// How far the margin cache reaches beyond each partition, arcseconds; none if 0 or absent.
    pub margin_arcsec: Option<f64>,
    /// Column whose values are indexed.
    pub id_column: Option<String>,
    /// Bytes of rows kept in memory at a time.
    pub memory_bytes: usize,
}

impl ImportOptions {
    /// Options for a table of this name: partitions of up to a million rows, no margin cache, no
    /// id index, 256 MiB in memory.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ra: None,
            dec: None,
            description: None,
            max_rows: 1_000_000,
            margin_arcsec: None,
            id_column: None,
            memory_bytes: 256 << 20,
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportProgress {
    /// What is being done.
    pub phase: ImportPhase,
    /// Rows done in this phase.
    pub rows: u64,
    /// Rows in all, where known.
    pub total: Option<u64>,
}

/// The steps of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPhase {
    /// Reading the files.
    Reading,
    /// Writing partitions.
    Writing,
    /// Writing the margin cache.
    Margin,
    /// Writing the id index.
    Index,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportReport {
    /// `schema.table`.
    pub table: String,
    /// Name of the new snapshot.
    pub snapshot: String,
    /// Rows.
    pub rows: u64,
    /// Partitions; 0 for a table without a position.
    pub partitions: usize,
    /// Position columns.
    pub position: Option<(String, String)>,
    /// Rows whose position is null.
    pub rows_without_position: u64,
    /// Columns that were left out because their type has no VO counterpart, with that type.
    pub skipped: Vec<(String, String)>,
    /// Whether there is a margin cache: not where no row lies near a rim.
    pub margin: bool,
    /// The column that is indexed.
    pub index: Option<String>,
}

/// Imports files below the catalogue root, as one table.
pub(crate) fn run(
    root: &Path,
    files: &[PathBuf],
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<ImportReport, EngineError> {
    let name = TableName::parse(&options.name)?;
    let scratch = Scratch::create(root)?;
    let reader = many::open(files, scratch.dir())?;
    build(root, scratch, reader, &name, options, progress)
}

/// Opens a table file of any format. What has to be unpacked goes beside it.
pub(crate) fn open_table(file: &Path) -> Result<TableReader, EngineError> {
    formats::open(file, file.parent().unwrap_or(Path::new(".")))
}

/// Opens a file in the columns and types of a table that there is.
pub(crate) fn open_more(schema: &SchemaRef, file: &Path) -> Result<TableReader, EngineError> {
    many::open_more(schema, file, file.parent().unwrap_or(Path::new(".")))
}

/// A table that is made while it is read.
pub(crate) fn reader_of(
    schema: SchemaRef,
    description: Option<String>,
    rows: Option<u64>,
    batches: Box<dyn Iterator<Item = Result<RecordBatch, EngineError>> + Send>,
) -> TableReader {
    TableReader { schema, description, rows, batches }
}

pub(crate) fn import_reader(
    root: &Path,
    reader: TableReader,
    name: &TableName,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<ImportReport, EngineError> {
    build(root, Scratch::create(root)?, reader, name, options, progress)
}

fn build(
    root: &Path,
    scratch: Scratch,
    reader: TableReader,
    name: &TableName,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<ImportReport, EngineError> {
    let layout = Layout::new(&reader.schema, options)?;
    let extras = Extras::new(&layout, options)?;
    let dir = scratch.dir().join("catalog");
    let primary = if extras.any() { dir.join(&name.table) } else { dir.clone() };
    std::fs::create_dir_all(&primary).map_err(|e| EngineError::io(&primary, e))?;
    let description = options.description.clone().or_else(|| reader.description.clone());
    let mut writer = CatalogWriter::new(&primary, layout.stored.clone());
    let (counts, gathered) = if layout.position.is_some() {
        let build = Build { scratch: &scratch, layout: &layout, extras: &extras, options };
        build.sky(reader, &mut writer, progress)?
    } else {
        (plain(reader, &layout, &mut writer, progress)?, Gathered::default())
    };
    let partitions = writer.partitions().len();
    writer.finish(properties(name, description, &layout, options, &counts))?;
    let collection = gathered.write(&dir, name, &layout, options, progress)?;
    if extras.any() {
        let path = dir.join(collection::FILE);
        let text = collection.properties(&name.to_string()).text();
        std::fs::write(&path, text).map_err(|e| EngineError::io(&path, e))?;
    }
    let snapshot = scratch.publish(root, name, &dir)?;
    Ok(ImportReport {
        table: name.to_string(),
        snapshot,
        rows: counts.rows,
        partitions,
        position: layout.position_names(),
        rows_without_position: counts.without_position,
        skipped: layout.skipped,
        margin: !collection.margins.is_empty(),
        index: collection.indexes.into_iter().next().map(|(column, _)| column),
    })
}

/// A table without a position is one file in the order of its rows.
fn plain(
    reader: TableReader,
    layout: &Layout,
    writer: &mut CatalogWriter,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<Counts, EngineError> {
    let mut counts = Counts::default();
    let total = reader.rows;
    writer.file(TABLE_FILE, None)?;
    for batch in reader.batches {
        writer.write(&layout.convert(&batch?, &mut counts)?)?;
        progress(ImportProgress { phase: ImportPhase::Reading, rows: counts.rows, total });
    }
    Ok(counts)
}

/// What is built beside the catalogue.
struct Extras {
    margin: Option<f64>,
    id: Option<String>,
}

impl Extras {
    fn new(layout: &Layout, options: &ImportOptions) -> Result<Self, EngineError> {
        let id = options.id_column.as_deref().map(|name| index::column(&layout.stored, name));
        let id = id.transpose()?;
        let margin = options.margin_arcsec.filter(|m| *m != 0.0);
        if let Some(arcsec) = margin
            && !(arcsec > 0.0 && arcsec <= MAX_MARGIN)
        {
            return Err(EngineError::BadMargin { arcsec });
        }
        // Both are about partitions, which a table without a position has not.
        let has_partitions = layout.position.is_some();
        Ok(Self { margin: margin.filter(|_| has_partitions), id: id.filter(|_| has_partitions) })
    }

    fn any(&self) -> bool {
        self.margin.is_some() || self.id.is_some()
    }
}

/// What was gathered while the partitions were written.
#[derive(Default)]
struct Gathered {
    margins: Option<Margins>,
    index: Option<Index>,
}

impl Gathered {
    /// Writes it beside the catalogue in `dir`.
    fn write(
        self,
        dir: &Path,
        name: &TableName,
        layout: &Layout,
        options: &ImportOptions,
        progress: &mut dyn FnMut(ImportProgress),
    ) -> Result<Collection, EngineError> {
        let mut collection = Collection { primary: name.table.clone(), ..Collection::default() };
        let mut phase = |phase| progress(ImportProgress { phase, rows: 0, total: None });
        if let (Some(margins), Some(arcsec)) = (self.margins, options.margin_arcsec) {
            phase(ImportPhase::Margin);
            let folder = format!("{}_{arcsec}arcs", name.table);
            let mut p = described(&folder, "margin");
            p.set("hats_primary_table_url", &name.table);
            p.set("hats_margin_threshold", format!("{arcsec:?}"));
            if let Some(position) = layout.position_names() {
                describe_position(&mut p, position);
            }
            if margins.write(&dir.join(&folder), p)? {
                collection.margins.push(folder);
            }
        }
        if let Some(index) = self.index {
            phase(ImportPhase::Index);
            let column = index.column.clone();
            let folder = format!("{}_id_index", name.table);
            let mut p = described(&folder, "index");
            p.set("hats_primary_table_url", &name.table);
            p.set("hats_index_column", &column);
            p.set("hats_index_extra_column", HEALPIX_COLUMN);
            index.write(&dir.join(&folder), p)?;
            collection.indexes.push((column, folder));
        }
        Ok(collection)
    }
}

/// Building a catalogue of positions.
struct Build<'a> {
    scratch: &'a Scratch,
    layout: &'a Layout,
    extras: &'a Extras,
    options: &'a ImportOptions,
}

impl Build<'_> {
    fn sky(
        &self,
        reader: TableReader,
        writer: &mut CatalogWriter,
        progress: &mut dyn FnMut(ImportProgress),
    ) -> Result<(Counts, Gathered), EngineError> {
        let (stored, total) = (&self.layout.stored, reader.rows);
        let budget = self.options.memory_bytes / 2;
        let prefix = |name: &str| self.scratch.dir().join(name);
        let mut counts = Counts::default();
        let key = stored.index_of(HEALPIX_COLUMN)?;
        let mut sorter = Sorter::<i64>::new(&prefix("rows"), stored.clone(), key, budget);
        for batch in reader.batches {
            sorter.push(self.layout.convert(&batch?, &mut counts)?)?;
            progress(ImportProgress { phase: ImportPhase::Reading, rows: counts.rows, total });
        }
        let cells = counts.histogram.partitions(self.options.max_rows);
        if cells.is_empty() {
            // A catalogue needs a file to tell its columns.
            writer.file(TABLE_FILE, None)?;
            return Ok((counts, Gathered::default()));
        }
        let order: Vec<Cell> = cells.iter().map(|(cell, _)| *cell).collect();
        let mut gathered = Gathered {
            margins: self
                .extras
                .margin
                .map(|m| Margins::new(m, order, stored, &prefix("margin"), budget / 2)),
            index: self
                .extras
                .id
                .as_deref()
                .map(|id| Index::new(id, stored, &prefix("index"), budget / 2))
                .transpose()?,
        };
        let rows = sorter.finish()?;
        let mut written = |rows| {
            let total = Some(counts.rows);
            progress(ImportProgress { phase: ImportPhase::Writing, rows, total });
        };
        partitions::write(rows, &cells, writer, &mut gathered, &mut written)?;
        Ok((counts, gathered))
    }
}

/// The keys that every table has.
fn described(name: &str, kind: &str) -> Properties {
    let mut p = Properties::default();
    p.set("obs_collection", name);
    p.set("dataproduct_type", kind);
    p.set("hats_version", "v1.0");
    p.set("hats_builder", concat!("tenkyu ", env!("CARGO_PKG_VERSION")));
    p.set("hats_creation_date", crate::catalog::utc_minute());
    p
}

/// The keys that say where the positions are.
fn describe_position(p: &mut Properties, (ra, dec): (String, String)) {
    p.set("hats_col_ra", ra);
    p.set("hats_col_dec", dec);
    p.set("hats_col_healpix", HEALPIX_COLUMN);
    p.set("hats_col_healpix_order", "29");
    p.set("hats_npix_suffix", ".parquet");
}

fn properties(
    name: &TableName,
    description: Option<String>,
    layout: &Layout,
    options: &ImportOptions,
    counts: &Counts,
) -> Properties {
    let kind = if layout.position.is_some() { "object" } else { "table" };
    let mut p = described(&name.to_string(), kind);
    if let Some(text) = description {
        p.set("obs_description", text);
    }
    if let Some(position) = layout.position_names() {
        describe_position(&mut p, position);
        p.set("hats_max_rows", options.max_rows.to_string());
        if counts.without_position > 0 {
            p.set("tenkyu_rows_without_position", counts.without_position.to_string());
        }
    }
    p
}
