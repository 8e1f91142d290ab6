//! Import: a table file becomes a HATS catalogue, in bounded memory and all or nothing.
//!
//! Pass one reads the file, converts the position and counts rows by HEALPix cell, spooling what
//! does not fit in memory. The counts choose the partitions. Pass two deals the rows into groups
//! of neighbouring partitions, each small enough to be sorted in memory, and writes them. The
//! catalogue is built in a scratch folder and becomes visible by one rename and one replacement
//! of the `current` file.

mod csv;
mod fits;
mod formats;
mod ipac;
mod parquet;
pub mod position;
mod spool;
mod text;
mod votable;

use std::{path::Path, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, UInt64Array},
    compute::{CastOptions, cast_with_options, concat_batches, filter_record_batch, take},
    datatypes::{DataType, Field, Float32Type, Float64Type, Schema, SchemaRef},
    util::display::FormatOptions,
};

use crate::{
    EngineError,
    catalog::{Scratch, TableName},
    hats::{
        Cell,
        partition::Histogram,
        properties::Properties,
        write::{CatalogWriter, with_healpix},
    },
    meta::{self, HEALPIX_COLUMN},
};
use formats::TableReader;
use position::Position;
use spool::{Spool, SpoolReader};

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
    /// Bytes of rows kept in memory at a time.
    pub memory_bytes: usize,
}

impl ImportOptions {
    /// Options for a table of this name: partitions of up to a million rows, 256 MiB in memory.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ra: None,
            dec: None,
            description: None,
            max_rows: 1_000_000,
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

/// The two passes of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPhase {
    /// Reading the file.
    Reading,
    /// Writing partitions.
    Writing,
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
}

/// Imports `file` below the catalogue root.
pub(crate) fn run(
    root: &Path,
    file: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<ImportReport, EngineError> {
    let name = TableName::parse(&options.name)?;
    let reader = formats::open(file)?;
    import_reader(root, reader, &name, options, progress)
}

/// Opens a table file of any format.
pub(crate) fn open_table(file: &Path) -> Result<TableReader, EngineError> {
    formats::open(file)
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
    let layout = Layout::new(&reader.schema, options)?;
    let scratch = Scratch::create(root)?;
    let dir = scratch.dir().join("catalog");
    std::fs::create_dir_all(&dir).map_err(|e| EngineError::io(&dir, e))?;

    let mut writer = CatalogWriter::new(&dir, layout.stored.clone());
    let description = options.description.clone().or_else(|| reader.description.clone());
    let mut counts = Counts::default();
    let mut spool =
        Spool::new(scratch.dir().join("rows.arrow"), layout.stored.clone(), options.memory_bytes);
    let total = reader.rows;
    for batch in reader.batches {
        let batch = layout.convert(&batch?, &mut counts)?;
        spool.push(batch)?;
        progress(ImportProgress { phase: ImportPhase::Reading, rows: counts.rows, total });
    }
    let mut written = |rows| {
        progress(ImportProgress { phase: ImportPhase::Writing, rows, total: Some(counts.rows) });
    };
    match &layout.position {
        None => writer.plain(spool.read()?)?,
        Some(_) if counts.rows == 0 => {
            writer.plain(std::iter::once(Ok(RecordBatch::new_empty(layout.stored.clone()))))?
        }
        Some(_) => {
            let cells = counts.histogram.partitions(options.max_rows);
            write_partitions(spool, &cells, &scratch, options, &mut writer, &mut written)?;
        }
    }
    let partitions = writer.partitions().len();
    let properties = properties(name, description, &layout, options, &counts);
    writer.finish(properties)?;
    let snapshot = scratch.publish(root, name, &dir)?;
    Ok(ImportReport {
        table: name.to_string(),
        snapshot,
        rows: counts.rows,
        partitions,
        position: layout.position_names(),
        rows_without_position: counts.without_position,
        skipped: layout.skipped,
    })
}

#[derive(Default)]
struct Counts {
    rows: u64,
    without_position: u64,
    histogram: Histogram,
}

/// How columns of the file become columns of the catalogue.
struct Layout {
    kept: Vec<usize>,
    /// The kept columns in their stored types, position in degrees.
    columns: SchemaRef,
    position: Option<Position>,
    /// `columns`, with the spatial index before them.
    stored: SchemaRef,
    skipped: Vec<(String, String)>,
}

impl Layout {
    fn new(source: &Schema, options: &ImportOptions) -> Result<Self, EngineError> {
        let mut seen = std::collections::HashSet::new();
        let (mut kept, mut fields, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        for (index, field) in source.fields().iter().enumerate() {
            if field.name() == HEALPIX_COLUMN {
                continue; // computed anew from the position
            }
            let name = match field.name().trim() {
                "" => format!("col{}", index + 1),
                name => name.to_owned(),
            };
            if !seen.insert(name.to_lowercase()) {
                return Err(EngineError::DuplicateColumn { name });
            }
            let stored = meta::stored_type(field.data_type());
            if !is_storable(&stored) {
                skipped.push((name, field.data_type().to_string()));
                continue;
            }
            kept.push(index);
            fields.push(stored_field(field, name, stored));
        }
        let schema = Schema::new(fields);
        let position = position::find(&schema, options.ra.as_deref(), options.dec.as_deref())?;
        let columns = Arc::new(position.as_ref().map_or(schema.clone(), |p| p.schema(&schema)));
        let stored = if position.is_some() { with_healpix(&columns) } else { columns.clone() };
        Ok(Self { kept, columns, position, stored, skipped })
    }

    fn position_names(&self) -> Option<(String, String)> {
        let position = self.position.as_ref()?;
        let name = |index: usize| self.columns.fields().get(index).map(|f| f.name().clone());
        name(position.ra).zip(name(position.dec))
    }

    fn convert(
        &self,
        batch: &RecordBatch,
        counts: &mut Counts,
    ) -> Result<RecordBatch, EngineError> {
        let mut columns = Vec::with_capacity(self.kept.len());
        for (&index, field) in self.kept.iter().zip(self.columns.fields()) {
            columns.push(stored_array(batch.column(index), field.data_type())?);
        }
        if let Some(position) = &self.position {
            // Declared units apply to the file's values, which are all numbers by now.
            let schema = batch.schema();
            let kept: Vec<_> = self.kept.iter().map(|&i| schema.field(i).clone()).collect();
            let fields = kept
                .into_iter()
                .zip(&columns)
                .map(|(f, c)| f.with_data_type(c.data_type().clone()).with_nullable(true))
                .collect::<Vec<_>>();
            let plain = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.clone())?;
            let indices = position.convert(&mut columns, &plain, counts.rows)?;
            indices.healpix.values().iter().for_each(|&h| counts.histogram.add(h));
            counts.without_position += indices.without_position;
            columns.insert(0, Arc::new(indices.healpix));
        }
        counts.rows += batch.num_rows() as u64;
        Ok(RecordBatch::try_new(self.stored.clone(), columns)?)
    }
}

pub(crate) fn stored_field(field: &Field, name: String, stored: DataType) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.retain(|key, _| {
        [meta::UNIT, meta::UCD, meta::DESCRIPTION, meta::UTYPE, meta::XTYPE].contains(&key.as_str())
    });
    let is_time = matches!(field.data_type(), DataType::Timestamp(..) | DataType::Date32);
    if is_time && stored == DataType::Utf8 {
        metadata.entry(meta::XTYPE.to_owned()).or_insert_with(|| "timestamp".to_owned());
    }
    Field::new(name, stored, true).with_metadata(metadata)
}

pub(crate) fn is_storable(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::FixedSizeList(item, _) => {
            is_storable(item.data_type())
                && !matches!(item.data_type(), DataType::List(_) | DataType::FixedSizeList(..))
        }
        DataType::Boolean
        | DataType::UInt8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8 => true,
        _ => false,
    }
}

/// The column in its stored type. A value that does not fit is an error, never a null. NaN is
/// how astronomical files spell a missing float, and ADQL's NULL is what queries expect of it.
pub(crate) fn stored_array(array: &ArrayRef, stored: &DataType) -> Result<ArrayRef, EngineError> {
    let options = CastOptions { safe: false, format_options: FormatOptions::default() };
    let array = if array.data_type() == stored {
        array.clone()
    } else {
        cast_with_options(array, stored, &options)?
    };
    Ok(match array.data_type() {
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            if !values.values().iter().any(|v| v.is_nan()) {
                return Ok(array);
            }
            Arc::new(
                values
                    .iter()
                    .map(|v| v.filter(|v| !v.is_nan()))
                    .collect::<arrow::array::PrimitiveArray<Float32Type>>(),
            )
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            if !values.values().iter().any(|v| v.is_nan()) {
                return Ok(array);
            }
            Arc::new(
                values
                    .iter()
                    .map(|v| v.filter(|v| !v.is_nan()))
                    .collect::<arrow::array::PrimitiveArray<Float64Type>>(),
            )
        }
        _ => array,
    })
}

/// Writes all partitions, sorting one group of neighbours at a time.
fn write_partitions(
    spool: Spool,
    cells: &[(Cell, u64)],
    scratch: &Scratch,
    options: &ImportOptions,
    writer: &mut CatalogWriter,
    written: &mut dyn FnMut(u64),
) -> Result<(), EngineError> {
    if spool.in_memory() {
        return write_group(spool.read()?, cells, writer, written);
    }
    // Small enough to sort in memory, few enough to have a file open for each.
    let rows: u64 = cells.iter().map(|(_, n)| n).sum();
    let group_rows = (4 * options.max_rows).max(rows / 256);
    let groups = group(cells, group_rows);
    let mut spools: Vec<Option<Spool>> = Vec::with_capacity(groups.len());
    let mut reader = spool.read()?.peekable();
    let schema = match reader.peek() {
        Some(Ok(batch)) => batch.schema(),
        _ => return reader.next().map_or(Ok(()), |r| r.map(|_| ())),
    };
    for index in 0..groups.len() {
        let path = scratch.dir().join(format!("group-{index}.arrow"));
        // Buffers of all groups together stay within the budget.
        let limit = options.memory_bytes / 2 / groups.len().max(1);
        spools.push(Some(Spool::new(path, schema.clone(), limit)));
    }
    for batch in reader {
        deal(&batch?, &groups, &mut spools)?;
    }
    for (cells, spool) in groups.iter().zip(&mut spools) {
        if let Some(spool) = spool.take() {
            write_group(spool.read()?, cells, writer, written)?;
        }
    }
    Ok(())
}

fn group(cells: &[(Cell, u64)], group_rows: u64) -> Vec<Vec<(Cell, u64)>> {
    let mut groups: Vec<Vec<(Cell, u64)>> = Vec::new();
    let mut rows = u64::MAX;
    for &(cell, n) in cells {
        match groups.last_mut() {
            Some(last) if rows.saturating_add(n) <= group_rows => {
                last.push((cell, n));
                rows += n;
            }
            _ => {
                groups.push(vec![(cell, n)]);
                rows = n;
            }
        }
    }
    groups
}

/// Appends each row to the group whose span holds it.
fn deal(
    batch: &RecordBatch,
    groups: &[Vec<(Cell, u64)>],
    spools: &mut [Option<Spool>],
) -> Result<(), EngineError> {
    let healpix = healpix_of(batch)?;
    let starts: Vec<i64> =
        groups.iter().filter_map(|g| g.first()).map(|(cell, _)| cell.span().0).collect();
    let target: Vec<usize> = healpix
        .values()
        .iter()
        .map(|h| starts.partition_point(|start| start <= h).saturating_sub(1))
        .collect();
    let mut used = target.clone();
    used.sort_unstable();
    used.dedup();
    for index in used {
        let mask = target.iter().map(|&t| Some(t == index)).collect();
        if let Some(Some(spool)) = spools.get_mut(index) {
            spool.push(filter_record_batch(batch, &mask)?)?;
        }
    }
    Ok(())
}

fn healpix_of(batch: &RecordBatch) -> Result<Int64Array, EngineError> {
    let column = batch.column_by_name(HEALPIX_COLUMN);
    column
        .and_then(|c| c.as_any().downcast_ref::<Int64Array>())
        .cloned()
        .ok_or_else(|| EngineError::Internal("rows without a spatial index".into()))
}

fn write_group(
    batches: SpoolReader,
    cells: &[(Cell, u64)],
    writer: &mut CatalogWriter,
    written: &mut dyn FnMut(u64),
) -> Result<(), EngineError> {
    let batches = batches.collect::<Result<Vec<_>, _>>()?;
    let Some(first) = batches.first() else { return Ok(()) };
    let all = concat_batches(&first.schema(), &batches)?;
    drop(batches);
    let healpix = healpix_of(&all)?;
    let keys = healpix.values();
    let mut order: Vec<u64> = (0..keys.len() as u64).collect();
    let key = |i: &u64| usize::try_from(*i).ok().and_then(|i| keys.get(i)).copied().unwrap_or(0);
    // Stable: rows of one cell keep the order that they had in the file.
    order.sort_by_key(key);
    for (cell, _) in cells {
        let (low, high) = cell.span();
        let start = order.partition_point(|i| key(i) < low);
        let end = order.partition_point(|i| key(i) < high);
        let mut slices = Vec::new();
        for chunk in order.get(start..end).unwrap_or_default().chunks(65_536) {
            let rows = UInt64Array::from(chunk.to_vec());
            let columns = all
                .columns()
                .iter()
                .map(|c| take(c.as_ref(), &rows, None))
                .collect::<Result<Vec<_>, _>>()?;
            slices.push(RecordBatch::try_new(all.schema(), columns)?);
        }
        writer.partition(*cell, &slices)?;
        written(writer.rows());
    }
    Ok(())
}

fn properties(
    name: &TableName,
    description: Option<String>,
    layout: &Layout,
    options: &ImportOptions,
    counts: &Counts,
) -> Properties {
    let mut p = Properties::default();
    p.set("obs_collection", name.to_string());
    p.set("hats_version", "v1.0");
    p.set("hats_builder", concat!("tenkyu ", env!("CARGO_PKG_VERSION")));
    p.set("hats_creation_date", crate::catalog::utc_minute());
    if let Some(text) = description {
        p.set("obs_description", text);
    }
    match layout.position_names() {
        Some((ra, dec)) => {
            p.set("dataproduct_type", "object");
            p.set("hats_col_ra", ra);
            p.set("hats_col_dec", dec);
            p.set("hats_col_healpix", HEALPIX_COLUMN);
            p.set("hats_col_healpix_order", "29");
            p.set("hats_max_rows", options.max_rows.to_string());
            p.set("hats_npix_suffix", ".parquet");
            if counts.without_position > 0 {
                p.set("tenkyu_rows_without_position", counts.without_position.to_string());
            }
        }
        None => p.set("dataproduct_type", "table"),
    }
    p
}
