//! The map's projection: vertical perspective, from stereographic to orthographic.
//!
//! With `w` = 1 it is stereographic and shapes keep their form; with `w` = 0 it is orthographic
//! and the sky is a globe; between the two the map changes smoothly with the field of view
//! (Snyder 1987, "Map Projections", vertical perspective with distance 1/w on the far side).
//!
//! x points right (to the west, as the sky is seen from inside), y up (to the north), and a small
//! angle near the middle keeps its size in radians. Twin of `projected` in `sky.wgsl`.

use tenkyu_sky::angle::DEG;
use tenkyu_sky::sphere::{Vec3, tangent};

/// Fields of view between which the map turns from stereographic to a globe, degrees.
const GLOBE: (f64, f64) = (90.0, 180.0);

/// Smallest and largest field of view, degrees.
pub const FOV_RANGE: (f64, f64) = (1e-4, 230.0);

/// A map: where it looks, how it projects and how large it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// Direction of the middle.
    pub centre: Vec3,
    /// East at the middle.
    pub east: Vec3,
    /// North at the middle.
    pub north: Vec3,
    /// 1 stereographic, 0 orthographic.
    pub w: f64,
    /// Half the canvas' shorter side in the plane of the map.
    pub half: f64,
}

impl Projection {
    /// The map around a position (degrees) with a field of view across the shorter side.
    pub fn new(ra_deg: f64, dec_deg: f64, fov_deg: f64) -> Projection {
        let (lon, lat) = (ra_deg * DEG, dec_deg * DEG);
        let (north, east) = tangent(lon, lat);
        let fov = fov_deg.clamp(FOV_RANGE.0, FOV_RANGE.1);
        let t = ((fov - GLOBE.0) / (GLOBE.1 - GLOBE.0)).clamp(0.0, 1.0);
        let w = 1.0 - t * t * (3.0 - 2.0 * t);
        let (sin, cos) = (fov.min(180.0) / 2.0 * DEG).sin_cos();
        let edge = (1.0 + w) * sin / (1.0 + w * cos);
        // A globe grows no further than its edge: more field is more room around it.
        let half = edge * (fov / 180.0).max(1.0);
        Projection { centre: Vec3::from_lonlat(lon, lat), east, north, w, half }
    }

    /// A direction to the plane; `None` behind the horizon.
    pub fn project(&self, v: Vec3) -> Option<(f64, f64)> {
        let z = self.centre.dot(v);
        if z <= self.horizon() {
            return None;
        }
        let k = (1.0 + self.w) / (1.0 + self.w * z);
        Some((-k * self.east.dot(v), k * self.north.dot(v)))
    }

    /// A point of the plane to a direction; `None` outside of the globe.
    pub fn unproject(&self, x: f64, y: f64) -> Option<Vec3> {
        let (r, w) = (x.hypot(y), self.w);
        let root = (1.0 + w) * (1.0 + w) - r * r * (1.0 - w * w);
        if root < 0.0 || !r.is_finite() {
            return None;
        }
        // tan(θ/2) from r (1 + w cos θ) = (1 + w) sin θ.
        let t = r * (1.0 + w) / ((1.0 + w) + root.sqrt());
        let (sin, cos) = (2.0 * t / (1.0 + t * t), (1.0 - t * t) / (1.0 + t * t));
        if r == 0.0 {
            return Some(self.centre);
        }
        let across = self.east.scaled(-x / r).plus(self.north.scaled(y / r));
        self.centre.scaled(cos).plus(across.scaled(sin)).unit()
    }

    /// Cosine of the distance from the middle beyond which nothing is seen.
    pub fn horizon(&self) -> f64 {
        // A stereographic map reaches all but the antipode; what is far off the canvas may go.
        (-self.w).max(-0.95)
    }

    /// Radius of the globe's edge in the plane; `None` where the map has none.
    pub fn rim(&self) -> Option<f64> {
        (self.w < 0.999).then(|| ((1.0 + self.w) / (1.0 - self.w)).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plane_and_sky_are_inverse_at_every_field() {
        for fov in [1e-3, 1.0, 60.0, 120.0, 150.0, 180.0, 220.0] {
            let map = Projection::new(83.6, 22.0, fov);
            for (dx, dy) in [(0.0, 0.0), (0.3, 0.0), (-0.2, 0.7), (0.6, -0.6)] {
                let (x, y) = (dx * map.half, dy * map.half);
                let Some(v) = map.unproject(x, y) else {
                    assert!(fov > 180.0);
                    continue;
                };
                let (px, py) = map.project(v).unwrap();
                assert!((px - x).abs() < 1e-12 * map.half.max(1.0), "{fov} {px} {x}");
                assert!((py - y).abs() < 1e-12 * map.half.max(1.0));
            }
        }
    }

    #[test]
    fn the_field_of_view_spans_the_canvas_and_east_is_left() {
        for fov in [0.01, 30.0, 100.0, 179.0] {
            let map = Projection::new(10.0, 0.0, fov);
            let edge = Vec3::from_deg(10.0 + fov / 2.0, 0.0);
            let (x, y) = map.project(edge).unwrap();
            assert!((x + map.half).abs() < 1e-9 * map.half, "{fov}: {x} {}", map.half);
            assert!(y.abs() < 1e-12);
        }
        let map = Projection::new(10.0, 0.0, 10.0);
        assert!(map.project(Vec3::from_deg(10.0, 1.0)).unwrap().1 > 0.0);
    }

    #[test]
    fn the_far_side_of_a_globe_is_hidden() {
        let map = Projection::new(0.0, 0.0, 180.0);
        assert!(map.project(Vec3::from_deg(91.0, 0.0)).is_none());
        assert!(map.project(Vec3::from_deg(89.0, 0.0)).is_some());
        assert!((map.rim().unwrap() - 1.0).abs() < 1e-12);
        assert!(map.unproject(0.8, 0.8).is_none());
    }
}
