//! Polyconic and pseudo-conic projections: Calabretta & Greisen 2002, §5.5. Radians, unit sphere.

use std::f64::consts::FRAC_PI_2;

use super::root::bisect;
use super::{cylindrical, valid_latitude};

/// Bonne's equal-area projection (BON, equations 139 to 144); Sanson–Flamsteed at `theta_1` = 0.
pub(super) fn bon_project(theta_1: f64, phi: f64, theta: f64) -> Option<(f64, f64)> {
    if theta_1 == 0.0 {
        return cylindrical::sfl_project(phi, theta);
    }
    let y0 = theta_1 + 1.0 / theta_1.tan();
    let r = y0 - theta;
    let angle = if r == 0.0 { 0.0 } else { phi * theta.cos() / r };
    let (s, c) = angle.sin_cos();
    Some((r * s, y0 - r * c))
}

pub(super) fn bon_unproject(theta_1: f64, x: f64, y: f64) -> Option<(f64, f64)> {
    if theta_1 == 0.0 {
        return cylindrical::sfl_unproject(x, y);
    }
    let y0 = theta_1 + 1.0 / theta_1.tan();
    let dy = y0 - y;
    let r = x.hypot(dy).copysign(theta_1);
    let angle = if r == 0.0 { 0.0 } else { (x / r).atan2(dy / r) };
    let theta = y0 - r;
    let cos = theta.cos();
    let phi = if cos.abs() < 1e-15 { 0.0 } else { angle * r / cos };
    valid_latitude(phi, theta)
}

/// Polyconic (PCO, equations 145, 146).
pub(super) fn pco_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let (s, _) = theta.sin_cos();
    let angle = phi * s;
    if theta.abs() < 1e-5 {
        // Series in θ: cot θ sin(φ sin θ) → φ, cot θ (1 − cos) → φ² θ / 2.
        return Some((
            phi * (1.0 - theta * theta * (0.5 + phi * phi / 6.0)),
            theta * (1.0 + phi * phi / 2.0),
        ));
    }
    let cot = 1.0 / theta.tan();
    let half = (angle / 2.0).sin();
    Some((cot * angle.sin(), theta + cot * 2.0 * half * half))
}

/// Without closed form: the latitude is the root of equation 147 between the equator and the pole.
pub(super) fn pco_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    if y == 0.0 {
        return Some((x, 0.0));
    }
    let sign = y.signum();
    let y = y.abs();
    if y >= FRAC_PI_2 {
        // The pole is the point (0, π/2); what is beyond lies on parallels that overlap it.
        if (y - FRAC_PI_2).abs() < 1e-12 && x.abs() < 1e-12 {
            return Some((0.0, FRAC_PI_2 * sign));
        }
    }
    // x² + (y − θ)² − 2 (y − θ) cot θ = 0, times sin θ to be smooth at the equator.
    let f = |t: f64| {
        let (s, c) = t.sin_cos();
        let dy = y - t;
        (x * x + dy * dy) * s - 2.0 * dy * c
    };
    let theta = bisect(0.0, y.min(FRAC_PI_2), f)?;
    let tan = theta.tan();
    let phi =
        if theta.abs() < 1e-9 { x } else { (x * tan).atan2(1.0 - (y - theta) * tan) / theta.sin() };
    valid_latitude(phi, theta * sign)
}
