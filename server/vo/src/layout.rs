//! The plain Arrow shape in which every format receives its rows.
//!
//! Engines hand over whatever types they compute with; a protocol has only VOTable's. [`Layout`]
//! casts each batch to one Arrow type a VOTable type, so that the encoders meet few cases.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, ListArray, RecordBatch, StringArray};
use arrow::array::{Float32Array, Float64Array, Int16Array, Int32Array, Int64Array, UInt8Array};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{
    DataType, Field, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Schema, SchemaRef,
    UInt8Type,
};
use arrow::error::ArrowError;
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Kind};

use crate::{ServiceError, TapResult};

/// The columns of an answer and their Arrow schema.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Columns with their metadata.
    pub columns: Vec<ColumnMeta>,
    /// Snapshots that are read, as (table, snapshot).
    pub snapshots: Vec<(String, String)>,
    /// Rows after which the answer is cut.
    pub limit: u64,
    schema: SchemaRef,
}

impl Layout {
    /// The layout of an engine's answer.
    ///
    /// # Errors
    /// An engine whose columns and schema do not fit each other; that is a fault on our side.
    pub fn of(result: &TapResult, limit: u64) -> Result<Layout, ServiceError> {
        if result.columns.len() != result.schema.fields().len() {
            return Err(ServiceError::internal("columns and schema differ in number"));
        }
        let mut fields = Vec::with_capacity(result.columns.len());
        for (column, source) in result.columns.iter().zip(result.schema.fields()) {
            let target = arrow_type(column);
            if !can_cast_types(source.data_type(), &target) {
                return Err(ServiceError::internal(format!(
                    "column {} is {} and should be {target}",
                    column.name,
                    source.data_type()
                )));
            }
            fields.push(Field::new(&column.name, target, true).with_metadata(metadata(column)));
        }
        let mut about = HashMap::from([("tenkyu.maxrec".to_owned(), limit.to_string())]);
        for (table, snapshot) in &result.snapshots {
            about.insert(format!("tenkyu.snapshot.{table}"), snapshot.clone());
        }
        Ok(Layout {
            columns: result.columns.clone(),
            snapshots: result.snapshots.clone(),
            limit,
            schema: Arc::new(Schema::new_with_metadata(fields, about)),
        })
    }

    /// The schema of [`Layout::plain`] batches. Field metadata: `unit`, `ucd`, `description`,
    /// `utype`, `xtype`, each only where there is one. Schema metadata: `tenkyu.maxrec`, and
    /// `tenkyu.snapshot.<table>` for each table read.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Casts a batch to the plain types.
    ///
    /// # Errors
    /// A value that its VOTable type cannot hold.
    pub fn plain(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let columns = batch
            .columns()
            .iter()
            .zip(self.schema.fields())
            .map(|(column, field)| cast_with_options(column, field.data_type(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &rows)
    }
}

/// Whether a column's cells are arrays. Strings are not: they are one value of many characters.
pub(crate) fn is_array(column: &ColumnMeta) -> bool {
    column.datatype.kind != Kind::Char && column.datatype.size != ArraySize::Scalar
}

fn arrow_type(column: &ColumnMeta) -> DataType {
    let element = match column.datatype.kind {
        Kind::Boolean => DataType::Boolean,
        Kind::UnsignedByte => DataType::UInt8,
        Kind::Short => DataType::Int16,
        Kind::Int => DataType::Int32,
        Kind::Long => DataType::Int64,
        Kind::Float => DataType::Float32,
        Kind::Double => DataType::Float64,
        Kind::Char => DataType::Utf8,
    };
    if is_array(column) {
        DataType::List(Arc::new(Field::new("item", element, true)))
    } else {
        element
    }
}

fn metadata(column: &ColumnMeta) -> HashMap<String, String> {
    [
        ("unit", &column.unit),
        ("ucd", &column.ucd),
        ("description", &column.description),
        ("utype", &column.utype),
        ("xtype", &column.xtype),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (key.to_owned(), value.clone()))
    .collect()
}

/// The cells of one plain column.
pub(crate) enum Cells<'a> {
    Boolean(&'a BooleanArray),
    UnsignedByte(&'a UInt8Array),
    Short(&'a Int16Array),
    Int(&'a Int32Array),
    Long(&'a Int64Array),
    Float(&'a Float32Array),
    Double(&'a Float64Array),
    Text(&'a StringArray),
    List(&'a ListArray),
}

impl<'a> Cells<'a> {
    /// The cells of a column of a plain batch.
    pub(crate) fn of(array: &'a dyn Array) -> Result<Cells<'a>, ArrowError> {
        let cells = match array.data_type() {
            DataType::Boolean => array.as_boolean_opt().map(Cells::Boolean),
            DataType::UInt8 => array.as_primitive_opt::<UInt8Type>().map(Cells::UnsignedByte),
            DataType::Int16 => array.as_primitive_opt::<Int16Type>().map(Cells::Short),
            DataType::Int32 => array.as_primitive_opt::<Int32Type>().map(Cells::Int),
            DataType::Int64 => array.as_primitive_opt::<Int64Type>().map(Cells::Long),
            DataType::Float32 => array.as_primitive_opt::<Float32Type>().map(Cells::Float),
            DataType::Float64 => array.as_primitive_opt::<Float64Type>().map(Cells::Double),
            DataType::Utf8 => array.as_string_opt::<i32>().map(Cells::Text),
            DataType::List(_) => array.as_list_opt::<i32>().map(Cells::List),
            _ => None,
        };
        cells.ok_or_else(|| {
            ArrowError::SchemaError(format!("{} is not a plain type", array.data_type()))
        })
    }

    /// All columns of a plain batch.
    pub(crate) fn of_batch(batch: &'a RecordBatch) -> Result<Vec<Cells<'a>>, ArrowError> {
        batch.columns().iter().map(|column| Cells::of(column.as_ref())).collect()
    }

    /// Whether the cell has no value.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Boolean(a) => a.is_null(row),
            Cells::UnsignedByte(a) => a.is_null(row),
            Cells::Short(a) => a.is_null(row),
            Cells::Int(a) => a.is_null(row),
            Cells::Long(a) => a.is_null(row),
            Cells::Float(a) => a.is_null(row),
            Cells::Double(a) => a.is_null(row),
            Cells::Text(a) => a.is_null(row),
            Cells::List(a) => a.is_null(row),
        }
    }
}

/// Appends the shortest decimal text that reads back as the same number. `nan` and `infinity`
/// are what the format has for these; an infinity is preceded by its sign.
pub(crate) fn push_double(out: &mut String, value: f64, nan: &str, infinity: &str) {
    use std::fmt::Write;
    if value.is_nan() {
        out.push_str(nan);
    } else if value.is_infinite() {
        out.push(if value > 0.0 { '+' } else { '-' });
        out.push_str(infinity);
    } else {
        // Writing to a String cannot fail.
        let _ = write!(out, "{value:?}");
    }
}

/// [`push_double`] for single precision.
pub(crate) fn push_float(out: &mut String, value: f32, nan: &str, infinity: &str) {
    use std::fmt::Write;
    if value.is_finite() {
        let _ = write!(out, "{value:?}");
    } else {
        push_double(out, f64::from(value), nan, infinity);
    }
}

/// Appends the text of a cell as VOTable's TABLEDATA and the text formats have it (VOTable 1.4
/// §6): `true`/`false`, `NaN`, `+Inf`, array elements separated by blanks; nothing for null.
pub(crate) fn push_text(out: &mut String, cells: &Cells<'_>, row: usize) -> Result<(), ArrowError> {
    use std::fmt::Write;
    if cells.is_null(row) {
        return Ok(());
    }
    let _ = match cells {
        Cells::Boolean(a) => write!(out, "{}", a.value(row)),
        Cells::UnsignedByte(a) => write!(out, "{}", a.value(row)),
        Cells::Short(a) => write!(out, "{}", a.value(row)),
        Cells::Int(a) => write!(out, "{}", a.value(row)),
        Cells::Long(a) => write!(out, "{}", a.value(row)),
        Cells::Float(a) => {
            push_float(out, a.value(row), "NaN", "Inf");
            Ok(())
        }
        Cells::Double(a) => {
            push_double(out, a.value(row), "NaN", "Inf");
            Ok(())
        }
        Cells::Text(a) => {
            out.push_str(a.value(row));
            Ok(())
        }
        Cells::List(a) => {
            let values = a.value(row);
            let elements = Cells::of(values.as_ref())?;
            for index in 0..values.len() {
                if index > 0 {
                    out.push(' ');
                }
                // VOTable has no null within an array but NaN; integers have none at all, and
                // NaN there makes a reader complain rather than take a wrong number.
                if elements.is_null(index) {
                    out.push_str("NaN");
                } else {
                    push_text(out, &elements, index)?;
                }
            }
            Ok(())
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let mut out = String::new();
        push_double(&mut out, value, "NaN", "Inf");
        out
    }

    #[test]
    fn numbers_read_back_exactly() {
        for value in [0.1, 1.0 / 3.0, 1e300, 5e-324, -0.0, 123_456_789.123_456_78, f64::MAX] {
            assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
            assert!(text(value).len() < 30, "{}", text(value));
        }
        assert_eq!(text(f64::NAN), "NaN");
        assert_eq!(text(f64::INFINITY), "+Inf");
        assert_eq!(text(f64::NEG_INFINITY), "-Inf");
    }
}
