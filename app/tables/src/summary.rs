//! Histograms, frequent texts and plot points.

use std::borrow::Cow;

use arrow::{
    array::{Array, AsArray},
    datatypes::DataType,
};
use tenkyu_wire::table::Reply;

use crate::{
    TableError, cells, numbers, sort,
    store::{Buffers, TableStore},
};

/// Counts over the values of a numeric column; of times, over seconds since 1970-01-01. Values
/// outside the range, infinite ones too, are in no bin; the upper edge belongs to the last bin.
pub(crate) fn histogram(
    store: &TableStore,
    column: &str,
    bins: u32,
    range: Option<(f64, f64)>,
) -> Result<Reply, TableError> {
    let index = numeric(store, column)?;
    let bins = bins.clamp(1, 1024) as usize;
    let parts: Vec<Vec<f64>> = store.parts(index).map(|part| numbers::of(part.as_ref())).collect();
    let given = range.filter(|(low, high)| low.is_finite() && high.is_finite() && low < high);
    let (low, high) = given.unwrap_or_else(|| {
        let all = parts.iter().flatten().copied().filter(|value| value.is_finite());
        let (low, high) = extremes(all).unwrap_or((0.0, 1.0));
        // One value alone stands in the middle of its bin.
        if low < high { (low, high) } else { widened(low) }
    });
    let scale = bins as f64 / (high - low);
    let mut all = vec![0_u32; bins];
    let mut kept = vec![0_u32; bins];
    let mut selected = vec![0_u32; bins];
    let mut nulls = 0;
    for (number, (values, batch)) in parts.iter().zip(&store.batches).enumerate() {
        for (&value, flag) in values.iter().zip(store.view().flags(number, batch)) {
            if value.is_nan() {
                nulls += 1;
            } else if low <= value && value <= high {
                let bin = (((value - low) * scale) as usize).min(bins - 1);
                for (counts, least) in [(&mut all, 0), (&mut kept, 1), (&mut selected, 2)] {
                    if let (Some(count), true) = (counts.get_mut(bin), flag >= least) {
                        *count += 1;
                    }
                }
            }
        }
    }
    Ok(Reply::Histogram { low, high, all, kept, selected, nulls })
}

/// A range about a single value that a double can resolve.
fn widened(value: f64) -> (f64, f64) {
    let half = (value.abs() * 1e-6).max(0.5);
    (value - half, value + half)
}

fn extremes(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

fn numeric(store: &TableStore, column: &str) -> Result<usize, TableError> {
    let index = store.index_of(column)?;
    let schema = store.schema()?;
    let is_numeric =
        schema.fields().get(index).is_some_and(|field| numbers::has_numbers(field.data_type()));
    if is_numeric { Ok(index) } else { Err(TableError::NotNumbers(column.to_owned())) }
}

/// The most frequent texts of a column over all rows; of other types, of their cells' texts.
pub(crate) fn texts(store: &TableStore, column: &str, limit: u32) -> Result<Reply, TableError> {
    let index = store.index_of(column)?;
    let mut cells: Vec<Cow<'_, str>> = Vec::with_capacity(store.rows() as usize);
    let mut nulls = 0;
    for part in store.parts(index) {
        for row in 0..part.len() {
            let text = match part.data_type() {
                DataType::Utf8 if part.is_valid(row) => {
                    Some(Cow::Borrowed(part.as_string::<i32>().value(row)))
                }
                _ => cells::text(part, row).map(Cow::Owned),
            };
            match text {
                Some(text) => cells.push(text),
                None => nulls += 1,
            }
        }
    }
    // Sorted, equal texts stand together: quicker than a map where most texts occur once.
    let sorted = sort::texts(cells.iter().map(AsRef::as_ref).collect());
    let mut counts: Vec<(&str, u64)> = sorted
        .chunk_by(PartialEq::eq)
        .filter_map(|run| Some((*run.first()?, run.len() as u64)))
        .collect();
    let distinct = counts.len() as u64;
    // Stable: among equally frequent texts the order of the alphabet stays.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(limit as usize);
    let texts = counts.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    Ok(Reply::Texts { texts, nulls, distinct })
}

/// Coordinates of every row as 32-bit offsets from the middle of the kept rows' range, where such
/// offsets are finest, and a flag a row.
pub(crate) fn points(store: &TableStore, x: &str, y: &str) -> Result<(Reply, Buffers), TableError> {
    let (x, y) = (numeric(store, x)?, numeric(store, y)?);
    let flat = |index| -> Vec<f64> {
        store.parts(index).flat_map(|part| numbers::of(part.as_ref())).collect()
    };
    let (xs, ys) = (flat(x), flat(y));
    let mut flags: Vec<u8> = Vec::with_capacity(xs.len());
    for (number, batch) in store.batches.iter().enumerate() {
        flags.extend(store.view().flags(number, batch));
    }
    for (flag, (x, y)) in flags.iter_mut().zip(xs.iter().zip(&ys)) {
        if !(x.is_finite() && y.is_finite()) {
            *flag = 0;
        }
    }
    let range = |values: &[f64]| {
        let kept = values.iter().zip(&flags).filter(|(_, flag)| **flag > 0);
        extremes(kept.map(|(value, _)| *value)).unwrap_or((0.0, 0.0))
    };
    let (x_range, y_range) = (range(&xs), range(&ys));
    let middle = |(low, high): (f64, f64)| low / 2.0 + high / 2.0;
    let origin = (middle(x_range), middle(y_range));
    let buffers = vec![offsets(&xs, origin.0), offsets(&ys, origin.1), flags];
    Ok((Reply::Points { origin, x_range, y_range }, buffers))
}

/// Little-endian, as typed arrays are on every machine that has a browser; 0 without a value.
fn offsets(values: &[f64], origin: f64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.len() * 4);
    for value in values {
        let offset = if value.is_finite() { (value - origin) as f32 } else { 0.0 };
        bytes.extend_from_slice(&offset.to_le_bytes());
    }
    bytes
}
