//! Numbering groups of whole numbers by looking them up in a table, without hashing.
//!
//! Bins of histograms, cells of density maps and the like are whole numbers in a small range: the
//! group of a row is one look into a table that covers the range of each key. Where the ranges
//! turn out to be too large for a table, a hash map takes over.

use std::collections::HashMap;

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, Int64Array},
    datatypes::{DataType, Float64Type, Int64Type},
};
use datafusion::common::{Result, internal_err};

use crate::floats::{self, ROUNDING};

/// Most keys of a group.
pub const MAX_KEYS: usize = 3;
/// Most cells of the table: 4 MB.
const MAX_CELLS: usize = 1 << 20;
/// The key of NULL. No whole number that a double holds exactly has it.
const NULL: i64 = i64::MIN;
/// Whole numbers up to here are held exactly by a double.
const EXACT: f64 = (1u64 << 53) as f64;

/// The keys of a group, the unused ones 0.
type Group = [i64; MAX_KEYS];

/// A key of all rows of a batch as whole numbers.
struct Column {
    values: Vec<i64>,
    least: i64,
    greatest: i64,
}

impl Column {
    fn new(array: &ArrayRef) -> Result<Self> {
        if *array.data_type() == DataType::Float64
            && array.null_count() == 0
            && let Some(column) = Self::small(array.as_primitive::<Float64Type>().values())
        {
            return Ok(column);
        }
        let mut values: Vec<i64> = match array.data_type() {
            DataType::Float64 => {
                array.as_primitive::<Float64Type>().values().iter().map(|v| encode(*v)).collect()
            }
            DataType::Int64 => array.as_primitive::<Int64Type>().values().to_vec(),
            other => return internal_err!("a key of type {other} is no whole number"),
        };
        if array.null_count() > 0 {
            let nulls = values.iter_mut().enumerate().filter(|(row, _)| array.is_null(*row));
            nulls.for_each(|(_, value)| *value = NULL);
        }
        let least = values.iter().copied().filter(|v| *v != NULL).min().unwrap_or(0);
        let greatest = values.iter().copied().max().filter(|v| *v != NULL).unwrap_or(0);
        Ok(Self { values, least, greatest })
    }

    /// The common case, in steps that a processor does for several numbers at once: `None` where a
    /// value is large or not whole.
    #[allow(clippy::cast_possible_truncation)] // checked
    fn small(values: &[f64]) -> Option<Self> {
        let whole = |v: f64| floats::is_small(v) & ((v + ROUNDING) - ROUNDING == v);
        if values.is_empty() || !floats::all(values, whole) {
            return None;
        }
        let (least, greatest) = floats::bounds(values);
        let zero = ROUNDING.to_bits();
        let key = |v: &f64| (v + ROUNDING).to_bits().wrapping_sub(zero).cast_signed();
        let values = values.iter().map(key).collect();
        Some(Self { values, least: least as i64, greatest: greatest as i64 })
    }

    /// Adds this key to the cells of the rows: all its values lie in the window.
    #[allow(clippy::cast_possible_truncation)] // a table has fewer cells
    fn place(&self, window: &Window, places: &mut [u32]) {
        let (stride, zero) = ((window.count + 1) as u32, window.low.wrapping_sub(1));
        for (place, value) in places.iter_mut().zip(&self.values) {
            let offset = if *value == NULL { 0 } else { value.wrapping_sub(zero) as u32 };
            *place = place.wrapping_mul(stride).wrapping_add(offset);
        }
    }
}

/// A whole number as it is, up to 2⁵³; a larger one as the bits of its size with its sign, which are
/// far away from those. (Results of FLOOR and its kin have no other values.)
#[allow(clippy::cast_possible_truncation)] // checked
fn encode(value: f64) -> i64 {
    if value.abs() <= EXACT && value as i64 as f64 == value {
        return value as i64;
    }
    let size = value.abs().to_bits().cast_signed();
    if value.is_sign_negative() { -size } else { size }
}

#[allow(clippy::cast_precision_loss)] // exact by the check
fn decode(key: i64) -> f64 {
    let whole = key as f64;
    if whole.abs() <= EXACT {
        return whole;
    }
    f64::from_bits(key.unsigned_abs()) * whole.signum()
}

/// Values of a key that the table covers: `low..low + count`, and NULL before them.
#[derive(Clone, Copy, Debug)]
struct Window {
    low: i64,
    count: usize,
}

impl Window {
    fn cell(&self, value: i64) -> Option<usize> {
        if value == NULL {
            return Some(0);
        }
        let offset = usize::try_from(value.checked_sub(self.low)?).ok()?;
        (offset < self.count).then_some(offset + 1)
    }

    /// A window that covers more values, with room for their neighbours.
    fn grown(self, least: i64, greatest: i64) -> Option<Self> {
        let end = self.low.checked_add(i64::try_from(self.count).ok()?)?;
        if self.count > 0 && least >= self.low && greatest < end {
            return Some(self);
        }
        let (low, high) = match self.count {
            0 => (least, greatest),
            _ => (least.min(self.low), greatest.max(end.checked_sub(1)?)),
        };
        let room = high.checked_sub(low)?.checked_div(8)?.checked_add(16)?;
        let low = low.checked_sub(room)?;
        let count = high.checked_add(room)?.checked_sub(low)?.checked_add(1)?;
        Some(Self { low, count: usize::try_from(count).ok()? })
    }
}

enum Lookup {
    /// The number of a group, plus 1, by cell; 0 where there is none.
    Table {
        windows: Vec<Window>,
        cells: Vec<u32>,
    },
    Map(HashMap<Group, u32>),
}

/// The groups seen so far, in the order in which they came.
pub struct Groups {
    keys: usize,
    groups: Vec<Group>,
    lookup: Lookup,
    /// The cells of the rows of a batch.
    places: Vec<u32>,
}

impl Groups {
    /// No groups yet, of so many keys.
    pub fn new(keys: usize) -> Self {
        let windows = vec![Window { low: 0, count: 0 }; keys];
        let lookup = Lookup::Table { windows, cells: Vec::new() };
        Self { keys, groups: Vec::new(), lookup, places: Vec::new() }
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        let lookup = match &self.lookup {
            Lookup::Table { cells, .. } => cells.capacity() * size_of::<u32>(),
            Lookup::Map(map) => map.capacity() * 2 * size_of::<Group>(),
        };
        lookup + self.groups.capacity() * size_of::<Group>()
    }

    /// The group of each row, by number; new groups get the next numbers.
    pub fn number(&mut self, arrays: &[ArrayRef], numbers: &mut Vec<usize>) -> Result<()> {
        let columns = arrays.iter().map(Column::new).collect::<Result<Vec<_>>>()?;
        self.cover(&columns);
        numbers.clear();
        let Self { groups, lookup, places, .. } = self;
        let rows = columns.first().map_or(0, |c| c.values.len());
        numbers.reserve(rows);
        match lookup {
            Lookup::Table { windows, cells } => {
                // Key by key, in steps that a processor does for several rows at once.
                places.clear();
                places.resize(rows, 0);
                windows.iter().zip(&columns).for_each(|(w, column)| column.place(w, places));
                for (row, place) in places.iter().enumerate() {
                    let cell = cells.get_mut(*place as usize);
                    numbers.push(numbered(cell, groups, || group(&columns, row))?);
                }
            }
            Lookup::Map(map) => {
                for row in 0..rows {
                    let group = group(&columns, row);
                    let cell = map.entry(group).or_insert(0);
                    numbers.push(numbered(Some(cell), groups, || group)?);
                }
            }
        }
        Ok(())
    }

    /// Makes the table cover the values, or goes over to a map.
    fn cover(&mut self, columns: &[Column]) {
        let Lookup::Table { windows, .. } = &self.lookup else { return };
        let grown: Option<Vec<Window>> =
            windows.iter().zip(columns).map(|(w, c)| w.grown(c.least, c.greatest)).collect();
        let size = grown.as_ref().and_then(|g| {
            g.iter().try_fold(1usize, |size, w| size.checked_mul(w.count.checked_add(1)?))
        });
        let numbered = |group: usize| u32::try_from(group + 1).unwrap_or(u32::MAX);
        match (grown, size) {
            (Some(grown), Some(size)) if size <= MAX_CELLS => {
                let same =
                    grown.iter().zip(windows).all(|(a, b)| a.low == b.low && a.count == b.count);
                if same {
                    return;
                }
                let mut cells = vec![0; size];
                for (number, group) in self.groups.iter().enumerate() {
                    if let Some(place) = cell(&grown, group).and_then(|c| cells.get_mut(c)) {
                        *place = numbered(number);
                    }
                }
                self.lookup = Lookup::Table { windows: grown, cells };
            }
            _ => {
                let known = self.groups.iter().enumerate().map(|(n, g)| (*g, numbered(n)));
                self.lookup = Lookup::Map(known.collect());
            }
        }
    }

    /// The keys of all groups, which are forgotten.
    pub fn take(&mut self, types: &[DataType]) -> Result<Vec<ArrayRef>> {
        let groups = std::mem::replace(self, Self::new(self.keys)).groups;
        types
            .iter()
            .enumerate()
            .map(|(key, data_type)| {
                let values = groups.iter().map(|g| g.get(key).copied().filter(|v| *v != NULL));
                Ok(match data_type {
                    DataType::Float64 => {
                        std::sync::Arc::new(values.map(|v| v.map(decode)).collect::<Float64Array>())
                            as ArrayRef
                    }
                    DataType::Int64 => std::sync::Arc::new(values.collect::<Int64Array>()),
                    other => return internal_err!("a key of type {other} is no whole number"),
                })
            })
            .collect()
    }
}

fn group(columns: &[Column], row: usize) -> Group {
    let mut group = [0; MAX_KEYS];
    for (key, column) in group.iter_mut().zip(columns) {
        *key = column.values.get(row).copied().unwrap_or(NULL);
    }
    group
}

fn cell(windows: &[Window], group: &Group) -> Option<usize> {
    windows
        .iter()
        .zip(group)
        .try_fold(0usize, |at, (window, key)| Some(at * (window.count + 1) + window.cell(*key)?))
}

fn numbered(
    cell: Option<&mut u32>,
    groups: &mut Vec<Group>,
    group: impl Fn() -> Group,
) -> Result<usize> {
    let Some(cell) = cell else { return internal_err!("a key outside of its window") };
    if *cell == 0 {
        groups.push(group());
        *cell = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    }
    Ok(*cell as usize - 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn numbers(groups: &mut Groups, arrays: &[ArrayRef]) -> Vec<usize> {
        let mut numbers = Vec::new();
        groups.number(arrays, &mut numbers).unwrap();
        numbers
    }

    #[test]
    fn groups_are_numbered_as_they_come_and_windows_grow() {
        let mut groups = Groups::new(2);
        let batch = |a: Vec<Option<f64>>, b: Vec<i64>| -> Vec<ArrayRef> {
            vec![Arc::new(Float64Array::from(a)), Arc::new(Int64Array::from(b))]
        };
        let first = batch(vec![Some(1.0), None, Some(-0.0), Some(1.0)], vec![7, 7, 7, 7]);
        assert_eq!(numbers(&mut groups, &first), [0, 1, 2, 0]);
        let second = batch(vec![Some(0.0), Some(-900.0), None, Some(1.0)], vec![7, 70, 7, 7]);
        assert_eq!(numbers(&mut groups, &second), [2, 3, 1, 0]);
        // Beyond any table; what is known keeps its number.
        let third = batch(vec![Some(1e300), Some(1.0), Some(1.0)], vec![7, i64::MAX, 7]);
        assert_eq!(numbers(&mut groups, &third), [4, 5, 0]);
        let keys = groups.take(&[DataType::Float64, DataType::Int64]).unwrap();
        let expected = vec![Some(1.0), None, Some(0.0), Some(-900.0), Some(1e300), Some(1.0)];
        assert_eq!(*keys[0].as_primitive::<Float64Type>(), Float64Array::from(expected));
        assert_eq!(keys[1].as_primitive::<Int64Type>().values(), &[7, 7, 7, 70, 7, i64::MAX]);
        assert_eq!(groups.len(), 0);
    }

    #[test]
    fn small_numbers_have_the_same_keys_on_the_quick_way() {
        let values = [0.0, -0.0, 1.0, -1.0, 77.0, -1e15, 2e15];
        let quick = Column::small(&values).unwrap();
        assert_eq!(quick.values, values.map(encode));
        assert_eq!((quick.least, quick.greatest), (-1_000_000_000_000_000, 2_000_000_000_000_000));
        for other in [0.5, 4e15, f64::NAN, f64::INFINITY] {
            assert!(Column::small(&[1.0, other]).is_none());
        }
    }

    #[test]
    fn doubles_come_back_as_they_were() {
        for value in [0.0, -1.0, 0.5, -2.75e-9, EXACT, -2.0 * EXACT, 1e308, f64::MIN] {
            assert_eq!(decode(encode(value)).to_bits(), value.to_bits(), "{value}");
        }
    }
}
