//! FITS: the first table of a file, binary or ASCII.

use std::{fs::File, io, path::Path, sync::Arc};

use arrow::{
    array::{
        ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Float64Array, Int16Array,
        Int32Array, Int64Array, ListArray, RecordBatch, StringArray, UInt8Array, UInt64Array,
    },
    buffer::{NullBuffer, OffsetBuffer},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
};
use tenkyu_fits::{Column, ColumnData, Fits, FitsError, Layout, ReadAt, Seekable, Values};

use super::formats::{BATCH_ROWS, Source, TableReader};
use crate::{EngineError, meta};

const FORMAT: &str = "FITS";
/// Bytes of cells that are decoded at a time.
const BATCH_BYTES: u64 = 32 << 20;

type Bytes = Box<dyn ReadAt + Send>;

/// Opens a FITS file. A gzipped one is unpacked into a file without a name in `scratch`: its rows
/// cannot be found otherwise, and it may be larger than the memory.
pub fn open(source: &Source, scratch: &Path) -> Result<TableReader, EngineError> {
    let path = &source.path;
    let file = if source.is_gzip() {
        unpacked(source, scratch)?
    } else {
        File::open(path).map_err(|e| EngineError::io(path, e))?
    };
    let bytes: Bytes = Box::new(Seekable::new(file).map_err(|e| EngineError::io(path, e))?);
    let fail = |e: FitsError| EngineError::unreadable(path, FORMAT, e);
    let fits = Fits::open(bytes).map_err(fail)?;
    let hdu = fits
        .hdus()
        .iter()
        .find(|h| h.kind.is_table())
        .map(|h| h.index)
        .ok_or_else(|| EngineError::unreadable(path, FORMAT, "the file holds no table"))?;
    let table = fits.table(hdu).map_err(fail)?;
    let rows = table.rows();
    let step = table.rows_per(BATCH_BYTES).min(BATCH_ROWS as u64);
    let description = table.header().get_str("EXTNAME").map(str::to_owned);
    let columns = table.columns().to_vec();
    // Types are known for sure from values: scaled integers may turn out as doubles.
    let probe = table
        .read_columns(&(0..columns.len()).collect::<Vec<_>>(), 0..rows.min(1))
        .map_err(fail)?;
    drop(table);
    let fields = columns
        .iter()
        .zip(&probe)
        .map(|(column, data)| field(column, data))
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Schema::new(fields));
    let batches =
        Batches { fits, hdu, schema: schema.clone(), next: 0, rows, step, source: source.clone() };
    Ok(TableReader { schema, description, rows: Some(rows), batches: Box::new(batches) })
}

fn unpacked(source: &Source, scratch: &Path) -> Result<File, EngineError> {
    let mut file = tempfile::tempfile_in(scratch).map_err(|e| EngineError::io(scratch, e))?;
    let mut packed = source.open()?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        // Told apart by hand: what fails may be the archive or the disk.
        let n = io::Read::read(&mut packed, &mut buffer)
            .map_err(|e| EngineError::unreadable(&source.path, FORMAT, e))?;
        if n == 0 {
            return Ok(file);
        }
        io::Write::write_all(&mut file, buffer.get(..n).unwrap_or_default())
            .map_err(|e| EngineError::io(scratch, e))?;
    }
}

fn field(column: &Column, probe: &ColumnData) -> Result<Field, ArrowError> {
    let data_type = array(probe)?.data_type().clone();
    let texts = [
        (meta::UNIT, &column.unit),
        (meta::UCD, &column.ucd),
        (meta::DESCRIPTION, &column.description),
    ];
    let metadata =
        texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text.clone()?))).collect();
    Ok(Field::new(&column.name, data_type, true).with_metadata(metadata))
}

struct Batches {
    fits: Fits<Bytes>,
    hdu: usize,
    schema: SchemaRef,
    next: u64,
    rows: u64,
    step: u64,
    source: Source,
}

impl Batches {
    fn batch(&mut self) -> Result<RecordBatch, EngineError> {
        let fail = |e: FitsError| EngineError::unreadable(&self.source.path, FORMAT, e);
        let end = (self.next + self.step).min(self.rows);
        let columns: Vec<usize> = (0..self.schema.fields().len()).collect();
        let table = self.fits.table(self.hdu).map_err(fail)?;
        let data = table.read_columns(&columns, self.next..end).map_err(fail)?;
        self.next = end;
        let arrays = data.iter().map(array).collect::<Result<Vec<_>, _>>()?;
        Ok(RecordBatch::try_new(self.schema.clone(), arrays)?)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.rows {
            return None;
        }
        let batch = self.batch();
        if batch.is_err() {
            self.next = self.rows;
        }
        Some(batch)
    }
}

fn array(data: &ColumnData) -> Result<ArrayRef, ArrowError> {
    let nulls = data.nulls.as_ref().map(|n| n.iter().map(|null| !null).collect::<NullBuffer>());
    let values = elements(&data.values, nulls);
    let parts = match data.values {
        Values::Complex32(_) | Values::Complex64(_) => 2,
        _ => 1,
    };
    let item = || Arc::new(Field::new("item", values.data_type().clone(), true));
    Ok(match &data.layout {
        Layout::Scalar if parts == 1 => values,
        // Several strings in a cell have no VOTable type; they are one text, line by line.
        _ if *values.data_type() == DataType::Utf8 => Arc::new(joined(data)),
        Layout::Variable(offsets) => {
            let lengths = offsets.iter().zip(offsets.iter().skip(1)).map(|(a, b)| (b - a) * parts);
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(ListArray::try_new(item(), offsets, values, None)?)
        }
        // Some writers use 1-element arrays; FITS has no other way to say "no elements".
        Layout::Array(0) => arrow::array::new_null_array(&DataType::Utf8, data.rows),
        layout => {
            let count = match layout {
                Layout::Array(n) => n * parts,
                _ => parts,
            };
            let size = i32::try_from(count)
                .map_err(|_| ArrowError::InvalidArgumentError("a cell too large".into()))?;
            Arc::new(FixedSizeListArray::try_new(item(), size, values, None)?)
        }
    })
}

fn joined(data: &ColumnData) -> StringArray {
    let cell = |row| {
        let parts: Vec<String> = data.span(row).filter_map(|i| data.values.text(i)).collect();
        let text = parts.join("\n");
        (!text.trim().is_empty()).then_some(text)
    };
    (0..data.rows).map(cell).collect()
}

fn elements(values: &Values, nulls: Option<NullBuffer>) -> ArrayRef {
    match values {
        Values::Bool(v) => Arc::new(BooleanArray::new(v.clone().into(), nulls)),
        Values::I8(v) => {
            let wide: Vec<i16> = v.iter().map(|x| i16::from(*x)).collect();
            Arc::new(Int16Array::new(wide.into(), nulls))
        }
        Values::U8(v) => Arc::new(UInt8Array::new(v.clone().into(), nulls)),
        Values::I16(v) => Arc::new(Int16Array::new(v.clone().into(), nulls)),
        Values::U16(v) => {
            let wide: Vec<i32> = v.iter().map(|x| i32::from(*x)).collect();
            Arc::new(Int32Array::new(wide.into(), nulls))
        }
        Values::I32(v) => Arc::new(Int32Array::new(v.clone().into(), nulls)),
        Values::U32(v) => {
            let wide: Vec<i64> = v.iter().map(|x| i64::from(*x)).collect();
            Arc::new(Int64Array::new(wide.into(), nulls))
        }
        Values::I64(v) => Arc::new(Int64Array::new(v.clone().into(), nulls)),
        Values::U64(v) => Arc::new(UInt64Array::new(v.clone().into(), nulls)),
        Values::F32(v) => Arc::new(Float32Array::new(v.clone().into(), nulls)),
        Values::F64(v) => Arc::new(Float64Array::new(v.clone().into(), nulls)),
        Values::Complex32(v) => {
            Arc::new(Float32Array::from(v.iter().flatten().copied().collect::<Vec<_>>()))
        }
        Values::Complex64(v) => {
            Arc::new(Float64Array::from(v.iter().flatten().copied().collect::<Vec<_>>()))
        }
        // An empty string is how FITS writes a missing text.
        Values::Text(v) => {
            Arc::new(v.iter().map(|t| (!t.is_empty()).then_some(t)).collect::<StringArray>())
        }
    }
}
