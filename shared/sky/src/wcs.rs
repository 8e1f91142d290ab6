//! World coordinates of FITS images: Papers I to III of Greisen, Calabretta and others, with the
//! distortions and plate solutions that real files carry.
//!
//! Pixels follow FITS: the centre of the first pixel is 1. World coordinates come in degrees on
//! celestial axes, in SI units on spectral ones, and in the header's own unit on all others.

mod celestial;
pub(crate) mod distortion;
mod dss;
mod error;
mod footprint;
mod header;
mod linear;
pub(crate) mod projection;
mod read;
mod spectral;
mod tab;
mod units;
mod view;

use std::sync::Arc;

pub use error::WcsError;
pub use header::{HeaderSource, LookupColumn, LookupImage};
pub use projection::Projection;
pub use view::CelestialWcs;

use celestial::Celestial;
use distortion::{PixelDistortion, PlaneDistortion};
use dss::Plate;
use header::Keys;
use linear::Linear;
use read::{
    axis, axis_count, celestial_pair, modern_types, plain_axes, plain_pair, plate_axes,
    read_celestial,
};
use spectral::Spectral;
use tab::Table;

use crate::angle::{lon_deg, signed_deg};
use crate::frame::Frame;
use crate::sphere::Vec3;

/// The most axes that are read; files with more exist only as tests.
pub(crate) const MAX_AXES: usize = 16;

/// What an axis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// Celestial longitude.
    Longitude,
    /// Celestial latitude.
    Latitude,
    /// A spectral coordinate of Paper III.
    Spectral,
    /// Stokes parameters.
    Stokes,
    /// Time of Paper IV.
    Time,
    /// Anything else; linear.
    Linear,
}

/// A world axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// CTYPE as written.
    pub ctype: String,
    /// CNAME, or empty.
    pub name: String,
    /// Unit of the values that are given out.
    pub unit: String,
    /// What it is.
    pub kind: AxisKind,
}

/// World coordinates of one pixel, one value for each axis in header order.
#[derive(Clone, Debug, PartialEq)]
pub struct World(pub Vec<f64>);

/// A coordinate system of an image.
#[derive(Clone, Debug)]
pub struct Wcs {
    axes: Vec<Axis>,
    crval: Vec<f64>,
    linear: Linear,
    distortion: Option<Arc<PixelDistortion>>,
    celestial: Option<Pair>,
    spectral: Vec<Option<Spectral>>,
    tables: Vec<Table>,
    /// A plate solution with the frame of its answers.
    plate: Option<(Arc<Plate>, Frame)>,
}

/// The celestial pair: its axes from 0.
#[derive(Clone, Debug)]
struct Pair {
    lon: usize,
    lat: usize,
    sky: Sky,
    frame: Frame,
    plane: Option<Arc<PlaneDistortion>>,
}

/// How the plane of a celestial pair lies on the sphere.
#[derive(Clone, Debug)]
enum Sky {
    /// By a projection.
    Projected(Arc<Celestial>),
    /// `CTYPE = 'RA'` without a projection: longitude and latitude are linear in the pixels, from
    /// these degrees on.
    Plain(f64, f64),
}

impl Wcs {
    /// Reads the coordinate system `alt` (`None` for the primary one) of a header.
    ///
    /// # Errors
    /// A header without axes, with values that cannot be used, an unknown projection or a missing
    /// distortion table. A header without any WCS keywords gives pixel coordinates.
    pub fn from_header(source: &dyn HeaderSource, alt: Option<char>) -> Result<Wcs, WcsError> {
        let keys = Keys::new(source, alt);
        let n = axis_count(&keys)?;
        let ctypes: Vec<String> =
            (1..=n).map(|i| keys.text(&format!("CTYPE{i}")).unwrap_or_default()).collect();
        let ctypes = modern_types(ctypes);
        let pair = celestial_pair(&ctypes, &keys)?;
        let lon_lat = pair
            .as_ref()
            .map(|(lon, lat, _)| (*lon, *lat))
            .or_else(|| plain_axes(&ctypes).map(|(lon, lat, _)| (lon, lat)));
        let rotated = lon_lat.or_else(|| (n >= 2).then_some((0, 1)));
        let mut linear = Linear::read(&keys, n, rotated)?;
        let mut crval = Vec::with_capacity(n);
        for i in 1..=n {
            crval.push(keys.number_or(&format!("CRVAL{i}"), 0.0)?);
        }
        let mut axes = Vec::with_capacity(n);
        for (i, ctype) in ctypes.iter().enumerate() {
            let (axis, factor) = axis(&keys, i, ctype, lon_lat)?;
            linear.scale_axis(i, factor);
            if let Some(value) = crval.get_mut(i) {
                *value *= factor;
            }
            axes.push(axis);
        }
        let celestial = match &pair {
            None => None,
            Some((lon, lat, kind)) => Some(read_celestial(&keys, *lon, *lat, kind, &crval)?),
        };
        let mut spectral = Vec::with_capacity(n);
        for (i, ctype) in ctypes.iter().enumerate() {
            let reference = crval.get(i).copied().unwrap_or(0.0);
            spectral.push(Spectral::read(&keys, i + 1, ctype, reference)?);
        }
        let tables = tab::read(&keys, &ctypes)?;
        let distortion = PixelDistortion::read(&keys, &linear.crpix)?.map(Arc::new);
        let celestial = match celestial {
            None => plain_pair(&keys, &ctypes, &crval)?,
            found => found,
        };
        // The plate solution is the better one where a header has a plain projection beside it.
        let plate = match if alt.is_none() { Plate::read(source)? } else { None } {
            Some(plate) => Some((Arc::new(plate), celestial::frame("EQ", &keys)?)),
            None => None,
        };
        if plate.is_some() {
            axes = plate_axes();
        }
        Ok(Wcs { axes, crval, linear, distortion, celestial, spectral, tables, plate })
    }

    /// The world axes, in header order.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Whether a pair of axes is celestial.
    pub fn has_celestial(&self) -> bool {
        self.celestial.is_some() || self.plate.is_some()
    }

    /// World coordinates of a pixel; axes that `pixel` lacks are at their first pixel.
    ///
    /// `None` where the pixel is off the sky or off a table.
    pub fn pixel_to_world(&self, pixel: &[f64]) -> Option<World> {
        let mut place: Vec<f64> = pixel.iter().copied().take(self.axes.len()).collect();
        place.resize(self.axes.len(), 1.0);
        if let (Some((plate, _)), [x, y, ..]) = (&self.plate, place.as_slice()) {
            let (lon, lat) = plate.to_sky(*x, *y)?.lonlat_deg();
            return Some(World(vec![lon, lat]));
        }
        if let (Some(distortion), [x, y, ..]) = (&self.distortion, place.as_mut_slice()) {
            (*x, *y) = distortion.apply(*x, *y);
        }
        let plane = self.linear.forward(&place);
        let mut world: Vec<f64> = plane.iter().zip(&self.crval).map(|(p, v)| p + v).collect();
        for ((value, w), spectral) in world.iter_mut().zip(&plane).zip(&self.spectral) {
            if let Some(spectral) = spectral {
                *value = spectral.world(*w)?;
            }
        }
        for table in &self.tables {
            let psi: Vec<f64> = table.axes.iter().filter_map(|a| world.get(*a).copied()).collect();
            for (axis, value) in table.axes.iter().zip(table.world(&psi)?) {
                *world.get_mut(*axis)? = value;
            }
        }
        if let Some(pair) = self.projected() {
            let sky = pair.to_sky(*plane.get(pair.lon)?, *plane.get(pair.lat)?)?;
            let (lon, lat) = sky.lonlat_deg();
            *world.get_mut(pair.lon)? = lon;
            *world.get_mut(pair.lat)? = lat;
        }
        world.iter().all(|v| v.is_finite()).then_some(World(world))
    }

    /// The pixel of world coordinates, which must name every axis.
    ///
    /// `None` where there is no such pixel, and for tables of more than one axis.
    pub fn world_to_pixel(&self, world: &[f64]) -> Option<Vec<f64>> {
        if let (Some((plate, _)), [lon, lat, ..]) = (&self.plate, world) {
            let (x, y) = plate.to_pixel(Vec3::from_deg(*lon, *lat))?;
            return Some(vec![x, y]);
        }
        if world.len() != self.axes.len() {
            return None;
        }
        let mut plane: Vec<f64> = world.iter().zip(&self.crval).map(|(w, v)| w - v).collect();
        for ((value, w), spectral) in plane.iter_mut().zip(world).zip(&self.spectral) {
            if let Some(spectral) = spectral {
                *value = spectral.intermediate(*w)?;
            }
        }
        for table in &self.tables {
            let coordinates: Vec<f64> =
                table.axes.iter().filter_map(|a| world.get(*a).copied()).collect();
            for (axis, psi) in table.axes.iter().zip(table.intermediate(&coordinates)?) {
                *plane.get_mut(*axis)? = psi - self.crval.get(*axis)?;
            }
        }
        if let Some(pair) = self.projected() {
            let sky = Vec3::from_deg(*world.get(pair.lon)?, *world.get(pair.lat)?);
            let (x, y) = pair.to_plane(sky)?;
            *plane.get_mut(pair.lon)? = x;
            *plane.get_mut(pair.lat)? = y;
        }
        let mut pixel = self.linear.backward(&plane);
        if let (Some(distortion), [x, y, ..]) = (&self.distortion, pixel.as_mut_slice()) {
            (*x, *y) = distortion.invert(*x, *y)?;
        }
        pixel.iter().all(|v| v.is_finite()).then_some(pixel)
    }

    /// The celestial pair when it has a projection; without one it is as linear as other axes.
    fn projected(&self) -> Option<&Pair> {
        self.celestial.as_ref().filter(|pair| matches!(pair.sky, Sky::Projected(_)))
    }

    /// The celestial pair as a plane of two pixel axes, the other axes at their first pixel.
    pub fn celestial(&self) -> Option<CelestialWcs> {
        CelestialWcs::new(self)
    }
}

impl Pair {
    /// Intermediate coordinates (degrees) to a direction in the header's frame.
    fn to_sky(&self, x: f64, y: f64) -> Option<Vec3> {
        let (x, y) = match &self.plane {
            Some(plane) => plane.apply(x, y)?,
            None => (x, y),
        };
        match &self.sky {
            Sky::Projected(sphere) => sphere.to_sky(x, y),
            Sky::Plain(lon, lat) => {
                let lat = lat + y;
                (lat.abs() <= 90.0).then(|| Vec3::from_deg(lon + x, lat))
            }
        }
    }

    fn to_plane(&self, sky: Vec3) -> Option<(f64, f64)> {
        let (x, y) = match &self.sky {
            Sky::Projected(sphere) => sphere.to_plane(sky)?,
            Sky::Plain(lon0, lat0) => {
                let (lon, lat) = sky.lonlat_deg();
                (signed_deg(lon - lon0), lat - lat0)
            }
        };
        match &self.plane {
            Some(plane) => plane.invert(x, y),
            None => Some((x, y)),
        }
    }

    fn code(&self) -> &'static str {
        match &self.sky {
            Sky::Projected(sphere) => sphere.projection.code(),
            Sky::Plain(..) => "",
        }
    }
}

/// Longitude and latitude of a direction in degrees, the longitude in [0, 360).
fn degrees(v: Vec3) -> (f64, f64) {
    let (lon, lat) = v.lonlat_deg();
    (lon_deg(lon), lat)
}

#[cfg(test)]
mod tests;
