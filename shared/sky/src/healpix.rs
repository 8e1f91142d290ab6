//! HEALPix cells (nested numbering) and which of them a region touches.
//!
//! Positions and cells come from CDS' `cdshealpix`, with arguments that it does not refuse. The
//! coverage of regions is our own descent through the hierarchy: a superset by construction, also
//! at the poles and for polygons of any shape.

use std::ops::Range;

use cdshealpix::nested;

use crate::angle::lon_deg;
use crate::region::{Region, RegionTest, Side};
use crate::sphere::Vec3;

/// The finest order: cells of 0.4 milliarcseconds, and the order of `_healpix_29` in HATS.
pub const MAX_ORDER: u8 = 29;

/// The cell of a position (ICRS degrees) at an order from 0 to 29.
///
/// `None` for a position that is none (not finite, |declination| above 90°) or an order above 29.
pub fn hash(order: u8, ra_deg: f64, dec_deg: f64) -> Option<u64> {
    if order > MAX_ORDER || !ra_deg.is_finite() || !(-90.0..=90.0).contains(&dec_deg) {
        return None;
    }
    let half_pi = std::f64::consts::FRAC_PI_2;
    let lat = dec_deg.to_radians().clamp(-half_pi, half_pi);
    Some(nested::hash(order, lon_deg(ra_deg).to_radians(), lat))
}

/// The cell of a position at order 29, as `_healpix_29` holds it.
pub fn hash29(ra_deg: f64, dec_deg: f64) -> Option<u64> {
    hash(MAX_ORDER, ra_deg, dec_deg)
}

/// Number of cells of an order; those of orders above 29 count as of order 29.
pub const fn cells(order: u8) -> u64 {
    12 << (2 * if order > MAX_ORDER { MAX_ORDER } else { order })
}

/// Centre of a cell, ICRS degrees; `None` for a cell that does not exist.
pub fn centre_deg(order: u8, cell: u64) -> Option<(f64, f64)> {
    Some(centre(order, cell)?.lonlat_deg())
}

/// The four vertices of a cell (south, east, north, west), ICRS degrees.
pub fn vertices_deg(order: u8, cell: u64) -> Option<[(f64, f64); 4]> {
    if order > MAX_ORDER || cell >= cells(order) {
        return None;
    }
    let degrees = |(lon, lat): (f64, f64)| (lon_deg(lon.to_degrees()), lat.to_degrees());
    Some(nested::vertices(order, cell).map(degrees))
}

/// The cells of order 29 inside of a cell of a coarser order.
pub fn range29(order: u8, cell: u64) -> Option<Range<u64>> {
    if order > MAX_ORDER || cell >= cells(order) {
        return None;
    }
    let shift = 2 * (MAX_ORDER - order);
    Some(cell << shift..(cell + 1) << shift)
}

fn centre(order: u8, cell: u64) -> Option<Vec3> {
    if order > MAX_ORDER || cell >= cells(order) {
        return None;
    }
    let (lon, lat) = nested::center(order, cell);
    Some(Vec3::from_lonlat(lon, lat))
}

/// No cell of an order reaches further than this from its centre, radians. The largest cells touch
/// the transition of the two zones; times 2ᵒʳᵈᵉʳ they grow from 0.84 at order 0 towards 1.069.
fn reach(order: u8) -> f64 {
    1.07 / f64::from(1_u32 << order.min(MAX_ORDER))
}

/// Ranges of order-29 cells that cover a cone: sorted, disjoint, not touching; a superset of the
/// cone whose excess is about an eighth of the radius wide.
///
/// All of the sky for a radius from 180°; nothing for a position or a radius that is none.
pub fn cone_ranges(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Vec<Range<u64>> {
    if !ra_deg.is_finite() || !(-90.0..=90.0).contains(&dec_deg) || radius_deg.is_nan() {
        return Vec::new();
    }
    region_ranges(&Region::Circle { ra_deg, dec_deg, radius_deg })
}

/// Ranges of order-29 cells that cover a region, as [`cone_ranges`] has them.
pub fn region_ranges(region: &Region) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    collect(region, &mut ranges);
    ranges.sort_unstable_by_key(|range| range.start);
    merge(ranges)
}

fn collect(region: &Region, ranges: &mut Vec<Range<u64>>) {
    if let Region::Union(parts) = region {
        parts.iter().for_each(|part| collect(part, ranges));
        return;
    }
    let Some((_, _, radius)) = region.bounding_circle_deg().filter(|c| c.2.is_finite()) else {
        return;
    };
    // The first order whose cells are an eighth of the radius or smaller.
    let finest = (0..MAX_ORDER)
        .find(|order| reach(*order) <= radius.to_radians() / 8.0)
        .unwrap_or(MAX_ORDER);
    let test = RegionTest::new(region);
    let mut stack: Vec<(u8, u64)> = (0..12).rev().map(|cell| (0, cell)).collect();
    while let Some((order, cell)) = stack.pop() {
        let Some(middle) = centre(order, cell) else { continue };
        match test.side(middle, reach(order)) {
            Side::Outside => {}
            Side::Edge if order < finest => {
                stack.extend((0..4).rev().map(|child| (order + 1, cell * 4 + child)));
            }
            Side::Edge | Side::Inside => ranges.extend(range29(order, cell)),
        }
    }
}

/// Joins ranges that overlap or touch; they must be sorted.
fn merge(ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut out: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::offset_deg;

    #[test]
    fn cells_agree_with_astropy_healpix() {
        // Order, position, cell by astropy-healpix 1.1 (nested).
        for (order, ra, dec, cell) in [
            (0, 83.63308, 22.0145, 5),
            (0, 201.365, -43.0191, 10),
            (0, 359.9999, -89.9999, 11),
            (5, 83.63308, 22.0145, 6046),
            (5, 0.0, 90.0, 1023),
            (5, 266.4168, -29.0078, 7207),
            (29, 83.63308, 22.0145, 1_701_909_093_095_845_960),
            (29, 10.68458, 41.26917, 190_633_880_104_029_212),
            (29, 201.365, -43.0191, 3_044_352_322_598_484_184),
            (29, 266.4168, -29.0078, 2_028_740_913_184_819_897),
        ] {
            assert_eq!(hash(order, ra, dec), Some(cell), "{order} {ra} {dec}");
        }
        assert_eq!(hash(30, 0.0, 0.0), None);
        assert_eq!(hash29(f64::NAN, 0.0), None);
        assert_eq!(hash29(0.0, 90.000_1), None);
        assert_eq!(hash29(-1.0, 0.0), hash29(359.0, 0.0));
    }

    #[test]
    fn no_cell_reaches_further_than_its_bound() {
        for order in 0..=8_u8 {
            let step = (cells(order) / 50_000).max(1);
            for cell in (0..cells(order)).step_by(step as usize) {
                let middle = centre(order, cell).unwrap();
                for (lon, lat) in vertices_deg(order, cell).unwrap() {
                    let r = middle.angle_to(Vec3::from_deg(lon, lat));
                    assert!(r <= reach(order), "{order} {cell}: {}", r / reach(order));
                }
            }
        }
    }

    #[test]
    fn everything_and_nothing() {
        assert_eq!(cone_ranges(10.0, 20.0, 180.0), vec![0..cells(29)]);
        assert_eq!(cone_ranges(10.0, 20.0, 1e9), vec![0..cells(29)]);
        assert!(cone_ranges(f64::NAN, 20.0, 1.0).is_empty());
        assert!(cone_ranges(10.0, 91.0, 1.0).is_empty());
        assert!(cone_ranges(10.0, 20.0, -1.0).is_empty());
        let point = cone_ranges(10.0, 90.0, 0.0);
        assert!(point.iter().any(|r| r.contains(&hash29(10.0, 90.0).unwrap())));
        assert!(point.iter().map(|r| r.end - r.start).sum::<u64>() < 100);
    }

    fn holds(ranges: &[Range<u64>], ra: f64, dec: f64) -> bool {
        let cell = hash29(ra, dec).unwrap();
        ranges.iter().any(|range| range.contains(&cell))
    }

    proptest::proptest! {
        #[test]
        fn cones_are_covered_and_not_much_more(
            ra in 0.0..360.0_f64, dec in -90.0..=90.0_f64, log_r in -6.0..2.0_f64,
            at in proptest::collection::vec((0.0..1.0_f64, 0.0..360.0_f64), 20),
        ) {
            let r = 10_f64.powf(log_r);
            let ranges = cone_ranges(ra, dec, r);
            for (f, angle) in at {
                let (x, y) = offset_deg(ra, dec, r * f, angle);
                proptest::prop_assert!(holds(&ranges, x, y), "{x} {y}");
                if r < 60.0 {
                    let (x, y) = offset_deg(ra, dec, r * 1.6, angle);
                    proptest::prop_assert!(!holds(&ranges, x, y), "{x} {y}");
                }
            }
            proptest::prop_assert!(ranges.len() < 2000);
            proptest::prop_assert!(ranges.windows(2).all(|w| w[0].end < w[1].start));
        }

        #[test]
        fn polygons_are_covered(
            ra in 0.0..360.0_f64, dec in -90.0..=90.0_f64, r in 0.001..60.0_f64,
            shape in proptest::collection::vec(0.2..1.0_f64, 5),
            at in proptest::collection::vec((0.0..1.2_f64, 0.0..360.0_f64), 30),
        ) {
            // A star-shaped polygon, convex or not, also over a pole.
            let points = shape.iter().enumerate()
                .map(|(i, f)| offset_deg(ra, dec, r * f, i as f64 * 72.0))
                .map(|(a, d)| Vec3::from_deg(a, d)).collect();
            let region = Region::polygon_of(points).unwrap();
            let ranges = region_ranges(&region);
            for (f, angle) in at {
                let (x, y) = offset_deg(ra, dec, r * f, angle);
                if region.contains(x, y) {
                    proptest::prop_assert!(holds(&ranges, x, y), "{x} {y}");
                }
            }
        }
    }
}
