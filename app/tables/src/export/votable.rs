//! VOTable 1.4 with BINARY2 data (§5.4): each row a null mask, a bit a column, then big-endian
//! values.

use std::fmt::Write;

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::*,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Kind};

use super::Source;
use crate::{TableError, cells};

/// How the cells of a column are written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// A number or truth value of the column's type.
    Scalar,
    /// A list with its length before it.
    List,
    /// `char`: the text is ASCII.
    Char,
    /// `unicodeChar`: the text holds other characters.
    Unicode,
}

pub(super) fn write(source: &Source<'_>) -> Result<Vec<u8>, TableError> {
    let batches = source.chunks().collect::<Result<Vec<_>, TableError>>()?;
    let forms: Vec<Form> =
        (0..source.columns.len()).map(|index| form(source, &batches, index)).collect();
    let mut out = head(source, &forms);
    out.push_str("<DATA><BINARY2><STREAM encoding=\"base64\">\n");
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            put_row(batch, row, &forms, &mut rows);
        }
        // Whole groups of three bytes need no padding within the stream.
        let whole = rows.len() - rows.len() % 3;
        if let Some(ready) = rows.get(..whole) {
            STANDARD.encode_string(ready, &mut out);
        }
        rows.drain(..whole);
    }
    STANDARD.encode_string(&rows, &mut out);
    out.push_str("\n</STREAM></BINARY2></DATA>\n");
    out.push_str("</TABLE>\n");
    if source.cut {
        out.push_str("<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\"/>\n");
    }
    out.push_str("</RESOURCE>\n</VOTABLE>\n");
    Ok(out.into_bytes())
}

/// The document without its data, as a description of the columns.
pub(super) fn without_data(source: &Source<'_>) -> String {
    let forms: Vec<Form> = source
        .columns
        .iter()
        .map(|column| match (column.datatype.kind, column.datatype.size) {
            // Parquet's texts are UTF-8, which VOParquet describes as char.
            (Kind::Char, _) => Form::Char,
            (_, ArraySize::Scalar) => Form::Scalar,
            _ => Form::List,
        })
        .collect();
    head(source, &forms) + "</TABLE>\n</RESOURCE>\n</VOTABLE>\n"
}

fn head(source: &Source<'_>, forms: &[Form]) -> String {
    let mut out = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n",
        "<RESOURCE type=\"results\">\n",
        "<INFO name=\"QUERY_STATUS\" value=\"OK\"/>\n",
    ));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<TABLE nrows=\"{}\">", source.rows.len());
    for (column, form) in source.columns.iter().zip(forms) {
        field(&mut out, column, *form);
    }
    out
}

fn field(out: &mut String, column: &ColumnMeta, form: Form) {
    let datatype = match form {
        Form::Unicode => "unicodeChar",
        Form::Char => "char",
        _ => column.datatype.kind.votable(),
    };
    let arraysize = match (form, column.datatype.size) {
        (Form::Scalar, _) => String::new(),
        (Form::List, ArraySize::Fixed(size)) => size.to_string(),
        _ => "*".to_owned(),
    };
    let mut element = String::from("<FIELD");
    for (name, value) in [
        ("name", column.name.as_str()),
        ("datatype", datatype),
        ("arraysize", arraysize.as_str()),
        ("unit", column.unit.as_str()),
        ("ucd", column.ucd.as_str()),
        ("utype", column.utype.as_str()),
        ("xtype", column.xtype.as_str()),
    ] {
        if !value.is_empty() {
            let _ = write!(element, " {name}=\"{}\"", escaped(value));
        }
    }
    out.push_str(&element);
    if column.description.is_empty() {
        out.push_str("/>\n");
    } else {
        let text = escaped(&column.description);
        let _ = writeln!(out, "><DESCRIPTION>{text}</DESCRIPTION></FIELD>");
    }
}

/// Text for XML; characters that XML 1.0 cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            ch => out.push(ch),
        }
    }
    out
}

fn form(source: &Source<'_>, batches: &[RecordBatch], index: usize) -> Form {
    let Some(column) = source.columns.get(index) else { return Form::Char };
    match (column.datatype.kind, column.datatype.size) {
        (Kind::Char, _) => {
            let parts = || batches.iter().filter_map(|batch| batch.columns().get(index));
            let is_ascii = parts().all(|part| {
                (0..part.len()).all(|row| cells::text(part, row).is_none_or(|text| text.is_ascii()))
            });
            if is_ascii { Form::Char } else { Form::Unicode }
        }
        (_, ArraySize::Scalar) => Form::Scalar,
        _ => Form::List,
    }
}

fn put_row(batch: &RecordBatch, row: usize, forms: &[Form], out: &mut Vec<u8>) {
    let mut mask = vec![0_u8; forms.len().div_ceil(8)];
    for (index, column) in batch.columns().iter().enumerate() {
        if column.is_null(row)
            && let Some(byte) = mask.get_mut(index / 8)
        {
            *byte |= 0x80 >> (index % 8);
        }
    }
    out.extend_from_slice(&mask);
    for (column, form) in batch.columns().iter().zip(forms) {
        match form {
            Form::Scalar => put_scalar(column.as_ref(), row, out),
            Form::List => put_list(column.as_ref(), row, out),
            Form::Char => {
                let text = cells::text(column, row).unwrap_or_default();
                out.extend_from_slice(&(text.len() as u32).to_be_bytes());
                out.extend_from_slice(text.as_bytes());
            }
            Form::Unicode => {
                let text = cells::text(column, row).unwrap_or_default();
                let units: Vec<u16> = text.encode_utf16().collect();
                out.extend_from_slice(&(units.len() as u32).to_be_bytes());
                units.iter().for_each(|unit| out.extend_from_slice(&unit.to_be_bytes()));
            }
        }
    }
}

/// A value in the type that [`crate::meta`] gave its column. Where it is null the bytes do not
/// count, but a reader without masks sees NaN or nothing.
fn put_scalar(array: &dyn Array, row: usize, out: &mut Vec<u8>) {
    let null = array.is_null(row);
    macro_rules! integer {
        ($type:ty, $wide:ty) => {{
            let value = if null { 0 } else { array.as_primitive::<$type>().value(row) };
            out.extend_from_slice(&(value as $wide).to_be_bytes());
        }};
    }
    match array.data_type() {
        DataType::Boolean if null => out.push(b'?'),
        DataType::Boolean => out.push(if array.as_boolean().value(row) { b'T' } else { b'F' }),
        DataType::UInt8 => integer!(UInt8Type, u8),
        DataType::Int8 => integer!(Int8Type, i16),
        DataType::Int16 => integer!(Int16Type, i16),
        DataType::UInt16 => integer!(UInt16Type, i32),
        DataType::Int32 => integer!(Int32Type, i32),
        DataType::UInt32 => integer!(UInt32Type, i64),
        DataType::Int64 => integer!(Int64Type, i64),
        DataType::UInt64 => integer!(UInt64Type, i64),
        DataType::Float32 => {
            let value =
                if null { f32::NAN } else { array.as_primitive::<Float32Type>().value(row) };
            out.extend_from_slice(&value.to_be_bytes());
        }
        DataType::Float64 => {
            let value =
                if null { f64::NAN } else { array.as_primitive::<Float64Type>().value(row) };
            out.extend_from_slice(&value.to_be_bytes());
        }
        // Texts have forms of their own.
        _ => {}
    }
}

fn put_list(array: &dyn Array, row: usize, out: &mut Vec<u8>) {
    let null = array.is_null(row);
    let (items, fixed) = match array.data_type() {
        DataType::List(_) => (array.as_list::<i32>().value(row), false),
        DataType::LargeList(_) => (array.as_list::<i64>().value(row), false),
        DataType::FixedSizeList(..) => (array.as_fixed_size_list().value(row), true),
        _ => return,
    };
    let count = if null && !fixed { 0 } else { items.len() };
    if !fixed {
        out.extend_from_slice(&(count as u32).to_be_bytes());
    }
    for item in 0..count {
        put_scalar(items.as_ref(), item, out);
    }
}
