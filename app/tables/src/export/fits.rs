//! A FITS binary table. Lists and times are written as text; texts are UTF-8 where they are not
//! ASCII.

use std::io::Cursor;

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::*,
};
use tenkyu_fits::{
    ColumnData, ColumnSpec, ElementType, Header, Layout, TableWriter, Value, Values,
};
use tenkyu_wire::tables::ColumnMeta;

use super::{Source, failed};
use crate::{TableError, cells};

pub(super) fn write(source: &Source<'_>) -> Result<Vec<u8>, TableError> {
    let batches = source.chunks().collect::<Result<Vec<_>, TableError>>()?;
    let specs = source.columns.iter().enumerate().map(|(index, column)| {
        let parts: Vec<&ArrayRef> =
            batches.iter().filter_map(|batch| batch.columns().get(index)).collect();
        let data_type = source.schema.fields().get(index).map(|field| field.data_type().clone());
        spec(column, &data_type.unwrap_or(DataType::Utf8), &parts)
    });
    let specs = specs.collect::<Result<Vec<_>, TableError>>()?;
    let elements: Vec<ElementType> = specs.iter().map(|spec| spec.element).collect();
    let mut extra = Header::default();
    extra.set("EXTNAME", Value::Str("RESULT".to_owned()), "").map_err(failed)?;
    if source.cut {
        extra.set("OVERFLOW", Value::Bool(true), "the server cut the result").map_err(failed)?;
    }
    let mut writer = TableWriter::new(Cursor::new(Vec::new()), specs, &extra).map_err(failed)?;
    for batch in &batches {
        writer.write(&data(batch, &elements)).map_err(failed)?;
    }
    Ok(writer.finish().map_err(failed)?.into_inner())
}

fn spec(
    column: &ColumnMeta,
    data_type: &DataType,
    parts: &[&ArrayRef],
) -> Result<ColumnSpec, TableError> {
    let element = match data_type {
        DataType::Boolean => ElementType::Bool,
        DataType::UInt8 => ElementType::U8,
        DataType::Int8 | DataType::Int16 => ElementType::I16,
        DataType::UInt16 | DataType::Int32 => ElementType::I32,
        DataType::UInt32 | DataType::Int64 | DataType::UInt64 => ElementType::I64,
        DataType::Float32 => ElementType::F32,
        DataType::Float64 => ElementType::F64,
        _ => {
            let lengths = parts.iter().flat_map(|part| {
                (0..part.len()).filter_map(|row| cells::text(part, row).map(|text| text.len()))
            });
            ElementType::Text { width: lengths.max().unwrap_or(0).max(1) }
        }
    };
    let some = |text: &String| (!text.is_empty()).then(|| ascii(text, '?'));
    let mut spec = ColumnSpec::new(ascii(&column.name, '_'), element);
    spec.unit = some(&column.unit);
    spec.ucd = some(&column.ucd);
    spec.description = some(&column.description);
    if parts.iter().any(|part| part.null_count() > 0) {
        spec.null = null_value(element, parts)?;
    }
    Ok(spec)
}

/// Text for a header card, which holds printable ASCII alone (FITS 4.0 §4.1.2.3).
fn ascii(text: &str, instead: char) -> String {
    text.chars().map(|ch| if matches!(ch, ' '..='~') { ch } else { instead }).collect()
}

/// An integer for TNULL that no row holds.
fn null_value(element: ElementType, parts: &[&ArrayRef]) -> Result<Option<i64>, TableError> {
    let Some(usual) = element.usual_null() else { return Ok(None) };
    let mut used = std::collections::HashSet::new();
    for part in parts {
        let values = integers(part.as_ref());
        used.extend(
            values
                .into_iter()
                .enumerate()
                .filter_map(|(row, value)| part.is_valid(row).then_some(value)),
        );
    }
    // Down from the greatest unsigned, up from the least signed value.
    let step = if element == ElementType::U8 { -1 } else { 1 };
    let candidates = (0..=255).map(|offset| usual + step * offset);
    match candidates.into_iter().find(|value| !used.contains(value)) {
        Some(value) => Ok(Some(value)),
        None => Err(failed("a column of bytes uses all 256 values and holds nulls too")),
    }
}

/// The values of an integer column; those of null rows mean nothing.
fn integers(array: &dyn Array) -> Vec<i64> {
    macro_rules! each {
        ($type:ty) => {
            array.as_primitive::<$type>().values().iter().map(|value| *value as i64).collect()
        };
    }
    match array.data_type() {
        DataType::Int8 => each!(Int8Type),
        DataType::Int16 => each!(Int16Type),
        DataType::Int32 => each!(Int32Type),
        DataType::Int64 => each!(Int64Type),
        DataType::UInt8 => each!(UInt8Type),
        DataType::UInt16 => each!(UInt16Type),
        DataType::UInt32 => each!(UInt32Type),
        DataType::UInt64 => each!(UInt64Type),
        _ => Vec::new(),
    }
}

fn data(batch: &RecordBatch, elements: &[ElementType]) -> Vec<ColumnData> {
    let rows = batch.num_rows();
    let columns = batch.columns().iter().zip(elements);
    columns
        .map(|(column, element)| {
            let values = values(column, *element);
            let nulls = column.nulls().map(|nulls| nulls.iter().map(|valid| !valid).collect());
            ColumnData { rows, values, nulls, layout: Layout::Scalar }
        })
        .collect()
}

fn values(array: &ArrayRef, element: ElementType) -> Values {
    match element {
        ElementType::Bool => Values::Bool(array.as_boolean().values().iter().collect()),
        ElementType::U8 => Values::U8(array.as_primitive::<UInt8Type>().values().to_vec()),
        ElementType::I16 => {
            Values::I16(integers(array).into_iter().map(|value| value as i16).collect())
        }
        ElementType::I32 => {
            Values::I32(integers(array).into_iter().map(|value| value as i32).collect())
        }
        ElementType::I64 => Values::I64(integers(array)),
        ElementType::F32 => Values::F32(array.as_primitive::<Float32Type>().values().to_vec()),
        ElementType::F64 => Values::F64(array.as_primitive::<Float64Type>().values().to_vec()),
        _ => {
            let texts = (0..array.len()).map(|row| cells::text(array, row).unwrap_or_default());
            Values::Text(texts.collect())
        }
    }
}
