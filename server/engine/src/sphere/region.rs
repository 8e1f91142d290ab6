//! Shapes on the sphere, ICRS: point, circle and polygon, exact tests and STC-S text.
//!
//! Polygon edges are great circles; the inside is the smaller side, so the winding does not
//! matter. Everything happens in the gnomonic projection about the polygon's middle, where great
//! circles are straight lines, so neither the poles nor 0h are special.

use super::{distance_deg, healpix29};

/// A shape. Longitudes and latitudes in degrees.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// A position.
    Point(f64, f64),
    /// Centre and radius, degrees.
    Circle(f64, f64, f64),
    /// A polygon.
    Polygon(Polygon),
    /// Any of several shapes.
    Union(Vec<Region>),
}

/// A polygon that fits into a hemisphere.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    vertices: Vec<(f64, f64)>,
    middle: [f64; 3],
    east: [f64; 3],
    north: [f64; 3],
    /// Vertices in the gnomonic plane about `middle`.
    plane: Vec<(f64, f64)>,
}

/// Why a text or its numbers are no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegionError(pub String);

fn vector(lon_deg: f64, lat_deg: f64) -> [f64; 3] {
    let (sin_lon, cos_lon) = lon_deg.to_radians().sin_cos();
    let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: [f64; 3]) -> Option<[f64; 3]> {
    let norm = dot(a, a).sqrt();
    (norm > 1e-12).then(|| a.map(|x| x / norm))
}

fn lonlat(v: [f64; 3]) -> (f64, f64) {
    let lon = v[1].atan2(v[0]).to_degrees().rem_euclid(360.0);
    (lon, v[2].atan2(v[0].hypot(v[1])).to_degrees())
}

impl Polygon {
    /// A polygon of three or more vertices, not closed by repeating the first, within 89.9° of
    /// the direction of their mean.
    pub fn new(mut vertices: Vec<(f64, f64)>) -> Result<Self, RegionError> {
        if vertices.len() > 3 && vertices.first() == vertices.last() {
            vertices.pop();
        }
        if vertices.len() < 3 {
            return Err(RegionError("a polygon has at least three corners".into()));
        }
        for &(lon, lat) in &vertices {
            check(lon, lat)?;
        }
        let vectors: Vec<[f64; 3]> = vertices.iter().map(|&(a, b)| vector(a, b)).collect();
        let sum = vectors.iter().fold([0.0; 3], |s, v| [s[0] + v[0], s[1] + v[1], s[2] + v[2]]);
        let too_large =
            || RegionError("polygons larger than a hemisphere are not supported".into());
        let middle = unit(sum).ok_or_else(too_large)?;
        let pole = if middle[2].abs() < 0.9 { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
        let east = unit(cross(pole, middle)).ok_or_else(too_large)?;
        let north = cross(middle, east);
        let mut polygon = Self { vertices, middle, east, north, plane: Vec::new() };
        for v in vectors {
            let projected = polygon.project(v).ok_or_else(too_large)?;
            polygon.plane.push(projected);
        }
        Ok(polygon)
    }

    fn project(&self, v: [f64; 3]) -> Option<(f64, f64)> {
        let depth = dot(v, self.middle);
        (depth > 1.745e-3).then(|| (dot(v, self.east) / depth, dot(v, self.north) / depth))
    }

    /// Whether a position is inside. Even-odd rule for polygons that cross themselves.
    pub fn contains(&self, lon: f64, lat: f64) -> bool {
        let Some((x, y)) = self.project(vector(lon, lat)) else { return false };
        let mut inside = false;
        for ((x1, y1), (x2, y2)) in edges(&self.plane) {
            if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                inside = !inside;
            }
        }
        inside
    }

    /// The smallest circle about the middle that holds it: centre and radius, degrees.
    pub fn bounds(&self) -> (f64, f64, f64) {
        let (lon, lat) = lonlat(self.middle);
        let far = |&(a, b): &(f64, f64)| distance_deg(lon, lat, a, b);
        (lon, lat, self.vertices.iter().map(far).fold(0.0, f64::max))
    }

    /// Corners, degrees.
    pub fn vertices(&self) -> &[(f64, f64)] {
        &self.vertices
    }

    /// Area in square degrees: the spherical excess, by the sum over fans from the first corner
    /// (Eriksson 1990, Math. Mag. 63, 184, for each triangle with its sign).
    pub fn area(&self) -> f64 {
        let v: Vec<[f64; 3]> = self.vertices.iter().map(|&(a, b)| vector(a, b)).collect();
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
        excess.abs() * (180.0 / std::f64::consts::PI).powi(2)
    }
}

fn edges(points: &[(f64, f64)]) -> impl Iterator<Item = ((f64, f64), (f64, f64))> + '_ {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

fn check(lon: f64, lat: f64) -> Result<(), RegionError> {
    if lon.is_finite() && (-90.0..=90.0).contains(&lat) {
        Ok(())
    } else {
        Err(RegionError(format!("{lon} {lat} is not a position on the sky")))
    }
}

impl Region {
    /// A circle; the radius must not be negative.
    pub fn circle(lon: f64, lat: f64, radius: f64) -> Result<Self, RegionError> {
        check(lon, lat)?;
        if !(0.0..=180.0).contains(&radius) {
            return Err(RegionError(format!("{radius} is not a radius")));
        }
        Ok(Self::Circle(lon, lat, radius))
    }

    /// ADQL's BOX (STC): the cross of arms `width` and `height` about the centre along the
    /// coordinate axes, closed by the great circles at right angles to the ends of its arms.
    pub fn cross_box(lon: f64, lat: f64, width: f64, height: f64) -> Result<Self, RegionError> {
        check(lon, lat)?;
        let extent = |d: f64| (d > 0.0 && d < 179.0).then(|| (d / 2.0).to_radians().tan());
        let (Some(x), Some(y)) = (extent(width), extent(height)) else {
            return Err(RegionError(format!("{width} by {height} is no size of a box")));
        };
        let (middle, lon_rad) = (vector(lon, lat), lon.to_radians());
        let east = [-lon_rad.sin(), lon_rad.cos(), 0.0];
        let north = cross(middle, east);
        let corner = |sx: f64, sy: f64| {
            let at = |i: usize| middle[i] + sx * x * east[i] + sy * y * north[i];
            lonlat([at(0), at(1), at(2)])
        };
        let corners =
            vec![corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0), corner(-1.0, -1.0)];
        Polygon::new(corners).map(Self::Polygon)
    }

    /// Whether a position is inside; the rim of a circle is.
    pub fn contains(&self, lon: f64, lat: f64) -> bool {
        match self {
            Self::Point(a, b) => distance_deg(*a, *b, lon, lat) == 0.0,
            Self::Circle(a, b, r) => distance_deg(*a, *b, lon, lat) <= *r,
            Self::Polygon(p) => p.contains(lon, lat),
            Self::Union(parts) => parts.iter().any(|p| p.contains(lon, lat)),
        }
    }

    /// Whether `other` lies inside as a whole; `None` where that cannot be told exactly.
    pub fn contains_region(&self, other: &Region) -> Option<bool> {
        match (self, other) {
            (_, Self::Point(lon, lat)) => Some(self.contains(*lon, *lat)),
            (_, Self::Union(parts)) => {
                let each: Option<Vec<bool>> =
                    parts.iter().map(|p| self.contains_region(p)).collect();
                Some(each?.into_iter().all(|b| b))
            }
            (Self::Circle(a, b, r), Self::Circle(c, d, s)) => {
                Some(distance_deg(*a, *b, *c, *d) + s <= *r)
            }
            // A circle smaller than a hemisphere is convex: the corners decide.
            (Self::Circle(a, b, r), Self::Polygon(p)) if *r < 90.0 => {
                Some(p.vertices().iter().all(|&(c, d)| distance_deg(*a, *b, c, d) <= *r))
            }
            (Self::Polygon(p), Self::Circle(c, d, s)) => {
                Some(p.contains(*c, *d) && p.rim_distance(*c, *d) >= *s)
            }
            (Self::Polygon(p), Self::Polygon(q)) => {
                let inside = q.vertices().iter().all(|&(c, d)| p.contains(c, d));
                Some(inside && !p.crosses(q))
            }
            (Self::Point(..), _) => Some(false),
            _ => None,
        }
    }

    /// Whether two shapes share a position.
    pub fn intersects(&self, other: &Region) -> bool {
        match (self, other) {
            (Self::Union(parts), x) | (x, Self::Union(parts)) => {
                parts.iter().any(|p| p.intersects(x))
            }
            (Self::Point(a, b), x) | (x, Self::Point(a, b)) => x.contains(*a, *b),
            (Self::Circle(a, b, r), Self::Circle(c, d, s)) => distance_deg(*a, *b, *c, *d) <= r + s,
            (Self::Circle(a, b, r), Self::Polygon(p))
            | (Self::Polygon(p), Self::Circle(a, b, r)) => {
                p.contains(*a, *b) || p.rim_distance(*a, *b) <= *r
            }
            (Self::Polygon(p), Self::Polygon(q)) => {
                let one = |p: &Polygon, q: &Polygon| {
                    q.vertices().first().is_some_and(|&(a, b)| p.contains(a, b))
                };
                one(p, q) || one(q, p) || p.crosses(q)
            }
        }
    }

    /// Area in square degrees. Parts of a union are taken not to overlap.
    pub fn area(&self) -> f64 {
        match self {
            Self::Point(..) => 0.0,
            Self::Circle(_, _, r) => {
                let half = (r.to_radians() / 2.0).sin();
                4.0 * std::f64::consts::PI * half * half * (180.0 / std::f64::consts::PI).powi(2)
            }
            Self::Polygon(p) => p.area(),
            Self::Union(parts) => parts.iter().map(Region::area).sum(),
        }
    }

    /// The middle: centre of a circle, direction of the mean corner of a polygon.
    pub fn centroid(&self) -> Option<(f64, f64)> {
        match self {
            Self::Point(a, b) | Self::Circle(a, b, _) => Some((*a, *b)),
            Self::Polygon(p) => Some(lonlat(p.middle)),
            Self::Union(parts) => parts.first()?.centroid(),
        }
    }

    /// Circles that together hold the shape: centre and radius, degrees.
    pub fn bounds(&self) -> Vec<(f64, f64, f64)> {
        match self {
            Self::Point(a, b) => vec![(*a, *b, 0.0)],
            Self::Circle(a, b, r) => vec![(*a, *b, *r)],
            Self::Polygon(p) => vec![p.bounds()],
            Self::Union(parts) => parts.iter().flat_map(Region::bounds).collect(),
        }
    }
}

impl Polygon {
    /// Distance from a position to the nearest point of the edges, degrees.
    fn rim_distance(&self, lon: f64, lat: f64) -> f64 {
        let p = vector(lon, lat);
        edges(&self.vertices)
            .map(|((a, b), (c, d))| {
                let ends = distance_deg(lon, lat, a, b).min(distance_deg(lon, lat, c, d));
                let (u, v) = (vector(a, b), vector(c, d));
                let Some(normal) = unit(cross(u, v)) else { return ends };
                // The foot of the perpendicular lies on the arc if it is between both ends.
                let between = dot(cross(normal, u), p) >= 0.0 && dot(cross(v, normal), p) >= 0.0;
                let sine = dot(normal, p).abs().min(1.0);
                if between { sine.asin().to_degrees() } else { ends }
            })
            .fold(f64::INFINITY, f64::min)
    }

    /// Whether an edge of one crosses an edge of the other.
    fn crosses(&self, other: &Polygon) -> bool {
        let arcs = |p: &Polygon| -> Vec<([f64; 3], [f64; 3])> {
            edges(&p.vertices).map(|((a, b), (c, d))| (vector(a, b), vector(c, d))).collect()
        };
        let others = arcs(other);
        arcs(self).iter().any(|&(a, b)| {
            others.iter().any(|&(c, d)| {
                let (n, m) = (cross(a, b), cross(c, d));
                let (s1, s2) = (dot(n, c), dot(n, d));
                let (t1, t2) = (dot(m, a), dot(m, b));
                let hemisphere = dot(a, c) + dot(a, d) + dot(b, c) + dot(b, d) > 0.0;
                s1 * s2 < 0.0 && t1 * t2 < 0.0 && hemisphere
            })
        })
    }
}

/// Reads STC-S as ObsCore and TAP 1.0 write it: `Circle ICRS 10 20 1`, `Polygon 1 2 3 4 5 6`,
/// `Position ICRS 1 2`, `Box ICRS 1 2 3 4`, `Union ICRS (Circle … Polygon …)`.
pub fn parse(text: &str) -> Result<Region, RegionError> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ").replace(',', " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let region = shape(&words, &mut at, 0)?;
    match words.get(at) {
        None => Ok(region),
        Some(word) => Err(RegionError(format!("{word:?} after the end of the region"))),
    }
}

fn shape(words: &[&str], at: &mut usize, depth: usize) -> Result<Region, RegionError> {
    let keyword = words.get(*at).ok_or_else(|| RegionError("an empty region".into()))?;
    *at += 1;
    // Frame, reference position and flavour, of which only ICRS-like frames are read.
    while let Some(word) = words.get(*at) {
        match word.to_ascii_uppercase().as_str() {
            "ICRS" | "J2000" | "FK5" | "UNKNOWNFRAME" | "BARYCENTER" | "GEOCENTER"
            | "TOPOCENTER" | "UNKNOWNREFPOS" | "SPHERICAL2" => *at += 1,
            "FK4" | "B1950" | "GALACTIC" | "ECLIPTIC" | "CARTESIAN2" => {
                return Err(RegionError(format!("frame {word} of a region is not supported")));
            }
            _ => break,
        }
    }
    if keyword.eq_ignore_ascii_case("union") {
        return union(words, at, depth);
    }
    let mut numbers = Vec::new();
    while let Some(value) = words.get(*at).and_then(|w| w.parse::<f64>().ok()) {
        numbers.push(value);
        *at += 1;
    }
    match (keyword.to_ascii_lowercase().as_str(), numbers.as_slice()) {
        ("position" | "point", &[lon, lat]) => check(lon, lat).map(|()| Region::Point(lon, lat)),
        ("circle", &[lon, lat, r]) => Region::circle(lon, lat, r),
        ("box", &[lon, lat, w, h]) => Region::cross_box(lon, lat, w, h),
        ("polygon", n) if n.len() >= 6 && n.len() % 2 == 0 => {
            let pairs = n.chunks_exact(2).filter_map(|c| Some((*c.first()?, *c.get(1)?)));
            Polygon::new(pairs.collect()).map(Region::Polygon)
        }
        _ => Err(RegionError(format!("{keyword} with {} numbers is no region", numbers.len()))),
    }
}

fn union(words: &[&str], at: &mut usize, depth: usize) -> Result<Region, RegionError> {
    if depth > 8 {
        return Err(RegionError("unions nested too deeply".into()));
    }
    if words.get(*at) != Some(&"(") {
        return Err(RegionError("expected ( after Union".into()));
    }
    *at += 1;
    let mut parts = Vec::new();
    while words.get(*at).is_some_and(|w| *w != ")") {
        parts.push(shape(words, at, depth + 1)?);
    }
    if words.get(*at).is_none() {
        return Err(RegionError("missing ) of Union".into()));
    }
    *at += 1;
    Ok(Region::Union(parts))
}

/// HEALPix order-29 index ranges `[low, high)` that hold every position of the given circle;
/// `None` for circles so large that ranges do not help. At most `limit` ranges.
pub fn circle_ranges(lon: f64, lat: f64, radius: f64, limit: usize) -> Option<Vec<(i64, i64)>> {
    if !(lon.is_finite() && (-90.0..=90.0).contains(&lat) && radius.is_finite()) || radius >= 90.0 {
        return None;
    }
    // Rounding of the index and of the exact test differ by less than this.
    let radius = radius.max(0.0) * (1.0 + 1e-9) + 1e-9;
    // The coarsest order whose cells (58.6°/2ᵏ) are about an eighth of the radius.
    let mut order = 3u8;
    while order < 27 && 58.6 / f64::from(1u32 << order) > radius / 4.0 {
        order += 1;
    }
    let moc = cdshealpix::nested::get(order).cone_coverage_approx_custom(
        2,
        lon.rem_euclid(360.0).to_radians(),
        lat.to_radians(),
        radius.to_radians(),
    );
    let shift = 2 * (29 - u32::from(order));
    let edge = |cell: u64| i64::try_from(cell << shift).unwrap_or(i64::MAX);
    let mut ranges: Vec<(i64, i64)> =
        moc.to_ranges().iter().map(|r| (edge(r.start), edge(r.end))).collect();
    // The centre's own cell belongs to it, whatever the approximation thought.
    let own = healpix29(lon, lat);
    ranges.push((own, own + 1));
    Some(simplify(ranges, limit))
}

/// Sorts and merges ranges; if more than `limit` are left, closes the narrowest gaps.
pub fn simplify(mut ranges: Vec<(i64, i64)>, limit: usize) -> Vec<(i64, i64)> {
    ranges.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (low, high) in ranges {
        match merged.last_mut() {
            Some(last) if low <= last.1 => last.1 = last.1.max(high),
            _ => merged.push((low, high)),
        }
    }
    if merged.len() <= limit.max(1) {
        return merged;
    }
    let mut gaps: Vec<i64> =
        merged.iter().zip(merged.iter().skip(1)).map(|(a, b)| b.0 - a.1).collect();
    gaps.sort_unstable();
    let close = merged.len() - limit.max(1);
    let widest_closed = gaps.get(close - 1).copied().unwrap_or(0);
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (low, high) in merged {
        match out.last_mut() {
            Some(last) if low - last.1 <= widest_closed => last.1 = high,
            _ => out.push((low, high)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_contain_whatever_the_winding_at_poles_and_across_zero() {
        let polar = vec![(0.0, 80.0), (90.0, 80.0), (180.0, 80.0), (270.0, 80.0)];
        let mut reversed = polar.clone();
        reversed.reverse();
        for vertices in [polar, reversed] {
            let p = Polygon::new(vertices).unwrap();
            assert!(p.contains(123.0, 89.0) && p.contains(0.0, 90.0));
            assert!(!p.contains(45.0, 80.0), "edges are great circles, not parallels");
            assert!(!p.contains(0.0, -90.0));
        }
        let zero =
            Polygon::new(vec![(359.0, -1.0), (1.0, -1.0), (1.0, 1.0), (359.0, 1.0)]).unwrap();
        assert!(zero.contains(0.0, 0.0) && zero.contains(359.5, 0.5) && !zero.contains(2.0, 0.0));
        // One octant of the sphere is 4π/8 sr.
        let octant = Polygon::new(vec![(0.0, 0.0), (90.0, 0.0), (0.0, 90.0)]).unwrap();
        assert!((octant.area() - 41_252.961_249_419_27 / 8.0).abs() < 1e-8);
    }

    #[test]
    fn regions_parse_as_clients_write_them() {
        assert_eq!(parse("CIRCLE ICRS 10 20 1").unwrap(), Region::Circle(10.0, 20.0, 1.0));
        assert!(matches!(parse("Polygon 0 0 1 0 1 1"), Ok(Region::Polygon(_))));
        let union = parse("Union ICRS (Circle 1 1 1 Position 2 2)").unwrap();
        assert!(union.contains(2.0, 2.0) && union.contains(1.5, 1.0));
        for bad in ["", "Circle", "Circle FK4 1 2 3", "Polygon 0 0 1 1", "Circle 1 95 1", "Union ("]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shapes_meet() {
        let square = parse("Polygon 10 10 12 10 12 12 10 12").unwrap();
        assert!(square.intersects(&Region::Circle(13.0, 11.0, 1.1)));
        assert!(!square.intersects(&Region::Circle(13.5, 11.0, 1.1)));
        assert!(square.intersects(&parse("Polygon 11 9 11.5 9 11.5 13 11 13").unwrap()));
        assert!(square.intersects(&parse("Polygon 5 5 20 5 20 20 5 20").unwrap()));
        assert_eq!(Region::Circle(11.0, 11.0, 2.0).contains_region(&square), Some(true));
        assert_eq!(square.contains_region(&Region::Circle(11.0, 11.0, 0.9)), Some(true));
        assert_eq!(square.contains_region(&Region::Circle(11.0, 11.0, 1.1)), Some(false));
    }

    #[test]
    fn ranges_hold_every_point_of_the_circle() {
        for (lon, lat, r) in [
            (0.0, 90.0, 0.5),
            (0.0, -90.0, 3.0),
            (0.01, 10.0, 0.3),
            (123.0, 41.81, 20.0),
            (5.0, 0.0, 1e-4),
        ] {
            let ranges = circle_ranges(lon, lat, r, 16).unwrap();
            assert!(ranges.len() <= 16);
            for step in 0..720 {
                let angle = f64::from(step).to_radians() / 2.0;
                for part in [1.0, 0.7, 0.2] {
                    // A point at distance part·r in direction `angle`, by rotation.
                    let (d, b) = ((part * r).to_radians(), f64::to_radians(lat));
                    let lat2 = (b.sin() * d.cos() + b.cos() * d.sin() * angle.cos()).asin();
                    let dlon =
                        (angle.sin() * d.sin() * b.cos()).atan2(d.cos() - b.sin() * lat2.sin());
                    let h = healpix29(lon + dlon.to_degrees(), lat2.to_degrees());
                    assert!(ranges.iter().any(|&(l, u)| l <= h && h < u), "{lon} {lat} {r} {step}");
                }
            }
        }
    }
}
