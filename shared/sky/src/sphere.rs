//! Points, distances and directions on the unit sphere.

use std::f64::consts::{FRAC_PI_2, TAU};

use crate::angle::DEG;

/// A direction as a unit vector: x towards (0°, 0°), y towards (90°, 0°), z towards the pole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vec3(pub [f64; 3]);

impl Vec3 {
    /// The direction of a longitude and latitude in radians.
    pub fn from_lonlat(lon: f64, lat: f64) -> Vec3 {
        let (sin_lon, cos_lon) = lon.sin_cos();
        let (sin_lat, cos_lat) = lat.sin_cos();
        Vec3([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    }

    /// The direction of a longitude and latitude in degrees.
    pub fn from_deg(lon_deg: f64, lat_deg: f64) -> Vec3 {
        Vec3::from_lonlat(lon_deg * DEG, lat_deg * DEG)
    }

    /// Longitude in [0, 2π) and latitude in [−π/2, π/2], radians. Length does not matter.
    pub fn lonlat(self) -> (f64, f64) {
        let [x, y, z] = self.0;
        let lon = y.atan2(x);
        let lon = if lon < 0.0 { lon + TAU } else { lon };
        (if lon >= TAU { 0.0 } else { lon }, z.atan2(x.hypot(y)))
    }

    /// Longitude in [0, 360) and latitude in [−90, 90], degrees.
    pub fn lonlat_deg(self) -> (f64, f64) {
        let (lon, lat) = self.lonlat();
        (crate::angle::lon_deg(lon / DEG), lat / DEG)
    }

    /// Scalar product.
    pub fn dot(self, other: Vec3) -> f64 {
        self.0.iter().zip(other.0).map(|(a, b)| a * b).sum()
    }

    /// Vector product.
    pub fn cross(self, other: Vec3) -> Vec3 {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Vec3([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    /// Length.
    pub fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1; `None` for the zero vector and for what is not finite.
    pub fn unit(self) -> Option<Vec3> {
        let norm = self.norm();
        (norm > 0.0 && norm.is_finite()).then(|| self.scaled(1.0 / norm))
    }

    /// Each component times `factor`.
    pub fn scaled(self, factor: f64) -> Vec3 {
        Vec3(self.0.map(|a| a * factor))
    }

    /// Sum by components.
    pub fn plus(self, other: Vec3) -> Vec3 {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Vec3([a + x, b + y, c + z])
    }

    /// Angle to another direction, radians in [0, π]; exact for small and for large angles.
    pub fn angle_to(self, other: Vec3) -> f64 {
        self.cross(other).norm().atan2(self.dot(other))
    }
}

/// A rotation (or any linear map) of directions, row by row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mat3(pub [[f64; 3]; 3]);

impl Mat3 {
    /// No change.
    pub const IDENTITY: Mat3 = Mat3([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// Rotation of the axes about x by `angle` radians: R₁ of the almanacs.
    pub fn r1(angle: f64) -> Mat3 {
        let (s, c) = angle.sin_cos();
        Mat3([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]])
    }

    /// Rotation of the axes about y by `angle` radians: R₂ of the almanacs.
    pub fn r2(angle: f64) -> Mat3 {
        let (s, c) = angle.sin_cos();
        Mat3([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])
    }

    /// Rotation of the axes about z by `angle` radians: R₃ of the almanacs.
    pub fn r3(angle: f64) -> Mat3 {
        let (s, c) = angle.sin_cos();
        Mat3([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    }

    /// This matrix applied to a vector.
    pub fn apply(self, v: Vec3) -> Vec3 {
        Vec3(self.0.map(|row| Vec3(row).dot(v)))
    }

    /// `self × other`: `other` is applied first.
    pub fn times(self, other: Mat3) -> Mat3 {
        let columns = other.transposed().0;
        Mat3(self.0.map(|row| columns.map(|column| Vec3(row).dot(Vec3(column)))))
    }

    /// The transposed matrix, which for a rotation is the inverse.
    pub fn transposed(self) -> Mat3 {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.0;
        Mat3([[a, d, g], [b, e, h], [c, f, i]])
    }
}

/// Angular distance of two positions, degrees in [0, 180]; all arguments in degrees.
pub fn separation_deg(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
    Vec3::from_deg(lon1, lat1).angle_to(Vec3::from_deg(lon2, lat2)) / DEG
}

/// Position angle of the second position seen from the first, east of north, degrees in [0, 360).
pub fn position_angle_deg(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
    let delta = (lon2 - lon1) * DEG;
    let ((s1, c1), (s2, c2)) = ((lat1 * DEG).sin_cos(), (lat2 * DEG).sin_cos());
    let angle = (delta.sin() * c2).atan2(s2 * c1 - c2 * s1 * delta.cos());
    crate::angle::lon_deg(angle / DEG)
}

/// The position at a distance and position angle (east of north) from a position, all in degrees.
pub fn offset_deg(lon: f64, lat: f64, distance: f64, position_angle: f64) -> (f64, f64) {
    let (north, east) = tangent(lon * DEG, lat * DEG);
    let (sin_d, cos_d) = (distance * DEG).sin_cos();
    let (sin_p, cos_p) = (position_angle * DEG).sin_cos();
    let along = north.scaled(cos_p).plus(east.scaled(sin_p));
    Vec3::from_deg(lon, lat).scaled(cos_d).plus(along.scaled(sin_d)).lonlat_deg()
}

/// Unit vectors towards north and east at a position in radians. At a pole they follow `lon`.
pub fn tangent(lon: f64, lat: f64) -> (Vec3, Vec3) {
    let north = Vec3::from_lonlat(lon, lat + FRAC_PI_2);
    let east = Vec3::from_lonlat(lon + FRAC_PI_2, 0.0);
    (north, east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separations_are_exact_when_tiny_and_when_opposite() {
        let tiny = separation_deg(10.0, 89.0, 10.0, 89.0 + 1e-9);
        assert!((tiny - 1e-9).abs() < 1e-13, "{tiny}");
        assert!((separation_deg(0.0, 0.0, 180.0, 0.0) - 180.0).abs() < 1e-12);
        // astropy: SkyCoord(10, 20).separation(SkyCoord(45, -60)), position_angle
        assert!((separation_deg(10.0, 20.0, 45.0, -60.0) - 84.912_474_653_773_98).abs() < 1e-12);
        assert!(
            (position_angle_deg(10.0, 20.0, 45.0, -60.0) - 163.266_378_941_886_1).abs() < 1e-11
        );
    }

    #[test]
    fn offset_goes_where_position_angle_says() {
        for (lon, lat) in [(0.0, 0.0), (359.9, 89.9), (120.0, -90.0), (200.0, -45.0)] {
            for pa in [0.0, 45.0, 133.0, 270.0] {
                let (l, b) = offset_deg(lon, lat, 3.0, pa);
                assert!((separation_deg(lon, lat, l, b) - 3.0).abs() < 1e-10);
                let back = position_angle_deg(lon, lat, l, b);
                assert!(crate::angle::signed_deg(back - pa).abs() < 1e-7, "{pa} {back}");
            }
        }
    }
}
