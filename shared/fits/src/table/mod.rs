//! Binary and ASCII tables, read column by column in ranges of rows.

mod ascii;
pub(crate) mod column;
pub(crate) mod data;
pub(crate) mod decode;
pub(crate) mod format;

use std::{borrow::Cow, ops::Range};

pub use column::Column;
pub use data::{ColumnData, Layout, Values};
pub use format::{Format, Kind, Storage};

use crate::{
    error::{FitsError, Result},
    file::{Fits, Hdu, HduKind},
    header::Header,
    source::ReadAt,
};
use decode::Raw;

/// Rows are fetched in pieces of about this many bytes.
const PIECE: u64 = 4 << 20;

/// A table HDU.
#[derive(Debug)]
pub struct Table<'a, S> {
    fits: &'a Fits<S>,
    hdu: &'a Hdu,
    columns: Vec<Column>,
    rows: u64,
    row_bytes: u64,
    heap: Range<u64>,
    /// The data unit of a compressed table after decompression.
    unpacked: Option<Vec<u8>>,
}

impl<'a, S: ReadAt> Table<'a, S> {
    pub(crate) fn open(fits: &'a Fits<S>, hdu: &'a Hdu) -> Result<Table<'a, S>> {
        match hdu.kind {
            HduKind::BinTable => Table::binary(fits, hdu),
            HduKind::CompressedTable => crate::tile::table::open(fits, hdu),
            HduKind::AsciiTable => {
                let columns = column::ascii_columns(&hdu.header, hdu.index)?;
                Table::with_columns(fits, hdu, columns)
            }
            kind => {
                Err(FitsError::WrongKind { hdu: hdu.index, expected: "table", actual: kind.name() })
            }
        }
    }

    /// The binary table itself, compressed or not.
    pub(crate) fn binary(fits: &'a Fits<S>, hdu: &'a Hdu) -> Result<Table<'a, S>> {
        let columns = column::columns(&hdu.header, hdu.index, "TFORM")?;
        Table::with_columns(fits, hdu, columns)
    }

    fn with_columns(fits: &'a Fits<S>, hdu: &'a Hdu, columns: Vec<Column>) -> Result<Self> {
        let header = &hdu.header;
        let row_bytes = header.need_count(hdu.index, "NAXIS1")?;
        let rows = header.need_count(hdu.index, "NAXIS2")?;
        for column in &columns {
            let end = column.offset.saturating_add(column.format.row_bytes());
            if end > row_bytes {
                let keyword = format!("TFORM{}", column.index + 1);
                let expected = format!("a cell within the {row_bytes} bytes of a row");
                return Err(FitsError::bad(hdu.index, &keyword, &expected, end));
            }
        }
        let data = row_bytes.saturating_mul(rows);
        let heap = header
            .get_i64("THEAP")
            .and_then(|heap| u64::try_from(heap).ok())
            .unwrap_or(data)
            .max(data);
        let heap = heap.min(hdu.data_len)..hdu.data_len;
        Ok(Table { fits, hdu, columns, rows, row_bytes, heap, unpacked: None })
    }

    /// A table whose data unit was made in memory.
    pub(crate) fn in_memory(
        fits: &'a Fits<S>,
        hdu: &'a Hdu,
        columns: Vec<Column>,
        rows: u64,
        row_bytes: u64,
        data: Vec<u8>,
    ) -> Table<'a, S> {
        let heap = row_bytes.saturating_mul(rows)..data.len() as u64;
        Table { fits, hdu, columns, rows, row_bytes, heap, unpacked: Some(data) }
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The header.
    pub fn header(&self) -> &'a Header {
        &self.hdu.header
    }

    /// The column of this name: exactly so written if there is one, otherwise with case ignored
    /// (FITS names differ only in case by mistake).
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .or_else(|| self.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)))
            .ok_or_else(|| {
                let names: Vec<_> = self.columns.iter().take(50).map(|c| c.name.as_str()).collect();
                FitsError::NoSuchColumn {
                    hdu: self.hdu.index,
                    name: name.to_owned(),
                    names: names.join(", "),
                }
            })
    }

    /// Rows whose cells take about `bytes` in the file, at least 1: a good size for a batch.
    pub fn rows_per(&self, bytes: u64) -> u64 {
        (bytes / self.row_bytes.max(1)).max(1)
    }

    /// Some rows of one column (`column` as in [`Column::index`]).
    ///
    /// # Errors
    /// As [`Table::read_columns`].
    pub fn read(&self, column: usize, rows: Range<u64>) -> Result<ColumnData> {
        let mut data = self.read_columns(&[column], rows)?;
        data.pop().ok_or(FitsError::NoSuchColumn {
            hdu: self.hdu.index,
            name: column.to_string(),
            names: String::new(),
        })
    }

    /// Some rows of several columns in one pass over the bytes, in the order asked for.
    ///
    /// # Errors
    /// [`FitsError::OutOfRange`] for columns or rows that do not exist, [`FitsError::Truncated`],
    /// [`FitsError::BadHeap`], [`FitsError::TooLarge`] when the batch is over
    /// [`crate::Limits::bytes`], [`FitsError::Io`].
    pub fn read_columns(&self, columns: &[usize], rows: Range<u64>) -> Result<Vec<ColumnData>> {
        let chosen = self.choose(columns)?;
        if rows.start > rows.end || rows.end > self.rows {
            return Err(FitsError::OutOfRange {
                hdu: self.hdu.index,
                what: "row".to_owned(),
                actual: rows.end.max(rows.start),
                limit: self.rows + 1,
            });
        }
        let count = rows.end - rows.start;
        for column in &chosen {
            let cell = column.bytes_in_memory();
            self.fits.in_memory(self.hdu.index, "batch", cell.saturating_mul(count))?;
        }
        // Before anything is allocated: a header may declare more rows than the file holds.
        if self.unpacked.is_none() {
            let end = rows.end.saturating_mul(self.row_bytes);
            if end > self.hdu.available && count > 0 {
                return Err(FitsError::Truncated {
                    hdu: self.hdu.index,
                    expected: end,
                    actual: self.hdu.available,
                });
            }
        }
        if self.hdu.kind == HduKind::AsciiTable {
            return self.read_ascii(&chosen, rows);
        }
        let mut readers: Vec<_> = chosen.iter().map(|column| Reader::new(column)).collect();
        let step = self.rows_per(PIECE);
        let mut at = rows.start;
        while at < rows.end {
            let end = at.saturating_add(step).min(rows.end);
            let piece = self.row_data(at..end)?;
            for reader in &mut readers {
                reader.rows(self, &piece, at, (end - at) as usize)?;
            }
            at = end;
        }
        Ok(readers.into_iter().map(|reader| reader.finish(count as usize)).collect())
    }

    fn choose(&self, columns: &[usize]) -> Result<Vec<&Column>> {
        columns
            .iter()
            .map(|index| {
                self.columns.get(*index).ok_or_else(|| FitsError::OutOfRange {
                    hdu: self.hdu.index,
                    what: "column".to_owned(),
                    actual: *index as u64,
                    limit: self.columns.len() as u64,
                })
            })
            .collect()
    }

    fn read_ascii(&self, columns: &[&Column], rows: Range<u64>) -> Result<Vec<ColumnData>> {
        let count = (rows.end - rows.start) as usize;
        let bytes = self.row_data(rows)?;
        let rows: Vec<&[u8]> = if self.row_bytes == 0 {
            vec![&[]; count]
        } else {
            bytes.chunks_exact(self.row_bytes as usize).collect()
        };
        Ok(columns.iter().map(|column| ascii::decode(column, &rows)).collect())
    }

    /// Bytes of whole rows.
    pub(crate) fn row_data(&self, rows: Range<u64>) -> Result<Cow<'_, [u8]>> {
        let start = rows.start.saturating_mul(self.row_bytes);
        let length = (rows.end - rows.start).saturating_mul(self.row_bytes);
        self.data(start, length)
    }

    fn data(&self, start: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        match &self.unpacked {
            Some(bytes) => bytes.slice_at(start, length as usize).map_err(FitsError::Io),
            None => self.fits.data(self.hdu, start, length),
        }
    }

    /// `count` elements of a heap array at `offset` from the start of the heap.
    pub(crate) fn heap(
        &self,
        column: &Column,
        row: u64,
        cell: Descriptor,
    ) -> Result<Cow<'_, [u8]>> {
        let broken =
            || FitsError::BadHeap { hdu: self.hdu.index, column: column.name.clone(), row };
        let length = column.format.kind.bytes(cell.count);
        let start = self.heap.start.checked_add(cell.offset).ok_or_else(broken)?;
        let end = start.checked_add(length).ok_or_else(broken)?;
        if cell.count == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        if end > self.heap.end {
            return Err(broken());
        }
        self.data(start, length)
    }

    /// The descriptor in a row of a heap column.
    pub(crate) fn descriptor(column: &Column, row: &[u8]) -> Option<Descriptor> {
        let start = usize::try_from(column.offset).ok()?;
        let cell = row.get(start..)?;
        match column.format.storage {
            Storage::Heap32 if column.format.repeat == 1 => {
                let [count, offset] = *cell.as_chunks::<4>().0.get(..2)? else { return None };
                Some(Descriptor {
                    count: u64::try_from(i32::from_be_bytes(count)).ok()?,
                    offset: u64::from(u32::from_be_bytes(offset)),
                })
            }
            Storage::Heap64 if column.format.repeat == 1 => {
                let [count, offset] = *cell.as_chunks::<8>().0.get(..2)? else { return None };
                Some(Descriptor {
                    count: u64::try_from(i64::from_be_bytes(count)).ok()?,
                    offset: u64::try_from(i64::from_be_bytes(offset)).ok()?,
                })
            }
            // `0P`: no descriptor, hence nothing.
            _ => Some(Descriptor { count: 0, offset: 0 }),
        }
    }
}

/// Where a heap array lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptor {
    /// Elements.
    pub(crate) count: u64,
    /// Bytes from the start of the heap.
    pub(crate) offset: u64,
}

/// Collects one column of a binary table piece by piece.
struct Reader<'c> {
    column: &'c Column,
    raw: Raw,
    offsets: Vec<usize>,
    heap_bytes: u64,
}

impl<'c> Reader<'c> {
    fn new(column: &'c Column) -> Reader<'c> {
        Reader { column, raw: Raw::new(column.format.kind), offsets: vec![0], heap_bytes: 0 }
    }

    fn rows<S: ReadAt>(
        &mut self,
        table: &Table<'_, S>,
        piece: &[u8],
        first: u64,
        count: usize,
    ) -> Result<()> {
        let width = table.row_bytes as usize;
        let format = self.column.format;
        if format.storage == Storage::Fixed
            && format.repeat == 1
            && self.raw.add_scalars(piece, width, self.column.offset as usize)
        {
            return Ok(());
        }
        for i in 0..count {
            let row = piece.get(i * width..(i + 1) * width).unwrap_or_default();
            match self.column.format.storage {
                Storage::Fixed => self.fixed(row),
                _ => self.variable(table, row, first + i as u64)?,
            }
        }
        Ok(())
    }

    fn fixed(&mut self, row: &[u8]) {
        let column = self.column;
        let start = column.offset as usize;
        let cell = row.get(start..start + column.format.row_bytes() as usize).unwrap_or_default();
        let width = match column.string_width() {
            Some(width) => width as usize,
            None => cell.len(),
        };
        self.raw.add(column.format.kind, cell, column.elements() as usize, width);
    }

    fn variable<S: ReadAt>(&mut self, table: &Table<'_, S>, row: &[u8], number: u64) -> Result<()> {
        let column = self.column;
        let broken = || FitsError::BadHeap {
            hdu: table.hdu.index,
            column: column.name.clone(),
            row: number,
        };
        let cell = Table::<S>::descriptor(column, row).ok_or_else(broken)?;
        // Several descriptors may point at the same bytes: what they sum to is bounded too.
        self.heap_bytes = self.heap_bytes.saturating_add(cell.count.saturating_mul(8));
        table.fits.in_memory(table.hdu.index, "batch", self.heap_bytes)?;
        let bytes = table.heap(column, number, cell)?;
        let kind = column.format.kind;
        let count = if kind == Kind::Char { 1 } else { cell.count as usize };
        self.raw.add(kind, &bytes, count, bytes.len());
        self.offsets.push(self.raw.values.len());
        Ok(())
    }

    fn finish(self, rows: usize) -> ColumnData {
        let column = self.column;
        let (values, nulls) = self.raw.finish(column);
        let layout = match column.format.storage {
            Storage::Fixed if column.elements() == 1 && column.dims.len() < 2 => Layout::Scalar,
            Storage::Fixed => Layout::Array(column.elements() as usize),
            _ if column.format.kind == Kind::Char => Layout::Scalar,
            _ => Layout::Variable(self.offsets),
        };
        ColumnData { rows, values, nulls, layout }
    }
}
