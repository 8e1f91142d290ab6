//! Reading the description of a catalogue: ours or any HATS writer's.
//!
//! Only footers are read: one for the schema and `_metadata` where it exists.

use std::{collections::HashMap, sync::Arc};

use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use datafusion::common::stats::Precision;
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
    file::metadata::ParquetMetaData,
};

use super::{
    Cell, collection::Collection, place::Place, properties::Properties, stats::Stats,
    write::PLAIN_FILE,
};
use crate::{EngineError, meta::HEALPIX_COLUMN};

/// A catalogue as it was found.
#[derive(Debug)]
pub struct Catalog {
    /// Where its partitions lie.
    pub place: Place,
    /// What it says of itself.
    pub properties: Properties,
    /// Columns as stored, with their descriptions.
    pub schema: SchemaRef,
    /// Files with the cell each covers; `None` for a table without a position.
    pub files: Vec<PartitionFile>,
    /// Total rows: counted, or as the properties say; 0 where neither tells.
    pub rows: u64,
    /// Whether the rows were counted: an answer may rest on them.
    pub is_counted: bool,
    /// Columns of the main position, degrees.
    pub position: Option<(String, String)>,
    /// The spatial index column with its HEALPix order.
    pub healpix: Option<(String, u8)>,
    /// Statistics of row groups, where the catalogue has `_metadata`.
    pub stats: Option<Stats>,
    /// Copies of the rows just outside of each partition, the default cache first.
    pub margins: Vec<Margin>,
    /// Tables from the values of a column to partitions: column and table, the default one first.
    pub indexes: Vec<(String, Arc<Catalog>)>,
}

/// A margin cache.
#[derive(Debug)]
pub struct Margin {
    /// How far beyond a partition its rows reach, arcseconds.
    pub threshold: f64,
    /// The rows: a file for each partition that has any.
    pub catalog: Arc<Catalog>,
}

/// One Parquet file of a catalogue.
#[derive(Clone, Debug)]
pub struct PartitionFile {
    /// Its name below the catalogue's place.
    pub name: String,
    /// Its size, bytes, where known without asking.
    pub bytes: Option<u64>,
    /// The cell that holds all of its rows.
    pub cell: Option<Cell>,
    /// Rows, where known.
    pub rows: Option<u64>,
    /// Row groups, where known.
    pub row_groups: Option<usize>,
}

const FORMAT: &str = "HATS";
const DATASET: &str = "dataset";

/// Reads the catalogue at a place: a table, or a collection with what belongs to it.
pub fn open(place: &Place) -> Result<Catalog, EngineError> {
    let Some(collection) = Collection::read(place) else { return table(place) };
    let member = |name: &str| {
        let inner = place.join(name).map_err(|e| EngineError::place(place, e))?;
        table(&inner)
    };
    let mut catalog = member(&collection.primary)?;
    for name in &collection.margins {
        match member(name) {
            Ok(margin) => {
                let threshold = margin.properties.get("hats_margin_threshold");
                let threshold = threshold.and_then(|v| v.parse().ok()).unwrap_or(0.0);
                catalog.margins.push(Margin { threshold, catalog: Arc::new(margin) });
            }
            Err(error) => tracing::warn!(%place, margin = name, %error, "margin cache left out"),
        }
    }
    for (column, name) in &collection.indexes {
        match member(name) {
            Ok(index) => catalog.indexes.push((column.clone(), Arc::new(index))),
            Err(error) => tracing::warn!(%place, index = name, %error, "index left out"),
        }
    }
    Ok(catalog)
}

/// Reads one table: a folder with properties and a dataset.
fn table(place: &Place) -> Result<Catalog, EngineError> {
    let properties = Properties::read(place).map_err(|e| EngineError::place(place, e))?;
    let metadata = footer(place, "dataset/_metadata").ok().filter(|m| has_paths(m.metadata()));
    let mut files = match &metadata {
        Some(footer) => listed(footer.metadata()),
        None => found(place, &properties)?,
    };
    files.sort_by(|a, b| {
        let key = |f: &PartitionFile| f.cell.map(Cell::span);
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    for file in &mut files {
        if file.bytes.is_none() {
            file.bytes = place.size(&file.name).map_err(|e| EngineError::place(place, e))?;
        }
    }
    let common = footer(place, "dataset/_common_metadata").ok();
    let schema = match common.as_ref().or(metadata.as_ref()) {
        Some(footer) => columns(footer.schema(), &properties),
        None => {
            let first = files.first().ok_or_else(|| empty(place))?;
            columns(footer(place, &first.name)?.schema(), &properties)
        }
    };
    if files.is_empty() {
        return Err(empty(place));
    }
    let stats = metadata.map(|m| stats(m.metadata(), &schema, &files));
    let declared = properties.get("hats_nrows").and_then(|v| v.parse().ok());
    let counted: Option<u64> = files.iter().map(|f| f.rows).sum();
    Ok(Catalog {
        place: place.clone(),
        position: position(&properties, &schema),
        healpix: healpix(&properties, &schema),
        rows: counted.or(declared).unwrap_or(0),
        is_counted: counted.is_some(),
        properties,
        schema,
        files,
        stats,
        margins: Vec::new(),
        indexes: Vec::new(),
    })
}

fn empty(place: &Place) -> EngineError {
    EngineError::unreadable(
        std::path::Path::new(&place.to_string()),
        FORMAT,
        "the catalogue has no partitions",
    )
}

impl Catalog {
    /// The number of rows as far as a plan may rely on it.
    pub fn row_count(&self) -> Precision<usize> {
        match usize::try_from(self.rows) {
            Ok(rows) if self.is_counted => Precision::Exact(rows),
            Ok(rows) if rows > 0 => Precision::Inexact(rows),
            _ => Precision::Absent,
        }
    }

    /// Whether every row is known to have a position, so that it lies in a cell of the sky.
    pub fn is_positioned(&self) -> bool {
        let nulls = self.healpix.as_ref().zip(self.stats.as_ref());
        nulls.is_some_and(|((column, _), stats)| stats.null_count(column) == Some(0))
    }

    /// Whether we wrote it, so that its floats are [`plain`](crate::floats::plain).
    pub fn is_ours(&self) -> bool {
        self.properties.get("hats_builder").is_some_and(|b| b.starts_with("tenkyu "))
    }

    /// The columns to show first; all of them where the catalogue does not say.
    pub fn default_columns(&self) -> Vec<&str> {
        let named = self.properties.get("hats_cols_default").unwrap_or_default();
        let words = named.split([' ', ',', ';']).filter(|w| !w.is_empty());
        words.filter(|w| self.schema.field_with_name(w).is_ok()).collect()
    }
}

fn position(properties: &Properties, schema: &Schema) -> Option<(String, String)> {
    let column = |key| {
        let name = properties.get(key)?;
        schema.field_with_name(name).ok().map(|f| f.name().clone())
    };
    Some((column("hats_col_ra")?, column("hats_col_dec")?))
}

/// The index column, if it is one: an integer column of the declared name and order.
fn healpix(properties: &Properties, schema: &Schema) -> Option<(String, u8)> {
    let name = properties.get("hats_col_healpix").unwrap_or(HEALPIX_COLUMN);
    let order = properties.get("hats_col_healpix_order").map_or(Some(29), |v| v.parse().ok())?;
    let field = schema.field_with_name(name).ok()?;
    (field.data_type().is_integer() && order <= 29).then(|| (name.to_owned(), order))
}

fn footer(place: &Place, name: &str) -> Result<ArrowReaderMetadata, EngineError> {
    let fail = |e: parquet::errors::ParquetError| {
        EngineError::unreadable(std::path::Path::new(name), "Parquet", e)
    };
    let options = ArrowReaderOptions::new();
    if let Place::Folder(dir) = place {
        let path = dir.join(name);
        let file = std::fs::File::open(&path).map_err(|e| EngineError::io(&path, e))?;
        return ArrowReaderMetadata::load(&file, options).map_err(fail);
    }
    let bytes = place.read(name).map_err(|e| EngineError::place(place, e))?;
    ArrowReaderMetadata::load(&Bytes::from(bytes), options).map_err(fail)
}

/// The columns of a table. Old writers repeat the partition keys as columns of each file; in an index
/// they are its values. Any float may be NaN, which is a NULL, and a file may lack any column.
fn columns(schema: &Schema, properties: &Properties) -> SchemaRef {
    let is_index = properties.get("dataproduct_type") == Some("index");
    let repeated = !is_index && schema.field_with_name("Dir").is_ok();
    let key = |name: &str| repeated && matches!(name, "Norder" | "Dir" | "Npix");
    let fields = schema.fields().iter().filter(|f| !key(f.name()));
    let fields: Vec<_> = fields.map(|f| f.as_ref().clone().with_nullable(true)).collect();
    SchemaRef::new(Schema::new(fields))
}

fn has_paths(metadata: &ParquetMetaData) -> bool {
    !metadata.row_groups().is_empty() && paths(metadata).all(|p| p.is_some())
}

fn paths(metadata: &ParquetMetaData) -> impl Iterator<Item = Option<&str>> {
    metadata.row_groups().iter().map(|g| g.columns().first().and_then(|c| c.file_path()))
}

/// The files that `_metadata` lists, with their rows and row groups.
fn listed(metadata: &ParquetMetaData) -> Vec<PartitionFile> {
    let mut files: Vec<PartitionFile> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (path, group) in paths(metadata).zip(metadata.row_groups()) {
        let Some(path) = path else { continue };
        let index = *known.entry(path).or_insert_with(|| {
            files.push(PartitionFile {
                name: format!("{DATASET}/{path}"),
                bytes: None,
                cell: cell_of(path),
                rows: Some(0),
                row_groups: Some(0),
            });
            files.len() - 1
        });
        if let Some(file) = files.get_mut(index) {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            file.rows = file.rows.map(|n| n + rows);
            file.row_groups = file.row_groups.map(|n| n + 1);
        }
    }
    files
}

fn stats(metadata: &ParquetMetaData, schema: &Schema, files: &[PartitionFile]) -> Stats {
    let by_name: HashMap<&str, usize> =
        files.iter().enumerate().map(|(i, f)| (f.name.as_str(), i)).collect();
    let file_of = |path: Option<&str>| {
        let name = format!("{DATASET}/{}", path.unwrap_or_default());
        by_name.get(name.as_str()).copied().unwrap_or(usize::MAX)
    };
    Stats::new(metadata, schema, paths(metadata).map(file_of).collect())
}

/// The files of a catalogue without `_metadata`: those of `partition_info.csv` under the suffix
/// that the properties name, or whatever lies in the dataset's folders.
fn found(place: &Place, properties: &Properties) -> Result<Vec<PartitionFile>, EngineError> {
    let plain = |name: String, bytes| PartitionFile {
        cell: name.strip_prefix(DATASET).and_then(|n| cell_of(n.trim_start_matches('/'))),
        name,
        bytes,
        rows: None,
        row_groups: None,
    };
    if place.has(PLAIN_FILE) {
        return Ok(vec![plain(PLAIN_FILE.to_owned(), None)]);
    }
    let suffix = properties.get("hats_npix_suffix").unwrap_or(".parquet");
    if let (Ok(text), false) = (place.read_text("partition_info.csv"), suffix.ends_with('/')) {
        let cells = parse_partition_info(&text).ok_or_else(|| {
            let info = std::path::Path::new("partition_info.csv");
            EngineError::unreadable(info, FORMAT, "bad line in the list")
        })?;
        let name = |cell: &Cell| format!("{DATASET}/{}{suffix}", cell.stem());
        let first = cells.first().map(name);
        // Some writers leave out the suffix, or make folders without saying so.
        if first.is_some_and(|first| place.has(&first)) {
            return Ok(cells.iter().map(|c| plain(name(c), None)).collect());
        }
    }
    let all = place.list(DATASET).map_err(|e| EngineError::place(place, e))?;
    let is_data = |name: &str| {
        name.split('/').all(|part| !part.starts_with(['_', '.']))
            && [".parquet", ".parq", ".pq"].iter().any(|e| name.ends_with(e))
    };
    let data = all.into_iter().filter(|(name, _)| is_data(name));
    let mut files: Vec<_> = data.map(|(name, bytes)| plain(name, Some(bytes))).collect();
    // Beside partitions lie samples of their rows (`data_thumbnail.parquet`).
    if files.iter().any(|f| f.cell.is_some()) {
        files.retain(|f| f.cell.is_some());
    }
    Ok(files)
}

/// The cell in a path such as `Norder=6/Dir=10000/Npix=12345.parquet` or `…/Npix=12345/x.parquet`.
fn cell_of(path: &str) -> Option<Cell> {
    let value = |key: &str| -> Option<u64> {
        let part = path.split('/').find_map(|part| part.strip_prefix(key))?;
        part.split('.').next()?.parse().ok()
    };
    let (order, pixel) = (u8::try_from(value("Norder=")?).ok()?, value("Npix=")?);
    let exists = order <= 29 && pixel < 12u64 << (2 * u32::from(order));
    exists.then_some(Cell { order, pixel })
}

fn parse_partition_info(text: &str) -> Option<Vec<Cell>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(',').map(str::trim).collect();
    let at = |name: &str| header.iter().position(|h| *h == name);
    let (order_at, pixel_at) = (at("Norder")?, at("Npix")?);
    lines
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let order = cells.get(order_at)?.parse().ok().filter(|o| *o <= 29)?;
            let pixel = cells.get(pixel_at)?.parse().ok()?;
            (pixel < 12u64 << (2 * u32::from(order))).then_some(Cell { order, pixel })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_info_of_other_writers_has_more_columns() {
        let cells = parse_partition_info("Norder,Npix,num_rows\n1,5,7\n\n0,11,1\n");
        let expected = vec![Cell { order: 1, pixel: 5 }, Cell { order: 0, pixel: 11 }];
        assert_eq!(cells, Some(expected));
        assert_eq!(parse_partition_info("Norder,Npix\n0,12\n"), None);
        assert_eq!(parse_partition_info("a,b\n"), None);
    }

    #[test]
    fn cells_are_read_from_files_and_folders() {
        let cell = Some(Cell { order: 6, pixel: 12_345 });
        for path in [
            "Norder=6/Dir=10000/Npix=12345.parquet",
            "Norder=6/Dir=10000/Npix=12345.snappy.parquet",
            "Norder=6/Dir=10000/Npix=12345/part-0.parquet",
        ] {
            assert_eq!(cell_of(path), cell, "{path}");
        }
        for path in ["index/part.0.parquet", "Norder=0/Dir=0/Npix=12.parquet", "Norder=30/Npix=1"] {
            assert_eq!(cell_of(path), None, "{path}");
        }
    }
}
