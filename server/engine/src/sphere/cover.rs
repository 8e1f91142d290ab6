//! Covers of shapes by ranges of HEALPix order-29 indices.

use super::{
    distance_deg,
    moc::{Ranges, simplify},
    region::Region,
};

/// The whole sphere.
pub const ALL: (i64, i64) = (0, 12 << 58);

/// Cells that are looked at more closely at a time; the cover gets no finer than these allow.
const CELLS: usize = 256;
/// How much farther a point of a cell may be from its middle than its corners are: edges bulge.
const BULGE: f64 = 1.1;
/// Rounding of indices, of positions and of the exact tests differ by less than this, degrees.
const SLACK: f64 = 1e-8;

/// How a disc lies to a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    Outside,
    Inside,
    Across,
}

/// Ranges that hold every position of a shape, at most `limit` of them.
pub fn cover(region: &Region, limit: usize) -> Ranges {
    match region {
        Region::Moc(moc) => simplify(moc.ranges().to_vec(), limit),
        Region::Union(parts) => {
            let each = parts.iter().flat_map(|part| cover(part, CELLS));
            simplify(each.collect(), limit)
        }
        shape => cover_near(shape, 0.0, limit),
    }
}

/// Ranges that hold every position within `reach` degrees of a shape, at most `limit` of them.
pub fn cover_near(region: &Region, reach: f64, limit: usize) -> Ranges {
    descend(limit, |lon, lat, radius| {
        let distance = region.signed_distance(lon, lat) - reach;
        if distance > radius + SLACK {
            Lie::Outside
        } else if distance < -radius {
            Lie::Inside
        } else {
            Lie::Across
        }
    })
}

/// Ranges that hold every position with coordinates in the two closed intervals, degrees;
/// longitudes may lie on any turn. At most `limit` ranges.
pub fn cover_zone(lon: (f64, f64), lat: (f64, f64), limit: usize) -> Ranges {
    if lon.0 > lon.1 || lat.0 > lat.1 {
        return Vec::new();
    }
    let (middle, half) = ((lon.0 + lon.1) / 2.0, (lon.1 - lon.0) / 2.0);
    descend(limit, |a, b, radius| {
        let reach = radius + SLACK;
        if b - reach > lat.1 || b + reach < lat.0 {
            return Lie::Outside;
        }
        // Half the width in longitude of a disc that holds no pole.
        let width = if b.abs() + reach < 90.0 {
            (reach.to_radians().sin() / b.to_radians().cos()).min(1.0).asin().to_degrees()
        } else {
            180.0
        };
        let away = if half.is_finite() && half < 180.0 {
            ((a - middle + 180.0).rem_euclid(360.0) - 180.0).abs() - half
        } else {
            f64::NEG_INFINITY
        };
        if away > width + SLACK {
            Lie::Outside
        } else if away < -width && b - reach >= lat.0 && b + reach <= lat.1 {
            Lie::Inside
        } else {
            Lie::Across
        }
    })
}

/// Refines the cells that the rim of a shape crosses while there are few of them.
fn descend(limit: usize, lie: impl Fn(f64, f64, f64) -> Lie) -> Ranges {
    let mut ranges: Ranges = Vec::new();
    let mut open: Vec<u64> = (0..12).collect();
    let mut order = 0;
    loop {
        let mut across = Vec::new();
        for cell in open {
            let (lon, lat, radius) = disc(order, cell);
            match lie(lon, lat, radius) {
                Lie::Outside => {}
                Lie::Inside => ranges.push(span(order, cell)),
                Lie::Across => across.push(cell),
            }
        }
        if across.is_empty() {
            break;
        }
        if order >= 29 || 4 * across.len() > CELLS {
            ranges.extend(across.into_iter().map(|cell| span(order, cell)));
            break;
        }
        open = across.into_iter().flat_map(|cell| 4 * cell..4 * cell + 4).collect();
        order += 1;
    }
    simplify(ranges, limit)
}

/// A disc around a cell: centre and radius, degrees.
fn disc(order: u8, cell: u64) -> (f64, f64, f64) {
    let degrees = |(lon, lat): (f64, f64)| (lon.to_degrees(), lat.to_degrees());
    let (lon, lat) = degrees(cdshealpix::nested::center(order, cell));
    let corners = cdshealpix::nested::vertices(order, cell).map(degrees);
    let far = corners.into_iter().map(|(a, b)| distance_deg(lon, lat, a, b)).fold(0.0, f64::max);
    (lon, lat, far * BULGE)
}

fn span(order: u8, cell: u64) -> (i64, i64) {
    crate::hats::Cell { order, pixel: cell }.span()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::{healpix29, polygon::Polygon, stcs::parse};
    use proptest::prelude::*;

    fn holds(ranges: &Ranges, lon: f64, lat: f64) -> bool {
        let index = healpix29(lon, lat);
        ranges.iter().any(|&(low, high)| low <= index && index < high)
    }

    /// Fraction of the sphere.
    #[allow(clippy::cast_precision_loss)]
    fn size(ranges: &Ranges) -> f64 {
        ranges.iter().map(|(low, high)| (high - low) as f64).sum::<f64>() / ALL.1 as f64
    }

    fn positions() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let lat = prop_oneof![-90.0..90.0f64, 89.0..=90.0f64, -90.0..=-89.0f64];
        prop::collection::vec((-10.0..370.0f64, lat), 200)
    }

    #[test]
    fn a_long_thin_polygon_needs_far_less_than_its_circle() {
        let corners = vec![(10.0, 0.0), (40.0, 20.0), (40.0, 20.5), (10.0, 0.5)];
        let polygon = Region::Polygon(Polygon::new(corners).unwrap());
        let (lon, lat, r) = polygon.bounds()[0];
        let own = size(&cover(&polygon, 24));
        let circle = size(&cover(&Region::Circle(lon, lat, r), 24));
        assert!(own * 5.0 < circle, "{own} {circle}");
        assert!(own > polygon.area() / 41_253.0);
    }

    #[test]
    fn small_circles_get_small_covers() {
        for (lon, lat) in [(0.0, 90.0), (0.0, 0.0), (45.0, 41.8), (359.999_99, -41.8)] {
            let ranges = cover(&Region::Circle(lon, lat, 1.0 / 3600.0), 24);
            assert!(holds(&ranges, lon, lat), "{lon} {lat}");
            // A circle of one arcsecond is 6e-12 of the sphere.
            assert!(size(&ranges) < 1e-9, "{lon} {lat} {}", size(&ranges));
        }
        assert_eq!(cover_zone((1.0, 0.0), (0.0, 1.0), 8), vec![]);
        assert_eq!(cover(&Region::Circle(0.0, 0.0, 180.0), 24), vec![ALL]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_inside_is_missed(
            lon in -10.0..370.0f64,
            lat in prop_oneof![-90.0..=90.0f64, 88.0..=90.0f64, Just(-90.0f64)],
            radius in prop_oneof![0.0..120.0f64, 0.0..0.01f64],
            width in 0.0..400.0f64,
            near in positions(),
        ) {
            let circle = Region::Circle(lon, lat, radius);
            let mut shapes = vec![circle];
            let square = format!("Box ICRS {lon} {lat} {} {}", radius + 1e-3, width / 3.0 + 1e-3);
            shapes.extend(parse(&square));
            for shape in shapes {
                let ranges = cover(&shape, 24);
                prop_assert!(ranges.len() <= 24);
                // Positions anywhere, and others drawn close to the shape.
                let close = near.iter().map(|(a, b)| {
                    let lat = (lat + (b / 90.0) * radius).clamp(-90.0, 90.0);
                    (lon + (a - 180.0) / 180.0 * radius / lat.to_radians().cos().max(1e-3), lat)
                });
                for (a, b) in near.iter().copied().chain(close) {
                    if shape.contains(a, b) {
                        prop_assert!(holds(&ranges, a, b), "{shape:?} {a} {b}");
                    }
                }
            }
            let (west, east) = (lon, lon + width);
            let (south, north) = (lat - radius / 4.0, lat + radius / 4.0);
            let ranges = cover_zone((west, east), (south, north), 24);
            for (a, b) in near {
                let inside = [a, a + 360.0, a - 360.0].iter().any(|a| (west..=east).contains(a));
                if inside && (south..=north).contains(&b) {
                    prop_assert!(holds(&ranges, a, b), "{west} {east} {south} {north} {a} {b}");
                }
            }
        }
    }
}
