//! Rows as XML elements.

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use quick_xml::events::Event;
use tenkyu_wire::tables::Kind;

use super::{
    Xml,
    column::{CellBuilder, Column, Element, Primitive},
    header::{place, push_reference},
};
use crate::import::formats::BATCH_ROWS;

/// The rows of a TABLEDATA element whose opening tag has been read.
pub struct TableDataRows {
    xml: Xml,
    columns: Vec<Column>,
    schema: SchemaRef,
    row: u64,
    done: bool,
}

impl TableDataRows {
    /// Rows of these columns.
    pub fn new(xml: Xml, columns: Vec<Column>, schema: SchemaRef) -> Self {
        Self { xml, columns, schema, row: 0, done: false }
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, String> {
        let mut builders: Vec<CellBuilder> = self.columns.iter().map(CellBuilder::new).collect();
        let mut cells: Vec<String> = Vec::new();
        let mut buffer = Vec::new();
        let (mut rows, mut text, mut in_cell) = (0, String::new(), false);
        while rows < BATCH_ROWS {
            buffer.clear();
            let event = self.xml.read_event_into(&mut buffer).map_err(|e| place(&self.xml, e))?;
            match event {
                Event::Start(e) if e.local_name().as_ref() == "TR" => cells.clear(),
                Event::Start(e) if e.local_name().as_ref() == "TD" => {
                    text.clear();
                    in_cell = true;
                }
                Event::Empty(e) if e.local_name().as_ref() == "TD" => cells.push(String::new()),
                Event::Text(e) if in_cell => text.push_str(&e.xml10_content()),
                Event::CData(e) if in_cell => text.push_str(&e.xml10_content()),
                Event::GeneralRef(e) if in_cell => push_reference(&mut text, &e),
                Event::End(e) => match e.local_name().as_ref() {
                    "TD" => {
                        in_cell = false;
                        cells.push(std::mem::take(&mut text));
                    }
                    "TR" => {
                        self.row += 1;
                        rows += 1;
                        self.push_row(&mut builders, &cells)?;
                    }
                    "TABLEDATA" => {
                        self.done = true;
                        break;
                    }
                    _ => {}
                },
                Event::Eof => return Err(format!("the file ends after row {}", self.row)),
                _ => {}
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = builders
            .iter_mut()
            .map(CellBuilder::finish)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| e.to_string())?;
        RecordBatch::try_new(self.schema.clone(), arrays).map(Some).map_err(|e| e.to_string())
    }

    fn push_row(&self, builders: &mut [CellBuilder], cells: &[String]) -> Result<(), String> {
        if cells.len() > self.columns.len() {
            return Err(format!("row {}: more cells than FIELDs", self.row));
        }
        for (index, (column, builder)) in self.columns.iter().zip(builders).enumerate() {
            // Trailing cells may be left out; they are null.
            let text = cells.get(index).map_or("", String::as_str);
            let pushed = if column.meta.datatype.kind == Kind::Char {
                builder.text(text);
                Ok(())
            } else {
                parse(text, column).and_then(|elements| builder.cell(&elements))
            };
            pushed.map_err(|e| format!("row {}, {}: {e}", self.row, column.meta.name))?;
        }
        Ok(())
    }
}

fn parse(text: &str, column: &Column) -> Result<Vec<Element>, String> {
    text.split_whitespace().map(|token| element(token, column)).collect()
}

fn element(token: &str, column: &Column) -> Result<Element, String> {
    match column.primitive {
        Primitive::Boolean => Ok(match token {
            "T" | "t" | "1" | "true" | "TRUE" | "True" => Element::Boolean(true),
            "F" | "f" | "0" | "false" | "FALSE" | "False" => Element::Boolean(false),
            "?" => Element::Null,
            other => return Err(format!("{other:?} is no boolean")),
        }),
        Primitive::Float
        | Primitive::Double
        | Primitive::FloatComplex
        | Primitive::DoubleComplex => {
            let plain = token.strip_prefix('+').unwrap_or(token);
            let value: f64 = plain.parse().map_err(|_| format!("{token:?} is no number"))?;
            Ok(if value.is_nan() { Element::Null } else { Element::Float(value) })
        }
        _ => {
            let parsed = match token.strip_prefix("0x") {
                Some(hex) => i64::from_str_radix(hex, 16),
                None => token.parse(),
            };
            let value = parsed.map_err(|_| format!("{token:?} is no integer"))?;
            Ok(if column.null == Some(value) { Element::Null } else { Element::Integer(value) })
        }
    }
}

impl Iterator for TableDataRows {
    type Item = Result<RecordBatch, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.batch().transpose();
        self.done |= !matches!(batch, Some(Ok(_)));
        batch
    }
}
