//! The map projections of FITS: all 27 of wcslib, between native spherical coordinates (φ, θ) and
//! the projection plane (x, y).
//!
//! Angles and plane coordinates are radians on the unit sphere: multiply by 180/π for the degrees
//! of the papers. `None` is a point without a counterpart.

mod conic;
pub(crate) mod cylindrical;
mod healpix;
mod polyconic;
mod quadcube;
pub(crate) mod root;
mod zenithal;

use std::f64::consts::FRAC_PI_2;

use conic::Conic;
use cylindrical::Cyp;
use healpix::Hpx;
use quadcube::Cube;
use zenithal::{Air, Azp, Sin, Szp, Zpn};

use crate::angle::DEG;

/// A map projection with its parameters.
#[derive(Clone, Debug)]
pub struct Projection {
    kind: Kind,
    code: &'static str,
    theta0: f64,
}

#[derive(Clone, Debug)]
enum Kind {
    Azp(Azp),
    Szp(Szp),
    Tan,
    Stg,
    Sin(Sin),
    Arc,
    Zpn(Zpn),
    Zea,
    Air(Air),
    Cyp(Cyp),
    Cea(f64),
    Car,
    Mer,
    Sfl,
    Par,
    Mol,
    Ait,
    Conic(Conic),
    Bon(f64),
    Pco,
    Cube(Cube),
    Hpx(Hpx),
    Xph,
}

/// Every projection code with the native latitude of its fiducial point: 90 for zenithal ones and
/// XPH, 0 for the rest, NaN where it is the parameter θa of the conics.
const CODES: &[(&str, f64)] = &[
    ("AZP", 90.0),
    ("SZP", 90.0),
    ("TAN", 90.0),
    ("STG", 90.0),
    ("SIN", 90.0),
    ("ARC", 90.0),
    ("ZPN", 90.0),
    ("ZEA", 90.0),
    ("AIR", 90.0),
    ("CYP", 0.0),
    ("CEA", 0.0),
    ("CAR", 0.0),
    ("MER", 0.0),
    ("SFL", 0.0),
    ("PAR", 0.0),
    ("MOL", 0.0),
    ("AIT", 0.0),
    ("COP", f64::NAN),
    ("COE", f64::NAN),
    ("COD", f64::NAN),
    ("COO", f64::NAN),
    ("BON", 0.0),
    ("PCO", 0.0),
    ("TSC", 0.0),
    ("CSC", 0.0),
    ("QSC", 0.0),
    ("HPX", 0.0),
    ("XPH", 90.0),
];

impl Projection {
    /// The projection of a three-letter code, with its parameters `PVi_m` of the latitude axis
    /// (`pv(m)`, degrees where the papers have degrees, `None` where the header has none).
    ///
    /// `None` for an unknown code or for parameters with which it does not exist.
    pub fn new(code: &str, pv: impl Fn(usize) -> Option<f64>) -> Option<Projection> {
        let (code, theta0) = *CODES.iter().find(|(known, _)| *known == code)?;
        let par = |m: usize, default: f64| pv(m).unwrap_or(default);
        let conic = (par(1, f64::NAN) * DEG, par(2, 0.0) * DEG);
        let kind = match code {
            "AZP" => Kind::Azp(azp(par(1, 0.0), par(2, 0.0) * DEG)?),
            "SZP" => Kind::Szp(Szp::new(par(1, 0.0), par(2, 0.0) * DEG, par(3, 90.0) * DEG)?),
            "TAN" => Kind::Tan,
            "STG" => Kind::Stg,
            "SIN" => Kind::Sin(Sin { xi: par(1, 0.0), eta: par(2, 0.0) }),
            "ARC" => Kind::Arc,
            "ZPN" => Kind::Zpn(Zpn::new((0..=30).map(|m| par(m, 0.0)).collect())?),
            "ZEA" => Kind::Zea,
            "AIR" => Kind::Air(Air::new(par(1, 90.0) * DEG)?),
            "CYP" => {
                let (mu, lambda) = (par(1, 1.0), par(2, 1.0));
                (lambda != 0.0 && mu + lambda != 0.0).then_some(Kind::Cyp(Cyp { mu, lambda }))?
            }
            "CEA" => {
                let lambda = par(1, 1.0);
                (lambda > 0.0 && lambda <= 1.0).then_some(Kind::Cea(lambda))?
            }
            "CAR" => Kind::Car,
            "MER" => Kind::Mer,
            "SFL" => Kind::Sfl,
            "PAR" => Kind::Par,
            "MOL" => Kind::Mol,
            "AIT" => Kind::Ait,
            "COP" => Kind::Conic(Conic::cop(conic.0, conic.1)?),
            "COE" => Kind::Conic(Conic::coe(conic.0, conic.1)?),
            "COD" => Kind::Conic(Conic::cod(conic.0, conic.1)?),
            "COO" => Kind::Conic(Conic::coo(conic.0, conic.1)?),
            "BON" => Kind::Bon(par(1, 0.0) * DEG),
            "PCO" => Kind::Pco,
            "TSC" => Kind::Cube(Cube::Tangential),
            "CSC" => Kind::Cube(Cube::Cobe),
            "QSC" => Kind::Cube(Cube::Quadrilateral),
            "HPX" => Kind::Hpx(Hpx::new(par(1, 4.0), par(2, 3.0))?),
            _ => Kind::Xph,
        };
        let theta0 = if theta0.is_nan() { conic.0 } else { theta0 * DEG };
        Some(Projection { kind, code, theta0 })
    }

    /// The three-letter code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Native latitude of the fiducial point, radians; its native longitude is 0.
    pub fn theta0(&self) -> f64 {
        self.theta0
    }

    /// Native longitude in [−π, π] and latitude (radians) to the plane.
    pub fn project(&self, phi: f64, theta: f64) -> Option<(f64, f64)> {
        let (x, y) = match &self.kind {
            Kind::Azp(azp) => azp.project(phi, theta),
            Kind::Szp(szp) => szp.project(phi, theta),
            Kind::Tan => zenithal::tan_project(phi, theta),
            Kind::Stg => zenithal::stg_project(phi, theta),
            Kind::Sin(sin) => sin.project(phi, theta),
            Kind::Arc => zenithal::arc_project(phi, theta),
            Kind::Zpn(zpn) => zpn.project(phi, theta),
            Kind::Zea => zenithal::zea_project(phi, theta),
            Kind::Air(air) => air.project(phi, theta),
            Kind::Cyp(cyp) => cyp.project(phi, theta),
            Kind::Cea(lambda) => cylindrical::cea_project(*lambda, phi, theta),
            Kind::Car => Some((phi, theta)),
            Kind::Mer => cylindrical::mer_project(phi, theta),
            Kind::Sfl => cylindrical::sfl_project(phi, theta),
            Kind::Par => cylindrical::par_project(phi, theta),
            Kind::Mol => cylindrical::mol_project(phi, theta),
            Kind::Ait => cylindrical::ait_project(phi, theta),
            Kind::Conic(conic) => conic.project(phi, theta),
            Kind::Bon(theta_1) => polyconic::bon_project(*theta_1, phi, theta),
            Kind::Pco => polyconic::pco_project(phi, theta),
            Kind::Cube(cube) => cube.project(phi, theta),
            Kind::Hpx(hpx) => hpx.project(phi, theta),
            Kind::Xph => healpix::xph_project(phi, theta),
        }?;
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// A point of the plane to native longitude and latitude in [−π/2, π/2] (radians).
    pub fn unproject(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (phi, theta) = match &self.kind {
            Kind::Azp(azp) => azp.unproject(x, y),
            Kind::Szp(szp) => szp.unproject(x, y),
            Kind::Tan => zenithal::tan_unproject(x, y),
            Kind::Stg => zenithal::stg_unproject(x, y),
            Kind::Sin(sin) => sin.unproject(x, y),
            Kind::Arc => zenithal::arc_unproject(x, y),
            Kind::Zpn(zpn) => zpn.unproject(x, y),
            Kind::Zea => zenithal::zea_unproject(x, y),
            Kind::Air(air) => air.unproject(x, y),
            Kind::Cyp(cyp) => cyp.unproject(x, y),
            Kind::Cea(lambda) => cylindrical::cea_unproject(*lambda, x, y),
            Kind::Car => valid_latitude(x, y),
            Kind::Mer => cylindrical::mer_unproject(x, y),
            Kind::Sfl => cylindrical::sfl_unproject(x, y),
            Kind::Par => cylindrical::par_unproject(x, y),
            Kind::Mol => cylindrical::mol_unproject(x, y),
            Kind::Ait => cylindrical::ait_unproject(x, y),
            Kind::Conic(conic) => conic.unproject(x, y),
            Kind::Bon(theta_1) => polyconic::bon_unproject(*theta_1, x, y),
            Kind::Pco => polyconic::pco_unproject(x, y),
            Kind::Cube(cube) => cube.unproject(x, y),
            Kind::Hpx(hpx) => hpx.unproject(x, y),
            Kind::Xph => healpix::xph_unproject(x, y),
        }?;
        // Beyond one turn the plane is empty: a map has one place for each point of the sky.
        let inside = phi.abs() <= std::f64::consts::PI + 1e-10 && theta.is_finite();
        inside.then_some((phi, theta))
    }
}

fn azp(mu: f64, gamma: f64) -> Option<Azp> {
    (mu != -1.0 && gamma.cos().abs() > 1e-12).then_some(Azp { mu, gamma })
}

/// Arcsine that forgives rounding just beyond ±1.
pub(crate) fn asin_loose(v: f64) -> Option<f64> {
    (v.abs() <= 1.0 + 1e-11).then(|| v.clamp(-1.0, 1.0).asin())
}

/// The pair when the latitude is one, brought back from rounding just beyond a pole.
fn valid_latitude(phi: f64, theta: f64) -> Option<(f64, f64)> {
    (theta.abs() <= FRAC_PI_2 + 1e-10).then(|| (phi, theta.clamp(-FRAC_PI_2, FRAC_PI_2)))
}
