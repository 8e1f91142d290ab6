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

    /// ψ for coordinates, the inverse of [`Table::world`].
    pub(super) fn intermediate(&self, world: &[f64]) -> Option<Vec<f64>> {
        let upsilon = match world {
            [value] => vec![index_of(&self.coordinates, *value)?],
            _ => self.search(world)?,
        };
        let mut psi = Vec::with_capacity(upsilon.len());
        for ((place, length), index) in upsilon.iter().zip(&self.lengths).zip(&self.index) {
            if !(0.5 - 1e-9..=*length as f64 + 0.5 + 1e-9).contains(place) {
                return None;
            }
            psi.push(match index {
                None => *place,
                Some(vector) => {
                    let (i, fraction) = cell(*place, vector.len());
                    let (a, b) = (vector.get(i)?, vector.get(i + 1).or(vector.get(i))?);
                    a + (b - a) * fraction
                }
            });
        }
        Some(psi)
    }

    /// Υ of coordinates in a table of several axes: from the nearest point of the table by
    /// Newton's method.
    fn search(&self, world: &[f64]) -> Option<Vec<f64>> {
        let m = self.axes.len();
        let mut scale = vec![0.0_f64; m];
        for point in self.coordinates.chunks(m) {
            for ((s, v), w) in scale.iter_mut().zip(point).zip(world) {
                *s = s.max((v - w).abs());
            }
        }
        let distance = |point: &[f64]| -> f64 {
            let terms = point.iter().zip(world).zip(&scale);
            terms.map(|((v, w), s)| if *s > 0.0 { ((v - w) / s).powi(2) } else { 0.0 }).sum()
        };
        let points = self.coordinates.chunks(m).enumerate();
        let (mut nearest, _) = points.min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)))?;
        let mut place = Vec::with_capacity(m);
        for length in &self.lengths {
            place.push((nearest % length) as f64 + 1.0);
            nearest /= length;
        }
        for _ in 0..50 {
            let here = self.at(&place);
            let miss: Vec<f64> = world.iter().zip(&here).map(|(w, h)| w - h).collect();
            if distance(&here) < 1e-26 {
                return Some(place);
            }
            let mut matrix = vec![0.0; m * m];
            for k in 0..m {
                // An axis of one point has no slope: it must fit as it is.
                let single = self.lengths.get(k).is_none_or(|length| *length < 2);
                let mut there = place.clone();
                *there.get_mut(k)? += 1e-4;
                for (i, (t, h)) in self.at(&there).iter().zip(&here).enumerate() {
                    let slope = if single { 0.0 } else { (t - h) / 1e-4 };
                    let unit = if single && i == k { 1.0 } else { 0.0 };
                    *matrix.get_mut(i * m + k)? = slope + unit;
                }
            }
            let inverse = super::linear::invert(&matrix, m)?;
            for (k, row) in inverse.chunks(m).enumerate() {
                if self.lengths.get(k).is_some_and(|length| *length > 1) {
                    let step: f64 = row.iter().zip(&miss).map(|(a, b)| a * b).sum();
                    let limit = self.lengths.get(k).map_or(1.0, |length| *length as f64);
                    let slot = place.get_mut(k)?;
                    *slot = (*slot + step).clamp(0.0, limit + 1.0);
                }
            }
        }
        (distance(&self.at(&place)) < 1e-18).then_some(place)
    }

    /// The coordinates at Υ.
    fn at(&self, upsilon: &[f64]) -> Vec<f64> {
        let cells: Vec<(usize, f64)> =
            upsilon.iter().zip(&self.lengths).map(|(u, length)| cell(*u, *length)).collect();
        (0..self.axes.len()).map(|m| self.interpolate(m, &cells)).collect()
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
