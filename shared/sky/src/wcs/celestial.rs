//! From the native sphere of a projection to a celestial sphere: Calabretta & Greisen 2002, §2.4.

use std::f64::consts::{FRAC_PI_2, PI};

use super::WcsError;
use super::header::Keys;
use super::projection::Projection;
use crate::angle::{DEG, signed_rad};
use crate::frame::Frame;
use crate::sphere::{Mat3, Vec3};

/// A projection with its place on the celestial sphere.
#[derive(Clone, Debug)]
pub(super) struct Celestial {
    pub(super) projection: Projection,
    /// Native to celestial directions.
    rotation: Mat3,
    /// Plane coordinates (radians) of the fiducial point when `PVi_0a` moves the origin there.
    origin: (f64, f64),
}

impl Celestial {
    /// Reads CRVAL, LONPOLE, LATPOLE and `PVi_m` of the longitude axis. Axes count from 0.
    pub(super) fn read(
        keys: &Keys<'_>,
        projection: Projection,
        axes: (usize, usize),
        crval_deg: (f64, f64),
    ) -> Result<Celestial, WcsError> {
        let lon_pv = |m: usize| keys.pv(axes.0 + 1, m);
        let sheared = lon_pv(0).is_some_and(|v| v != 0.0);
        let phi0 = lon_pv(1).map_or(0.0, |v| v * DEG);
        let theta0 = lon_pv(2).map_or(projection.theta0(), |v| v * DEG);
        let (alpha0, delta0) = (crval_deg.0 * DEG, crval_deg.1 * DEG);
        // Default of LONPOLE: the fiducial point's meridian points to the pole that it is nearer to.
        let default = if crval_deg.1 < theta0 / DEG { 180.0 } else { 0.0 } + phi0 / DEG;
        let from_pv = |m, key: &str| -> Result<Option<f64>, WcsError> {
            Ok(lon_pv(m).or(keys.number(key)?).filter(|v| v.abs() < 900.0))
        };
        let phi_p = from_pv(3, "LONPOLE")?.unwrap_or(default) * DEG;
        let lat_pole = from_pv(4, "LATPOLE")?.unwrap_or(90.0).clamp(-90.0, 90.0) * DEG;
        let (alpha_p, delta_p) =
            pole(alpha0, delta0, phi0, theta0, phi_p, lat_pole).ok_or(WcsError::NoPole)?;
        let origin = if sheared {
            projection.project(phi0, theta0).ok_or(WcsError::NoPole)?
        } else {
            (0.0, 0.0)
        };
        let rotation = rotation(alpha_p, delta_p, phi_p);
        Ok(Celestial { projection, rotation, origin })
    }

    /// Plane coordinates in degrees to a direction in the celestial frame.
    pub(super) fn to_sky(&self, x_deg: f64, y_deg: f64) -> Option<Vec3> {
        let (x, y) = (x_deg * DEG + self.origin.0, y_deg * DEG + self.origin.1);
        let (phi, theta) = self.projection.unproject(x, y)?;
        Some(self.rotation.apply(Vec3::from_lonlat(phi, theta)))
    }

    /// A direction in the celestial frame to plane coordinates in degrees.
    pub(super) fn to_plane(&self, sky: Vec3) -> Option<(f64, f64)> {
        let native = self.rotation.transposed().apply(sky);
        let (phi, theta) = native.lonlat();
        let (x, y) = self.projection.project(signed_rad(phi), theta)?;
        Some(((x - self.origin.0) / DEG, (y - self.origin.1) / DEG))
    }
}

/// Equations 2 and 5 of the paper as a rotation of directions.
pub(super) fn rotation(alpha_p: f64, delta_p: f64, phi_p: f64) -> Mat3 {
    let (s, c) = delta_p.sin_cos();
    let tilt = Mat3([[-s, 0.0, c], [0.0, -1.0, 0.0], [c, 0.0, s]]);
    Mat3::r3(-alpha_p).times(tilt).times(Mat3::r3(phi_p))
}

/// Celestial longitude and latitude of the native pole, equations 8 to 10; all in radians.
fn pole(
    alpha0: f64,
    delta0: f64,
    phi0: f64,
    theta0: f64,
    phi_p: f64,
    lat_pole: f64,
) -> Option<(f64, f64)> {
    if theta0 == FRAC_PI_2 {
        return Some((alpha0, delta0));
    }
    let difference = phi_p - phi0;
    let (sin_t, cos_t) = theta0.sin_cos();
    let length = (1.0 - (cos_t * difference.sin()).powi(2)).sqrt();
    let delta_p = if length < TINY {
        // The native pole may lie anywhere on its meridian: LATPOLE decides, if CRVAL allows it.
        (delta0.abs() < TINY).then_some(lat_pole)?
    } else {
        let ratio = delta0.sin() / length;
        let spread = (ratio.abs() <= 1.0 + 1e-9).then(|| ratio.clamp(-1.0, 1.0).acos())?;
        let base = sin_t.atan2(cos_t * difference.cos());
        [base + spread, base - spread]
            .map(signed_rad)
            .into_iter()
            .filter(|d| d.abs() <= FRAC_PI_2 + TINY)
            .map(|d| d.clamp(-FRAC_PI_2, FRAC_PI_2))
            .min_by(|a, b| (a - lat_pole).abs().total_cmp(&(b - lat_pole).abs()))?
    };
    Some((pole_longitude(alpha0, delta0, theta0, difference, delta_p)?, delta_p))
}

/// Angles below this (radians) count as zero where the formulae degenerate.
const TINY: f64 = 1e-10;

fn pole_longitude(
    alpha0: f64,
    delta0: f64,
    theta0: f64,
    difference: f64,
    delta_p: f64,
) -> Option<f64> {
    if delta0.cos().abs() < TINY {
        return Some(alpha0);
    }
    if (delta_p - FRAC_PI_2).abs() < TINY {
        return Some(alpha0 + difference - PI);
    }
    if (delta_p + FRAC_PI_2).abs() < TINY {
        return Some(alpha0 - difference);
    }
    let (sin_t, cos_t) = theta0.sin_cos();
    let y = difference.sin() * cos_t / delta0.cos();
    let x = (sin_t - delta_p.sin() * delta0.sin()) / (delta_p.cos() * delta0.cos());
    (x != 0.0 || y != 0.0).then(|| alpha0 - y.atan2(x))
}

/// A celestial axis by its CTYPE: what it is and its projection code.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CelestialType {
    pub(super) is_lon: bool,
    /// What both axes of a pair have in common: `EQ`, `G`, `E`, `S`, `H`, or the letters of
    /// `xLON` and `yzLN`.
    pub(super) system: String,
    /// Three letters, in upper case.
    pub(super) code: String,
}

/// Reads a CTYPE such as `RA---TAN`, `GLAT-CAR`, `DEC--TAN-SIP`.
pub(super) fn celestial_type(ctype: &str) -> Option<CelestialType> {
    let ctype = ctype.trim().to_ascii_uppercase();
    let name = ctype.get(..4)?.trim_end_matches('-').to_owned();
    let rest = ctype.get(4..)?;
    let code = rest.strip_prefix('-')?.get(..3)?.to_owned();
    let (is_lon, system) = match name.as_str() {
        "RA" => (true, "EQ".to_owned()),
        "DEC" => (false, "EQ".to_owned()),
        name => {
            let lon = name.strip_suffix("LON").or_else(|| name.strip_suffix("LN"));
            let lat = name.strip_suffix("LAT").or_else(|| name.strip_suffix("LT"));
            match (lon, lat) {
                (Some(system), _) if !system.is_empty() => (true, system.to_owned()),
                (_, Some(system)) if !system.is_empty() => (false, system.to_owned()),
                _ => return None,
            }
        }
    };
    Some(CelestialType { is_lon, system, code })
}

/// The frame of a pair of celestial axes (Calabretta & Greisen 2002, §3.1; defaults by astropy).
pub(super) fn frame(system: &str, keys: &Keys<'_>) -> Result<Frame, WcsError> {
    match system {
        "G" => return Ok(Frame::Galactic),
        "E" => return Ok(Frame::Ecliptic),
        _ => {}
    }
    let equinox = match keys.number("EQUINOX")? {
        // EPOCH is EQUINOX in the files of before the standard.
        None => keys.source().number("EPOCH").filter(|e| e.is_finite()),
        equinox => equinox,
    }
    .filter(|e| (1500.0..=2500.0).contains(e));
    let radesys = keys
        .text("RADESYS")
        .or_else(|| keys.source().text("RADECSYS"))
        .map(|t| t.trim().to_ascii_uppercase());
    Ok(match radesys.as_deref() {
        Some("FK4") => Frame::Fk4 { equinox: equinox.unwrap_or(1950.0) },
        Some("FK4-NO-E") => Frame::Fk4NoE { equinox: equinox.unwrap_or(1950.0) },
        Some("FK5") => Frame::Fk5 { equinox: equinox.unwrap_or(2000.0) },
        Some("ICRS") => Frame::Icrs,
        _ => match equinox {
            None => Frame::Icrs,
            Some(equinox) if equinox < 1984.0 => Frame::Fk4 { equinox },
            Some(equinox) => Frame::Fk5 { equinox },
        },
    })
}
