//! The TPV convention: a gnomonic projection whose plane coordinates are polynomials of the linear
//! ones, coefficients in `PVi_0` to `PVi_39` (registered convention "TPV", FITS Support Office).

use super::super::header::Keys;

/// Powers (ξ, η, r) of each coefficient for the first axis; ξ and η change places for the second.
const TERMS: [(i32, i32, i32); 40] = [
    (0, 0, 0),
    (1, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
    (2, 0, 0),
    (1, 1, 0),
    (0, 2, 0),
    (3, 0, 0),
    (2, 1, 0),
    (1, 2, 0),
    (0, 3, 0),
    (0, 0, 3),
    (4, 0, 0),
    (3, 1, 0),
    (2, 2, 0),
    (1, 3, 0),
    (0, 4, 0),
    (5, 0, 0),
    (4, 1, 0),
    (3, 2, 0),
    (2, 3, 0),
    (1, 4, 0),
    (0, 5, 0),
    (0, 0, 5),
    (6, 0, 0),
    (5, 1, 0),
    (4, 2, 0),
    (3, 3, 0),
    (2, 4, 0),
    (1, 5, 0),
    (0, 6, 0),
    (7, 0, 0),
    (6, 1, 0),
    (5, 2, 0),
    (4, 3, 0),
    (3, 4, 0),
    (2, 5, 0),
    (1, 6, 0),
    (0, 7, 0),
    (0, 0, 7),
];

/// Number of coefficients of an axis.
pub(crate) const COUNT: usize = TERMS.len();

/// The coefficients of both axes.
#[derive(Clone, Debug)]
pub(crate) struct Tpv {
    first: [f64; COUNT],
    second: [f64; COUNT],
}

impl Tpv {
    pub(super) fn read(keys: &Keys<'_>, (lon, lat): (usize, usize)) -> Tpv {
        let axis = |axis: usize| {
            std::array::from_fn(|m| keys.pv(axis + 1, m).unwrap_or(if m == 1 { 1.0 } else { 0.0 }))
        };
        Tpv { first: axis(lon), second: axis(lat) }
    }

    /// Degrees in, degrees out.
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (polynomial(&self.first, x, y), polynomial(&self.second, y, x))
    }
}

fn polynomial(coefficients: &[f64; COUNT], xi: f64, eta: f64) -> f64 {
    let r = xi.hypot(eta);
    coefficients
        .iter()
        .zip(TERMS)
        .filter(|(c, _)| **c != 0.0)
        .map(|(c, (i, j, k))| c * xi.powi(i) * eta.powi(j) * r.powi(k))
        .sum()
}
