//! Rows as BINARY (VOTable 1.4 §5.3) and BINARY2 (§5.4): big-endian values in base64. BINARY2 has a
//! mask of nulls before each row; in BINARY a value stands for null.

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Kind};

use crate::layout::{Cells, is_array};

/// Bytes of one base64 line: 64 characters, as VOTable's examples have it.
const LINE: usize = 48;

/// An encoder that keeps what does not fill a base64 line until the next batch.
#[derive(Debug)]
pub(crate) struct Binary {
    columns: Vec<ColumnMeta>,
    masks: bool,
    pending: Vec<u8>,
}

impl Binary {
    /// BINARY2.
    pub(crate) fn with_masks(columns: Vec<ColumnMeta>) -> Self {
        Binary { columns, masks: true, pending: Vec::new() }
    }

    /// BINARY, of columns from [`with_null_values`].
    pub(crate) fn with_null_values(columns: Vec<ColumnMeta>) -> Self {
        Binary { columns, masks: false, pending: Vec::new() }
    }

    /// Appends the rows of a plain batch as base64 lines.
    pub(crate) fn push_rows(
        &mut self,
        out: &mut String,
        batch: &RecordBatch,
    ) -> Result<(), ArrowError> {
        let columns = Cells::of_batch(batch)?;
        for row in 0..batch.num_rows() {
            if self.masks {
                push_mask(&mut self.pending, &columns, row);
            }
            for (cells, column) in columns.iter().zip(&self.columns) {
                if !self.masks {
                    check_value(cells, column, row)?;
                }
                push_cell(&mut self.pending, cells, column, row, self.masks)?;
            }
        }
        let whole = self.pending.len() - self.pending.len() % LINE;
        for line in self.pending.drain(..whole).as_slice().chunks(LINE) {
            STANDARD.encode_string(line, out);
            out.push('\n');
        }
        Ok(())
    }

    /// Appends what is left.
    pub(crate) fn finish(&mut self, out: &mut String) {
        STANDARD.encode_string(&self.pending, out);
        out.push('\n');
        self.pending.clear();
    }
}

/// The columns as BINARY writes them: bytes are widened, since each of their values may be meant.
/// The least value of an integer column stands for null ([`null_value`]).
pub(crate) fn with_null_values(columns: &[ColumnMeta]) -> Vec<ColumnMeta> {
    let mut columns = columns.to_vec();
    for column in columns.iter_mut().filter(|column| !is_array(column)) {
        if column.datatype.kind == Kind::UnsignedByte {
            column.datatype.kind = Kind::Short;
        }
    }
    columns
}

/// The value that stands for null in a column of BINARY.
pub(crate) fn null_value(column: &ColumnMeta) -> Option<i64> {
    match column.datatype.kind {
        _ if is_array(column) => None,
        Kind::Short => Some(i16::MIN.into()),
        Kind::Int => Some(i32::MIN.into()),
        Kind::Long => Some(i64::MIN),
        _ => None,
    }
}

/// A value that would be read as null must not be written as one.
fn check_value(cells: &Cells<'_>, column: &ColumnMeta, row: usize) -> Result<(), ArrowError> {
    let is_least = !cells.is_null(row)
        && match cells {
            Cells::Short(a) => a.value(row) == i16::MIN,
            Cells::Int(a) => a.value(row) == i32::MIN,
            Cells::Long(a) => a.value(row) == i64::MIN,
            _ => false,
        };
    if is_least {
        return Err(ArrowError::ComputeError(format!(
            "{} holds the value that stands for null in BINARY; BINARY2 can hold both",
            column.name
        )));
    }
    Ok(())
}

/// One bit a column from the highest bit on; 1 is null.
fn push_mask(out: &mut Vec<u8>, columns: &[Cells<'_>], row: usize) {
    for eight in columns.chunks(8) {
        let byte = eight
            .iter()
            .enumerate()
            .filter(|(_, cells)| cells.is_null(row))
            .fold(0_u8, |byte, (bit, _)| byte | 0x80 >> bit);
        out.push(byte);
    }
}

fn push_cell(
    out: &mut Vec<u8>,
    cells: &Cells<'_>,
    column: &ColumnMeta,
    row: usize,
    masks: bool,
) -> Result<(), ArrowError> {
    if cells.is_null(row) {
        push_null(out, column, masks);
        return Ok(());
    }
    match cells {
        // Widened for its null value.
        Cells::UnsignedByte(a) if column.datatype.kind == Kind::Short => {
            out.extend_from_slice(&i16::from(a.value(row)).to_be_bytes());
        }
        Cells::Text(texts) => {
            push_length(out, texts.value(row).len())?;
            out.extend_from_slice(texts.value(row).as_bytes());
        }
        Cells::List(lists) => push_array(out, lists.value(row).as_ref(), column, masks)?,
        _ => push_scalar(out, cells, row),
    }
    Ok(())
}

fn push_array(
    out: &mut Vec<u8>,
    values: &dyn Array,
    column: &ColumnMeta,
    masks: bool,
) -> Result<(), ArrowError> {
    let elements = Cells::of(values)?;
    let count = values.len();
    match column.datatype.size {
        ArraySize::Fixed(fixed) if fixed as usize != count => {
            return Err(ArrowError::ComputeError(format!(
                "{} holds {count} elements in place of {fixed}",
                column.name
            )));
        }
        ArraySize::Fixed(_) => {}
        _ => push_length(out, count)?,
    }
    let element = ColumnMeta { datatype: scalar(column), ..ColumnMeta::default() };
    for index in 0..count {
        if elements.is_null(index) {
            push_null(out, &element, masks);
        } else {
            push_scalar(out, &elements, index);
        }
    }
    Ok(())
}

fn scalar(column: &ColumnMeta) -> tenkyu_wire::tables::Datatype {
    tenkyu_wire::tables::Datatype { size: ArraySize::Scalar, ..column.datatype }
}

fn push_length(out: &mut Vec<u8>, length: usize) -> Result<(), ArrowError> {
    let length = u32::try_from(length)
        .map_err(|_| ArrowError::ComputeError("a cell is longer than 4 GB".to_owned()))?;
    out.extend_from_slice(&length.to_be_bytes());
    Ok(())
}

fn push_scalar(out: &mut Vec<u8>, cells: &Cells<'_>, row: usize) {
    match cells {
        Cells::Boolean(a) => out.push(if a.value(row) { b'T' } else { b'F' }),
        Cells::UnsignedByte(a) => out.push(a.value(row)),
        Cells::Short(a) => out.extend_from_slice(&a.value(row).to_be_bytes()),
        Cells::Int(a) => out.extend_from_slice(&a.value(row).to_be_bytes()),
        Cells::Long(a) => out.extend_from_slice(&a.value(row).to_be_bytes()),
        Cells::Float(a) => out.extend_from_slice(&a.value(row).to_be_bytes()),
        Cells::Double(a) => out.extend_from_slice(&a.value(row).to_be_bytes()),
        Cells::Text(_) | Cells::List(_) => {}
    }
}

/// The bytes in the place of a null: readers skip them by the mask, but they must be as many.
fn push_null(out: &mut Vec<u8>, column: &ColumnMeta, masks: bool) {
    let kind = column.datatype.kind;
    let element: &[u8] = match kind {
        Kind::Short if !masks => &i16::MIN.to_be_bytes(),
        Kind::Int if !masks => &i32::MIN.to_be_bytes(),
        Kind::Long if !masks => &i64::MIN.to_be_bytes(),
        Kind::Boolean => b"?",
        Kind::UnsignedByte => &[0],
        Kind::Short => &[0; 2],
        Kind::Int => &[0; 4],
        Kind::Long => &[0; 8],
        Kind::Float => &f32::NAN.to_be_bytes(),
        Kind::Double => &f64::NAN.to_be_bytes(),
        Kind::Char => &[],
    };
    match column.datatype.size {
        _ if kind == Kind::Char => out.extend_from_slice(&[0; 4]),
        ArraySize::Fixed(count) if is_array(column) => {
            (0..count).for_each(|_| out.extend_from_slice(element));
        }
        ArraySize::Variable => out.extend_from_slice(&[0; 4]),
        _ => out.extend_from_slice(element),
    }
}
