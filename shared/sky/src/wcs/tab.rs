//! `-TAB`: coordinates by table look-up, Paper III §6.

use super::WcsError;
use super::header::{Keys, LookupColumn};

/// A table that gives the coordinates of one or more axes together.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// World axes (from 0) in the order of the table's dimensions.
    pub(super) axes: Vec<usize>,
    /// K₁ … K_M.
    lengths: Vec<usize>,
    /// M coordinates at each point, fastest.
    coordinates: Vec<f64>,
    /// Index vectors, where the header has them.
    index: Vec<Option<Vec<f64>>>,
}

/// The axes whose CTYPE ends in `-TAB`, grouped by table.
pub(super) fn read(keys: &Keys<'_>, ctypes: &[String]) -> Result<Vec<Table>, WcsError> {
    let mut groups: Vec<(Source, Vec<(usize, usize)>)> = Vec::new();
    for (axis, ctype) in ctypes.iter().enumerate() {
        if ctype.get(4..).is_none_or(|tail| !tail.starts_with("-TAB")) {
            continue;
        }
        let source = Source::read(keys, axis + 1)?;
        let place = keys.pv(axis + 1, 3).unwrap_or(1.0).clamp(1.0, 99.0) as usize;
        match groups.iter_mut().find(|(s, _)| *s == source) {
            Some((_, axes)) => axes.push((place, axis)),
            None => groups.push((source, vec![(place, axis)])),
        }
    }
    groups.into_iter().map(|(source, axes)| Table::read(keys, &source, axes)).collect()
}

/// Which column of which table.
#[derive(Clone, Debug, PartialEq)]
struct Source {
    extname: String,
    extver: i64,
    extlevel: i64,
    column: String,
}

impl Source {
    fn read(keys: &Keys<'_>, axis: usize) -> Result<Source, WcsError> {
        let text = |m: usize| {
            keys.text(&format!("PS{axis}_{m}"))
                .ok_or_else(|| WcsError::Missing { keyword: keys.name(&format!("PS{axis}_{m}")) })
        };
        let whole = |m: usize| keys.pv(axis, m).unwrap_or(1.0) as i64;
        Ok(Source { extname: text(0)?, extver: whole(1), extlevel: whole(2), column: text(1)? })
    }
}

impl Table {
    fn read(
        keys: &Keys<'_>,
        source: &Source,
        mut axes: Vec<(usize, usize)>,
    ) -> Result<Table, WcsError> {
        axes.sort_unstable();
        let m = axes.len();
        let wrong = |column: &str| WcsError::Table {
            name: format!("{}/{column}", source.extname),
            keyword: keys.name(&format!("PS{}_1", axes.first().map_or(1, |(_, a)| a + 1))),
        };
        let fetch = |column: &str| {
            keys.source()
                .lookup_column(&source.extname, source.extver, source.extlevel, column)
                .ok_or_else(|| wrong(column))
        };
        let LookupColumn { shape, values } = fetch(&source.column)?;
        let (first, lengths) = shape.split_first().ok_or_else(|| wrong(&source.column))?;
        let total = shape.iter().try_fold(1_usize, |n, k| n.checked_mul(*k));
        let complete = axes.iter().enumerate().all(|(i, (place, _))| *place == i + 1);
        let sane = *first == m
            && lengths.len() == m
            && lengths.iter().all(|k| *k > 0)
            && total == Some(values.len())
            && complete;
        if !sane {
            return Err(wrong(&source.column));
        }
        let mut index = Vec::with_capacity(m);
        for ((_, axis), length) in axes.iter().zip(lengths) {
            let column = keys.text(&format!("PS{}_2", axis + 1)).filter(|c| !c.is_empty());
            index.push(match column {
                None => None,
                Some(column) => {
                    let vector = fetch(&column)?.values;
                    if vector.len() != *length || vector.iter().any(|v| !v.is_finite()) {
                        return Err(wrong(&column));
                    }
                    Some(vector)
                }
            });
        }
        let axes = axes.into_iter().map(|(_, axis)| axis).collect();
        Ok(Table { axes, lengths: lengths.to_vec(), coordinates: values, index })
    }

    /// Coordinates for ψ, one value for each axis of the table in its order.
    pub(super) fn world(&self, psi: &[f64]) -> Option<Vec<f64>> {
        let mut places = Vec::with_capacity(psi.len());
        for ((value, length), index) in psi.iter().zip(&self.lengths).zip(&self.index) {
            let upsilon = match index {
                Some(vector) => index_of(vector, *value)?,
                None => *value,
            };
            // Half a cell beyond the ends may be extrapolated (§6.1.2).
            let k = *length as f64;
            if !(0.5..=k + 0.5).contains(&upsilon) {
                return None;
            }
            places.push(cell(upsilon, *length));
        }
        Some((0..self.axes.len()).map(|m| self.interpolate(m, &places)).collect())
    }

    /// ψ for coordinates; only tables of one axis can be turned round.
    pub(super) fn intermediate(&self, world: &[f64]) -> Option<Vec<f64>> {
        let ([value], [index]) = (world, self.index.as_slice()) else { return None };
        let upsilon = index_of(&self.coordinates, *value)?;
        let k = self.coordinates.len() as f64;
        if !(0.5..=k + 0.5).contains(&upsilon) {
            return None;
        }
        let Some(vector) = index else { return Some(vec![upsilon]) };
        let (i, fraction) = cell(upsilon, vector.len());
        let (a, b) = (vector.get(i)?, vector.get(i + 1).or(vector.get(i))?);
        Some(vec![a + (b - a) * fraction])
    }

    fn interpolate(&self, m: usize, places: &[(usize, f64)]) -> f64 {
        let size = self.axes.len();
        let mut sum = 0.0;
        for corner in 0..1_usize << places.len() {
            let (mut weight, mut offset, mut stride) = (1.0, m, size);
            for (bit, ((i, fraction), length)) in places.iter().zip(&self.lengths).enumerate() {
                let upper = corner >> bit & 1 == 1;
                weight *= if upper { *fraction } else { 1.0 - fraction };
                offset += (i + usize::from(upper)).min(length - 1) * stride;
                stride *= length;
            }
            if weight != 0.0 {
                sum += weight * self.coordinates.get(offset).copied().unwrap_or(f64::NAN);
            }
        }
        sum
    }
}

/// The lower point of the cell around Υ (from 1) and how far into it.
fn cell(upsilon: f64, length: usize) -> (usize, f64) {
    if length < 2 {
        return (0, 0.0);
    }
    let lower = (upsilon.floor() - 1.0).clamp(0.0, (length - 2) as f64);
    (lower as usize, upsilon - 1.0 - lower)
}

/// Υ (from 1) of a value in a monotonic vector, with extrapolation by up to half a cell.
fn index_of(vector: &[f64], value: f64) -> Option<f64> {
    if let [only] = vector {
        return (value == *only).then_some(1.0);
    }
    let rising = vector.last()? >= vector.first()?;
    let beyond = |v: &f64| if rising { *v > value } else { *v < value };
    let upper = vector.iter().position(beyond).unwrap_or(vector.len()).clamp(1, vector.len() - 1);
    let (a, b) = (vector.get(upper - 1)?, vector.get(upper)?);
    if a == b {
        return (value == *a).then_some(upper as f64);
    }
    Some(upper as f64 + (value - a) / (b - a))
}
