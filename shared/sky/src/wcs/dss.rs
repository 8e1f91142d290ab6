//! The plate solution of the Digitized Sky Survey (AMDXn, AMDYn): Lasker et al. 1990, AJ 99, 2019;
//! the GSSS header description of STScI.

use super::WcsError;
use super::distortion::invert_plane;
use super::header::HeaderSource;
use super::projection::Projection;
use crate::angle::{ARCSEC, DEG};
use crate::sphere::{Mat3, Vec3};

/// Number of coefficients used of each axis.
const COUNT: usize = 13;

/// A photographic plate.
#[derive(Clone, Debug)]
pub(super) struct Plate {
    /// CNPIX, pixel size in µm, and plate centre PPO3, PPO6 in µm.
    corner: (f64, f64),
    pixel: (f64, f64),
    centre: (f64, f64),
    x: [f64; COUNT],
    y: [f64; COUNT],
    tangent: Projection,
    /// Native (pole at the plate centre) to J2000.
    rotation: Mat3,
}

impl Plate {
    /// `None` when the header has no plate solution.
    pub(super) fn read(source: &dyn HeaderSource) -> Result<Option<Plate>, WcsError> {
        if source.number("AMDX1").is_none() || source.number("PLTRAH").is_none() {
            return Ok(None);
        }
        let number = |keyword: &str| match source.number(keyword) {
            Some(value) if value.is_finite() => Ok(value),
            Some(value) => {
                Err(WcsError::BadValue { keyword: keyword.to_owned(), value: value.to_string() })
            }
            None => Err(WcsError::Missing { keyword: keyword.to_owned() }),
        };
        let sexagesimal = |a: &str, b: &str, c: &str| -> Result<f64, WcsError> {
            Ok(number(a)?.abs() + number(b)? / 60.0 + number(c)? / 3600.0)
        };
        let ra = sexagesimal("PLTRAH", "PLTRAM", "PLTRAS")? * 15.0 * DEG;
        let south = source.text("PLTDECSN").is_some_and(|sign| sign.trim().starts_with('-'));
        let dec = sexagesimal("PLTDECD", "PLTDECM", "PLTDECS")? * DEG;
        let dec = if south { -dec } else { dec };
        let coefficients = |name: &str| -> Result<[f64; COUNT], WcsError> {
            let mut list = [0.0; COUNT];
            for (i, slot) in list.iter_mut().enumerate() {
                *slot = number(&format!("{name}{}", i + 1))?;
            }
            Ok(list)
        };
        let pixel = (number("XPIXELSZ")?, number("YPIXELSZ")?);
        if pixel.0 == 0.0 || pixel.1 == 0.0 {
            return Err(WcsError::BadValue {
                keyword: "XPIXELSZ".to_owned(),
                value: "0".to_owned(),
            });
        }
        let tangent = Projection::new("TAN", |_| None).ok_or(WcsError::NoPole)?;
        Ok(Some(Plate {
            corner: (number("CNPIX1")?, number("CNPIX2")?),
            pixel,
            centre: (number("PPO3")?, number("PPO6")?),
            x: coefficients("AMDX")?,
            y: coefficients("AMDY")?,
            tangent,
            rotation: super::celestial::rotation(ra, dec, std::f64::consts::PI),
        }))
    }

    /// FITS pixel (1-based) to a direction in J2000.
    pub(super) fn to_sky(&self, px: f64, py: f64) -> Option<Vec3> {
        let (x, y) = self.standard(self.plate(px, py));
        let (phi, theta) = self.tangent.unproject(x * ARCSEC, y * ARCSEC)?;
        Some(self.rotation.apply(Vec3::from_lonlat(phi, theta)))
    }

    /// A direction in J2000 to the FITS pixel.
    pub(super) fn to_pixel(&self, sky: Vec3) -> Option<(f64, f64)> {
        let (phi, theta) = self.rotation.transposed().apply(sky).lonlat();
        let (xi, eta) = self.tangent.project(phi, theta)?;
        // Millimetres to a first approximation, then exactly.
        let scale = (self.x.first()?, self.y.first()?);
        if *scale.0 == 0.0 || *scale.1 == 0.0 {
            return None;
        }
        let target = (xi / ARCSEC / scale.0, eta / ARCSEC / scale.1);
        let (x, y) = invert_plane(
            |x, y| {
                let (xi, eta) = self.standard((x, y));
                Some((xi / scale.0, eta / scale.1))
            },
            target,
            0.01,
        )?;
        // Plate coordinates grow to the east, pixels to the west.
        let px = (self.centre.0 - x * 1000.0) / self.pixel.0 - self.corner.0 + 0.5;
        let py = (self.centre.1 + y * 1000.0) / self.pixel.1 - self.corner.1 + 0.5;
        Some((px, py))
    }

    /// Side of a square pixel at the centre of the plate, degrees.
    pub(super) fn pixel_scale_deg(&self) -> f64 {
        let [a, b] = [&self.x, &self.y].map(|c| c.first().copied().unwrap_or(0.0));
        (a * b * self.pixel.0 * self.pixel.1 / 1e6).abs().sqrt() / 3600.0
    }

    /// Millimetres from the centre of the plate.
    fn plate(&self, px: f64, py: f64) -> (f64, f64) {
        // CNPIX names the corner of the first pixel, so its centre is half a pixel further.
        let x = (self.centre.0 - self.pixel.0 * (self.corner.0 + px - 0.5)) / 1000.0;
        let y = (self.pixel.1 * (self.corner.1 + py - 0.5) - self.centre.1) / 1000.0;
        (x, y)
    }

    /// Standard coordinates in arc seconds.
    fn standard(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (polynomial(&self.x, x, y), polynomial(&self.y, y, x))
    }
}

fn polynomial(c: &[f64; COUNT], x: f64, y: f64) -> f64 {
    let (x2, y2) = (x * x, y * y);
    let r2 = x2 + y2;
    let terms = [x, y, 1.0, x2, x * y, y2, r2, x2 * x, x2 * y, x * y2, y2 * y, x * r2, x * r2 * r2];
    c.iter().zip(terms).map(|(c, t)| c * t).sum()
}
