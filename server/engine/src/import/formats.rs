//! Which format a file has, by its first bytes and then its name.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use flate2::read::MultiGzDecoder;

use super::{csv, fits, ipac, parquet, votable};
use crate::EngineError;

/// Rows of the batches that readers make.
pub const BATCH_ROWS: usize = 16_384;

/// A table as it is read from a file, batch by batch.
pub struct TableReader {
    /// Columns with the descriptions that the file gives.
    pub schema: SchemaRef,
    /// The file's description of the table.
    pub description: Option<String>,
    /// Rows, where the file says so before they are read.
    pub rows: Option<u64>,
    /// The rows.
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, EngineError>> + Send>,
}

/// A file that can be read from the start more than once, unpacked if it is gzipped.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    gzip: bool,
}

impl Source {
    /// Looks at the first bytes.
    pub fn new(path: &Path) -> Result<Self, EngineError> {
        let mut magic = Vec::new();
        let file = File::open(path).map_err(|e| EngineError::io(path, e))?;
        file.take(2).read_to_end(&mut magic).map_err(|e| EngineError::io(path, e))?;
        Ok(Self { path: path.to_owned(), gzip: magic == [0x1f, 0x8b] })
    }

    /// Reads from the start.
    pub fn open(&self) -> Result<Box<dyn BufRead + Send>, EngineError> {
        let file = File::open(&self.path).map_err(|e| EngineError::io(&self.path, e))?;
        Ok(if self.gzip {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file)))
        } else {
            Box::new(BufReader::with_capacity(1 << 16, file))
        })
    }

    /// The first bytes, unpacked.
    fn head(&self) -> Result<Vec<u8>, EngineError> {
        let mut head = Vec::new();
        self.open()?
            .take(4096)
            .read_to_end(&mut head)
            .map_err(|e| EngineError::io(&self.path, e))?;
        Ok(head)
    }

    /// The extension in lower case, that before `.gz` for a gzipped file.
    fn extension(&self) -> String {
        let path = match self.path.extension() {
            Some(e) if self.gzip && e.eq_ignore_ascii_case("gz") => self.path.with_extension(""),
            _ => self.path.clone(),
        };
        path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
    }

    /// Whether the file is gzipped.
    pub fn is_gzip(&self) -> bool {
        self.gzip
    }
}

/// Opens a table file of any format. `scratch` is a folder for what has to be unpacked.
pub fn open(path: &Path, scratch: &Path) -> Result<TableReader, EngineError> {
    let source = Source::new(path)?;
    let head = source.head()?;
    let trimmed = head.trim_ascii_start();
    let trimmed = trimmed.strip_prefix(b"\xef\xbb\xbf").unwrap_or(trimmed);
    if head.starts_with(b"PAR1") {
        return parquet::open(path);
    }
    if head.starts_with(b"SIMPLE  =") {
        return fits::open(&source, scratch);
    }
    if trimmed.starts_with(b"<") {
        return votable::open(&source);
    }
    if trimmed.starts_with(b"|") || trimmed.starts_with(b"\\") {
        return ipac::open(&source);
    }
    let extension = source.extension();
    let is_text = !head.is_empty() && !head.contains(&0);
    match extension.as_str() {
        "csv" | "tsv" | "txt" | "tab" | "dat" | "ecsv" if is_text => csv::open(source),
        "" if is_text => csv::open(source),
        _ => Err(EngineError::UnknownFormat { file: crate::error::file_name(path) }),
    }
}
