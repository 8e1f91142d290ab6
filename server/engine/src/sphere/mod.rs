//! Positions on the sphere as the engine needs them: degrees in, HEALPix and exact tests out.

pub mod cover;
pub mod frame;
pub mod moc;
pub mod polygon;
pub mod region;
pub mod stcs;
pub mod vector;

use vector::{Vector, cross, plus, scaled, vector};

/// The corners of a cross of half-arms `x` along the parallel and `y` along the meridian, in the
/// tangent plane: not of unit length.
fn lonlat_box(lon: f64, lat: f64, x: f64, y: f64) -> [Vector; 4] {
    let (middle, lon_rad) = (vector(lon, lat), lon.to_radians());
    let east = [-lon_rad.sin(), lon_rad.cos(), 0.0];
    let north = cross(middle, east);
    [(1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)]
        .map(|(sx, sy)| plus(middle, plus(scaled(east, sx * x), scaled(north, sy * y))))
}

/// HEALPix nested index at order 29 of a finite position; longitudes of any turn are folded.
/// Latitudes must lie in [−90, 90].
pub fn healpix29(lon_deg: f64, lat_deg: f64) -> i64 {
    let lon = lon_deg.rem_euclid(360.0).to_radians();
    let lat = lat_deg.clamp(-90.0, 90.0).to_radians();
    i64::try_from(cdshealpix::nested::hash(29, lon, lat)).unwrap_or(0)
}

/// Great-circle distance of two positions, degrees in [0, 180]. Haversine: exact to a few ulp for
/// small angles, where the cosine rule is not; NaN if any coordinate is.
pub fn distance_deg(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
    // A pole is one position, whatever its longitude: the cosine of the rounded angle is not 0.
    let cos = |lat: f64| if lat.abs() == 90.0 { 0.0 } else { lat.to_radians().cos() };
    let cosines = cos(lat1) * cos(lat2);
    let (lat1, lat2) = (lat1.to_radians(), lat2.to_radians());
    let half_lat = ((lat2 - lat1) / 2.0).sin();
    let half_lon = ((lon2 - lon1).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + cosines * half_lon * half_lon;
    // Near the antipode the haversine loses digits; there the complementary form keeps them.
    let other = ((lat2 + lat1) / 2.0).sin().powi(2)
        + cosines * ((lon2 - lon1).to_radians() / 2.0).cos().powi(2);
    (2.0 * h.sqrt().atan2(other.sqrt())).to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Reference: astropy 6 SkyCoord.separation.
    #[test]
    fn distances_agree_with_vincenty() {
        let cases = [
            ((0.0, 0.0), (0.0, 90.0), 90.0),
            ((0.0, 89.0), (180.0, 89.0), 2.0),
            ((359.9999, 0.0), (0.0001, 0.0), 0.0002),
            ((0.0, 0.0), (180.0, 0.0), 180.0),
            ((10.0, 20.0), (10.0, 20.0), 0.0),
            ((0.0, -90.0), (77.0, -90.0), 0.0),
        ];
        for (a, b, expected) in cases {
            let d = distance_deg(a.0, a.1, b.0, b.1);
            assert!((d - expected).abs() < 1e-11, "{a:?} {b:?}: {d}");
        }
    }

    #[test]
    fn index_folds_longitude() {
        assert_eq!(healpix29(370.0, 5.0), healpix29(10.0, 5.0));
        assert_eq!(healpix29(-350.0, 5.0), healpix29(10.0, 5.0));
        assert!(healpix29(0.0, 90.0) < 12 << 58);
    }
}
