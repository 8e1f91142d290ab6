//! Cylindrical and pseudo-cylindrical projections: Calabretta & Greisen 2002, §5.2 and §5.3.
//! Radians on the unit sphere.

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use super::root::bisect;
use super::{asin_loose, valid_latitude};

/// Cylindrical perspective (CYP, §5.2.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Cyp {
    pub(super) mu: f64,
    pub(super) lambda: f64,
}

impl Cyp {
    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let (s, c) = theta.sin_cos();
        let denominator = self.mu + c;
        // Equations 80, 81.
        (denominator != 0.0).then(|| (self.lambda * phi, (self.mu + self.lambda) / denominator * s))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        // Equations 82 to 84.
        let eta = y / (self.mu + self.lambda);
        let theta = eta.atan2(1.0) + asin_loose(eta * self.mu / (eta * eta + 1.0).sqrt())?;
        valid_latitude(x / self.lambda, theta)
    }
}

/// Cylindrical equal-area (CEA, equations 85, 86).
pub(super) fn cea_project(lambda: f64, phi: f64, theta: f64) -> Option<(f64, f64)> {
    Some((phi, theta.sin() / lambda))
}

pub(super) fn cea_unproject(lambda: f64, x: f64, y: f64) -> Option<(f64, f64)> {
    Some((x, asin_loose(y * lambda)?))
}

/// Mercator (MER, equations 90, 91).
pub(super) fn mer_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    (theta.abs() < FRAC_PI_2).then(|| (phi, ((FRAC_PI_2 + theta) / 2.0).tan().ln()))
}

pub(super) fn mer_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    Some((x, 2.0 * y.exp().atan() - FRAC_PI_2))
}

/// Sanson–Flamsteed (SFL, equations 92, 93).
pub(super) fn sfl_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    Some((phi * theta.cos(), theta))
}

pub(super) fn sfl_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let cos = y.cos();
    let phi = if cos.abs() < 1e-15 { (x.abs() < 1e-12).then_some(0.0)? } else { x / cos };
    valid_latitude(phi, y)
}

/// Parabolic (PAR, equations 96, 97).
pub(super) fn par_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let s = (theta / 3.0).sin();
    Some((phi * (1.0 - 4.0 * s * s), PI * s))
}

pub(super) fn par_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let s = y / PI;
    let theta = 3.0 * asin_loose(s)?;
    let width = 1.0 - 4.0 * s * s;
    let phi = if width.abs() < 1e-15 { (x.abs() < 1e-12).then_some(0.0)? } else { x / width };
    valid_latitude(phi, theta)
}

/// Mollweide (MOL, equations 100 to 102).
pub(crate) fn mol_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let gamma = if theta.abs() >= FRAC_PI_2 {
        FRAC_PI_2.copysign(theta)
    } else {
        let target = PI * theta.sin();
        0.5 * bisect(-PI, PI, |v| v + v.sin() - target)?
    };
    let (s, c) = gamma.sin_cos();
    Some((2.0 * SQRT_2 / PI * phi * c, SQRT_2 * s))
}

pub(crate) fn mol_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    // Equations 103, 104.
    let s = y / SQRT_2;
    let gamma = asin_loose(s)?;
    let theta = asin_loose((2.0 * gamma + (2.0 * gamma).sin()) / PI)?;
    let width = 2.0 * gamma.cos();
    let phi =
        if width < 1e-12 { (x.abs() < 1e-11).then_some(0.0)? } else { PI * x / (width * SQRT_2) };
    Some((phi, theta))
}

/// Hammer–Aitoff (AIT, equations 105 to 107).
pub(crate) fn ait_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let (sin_t, cos_t) = theta.sin_cos();
    let (sin_p, cos_p) = (phi / 2.0).sin_cos();
    let denominator = 1.0 + cos_t * cos_p;
    if denominator <= 0.0 {
        return None;
    }
    let gamma = (2.0 / denominator).sqrt();
    Some((2.0 * gamma * cos_t * sin_p, gamma * sin_t))
}

pub(crate) fn ait_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    // Equations 108 to 110.
    let z2 = 1.0 - (x / 4.0).powi(2) - (y / 2.0).powi(2);
    if z2 < 0.5 - 1e-12 {
        return None;
    }
    let z = z2.max(0.5).sqrt();
    Some((2.0 * (z * x / 2.0).atan2(2.0 * z * z - 1.0), asin_loose(y * z)?))
}
