//! Writing FITS files: images, and binary tables batch by batch.

mod cells;
mod image;
mod table;

pub use image::{primary_header, write_image};
pub use table::{ColumnSpec, ElementType, TableWriter};

use crate::{
    checksum::{Checksum, checksum, encode_checksum},
    error::{FitsError, Result},
    header::{Header, Value},
};

fn failed(error: std::io::Error) -> FitsError {
    FitsError::Write(error.to_string())
}

/// Keywords that the writer sets itself, so that copied headers cannot contradict the data.
fn is_structural(keyword: &str) -> bool {
    const FIXED: &[&str] = &[
        "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "PCOUNT", "GCOUNT", "GROUPS", "EXTEND", "TFIELDS",
        "THEAP", "CHECKSUM", "DATASUM", "BSCALE", "BZERO", "BLANK", "END", "CONTINUE",
    ];
    const NUMBERED: &[&str] = &[
        "NAXIS", "TTYPE", "TFORM", "TUNIT", "TNULL", "TSCAL", "TZERO", "TDISP", "TDIM", "TBCOL",
        "TUCD", "TCOMM",
    ];
    let stem = keyword.trim_end_matches(|c: char| c.is_ascii_digit());
    FIXED.contains(&keyword) || (stem != keyword && NUMBERED.contains(&stem))
}

/// Adds the cards of `extra` that do not describe the structure.
fn add_extra(header: &mut Header, extra: &Header) {
    for card in extra.cards().iter().filter(|card| !is_structural(&card.keyword)) {
        header.push(card.clone());
    }
}

/// Sets DATASUM and CHECKSUM; nothing may be changed after.
fn seal(header: &mut Header, data: &Checksum) -> Result<()> {
    let sum = data.value();
    header.set("DATASUM", Value::Str(sum.to_string()), "data unit checksum")?;
    header.set("CHECKSUM", Value::Str("0".repeat(16)), "HDU checksum")?;
    let mut whole = Checksum::default();
    whole.add(&checksum(&header.to_bytes()).to_be_bytes());
    whole.add(&sum.to_be_bytes());
    header.set("CHECKSUM", Value::Str(encode_checksum(whole.value())), "HDU checksum")
}

/// An integer keyword value.
fn int(value: u64) -> Result<Value> {
    i64::try_from(value)
        .map(Value::Int)
        .map_err(|_| FitsError::Write(format!("{value} is too large")))
}
