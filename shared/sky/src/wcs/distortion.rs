//! Distortions: of the pixel plane (SIP, look-up tables) and of the intermediate plane (TPV, TNX,
//! ZPX).

mod iraf;
mod lookup;
mod sip;
mod tpv;

pub(super) use lookup::Lookup;
pub(super) use sip::Sip;

pub(super) use iraf::parameter as iraf_parameter;

use iraf::Surface;
use tpv::Tpv;

use super::WcsError;
use super::header::Keys;

/// What moves points of the pixel plane before the linear transformation.
#[derive(Clone, Debug, Default)]
pub(super) struct PixelDistortion {
    /// Detector to image, per axis; applied first.
    detector: [Option<Lookup>; 2],
    sip: Option<Sip>,
    /// Prior distortion tables, per axis; added to SIP's shift of the same point.
    prior: [Option<Lookup>; 2],
}

impl PixelDistortion {
    /// `None` when the header has no such distortion.
    pub(super) fn read(
        keys: &Keys<'_>,
        crpix: &[f64],
    ) -> Result<Option<PixelDistortion>, WcsError> {
        let centre = match crpix {
            [x, y, ..] => (*x, *y),
            _ => return Ok(None),
        };
        let this = PixelDistortion {
            detector: lookup::read_detector(keys)?,
            sip: Sip::read(keys, centre)?,
            prior: lookup::read_prior(keys)?,
        };
        let tables = this.detector.iter().chain(&this.prior).any(Option::is_some);
        Ok((tables || this.sip.is_some()).then_some(this))
    }

    /// Where a pixel (1-based) would lie without distortion.
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let shift = |tables: &[Option<Lookup>; 2], x: f64, y: f64| {
            let [dx, dy] = tables.each_ref().map(|t| t.as_ref().map_or(0.0, |t| t.shift(x, y)));
            (dx, dy)
        };
        let (dx, dy) = shift(&self.detector, x, y);
        let (x, y) = (x + dx, y + dy);
        let (sx, sy) = self.sip.as_ref().map_or((0.0, 0.0), |sip| sip.shift(x, y));
        let (px, py) = shift(&self.prior, x, y);
        (x + sx + px, y + sy + py)
    }

    /// The pixel whose undistorted place is (x, y).
    pub(super) fn invert(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        invert_plane(|x, y| Some(self.apply(x, y)), (x, y), 1.0)
    }
}

/// What moves points of the plane of projection (degrees).
#[derive(Clone, Debug)]
pub(super) enum PlaneDistortion {
    /// Polynomials of TPV.
    Tpv(Box<Tpv>),
    /// Surfaces of IRAF's TNX and ZPX.
    Surfaces(Box<[Option<Surface>; 2]>),
}

impl PlaneDistortion {
    /// TPV of a pair of axes (longitude, latitude), from 0.
    pub(super) fn tpv(keys: &Keys<'_>, axes: (usize, usize)) -> PlaneDistortion {
        PlaneDistortion::Tpv(Box::new(Tpv::read(keys, axes)))
    }

    /// TNX or ZPX: the `lngcor` and `latcor` of the `WATj_nnn` keywords.
    pub(super) fn iraf(keys: &Keys<'_>, axes: (usize, usize)) -> Result<PlaneDistortion, WcsError> {
        let lon = iraf::read(keys, axes.0 + 1, "lngcor")?;
        let lat = iraf::read(keys, axes.1 + 1, "latcor")?;
        Ok(PlaneDistortion::Surfaces(Box::new([lon, lat])))
    }

    pub(super) fn apply(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        match self {
            PlaneDistortion::Tpv(tpv) => Some(tpv.apply(x, y)),
            PlaneDistortion::Surfaces(surfaces) => {
                let [dx, dy] =
                    surfaces.each_ref().map(|s| s.as_ref().map_or(0.0, |s| s.value(x, y)));
                Some((x + dx, y + dy))
            }
        }
    }

    pub(super) fn invert(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        // Degrees: a millionth of a milliarcsecond is 3e-16.
        invert_plane(|x, y| self.apply(x, y), (x, y), 1e-4)
    }
}

/// Solves `f(p) = target` near the target by Newton's method with differences over `step`.
///
/// `None` where it does not come to rest: a distortion that folds the plane.
pub(super) fn invert_plane(
    f: impl Fn(f64, f64) -> Option<(f64, f64)>,
    target: (f64, f64),
    step: f64,
) -> Option<(f64, f64)> {
    let (mut x, mut y) = target;
    let mut best = f64::INFINITY;
    for _ in 0..40 {
        let (fx, fy) = f(x, y)?;
        let (rx, ry) = (target.0 - fx, target.1 - fy);
        let miss = rx.hypot(ry);
        if !miss.is_finite() {
            return None;
        }
        let scale = target.0.abs().max(target.1.abs()).max(step);
        if miss <= 1e-15 * scale || (miss >= best && miss <= 1e-11 * scale) {
            return Some((x, y));
        }
        best = best.min(miss);
        let (ax, ay) = f(x + step, y)?;
        let (bx, by) = f(x, y + step)?;
        let (a, c) = ((ax - fx) / step, (ay - fy) / step);
        let (b, d) = ((bx - fx) / step, (by - fy) / step);
        let determinant = a * d - b * c;
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        x += (d * rx - b * ry) / determinant;
        y += (a * ry - c * rx) / determinant;
    }
    let scale = target.0.abs().max(target.1.abs()).max(step);
    (best <= 1e-9 * scale).then_some((x, y))
}
