//! FITS binary table (FITS 4.0 §7.3).
//!
//! Its header holds the number of rows and the width of texts, which only the last row tells. Rows
//! wait in a file until then; memory stays flat, and the first byte follows the last row.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use tenkyu_fits::{
    ColumnData, ColumnSpec, ElementType, FitsError, Header, Layout as CellLayout, TableWriter,
    Value, Values,
};
use tenkyu_wire::tables::{ColumnMeta, Kind};

use super::{Encoder, End};
use crate::layout::Layout;

/// Bytes that are sent at a time.
const PIECE: usize = 1 << 20;

/// What the rows have told of a column.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    nulls: bool,
    /// Longest text in bytes, or most elements of a cell.
    longest: usize,
}

enum State {
    /// Rows are kept.
    Keeping(StreamWriter<BufWriter<File>>),
    /// Kept rows become the table.
    Writing(StreamReader<BufReader<File>>, TableWriter<BufWriter<File>>),
    /// The table is sent.
    Sending(File),
    /// Nothing is left, or a step failed.
    Done,
}

pub(super) struct FitsTable {
    layout: Layout,
    scratch: PathBuf,
    seen: Vec<Seen>,
    specs: Vec<ColumnSpec>,
    state: State,
}

impl FitsTable {
    pub(super) fn new(layout: &Layout, scratch: &Path) -> Result<Self, ArrowError> {
        let file = BufWriter::new(tempfile::tempfile_in(scratch)?);
        Ok(FitsTable {
            seen: vec![Seen::default(); layout.columns.len()],
            specs: Vec::new(),
            state: State::Keeping(StreamWriter::try_new(file, &layout.schema())?),
            layout: layout.clone(),
            scratch: scratch.to_owned(),
        })
    }

    /// Turns from keeping to writing.
    fn begin(
        &mut self,
        kept: StreamWriter<BufWriter<File>>,
        overflow: bool,
    ) -> Result<State, ArrowError> {
        let mut kept = kept;
        kept.finish()?;
        let mut file = kept.into_inner()?.into_inner().map_err(|e| e.into_error())?;
        file.rewind()?;
        let reader = StreamReader::try_new(BufReader::with_capacity(PIECE, file), None)?;
        self.specs =
            self.layout.columns.iter().zip(&self.seen).map(|(c, seen)| spec(c, *seen)).collect();
        let sink = BufWriter::with_capacity(PIECE, tempfile::tempfile_in(&self.scratch)?);
        let header = self.header(overflow).map_err(outward)?;
        let writer = TableWriter::new(sink, self.specs.clone(), &header).map_err(outward)?;
        Ok(State::Writing(reader, writer))
    }

    /// What is said of the table besides its columns.
    fn header(&self, overflow: bool) -> Result<Header, FitsError> {
        let mut header = Header::default();
        header.set("EXTNAME", Value::Str("RESULT".to_owned()), "")?;
        let limit = i64::try_from(self.layout.limit).unwrap_or(i64::MAX);
        header.set("MAXREC", Value::Int(limit), "limit of rows in force")?;
        header.set("OVERFLOW", Value::Bool(overflow), "rows were cut at the limit")?;
        for (table, snapshot) in &self.layout.snapshots {
            header.comment("HISTORY", &ascii(&format!("snapshot {snapshot} of {table}")));
        }
        Ok(header)
    }
}

fn outward(error: FitsError) -> ArrowError {
    ArrowError::ExternalError(Box::new(error))
}

/// Header cards hold printable ASCII.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

fn spec(column: &ColumnMeta, seen: Seen) -> ColumnSpec {
    let element = match column.datatype.kind {
        Kind::Boolean => ElementType::Bool,
        // Every value of a byte may be meant: nulls need a wider type.
        Kind::UnsignedByte if seen.nulls => ElementType::I16,
        Kind::UnsignedByte => ElementType::U8,
        Kind::Short => ElementType::I16,
        Kind::Int => ElementType::I32,
        Kind::Long => ElementType::I64,
        Kind::Float => ElementType::F32,
        Kind::Double => ElementType::F64,
        Kind::Char => ElementType::Text { width: seen.longest.max(1) },
    };
    let some = |text: &str| (!text.is_empty()).then(|| ascii(text));
    ColumnSpec {
        repeat: if crate::layout::is_array(column) { seen.longest.max(1) } else { 1 },
        null: element.usual_null().filter(|_| seen.nulls),
        unit: some(&column.unit),
        ucd: some(&column.ucd),
        description: some(&column.description),
        ..ColumnSpec::new(ascii(&column.name), element)
    }
}

fn look(array: &dyn Array, seen: &mut Seen) {
    seen.nulls |= array.null_count() > 0;
    if let Some(texts) = array.as_string_opt::<i32>() {
        let longest = texts.iter().flatten().map(str::len).max().unwrap_or_default();
        seen.longest = seen.longest.max(longest);
    }
    if let Some(lists) = array.as_list_opt::<i32>() {
        let lengths = || lists.iter().map(|list| list.map_or(0, |list| list.len()));
        let longest = lengths().max().unwrap_or_default();
        // Shorter cells are filled up with nulls.
        let uneven =
            seen.longest != 0 && seen.longest != longest || lengths().any(|n| n != longest);
        seen.nulls |= uneven || lists.values().null_count() > 0;
        seen.longest = seen.longest.max(longest);
    }
}

fn data(array: &dyn Array, spec: &ColumnSpec) -> Result<ColumnData, ArrowError> {
    let rows = array.len();
    if let Some(lists) = array.as_list_opt::<i32>() {
        let take = (0..rows).flat_map(|row| {
            let span = lists.value_offsets().get(row).zip(lists.value_offsets().get(row + 1));
            let (start, end) = span.filter(|_| lists.is_valid(row)).unwrap_or((&0, &0));
            let count = usize::try_from(end - start).unwrap_or_default();
            let filler = std::iter::repeat_n(None, spec.repeat.saturating_sub(count));
            (*start..*end).map(|at| u32::try_from(at).ok()).chain(filler)
        });
        let indices: arrow::array::UInt32Array = take.collect();
        let elements = arrow::compute::take(lists.values().as_ref(), &indices, None)?;
        let layout = CellLayout::Array(spec.repeat);
        return Ok(ColumnData { rows, layout, ..plain(elements.as_ref(), spec)? });
    }
    plain(array, spec)
}

fn plain(array: &dyn Array, spec: &ColumnSpec) -> Result<ColumnData, ArrowError> {
    use arrow::datatypes::{Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, UInt8Type};
    let unknown = || ArrowError::SchemaError(format!("{} is not plain", array.data_type()));
    macro_rules! numbers {
        ($kind:ty, $null:expr) => {
            array
                .as_primitive_opt::<$kind>()
                .ok_or_else(unknown)?
                .iter()
                .map(|value| value.unwrap_or($null))
        };
    }
    let values = match array.data_type() {
        DataType::Boolean => {
            let flags = array.as_boolean_opt().ok_or_else(unknown)?;
            Values::Bool(flags.iter().map(|value| value.unwrap_or_default()).collect())
        }
        DataType::UInt8 if spec.element == ElementType::I16 => {
            Values::I16(numbers!(UInt8Type, 0).map(i16::from).collect())
        }
        DataType::UInt8 => Values::U8(numbers!(UInt8Type, 0).collect()),
        DataType::Int16 => Values::I16(numbers!(Int16Type, 0).collect()),
        DataType::Int32 => Values::I32(numbers!(Int32Type, 0).collect()),
        DataType::Int64 => Values::I64(numbers!(Int64Type, 0).collect()),
        DataType::Float32 => Values::F32(numbers!(Float32Type, f32::NAN).collect()),
        DataType::Float64 => Values::F64(numbers!(Float64Type, f64::NAN).collect()),
        DataType::Utf8 => {
            let texts = array.as_string_opt::<i32>().ok_or_else(unknown)?;
            Values::Text(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
        }
        _ => return Err(unknown()),
    };
    // NaN and the empty text are the nulls of these.
    let own_null = matches!(spec.element, ElementType::F32 | ElementType::F64)
        || matches!(spec.element, ElementType::Text { .. });
    let nulls = (!own_null && array.null_count() > 0)
        .then(|| (0..array.len()).map(|row| array.is_null(row)).collect());
    Ok(ColumnData { rows: array.len(), values, nulls, layout: CellLayout::Scalar })
}

impl Encoder for FitsTable {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        Ok(Bytes::new())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        for (array, seen) in batch.columns().iter().zip(&mut self.seen) {
            look(array.as_ref(), seen);
        }
        if let State::Keeping(kept) = &mut self.state {
            kept.write(batch)?;
        }
        Ok(Bytes::new())
    }

    fn rest(&mut self, overflow: bool) -> Result<Option<Bytes>, ArrowError> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Keeping(kept) => self.state = self.begin(kept, overflow)?,
            State::Writing(mut reader, mut writer) => match reader.next().transpose()? {
                Some(batch) => {
                    let columns = batch
                        .columns()
                        .iter()
                        .zip(&self.specs)
                        .map(|(array, spec)| data(array.as_ref(), spec))
                        .collect::<Result<Vec<_>, _>>()?;
                    writer.write(&columns).map_err(outward)?;
                    self.state = State::Writing(reader, writer);
                }
                None => {
                    let sink = writer.finish().map_err(outward)?;
                    let mut file = sink.into_inner().map_err(|e| e.into_error())?;
                    file.rewind()?;
                    self.state = State::Sending(file);
                }
            },
            State::Sending(mut file) => {
                let mut piece = Vec::with_capacity(PIECE);
                Read::by_ref(&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
                if piece.is_empty() {
                    return Ok(None);
                }
                self.state = State::Sending(file);
                return Ok(Some(piece.into()));
            }
            State::Done => return Ok(None),
        }
        Ok(Some(Bytes::new()))
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        Ok(end.error.is_none().then(Bytes::new))
    }
}
