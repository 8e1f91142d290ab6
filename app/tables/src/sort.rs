//! The rows of a table in the order of a column: stable, nulls and NaN last either way.

use arrow::{
    array::{Array, AsArray},
    datatypes::*,
};

use crate::{TableError, meta, store::TableStore};

/// Every row, in order.
pub(crate) fn rows(
    store: &TableStore,
    column: &str,
    descending: bool,
) -> Result<Vec<u32>, TableError> {
    let index = store.index_of(column)?;
    let schema = store.schema()?;
    let data_type = schema.fields().get(index).map(|field| field.data_type().clone());
    match data_type {
        Some(DataType::Utf8 | DataType::LargeUtf8) => Ok(by_text(store, index, descending)),
        Some(data_type) if crate::numbers::has_numbers(&data_type) => {
            Ok(by_number(store, index, descending))
        }
        _ => Err(TableError::NotSortable(column.to_owned())),
    }
}

/// Sorts pairs of a key that orders as the values do, and the row: with the row as the second key
/// the fast sort that is not stable gives the stable order.
fn by_number(store: &TableStore, index: usize, descending: bool) -> Vec<u32> {
    let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(store.rows() as usize);
    let mut last = Vec::new();
    let mut row = 0_u32;
    for part in store.parts(index) {
        for (inner, key) in keys(part).into_iter().enumerate() {
            match key {
                Some(key) if part.is_valid(inner) => {
                    keyed.push((if descending { !key } else { key }, row));
                }
                _ => last.push(row),
            }
            row += 1;
        }
    }
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).chain(last).collect()
}

/// Numbers that are in the order of the values; `None` for NaN.
fn keys(array: &dyn Array) -> Vec<Option<u64>> {
    let signed = |value: i64| Some((value as u64) ^ (1 << 63));
    macro_rules! each {
        ($type:ty, $f:expr) => {
            array.as_primitive::<$type>().values().iter().map($f).collect()
        };
    }
    match array.data_type() {
        DataType::Boolean => {
            array.as_boolean().values().iter().map(|bit| Some(u64::from(bit))).collect()
        }
        DataType::Int8 => each!(Int8Type, |v| signed(i64::from(*v))),
        DataType::Int16 => each!(Int16Type, |v| signed(i64::from(*v))),
        DataType::Int32 => each!(Int32Type, |v| signed(i64::from(*v))),
        DataType::Int64 => each!(Int64Type, |v| signed(*v)),
        DataType::UInt8 => each!(UInt8Type, |v| Some(u64::from(*v))),
        DataType::UInt16 => each!(UInt16Type, |v| Some(u64::from(*v))),
        DataType::UInt32 => each!(UInt32Type, |v| Some(u64::from(*v))),
        DataType::UInt64 => each!(UInt64Type, |v| Some(*v)),
        DataType::Float32 => each!(Float32Type, |v| float(f64::from(*v))),
        DataType::Float64 => each!(Float64Type, |v| float(*v)),
        DataType::Date32 => each!(Date32Type, |v| signed(i64::from(*v))),
        DataType::Date64 => each!(Date64Type, |v| signed(*v)),
        DataType::Timestamp(TimeUnit::Second, _) => each!(TimestampSecondType, |v| signed(*v)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            each!(TimestampMillisecondType, |v| signed(*v))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            each!(TimestampMicrosecondType, |v| signed(*v))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            each!(TimestampNanosecondType, |v| signed(*v))
        }
        other => {
            debug_assert!(!meta::is_time(other));
            vec![None; array.len()]
        }
    }
}

/// The bits of a double order as integers do once those of negative ones are turned round.
fn float(value: f64) -> Option<u64> {
    // Both zeros are equal.
    let bits = (value + 0.0).to_bits();
    (!value.is_nan()).then_some(if bits >> 63 == 1 { !bits } else { bits | (1 << 63) })
}

/// Compares eight bytes at once, after those that all texts share ("Gaia DR3 …").
fn by_text(store: &TableStore, index: usize, descending: bool) -> Vec<u32> {
    let mut texts: Vec<(&str, u32)> = Vec::with_capacity(store.rows() as usize);
    let mut last = Vec::new();
    let mut row = 0_u32;
    for part in store.parts(index) {
        for inner in 0..part.len() {
            match text(part.as_ref(), inner) {
                Some(text) => texts.push((text, row)),
                None => last.push(row),
            }
            row += 1;
        }
    }
    let shared = shared_prefix(texts.iter().map(|(text, _)| *text));
    let mut keyed: Vec<(u64, &str, u32)> = texts
        .into_iter()
        .map(|(text, row)| (leading(text.as_bytes().get(shared..).unwrap_or_default()), text, row))
        .collect();
    keyed.sort_unstable_by(|one, two| {
        let order = one.0.cmp(&two.0).then_with(|| one.1.cmp(two.1));
        let order = if descending { order.reverse() } else { order };
        order.then_with(|| one.2.cmp(&two.2))
    });
    keyed.into_iter().map(|(_, _, row)| row).chain(last).collect()
}

/// Texts in order, compared as in [`by_text`].
pub(crate) fn texts(texts: Vec<&str>) -> Vec<&str> {
    let shared = shared_prefix(texts.iter().copied());
    let mut keyed: Vec<(u64, &str)> = texts
        .into_iter()
        .map(|text| (leading(text.as_bytes().get(shared..).unwrap_or_default()), text))
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, text)| text).collect()
}

fn text(array: &dyn Array, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row),
        _ => return None,
    })
}

fn shared_prefix<'a>(mut texts: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = texts.next() else { return 0 };
    texts.fold(first.len(), |shared, text| {
        let same = first.bytes().zip(text.bytes()).take(shared);
        same.take_while(|(one, two)| one == two).count()
    })
}

fn leading(bytes: &[u8]) -> u64 {
    let mut key = [0; 8];
    for (place, byte) in key.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_be_bytes(key)
}
