//! JSON: `{"metadata": […], "data": [[…], …], "overflow": false, "snapshots": {…}}`.
//!
//! Integers of 64 bits are written exactly; NaN and infinities, which JSON lacks, as null. An
//! error in the middle ends `data` and adds `"error"`, a problem object.

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;
use bytes::Bytes;
use serde::Serialize;
use tenkyu_wire::Lang;
use tenkyu_wire::tables::ColumnMeta;

use super::{Encoder, End};
use crate::layout::{Cells, Layout, push_double, push_float};
use crate::votable::array_size;

pub(super) struct Json {
    layout: Layout,
    lang: Lang,
    first: bool,
}

impl Json {
    pub(super) fn new(layout: &Layout, lang: Lang) -> Self {
        Json { layout: layout.clone(), lang, first: true }
    }
}

/// One entry of `metadata`.
#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    datatype: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    arraysize: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    unit: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    ucd: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    utype: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    xtype: &'a str,
}

fn json<T: Serialize>(value: &T) -> Result<String, ArrowError> {
    serde_json::to_string(value).map_err(|error| ArrowError::JsonError(error.to_string()))
}

fn column(meta: &ColumnMeta) -> Result<String, ArrowError> {
    json(&Column {
        name: &meta.name,
        datatype: meta.datatype.kind.votable(),
        arraysize: &array_size(meta),
        unit: &meta.unit,
        ucd: &meta.ucd,
        description: &meta.description,
        utype: &meta.utype,
        xtype: &meta.xtype,
    })
}

impl Encoder for Json {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        let columns = self.layout.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{{\"metadata\":[{}],\n\"data\":[", columns.join(",\n")).into())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        let columns = Cells::of_batch(batch)?;
        let mut out = String::with_capacity(batch.num_rows() * batch.num_columns() * 12);
        for row in 0..batch.num_rows() {
            out.push_str(if self.first { "\n[" } else { ",\n[" });
            self.first = false;
            for (index, cells) in columns.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_json(&mut out, cells, row)?;
            }
            out.push(']');
        }
        Ok(out.into())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        let snapshots: serde_json::Map<String, serde_json::Value> =
            self.layout.snapshots.iter().map(|(t, s)| (t.clone(), s.clone().into())).collect();
        let mut out = format!(
            "],\n\"overflow\":{},\n\"snapshots\":{}",
            end.overflow.is_some(),
            json(&snapshots)?
        );
        if let Some(error) = &end.error {
            out.push_str(",\n\"error\":");
            out.push_str(&json(&error.explain.problem(self.lang))?);
        }
        out.push_str("}\n");
        Ok(Some(out.into()))
    }
}

fn push_json(out: &mut String, cells: &Cells<'_>, row: usize) -> Result<(), ArrowError> {
    use std::fmt::Write;
    if cells.is_null(row) {
        out.push_str("null");
        return Ok(());
    }
    // Writing to a String cannot fail.
    let _ = match cells {
        Cells::Boolean(a) => write!(out, "{}", a.value(row)),
        Cells::UnsignedByte(a) => write!(out, "{}", a.value(row)),
        Cells::Short(a) => write!(out, "{}", a.value(row)),
        Cells::Int(a) => write!(out, "{}", a.value(row)),
        Cells::Long(a) => write!(out, "{}", a.value(row)),
        Cells::Float(a) if a.value(row).is_finite() => {
            push_float(out, a.value(row), "", "");
            Ok(())
        }
        Cells::Double(a) if a.value(row).is_finite() => {
            push_double(out, a.value(row), "", "");
            Ok(())
        }
        Cells::Float(_) | Cells::Double(_) => write!(out, "null"),
        Cells::Text(a) => {
            out.push_str(&json(&a.value(row))?);
            Ok(())
        }
        Cells::List(a) => {
            let values = a.value(row);
            let elements = Cells::of(values.as_ref())?;
            out.push('[');
            for index in 0..values.len() {
                if index > 0 {
                    out.push(',');
                }
                push_json(out, &elements, index)?;
            }
            out.push(']');
            Ok(())
        }
    };
    Ok(())
}
