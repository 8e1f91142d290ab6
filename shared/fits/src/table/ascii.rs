//! Cells of ASCII tables (FITS 4.0 §7.2).

use super::{
    column::Column,
    data::{ColumnData, Layout, Values},
    decode::text,
    format::{Kind, Storage},
};
use crate::header::value::parse_number;

/// Decodes one column of some rows, each `row_width` bytes long.
pub(crate) fn decode(column: &Column, rows: &[&[u8]]) -> ColumnData {
    let (width, decimals) = match column.format.storage {
        Storage::Text { width, decimals } => (width as usize, decimals),
        _ => (0, 0),
    };
    let start = column.offset as usize;
    let cells = rows.iter().map(|row| {
        let end = start.saturating_add(width).min(row.len());
        row.get(start..end).unwrap_or_default()
    });
    let mut nulls = vec![false; rows.len()];
    let is_null = |cell: &str| column.null_text.as_deref() == Some(cell) && !cell.is_empty();
    let values = match column.format.kind {
        Kind::Char => Values::Text(
            cells
                .zip(&mut nulls)
                .map(|(cell, null)| {
                    let cell = text(cell);
                    *null = is_null(cell.trim());
                    cell
                })
                .collect(),
        ),
        Kind::Long if !column.is_scaled() => Values::I64(
            cells
                .zip(&mut nulls)
                .map(|(cell, null)| {
                    let cell = text(cell);
                    let number = cell.trim();
                    let value = number.parse().ok().filter(|_| !is_null(number));
                    *null = value.is_none();
                    value.unwrap_or(0)
                })
                .collect(),
        ),
        _ => Values::F64(
            cells
                .zip(&mut nulls)
                .map(|(cell, null)| {
                    let cell = text(cell);
                    let number = cell.trim();
                    let value =
                        Some(number).filter(|n| !is_null(n)).and_then(|n| real(n, decimals));
                    *null = value.is_none();
                    value.map_or(f64::NAN, |v| v * column.scale + column.zero)
                })
                .collect(),
        ),
    };
    let nulls = nulls.contains(&true).then_some(nulls);
    ColumnData { rows: rows.len(), values, nulls, layout: Layout::Scalar }
}

/// A Fortran real: a number without point and exponent has `decimals` implied (§7.2.5); the
/// exponent letter may be missing before a sign.
fn real(text: &str, decimals: u32) -> Option<f64> {
    let sign = text.rfind(['+', '-']).filter(|at| *at > 0);
    let value = match sign {
        Some(at) if text.as_bytes().get(at - 1).is_some_and(u8::is_ascii_digit) => {
            let (mantissa, exponent) = text.split_at(at);
            parse_number(&format!("{mantissa}E{exponent}"))?.as_f64()?
        }
        _ => parse_number(text)?.as_f64()?,
    };
    let implied = decimals > 0 && !text.contains(['.', 'e', 'E', 'd', 'D']);
    Some(if implied { value / 10_f64.powi(decimals.min(400) as i32) } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fortran_reals() {
        assert_eq!(real("1.5", 2), Some(1.5));
        assert_eq!(real("150", 2), Some(1.5));
        assert_eq!(real("1.5D+02", 2), Some(150.0));
        assert_eq!(real("1.5+02", 2), Some(150.0));
        assert_eq!(real("-1.5", 0), Some(-1.5));
        assert_eq!(real("x", 0), None);
        assert_eq!(real("", 0), None);
    }
}
