//! Where a join is done piece by piece: cells of the sky, and the seam that each needs around it.

use crate::{
    hats::Cell,
    prune::Ranges,
    sphere::moc::{circle_ranges, simplify},
};

/// Orders by which the cells of a seam are finer than the tile at most: its rows are then about a
/// sixteenth of the tile's.
const FINER: u8 = 6;
/// Ranges of a seam: what is in between two ranges is looked at for nothing.
const MAX_RANGES: usize = 256;
/// Side of a cell of order 0, degrees: √(4π/12) rad.
const BASE_SIDE: f64 = 58.63;
/// The narrowest way across a cell is more than its side divided by this, polar caps included.
const NARROWEST: f64 = 4.0;

/// Side of a cell, degrees.
fn side(order: u8) -> f64 {
    BASE_SIDE / f64::from(1u32 << order.min(29))
}

/// Ranges of order-29 indices that hold every position within `radius` degrees of a cell.
pub fn with_seam(cell: Cell, radius: f64) -> Ranges {
    let (low, high) = cell.span();
    let fits = |finer: &u8| {
        let order = cell.order + finer;
        order < 29 && side(order) >= NARROWEST * radius
    };
    let Some(finer) = (0..=FINER).rev().find(fits) else { return around(cell, radius) };
    let order = cell.order + finer;
    let mut ranges = vec![(low, high)];
    for inner in cdshealpix::nested::internal_edge_sorted(cell.order, cell.pixel, finer) {
        let neighbours = cdshealpix::nested::neighbours(order, inner, false);
        ranges.extend(neighbours.values_vec().into_iter().map(|p| Cell { order, pixel: p }.span()));
    }
    simplify(ranges, MAX_RANGES)
}

/// The same for a radius that is not small against the cell: the circle about both.
fn around(cell: Cell, radius: f64) -> Ranges {
    let all = || vec![(0, 12 << 58)];
    if cell.order > 28 {
        return all();
    }
    let (lon, lat) = cdshealpix::nested::center(cell.order, cell.pixel);
    // No corner is farther from the middle than the cell's side, the equator's and caps' alike.
    let reach = side(cell.order) + radius;
    circle_ranges(lon.to_degrees(), lat.to_degrees(), reach, MAX_RANGES).unwrap_or_else(all)
}

/// Ranges that hold every position within `radius` degrees of any of these indices; at most
/// `limit` of them.
pub fn near(indices: impl Iterator<Item = i64>, radius: f64, limit: usize) -> Ranges {
    let order = (0..=24).rev().find(|order| side(*order) >= NARROWEST * radius);
    let Some(order) = order else { return vec![(0, 12 << 58)] };
    let shift = 2 * (29 - u32::from(order));
    let mut cells: Vec<u64> = indices.filter_map(|i| u64::try_from(i >> shift).ok()).collect();
    cells.sort_unstable();
    cells.dedup();
    let mut ranges = Vec::with_capacity(9 * cells.len());
    for pixel in cells {
        let neighbours = cdshealpix::nested::neighbours(order, pixel, true);
        ranges.extend(neighbours.values_vec().into_iter().map(|p| Cell { order, pixel: p }.span()));
    }
    simplify(ranges, limit)
}

/// The parts of ranges that lie in others; both are sorted and disjoint.
pub fn overlap(a: &Ranges, b: &Ranges) -> Ranges {
    let mut both = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let (low, high) = (x.0.max(y.0), x.1.min(y.1));
        if low < high {
            both.push((low, high));
        }
        if x.1 <= y.1 { i += 1 } else { j += 1 }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::{distance_deg, healpix29};

    fn holds(ranges: &Ranges, index: i64) -> bool {
        ranges.iter().any(|r| r.0 <= index && index < r.1)
    }

    #[test]
    fn a_seam_holds_all_that_is_near_its_cell() {
        // Positions just beyond each cell's edges, in all directions, for every base cell.
        for (order, radius) in [(0, 0.1), (0, 30.0), (2, 0.9), (5, 0.001), (5, 4.0), (9, 1e-6)] {
            for base in 0..12u64 {
                let pixels = 1u64 << (2 * order);
                for pixel in [0, pixels / 3, pixels / 2, pixels - 1] {
                    let cell = Cell { order, pixel: base * pixels + pixel };
                    let ranges = with_seam(cell, radius);
                    for vertex in cdshealpix::nested::path_along_cell_edge(
                        cell.order,
                        cell.pixel,
                        &cdshealpix::compass_point::Cardinal::S,
                        true,
                        8,
                    )
                    .iter()
                    {
                        let (lon, lat) = (vertex.0.to_degrees(), vertex.1.to_degrees());
                        for step in 0..24 {
                            let angle = f64::from(step) * std::f64::consts::TAU / 24.0;
                            let (lon2, lat2) = offset(lon, lat, 0.999 * radius, angle);
                            assert!(distance_deg(lon, lat, lon2, lat2) <= radius);
                            assert!(
                                holds(&ranges, healpix29(lon2, lat2)),
                                "{cell:?} {radius} {lon2} {lat2}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn ranges_near_positions_hold_their_circles() {
        for (lon, lat, radius) in [(0.0, 90.0, 0.01), (359.99, -41.8, 3.0), (45.0, 0.0, 1e-4)] {
            let ranges = near([healpix29(lon, lat)].into_iter(), radius, 8);
            for step in 0..36 {
                let (a, b) = offset(lon, lat, 0.999 * radius, f64::from(step) / 5.0);
                assert!(holds(&ranges, healpix29(a, b)), "{lon} {lat} {radius}");
            }
        }
        assert_eq!(overlap(&vec![(0, 5), (8, 9)], &vec![(3, 10)]), vec![(3, 5), (8, 9)]);
    }

    /// The position at a distance from another in a direction, degrees and radians.
    fn offset(lon: f64, lat: f64, distance: f64, angle: f64) -> (f64, f64) {
        let (d, b) = (distance.to_radians(), lat.to_radians());
        let lat2 = (b.sin() * d.cos() + b.cos() * d.sin() * angle.cos()).clamp(-1.0, 1.0).asin();
        let dlon = (angle.sin() * d.sin() * b.cos()).atan2(d.cos() - b.sin() * lat2.sin());
        (lon + dlon.to_degrees(), lat2.to_degrees())
    }
}
