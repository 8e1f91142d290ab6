//! Writing an image as a primary HDU.

use std::io::Write;

use super::{add_extra, failed, int, seal};
use crate::{
    checksum::Checksum,
    error::{FitsError, Result},
    file::product,
    header::{BLOCK, Header, Value},
    pixels::{PixelData, Scaling},
};

/// The mandatory cards of a primary HDU.
///
/// # Errors
/// [`FitsError::Write`] when an axis is over 2⁶³.
pub fn primary_header(bitpix: i64, shape: &[u64]) -> Result<Header> {
    let mut header = Header::default();
    header.set("SIMPLE", Value::Bool(true), "conforms to FITS 4.0")?;
    header.set("BITPIX", Value::Int(bitpix), "bits per value")?;
    header.set("NAXIS", int(shape.len() as u64)?, "number of axes")?;
    for (axis, length) in shape.iter().enumerate() {
        header.set(&format!("NAXIS{}", axis + 1), int(*length)?, "")?;
    }
    Ok(header)
}

/// Writes a file with one image: raw pixels as they are, first axis fastest, with the scaling that
/// turns them into physical values, the cards of `extra` that do not describe the structure, and
/// CHECKSUM and DATASUM.
///
/// # Errors
/// [`FitsError::Write`] when `shape` and `data` do not fit, or the sink fails.
pub fn write_image<W: Write>(
    sink: &mut W,
    data: &PixelData,
    shape: &[u64],
    scaling: &Scaling,
    extra: &Header,
) -> Result<()> {
    let pixels = if shape.is_empty() { Some(0) } else { product(shape) };
    if pixels != Some(data.len() as u64) {
        let reason = format!("{} pixels do not fill axes {shape:?}", data.len());
        return Err(FitsError::Write(reason));
    }
    let mut header = primary_header(data.bitpix().code(), shape)?;
    if !scaling.is_identity() {
        header.set("BSCALE", Value::Real(scaling.bscale), "physical = BSCALE * raw + BZERO")?;
        header.set("BZERO", Value::Real(scaling.bzero), "")?;
    }
    if let (Some(blank), true) = (scaling.blank, data.bitpix().is_integer()) {
        header.set("BLANK", Value::Int(blank), "raw value of pixels without a value")?;
    }
    add_extra(&mut header, extra);
    let mut sum = Checksum::default();
    pieces(data, |bytes| {
        sum.add(bytes);
        Ok(())
    })?;
    seal(&mut header, &sum)?;
    sink.write_all(&header.to_bytes()).map_err(failed)?;
    let mut length = 0;
    pieces(data, |bytes| {
        length += bytes.len();
        sink.write_all(bytes).map_err(failed)
    })?;
    sink.write_all(&vec![0; length.next_multiple_of(BLOCK) - length]).map_err(failed)
}

/// Pixels in big-endian bytes, piece by piece.
fn pieces(data: &PixelData, mut put: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    const PIECE: usize = 64 << 10;
    macro_rules! swapped {
        ($v:expr) => {
            $v.chunks(PIECE).try_for_each(|piece| {
                let bytes: Vec<u8> = piece.iter().flat_map(|x| x.to_be_bytes()).collect();
                put(&bytes)
            })
        };
    }
    match data {
        PixelData::U8(v) => put(v),
        PixelData::I16(v) => swapped!(v),
        PixelData::I32(v) => swapped!(v),
        PixelData::I64(v) => swapped!(v),
        PixelData::F32(v) => swapped!(v),
        PixelData::F64(v) => swapped!(v),
    }
}
