//! Rows in base64: BINARY (VOTable 1.4 §5.3) and BINARY2, big-endian.

use std::io::{self, BufRead, Read};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use base64::{engine::general_purpose::STANDARD, read::DecoderReader};

use super::column::{CellBuilder, Column, Element, Primitive};
use crate::import::formats::BATCH_ROWS;

/// Largest variable-length cell, bytes: a corrupt length must not exhaust memory.
const MAX_CELL: usize = 1 << 28;

/// The characters of a base64 stream up to the closing tag, without white space.
struct Payload {
    inner: Box<dyn BufRead + Send>,
    done: bool,
}

impl Read for Payload {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !self.done && !out.is_empty() {
            let available = self.inner.fill_buf()?;
            if available.is_empty() {
                self.done = true;
            }
            let mut used = 0;
            for (&byte, slot) in available.iter().zip(0..) {
                used = slot + 1;
                if byte == b'<' {
                    self.done = true;
                    break;
                }
                if !byte.is_ascii_whitespace() {
                    let Some(place) = out.get_mut(written) else {
                        used = slot;
                        break;
                    };
                    *place = byte;
                    written += 1;
                }
            }
            self.inner.consume(used);
        }
        Ok(written)
    }
}

/// The rows of a STREAM element whose opening tag has been read.
pub struct BinaryRows {
    stream: DecoderReader<'static, base64::engine::GeneralPurpose, Payload>,
    columns: Vec<Column>,
    schema: SchemaRef,
    nulls: bool,
    row: u64,
    done: bool,
}

impl BinaryRows {
    /// Rows of these columns; `nulls` for BINARY2.
    pub fn new(
        stream: Box<dyn BufRead + Send>,
        columns: Vec<Column>,
        schema: SchemaRef,
        nulls: bool,
    ) -> Self {
        let stream = DecoderReader::new(Payload { inner: stream, done: false }, &STANDARD);
        Self { stream, columns, schema, nulls, row: 0, done: false }
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, String> {
        let mut builders: Vec<CellBuilder> = self.columns.iter().map(CellBuilder::new).collect();
        let mut rows = 0;
        while rows < BATCH_ROWS {
            if !self.row(&mut builders).map_err(|e| format!("row {}: {e}", self.row + 1))? {
                self.done = true;
                break;
            }
            self.row += 1;
            rows += 1;
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

    /// Reads one row; false at the end of the stream.
    fn row(&mut self, builders: &mut [CellBuilder]) -> Result<bool, String> {
        let mask_bytes = if self.nulls { self.columns.len().div_ceil(8) } else { 0 };
        let mut first = [0u8; 1];
        // The end of the stream may only fall between rows.
        if self.stream.read(&mut first).map_err(|e| e.to_string())? == 0 {
            return Ok(false);
        }
        let mut reader = first.chain(&mut self.stream);
        let mask = exactly(&mut reader, mask_bytes)?;
        for (index, (column, builder)) in self.columns.iter().zip(builders).enumerate() {
            let masked = mask.get(index / 8).is_some_and(|m| m & (0x80 >> (index % 8)) != 0);
            cell(&mut reader, column, builder, masked)
                .map_err(|e| format!("{}: {e}", column.meta.name))?;
        }
        Ok(true)
    }
}

fn exactly(reader: &mut impl Read, bytes: usize) -> Result<Vec<u8>, String> {
    if bytes > MAX_CELL {
        return Err(format!("a cell of {bytes} bytes"));
    }
    let mut out = Vec::new();
    reader.take(bytes as u64).read_to_end(&mut out).map_err(|e| e.to_string())?;
    if out.len() == bytes { Ok(out) } else { Err("the stream ends inside a row".to_owned()) }
}

fn cell(
    reader: &mut impl Read,
    column: &Column,
    builder: &mut CellBuilder,
    masked: bool,
) -> Result<(), String> {
    let count = match column.elements {
        Some(n) => n,
        None => {
            let bytes = exactly(reader, 4)?;
            let n = bytes.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b));
            usize::try_from(n).map_err(|e| e.to_string())?
        }
    };
    let width = match column.primitive {
        Primitive::Bit => {
            let bytes = exactly(reader, count.div_ceil(8))?;
            let bit = |i: usize| bytes.get(i / 8).is_some_and(|b| b & (0x80 >> (i % 8)) != 0);
            let elements: Vec<_> = (0..count).map(|i| Element::Boolean(bit(i))).collect();
            return if masked { builder.null() } else { builder.cell(&elements) };
        }
        Primitive::Boolean | Primitive::UnsignedByte | Primitive::Char => 1,
        Primitive::Short | Primitive::UnicodeChar => 2,
        Primitive::Int | Primitive::Float => 4,
        Primitive::Long | Primitive::Double | Primitive::FloatComplex => 8,
        Primitive::DoubleComplex => 16,
    };
    let bytes = exactly(reader, count.checked_mul(width).ok_or("a cell without end")?)?;
    if masked {
        return builder.null();
    }
    match column.primitive {
        Primitive::Char => {
            // Fixed-length strings are padded with NUL or end at the first one.
            let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
            let text = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
            builder.text(&text);
            Ok(())
        }
        Primitive::UnicodeChar => {
            let units =
                bytes.chunks_exact(2).map(|p| p.iter().fold(0, |n, b| n << 8 | u16::from(*b)));
            let text: Vec<u16> = units.take_while(|u| *u != 0).collect();
            builder.text(&String::from_utf16_lossy(&text));
            Ok(())
        }
        Primitive::Float | Primitive::FloatComplex => {
            let values = bytes.chunks_exact(4).map(|b| {
                f64::from(f32::from_bits(b.iter().fold(0, |n, b| n << 8 | u32::from(*b))))
            });
            builder.cell(&values.map(number).collect::<Vec<_>>())
        }
        Primitive::Double | Primitive::DoubleComplex => {
            let values = bytes
                .chunks_exact(8)
                .map(|b| f64::from_bits(b.iter().fold(0, |n, b| n << 8 | u64::from(*b))));
            builder.cell(&values.map(number).collect::<Vec<_>>())
        }
        Primitive::Boolean => {
            let elements = bytes.iter().map(|b| match b {
                b'T' | b't' | b'1' => Element::Boolean(true),
                b'F' | b'f' | b'0' => Element::Boolean(false),
                _ => Element::Null,
            });
            builder.cell(&elements.collect::<Vec<_>>())
        }
        _ => {
            let unsigned = column.primitive == Primitive::UnsignedByte;
            let elements = bytes.chunks_exact(width).map(|b| integer(b, unsigned, column.null));
            builder.cell(&elements.collect::<Vec<_>>())
        }
    }
}

fn number(value: f64) -> Element {
    if value.is_nan() { Element::Null } else { Element::Float(value) }
}

fn integer(bytes: &[u8], unsigned: bool, null: Option<i64>) -> Element {
    let negative = !unsigned && bytes.first().is_some_and(|b| b & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    let value = bytes.iter().fold(start, |n: i64, b| (n << 8) | i64::from(*b));
    if null == Some(value) { Element::Null } else { Element::Integer(value) }
}

impl Iterator for BinaryRows {
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
