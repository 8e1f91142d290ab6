//! On which side of a region's edge a small circle lies.

use super::{Region, vectors};
use crate::angle::DEG;
use crate::sphere::Vec3;

/// Where a small circle lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Wholly outside.
    Outside,
    /// Perhaps on both sides.
    Edge,
    /// Wholly inside.
    Inside,
}

/// A region prepared for many tests.
pub(crate) struct RegionTest<'a> {
    region: &'a Region,
    edges: Vec<Edge>,
}

/// A great-circle segment.
struct Edge {
    a: Vec3,
    b: Vec3,
    normal: Option<Vec3>,
}

impl<'a> RegionTest<'a> {
    pub(crate) fn new(region: &'a Region) -> RegionTest<'a> {
        let edges = match region {
            Region::Polygon { vertices } => super::edges(&vectors(vertices))
                .map(|(a, b)| Edge { a, b, normal: a.cross(b).unit() })
                .collect(),
            _ => Vec::new(),
        };
        RegionTest { region, edges }
    }

    /// The side of a circle of `reach` radians around `middle`.
    pub(crate) fn side(&self, middle: Vec3, reach: f64) -> Side {
        match self.region {
            Region::Position { ra_deg, dec_deg } => {
                side_of(middle.angle_to(Vec3::from_deg(*ra_deg, *dec_deg)), 0.0, reach)
            }
            Region::Circle { ra_deg, dec_deg, radius_deg } => {
                let distance = middle.angle_to(Vec3::from_deg(*ra_deg, *dec_deg));
                side_of(distance, radius_deg * DEG, reach)
            }
            Region::Polygon { .. } => {
                let near = self.edges.iter().any(|edge| edge.distance(middle) <= reach);
                let (ra, dec) = middle.lonlat_deg();
                match (near, self.region.contains(ra, dec)) {
                    (true, _) => Side::Edge,
                    (false, true) => Side::Inside,
                    (false, false) => Side::Outside,
                }
            }
            Region::Box { ra_deg, dec_deg, width_deg, height_deg } => {
                let (ra, dec) = middle.lonlat_deg();
                let r = reach / DEG;
                let dy = (dec - dec_deg).abs() - height_deg / 2.0;
                // A circle spans asin(sin r / cos δ) in longitude; near a pole all of it.
                let cos = (dec * DEG).cos();
                let sin = reach.sin();
                let span = if sin < cos { (sin / cos).asin() / DEG } else { 360.0 };
                let dx = crate::angle::signed_deg(ra - ra_deg).abs() - width_deg / 2.0;
                if dy > r || dx > span {
                    Side::Outside
                } else if dy < -r && dx < -span {
                    Side::Inside
                } else {
                    Side::Edge
                }
            }
            Region::Union(parts) => {
                let sides = parts.iter().map(|part| RegionTest::new(part).side(middle, reach));
                sides.fold(Side::Outside, |best, side| match (best, side) {
                    (Side::Inside, _) | (_, Side::Inside) => Side::Inside,
                    (Side::Edge, _) | (_, Side::Edge) => Side::Edge,
                    _ => Side::Outside,
                })
            }
        }
    }
}

fn side_of(distance: f64, radius: f64, reach: f64) -> Side {
    // A rounding of the distance must not lose a cell.
    const ROUNDING: f64 = 1e-15;
    if distance > radius + reach + ROUNDING {
        Side::Outside
    } else if distance + reach <= radius {
        Side::Inside
    } else {
        Side::Edge
    }
}

impl Edge {
    /// Angular distance of a point from the segment, radians.
    fn distance(&self, p: Vec3) -> f64 {
        let ends = p.angle_to(self.a).min(p.angle_to(self.b));
        let Some(normal) = self.normal else { return ends };
        // The foot of the perpendicular lies between the ends.
        let between = normal.cross(self.a).dot(p) >= 0.0 && self.b.cross(normal).dot(p) >= 0.0;
        if between { normal.dot(p).abs().min(1.0).asin() } else { ends }
    }
}
