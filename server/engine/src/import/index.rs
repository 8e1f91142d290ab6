//! The id index: from the values of a column to the partitions that hold them, sorted by value.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt8Array, UInt64Array},
    compute::{filter_record_batch, is_not_null},
    datatypes::{DataType, Field, Schema, SchemaRef},
};

use super::sort::{Sorted, Sorter};
use crate::{
    EngineError,
    hats::{Cell, properties::Properties, write::CatalogWriter},
    meta::HEALPIX_COLUMN,
};

/// Rows of a file of the index.
const FILE_ROWS: usize = 4_000_000;

/// Collects the values of a column while the partitions are written.
pub struct Index {
    /// The column.
    pub column: String,
    /// Where it is among the stored columns.
    at: usize,
    schema: SchemaRef,
    sorter: Order,
}

enum Order {
    Integer(Sorter<i64>),
    Text(Sorter<Box<str>>),
}

/// The column that the user named, by its own spelling; it must hold integers or text.
pub fn column(stored: &Schema, name: &str) -> Result<String, EngineError> {
    let fits = |t: &DataType| t.is_integer() || *t == DataType::Utf8;
    let usable = stored.fields().iter().filter(|f| fits(f.data_type())).map(|f| f.name());
    let candidates: Vec<String> = usable.cloned().collect();
    let exact = candidates.iter().find(|c| *c == name);
    let found = exact.or_else(|| candidates.iter().find(|c| c.eq_ignore_ascii_case(name)));
    match found.cloned() {
        Some(found) => Ok(found),
        None => Err(EngineError::NoIdColumn { name: name.to_owned(), candidates }),
    }
}

impl Index {
    /// An index of `column`, which [`column`] has found.
    pub fn new(
        column: &str,
        stored: &SchemaRef,
        prefix: &Path,
        budget: usize,
    ) -> Result<Self, EngineError> {
        let at = stored.index_of(column)?;
        let key = stored.field(at).clone();
        let is_text = *key.data_type() == DataType::Utf8;
        let schema = Arc::new(Schema::new(vec![
            key.with_nullable(false),
            Field::new(HEALPIX_COLUMN, DataType::Int64, false),
            Field::new("Norder", DataType::UInt8, false),
            Field::new("Npix", DataType::UInt64, false),
        ]));
        let sorter = if is_text {
            Order::Text(Sorter::new(prefix, schema.clone(), 0, budget))
        } else {
            Order::Integer(Sorter::new(prefix, schema.clone(), 0, budget))
        };
        Ok(Self { column: column.to_owned(), at, schema, sorter })
    }

    /// Takes rows of the partition `cell`. Rows without a value are not indexed.
    pub fn push(&mut self, cell: Cell, batch: &RecordBatch) -> Result<(), EngineError> {
        let healpix = batch
            .column_by_name(HEALPIX_COLUMN)
            .ok_or_else(|| EngineError::Internal("rows without a spatial index".into()))?;
        let rows = batch.num_rows();
        let columns: Vec<ArrayRef> = vec![
            batch.column(self.at).clone(),
            healpix.clone(),
            Arc::new(UInt8Array::from(vec![cell.order; rows])),
            Arc::new(UInt64Array::from(vec![cell.pixel; rows])),
        ];
        let key = batch.column(self.at);
        let batch = if key.null_count() == 0 {
            RecordBatch::try_new(self.schema.clone(), columns)?
        } else {
            let mut fields: Vec<Field> =
                self.schema.fields().iter().map(|f| f.as_ref().clone()).collect();
            fields.iter_mut().for_each(|f| f.set_nullable(true));
            let nullable = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
            let valid: BooleanArray = is_not_null(key)?;
            let kept = filter_record_batch(&nullable, &valid)?;
            RecordBatch::try_new(self.schema.clone(), kept.columns().to_vec())?
        };
        match &mut self.sorter {
            Order::Integer(sorter) => sorter.push(batch),
            Order::Text(sorter) => sorter.push(batch),
        }
    }

    /// Writes the index into `dir`.
    pub fn write(self, dir: &Path, properties: Properties) -> Result<(), EngineError> {
        let sorted: Sorted = match self.sorter {
            Order::Integer(sorter) => sorter.finish()?,
            Order::Text(sorter) => sorter.finish()?,
        };
        let mut writer = CatalogWriter::new(dir, self.schema.clone());
        let (mut number, mut rows) = (0, 0);
        writer.file("index/part.0.parquet", None)?;
        for batch in sorted {
            let batch = batch?;
            if rows >= FILE_ROWS {
                (number, rows) = (number + 1, 0);
                writer.file(&format!("index/part.{number}.parquet"), None)?;
            }
            rows += batch.num_rows();
            writer.write(&batch)?;
        }
        writer.finish(properties)
    }
}
