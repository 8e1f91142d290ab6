//! Delimited text with a header line (RFC 4180; tabs, semicolons and bars too).
//!
//! The file is read twice: once to find the type of every column from all of its cells, once for
//! the values. Guessing from the first rows alone would fail at row ten million.

use std::sync::Arc;

use arrow::{
    array::RecordBatch,
    datatypes::{Field, Schema, SchemaRef},
};
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{
    formats::{BATCH_ROWS, Source, TableReader},
    text::{Guess, TextColumn},
};
use crate::EngineError;

const FORMAT: &str = "CSV";
type Lines = Reader<Box<dyn std::io::BufRead + Send>>;

/// Opens a delimited text file.
pub fn open(source: Source) -> Result<TableReader, EngineError> {
    let delimiter = delimiter(&source)?;
    let (schema, rows) = infer(&source, delimiter)?;
    let reader = reader(&source, delimiter)?;
    let batches = Batches { reader, schema: schema.clone(), source, row: 0, done: false };
    Ok(TableReader { schema, description: None, rows: Some(rows), batches: Box::new(batches) })
}

fn reader(source: &Source, delimiter: u8) -> Result<Lines, EngineError> {
    Ok(ReaderBuilder::new().delimiter(delimiter).comment(Some(b'#')).from_reader(source.open()?))
}

/// The delimiter that the header line has most of.
fn delimiter(source: &Source) -> Result<u8, EngineError> {
    let mut lines = source.open()?;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = &mut std::io::Read::take(&mut lines, 1 << 20);
        let read = std::io::BufRead::read_until(limit, b'\n', &mut line)
            .map_err(|e| EngineError::unreadable(&source.path, FORMAT, e))?;
        if read == 0 {
            return Err(EngineError::unreadable(&source.path, FORMAT, "no header line"));
        }
        if !line.starts_with(b"#") && !line.trim_ascii().is_empty() {
            break;
        }
    }
    let count = |d: &u8| line.iter().filter(|b| *b == d).count();
    // The last of equals wins in max_by_key; a comma is the best guess for a single column.
    Ok([b'|', b';', b'\t', b','].into_iter().max_by_key(count).unwrap_or(b','))
}

fn infer(source: &Source, delimiter: u8) -> Result<(SchemaRef, u64), EngineError> {
    let mut reader = reader(source, delimiter)?;
    let fail = |e: csv::Error| EngineError::unreadable(&source.path, FORMAT, e);
    let names: Vec<String> = reader
        .byte_headers()
        .map_err(fail)?
        .iter()
        .map(|n| String::from_utf8_lossy(n).trim().trim_start_matches('\u{feff}').to_owned())
        .collect();
    let mut guesses = vec![Guess::default(); names.len()];
    let mut record = ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record).map_err(fail)? {
        for (guess, cell) in guesses.iter_mut().zip(record.iter()) {
            match std::str::from_utf8(cell) {
                Ok(cell) => guess.see(cell),
                Err(_) => *guess = Guess::Text,
            }
        }
        rows += 1;
    }
    let fields = names.iter().zip(&guesses).map(|(n, g)| Field::new(n, g.data_type(), true));
    Ok((Arc::new(Schema::new(fields.collect::<Vec<_>>())), rows))
}

struct Batches {
    reader: Lines,
    schema: SchemaRef,
    source: Source,
    row: u64,
    done: bool,
}

impl Batches {
    fn fail(&self, reason: impl ToString) -> EngineError {
        EngineError::unreadable(&self.source.path, FORMAT, reason)
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        let mut columns: Vec<TextColumn> =
            self.schema.fields().iter().map(|f| TextColumn::new(f.data_type())).collect();
        let mut record = ByteRecord::new();
        let mut rows = 0;
        while rows < BATCH_ROWS {
            match self.reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(e) => return Err(self.fail(e)),
            }
            self.row += 1;
            rows += 1;
            for (index, (column, cell)) in columns.iter_mut().zip(record.iter()).enumerate() {
                // Names in older files are Latin-1 at times; the rest of the row is still good.
                let cell = String::from_utf8_lossy(cell);
                if let Err(expected) = column.push(&cell) {
                    let name = self.schema.field(index).name();
                    let reason = format!("row {}, {name}: {cell:?} is no {expected}", self.row);
                    return Err(self.fail(reason));
                }
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = columns.iter_mut().map(TextColumn::finish).collect();
        Ok(Some(RecordBatch::try_new(self.schema.clone(), arrays)?))
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.batch().transpose();
        self.done = !matches!(batch, Some(Ok(_)));
        batch
    }
}
