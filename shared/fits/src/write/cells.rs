//! From values to the bytes of cells.

use super::table::{ColumnSpec, ElementType};
use crate::{
    error::{FitsError, Result},
    table::Values,
};

/// Writes one element into its place, `place` being as long as the element.
pub(super) fn put(
    spec: &ColumnSpec,
    values: &Values,
    element: usize,
    null: bool,
    place: &mut [u8],
) -> Result<()> {
    let gone = || FitsError::Write(format!("column {}: values are missing", spec.name));
    macro_rules! integer {
        ($v:expr, $signed:ty, $flip:expr) => {{
            let stored = if null {
                let value = spec.null.ok_or_else(|| no_null(spec))?;
                <$signed>::try_from(value).map_err(|_| no_null(spec))?
            } else {
                let value = *$v.get(element).ok_or_else(gone)? as $signed ^ $flip;
                if spec.null.is_some_and(|n| i128::from(value) == i128::from(n)) {
                    return Err(FitsError::Write(format!(
                        "column {}: {} is the value that stands for null",
                        spec.name,
                        values.text(element).unwrap_or_default()
                    )));
                }
                value
            };
            place.copy_from_slice(&stored.to_be_bytes());
        }};
    }
    match (spec.element, values) {
        (ElementType::Bool, Values::Bool(v)) => {
            let value = *v.get(element).ok_or_else(gone)?;
            place.fill(if null {
                0
            } else if value {
                b'T'
            } else {
                b'F'
            });
        }
        (ElementType::U8, Values::U8(v)) => integer!(v, u8, 0),
        (ElementType::I8, Values::I8(v)) => integer!(v, u8, 0x80),
        (ElementType::I16, Values::I16(v)) => integer!(v, i16, 0),
        (ElementType::U16, Values::U16(v)) => integer!(v, i16, i16::MIN),
        (ElementType::I32, Values::I32(v)) => integer!(v, i32, 0),
        (ElementType::U32, Values::U32(v)) => integer!(v, i32, i32::MIN),
        (ElementType::I64, Values::I64(v)) => integer!(v, i64, 0),
        (ElementType::U64, Values::U64(v)) => integer!(v, i64, i64::MIN),
        (ElementType::F32, Values::F32(v)) => {
            let value = if null { f32::NAN } else { *v.get(element).ok_or_else(gone)? };
            place.copy_from_slice(&value.to_be_bytes());
        }
        (ElementType::F64, Values::F64(v)) => {
            let value = if null { f64::NAN } else { *v.get(element).ok_or_else(gone)? };
            place.copy_from_slice(&value.to_be_bytes());
        }
        (ElementType::Text { .. }, Values::Text(v)) => {
            let value = if null { "" } else { v.get(element).ok_or_else(gone)? };
            let Some(target) = place.get_mut(..value.len()) else {
                return Err(FitsError::Write(format!(
                    "column {}: {value:?} is longer than {} bytes",
                    spec.name,
                    place.len()
                )));
            };
            target.copy_from_slice(value.as_bytes());
        }
        _ => {
            let reason = format!("column {}: values are not {:?}", spec.name, spec.element);
            return Err(FitsError::Write(reason));
        }
    }
    Ok(())
}

fn no_null(spec: &ColumnSpec) -> FitsError {
    FitsError::Write(format!("column {} has a null but no TNULL that fits", spec.name))
}
