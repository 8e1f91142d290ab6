//! Pairs of positions that are close to each other, by a sweep along right ascension in zones of
//! declination (Gray, Nieto-Santisteban and Szalay 2006, MSR-TR-2006-52).
//!
//! Both sides are put into the same zones, as high as the search radius at least, and sorted by
//! longitude in each. A partner of a position then lies in its own zone or in one next to it, in
//! a window of longitude that moves forward with the position. What is in the window is decided by
//! the same function that `DISTANCE` is, so that a join finds exactly what a filter would.

use std::ops::Range;

use crate::sphere::distance_deg;

/// More zones than this gain nothing, however small the radius is.
const MAX_ZONES: f64 = (1u32 << 20) as f64;
/// Widens windows by more than what rounding can take away; the exact test follows.
const SLACK: f64 = 1.0 + 1e-9;
const SLACK_DEG: f64 = 1e-11;

/// How close is close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Greatest distance, degrees, in [0, 180].
    pub radius: f64,
    /// Whether positions at just that distance are close, too.
    pub inclusive: bool,
}

/// What the keys of two rows must be to each other, as in `a.id < b.id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTest {
    /// Anything.
    Any,
    /// The left key is less.
    Less,
    /// The left key is greater.
    Greater,
    /// They differ.
    Different,
}

impl KeyTest {
    /// The same test with the sides exchanged.
    pub fn swapped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::Greater => Self::Less,
            other => other,
        }
    }

    fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Less => a < b,
            Self::Greater => a > b,
            Self::Different => a != b,
        }
    }
}

/// What makes two positions a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// How close they are.
    pub limit: Limit,
    /// How their keys compare.
    pub keys: KeyTest,
}

impl Limit {
    /// The distance of two positions that are close, degrees.
    fn distance(self, a: &Point, b: &Point) -> Option<f64> {
        // The same position at the same numbers needs no trigonometry: of a table joined with
        // itself every row is such a pair.
        let distance = if a.lon == b.lon && a.lat == b.lat {
            0.0
        } else {
            distance_deg(a.lon, a.lat, b.lon, b.lat)
        };
        let close = if self.inclusive { distance <= self.radius } else { distance < self.radius };
        close.then_some(distance)
    }
}

/// A position with the number of its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Longitude, degrees in [0, 360).
    pub lon: f64,
    /// Latitude, degrees in [−90, 90].
    pub lat: f64,
    /// Which row has it.
    pub row: u32,
    /// A number of the row that pairs are tested by; any where they are not.
    pub key: i64,
}

impl Point {
    /// The position of a row; `None` where there is none, which is close to nothing.
    pub fn new(lon: f64, lat: f64, row: u32, key: i64) -> Option<Self> {
        let valid = lon.is_finite() && (-90.0..=90.0).contains(&lat);
        let lon = if (0.0..360.0).contains(&lon) { lon } else { lon.rem_euclid(360.0) };
        // rem_euclid of a tiny negative number rounds to 360 itself; −0 has another order of bits.
        let lon = if lon < 360.0 { lon + 0.0 } else { 0.0 };
        valid.then_some(Self { lon, lat, row, key })
    }
}

/// Two rows that are close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Row of the left side.
    pub left: u32,
    /// Row of the right side.
    pub right: u32,
    /// Their distance, degrees.
    pub distance: f64,
}

/// How latitudes are cut into zones.
#[derive(Clone, Copy, Debug)]
struct Grid {
    south: f64,
    height: f64,
    zones: usize,
}

impl Grid {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in [1, MAX_ZONES]
    fn new(points: &[Point], radius: f64) -> Self {
        let south = points.iter().map(|p| p.lat).fold(90.0, f64::min);
        let north = points.iter().map(|p| p.lat).fold(-90.0, f64::max);
        let extent = (north - south).max(0.0);
        // A few rows a zone: more zones cost more than they spare.
        #[allow(clippy::cast_precision_loss)] // a count of zones
        let most = (points.len() as f64 / 2.0).clamp(1.0, MAX_ZONES);
        let height = (radius * SLACK + SLACK_DEG).max(extent / most);
        Self { south, height, zones: (extent / height) as usize + 1 }
    }

    /// The zone of a latitude; `None` off the grid.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative; saturates
    fn zone(&self, lat: f64) -> Option<usize> {
        let zone = (lat - self.south) / self.height;
        let number = zone as usize;
        (zone >= 0.0 && number < self.zones).then_some(number)
    }
}

/// Positions by zone and longitude.
#[derive(Debug)]
struct Zones {
    points: Vec<Point>,
    /// Where each zone begins, with the end of the last.
    starts: Vec<usize>,
}

impl Zones {
    /// Sorts positions; those off the grid are left out.
    fn new(points: &[Point], grid: &Grid) -> Self {
        let zones: Vec<Option<usize>> = points.iter().map(|p| grid.zone(p.lat)).collect();
        let mut starts = vec![0usize; grid.zones + 1];
        for zone in zones.iter().flatten() {
            if let Some(count) = starts.get_mut(zone + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut sorted = vec![Point { lon: 0.0, lat: 0.0, row: 0, key: 0 }; sum];
        for (point, zone) in points.iter().zip(&zones) {
            if let Some(at) = zone.and_then(|z| next.get_mut(z)) {
                if let Some(place) = sorted.get_mut(*at) {
                    *place = *point;
                }
                *at += 1;
            }
        }
        for (from, to) in starts.iter().zip(starts.iter().skip(1)) {
            if let Some(zone) = sorted.get_mut(*from..*to)
                && zone.len() > 1
            {
                // Numbers that are not negative are in the order of their bits.
                zone.sort_unstable_by_key(|p| p.lon.to_bits());
            }
        }
        Self { points: sorted, starts }
    }

    fn range(&self, zone: usize) -> Range<usize> {
        match (self.starts.get(zone), self.starts.get(zone + 1)) {
            (Some(from), Some(to)) => *from..*to,
            _ => 0..0,
        }
    }

    fn zone(&self, zone: usize) -> &[Point] {
        self.points.get(self.range(zone)).unwrap_or_default()
    }
}

/// All pairs of two sets of positions, some at a time.
#[derive(Debug)]
pub struct Pairs {
    test: Test,
    grid: Grid,
    left: Zones,
    right: Zones,
    /// The next position of the left side.
    next: usize,
    zone: usize,
    /// Half the width of the window in longitude of the zone; `None` for all longitudes.
    width: Option<f64>,
    /// The zone's own and neighbouring zones of the right side: number, and where the window begins.
    windows: Vec<(usize, usize)>,
}

impl Pairs {
    /// Pairs of `left` and `right` that pass the test.
    pub fn new(left: &[Point], right: &[Point], test: Test) -> Self {
        let grid = Grid::new(left, test.limit.radius);
        // A row of zones beyond each end holds what is near the outermost positions.
        let grid =
            Grid { south: grid.south - grid.height, zones: grid.zones + 2, height: grid.height };
        let (left, right) = (Zones::new(left, &grid), Zones::new(right, &grid));
        let mut pairs = Self {
            test,
            grid,
            left,
            right,
            next: 0,
            zone: 0,
            width: None,
            windows: Vec::with_capacity(3),
        };
        pairs.enter(0);
        pairs
    }

    /// Goes to a zone of the left side.
    #[allow(clippy::cast_precision_loss)] // at most a few million
    fn enter(&mut self, zone: usize) {
        self.zone = zone;
        let edge = |number: usize| (self.grid.south + self.grid.height * number as f64).abs();
        let lat = edge(zone).max(edge(zone + 1));
        self.width = half_width(lat, self.test.limit.radius);
        self.windows.clear();
        let all = zone.saturating_sub(1)..=zone + 1;
        self.windows.extend(all.filter(|z| *z < self.grid.zones).map(|z| (z, 0)));
    }

    /// Appends pairs to `found` until there are `enough`, or until `work` positions have been looked
    /// at; all pairs of a row of the left side come in one call, one after the other. `false` when
    /// there are no more pairs.
    pub fn fill(&mut self, found: &mut Vec<Pair>, enough: usize, work: usize) -> bool {
        let mut looked = 0;
        while found.len() < enough && looked < work {
            let Some(point) = self.left.points.get(self.next).copied() else { return false };
            let mut zone = self.zone;
            while zone < self.grid.zones && self.next >= self.left.range(zone).end {
                zone += 1;
            }
            if zone != self.zone {
                self.enter(zone);
            }
            self.next += 1;
            looked += 1;
            for (zone, start) in &mut self.windows {
                let zone = self.right.zone(*zone);
                match self.width {
                    Some(width) => looked += sweep(&point, zone, start, width, self.test, found),
                    None => {
                        looked += zone.len();
                        all(&point, zone, self.test, found);
                    }
                }
            }
        }
        true
    }
}

/// Tests the positions in the window, and moves its start; gives how many it held.
fn sweep(
    point: &Point,
    zone: &[Point],
    start: &mut usize,
    width: f64,
    test: Test,
    found: &mut Vec<Pair>,
) -> usize {
    let (west, east) = (point.lon - width, point.lon + width);
    while zone.get(*start).is_some_and(|p| p.lon < west) {
        *start += 1;
    }
    let window = zone.get(*start..).unwrap_or_default();
    let mut looked = 0;
    for other in window {
        if other.lon > east {
            break;
        }
        looked += 1;
        one(point, other, test, found);
    }
    // Across 0h the window goes on at the other end.
    if west < 0.0 {
        let from = zone.partition_point(|p| p.lon < west + 360.0).max(*start + looked);
        all(point, zone.get(from..).unwrap_or_default(), test, found);
    }
    if east >= 360.0 {
        let to = zone.partition_point(|p| p.lon <= east - 360.0).min(*start);
        all(point, zone.get(..to).unwrap_or_default(), test, found);
    }
    looked
}

fn all(point: &Point, others: &[Point], test: Test, found: &mut Vec<Pair>) {
    others.iter().for_each(|other| one(point, other, test, found));
}

fn one(point: &Point, other: &Point, test: Test, found: &mut Vec<Pair>) {
    if (point.lat - other.lat).abs() <= test.limit.radius * SLACK + SLACK_DEG
        && test.keys.holds(point.key, other.key)
        && let Some(distance) = test.limit.distance(point, other)
    {
        found.push(Pair { left: point.row, right: other.row, distance });
    }
}

/// By how much longitudes can differ at most within a circle of a radius about a position of this
/// or a lesser latitude, degrees; `None` if the circle may hold a pole.
fn half_width(lat: f64, radius: f64) -> Option<f64> {
    if lat + radius >= 90.0 - 1e-9 {
        return None;
    }
    let sine = radius.to_radians().sin() / lat.to_radians().cos();
    (sine < 1.0).then(|| sine.asin().to_degrees() * SLACK + SLACK_DEG).filter(|w| *w < 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(state: &mut u64) -> f64 {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Clusters about awkward places, so that there are pairs across 0h and over the poles.
    fn sky(count: u32, seed: u64, size: f64) -> Vec<Point> {
        let mut state = seed;
        let places = [(0.0, 0.0), (0.0, 89.99), (123.0, -90.0), (359.999, 45.0), (200.0, -33.0)];
        (0..count)
            .filter_map(|row| {
                let (lon, lat) = places[row as usize % places.len()];
                let lat: f64 = (lat + size * (uniform(&mut state) - 0.5)).clamp(-90.0, 90.0);
                let spread = size / lat.to_radians().cos().max(1e-3);
                Point::new(lon + spread * (uniform(&mut state) - 0.5), lat, row, i64::from(row))
            })
            .collect()
    }

    fn brute(left: &[Point], right: &[Point], Test { limit, keys }: Test) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for a in left {
            for b in right {
                let d = distance_deg(a.lon, a.lat, b.lon, b.lat);
                if (d < limit.radius || (limit.inclusive && d == limit.radius))
                    && keys.holds(a.key, b.key)
                {
                    pairs.push((a.row, b.row));
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn pairs_are_those_of_a_nested_loop() {
        for (size, radius) in
            [(0.1, 0.003), (0.1, 1e-7), (1.0, 0.2), (20.0, 5.0), (90.0, 40.0), (0.01, 120.0)]
        {
            let (left, right) = (sky(700, 1, size), sky(500, 2, size));
            for (inclusive, keys) in
                [(false, KeyTest::Any), (true, KeyTest::Less), (true, KeyTest::Different)]
            {
                let limit = Test { limit: Limit { radius, inclusive }, keys };
                for (a, b) in [(&left, &right), (&left, &left)] {
                    let mut pairs = Pairs::new(a, b, limit);
                    let mut found = Vec::new();
                    while pairs.fill(&mut found, usize::MAX, 64) {}
                    let mut found: Vec<_> = found.iter().map(|p| (p.left, p.right)).collect();
                    found.sort_unstable();
                    assert_eq!(found, brute(a, b, limit), "{size} {limit:?}");
                }
            }
        }
    }

    #[test]
    fn one_side_may_be_empty_and_radius_may_be_zero() {
        let points = sky(10, 1, 0.1);
        let limit = Test { limit: Limit { radius: 0.0, inclusive: true }, keys: KeyTest::Any };
        let mut found = Vec::new();
        for (left, right) in [(points.as_slice(), &[][..]), (&[], &points)] {
            let mut pairs = Pairs::new(left, right, limit);
            while pairs.fill(&mut found, 10, 10) {}
        }
        assert!(found.is_empty());
        let mut pairs = Pairs::new(&points, &points, limit);
        while pairs.fill(&mut found, 1000, 1000) {}
        // Each is near itself; those at a pole are one position.
        assert_eq!(found.len(), brute(&points, &points, limit).len());
        assert!(found.len() >= 10);
        assert!(Point::new(f64::NAN, 0.0, 0, 0).is_none() && Point::new(0.0, 90.1, 0, 0).is_none());
        assert_eq!(Point::new(-1e-300, 0.0, 0, 0).map(|p| p.lon), Some(0.0));
    }
}
