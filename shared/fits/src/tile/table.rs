//! Tile-compressed tables (FITS 4.0 §10.3): each row holds a block of rows of the table before
//! compression, column by column.

use super::{rice, unshuffle};
use crate::{
    error::{FitsError, Result},
    file::{Fits, Hdu},
    source::ReadAt,
    table::{Column, Kind, Storage, Table, column},
    unpack::gunzip,
};

/// Decompresses a table into memory.
///
/// # Errors
/// As for images; [`FitsError::BadKeyword`] for columns with heap arrays, which are not supported
/// in compressed tables, and for an unknown ZCTYP.
pub(crate) fn open<'a, S: ReadAt>(fits: &'a Fits<S>, hdu: &'a Hdu) -> Result<Table<'a, S>> {
    let header = &hdu.header;
    let packed = Table::binary(fits, hdu)?;
    let columns = column::columns(header, hdu.index, "ZFORM")?;
    let row_bytes = header.need_count(hdu.index, "ZNAXIS1")?;
    let rows = header.need_count(hdu.index, "ZNAXIS2")?;
    let tile_rows = match header.need_count(hdu.index, "ZTILELEN")? {
        0 => return Err(FitsError::bad(hdu.index, "ZTILELEN", "1 or more", 0)),
        rows => rows,
    };
    check(hdu, &packed, &columns, row_bytes, rows.div_ceil(tile_rows))?;
    let total = rows.saturating_mul(row_bytes);
    // Deflate shrinks at most 1032 times: what the file cannot hold is not allocated.
    let most = hdu.available.saturating_mul(1100);
    if total > most {
        return Err(FitsError::Truncated { hdu: hdu.index, expected: total, actual: most });
    }
    let mut data = vec![0_u8; fits.in_memory(hdu.index, "table", total)?];
    let block = (tile_rows.saturating_mul(row_bytes)).min(total.max(1)).max(1) as usize;
    for (number, out) in data.chunks_mut(block).enumerate() {
        let number = number as u64;
        let row = packed.row_data(number..number + 1)?;
        for (column, packed_column) in columns.iter().zip(packed.columns()) {
            let broken = |reason: String| FitsError::tile(hdu.index, number, reason);
            let cell = Table::<S>::descriptor(packed_column, &row)
                .ok_or_else(|| broken("a broken descriptor".to_owned()))?;
            let bytes = packed.heap(packed_column, number, cell)?;
            let size = column.format.row_bytes() as usize;
            let cells = out.len() / row_bytes.max(1) as usize;
            let codec = header.get_str(&format!("ZCTYP{}", column.index + 1)).unwrap_or("GZIP_2");
            let plain = unpack(codec.trim(), column, &bytes, cells * size).map_err(broken)?;
            scatter(&plain, out, column.offset as usize, size, row_bytes as usize);
        }
    }
    Ok(Table::in_memory(fits, hdu, columns, rows, row_bytes, data))
}

fn check<S: ReadAt>(
    hdu: &Hdu,
    packed: &Table<'_, S>,
    columns: &[Column],
    row_bytes: u64,
    tiles: u64,
) -> Result<()> {
    let width: u64 = columns.iter().map(|column| column.format.row_bytes()).sum();
    if width > row_bytes {
        return Err(FitsError::bad(hdu.index, "ZNAXIS1", &format!("{width} or more"), row_bytes));
    }
    if tiles > packed.rows() {
        let expected = format!("{tiles} rows, one for each tile");
        return Err(FitsError::bad(hdu.index, "NAXIS2", &expected, packed.rows()));
    }
    for column in columns {
        if column.format.storage != Storage::Fixed {
            let keyword = format!("ZFORM{}", column.index + 1);
            return Err(FitsError::bad(hdu.index, &keyword, "a fixed format", "a heap array"));
        }
    }
    for column in packed.columns() {
        if column.format.storage == Storage::Fixed {
            let keyword = format!("TFORM{}", column.index + 1);
            return Err(FitsError::bad(hdu.index, &keyword, "a heap array (P or Q)", "fixed"));
        }
    }
    Ok(())
}

/// One column of a block of rows, `length` bytes.
fn unpack(codec: &str, column: &Column, bytes: &[u8], length: usize) -> Result<Vec<u8>, String> {
    let kind = column.format.kind;
    let element = match kind {
        Kind::Bit => 1,
        // The parts of complex numbers are shuffled as numbers of their own.
        Kind::ComplexFloat => 4,
        Kind::ComplexDouble => 8,
        kind => kind.bytes(1) as usize,
    };
    let plain = match codec {
        _ if length == 0 => Vec::new(),
        "GZIP_1" => gunzip(bytes, length as u64)?,
        "GZIP_2" => unshuffle(&gunzip(bytes, length as u64)?, element),
        "NOCOMPRESS" => bytes.to_vec(),
        "RICE_1" if matches!(element, 1 | 2 | 4) => {
            let ints = rice::decode(bytes, length / element, 32, element)?;
            match element {
                1 => ints.iter().map(|i| *i as u8).collect(),
                2 => ints.iter().flat_map(|i| (*i as i16).to_be_bytes()).collect(),
                _ => ints.iter().flat_map(|i| i.to_be_bytes()).collect(),
            }
        }
        other => return Err(format!("{other} is not known for tables")),
    };
    if plain.len() != length {
        return Err(format!("column {}: {} bytes of {length}", column.name, plain.len()));
    }
    Ok(plain)
}

/// Puts the cells of a column into their rows.
fn scatter(cells: &[u8], rows: &mut [u8], offset: usize, size: usize, row_bytes: usize) {
    if size == 0 || row_bytes == 0 {
        return;
    }
    for (row, cell) in rows.chunks_exact_mut(row_bytes).zip(cells.chunks_exact(size)) {
        if let Some(place) = row.get_mut(offset..offset + size) {
            place.copy_from_slice(cell);
        }
    }
}
