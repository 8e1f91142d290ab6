//! Quadrilateralized spherical cubes: Calabretta & Greisen 2002, §5.6. Unit sphere, radians.
//!
//! Six faces, each 90° wide, laid out as a sideways T: face 0 around the north pole above face 1,
//! faces 1 to 4 along the equator, face 5 below face 1.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_4};

/// Half the width of a face.
const HALF_FACE: f64 = FRAC_PI_4;

/// Which of the three cubes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cube {
    /// Tangential (TSC).
    Tangential,
    /// COBE (CSC): a polynomial approximation, exact to some arc seconds only, in both ways.
    Cobe,
    /// Quadrilateralized (QSC): equal-area.
    Quadrilateral,
}

/// A point on a face: coordinates in the face's own axes, |χ|, |ψ| ≤ 1.
type Face = (usize, f64, f64);

/// Centres of the faces in units of half a face.
const CENTRES: [(f64, f64); 6] =
    [(0.0, 2.0), (0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (6.0, 0.0), (0.0, -2.0)];

impl Cube {
    pub(super) fn project(self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let (face, xi, eta, zeta) = face_axes(phi, theta);
        let (u, v) = match self {
            Cube::Tangential => (xi / zeta, eta / zeta),
            Cube::Cobe => {
                let (chi, psi) = ((xi / zeta) as f32, (eta / zeta) as f32);
                (cobe_forward(chi, psi).into(), cobe_forward(psi, chi).into())
            }
            Cube::Quadrilateral => quad_forward(xi, eta, zeta, theta, face),
        };
        let (cx, cy) = *CENTRES.get(face)?;
        // The fits to the sphere may overshoot the edge by rounding.
        (u.abs() <= 1.0 + 1e-7 && v.abs() <= 1.0 + 1e-7)
            .then(|| (HALF_FACE * (u.clamp(-1.0, 1.0) + cx), HALF_FACE * (v.clamp(-1.0, 1.0) + cy)))
    }

    pub(super) fn unproject(self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (mut x, mut y) = (x / HALF_FACE, y / HALF_FACE);
        if matches!(self, Cube::Cobe) {
            (x, y) = ((x as f32).into(), (y as f32).into());
        }
        let (face, u, v) = locate(x, y)?;
        let (xi, eta, zeta) = match self {
            Cube::Tangential => sphere_of_tangent(u, v),
            Cube::Cobe => {
                let (u, v) = (u as f32, v as f32);
                sphere_of_cobe(cobe_inverse(u, v), cobe_inverse(v, u))
            }
            Cube::Quadrilateral => quad_inverse(u, v)?,
        };
        Some(lonlat(face, xi, eta, zeta))
    }
}

/// The face that a direction falls on and its coordinates there (equations 152 to 157).
fn face_axes(phi: f64, theta: f64) -> (usize, f64, f64, f64) {
    let (sin_p, cos_p) = phi.sin_cos();
    let (sin_t, cos_t) = theta.sin_cos();
    let (l, m, n) = (cos_t * cos_p, cos_t * sin_p, sin_t);
    let mut best = (0, n);
    for (face, zeta) in [(1, l), (2, m), (3, -l), (4, -m), (5, -n)] {
        if zeta > best.1 {
            best = (face, zeta);
        }
    }
    let (xi, eta) = match best.0 {
        0 => (m, -l),
        1 => (m, n),
        2 => (-l, n),
        3 => (-m, n),
        4 => (l, n),
        _ => (m, l),
    };
    (best.0, xi, eta, best.1)
}

/// Native longitude and latitude of a direction given in a face's axes.
fn lonlat(face: usize, xi: f64, eta: f64, zeta: f64) -> (f64, f64) {
    let (l, m, n) = match face {
        0 => (-eta, xi, zeta),
        1 => (zeta, xi, eta),
        2 => (-xi, zeta, eta),
        3 => (-zeta, -xi, eta),
        4 => (xi, -zeta, eta),
        _ => (eta, xi, -zeta),
    };
    let phi = if l == 0.0 && m == 0.0 { 0.0 } else { m.atan2(l) };
    (phi, n.atan2(l.hypot(m)))
}

/// The face at a point of the plane, in units of half a face.
fn locate(mut x: f64, mut y: f64) -> Option<Face> {
    const EDGE: f64 = 1.0 + 1e-12;
    if x.abs() <= EDGE {
        if y.abs() > 3.0 + 1e-12 {
            return None;
        }
    } else if x.abs() > 7.0 + 1e-12 || y.abs() > EDGE {
        return None;
    }
    // Faces to the left of face 1 are those that close the belt on its other side.
    if x < -EDGE {
        x += 8.0;
    }
    let face = if x > 5.0 {
        x -= 6.0;
        4
    } else if x > 3.0 {
        x -= 4.0;
        3
    } else if x > EDGE {
        x -= 2.0;
        2
    } else if y > EDGE {
        y -= 2.0;
        0
    } else if y < -EDGE {
        y += 2.0;
        5
    } else {
        1
    };
    Some((face, x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0)))
}

fn sphere_of_tangent(chi: f64, psi: f64) -> (f64, f64, f64) {
    let zeta = 1.0 / (1.0 + chi * chi + psi * psi).sqrt();
    (zeta * chi, zeta * psi, zeta)
}

/// The same with the length in single precision.
fn sphere_of_cobe(chi: f32, psi: f32) -> (f64, f64, f64) {
    let zeta = 1.0 / (f64::from(chi * chi + psi * psi) + 1.0).sqrt();
    (zeta * f64::from(chi), zeta * f64::from(psi), zeta)
}

/// Equation 160: COBE's forward polynomial. Single precision, as in wcslib, whose figures every
/// other programme reports; the approximation itself is coarser.
fn cobe_forward(a: f32, b: f32) -> f32 {
    const GSTAR: f32 = 1.374_847_7;
    const M: f32 = 0.004_869_492;
    const GAMMA: f32 = -0.131_616_71;
    const OMEGA1: f32 = -0.159_596_24;
    const D0: f32 = 0.075_919_62;
    const D1: f32 = -0.021_776_25;
    const C00: f32 = 0.141_189_63;
    const C10: f32 = 0.080_970_13;
    const C01: f32 = -0.281_528_54;
    const C20: f32 = -0.178_251_2;
    const C11: f32 = 0.153_841_13;
    const C02: f32 = 0.106_959_47;
    let (a2, b2) = (a * a, b * b);
    let (ca2, cb2) = (1.0 - a2, 1.0 - b2);
    // Powers that underflow single precision count as zero.
    let square = |v: f32| if v > 1e-16 { v * v } else { 0.0 };
    let (a4, b4) = (square(a2), square(b2));
    let a2b2 = if (a2 * b2).abs() > 1e-16 { a2 * b2 } else { 0.0 };
    let sum =
        GAMMA * ca2 + M * a2 + cb2 * (C00 + C10 * a2 + C01 * b2 + C11 * a2b2 + C20 * a4 + C02 * b4);
    a * (a2 + ca2 * (GSTAR + b2 * sum + a2 * (OMEGA1 - ca2 * (D0 + D1 * a2))))
}

/// Equation 161: COBE's inverse polynomial, coefficients P_ij of table 6 by powers of v².
fn cobe_inverse(u: f32, v: f32) -> f32 {
    // As printed in the paper, to eight places.
    #[expect(clippy::excessive_precision)]
    const P: [&[f32]; 7] = [
        &[
            -0.272_926_96,
            -0.076_299_69,
            -0.227_970_56,
            0.548_523_84,
            -0.629_300_65,
            0.257_957_94,
            0.025_843_75,
        ],
        &[-0.028_194_52, -0.014_715_65, 0.480_515_09, -1.741_144_54, 1.715_475_08, -0.530_223_37],
        &[0.270_581_60, -0.568_009_38, 0.308_033_17, 0.989_381_02, -0.831_804_69],
        &[-0.604_415_60, 1.508_800_86, -0.936_785_76, 0.086_938_41],
        &[0.934_120_77, -1.416_019_20, 0.338_874_46],
        &[-0.639_153_06, 0.520_322_38],
        &[0.143_815_85],
    ];
    let (xx, yy) = (u * u, v * v);
    let mut sum = 0.0_f32;
    for row in P.iter().rev() {
        let z = row.iter().rev().fold(0.0_f32, |z, p| z * xx + p);
        sum = sum * yy + z;
    }
    u + u * (1.0 - xx) * sum
}

/// QSC forward, equations 163 to 168.
fn quad_forward(xi: f64, eta: f64, zeta: f64, theta: f64, face: usize) -> (f64, f64) {
    let (along, across, swap) =
        if xi.abs() >= eta.abs() { (xi, eta, false) } else { (eta, xi, true) };
    if along == 0.0 {
        return (0.0, 0.0);
    }
    let omega = across / along;
    // 1 − ζ near the centre of a face, without cancellation.
    let small = 1.0 - zeta;
    let height = if small < 1e-8 {
        match face {
            0 => 0.5 * (std::f64::consts::FRAC_PI_2 - theta).powi(2),
            5 => 0.5 * (std::f64::consts::FRAC_PI_2 + theta).powi(2),
            _ => 0.5 * (xi * xi + eta * eta),
        }
    } else {
        small
    };
    let w = 1.0 + omega * omega;
    let main = (height / (1.0 - 1.0 / (1.0 + w).sqrt())).sqrt().copysign(along);
    // The factor is 3° to half a face of 45°: 12/π in radians.
    let side = main / 15.0_f64.to_radians() * (omega.atan() - (omega / (2.0 * w).sqrt()).asin());
    if swap { (side, main) } else { (main, side) }
}

/// QSC inverse, equations 169 to 172.
fn quad_inverse(u: f64, v: f64) -> Option<(f64, f64, f64)> {
    let (main, side, swap) = if u.abs() > v.abs() { (u, v, false) } else { (v, u, true) };
    if main == 0.0 {
        return Some((0.0, 0.0, 1.0));
    }
    let angle = 15.0_f64.to_radians() * (side / main);
    let omega = angle.sin() / (angle.cos() - FRAC_1_SQRT_2);
    let w = 1.0 + omega * omega;
    let height = main * main * (1.0 - 1.0 / (1.0 + w).sqrt());
    let zeta = 1.0 - height;
    if zeta < -1.0 {
        return None;
    }
    let along = (height * (2.0 - height) / w).max(0.0).sqrt().copysign(main);
    let across = along * omega;
    Some(if swap { (across, along, zeta) } else { (along, across, zeta) })
}
