//! Reading the description of a catalogue directory: ours or any HATS writer's.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
    file::metadata::ParquetMetaData,
};

use super::{Cell, properties::Properties, write::PLAIN_FILE};
use crate::{EngineError, meta::HEALPIX_COLUMN};

/// A catalogue directory as it was found.
#[derive(Debug)]
pub struct Catalog {
    /// What it says of itself.
    pub properties: Properties,
    /// Columns as stored, with their descriptions.
    pub schema: SchemaRef,
    /// Files with the cell each covers; `None` for a table without a position.
    pub files: Vec<PartitionFile>,
    /// Total rows.
    pub rows: u64,
    /// Columns of the main position, degrees.
    pub position: Option<(String, String)>,
    /// The spatial index column with its HEALPix order.
    pub healpix: Option<(String, u8)>,
}

/// One Parquet file of a catalogue.
#[derive(Clone, Debug)]
pub struct PartitionFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size, bytes.
    pub bytes: u64,
    /// The cell that holds all of its rows.
    pub cell: Option<Cell>,
    /// Rows, where known.
    pub rows: Option<u64>,
    /// Row groups, where known.
    pub row_groups: Option<usize>,
}

const FORMAT: &str = "HATS";

/// Reads the description of the catalogue in `dir`. Only footers are read, one for the schema
/// and `_metadata` where it exists.
pub fn open(dir: &Path) -> Result<Catalog, EngineError> {
    let properties = Properties::read(dir).map_err(|e| EngineError::io(dir, e))?;
    let mut files = partition_files(dir)?;
    let first = files
        .first()
        .ok_or_else(|| EngineError::unreadable(dir, FORMAT, "the catalogue has no partitions"))?;
    let dataset = dir.join("dataset");
    let common = dataset.join("_common_metadata");
    let schema = stored_schema(if common.is_file() { &common } else { &first.path })?;
    if let Ok(footer) = footer(&dataset.join("_metadata")) {
        count_rows(&mut files, &dataset, footer.metadata());
    }
    let declared = properties.get("hats_nrows").and_then(|v| v.parse().ok());
    let rows = declared.unwrap_or_else(|| files.iter().filter_map(|f| f.rows).sum());
    Ok(Catalog {
        position: position(&properties, &schema),
        healpix: healpix(&properties, &schema),
        properties,
        schema,
        files,
        rows,
    })
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
    (matches!(field.data_type(), DataType::Int64 | DataType::UInt64) && order <= 29)
        .then(|| (name.to_owned(), order))
}

fn footer(path: &Path) -> Result<ArrowReaderMetadata, EngineError> {
    let file = File::open(path).map_err(|e| EngineError::io(path, e))?;
    ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
        .map_err(|e| EngineError::unreadable(path, "Parquet", e))
}

fn stored_schema(path: &Path) -> Result<SchemaRef, EngineError> {
    let schema = footer(path)?.schema().clone();
    let known = |name: &str| !matches!(name, "Norder" | "Dir" | "Npix");
    // Old writers repeat the partition keys as columns of each file.
    let fields: Vec<_> = schema.fields().iter().filter(|f| known(f.name())).cloned().collect();
    Ok(SchemaRef::new(Schema::new(fields)))
}

fn count_rows(files: &mut [PartitionFile], dataset: &Path, metadata: &ParquetMetaData) {
    let mut counts: std::collections::HashMap<PathBuf, (u64, usize)> = Default::default();
    for group in metadata.row_groups() {
        let Some(path) = group.columns().first().and_then(|c| c.file_path()) else { continue };
        let entry = counts.entry(dataset.join(path)).or_default();
        entry.0 += u64::try_from(group.num_rows()).unwrap_or(0);
        entry.1 += 1;
    }
    for file in files {
        if let Some(&(rows, groups)) = counts.get(&file.path) {
            (file.rows, file.row_groups) = (Some(rows), Some(groups));
        }
    }
}

/// The partitions by `partition_info.csv`, or by walking the folders when there is none.
fn partition_files(dir: &Path) -> Result<Vec<PartitionFile>, EngineError> {
    let plain = dir.join(PLAIN_FILE);
    if plain.is_file() {
        return Ok(vec![partition_file(plain, None)?]);
    }
    let info = dir.join("partition_info.csv");
    let mut cells = match fs::read_to_string(&info) {
        Ok(text) => parse_partition_info(&text)
            .ok_or_else(|| EngineError::unreadable(&info, FORMAT, "bad line in the list"))?,
        Err(_) => walk(&dir.join("dataset"))?,
    };
    cells.sort_by_key(|cell| cell.span());
    let mut files = Vec::with_capacity(cells.len());
    for cell in cells {
        let path = dir.join("dataset").join(cell.file());
        if path.is_file() {
            files.push(partition_file(path, Some(cell))?);
            continue;
        }
        // The note allows a folder of files in place of one file.
        let folder = dir.join("dataset").join(cell.stem());
        for path in parquet_files(&folder)? {
            files.push(partition_file(path, Some(cell))?);
        }
    }
    Ok(files)
}

fn partition_file(path: PathBuf, cell: Option<Cell>) -> Result<PartitionFile, EngineError> {
    let bytes = fs::metadata(&path).map_err(|e| EngineError::io(&path, e))?.len();
    Ok(PartitionFile { path, bytes, cell, rows: None, row_groups: None })
}

fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let entries = fs::read_dir(folder).map_err(|e| EngineError::io(folder, e))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.is_file() && p.extension().is_some_and(|e| e == "parquet"))
        .collect();
    files.sort();
    Ok(files)
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

fn walk(dataset: &Path) -> Result<Vec<Cell>, EngineError> {
    let mut cells = Vec::new();
    for (order, folder) in numbered(dataset, "Norder=")? {
        let Ok(order) = u8::try_from(order) else { continue };
        for (_, dir) in numbered(&folder, "Dir=")? {
            cells.extend(
                numbered(&dir, "Npix=")?.into_iter().map(|(p, _)| Cell { order, pixel: p }),
            );
        }
    }
    Ok(cells)
}

fn numbered(folder: &Path, prefix: &str) -> Result<Vec<(u64, PathBuf)>, EngineError> {
    let entries = fs::read_dir(folder).map_err(|e| EngineError::io(folder, e))?;
    Ok(entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_prefix(prefix)?;
            Some((name.strip_suffix(".parquet").unwrap_or(name).parse().ok()?, path))
        })
        .collect())
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
}
