//! The sky in an image: two pixel axes and the celestial pair.

use std::sync::Arc;

use super::distortion::PixelDistortion;
use super::dss::Plate;
use super::{Pair, Wcs, degrees};
use crate::frame::Frame;
use crate::sphere::Vec3;

/// The celestial coordinates of an image plane. Pixels are FITS' (first centre 1).
#[derive(Clone, Debug)]
pub struct CelestialWcs {
    map: Map,
    pixel_axes: (usize, usize),
    frame: Frame,
}

#[derive(Clone, Debug)]
enum Map {
    Linear(Box<LinearMap>),
    Plate(Arc<Plate>),
}

#[derive(Clone, Debug)]
struct LinearMap {
    crpix: (f64, f64),
    /// Rows longitude and latitude, columns the two pixel axes; degrees per pixel.
    matrix: [[f64; 2]; 2],
    inverse: [[f64; 2]; 2],
    /// What the other axes add at the pixel at which they are held, degrees.
    offset: (f64, f64),
    distortion: Option<Arc<PixelDistortion>>,
    pair: Pair,
}

impl CelestialWcs {
    pub(super) fn new(wcs: &Wcs) -> Option<CelestialWcs> {
        if let Some((plate, frame)) = &wcs.plate {
            let map = Map::Plate(Arc::clone(plate));
            return Some(CelestialWcs { map, pixel_axes: (0, 1), frame: *frame });
        }
        let pair = wcs.celestial.clone()?;
        let (ax, ay) = (pair.lon.min(pair.lat), pair.lon.max(pair.lat));
        let crpix = |j: usize| wcs.linear.crpix.get(j).copied().unwrap_or(0.0);
        let row = |i: usize| [wcs.linear.element(i, ax), wcs.linear.element(i, ay)];
        let matrix = [row(pair.lon), row(pair.lat)];
        let offset = |i: usize| -> f64 {
            (0..wcs.axes.len())
                .filter(|j| *j != ax && *j != ay)
                .map(|j| wcs.linear.element(i, j) * (1.0 - crpix(j)))
                .sum()
        };
        let [[a, b], [c, d]] = matrix;
        let determinant = a * d - b * c;
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        let inverse = [[d / determinant, -b / determinant], [-c / determinant, a / determinant]];
        let frame = pair.frame;
        let map = LinearMap {
            crpix: (crpix(ax), crpix(ay)),
            matrix,
            inverse,
            offset: (offset(pair.lon), offset(pair.lat)),
            distortion: wcs.distortion.clone().filter(|_| (ax, ay) == (0, 1)),
            pair,
        };
        Some(CelestialWcs { map: Map::Linear(Box::new(map)), pixel_axes: (ax, ay), frame })
    }

    /// The pixel axes of the plane, from 0; (0, 1) unless another axis comes first.
    pub fn pixel_axes(&self) -> (usize, usize) {
        self.pixel_axes
    }

    /// The frame of the header.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Three-letter code of the projection; empty where the axes have none.
    pub fn projection(&self) -> &'static str {
        match &self.map {
            Map::Linear(map) => map.pair.code(),
            Map::Plate(_) => "TAN",
        }
    }

    /// Whether straight lines of pixels are great circles: a gnomonic projection without
    /// distortion.
    pub(super) fn keeps_great_circles(&self) -> bool {
        match &self.map {
            Map::Linear(map) => {
                self.projection() == "TAN" && map.distortion.is_none() && map.pair.plane.is_none()
            }
            Map::Plate(_) => false,
        }
    }

    /// Pixel to a direction in the header's frame.
    fn to_sky(&self, x: f64, y: f64) -> Option<Vec3> {
        match &self.map {
            Map::Plate(plate) => plate.to_sky(x, y),
            Map::Linear(map) => {
                let (x, y) = map.distortion.as_ref().map_or((x, y), |d| d.apply(x, y));
                let (dx, dy) = (x - map.crpix.0, y - map.crpix.1);
                let [[a, b], [c, d]] = map.matrix;
                let (lon, lat) = (a * dx + b * dy + map.offset.0, c * dx + d * dy + map.offset.1);
                map.pair.to_sky(lon, lat)
            }
        }
    }

    fn to_pixel(&self, sky: Vec3) -> Option<(f64, f64)> {
        match &self.map {
            Map::Plate(plate) => plate.to_pixel(sky),
            Map::Linear(map) => {
                let (lon, lat) = map.pair.to_plane(sky)?;
                let (lon, lat) = (lon - map.offset.0, lat - map.offset.1);
                let [[a, b], [c, d]] = map.inverse;
                let (x, y) = (a * lon + b * lat + map.crpix.0, c * lon + d * lat + map.crpix.1);
                match &map.distortion {
                    Some(distortion) => distortion.invert(x, y),
                    None => Some((x, y)),
                }
            }
        }
    }

    /// Pixel to longitude [0, 360) and latitude in the header's frame, degrees.
    pub fn pix_to_world(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (lon, lat) = degrees(self.to_sky(x, y)?);
        (lon.is_finite() && lat.is_finite()).then_some((lon, lat))
    }

    /// Longitude and latitude in the header's frame (degrees) to the pixel.
    pub fn world_to_pix(&self, lon_deg: f64, lat_deg: f64) -> Option<(f64, f64)> {
        let (x, y) = self.to_pixel(Vec3::from_deg(lon_deg, lat_deg))?;
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// Pixel to ICRS right ascension [0, 360) and declination, degrees.
    pub fn pix_to_icrs(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (lon, lat) = degrees(self.pix_to_vec(x, y)?);
        (lon.is_finite() && lat.is_finite()).then_some((lon, lat))
    }

    /// ICRS right ascension and declination (degrees) to the pixel, also outside of the image.
    pub fn icrs_to_pix(&self, ra_deg: f64, dec_deg: f64) -> Option<(f64, f64)> {
        self.vec_to_pix(Vec3::from_deg(ra_deg, dec_deg))
    }

    /// Pixel to a direction in ICRS.
    pub fn pix_to_vec(&self, x: f64, y: f64) -> Option<Vec3> {
        self.frame.to_icrs(self.to_sky(x, y)?).unit()
    }

    /// A direction in ICRS to the pixel.
    pub fn vec_to_pix(&self, v: Vec3) -> Option<(f64, f64)> {
        let (x, y) = self.to_pixel(self.frame.from_icrs(v))?;
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// Side of a square of the same area as a pixel at the reference point, degrees.
    pub fn pixel_scale_deg(&self) -> f64 {
        match &self.map {
            Map::Linear(map) => {
                let [[a, b], [c, d]] = map.matrix;
                (a * d - b * c).abs().sqrt()
            }
            Map::Plate(plate) => plate.pixel_scale_deg(),
        }
    }

    /// Directions of north and east at a pixel, as pixel vectors of one degree on the sky
    /// measured over a thousandth of a pixel scale; `None` off the sky and at the poles.
    pub fn north_east(&self, x: f64, y: f64) -> Option<([f64; 2], [f64; 2])> {
        let here = self.pix_to_vec(x, y)?;
        let (lon, lat) = here.lonlat();
        let (north, east) = crate::sphere::tangent(lon, lat);
        let step = self.pixel_scale_deg().to_radians().clamp(1e-9, 1e-3);
        let towards = |direction: Vec3| -> Option<[f64; 2]> {
            let (px, py) = self.vec_to_pix(here.plus(direction.scaled(step)).unit()?)?;
            let scale = crate::angle::DEG / step;
            Some([(px - x) * scale, (py - y) * scale])
        };
        Some((towards(north)?, towards(east)?))
    }
}
