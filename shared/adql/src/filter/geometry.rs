//! Shapes on the sphere, in degrees, for the point-in-shape tests of a filter.

/// A unit vector.
type Vector = [f64; 3];

pub(super) fn vector(lon: f64, lat: f64) -> Vector {
    let (sin_lon, cos_lon) = lon.to_radians().sin_cos();
    let (sin_lat, cos_lat) = lat.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// Great-circle distance in degrees, exact at every distance (Vincenty's formula on vectors).
pub(super) fn distance(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
    let (a, b) = (vector(lon1, lat1), vector(lon2, lat2));
    norm(cross(a, b)).atan2(dot(a, b)).to_degrees()
}

/// Whether the first position lies within `radius` of the second, the edge included.
pub(super) fn in_circle(lon: f64, lat: f64, center: (f64, f64), radius: f64) -> bool {
    // Latitude alone settles most rows.
    (lat - center.1).abs() <= radius && distance(lon, lat, center.0, center.1) <= radius
}

/// A polygon of great-circle edges that fits in less than a hemisphere.
#[derive(Clone, Debug)]
pub(super) struct Polygon {
    vertices: Vec<Vector>,
    center: Vector,
    /// Cosine of the angle from the centre to the farthest vertex.
    reach: f64,
}

impl Polygon {
    /// `None` with fewer than three vertices, or where they do not fit in less than a hemisphere
    /// about their mean: which side is the inside would then be a matter of taste.
    pub fn new(vertices: &[(f64, f64)]) -> Option<Polygon> {
        let vertices: Vec<Vector> = vertices.iter().map(|&(lon, lat)| vector(lon, lat)).collect();
        let sum = vertices.iter().fold([0.0; 3], |s, v| [s[0] + v[0], s[1] + v[1], s[2] + v[2]]);
        let length = norm(sum);
        if vertices.len() < 3 || length < 1e-12 {
            return None;
        }
        let center = sum.map(|part| part / length);
        let reach = vertices.iter().map(|&v| dot(center, v)).fold(1.0, f64::min);
        (reach > 1e-9).then_some(Polygon { vertices, center, reach })
    }

    /// The corners of a box, as ADQL 2.1 §4.2.9 has it: a polygon about the centre.
    pub fn of_box(lon: f64, lat: f64, width: f64, height: f64) -> Option<Polygon> {
        let (w, h) = (width / 2.0, height / 2.0);
        Polygon::new(&[
            (lon - w, lat - h),
            (lon + w, lat - h),
            (lon + w, lat + h),
            (lon - w, lat + h),
        ])
    }

    /// Whether the position lies inside: the edges go once around it.
    pub fn contains(&self, lon: f64, lat: f64) -> bool {
        let point = vector(lon, lat);
        if dot(point, self.center) < self.reach - 1e-12 {
            return false;
        }
        let mut turned = 0.0;
        let mut last = self.vertices.last().copied().unwrap_or_default();
        for &vertex in &self.vertices {
            // The angle at the point between the directions to two neighbouring vertices.
            let (one, two) = (cross(point, last), cross(point, vertex));
            turned += dot(point, cross(one, two)).atan2(dot(one, two));
            last = vertex;
        }
        turned.abs() > std::f64::consts::PI
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact_near_and_far() {
        assert!((distance(10.0, 0.0, 10.0, 1e-9) - 1e-9).abs() < 1e-18);
        assert!((distance(0.0, 0.0, 180.0, 0.0) - 180.0).abs() < 1e-12);
        assert!((distance(359.9, 0.0, 0.1, 0.0) - 0.2).abs() < 1e-12);
        assert!((distance(0.0, 89.0, 180.0, 89.0) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn polygons_over_the_meridian_and_the_pole() {
        let over =
            Polygon::new(&[(359.0, -1.0), (1.0, -1.0), (1.0, 1.0), (359.0, 1.0)]).expect("polygon");
        assert!(over.contains(0.0, 0.0) && over.contains(359.5, 0.9));
        assert!(!over.contains(180.0, 0.0) && !over.contains(2.0, 0.0) && !over.contains(0.0, 1.1));
        let pole = Polygon::new(&[(0.0, 80.0), (120.0, 80.0), (240.0, 80.0)]).expect("polygon");
        assert!(
            pole.contains(77.0, 89.0) && !pole.contains(60.0, 80.0) && !pole.contains(0.0, -89.0)
        );
        // A notch: the concave corner is outside.
        let notch = Polygon::new(&[(0.0, 0.0), (4.0, 0.0), (2.0, 1.0), (4.0, 4.0), (0.0, 4.0)])
            .expect("polygon");
        assert!(notch.contains(1.0, 1.0) && !notch.contains(3.5, 1.5));
        assert!(Polygon::new(&[(0.0, 0.0), (120.0, 0.0), (240.0, 0.0)]).is_none());
    }
}
