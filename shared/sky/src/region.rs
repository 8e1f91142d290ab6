//! Regions of the sky in ICRS, and their text form in ObsCore's `s_region`.

mod hull;
mod side;
mod stcs;

pub use hull::hull;
pub(crate) use side::{RegionTest, Side};
pub use stcs::{StcsError, parse_stcs};

use serde::{Deserialize, Serialize};

use crate::angle::DEG;
use crate::sphere::Vec3;

/// A region of the sky. Positions are ICRS degrees: right ascension in [0, 360), declination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "type", content = "value")]
pub enum Region {
    /// A point.
    Position {
        /// Right ascension.
        ra_deg: f64,
        /// Declination.
        dec_deg: f64,
    },
    /// All points within a distance; 180° is the whole sky.
    Circle {
        /// Right ascension of the centre.
        ra_deg: f64,
        /// Declination of the centre.
        dec_deg: f64,
        /// Radius, 0 to 180.
        radius_deg: f64,
    },
    /// Vertices joined by great circles. The inside is the smaller of the two parts; as written,
    /// vertices run from north over east (counter-clockwise with east to the left).
    Polygon {
        /// At least three (right ascension, declination).
        vertices: Vec<(f64, f64)>,
    },
    /// A range of coordinates, as the deprecated BOX of ADQL 2.0 has it: bounded by two meridians
    /// and two parallels.
    Box {
        /// Right ascension of the centre.
        ra_deg: f64,
        /// Declination of the centre.
        dec_deg: f64,
        /// Extent in right ascension (coordinate degrees), 0 to 360.
        width_deg: f64,
        /// Extent in declination, 0 to 180.
        height_deg: f64,
    },
    /// Any of several regions.
    Union(Vec<Region>),
}

impl Region {
    /// The whole sky.
    pub const fn all_sky() -> Region {
        Region::Circle { ra_deg: 0.0, dec_deg: 0.0, radius_deg: 180.0 }
    }

    /// A polygon of directions, wound as [`Region::Polygon`] says; `None` for fewer than three
    /// different ones.
    pub fn polygon_of(mut points: Vec<Vec3>) -> Option<Region> {
        const SAME: f64 = 1e-12;
        points.dedup_by(|a, b| a.angle_to(*b) < SAME);
        while points.len() > 1
            && points.first().zip(points.last()).is_some_and(|(a, b)| a.angle_to(*b) < SAME)
        {
            points.pop();
        }
        if points.len() < 3 {
            return None;
        }
        if turning(&points) > 0.0 {
            points.reverse();
        }
        Some(Region::Polygon { vertices: points.into_iter().map(Vec3::lonlat_deg).collect() })
    }

    /// Whether a position (ICRS degrees) lies in the region, its edge included.
    pub fn contains(&self, ra_deg: f64, dec_deg: f64) -> bool {
        let point = Vec3::from_deg(ra_deg, dec_deg);
        match self {
            Region::Position { ra_deg: ra, dec_deg: dec } => {
                point.angle_to(Vec3::from_deg(*ra, *dec)) < 1e-11
            }
            Region::Circle { ra_deg: ra, dec_deg: dec, radius_deg } => {
                point.angle_to(Vec3::from_deg(*ra, *dec)) <= radius_deg * DEG + 1e-14
            }
            Region::Polygon { vertices } => polygon_contains(&vectors(vertices), point),
            Region::Box { ra_deg: ra, dec_deg: dec, width_deg, height_deg } => {
                let dx = crate::angle::signed_deg(ra_deg - ra).abs();
                dx <= width_deg / 2.0 && (dec_deg - dec).abs() <= height_deg / 2.0
            }
            Region::Union(parts) => parts.iter().any(|part| part.contains(ra_deg, dec_deg)),
        }
    }

    /// Area in square degrees. The parts of a union are counted as if they did not overlap.
    pub fn area_deg2(&self) -> f64 {
        let steradian = match self {
            Region::Position { .. } => 0.0,
            Region::Circle { radius_deg, .. } => {
                // 2π (1 − cos r) without cancellation.
                4.0 * std::f64::consts::PI * (radius_deg * DEG / 2.0).sin().powi(2)
            }
            Region::Polygon { vertices } => polygon_area(&vectors(vertices)),
            Region::Box { dec_deg, width_deg, height_deg, .. } => {
                let edge = |d: f64| (dec_deg + d).clamp(-90.0, 90.0).to_radians().sin();
                width_deg.min(360.0) * DEG * (edge(height_deg / 2.0) - edge(-height_deg / 2.0))
            }
            Region::Union(parts) => return parts.iter().map(Region::area_deg2).sum(),
        };
        steradian / (DEG * DEG)
    }

    /// A position in the middle, ICRS degrees; `None` for an empty region.
    pub fn centre_deg(&self) -> Option<(f64, f64)> {
        match self {
            Region::Position { ra_deg, dec_deg }
            | Region::Circle { ra_deg, dec_deg, .. }
            | Region::Box { ra_deg, dec_deg, .. } => Some((*ra_deg, *dec_deg)),
            Region::Polygon { vertices } => {
                polygon_centroid(&vectors(vertices)).map(Vec3::lonlat_deg)
            }
            Region::Union(parts) => {
                let sum = parts.iter().fold(Vec3([0.0; 3]), |sum, part| {
                    let Some((ra, dec)) = part.centre_deg() else { return sum };
                    sum.plus(Vec3::from_deg(ra, dec).scaled(part.area_deg2().max(1e-12)))
                });
                let middle = sum.unit().map(Vec3::lonlat_deg);
                middle.or_else(|| parts.iter().find_map(Region::centre_deg))
            }
        }
    }

    /// The smallest circle around [`Region::centre_deg`] that holds the region: centre and radius
    /// in degrees.
    pub fn bounding_circle_deg(&self) -> Option<(f64, f64, f64)> {
        let (ra, dec) = self.centre_deg()?;
        Some((ra, dec, self.reach_deg(Vec3::from_deg(ra, dec)).min(180.0)))
    }

    /// Largest distance of a point of the region from a direction, degrees.
    fn reach_deg(&self, from: Vec3) -> f64 {
        let far = |ra: f64, dec: f64| from.angle_to(Vec3::from_deg(ra, dec)) / DEG;
        match self {
            Region::Position { ra_deg, dec_deg } => far(*ra_deg, *dec_deg),
            Region::Circle { ra_deg, dec_deg, radius_deg } => far(*ra_deg, *dec_deg) + radius_deg,
            Region::Polygon { vertices } => {
                vertices.iter().map(|(ra, dec)| far(*ra, *dec)).fold(0.0, f64::max)
            }
            Region::Box { ra_deg, dec_deg, width_deg, height_deg } => {
                let half = (width_deg / 2.0, height_deg / 2.0);
                // A wide box reaches over the pole: the sides are sampled.
                (0..=64)
                    .flat_map(|i| {
                        let ra = ra_deg + half.0 * (f64::from(i) / 32.0 - 1.0);
                        [-half.1, 0.0, half.1].map(|d| (ra, (dec_deg + d).clamp(-90.0, 90.0)))
                    })
                    .map(|(ra, dec)| far(ra, dec))
                    .fold(0.0, f64::max)
            }
            Region::Union(parts) => parts.iter().map(|p| p.reach_deg(from)).fold(0.0, f64::max),
        }
    }

    /// The text form of ObsCore's `s_region` (STC-S as of TAP 1.0 §6, ICRS, degrees).
    pub fn to_stcs(&self) -> String {
        stcs::write(self)
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_stcs())
    }
}

fn vectors(vertices: &[(f64, f64)]) -> Vec<Vec3> {
    vertices.iter().map(|(ra, dec)| Vec3::from_deg(*ra, *dec)).collect()
}

/// Each vertex with the next, around the polygon.
fn edges(vertices: &[Vec3]) -> impl Iterator<Item = (Vec3, Vec3)> {
    let next = vertices.iter().cycle().skip(1);
    vertices.iter().copied().zip(next.copied())
}

/// Positive when the vertices run from north over west about their middle.
fn turning(vertices: &[Vec3]) -> f64 {
    let middle = vertices.iter().fold(Vec3([0.0; 3]), |sum, v| sum.plus(*v));
    edges(vertices).map(|(a, b)| a.cross(b).dot(middle)).sum()
}

/// By winding: the angles under which the edges are seen from the point add up to a turn.
fn polygon_contains(vertices: &[Vec3], point: Vec3) -> bool {
    let Some(middle) = vertices.iter().fold(Vec3([0.0; 3]), |sum, v| sum.plus(*v)).unit() else {
        return false;
    };
    // The smaller part lies on the side of its middle; the antipode of a point inside would be
    // wound around as well.
    let reach = vertices.iter().map(|v| v.dot(middle)).fold(1.0, f64::min);
    if point.dot(middle) < reach.min(0.0) - 1e-12 {
        return false;
    }
    let mut turn = 0.0;
    for (a, b) in edges(vertices) {
        let (u, v) = (point.cross(a), point.cross(b));
        let sine = u.cross(v).dot(point);
        let cosine = u.dot(v);
        // On a vertex or on an edge.
        if u.norm() < 1e-13 || (sine.abs() < 1e-15 * u.norm() * v.norm() && cosine < 0.0) {
            return point.dot(a) > 0.0;
        }
        turn += sine.atan2(cosine);
    }
    turn.abs() > std::f64::consts::PI
}

/// Area in steradians, by triangles from the first vertex (Oosterom & Strackee 1983).
fn polygon_area(vertices: &[Vec3]) -> f64 {
    let area: f64 = triangles(vertices).map(|(_, area)| area).sum();
    let area = area.abs();
    area.min(4.0 * std::f64::consts::PI - area).max(0.0)
}

fn polygon_centroid(vertices: &[Vec3]) -> Option<Vec3> {
    let sum = triangles(vertices)
        .fold(Vec3([0.0; 3]), |sum, (middle, area)| sum.plus(middle.scaled(area)));
    let corners = vertices.iter().fold(Vec3([0.0; 3]), |sum, v| sum.plus(*v));
    // Without an area the middle of the corners has to do; with one the sign is that of winding.
    match sum.unit().filter(|_| sum.norm() > 1e-24) {
        Some(middle) if middle.dot(corners) < 0.0 => Some(middle.scaled(-1.0)),
        Some(middle) => Some(middle),
        None => corners.unit(),
    }
}

/// Middle and signed area of the triangles from the first vertex.
fn triangles(vertices: &[Vec3]) -> impl Iterator<Item = (Vec3, f64)> {
    let first = vertices.first().copied().unwrap_or(Vec3([0.0; 3]));
    vertices.windows(2).skip(1).filter_map(move |pair| {
        let [b, c] = pair else { return None };
        let numerator = first.dot(b.cross(*c));
        let denominator = 1.0 + first.dot(*b) + b.dot(*c) + c.dot(first);
        let middle = first.plus(*b).plus(*c).unit()?;
        Some((middle, 2.0 * numerator.atan2(denominator)))
    })
}

#[cfg(test)]
mod tests;
