//! The linear part: pixel coordinates to intermediate world coordinates (Greisen & Calabretta
//! 2002, A&A 395, 1061, §2.1.2), with PCi_j and CDELTi, CDi_j, or CROTAi.

use super::header::Keys;
use super::{MAX_AXES, WcsError};

/// `world = matrix · (pixel − crpix)`.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    n: usize,
    pub(super) crpix: Vec<f64>,
    /// Row by row.
    pub(super) matrix: Vec<f64>,
    inverse: Vec<f64>,
}

impl Linear {
    /// Reads the keywords; `lat` is the latitude axis, from 0, which carries CROTA.
    pub(super) fn read(
        keys: &Keys<'_>,
        n: usize,
        lon_lat: Option<(usize, usize)>,
    ) -> Result<Linear, WcsError> {
        debug_assert!(n <= MAX_AXES);
        let mut crpix = Vec::with_capacity(n);
        let mut cdelt = Vec::with_capacity(n);
        for i in 1..=n {
            crpix.push(keys.number_or(&format!("CRPIX{i}"), 0.0)?);
            cdelt.push(keys.number_or(&format!("CDELT{i}"), 1.0)?);
        }
        let pc = read_matrix(keys, n, "PC")?;
        let cd = read_matrix(keys, n, "CD")?;
        let (matrix, keyword) = match (pc, cd) {
            // Both at once is forbidden; PC with CDELT is what wcslib takes.
            (Some(pc), _) => (scaled(identity_where_missing(pc, n), &cdelt, n), "PC"),
            (None, Some(cd)) => (without_empty_axes(cd, n), "CD"),
            (None, None) => (rotated(keys, &cdelt, n, lon_lat)?, "CDELT"),
        };
        let inverse = invert(&matrix, n).ok_or(WcsError::SingularMatrix { keyword })?;
        Ok(Linear { n, crpix, matrix, inverse })
    }

    pub(super) fn forward(&self, pixel: &[f64]) -> Vec<f64> {
        let offset: Vec<f64> = pixel.iter().zip(&self.crpix).map(|(p, c)| p - c).collect();
        multiply(&self.matrix, &offset, self.n)
    }

    pub(super) fn backward(&self, world: &[f64]) -> Vec<f64> {
        let offset = multiply(&self.inverse, world, self.n);
        offset.iter().zip(&self.crpix).map(|(p, c)| p + c).collect()
    }

    /// Multiplies the row of an axis, to change its unit.
    pub(super) fn scale_axis(&mut self, axis: usize, factor: f64) {
        let n = self.n;
        for value in self.matrix.iter_mut().skip(axis * n).take(n) {
            *value *= factor;
        }
        for row in self.inverse.chunks_mut(n) {
            if let Some(value) = row.get_mut(axis) {
                *value /= factor;
            }
        }
    }

    /// One element of the matrix.
    pub(super) fn element(&self, row: usize, column: usize) -> f64 {
        self.matrix.get(row * self.n + column).copied().unwrap_or(0.0)
    }
}

/// The elements that the header has; `None` when it has none of them.
fn read_matrix(
    keys: &Keys<'_>,
    n: usize,
    name: &str,
) -> Result<Option<Vec<Option<f64>>>, WcsError> {
    let mut elements = Vec::with_capacity(n * n);
    for i in 1..=n {
        for j in 1..=n {
            let mut value = keys.number(&format!("{name}{i}_{j}"))?;
            if value.is_none() && name == "PC" {
                // The form of the 1990s drafts, still found in old files.
                value = keys.number(&format!("PC{i:03}{j:03}"))?;
            }
            elements.push(value);
        }
    }
    Ok(elements.iter().any(Option::is_some).then_some(elements))
}

/// PCi_j defaults to the unit matrix.
fn identity_where_missing(elements: Vec<Option<f64>>, n: usize) -> Vec<f64> {
    let unit = |k: usize| if k / n == k % n { 1.0 } else { 0.0 };
    elements.iter().enumerate().map(|(k, e)| e.unwrap_or_else(|| unit(k))).collect()
}

/// CDi_j defaults to zero. An axis of which no element is given would make the matrix singular;
/// as in wcslib it then is one unit per pixel.
fn without_empty_axes(elements: Vec<Option<f64>>, n: usize) -> Vec<f64> {
    let mut matrix: Vec<f64> = elements.iter().map(|e| e.unwrap_or(0.0)).collect();
    for i in 0..n {
        let row = |j: usize| elements.get(i * n + j).copied().flatten();
        let column = |j: usize| elements.get(j * n + i).copied().flatten();
        if (0..n).all(|j| row(j).is_none() && column(j).is_none())
            && let Some(diagonal) = matrix.get_mut(i * n + i)
        {
            *diagonal = 1.0;
        }
    }
    matrix
}

fn scaled(mut matrix: Vec<f64>, cdelt: &[f64], n: usize) -> Vec<f64> {
    for (row, delta) in matrix.chunks_mut(n).zip(cdelt) {
        row.iter_mut().for_each(|value| *value *= delta);
    }
    matrix
}

/// CDELT with the rotation of CROTA on the latitude axis (Calabretta & Greisen 2002, §6.1,
/// equations 189 and 190).
fn rotated(
    keys: &Keys<'_>,
    cdelt: &[f64],
    n: usize,
    lon_lat: Option<(usize, usize)>,
) -> Result<Vec<f64>, WcsError> {
    let mut matrix = vec![0.0; n * n];
    for (i, delta) in cdelt.iter().enumerate() {
        if let Some(value) = matrix.get_mut(i * n + i) {
            *value = *delta;
        }
    }
    let Some((lon, lat)) = lon_lat else { return Ok(matrix) };
    let rota = match keys.number(&format!("CROTA{}", lat + 1))? {
        Some(rota) if rota != 0.0 => rota,
        _ => return Ok(matrix),
    };
    let (sin, cos) = rota.to_radians().sin_cos();
    let (dx, dy) = (cdelt.get(lon).copied().unwrap_or(1.0), cdelt.get(lat).copied().unwrap_or(1.0));
    let elements =
        [(lon, lon, dx * cos), (lon, lat, -dy * sin), (lat, lon, dx * sin), (lat, lat, dy * cos)];
    for (i, j, value) in elements {
        if let Some(slot) = matrix.get_mut(i * n + j) {
            *slot = value;
        }
    }
    Ok(matrix)
}

fn multiply(matrix: &[f64], vector: &[f64], n: usize) -> Vec<f64> {
    matrix.chunks(n).map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
}

/// The inverse by Gauss–Jordan elimination with row pivots; `None` for a singular matrix.
pub(super) fn invert(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    // Rows are scaled first: one axis may be in degrees per pixel, another in hertz.
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(n);
    for (i, row) in matrix.chunks(n).enumerate() {
        let scale = row.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        if !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let mut wide: Vec<f64> = row.iter().map(|v| v / scale).collect();
        wide.extend((0..n).map(|j| if i == j { 1.0 / scale } else { 0.0 }));
        rows.push(wide);
    }
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| {
            let size =
                |r: &usize| rows.get(*r).and_then(|row| row.get(column)).map_or(0.0, |v| v.abs());
            size(a).total_cmp(&size(b))
        })?;
        rows.swap(column, pivot);
        let mut pivot_row = rows.get(column)?.clone();
        let head = *pivot_row.get(column)?;
        if head.abs() < 1e-14 {
            return None;
        }
        pivot_row.iter_mut().for_each(|v| *v /= head);
        for (r, row) in rows.iter_mut().enumerate() {
            let factor = if r == column { continue } else { *row.get(column)? };
            for (value, pivot) in row.iter_mut().zip(&pivot_row) {
                *value -= factor * pivot;
            }
        }
        *rows.get_mut(column)? = pivot_row;
    }
    let inverse: Vec<f64> = rows.into_iter().flat_map(|row| row.into_iter().skip(n)).collect();
    inverse.iter().all(|v| v.is_finite()).then_some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_of_axes_in_very_different_units() {
        let m = [1e-5, 2e-6, 0.0, -2e-6, 1e-5, 0.0, 0.0, 0.0, 1e9];
        let inverse = invert(&m, 3).unwrap();
        for (i, row) in m.chunks(3).enumerate() {
            for j in 0..3 {
                let sum: f64 = row.iter().enumerate().map(|(k, a)| a * inverse[k * 3 + j]).sum();
                assert!((sum - if i == j { 1.0 } else { 0.0 }).abs() < 1e-12);
            }
        }
        assert_eq!(invert(&[1.0, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(invert(&[0.0, 0.0, 0.0, 1.0], 2), None);
        assert_eq!(invert(&[f64::NAN, 0.0, 0.0, 1.0], 2), None);
    }
}
