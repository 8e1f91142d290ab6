//! Conic projections: Calabretta & Greisen 2002, §5.4. Radians on the unit sphere.

use std::f64::consts::FRAC_PI_2;

use super::{asin_loose, valid_latitude};

/// Which radius a conic projection has.
#[derive(Clone, Copy, Debug)]
enum Radius {
    /// Perspective (COP): cos η and cot θa.
    Perspective { cos_eta: f64, cot: f64, theta_a: f64 },
    /// Equal-area (COE): γ, and 1 + sin θ₁ sin θ₂.
    EqualArea { gamma: f64, constant: f64 },
    /// Equidistant (COD): θa + η cot η cot θa.
    Equidistant { sum: f64 },
    /// Orthomorphic (COO): ψ.
    Orthomorphic { psi: f64 },
}

/// A conic projection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conic {
    radius: Radius,
    /// The constant of the cone, C.
    c: f64,
    y0: f64,
    theta_a: f64,
}

impl Conic {
    /// COP, equations 122 to 124.
    pub(super) fn cop(theta_a: f64, eta: f64) -> Option<Conic> {
        let cot = 1.0 / theta_a.tan();
        let radius = Radius::Perspective { cos_eta: eta.cos(), cot, theta_a };
        if eta.cos() == 0.0 {
            return None;
        }
        Conic::new(radius, theta_a.sin(), eta.cos() * cot, theta_a)
    }

    /// COE, equations 126 to 129.
    pub(super) fn coe(theta_a: f64, eta: f64) -> Option<Conic> {
        let (s1, s2) = ((theta_a - eta).sin(), (theta_a + eta).sin());
        let gamma = s1 + s2;
        let radius = Radius::EqualArea { gamma, constant: 1.0 + s1 * s2 };
        let y0 = 2.0 / gamma * (1.0 + s1 * s2 - gamma * theta_a.sin()).sqrt();
        Conic::new(radius, gamma / 2.0, y0, theta_a)
    }

    /// COD, equations 132 to 134.
    pub(super) fn cod(theta_a: f64, eta: f64) -> Option<Conic> {
        let cot = 1.0 / theta_a.tan();
        let (c, y0) = if eta == 0.0 {
            (theta_a.sin(), cot)
        } else {
            (theta_a.sin() * eta.sin() / eta, eta / eta.tan() * cot)
        };
        Conic::new(Radius::Equidistant { sum: theta_a + y0 }, c, y0, theta_a)
    }

    /// COO, equations 135 to 138.
    pub(super) fn coo(theta_a: f64, eta: f64) -> Option<Conic> {
        let half_tan = |theta: f64| ((FRAC_PI_2 - theta) / 2.0).tan();
        let (t1, t2) = (theta_a - eta, theta_a + eta);
        let c = if eta == 0.0 {
            t1.sin()
        } else {
            (t2.cos() / t1.cos()).ln() / (half_tan(t2) / half_tan(t1)).ln()
        };
        let psi = t1.cos() / (c * half_tan(t1).powf(c));
        let y0 = psi * half_tan(theta_a).powf(c);
        Conic::new(Radius::Orthomorphic { psi }, c, y0, theta_a)
    }

    fn new(radius: Radius, c: f64, y0: f64, theta_a: f64) -> Option<Conic> {
        let usable = c != 0.0 && c.is_finite() && y0.is_finite();
        usable.then_some(Conic { radius, c, y0, theta_a })
    }

    /// Rθ.
    fn radius(&self, theta: f64) -> Option<f64> {
        let r = match self.radius {
            Radius::Perspective { cos_eta, cot, theta_a } => {
                if (theta - theta_a).abs() >= FRAC_PI_2 {
                    return None;
                }
                let r = cos_eta * (cot - (theta - theta_a).tan());
                // Beyond the apex the sphere comes out upside down.
                if r * theta_a.signum() < 0.0 {
                    return None;
                }
                r
            }
            Radius::EqualArea { gamma, constant } => {
                2.0 / gamma * (constant - gamma * theta.sin()).max(0.0).sqrt()
            }
            Radius::Equidistant { sum } => sum - theta,
            Radius::Orthomorphic { psi } => {
                if theta <= -FRAC_PI_2 && self.c > 0.0 || theta >= FRAC_PI_2 && self.c < 0.0 {
                    return None;
                }
                psi * ((FRAC_PI_2 - theta) / 2.0).tan().powf(self.c)
            }
        };
        r.is_finite().then_some(r)
    }

    fn latitude(&self, r: f64) -> Option<f64> {
        match self.radius {
            Radius::Perspective { cos_eta, cot, theta_a } => {
                Some(theta_a + (cot - r / cos_eta).atan())
            }
            Radius::EqualArea { gamma, constant } => {
                asin_loose(constant / gamma - gamma * (r / 2.0).powi(2))
            }
            Radius::Equidistant { sum } => Some(sum - r),
            Radius::Orthomorphic { psi } => {
                if r == 0.0 {
                    return Some(FRAC_PI_2.copysign(self.c));
                }
                Some(FRAC_PI_2 - 2.0 * (r / psi).powf(1.0 / self.c).atan())
            }
        }
    }

    /// Equations 113, 114.
    pub(super) fn project(&self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let r = self.radius(theta)?;
        let (s, c) = (self.c * phi).sin_cos();
        Some((r * s, self.y0 - r * c))
    }

    /// Equations 115 to 117.
    pub(super) fn unproject(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let dy = self.y0 - y;
        let r = x.hypot(dy).copysign(self.theta_a);
        let angle = if r == 0.0 { 0.0 } else { (x / r).atan2(dy / r) };
        valid_latitude(angle / self.c, self.latitude(r)?)
    }
}
