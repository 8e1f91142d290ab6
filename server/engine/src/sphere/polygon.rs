//! Polygons on the sphere, of any size and winding.
//!
//! Edges are great circles; the inside is the smaller of the two sides, so the winding does not
//! matter. A polygon that fits into a hemisphere is tested in the gnomonic projection about its
//! middle, where great circles are straight lines and small shapes keep all their digits; a larger
//! one by counting edges on the way to the middle of one of them.

use std::f64::consts::PI;

use super::{
    distance_deg,
    region::{RegionError, check},
    vector::{Vector, cross, dot, lonlat, plus, scaled, unit, vector},
};

/// Square degrees in a steradian.
pub const SQUARE_DEGREES: f64 = (180.0 / PI) * (180.0 / PI);

/// Positions nearer to an edge than this, in degrees, are on it: a thousandth of a microarcsecond.
const ON_EDGE: f64 = 3e-13;

/// A polygon.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    vertices: Vec<(f64, f64)>,
    vectors: Vec<Vector>,
    extent: Extent,
}

#[derive(Clone, Debug, PartialEq)]
enum Extent {
    /// Less than a hemisphere about `middle`.
    Plane {
        middle: Vector,
        east: Vector,
        north: Vector,
        /// Vertices in the gnomonic plane about `middle`.
        plane: Vec<(f64, f64)>,
    },
    /// Anything larger.
    Sphere {
        /// The inside is to the left of the edges, seen from outside the sphere.
        left: bool,
        /// Steradian.
        area: f64,
    },
}

impl Polygon {
    /// A polygon of three or more vertices in degrees; the first can be repeated at the end.
    ///
    /// # Errors
    /// Too few different vertices, one that is no position, or two neighbours half a turn apart,
    /// between which no single great circle runs.
    pub fn new(mut vertices: Vec<(f64, f64)>) -> Result<Self, RegionError> {
        for &(lon, lat) in &vertices {
            check(lon, lat)?;
        }
        vertices.dedup();
        if vertices.len() > 1 && vertices.first() == vertices.last() {
            vertices.pop();
        }
        if vertices.len() < 3 {
            return Err(RegionError("a polygon has at least three corners".into()));
        }
        let vectors: Vec<Vector> = vertices.iter().map(|&(a, b)| vector(a, b)).collect();
        if edges(&vectors).any(|(a, b)| dot(a, b) < -1.0 + 1e-15) {
            return Err(RegionError("an edge of a polygon is shorter than 180 degrees".into()));
        }
        let extent = match plane(&vectors) {
            Some(extent) => extent,
            None => sphere(&vectors),
        };
        Ok(Self { vertices, vectors, extent })
    }

    /// Whether a position is inside. Even-odd rule for polygons that cross themselves.
    pub fn contains(&self, lon: f64, lat: f64) -> bool {
        let v = vector(lon, lat);
        match &self.extent {
            Extent::Plane { middle, east, north, plane } => {
                project(v, *middle, *east, *north).is_some_and(|point| inside_plane(plane, point))
            }
            Extent::Sphere { left, .. } => is_left(&self.vectors, v) == *left,
        }
    }

    /// Whether a position is inside or on the edge.
    fn holds(&self, lon: f64, lat: f64) -> bool {
        self.contains(lon, lat) || self.rim_distance(lon, lat) <= ON_EDGE
    }

    /// A circle that holds it: centre and radius, degrees.
    pub fn bounds(&self) -> (f64, f64, f64) {
        match &self.extent {
            Extent::Plane { middle, .. } => {
                let (lon, lat) = lonlat(*middle);
                let far = |&(a, b): &(f64, f64)| distance_deg(lon, lat, a, b);
                (lon, lat, self.vertices.iter().map(far).fold(0.0, f64::max))
            }
            Extent::Sphere { .. } => (0.0, 0.0, 180.0),
        }
    }

    /// Corners, degrees.
    pub fn vertices(&self) -> &[(f64, f64)] {
        &self.vertices
    }

    /// Whether it fits into a hemisphere.
    pub fn is_small(&self) -> bool {
        matches!(self.extent, Extent::Plane { .. })
    }

    /// Area in square degrees. For small ones the spherical excess, by the sum over fans from the
    /// first corner (Eriksson 1990, Math. Mag. 63, 184, for each triangle with its sign).
    pub fn area(&self) -> f64 {
        if let Extent::Sphere { area, .. } = self.extent {
            return area * SQUARE_DEGREES;
        }
        let v = &self.vectors;
        let Some(&a) = v.first() else { return 0.0 };
        let excess: f64 = v
            .iter()
            .skip(1)
            .zip(v.iter().skip(2))
            .map(|(&b, &c)| {
                let volume = dot(a, cross(b, c));
                2.0 * volume.atan2(1.0 + dot(a, b) + dot(b, c) + dot(c, a))
            })
            .sum();
        excess.abs() * SQUARE_DEGREES
    }

    /// The direction of the centre of mass of its area, degrees.
    pub fn centroid(&self) -> (f64, f64) {
        match &self.extent {
            // The plane keeps the digits of small shapes; its distortion grows with their square.
            Extent::Plane { middle, east, north, plane } if self.bounds().2 < 0.03 => {
                let (x, y) = plane_centroid(plane);
                lonlat(plus(*middle, plus(scaled(*east, x), scaled(*north, y))))
            }
            extent => {
                // Gauss: the integral of the direction over the area is half the sum of the
                // edges' normals, each as long as its edge.
                let sum = edges(&self.vectors).fold([0.0; 3], |sum, (a, b)| {
                    let normal = cross(a, b);
                    let length = dot(normal, normal).sqrt();
                    let angle = length.atan2(dot(a, b));
                    if length > 0.0 { plus(sum, scaled(normal, angle / length)) } else { sum }
                });
                let reference = match extent {
                    Extent::Plane { middle, .. } => dot(sum, *middle),
                    Extent::Sphere { left: true, .. } => 1.0,
                    Extent::Sphere { left: false, .. } => -1.0,
                };
                let inward = if reference < 0.0 { scaled(sum, -1.0) } else { sum };
                lonlat(unit(inward).unwrap_or([1.0, 0.0, 0.0]))
            }
        }
    }

    /// Distance from a position to the nearest point of the edges, degrees.
    pub fn rim_distance(&self, lon: f64, lat: f64) -> f64 {
        let p = vector(lon, lat);
        edges(&self.vectors)
            .map(|(u, v)| {
                let ends = angle(p, u).min(angle(p, v));
                let Some(normal) = unit(cross(u, v)) else { return ends };
                // The foot of the perpendicular lies on the arc if it is between both ends.
                let between = dot(cross(normal, u), p) >= 0.0 && dot(cross(v, normal), p) >= 0.0;
                let sine = dot(normal, p).abs().min(1.0);
                if between { sine.asin().to_degrees() } else { ends }
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// Whether `other` lies inside as a whole; edges can be shared.
    pub fn contains_polygon(&self, other: &Polygon) -> bool {
        let middles = edges(&other.vectors).filter_map(|(a, b)| unit(plus(a, b)).map(lonlat));
        let mut points = other.vertices.iter().copied().chain(middles);
        // A corner of ours inside `other` would leave some of `other` outside.
        let notched =
            |&(a, b): &(f64, f64)| other.contains(a, b) && other.rim_distance(a, b) > ON_EDGE;
        points.all(|(a, b)| self.holds(a, b))
            && !self.crosses(other)
            && !self.vertices.iter().any(notched)
    }

    /// Whether two polygons share a position.
    pub fn intersects(&self, other: &Polygon) -> bool {
        let holds_any = |p: &Polygon, q: &Polygon| q.vertices.iter().any(|&(a, b)| p.holds(a, b));
        holds_any(self, other) || holds_any(other, self) || self.crosses(other)
    }

    /// Whether an edge of one crosses an edge of the other, ends not counted.
    fn crosses(&self, other: &Polygon) -> bool {
        edges(&self.vectors).any(|(a, b)| {
            let n = cross(a, b);
            edges(&other.vectors).any(|(c, d)| {
                let m = cross(c, d);
                // A corner on the other edge, but for rounding, is no crossing.
                let side = |normal, point| {
                    let side = dot(normal, point);
                    if side.abs() < 5e-16 { 0.0 } else { side }
                };
                let (s1, s2) = (side(n, c), side(n, d));
                let (t1, t2) = (side(m, a), side(m, b));
                // With the last sign the arcs meet, and not one and the antipode of the other.
                s1 * s2 < 0.0 && t1 * t2 < 0.0 && s1 * t1 < 0.0
            })
        })
    }
}

fn angle(a: Vector, b: Vector) -> f64 {
    let normal = cross(a, b);
    dot(normal, normal).sqrt().atan2(dot(a, b)).to_degrees()
}

fn edges<T: Copy>(points: &[T]) -> impl Iterator<Item = (T, T)> + '_ {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

/// The polygon in the plane about the mean of its corners, if all of them are within 89.9° of it.
fn plane(vectors: &[Vector]) -> Option<Extent> {
    let middle = unit(vectors.iter().fold([0.0; 3], |sum, v| plus(sum, *v)))?;
    let pole = if middle[2].abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
    let east = unit(cross(pole, middle))?;
    let north = cross(middle, east);
    let plane: Option<Vec<(f64, f64)>> =
        vectors.iter().map(|&v| project(v, middle, east, north)).collect();
    Some(Extent::Plane { middle, east, north, plane: plane? })
}

fn project(v: Vector, middle: Vector, east: Vector, north: Vector) -> Option<(f64, f64)> {
    let depth = dot(v, middle);
    (depth > 1.745e-3).then(|| (dot(v, east) / depth, dot(v, north) / depth))
}

fn inside_plane(plane: &[(f64, f64)], (x, y): (f64, f64)) -> bool {
    let mut inside = false;
    for ((x1, y1), (x2, y2)) in edges(plane) {
        if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
            inside = !inside;
        }
    }
    inside
}

fn plane_centroid(plane: &[(f64, f64)]) -> (f64, f64) {
    let (mut area, mut cx, mut cy) = (0.0, 0.0, 0.0);
    for ((x1, y1), (x2, y2)) in edges(plane) {
        let part = x1 * y2 - x2 * y1;
        area += part;
        cx += (x1 + x2) * part;
        cy += (y1 + y2) * part;
    }
    // All corners in a line: the middle of them is as good as any.
    if area == 0.0 { (0.0, 0.0) } else { (cx / (3.0 * area), cy / (3.0 * area)) }
}

/// Which side is the smaller one: the area to the left is 2π less the sum of the turns at the
/// corners (Gauss–Bonnet), up to whole spheres.
fn sphere(vectors: &[Vector]) -> Extent {
    let normals: Vec<Vector> = edges(vectors).filter_map(|(a, b)| unit(cross(a, b))).collect();
    let turns: f64 = edges(&normals)
        .zip(vectors.iter().cycle().skip(1))
        .map(|((before, after), &corner)| {
            dot(corner, cross(before, after)).atan2(dot(before, after))
        })
        .sum();
    let left_area = (2.0 * PI - turns).rem_euclid(4.0 * PI);
    let left = left_area <= 2.0 * PI;
    Extent::Sphere { left, area: if left { left_area } else { 4.0 * PI - left_area } }
}

/// Whether a direction is on the left side of a closed line: the side on which the way to the
/// middle of an edge arrives there, changed by every other edge on the way.
fn is_left(vectors: &[Vector], p: Vector) -> bool {
    let all: Vec<(Vector, Vector)> = edges(vectors).collect();
    // An edge whose middle is neither here nor half a turn away, where the way is not defined.
    let aim = all.iter().enumerate().find_map(|(index, &(a, b))| {
        let middle = unit(plus(a, b))?;
        let way = cross(p, middle);
        (dot(way, way) > 1e-6).then_some((index, middle, way))
    });
    let Some((target, middle, way)) = aim else { return false };
    let (from, to) = (cross(way, p), cross(middle, way));
    let mut left = false;
    for (index, &(a, b)) in all.iter().enumerate() {
        if index == target {
            left ^= dot(cross(a, b), p) > 0.0;
            continue;
        }
        // Half-open at the corners, so that a way through one counts it once.
        let (at_a, at_b) = (dot(way, a), dot(way, b));
        if (at_a >= 0.0) == (at_b >= 0.0) {
            continue;
        }
        let crossing = plus(scaled(a, at_b.abs()), scaled(b, at_a.abs()));
        left ^= dot(from, crossing) > 0.0 && dot(to, crossing) > 0.0;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A band about the equator of which a quarter is left out: no hemisphere holds it.
    fn band() -> Vec<(f64, f64)> {
        let east = (0..=27).map(|step| f64::from(step) * 10.0);
        let upper = east.clone().map(|lon| (lon, 10.0));
        upper.chain(east.rev().map(|lon| (lon, -10.0))).collect()
    }

    #[test]
    fn a_polygon_may_reach_around_the_sky() {
        let mut reversed = band();
        reversed.reverse();
        for vertices in [band(), reversed] {
            let p = Polygon::new(vertices).unwrap();
            assert!(!p.is_small());
            for lon in [1.0, 90.0, 135.0, 179.9, 180.0, 269.0] {
                assert!(p.contains(lon, 0.0) && p.contains(lon, 9.0), "{lon}");
                assert!(!p.contains(lon, 11.0) && !p.contains(lon, -20.0), "{lon}");
            }
            assert!(!p.contains(315.0, 0.0) && !p.contains(0.0, 90.0) && !p.contains(0.0, -90.0));
            // Edges bulge towards the poles: a little more than the zone of that height.
            let zone = 270.0 * 2.0 * 10f64.to_radians().sin() * 180.0 / PI;
            assert!(p.area() > zone && p.area() < zone * 1.01, "{} {zone}", p.area());
            let (lon, lat) = p.centroid();
            assert!((lon - 135.0).abs() < 1e-9 && lat.abs() < 1e-9, "{lon} {lat}");
        }
    }

    #[test]
    fn both_algorithms_agree_where_both_apply() {
        let corners = vec![(350.0, 60.0), (40.0, 55.0), (100.0, 85.0), (200.0, 70.0)];
        let p = Polygon::new(corners).unwrap();
        assert!(p.is_small());
        let Extent::Sphere { left, area } = sphere(&p.vectors) else { panic!("sphere") };
        assert!((area * SQUARE_DEGREES - p.area()).abs() < 1e-9);
        for step in 0..2000 {
            let lon = f64::from(step) * 137.507_764 % 360.0;
            let lat = (f64::from(step) / 1000.0 - 1.0).asin().to_degrees();
            let here = is_left(&p.vectors, vector(lon, lat)) == left;
            assert_eq!(here, p.contains(lon, lat), "{lon} {lat}");
        }
    }

    #[test]
    fn polygons_of_the_same_edges_meet_and_hold_each_other() {
        let square = || vec![(10.0, 10.0), (12.0, 10.0), (12.0, 12.0), (10.0, 12.0)];
        let (p, q) = (Polygon::new(square()).unwrap(), Polygon::new(square()).unwrap());
        assert!(p.intersects(&q) && p.contains_polygon(&q));
        let l = vec![
            (10.0, 10.0),
            (12.0, 10.0),
            (12.0, 11.0),
            (11.0, 11.0),
            (11.0, 12.0),
            (10.0, 12.0),
        ];
        let l = Polygon::new(l).unwrap();
        assert!(p.contains_polygon(&l) && !l.contains_polygon(&p));
    }

    #[test]
    fn edges_of_half_a_turn_are_refused() {
        assert!(Polygon::new(vec![(0.0, 0.0), (180.0, 0.0), (90.0, 45.0)]).is_err());
        assert!(Polygon::new(vec![(0.0, 0.0), (0.0, 0.0), (90.0, 45.0)]).is_err());
    }
}
