//! Zenithal (azimuthal) projections: Calabretta & Greisen 2002, A&A 395, 1077, §5.1.
//!
//! `x = Rθ sin φ`, `y = −Rθ cos φ` (equations 12, 13) with the radius of each projection. The
//! sphere has radius 1; angles and plane coordinates are radians.

use std::f64::consts::{FRAC_PI_2, PI};

use super::root::bisect;
use super::{asin_loose, valid_latitude};

/// The point at radius `r` and native longitude `phi`.
fn at(r: f64, phi: f64) -> (f64, f64) {
    let (s, c) = phi.sin_cos();
    (r * s, -r * c)
}

/// Radius and native longitude of a point (equations 14, 15).
pub(super) fn polar(x: f64, y: f64) -> (f64, f64) {
    let r = x.hypot(y);
    (r, if r == 0.0 { 0.0 } else { x.atan2(-y) })
}

/// Slant perspective (AZP, §5.1.1): `mu` spherical radii from the centre, plane tilted by `gamma`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Azp {
    pub(super) mu: f64,
    pub(super) gamma: f64,
}

impl Azp {
    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let Azp { mu, gamma } = self;
        let (sin_t, cos_t) = theta.sin_cos();
        let tilt = phi.cos() * gamma.tan();
        // Equation 23.
        let denominator = mu + sin_t + cos_t * tilt;
        // What is behind the plane of divergence or over the limb is hidden (§5.1.1).
        let limit = if mu.abs() > 1.0 { (-1.0 / mu).asin() } else { (-mu).asin() };
        let overlap = mu / (1.0 + tilt * tilt).sqrt();
        let diverges = overlap.abs() <= 1.0 && {
            let (s, t) = ((-tilt).atan(), overlap.asin());
            let [a, b] = [s - t, s + t + PI].map(|v| if v > FRAC_PI_2 { v - 2.0 * PI } else { v });
            gamma != 0.0 && theta < a.max(b)
        };
        if denominator == 0.0 || theta < limit || diverges {
            return None;
        }
        let r = (mu + 1.0) * cos_t / denominator;
        let (s, c) = phi.sin_cos();
        // Equations 21, 22.
        Some((r * s, -r * c / gamma.cos()))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let Azp { mu, gamma } = self;
        // Equations 24 to 28.
        let (r, phi) = polar(x, y * gamma.cos());
        if r == 0.0 {
            return Some((phi, FRAC_PI_2));
        }
        let rho = r / (mu + 1.0 + y * gamma.sin());
        let omega = asin_loose(rho * mu / (rho * rho + 1.0).sqrt())?;
        let psi = 1.0_f64.atan2(rho);
        let [a, b] = [psi - omega, psi + omega + PI].map(|v| if v > PI { v - 2.0 * PI } else { v });
        valid_latitude(phi, a.max(b))
    }
}

/// Slant zenithal perspective (SZP, §5.1.2): projection from the point (xp, yp, zp − 1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Szp {
    xp: f64,
    yp: f64,
    zp: f64,
    mu: f64,
}

impl Szp {
    /// `mu` in spherical radii, `phi_c`, `theta_c` in radians; `None` where the source lies in the
    /// plane of projection.
    pub(super) fn new(mu: f64, phi_c: f64, theta_c: f64) -> Option<Szp> {
        let (sin_p, cos_p) = phi_c.sin_cos();
        let (sin_t, cos_t) = theta_c.sin_cos();
        // Equations 36 to 38.
        let zp = mu * sin_t + 1.0;
        (zp != 0.0).then_some(Szp { xp: -mu * cos_t * sin_p, yp: mu * cos_t * cos_p, zp, mu })
    }

    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let (sin_p, cos_p) = phi.sin_cos();
        let (sin_t, cos_t) = theta.sin_cos();
        let s = 1.0 - sin_t;
        let t = self.zp - s;
        if t == 0.0 {
            return None;
        }
        // Equations 34, 35.
        let x = (self.zp * cos_t * sin_p - self.xp * s) / t;
        let y = -(self.zp * cos_t * cos_p + self.yp * s) / t;
        // The limb (equation 44): a point that comes back as another one is hidden.
        if self.mu != 0.0 || theta <= 0.0 {
            let (_, back) = self.unproject(x, y)?;
            if (back - theta).abs() > 1e-6 {
                return None;
            }
        }
        Some((x, y))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        // Equations 39 to 43.
        let (xs, ys) = ((x - self.xp) / self.zp, (y - self.yp) / self.zp);
        let a = xs * xs + ys * ys + 1.0;
        let b = xs * (x - xs) + ys * (y - ys);
        let (z, theta) = nearest_to_pole(a, b, x * x + y * y)?;
        let phi = if x == 0.0 && y == 0.0 { 0.0 } else { (x - xs * z).atan2(-(y - ys * z)) };
        Some((phi, theta))
    }
}

/// The larger latitude θ with `a sin²θ + 2b sin θ + c = 0`, and z = 1 − sin θ, for
/// `a + 2b + c = r2`: in terms of z no digits are lost near the pole.
fn nearest_to_pole(a: f64, b: f64, r2: f64) -> Option<(f64, f64)> {
    let half = a + b;
    let discriminant = half * half - a * r2;
    if discriminant < 0.0 || half <= 0.0 {
        return None;
    }
    let z = r2 / (half + discriminant.sqrt());
    Some((z, FRAC_PI_2 - 2.0 * asin_loose((z / 2.0).sqrt())?))
}

/// Gnomonic (TAN, equations 54, 55).
pub(super) fn tan_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let (s, c) = theta.sin_cos();
    (s > 0.0).then(|| at(c / s, phi))
}

pub(super) fn tan_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let (r, phi) = polar(x, y);
    Some((phi, 1.0_f64.atan2(r)))
}

/// Stereographic (STG, equations 56, 57).
pub(super) fn stg_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    let (s, c) = theta.sin_cos();
    (s > -1.0).then(|| at(2.0 * c / (1.0 + s), phi))
}

pub(super) fn stg_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let (r, phi) = polar(x, y);
    Some((phi, FRAC_PI_2 - 2.0 * (r / 2.0).atan()))
}

/// Slant orthographic (SIN, §5.1.5); `xi` and `eta` are zero for the plain one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sin {
    pub(super) xi: f64,
    pub(super) eta: f64,
}

impl Sin {
    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let (sin_p, cos_p) = phi.sin_cos();
        let cos_t = theta.cos();
        // The limb, equation 64.
        if theta < -(self.xi * sin_p - self.eta * cos_p).atan() {
            return None;
        }
        // 1 − sin θ without cancellation near the pole.
        let z = 2.0 * ((FRAC_PI_2 - theta) / 2.0).sin().powi(2);
        // Equations 61, 62.
        Some((cos_t * sin_p + self.xi * z, -(cos_t * cos_p - self.eta * z)))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let Sin { xi, eta } = self;
        if xi == 0.0 && eta == 0.0 {
            let (r, phi) = polar(x, y);
            let rest = 1.0 - r * r;
            return (rest > -1e-12).then(|| (phi, rest.max(0.0).sqrt().atan2(r)));
        }
        // Equations for the slant case after 61 and 62, solved for sin θ.
        let a = xi * xi + eta * eta + 1.0;
        let b = xi * (x - xi) + eta * (y - eta);
        let (z, theta) = nearest_to_pole(a, b, x * x + y * y)?;
        Some(((x - xi * z).atan2(-(y - eta * z)), theta))
    }
}

/// Zenithal equidistant (ARC, equations 67, 68).
pub(super) fn arc_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    Some(at(FRAC_PI_2 - theta, phi))
}

pub(super) fn arc_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let (r, phi) = polar(x, y);
    valid_latitude(phi, FRAC_PI_2 - r)
}

/// Zenithal equal-area (ZEA, equations 69, 70).
pub(super) fn zea_project(phi: f64, theta: f64) -> Option<(f64, f64)> {
    Some(at(2.0 * ((FRAC_PI_2 - theta) / 2.0).sin(), phi))
}

pub(super) fn zea_unproject(x: f64, y: f64) -> Option<(f64, f64)> {
    let (r, phi) = polar(x, y);
    Some((phi, FRAC_PI_2 - 2.0 * asin_loose(r / 2.0)?))
}

/// Zenithal polynomial (ZPN, §5.1.7).
#[derive(Clone, Debug)]
pub(super) struct Zpn {
    /// P₀ to P₃₀, without trailing zeros.
    coefficients: Vec<f64>,
    /// Zenith distance up to which the radius grows.
    limit: f64,
}

impl Zpn {
    /// `None` when the polynomial is constant or does not grow from the pole on.
    pub(super) fn new(mut coefficients: Vec<f64>) -> Option<Zpn> {
        while coefficients.last() == Some(&0.0) {
            coefficients.pop();
        }
        if coefficients.len() < 2 {
            return None;
        }
        let mut zpn = Zpn { coefficients, limit: PI };
        if zpn.slope(0.0) <= 0.0 {
            return None;
        }
        // The first point of inflection ends the range in which the inverse is unique.
        const STEPS: u32 = 1800;
        let step = PI / f64::from(STEPS);
        let first = (1..=STEPS).find(|i| zpn.slope(f64::from(*i) * step) <= 0.0);
        if let Some(i) = first {
            let high = f64::from(i) * step;
            zpn.limit = bisect(high - step, high, |z| zpn.slope(z))?;
        }
        Some(zpn)
    }

    /// Equation 71 without the factor 180/π.
    fn radius(&self, zenith: f64) -> f64 {
        self.coefficients.iter().rev().fold(0.0, |sum, p| sum * zenith + p)
    }

    fn slope(&self, zenith: f64) -> f64 {
        let terms = self.coefficients.iter().enumerate().skip(1);
        terms.rev().fold(0.0, |sum, (m, p)| sum * zenith + m as f64 * p)
    }

    pub(super) fn project(&self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let zenith = FRAC_PI_2 - theta;
        (zenith <= self.limit + 1e-12).then(|| at(self.radius(zenith), phi))
    }

    pub(super) fn unproject(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (r, phi) = polar(x, y);
        let zenith = bisect(0.0, self.limit, |z| self.radius(z) - r)?;
        Some((phi, FRAC_PI_2 - zenith))
    }
}

/// Airy's minimum-error projection (AIR, §5.1.9).
#[derive(Clone, Copy, Debug)]
pub(super) struct Air {
    /// `ln(cos ξb) / tan² ξb` of equation 79.
    scale: f64,
}

impl Air {
    /// `theta_b` is the latitude (radians) within which the error is least; `None` at −90°.
    pub(super) fn new(theta_b: f64) -> Option<Air> {
        let xi = (FRAC_PI_2 - theta_b) / 2.0;
        if !(0.0..FRAC_PI_2).contains(&xi) {
            return None;
        }
        let tan = xi.tan();
        // The limit for ξb → 0.
        Some(Air { scale: if tan < 1e-4 { -0.5 } else { xi.cos().ln() / (tan * tan) } })
    }

    fn radius(self, xi: f64) -> f64 {
        let tan = xi.tan();
        if tan < 1e-6 {
            return -2.0 * (self.scale - 0.5) * xi;
        }
        -2.0 * (xi.cos().ln() / tan + self.scale * tan)
    }

    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let r = self.radius((FRAC_PI_2 - theta) / 2.0);
        (theta > -FRAC_PI_2 && r.is_finite()).then(|| at(r, phi))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (r, phi) = polar(x, y);
        let xi = bisect(0.0, FRAC_PI_2 - 1e-9, |xi| self.radius(xi) - r)?;
        Some((phi, FRAC_PI_2 - 2.0 * xi))
    }
}
