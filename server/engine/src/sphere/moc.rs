//! Coverage maps: sets of HEALPix cells, IVOA MOC 2.0, and the coverage of shapes.

use std::fmt;

use super::{
    healpix29,
    polygon::SQUARE_DEGREES,
    region::{Region, RegionError},
    vector::{Vector, lonlat, plus, scaled, unit, vector},
};

/// The deepest order.
pub const MAX_ORDER: u8 = 29;

/// Cells of the whole sky at the deepest order.
const ALL: i64 = 12 << 58;

/// A map of a shape is not made with more cells than this along its edge.
const MOST_CELLS: f64 = 300_000.0;

/// Sorted, disjoint, non-adjacent ranges `[low, high)` of order-29 nested indices.
pub type Ranges = Vec<(i64, i64)>;

/// A set of HEALPix cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moc {
    ranges: Ranges,
}

impl Moc {
    /// The set of some ranges, in any order.
    pub fn new(ranges: Ranges) -> Self {
        Self { ranges: simplify(ranges, usize::MAX) }
    }

    /// Reads the ASCII form (MOC 2.0 §4.3.2): orders with a slash, each followed by cells and
    /// ranges of cells, as in `4/12-15 5/80 6/`.
    ///
    /// # Errors
    /// An order beyond 29, a cell that its order has not, or anything else.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let bad = |word: &str| RegionError(format!("{word:?} in a coverage map"));
        let mut order = None;
        let mut ranges = Vec::new();
        for word in text.split([' ', ',', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
            let cells = match word.split_once('/') {
                Some((number, cells)) => {
                    let number: u8 = number.parse().map_err(|_| bad(word))?;
                    order = Some(number).filter(|&number| number <= MAX_ORDER);
                    cells
                }
                None => word,
            };
            let order = order.ok_or_else(|| bad(word))?;
            if cells.is_empty() {
                continue;
            }
            let (first, last) = cells.split_once('-').unwrap_or((cells, cells));
            let number = |text: &str| text.parse::<i64>().map_err(|_| bad(word));
            let (first, last) = (number(first)?, number(last)?);
            if first > last || last >= 12 << (2 * u32::from(order)) {
                return Err(bad(word));
            }
            let shift = 2 * u32::from(MAX_ORDER - order);
            ranges.push((first << shift, (last + 1) << shift));
        }
        Ok(Self::new(ranges))
    }

    /// The cells of an order that a shape touches; of another map, its cells of that order.
    ///
    /// # Errors
    /// A shape so large that the map would have too many cells.
    pub fn of(region: &Region, order: u8) -> Result<Self, RegionError> {
        let order = order.min(MAX_ORDER);
        let ranges = match region {
            Region::Moc(moc) => {
                let shift = 2 * u32::from(MAX_ORDER - order);
                let cell = 1i64 << shift;
                let up = |edge: i64| edge.saturating_add(cell - 1) >> shift << shift;
                moc.ranges.iter().map(|&(low, high)| (low >> shift << shift, up(high))).collect()
            }
            Region::Union(parts) => {
                let maps: Result<Vec<Moc>, RegionError> =
                    parts.iter().map(|part| Self::of(part, order)).collect();
                maps?.into_iter().flat_map(|map| map.ranges).collect()
            }
            Region::Point(lon, lat) => {
                let shift = 2 * u32::from(MAX_ORDER - order);
                let cell = healpix29(*lon, *lat) >> shift;
                vec![(cell << shift, (cell + 1) << shift)]
            }
            region => cells_of(region, order)?,
        };
        Ok(Self::new(ranges))
    }

    /// The ranges.
    pub fn ranges(&self) -> &[(i64, i64)] {
        &self.ranges
    }

    /// Whether a position lies in one of the cells.
    pub fn contains(&self, lon: f64, lat: f64) -> bool {
        let cell = healpix29(lon, lat);
        let at = self.ranges.partition_point(|range| range.1 <= cell);
        self.ranges.get(at).is_some_and(|range| range.0 <= cell)
    }

    /// Whether every cell of `other` is one of ours.
    pub fn contains_moc(&self, other: &Moc) -> bool {
        self.intersection(other) == *other
    }

    /// The cells of either.
    pub fn union(&self, other: &Moc) -> Moc {
        Self::new([self.ranges.as_slice(), other.ranges.as_slice()].concat())
    }

    /// The cells of both.
    pub fn intersection(&self, other: &Moc) -> Moc {
        Moc { ranges: intersect(&self.ranges, &other.ranges) }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Area in square degrees.
    #[allow(clippy::cast_precision_loss)] // a ratio
    pub fn area(&self) -> f64 {
        let cells: i64 = self.ranges.iter().map(|(low, high)| high - low).sum();
        cells as f64 / ALL as f64 * 4.0 * std::f64::consts::PI * SQUARE_DEGREES
    }

    /// The direction of the centre of mass of the cells, degrees; `None` for none.
    #[allow(clippy::cast_precision_loss)] // a weight
    pub fn centroid(&self) -> Option<(f64, f64)> {
        let sum = self.cells().fold([0.0; 3], |sum, (order, cell)| {
            let (lon, lat) = centre(order, cell);
            plus(sum, scaled(vector(lon, lat), 0.25f64.powi(i32::from(order))))
        });
        unit(sum).map(lonlat)
    }

    /// The deepest order of its cells.
    pub fn order(&self) -> u8 {
        self.cells().map(|(order, _)| order).max().unwrap_or(0)
    }

    /// The largest cells that make it up: order and index.
    pub fn cells(&self) -> impl Iterator<Item = (u8, i64)> + '_ {
        self.ranges.iter().flat_map(|&(low, high)| {
            let mut at = low;
            std::iter::from_fn(move || {
                if at >= high {
                    return None;
                }
                let aligned = if at == 0 { 58 } else { at.trailing_zeros().min(58) };
                let fits = 63 - (high - at).leading_zeros();
                let shift = aligned.min(fits) / 2 * 2;
                let cell = (u8::try_from(29 - shift / 2).unwrap_or(MAX_ORDER), at >> shift);
                at += 1 << shift;
                Some(cell)
            })
        })
    }
}

/// The ASCII form, in its canonical order.
impl fmt::Display for Moc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cells: Vec<(u8, i64)> = self.cells().collect();
        cells.sort_unstable();
        let mut groups: Vec<(u8, i64, i64)> = Vec::new();
        for (order, cell) in cells {
            match groups.last_mut() {
                Some(last) if last.0 == order && last.2 + 1 == cell => last.2 = cell,
                _ => groups.push((order, cell, cell)),
            }
        }
        let mut current = None;
        for (order, first, last) in groups {
            if current.is_some() {
                f.write_str(" ")?;
            }
            if current != Some(order) {
                write!(f, "{order}/")?;
                current = Some(order);
            }
            if first == last { write!(f, "{first}")? } else { write!(f, "{first}-{last}")? }
        }
        // A map of nothing still names an order.
        if current.is_none() { f.write_str("0/") } else { Ok(()) }
    }
}

/// Centre of a cell that its order has, degrees.
pub fn centre(order: u8, cell: i64) -> (f64, f64) {
    let (lon, lat) = cdshealpix::nested::center(order, cell.unsigned_abs());
    (lon.to_degrees(), lat.to_degrees())
}

/// Ranges of the cells that a circle or polygon touches.
fn cells_of(region: &Region, order: u8) -> Result<Ranges, RegionError> {
    let radius = region.bounds().iter().map(|bound| bound.2).fold(0.0, f64::max);
    // The circumference of what holds it, in cells.
    let around = 360.0 * radius.to_radians().sin().max(if radius > 90.0 { 1.0 } else { 0.0 });
    if around / (58.6 / f64::from(1u32 << order.min(30))) > MOST_CELLS {
        let reason = format!("a coverage map of order {order} of a shape this large");
        return Err(RegionError(format!("{reason} has too many cells; use a lower order")));
    }
    let bmoc = match region {
        Region::Circle(lon, lat, r) => cdshealpix::nested::cone_coverage_approx_custom(
            order,
            2,
            lon.rem_euclid(360.0).to_radians(),
            lat.to_radians(),
            r.to_radians(),
        ),
        Region::Polygon(p) if p.is_small() => {
            let turned =
                |&(lon, lat): &(f64, f64)| (lon.rem_euclid(360.0).to_radians(), lat.to_radians());
            let vertices: Vec<(f64, f64)> = p.vertices().iter().map(turned).collect();
            cdshealpix::nested::polygon_coverage(order, &vertices, true)
        }
        region => return Ok(by_halves(region, order)),
    };
    let shift = 2 * u32::from(MAX_ORDER - order);
    let edge = |cell: u64| i64::try_from(cell << shift).unwrap_or(ALL);
    Ok(bmoc.to_ranges().iter().map(|range| (edge(range.start), edge(range.end))).collect())
}

/// The cells that may touch a polygon of any size, by looking ever closer along its edge.
fn by_halves(region: &Region, order: u8) -> Ranges {
    let mut found = Vec::new();
    let mut open: Vec<(u8, i64)> = (0..12).map(|cell| (0, cell)).collect();
    while let Some((depth, cell)) = open.pop() {
        let (lon, lat) = centre(depth, cell);
        // No corner of a cell is farther from its centre: it is 48.2° at order 0, where the cells
        // about the poles are the longest.
        let reach = 58.6 / f64::from(1u32 << depth);
        let near = match region {
            Region::Polygon(p) => p.rim_distance(lon, lat) <= reach,
            _ => true,
        };
        let shift = 2 * u32::from(MAX_ORDER - depth);
        if near && depth < order {
            open.extend((0..4).map(|child| (depth + 1, 4 * cell + child)));
        } else if near || region.contains(lon, lat) {
            found.push((cell << shift, (cell + 1) << shift));
        }
    }
    found
}

/// Order-29 index ranges `[low, high)` that hold every position of the given circle; `None` for
/// circles so large that ranges do not help. At most `limit` ranges.
pub fn circle_ranges(lon: f64, lat: f64, radius: f64, limit: usize) -> Option<Ranges> {
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
    let mut ranges: Ranges = moc.to_ranges().iter().map(|r| (edge(r.start), edge(r.end))).collect();
    // The centre's own cell belongs to it, whatever the approximation thought.
    let own = healpix29(lon, lat);
    ranges.push((own, own + 1));
    Some(simplify(ranges, limit))
}

/// Sorts and merges ranges; if more than `limit` are left, closes the narrowest gaps.
pub fn simplify(mut ranges: Ranges, limit: usize) -> Ranges {
    ranges.sort_unstable();
    let mut merged: Ranges = Vec::new();
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
    let mut out: Ranges = Vec::new();
    for (low, high) in merged {
        match out.last_mut() {
            Some(last) if low - last.1 <= widest_closed => last.1 = high,
            _ => out.push((low, high)),
        }
    }
    out
}

/// What two sorted lists of ranges share.
pub fn intersect(a: &[(i64, i64)], b: &[(i64, i64)]) -> Ranges {
    let mut out = Vec::new();
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(&&(al, ah)), Some(&&(bl, bh))) = (left.peek(), right.peek()) {
        let (low, high) = (al.max(bl), ah.min(bh));
        if low < high {
            out.push((low, high));
        }
        if ah < bh {
            left.next();
        } else {
            right.next();
        }
    }
    out
}

/// The directions of the corners of a cell.
pub fn corners(order: u8, cell: i64) -> [Vector; 4] {
    cdshealpix::nested::vertices(order, cell.unsigned_abs())
        .map(|(lon, lat)| vector(lon.to_degrees(), lat.to_degrees()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::stcs;

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

    #[test]
    fn the_ascii_form_is_canonical() {
        for (text, canonical) in [
            ("4/12-15", "3/3"),
            ("0/0-11", "0/0-11"),
            ("5/80 4/12 13", "4/12-13 5/80"),
            ("3/0 6/", "3/0"),
            ("29/0 1", "29/0-1"),
            ("0/", "0/"),
        ] {
            let moc = Moc::parse(text).unwrap();
            assert_eq!(moc.to_string(), canonical);
            assert_eq!(Moc::parse(canonical).unwrap(), moc);
        }
        for bad in ["3", "30/0", "0/12", "1/5-4", "1/a", "1/-3", "/2"] {
            assert!(Moc::parse(bad).is_err(), "{bad}");
        }
        assert!((Moc::parse("0/0-11").unwrap().area() - 41_252.961_249_419_27).abs() < 1e-8);
    }

    /// Every position of the shape is in its map, and none that is farther off than two cells.
    #[test]
    fn the_map_of_a_shape_holds_it() {
        for (text, order) in [
            ("Circle ICRS 10 20 3", 7),
            ("Circle ICRS 0 89.9 1", 8),
            ("Polygon ICRS 350 -5 10 -5 10 5 350 5", 6),
            ("Polygon ICRS 0 10 90 10 180 10 270 10 270 -10 180 -10 90 -10 0 -10", 5),
            ("Circle ICRS 40 -60 120", 5),
        ] {
            let region = stcs::parse(text).unwrap();
            let moc = Moc::of(&region, order).unwrap();
            assert!(moc.order() <= order && moc.area() >= region.area() * 0.999, "{text}");
            let cell = 58.6 / f64::from(1u32 << order);
            assert!(moc.area() < region.area() + 8.0 * cell * 180.0, "{text}");
            for step in 0..4000 {
                let lon = f64::from(step) * 137.507_764 % 360.0;
                let lat = (f64::from(step) / 2000.0 - 1.0).asin().to_degrees();
                assert!(!region.contains(lon, lat) || moc.contains(lon, lat), "{text} {lon} {lat}");
            }
        }
    }

    #[test]
    fn a_map_with_too_many_cells_is_refused() {
        assert!(Moc::of(&Region::Circle(0.0, 0.0, 90.0), 29).is_err());
        assert!(Moc::of(&Region::Circle(0.0, 0.0, 0.001), 18).is_ok());
    }
}
