//! The shown rows as a file, in their order.

mod csv;
mod fits;
mod parquet;
mod votable;

use std::sync::Arc;

use arrow::{
    array::{AsArray, RecordBatch},
    compute::interleave,
    datatypes::{SchemaRef, UInt64Type},
};
use tenkyu_wire::{
    table::{ExportFormat, Reply},
    tables::ColumnMeta,
};

use crate::{
    TableError,
    store::{Buffers, TableStore},
};

/// Rows that are gathered at a time.
const CHUNK: usize = 1 << 16;

/// The rows that are written and what is known of their columns.
struct Source<'a> {
    schema: SchemaRef,
    batches: &'a [RecordBatch],
    columns: &'a [ColumnMeta],
    /// Batch and row in it.
    rows: Vec<(usize, usize)>,
    /// The server cut the result.
    cut: bool,
}

impl Source<'_> {
    /// The rows in batches of their own.
    fn chunks(&self) -> impl Iterator<Item = Result<RecordBatch, TableError>> {
        self.rows.chunks(CHUNK).map(|rows| {
            let columns = (0..self.schema.fields().len()).map(|index| {
                let parts = self.batches.iter().filter_map(|batch| batch.columns().get(index));
                let parts: Vec<_> = parts.map(AsRef::as_ref).collect();
                interleave(&parts, rows).map_err(failed)
            });
            let columns = columns.collect::<Result<Vec<_>, TableError>>()?;
            RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(failed)
        })
    }
}

impl Source<'_> {
    /// VOTable and FITS tables have no 64-bit integers without sign.
    fn refuse_beyond_63_bits(&self) -> Result<(), TableError> {
        for batch in self.batches {
            for (column, meta) in batch.columns().iter().zip(self.columns) {
                let values = column.as_primitive_opt::<UInt64Type>();
                if values.is_some_and(|values| values.iter().flatten().any(|v| v > i64::MAX as u64))
                {
                    return Err(failed(format!("{}: > 2^63 - 1", meta.name)));
                }
            }
        }
        Ok(())
    }
}

fn failed(error: impl std::fmt::Display) -> TableError {
    TableError::Export(error.to_string())
}

/// Writes the kept rows, or those of them that are marked.
pub(crate) fn write(
    store: &TableStore,
    format: ExportFormat,
    selected: bool,
) -> Result<(Reply, Buffers), TableError> {
    let schema = store.schema()?;
    let shown = store.view().shown(store.rows(), selected);
    let rows = shown.into_iter().filter_map(|row| store.locate(row)).collect();
    let cut = store.is_cut();
    let source = Source { schema, batches: &store.batches, columns: store.columns(), rows, cut };
    if matches!(format, ExportFormat::Votable | ExportFormat::Fits) {
        source.refuse_beyond_63_bits()?;
    }
    let (bytes, content_type) = match format {
        ExportFormat::Csv => (csv::write(&source)?, "text/csv; charset=utf-8; header=present"),
        ExportFormat::Votable => (votable::write(&source)?, "application/x-votable+xml"),
        ExportFormat::Fits => (fits::write(&source)?, "application/fits"),
        ExportFormat::Parquet => (parquet::write(&source)?, "application/vnd.apache.parquet"),
    };
    Ok((Reply::Export { content_type: content_type.to_owned() }, vec![bytes]))
}
