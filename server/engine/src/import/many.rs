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

/// Opens one more file of a table whose columns are settled: its rows in the columns and types of
/// the table, columns by name, NULL where the file has none.
///
/// # Errors
/// [`EngineError::ColumnsDiffer`] for a column that the table does not have, or whose values its
/// type does not hold.
pub fn open_more(
    schema: &SchemaRef,
    file: &std::path::Path,
    scratch: &std::path::Path,
) -> Result<TableReader, EngineError> {
    let reader = formats::open(file, scratch)?;
    for new in reader.schema.fields() {
        let old = schema.fields().iter().find(|f| f.name().eq_ignore_ascii_case(new.name()));
        let fits = old.is_some_and(|old| is_same_unit(old, new) && holds(old, new));
        if !fits {
            let (column, file) = (new.name().clone(), file_name(file));
            return Err(EngineError::ColumnsDiffer { column, file });
        }
    }
    let (settled, file) = (schema.clone(), file.to_owned());
    let batches = reader.batches.map(move |batch| conform(&batch?, &settled, &file));
    Ok(TableReader { schema: schema.clone(), batches: Box::new(batches), ..reader })
}

/// Whether a column takes values of another: without loss, or by a cast that fails where a value
/// does not fit. Text files do not say how wide their numbers are.
fn holds(old: &Field, new: &Field) -> bool {
    let (to, from) = (meta::stored_type(old.data_type()), meta::stored_type(new.data_type()));
    let narrows = (to.is_integer() && from.is_integer()) || (to.is_floating() && from.is_numeric());
    narrows || common(&to, &from).is_some_and(|common| common == to)
}

fn is_same_unit(a: &Field, b: &Field) -> bool {
    let unit = |f: &Field| f.metadata().get(meta::UNIT).cloned().unwrap_or_default();
    let (a, b) = (unit(a), unit(b));
    a.is_empty() || b.is_empty() || a == b
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
        if !is_same_unit(old, new) {
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
    fn more_rows_take_the_types_of_the_table() {
        let dir = tempfile::tempdir().unwrap();
        let schema: SchemaRef = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int16, true),
            Field::new("mag", DataType::Float32, true),
            Field::new("name", DataType::Utf8, true),
        ]));
        let add = |text: &str| {
            let path = dir.path().join("more.csv");
            std::fs::write(&path, text).unwrap();
            let batches = open_more(&schema, &path, dir.path())?.batches;
            let batches = batches.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, EngineError>(pretty_format_batches(&batches).unwrap().to_string())
        };
        let rows = add("NAME,id\n5,12\n,-3\n").unwrap();
        assert!(rows.contains("| 12 |     | 5    |") && rows.contains("| -3 |"), "{rows}");
        for bad in ["id\n1.5\n", "id\n70000\n", "id\nx\n", "mag\nbright\n", "id,other\n1,2\n"] {
            let error = add(bad).unwrap_err();
            assert!(matches!(error, EngineError::ColumnsDiffer { .. }), "{bad}: {error}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_fails_the_table() {
        let error = united(&[("a.csv", "ra,dec\n1,2\n"), ("b.bin", "\0\u{1}")]).unwrap_err();
        assert!(matches!(error, EngineError::UnknownFormat { .. }), "{error}");
        assert!(open(&[], std::path::Path::new(".")).is_err());
    }
}
