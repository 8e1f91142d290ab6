//! Several files as one table: columns by name, in the types that hold the values of all files.

use std::{path::PathBuf, sync::Arc};

use arrow::{
    array::{RecordBatch, new_null_array},
    compute::{CastOptions, cast_with_options},
    datatypes::{DataType, Field, Schema, SchemaRef},
    util::display::FormatOptions,
};

use super::formats::{self, TableReader};
use crate::{EngineError, error::file_name, meta};

/// Files that are kept open after a look at their columns; others are opened again.
const KEPT_OPEN: usize = 64;

/// Opens files as one table. `scratch` is a folder for what has to be unpacked.
pub fn open(files: &[PathBuf], scratch: &std::path::Path) -> Result<TableReader, EngineError> {
    if let [one] = files {
        return formats::open(one, scratch);
    }
    let mut parts: Vec<(PathBuf, Option<TableReader>)> = Vec::with_capacity(files.len());
    let mut fields: Vec<Field> = Vec::new();
    let (mut rows, mut description) = (Some(0u64), None);
    for file in files {
        let reader = formats::open(file, scratch)?;
        unite(&mut fields, &reader.schema, parts.is_empty(), file)?;
        rows = rows.zip(reader.rows).map(|(a, b)| a.saturating_add(b));
        description = description.or_else(|| reader.description.clone());
        let kept = (parts.len() < KEPT_OPEN).then_some(reader);
        parts.push((file.clone(), kept));
    }
    if fields.is_empty() {
        return Err(EngineError::UnknownFormat { file: String::new() });
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let (united, scratch) = (schema.clone(), scratch.to_owned());
    let batches = parts.into_iter().flat_map(move |(file, reader)| {
        let reader = reader.map_or_else(|| formats::open(&file, &scratch), Ok);
        let schema = united.clone();
        let rows: Box<dyn Iterator<Item = _> + Send> = match reader {
            Ok(reader) => Box::new(reader.batches.map(move |b| conform(&b?, &schema, &file))),
            Err(error) => Box::new(std::iter::once(Err(error))),
        };
        rows
    });
    Ok(TableReader { schema, description, rows, batches: Box::new(batches) })
}

/// Takes the columns of one more file in. A column that is not in every file is NULL where it is
/// missing; one whose unit differs has no common meaning and is refused.
fn unite(
    fields: &mut Vec<Field>,
    schema: &Schema,
    is_first: bool,
    file: &std::path::Path,
) -> Result<(), EngineError> {
    for new in schema.fields() {
        let Some(old) = fields.iter_mut().find(|f| f.name().eq_ignore_ascii_case(new.name()))
        else {
            fields.push(new.as_ref().clone().with_nullable(true));
            continue;
        };
        if is_first {
            // The file itself has two columns of this name, which the import refuses.
            fields.push(new.as_ref().clone());
            continue;
        }
        let clash =
            || EngineError::ColumnsDiffer { column: new.name().clone(), file: file_name(file) };
        let unit = |f: &Field| f.metadata().get(meta::UNIT).cloned().unwrap_or_default();
        let (ours, theirs) = (unit(old), unit(new));
        if !ours.is_empty() && !theirs.is_empty() && ours != theirs {
            return Err(clash());
        }
        let data_type = common(old.data_type(), new.data_type()).ok_or_else(clash)?;
        let mut metadata = new.metadata().clone();
        metadata.extend(old.metadata().clone());
        *old = Field::new(old.name(), data_type, true).with_metadata(metadata);
    }
    Ok(())
}

/// The type that holds the values of both; `None` for a list and something else.
fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Boolean, Float32, Float64, Int16, Int32, Int64, Null, UInt8, Utf8};
    let (a, b) = (meta::stored_type(a), meta::stored_type(b));
    if a == b || b == Null {
        return Some(a);
    }
    let widths = [UInt8, Int16, Int32, Int64];
    let width = |t: &DataType| widths.iter().position(|w| w == t);
    match (&a, &b) {
        (Null, _) => Some(b),
        (DataType::List(_) | DataType::FixedSizeList(..), _)
        | (_, DataType::List(_) | DataType::FixedSizeList(..)) => None,
        (Float32 | Float64, Float32 | Float64) => Some(Float64),
        (Float32, UInt8 | Int16) | (UInt8 | Int16, Float32) => Some(Float32),
        (Float32 | Float64, other) | (other, Float32 | Float64) if width(other).is_some() => {
            Some(Float64)
        }
        (Boolean, _) | (_, Boolean) => Some(Utf8),
        _ => match (width(&a), width(&b)) {
            (Some(x), Some(y)) => widths.get(x.max(y)).cloned(),
            _ => Some(Utf8),
        },
    }
}

/// A batch in the columns and types of the united table.
fn conform(
    batch: &RecordBatch,
    schema: &SchemaRef,
    file: &std::path::Path,
) -> Result<RecordBatch, EngineError> {
    let options = CastOptions { safe: false, format_options: FormatOptions::default() };
    let own = batch.schema();
    let columns = schema.fields().iter().map(|field| {
        let at = own.fields().iter().position(|f| f.name().eq_ignore_ascii_case(field.name()));
        let Some(column) = at.map(|i| batch.column(i)) else {
            return Ok(new_null_array(field.data_type(), batch.num_rows()));
        };
        if column.data_type() == field.data_type() {
            return Ok(column.clone());
        }
        cast_with_options(column, field.data_type(), &options).map_err(|_| {
            EngineError::ColumnsDiffer { column: field.name().clone(), file: file_name(file) }
        })
    });
    let columns = columns.collect::<Result<Vec<_>, EngineError>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::util::pretty::pretty_format_batches;

    fn united(files: &[(&str, &str)]) -> Result<(String, Option<u64>), EngineError> {
        let dir = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|(name, text)| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        });
        let reader = open(&paths.collect::<Vec<_>>(), dir.path())?;
        let rows = reader.rows;
        let batches = reader.batches.collect::<Result<Vec<_>, _>>()?;
        Ok((pretty_format_batches(&batches).unwrap().to_string(), rows))
    }

    #[test]
    fn columns_meet_by_name_in_a_type_that_holds_all() {
        let (text, rows) = united(&[
            ("a.csv", "id,ra,dec,flag\n1,10,20,x\n"),
            ("b.tsv", "DEC\tra\tid\textra\n-1.5\t11.25\t3000000000\t7\n"),
            ("c.csv", "id,ra,dec,flag\n2,12,22,5\n"),
        ])
        .unwrap();
        assert_eq!(rows, Some(3));
        let expected = "\
+------------+-------+------+------+-------+
| id         | ra    | dec  | flag | extra |
+------------+-------+------+------+-------+
| 1          | 10.0  | 20.0 | x    |       |
| 3000000000 | 11.25 | -1.5 |      | 7     |
| 2          | 12.0  | 22.0 | 5    |       |
+------------+-------+------+------+-------+";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_file_that_cannot_be_read_fails_the_table() {
        let error = united(&[("a.csv", "ra,dec\n1,2\n"), ("b.bin", "\0\u{1}")]).unwrap_err();
        assert!(matches!(error, EngineError::UnknownFormat { .. }), "{error}");
        assert!(open(&[], std::path::Path::new(".")).is_err());
    }
}
