//! Columns: their description in the header.

use super::format::{self, Format, Kind};
use crate::{
    error::{FitsError, Result},
    header::{Header, Value},
};

/// One column as the header describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Position, from 0 (`TTYPE1` is column 0).
    pub index: usize,
    /// TTYPE, or `col1`, `col2`… where there is none.
    pub name: String,
    /// TFORM.
    pub format: Format,
    /// TUNIT.
    pub unit: Option<String>,
    /// TUCD (or TBUCD).
    pub ucd: Option<String>,
    /// TCOMM (or TDESC), else the comment of TTYPE.
    pub description: Option<String>,
    /// TDISP.
    pub display: Option<String>,
    /// TSCAL, 1 when absent.
    pub scale: f64,
    /// TZERO, 0 when absent.
    pub zero: f64,
    /// TNULL of an integer column.
    pub null: Option<i64>,
    /// TNULL of a column of an ASCII table.
    pub null_text: Option<String>,
    /// TDIM, the first running fastest; of character columns the first is the string's length.
    /// Empty when absent or at odds with TFORM.
    pub dims: Vec<u64>,
    /// Offset of the cell in the row, in bytes.
    pub(crate) offset: u64,
}

impl Column {
    /// Strings or numbers in a fixed cell; 1 for heap columns of strings.
    pub fn elements(&self) -> u64 {
        match (self.format.kind, self.string_width()) {
            (Kind::Char, Some(0)) => 1,
            (Kind::Char, Some(width)) => (self.format.repeat / width).max(1),
            (Kind::Char, None) => 1,
            _ => self.format.repeat,
        }
    }

    /// About what a cell takes once it is read: a string has a header of its own, numbers may
    /// become doubles and have a null flag.
    pub(crate) fn bytes_in_memory(&self) -> u64 {
        let element = if self.format.kind == Kind::Char { 24 } else { 16 };
        self.elements().max(1).saturating_mul(element).max(self.format.row_bytes())
    }

    /// Length of the strings of a character column that holds several in a cell.
    pub(crate) fn string_width(&self) -> Option<u64> {
        self.dims.first().copied().or(self.format.substring)
    }

    /// Whether values differ from what is stored, unsigned integers included.
    pub fn is_scaled(&self) -> bool {
        self.scale != 1.0 || self.zero != 0.0
    }
}

/// Reads the columns of a table. `form` is `TFORM`, or `ZFORM` for those before compression.
pub(crate) fn columns(header: &Header, hdu: usize, form: &str) -> Result<Vec<Column>> {
    let count = header.need_i64(hdu, "TFIELDS")?;
    if !(0..=999).contains(&count) {
        return Err(FitsError::bad(hdu, "TFIELDS", "0 to 999", count));
    }
    let mut columns = Vec::with_capacity(count as usize);
    let mut offset = 0_u64;
    for index in 0..count as usize {
        let number = index + 1;
        let keyword = format!("{form}{number}");
        let text = header
            .get_str(&keyword)
            .ok_or_else(|| FitsError::MissingKeyword { hdu, keyword: keyword.clone() })?;
        let format = Format::binary(text)
            .ok_or_else(|| FitsError::bad(hdu, &keyword, "a binary table format", text))?;
        let column = describe(header, index, format, offset);
        offset = offset.saturating_add(format.row_bytes());
        columns.push(column);
    }
    Ok(columns)
}

/// Reads the columns of an ASCII table.
pub(crate) fn ascii_columns(header: &Header, hdu: usize) -> Result<Vec<Column>> {
    let count = header.need_i64(hdu, "TFIELDS")?;
    if !(0..=999).contains(&count) {
        return Err(FitsError::bad(hdu, "TFIELDS", "0 to 999", count));
    }
    let mut columns = Vec::with_capacity(count as usize);
    for index in 0..count as usize {
        let number = index + 1;
        let keyword = format!("TFORM{number}");
        let text = header
            .get_str(&keyword)
            .ok_or_else(|| FitsError::MissingKeyword { hdu, keyword: keyword.clone() })?;
        let format = Format::ascii(text)
            .ok_or_else(|| FitsError::bad(hdu, &keyword, "an ASCII table format", text))?;
        let start = header.need_i64(hdu, &format!("TBCOL{number}"))?;
        let offset = u64::try_from(start)
            .ok()
            .and_then(|start| start.checked_sub(1))
            .ok_or_else(|| FitsError::bad(hdu, &format!("TBCOL{number}"), "1 or more", start))?;
        columns.push(describe(header, index, format, offset));
    }
    Ok(columns)
}

fn describe(header: &Header, index: usize, format: Format, offset: u64) -> Column {
    let number = index + 1;
    let text = |name: &str| {
        let value = header.get_str(&format!("{name}{number}"))?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let real = |name: &str| header.get_f64(&format!("{name}{number}"));
    let null = header.get(&format!("TNULL{number}"));
    let dims = text("TDIM")
        .and_then(|t| format::dims(&t))
        .filter(|dims| crate::file::product(dims).is_some_and(|n| n <= format.repeat))
        .filter(|_| format.storage == format::Storage::Fixed)
        .unwrap_or_default();
    Column {
        index,
        name: text("TTYPE").unwrap_or_else(|| format!("col{number}")),
        format,
        unit: text("TUNIT"),
        ucd: text("TUCD").or_else(|| text("TBUCD")),
        description: text("TCOMM").or_else(|| text("TDESC")).or_else(|| remark(header, number)),
        display: text("TDISP"),
        scale: real("TSCAL").filter(|s| *s != 0.0).unwrap_or(1.0),
        zero: real("TZERO").unwrap_or(0.0),
        null: null.and_then(Value::as_i64).filter(|_| format.kind.is_integer()),
        null_text: null.map(|value| value.to_string().trim().to_owned()),
        dims,
        offset,
    }
}

/// The comment of TTYPE, unless it is the one that CFITSIO writes for every column.
fn remark(header: &Header, number: usize) -> Option<String> {
    let comment = header.card(&format!("TTYPE{number}"))?.comment.trim();
    let automatic = comment.is_empty() || comment.starts_with("label for ");
    (!automatic).then(|| comment.to_owned())
}
