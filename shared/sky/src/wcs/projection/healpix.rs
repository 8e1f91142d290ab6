//! HEALPix as a map projection (HPX): Calabretta & Roukema 2007, MNRAS 381, 865; and its polar
//! "butterfly" (XPH): Calabretta & Lowe 2013, PASA 30, e050. Unit sphere, radians.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, FRAC_PI_4, PI, TAU};

use super::asin_loose;

/// HPX with H facets around the equator and K rows of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hpx {
    h: f64,
    k: f64,
}

impl Hpx {
    /// `None` unless both are at least 1.
    pub(super) fn new(h: f64, k: f64) -> Option<Hpx> {
        (h >= 1.0 && k >= 1.0 && h.is_finite() && k.is_finite())
            .then_some(Hpx { h: h.round(), k: k.round() })
    }

    /// The longitude of the middle of the polar facet (equation 10 of the paper).
    fn facet(self, x: f64, north: bool) -> f64 {
        let odd = self.k % 2.0 == 1.0 || north;
        let omega = if odd { 1.0 } else { 0.0 };
        let step = PI / self.h;
        -PI + (2.0 * ((x + PI) / (2.0 * step) + (1.0 - omega) / 2.0).floor() + omega) * step
    }

    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let Hpx { h, k } = self;
        let s = theta.sin();
        if s.abs() <= (k - 1.0) / k {
            // Equations 4, 5.
            return Some((phi, FRAC_PI_2 * k / h * s));
        }
        // Equations 6 to 10; 1 − |sin θ| from the distance to the pole.
        let rest = 2.0 * ((FRAC_PI_2 - theta.abs()) / 2.0).sin().powi(2);
        let sigma = (k * rest).sqrt();
        let centre = self.facet(phi, theta > 0.0);
        let y = PI / h * ((k + 1.0) / 2.0 - sigma);
        Some((centre + (phi - centre) * sigma, y.copysign(theta)))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let Hpx { h, k } = self;
        if y.abs() <= FRAC_PI_2 * (k - 1.0) / h {
            return Some((x, asin_loose(y * h / (FRAC_PI_2 * k))?));
        }
        let sigma = (k + 1.0) / 2.0 - (y * h).abs() / PI;
        let limit = PI / h;
        if sigma < -1e-12 {
            return None;
        }
        let centre = self.facet(x, y > 0.0);
        let off = x - centre;
        if sigma <= 1e-12 {
            return (off.abs() < 1e-9).then_some((centre, FRAC_PI_2.copysign(y)));
        }
        let off = off / sigma;
        if off.abs() > limit * (1.0 + 1e-9) {
            return None;
        }
        let theta = FRAC_PI_2 - 2.0 * asin_loose((sigma * sigma / k / 2.0).sqrt())?;
        Some((centre + off, theta.copysign(y)))
    }
}

/// XPH forward.
pub(super) fn xph_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let chi = (phi + PI).rem_euclid(TAU);
    let quadrant = (chi / FRAC_PI_2).floor().clamp(0.0, 3.0);
    let psi = chi - quadrant * FRAC_PI_2;
    let s = theta.sin();
    let (xi, eta) = if s.abs() <= 2.0 / 3.0 {
        (psi, 3.0 * PI / 8.0 * s)
    } else {
        let rest = 2.0 * ((FRAC_PI_2 - theta.abs()) / 2.0).sin().powi(2);
        let sigma = (3.0 * rest).sqrt();
        (FRAC_PI_4 + (psi - FRAC_PI_4) * sigma, (FRAC_PI_4 * (2.0 - sigma)).copysign(theta))
    };
    let (xi, eta) = (xi - FRAC_PI_4, eta - FRAC_PI_2);
    let (x, y) = match quadrant as u8 {
        0 => (-xi + eta, -xi - eta),
        1 => (xi + eta, -xi + eta),
        2 => (xi - eta, xi + eta),
        _ => (-xi - eta, xi - eta),
    };
    Some((x * FRAC_1_SQRT_2, y * FRAC_1_SQRT_2))
}

/// XPH inverse.
pub(super) fn xph_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let (xr, yr) = (x * FRAC_1_SQRT_2, y * FRAC_1_SQRT_2);
    let (xi, eta, start) = if xr <= 0.0 && yr > 0.0 {
        (-xr - yr, xr - yr, -PI)
    } else if xr < 0.0 && yr <= 0.0 {
        (xr - yr, xr + yr, -FRAC_PI_2)
    } else if xr >= 0.0 && yr < 0.0 {
        (xr + yr, -xr + yr, 0.0)
    } else {
        (-xr + yr, -xr - yr, FRAC_PI_2)
    };
    let eta = eta + FRAC_PI_2;
    if eta.abs() > FRAC_PI_2 + 1e-12 {
        return None;
    }
    if eta.abs() <= FRAC_PI_4 {
        // Off the facet: the gaps of the butterfly.
        if xi.abs() > FRAC_PI_4 + 1e-12 {
            return None;
        }
        return Some((start + xi + FRAC_PI_4, asin_loose(eta / (3.0 * PI / 8.0))?));
    }
    let sigma = (FRAC_PI_2 - eta.abs()) / FRAC_PI_4;
    let phi = if sigma <= 1e-15 {
        start + FRAC_PI_4
    } else {
        let off = xi / sigma;
        if off.abs() > FRAC_PI_4 + 1e-9 {
            return None;
        }
        start + FRAC_PI_4 + off
    };
    let theta = FRAC_PI_2 - 2.0 * asin_loose((sigma * sigma / 6.0).max(0.0).sqrt())?;
    Some((phi, theta.copysign(eta)))
}
