//! A binary table written batch by batch.

use std::io::{Seek, SeekFrom, Write};

use super::{add_extra, cells, failed, int, primary_header, seal};
use crate::{
    checksum::Checksum,
    error::{FitsError, Result},
    header::{BLOCK, Header, Value},
    table::{ColumnData, Layout},
};

/// What the elements of a written column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// `L`; a null is the byte 0.
    Bool,
    /// `B`
    U8,
    /// `B` with TZERO -128.
    I8,
    /// `I`
    I16,
    /// `I` with TZERO 32768.
    U16,
    /// `J`
    I32,
    /// `J` with TZERO 2³¹.
    U32,
    /// `K`
    I64,
    /// `K` with TZERO 2⁶³.
    U64,
    /// `E`; a null is NaN.
    F32,
    /// `D`; a null is NaN.
    F64,
    /// `A`, at most `width` bytes of UTF-8 (the standard knows ASCII only); a null is empty.
    Text {
        /// Bytes; longer texts are refused, shorter ones filled with NUL.
        width: usize,
    },
}

impl ElementType {
    fn code(self) -> char {
        match self {
            ElementType::Bool => 'L',
            ElementType::U8 | ElementType::I8 => 'B',
            ElementType::I16 | ElementType::U16 => 'I',
            ElementType::I32 | ElementType::U32 => 'J',
            ElementType::I64 | ElementType::U64 => 'K',
            ElementType::F32 => 'E',
            ElementType::F64 => 'D',
            ElementType::Text { .. } => 'A',
        }
    }

    fn size(self) -> usize {
        match self {
            ElementType::Bool | ElementType::U8 | ElementType::I8 => 1,
            ElementType::I16 | ElementType::U16 => 2,
            ElementType::I32 | ElementType::U32 | ElementType::F32 => 4,
            ElementType::I64 | ElementType::U64 | ElementType::F64 => 8,
            ElementType::Text { width } => width,
        }
    }

    /// TZERO as text: 2⁶³ has no exact short form as a double that all readers understand.
    fn zero(self) -> Option<Value> {
        Some(match self {
            ElementType::I8 => Value::Int(-128),
            ElementType::U16 => Value::Int(32_768),
            ElementType::U32 => Value::Int(2_147_483_648),
            ElementType::U64 => Value::Real(9_223_372_036_854_775_808.0),
            _ => return None,
        })
    }

    /// A stored value that real data hardly holds, for TNULL: the least of signed and the greatest
    /// of unsigned integers. `None` for types that need none.
    pub fn usual_null(self) -> Option<i64> {
        Some(match self {
            ElementType::U8 => 255,
            ElementType::I8 => 0,
            ElementType::I16 => i64::from(i16::MIN),
            ElementType::U16 => i64::from(i16::MAX),
            ElementType::I32 => i64::from(i32::MIN),
            ElementType::U32 => i64::from(i32::MAX),
            ElementType::I64 => i64::MIN,
            ElementType::U64 => i64::MAX,
            _ => return None,
        })
    }
}

/// A column to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSpec {
    /// TTYPE.
    pub name: String,
    /// TFORM's letter, with TZERO where needed.
    pub element: ElementType,
    /// Elements in a cell; 1 for scalars. Text columns hold one.
    pub repeat: usize,
    /// TNULL, the *stored* integer (before TZERO) that stands for null; see
    /// [`ElementType::usual_null`]. Without it a null in an integer column is an error.
    pub null: Option<i64>,
    /// TUNIT.
    pub unit: Option<String>,
    /// TUCD.
    pub ucd: Option<String>,
    /// TCOMM.
    pub description: Option<String>,
}

impl ColumnSpec {
    /// A scalar column without unit, UCD, description and TNULL.
    pub fn new(name: impl Into<String>, element: ElementType) -> ColumnSpec {
        ColumnSpec {
            name: name.into(),
            element,
            repeat: 1,
            null: None,
            unit: None,
            ucd: None,
            description: None,
        }
    }

    fn bytes(&self) -> usize {
        self.element.size().saturating_mul(self.repeat)
    }

    fn describe(&self, header: &mut Header, number: usize) -> Result<()> {
        let repeat = match self.element {
            ElementType::Text { width } => width,
            _ => self.repeat,
        };
        let mut set = |name: &str, value: Value| header.set(&format!("{name}{number}"), value, "");
        set("TTYPE", Value::Str(self.name.clone()))?;
        set("TFORM", Value::Str(format!("{repeat}{}", self.element.code())))?;
        if let Some(zero) = self.element.zero() {
            set("TSCAL", Value::Int(1))?;
            set("TZERO", zero)?;
        }
        if let (Some(null), Some(_)) = (self.null, self.element.usual_null()) {
            set("TNULL", Value::Int(null))?;
        }
        let texts = [("TUNIT", &self.unit), ("TUCD", &self.ucd), ("TCOMM", &self.description)];
        for (name, text) in texts {
            if let Some(text) = text {
                set(name, Value::Str(text.clone()))?;
            }
        }
        Ok(())
    }
}

/// Writes a file of one binary table, batch by batch, in bounded memory.
///
/// The number of rows and the checksums are put into the header by [`TableWriter::finish`], which
/// is why the sink must be able to seek (a file, or a `Cursor<Vec<u8>>`).
#[derive(Debug)]
pub struct TableWriter<W> {
    sink: W,
    columns: Vec<ColumnSpec>,
    header: Header,
    header_start: u64,
    row_bytes: usize,
    rows: u64,
    sum: Checksum,
}

impl<W: Write + Seek> TableWriter<W> {
    /// Starts a file: an empty primary HDU, and the header of the table with the cards of `extra`
    /// that do not describe the structure (such as EXTNAME).
    ///
    /// # Errors
    /// [`FitsError::Write`] for over 999 columns and for texts that cannot be cards, or when the
    /// sink fails.
    pub fn new(mut sink: W, columns: Vec<ColumnSpec>, extra: &Header) -> Result<TableWriter<W>> {
        if columns.len() > 999 {
            let reason = format!("{} columns, at most 999 are possible", columns.len());
            return Err(FitsError::Write(reason));
        }
        let row_bytes = columns.iter().map(ColumnSpec::bytes).fold(0, usize::saturating_add);
        let mut primary = primary_header(8, &[])?;
        primary.set("EXTEND", Value::Bool(true), "")?;
        seal(&mut primary, &Checksum::default())?;
        sink.write_all(&primary.to_bytes()).map_err(failed)?;
        let mut header = Header::default();
        header.set("XTENSION", Value::Str("BINTABLE".to_owned()), "binary table")?;
        header.set("BITPIX", Value::Int(8), "")?;
        header.set("NAXIS", Value::Int(2), "")?;
        header.set("NAXIS1", int(row_bytes as u64)?, "bytes of a row")?;
        header.set("NAXIS2", Value::Int(0), "rows")?;
        header.set("PCOUNT", Value::Int(0), "")?;
        header.set("GCOUNT", Value::Int(1), "")?;
        header.set("TFIELDS", int(columns.len() as u64)?, "columns")?;
        for (i, column) in columns.iter().enumerate() {
            column.describe(&mut header, i + 1)?;
        }
        add_extra(&mut header, extra);
        seal(&mut header, &Checksum::default())?;
        let header_start = sink.stream_position().map_err(failed)?;
        sink.write_all(&header.to_bytes()).map_err(failed)?;
        let sum = Checksum::default();
        Ok(TableWriter { sink, columns, header, header_start, row_bytes, rows: 0, sum })
    }

    /// Appends rows: one [`ColumnData`] for each column, all with the same number of rows.
    ///
    /// # Errors
    /// [`FitsError::Write`] when types, numbers of elements or rows do not fit the columns, for a
    /// text that is too long, a null in an integer column without TNULL, a value equal to TNULL,
    /// or when the sink fails. Nothing of the batch is written then.
    pub fn write(&mut self, batch: &[ColumnData]) -> Result<()> {
        if batch.len() != self.columns.len() {
            let reason = format!("{} columns of {}", batch.len(), self.columns.len());
            return Err(FitsError::Write(reason));
        }
        let rows = batch.first().map_or(0, |data| data.rows);
        let mut bytes = vec![0_u8; rows.saturating_mul(self.row_bytes)];
        let mut offset = 0;
        for (spec, data) in self.columns.iter().zip(batch) {
            if data.rows != rows {
                let reason = format!("column {} has {} rows of {rows}", spec.name, data.rows);
                return Err(FitsError::Write(reason));
            }
            let width = spec.bytes();
            fill(spec, data, &mut bytes, self.row_bytes, offset..offset + width)?;
            offset += width;
        }
        self.sum.add(&bytes);
        self.sink.write_all(&bytes).map_err(failed)?;
        self.rows += rows as u64;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Pads the data, completes the header and gives the sink back, at its end.
    ///
    /// # Errors
    /// [`FitsError::Write`] when the sink fails.
    pub fn finish(mut self) -> Result<W> {
        let length = self.rows.saturating_mul(self.row_bytes as u64);
        let padding = length.next_multiple_of(BLOCK as u64) - length;
        self.sink.write_all(&vec![0; padding as usize]).map_err(failed)?;
        let end = self.sink.stream_position().map_err(failed)?;
        self.header.set("NAXIS2", int(self.rows)?, "rows")?;
        seal(&mut self.header, &self.sum)?;
        self.sink.seek(SeekFrom::Start(self.header_start)).map_err(failed)?;
        self.sink.write_all(&self.header.to_bytes()).map_err(failed)?;
        self.sink.seek(SeekFrom::Start(end)).map_err(failed)?;
        self.sink.flush().map_err(failed)?;
        Ok(self.sink)
    }
}

/// Writes one column of a batch into the cells of its rows.
fn fill(
    spec: &ColumnSpec,
    data: &ColumnData,
    bytes: &mut [u8],
    row_bytes: usize,
    cell: std::ops::Range<usize>,
) -> Result<()> {
    let fits = match data.layout {
        Layout::Scalar => spec.repeat == 1,
        Layout::Array(n) => spec.repeat == n,
        Layout::Variable(_) => false,
    };
    if !fits {
        let reason = format!("column {} needs {} elements in a cell", spec.name, spec.repeat);
        return Err(FitsError::Write(reason));
    }
    if row_bytes == 0 || cell.is_empty() {
        return Ok(());
    }
    let size = spec.element.size();
    for (row, target) in bytes.chunks_exact_mut(row_bytes).enumerate() {
        let places = target.get_mut(cell.clone()).unwrap_or_default();
        for (i, place) in places.chunks_exact_mut(size).enumerate() {
            let element = row * spec.repeat + i;
            cells::put(spec, &data.values, element, data.is_null(element), place)?;
        }
    }
    Ok(())
}
