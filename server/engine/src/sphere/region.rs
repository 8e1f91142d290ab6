//! Shapes on the sphere, ICRS: point, circle, polygon, coverage map, and exact tests between them.

use super::{
    distance_deg, lonlat_box,
    moc::{self, Moc, Ranges, circle_ranges, simplify},
    polygon::{Polygon, SQUARE_DEGREES},
    vector::lonlat,
};

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
    /// Cells of a coverage map.
    Moc(Moc),
}

/// Why a text or its numbers are no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegionError(pub String);

/// Whether two numbers are a position.
pub(super) fn check(lon: f64, lat: f64) -> Result<(), RegionError> {
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
        Polygon::new(Self::box_corners(lon, lat, width, height)?).map(Self::Polygon)
    }

    /// The corners of [`Region::cross_box`].
    pub(super) fn box_corners(
        lon: f64,
        lat: f64,
        width: f64,
        height: f64,
    ) -> Result<Vec<(f64, f64)>, RegionError> {
        check(lon, lat)?;
        let extent = |d: f64| (d > 0.0 && d < 179.0).then(|| (d / 2.0).to_radians().tan());
        let (Some(x), Some(y)) = (extent(width), extent(height)) else {
            return Err(RegionError(format!("{width} by {height} is no size of a box")));
        };
        Ok(lonlat_box(lon, lat, x, y).map(lonlat).to_vec())
    }

    /// Whether a position is inside; the rim of a circle is.
    pub fn contains(&self, lon: f64, lat: f64) -> bool {
        match self {
            Self::Point(a, b) => distance_deg(*a, *b, lon, lat) == 0.0,
            Self::Circle(a, b, r) => distance_deg(*a, *b, lon, lat) <= *r,
            Self::Polygon(p) => p.contains(lon, lat),
            Self::Union(parts) => parts.iter().any(|p| p.contains(lon, lat)),
            Self::Moc(moc) => moc.contains(lon, lat),
        }
    }

    /// Whether `other` lies inside as a whole; `None` where that cannot be told exactly: whether
    /// several parts of a union cover a shape together. A shape is in a map if the cells that it
    /// touches are; a map is in a shape if the corners and the centre of every cell are.
    pub fn contains_region(&self, other: &Region) -> Option<bool> {
        match (self, other) {
            (_, Self::Point(lon, lat)) => Some(self.contains(*lon, *lat)),
            (_, Self::Union(parts)) => {
                let each: Option<Vec<bool>> =
                    parts.iter().map(|p| self.contains_region(p)).collect();
                Some(each?.into_iter().all(|b| b))
            }
            (Self::Moc(a), Self::Moc(b)) => Some(a.contains_moc(b)),
            (Self::Moc(moc), shape) => {
                Moc::of(shape, moc.order()).ok().map(|cells| moc.contains_moc(&cells))
            }
            (Self::Union(parts), shape) => {
                parts.iter().any(|part| part.contains_region(shape) == Some(true)).then_some(true)
            }
            (shape, Self::Moc(moc)) => Some(moc.cells().all(|(order, cell)| {
                let (lon, lat) = moc::centre(order, cell);
                let corners = moc::corners(order, cell).map(lonlat);
                shape.contains(lon, lat) && corners.iter().all(|&(a, b)| shape.contains(a, b))
            })),
            (Self::Circle(a, b, r), Self::Circle(c, d, s)) => {
                Some(*r >= 180.0 || distance_deg(*a, *b, *c, *d) + s <= *r)
            }
            // A circle smaller than a hemisphere is convex: the corners decide.
            (Self::Circle(a, b, r), Self::Polygon(p)) if *r < 90.0 => Some(
                p.is_small() && p.vertices().iter().all(|&(c, d)| distance_deg(*a, *b, c, d) <= *r),
            ),
            // What a larger one leaves out is convex: nothing of the polygon may be there.
            (Self::Circle(a, b, r), Self::Polygon(p)) => {
                let (lon, lat) = (a + 180.0, -b);
                Some(!p.contains(lon, lat) && p.rim_distance(lon, lat) >= 180.0 - r)
            }
            (Self::Polygon(p), Self::Circle(c, d, s)) => {
                Some(p.contains(*c, *d) && p.rim_distance(*c, *d) >= *s)
            }
            (Self::Polygon(p), Self::Polygon(q)) => Some(p.contains_polygon(q)),
            (Self::Point(..), _) => Some(false),
        }
    }

    /// Whether two shapes share a position. A map counts with the cells of its deepest order that
    /// the other shape touches.
    pub fn intersects(&self, other: &Region) -> bool {
        match (self, other) {
            (Self::Union(parts), x) | (x, Self::Union(parts)) => {
                parts.iter().any(|p| p.intersects(x))
            }
            (Self::Point(a, b), x) | (x, Self::Point(a, b)) => x.contains(*a, *b),
            (Self::Moc(a), Self::Moc(b)) => !a.intersection(b).is_empty(),
            (Self::Moc(moc), x) | (x, Self::Moc(moc)) => match Moc::of(x, moc.order()) {
                Ok(cells) => !moc.intersection(&cells).is_empty(),
                // Too large a shape for the order: its map is coarser than the cells.
                Err(_) => moc.cells().any(|(order, cell)| {
                    let (lon, lat) = moc::centre(order, cell);
                    x.contains(lon, lat)
                }),
            },
            (Self::Circle(a, b, r), Self::Circle(c, d, s)) => distance_deg(*a, *b, *c, *d) <= r + s,
            (Self::Circle(a, b, r), Self::Polygon(p))
            | (Self::Polygon(p), Self::Circle(a, b, r)) => {
                p.contains(*a, *b) || p.rim_distance(*a, *b) <= *r
            }
            (Self::Polygon(p), Self::Polygon(q)) => p.intersects(q),
        }
    }

    /// Area in square degrees. Parts of a union are taken not to overlap.
    pub fn area(&self) -> f64 {
        match self {
            Self::Point(..) => 0.0,
            Self::Circle(_, _, r) => {
                let half = (r.to_radians() / 2.0).sin();
                4.0 * std::f64::consts::PI * half * half * SQUARE_DEGREES
            }
            Self::Polygon(p) => p.area(),
            Self::Union(parts) => parts.iter().map(Region::area).sum(),
            Self::Moc(moc) => moc.area(),
        }
    }

    /// The direction of the centre of mass, degrees; of a union, that of its first part. `None`
    /// for an empty one.
    pub fn centroid(&self) -> Option<(f64, f64)> {
        match self {
            Self::Point(a, b) | Self::Circle(a, b, _) => Some((*a, *b)),
            Self::Polygon(p) => Some(p.centroid()),
            Self::Union(parts) => parts.first()?.centroid(),
            Self::Moc(moc) => moc.centroid(),
        }
    }

    /// Degrees from a position to the shape; inside, minus the degrees to its rim. Never more than
    /// the true distance, and for a union never less than minus the true depth.
    pub fn signed_distance(&self, lon: f64, lat: f64) -> f64 {
        match self {
            Self::Point(a, b) => distance_deg(*a, *b, lon, lat),
            Self::Circle(a, b, r) => distance_deg(*a, *b, lon, lat) - r,
            Self::Polygon(p) => {
                let rim = p.rim_distance(lon, lat);
                if p.contains(lon, lat) { -rim } else { rim }
            }
            Self::Union(parts) => {
                parts.iter().map(|p| p.signed_distance(lon, lat)).fold(f64::INFINITY, f64::min)
            }
            // Not known: as if everything were deep inside.
            Self::Moc(_) => f64::NEG_INFINITY,
        }
    }

    /// Circles that together hold the shape: centre and radius, degrees.
    pub fn bounds(&self) -> Vec<(f64, f64, f64)> {
        match self {
            Self::Point(a, b) => vec![(*a, *b, 0.0)],
            Self::Circle(a, b, r) => vec![(*a, *b, *r)],
            Self::Polygon(p) => vec![p.bounds()],
            Self::Union(parts) => parts.iter().flat_map(Region::bounds).collect(),
            Self::Moc(_) => vec![(0.0, 0.0, 180.0)],
        }
    }

    /// At most about `limit` ranges of order-29 indices that hold every position of the shape;
    /// `None` where it is too large for that to help.
    pub fn index_ranges(&self, limit: usize) -> Option<Ranges> {
        let parts = match self {
            Self::Moc(moc) => return Some(simplify(moc.ranges().to_vec(), limit)),
            Self::Union(parts) => parts.as_slice(),
            shape => std::slice::from_ref(shape),
        };
        let ranges = parts.iter().map(|part| match part {
            Self::Union(_) | Self::Moc(_) => part.index_ranges(limit),
            shape => {
                let circles = shape.bounds().into_iter();
                circles
                    .map(|(lon, lat, r)| circle_ranges(lon, lat, r, limit))
                    .collect::<Option<Vec<Ranges>>>()
                    .map(|all| all.concat())
            }
        });
        Some(simplify(ranges.collect::<Option<Vec<Ranges>>>()?.concat(), limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::stcs::parse;

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
    fn shapes_meet() {
        let square = parse("Polygon 10 10 12 10 12 12 10 12").unwrap();
        assert!(square.intersects(&Region::Circle(13.0, 11.0, 1.1)));
        assert!(!square.intersects(&Region::Circle(13.5, 11.0, 1.1)));
        assert!(square.intersects(&parse("Polygon 11 9 11.5 9 11.5 13 11 13").unwrap()));
        assert!(square.intersects(&parse("Polygon 5 5 20 5 20 20 5 20").unwrap()));
        assert_eq!(Region::Circle(11.0, 11.0, 2.0).contains_region(&square), Some(true));
        assert_eq!(Region::Circle(11.0, 11.0, 170.0).contains_region(&square), Some(true));
        assert_eq!(Region::Circle(191.0, -11.0, 178.0).contains_region(&square), Some(false));
        assert_eq!(square.contains_region(&Region::Circle(11.0, 11.0, 0.9)), Some(true));
        assert_eq!(square.contains_region(&Region::Circle(11.0, 11.0, 1.1)), Some(false));
    }

    #[test]
    fn maps_meet_shapes() {
        let map = parse("5/0-20 6/100").unwrap();
        let Region::Moc(moc) = &map else { panic!("map") };
        let (lon, lat) = moc::centre(5, 7);
        assert!(map.contains(lon, lat) && map.intersects(&Region::Circle(lon, lat, 0.1)));
        assert_eq!(map.contains_region(&Region::Circle(lon, lat, 0.1)), Some(true));
        assert!(!map.intersects(&Region::Circle(lon + 180.0, -lat, 1.0)));
        assert_eq!(Region::Circle(lon, lat, 60.0).contains_region(&map), Some(true));
        assert_eq!(Region::Circle(lon, lat, 1.0).contains_region(&map), Some(false));
        assert_eq!(map.index_ranges(99).unwrap(), moc.ranges());
    }
}
