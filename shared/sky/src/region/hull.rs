//! Convex hull on the sphere, for files whose detectors are many.

use super::Region;
use crate::sphere::{Vec3, tangent};

/// The convex hull of directions that lie within a hemisphere, by their gnomonic image, in which
/// great circles are straight (Andrew's monotone chain).
///
/// `None` for fewer than three points, for points in a line, and where they span a hemisphere.
pub fn hull(points: &[Vec3]) -> Option<Region> {
    let centre = points.iter().fold(Vec3([0.0; 3]), |sum, v| sum.plus(*v)).unit()?;
    let (lon, lat) = centre.lonlat();
    let (north, east) = tangent(lon, lat);
    let mut plane = Vec::with_capacity(points.len());
    for v in points {
        let depth = v.dot(centre);
        if depth < 1e-3 {
            return None;
        }
        plane.push((v.dot(east) / depth, v.dot(north) / depth));
    }
    plane.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    plane.dedup();
    let mut corners = chain(plane.iter().copied());
    corners.extend(chain(plane.iter().rev().copied()));
    if corners.len() < 3 {
        return None;
    }
    let direction = |(x, y): (f64, f64)| centre.plus(east.scaled(x)).plus(north.scaled(y)).unit();
    Region::polygon_of(corners.into_iter().filter_map(direction).collect())
}

/// Half of the hull, without its last point.
fn chain(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut list: Vec<(f64, f64)> = Vec::new();
    for p in points {
        while let [.., a, b] = list.as_slice() {
            let cross = (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
            if cross > 0.0 {
                break;
            }
            list.pop();
        }
        list.push(p);
    }
    list.pop();
    list
}
