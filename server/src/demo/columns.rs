//! Columns of a demo catalogue on their way to Parquet, with what they mean.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::array::{ArrayRef, Float32Array, Float64Array, Int32Array, Int64Array, StringArray};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

/// A column with its metadata. `None` is a null.
pub(super) struct Column {
    name: &'static str,
    unit: &'static str,
    ucd: &'static str,
    description: &'static str,
    values: Values,
}

/// The values of a column.
pub(super) enum Values {
    Int(Vec<Option<i32>>),
    Long(Vec<Option<i64>>),
    Float(Vec<Option<f32>>),
    Double(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
}

impl Column {
    pub(super) fn new(
        name: &'static str,
        unit: &'static str,
        ucd: &'static str,
        description: &'static str,
        values: Values,
    ) -> Self {
        Column { name, unit, ucd, description, values }
    }

    fn into_arrow(self) -> (Field, ArrayRef) {
        let array: ArrayRef = match self.values {
            Values::Int(values) => Arc::new(Int32Array::from(values)),
            Values::Long(values) => Arc::new(Int64Array::from(values)),
            Values::Float(values) => Arc::new(Float32Array::from(values)),
            Values::Double(values) => Arc::new(Float64Array::from(values)),
            Values::Text(values) => Arc::new(StringArray::from(values)),
        };
        let metadata: HashMap<String, String> =
            [("unit", self.unit), ("ucd", self.ucd), ("description", self.description)]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect();
        (Field::new(self.name, array.data_type().clone(), true).with_metadata(metadata), array)
    }
}

/// Writes columns of one length to a Parquet file.
pub(super) fn write(path: &Path, columns: Vec<Column>) -> Result<()> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
        columns.into_iter().map(Column::into_arrow).unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
