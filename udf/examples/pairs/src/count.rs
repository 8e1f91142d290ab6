//! Counting close pairs by zones of declination (Gray et al. 2006, MSR-TR-2006-52).

use std::f64::consts::PI;

/// A point as it is compared.
struct Point {
    /// Radians, 0 to 2π.
    ra: f64,
    /// On the unit sphere.
    at: [f64; 3],
}

/// Pairs of points (degrees) whose separation lies in each of `bins` bins, `edges[0]` ≤ θ <
/// `edges[1]` degrees in equal steps of the logarithm.
pub fn pairs(points: &[[f64; 2]], edges: [f64; 2], bins: usize) -> Vec<i64> {
    // Not so low that there are more zones than memory.
    let height = edges[1].max(0.01).to_radians();
    // Squares of chords grow with the angle, and need no arc cosine.
    let limits: Vec<f64> = (0..=bins)
        .map(|k| edges[0] * (edges[1] / edges[0]).powf(k as f64 / bins as f64))
        .map(|degrees| (2.0 * (degrees.to_radians() / 2.0).sin()).powi(2))
        .collect();
    let zones = zones(points, height);
    let mut counts = vec![0; bins];
    for (number, zone) in zones.iter().enumerate() {
        for (index, point) in zone.iter().enumerate() {
            let reach = reach(number, height);
            visit(zone, index + 1, point, reach, &limits, &mut counts);
            if let Some(above) = zones.get(number + 1) {
                visit(
                    above,
                    0,
                    point,
                    reach.max(self::reach(number + 1, height)),
                    &limits,
                    &mut counts,
                );
            }
        }
    }
    counts
}

/// The points in zones of this height from the south pole up, each by right ascension.
fn zones(points: &[[f64; 2]], height: f64) -> Vec<Vec<Point>> {
    let mut zones: Vec<Vec<Point>> = Vec::new();
    zones.resize_with((PI / height) as usize + 2, Vec::new);
    for [ra, dec] in points.iter().map(|point| point.map(f64::to_radians)) {
        let at = [dec.cos() * ra.cos(), dec.cos() * ra.sin(), dec.sin()];
        zones[zone_of(dec, height)].push(Point { ra, at });
    }
    for zone in &mut zones {
        zone.sort_by(|a, b| a.ra.total_cmp(&b.ra));
    }
    zones
}

fn zone_of(dec: f64, height: f64) -> usize {
    ((dec + PI / 2.0) / height) as usize
}

/// How far apart in right ascension two points within `height` can be, one of them in this zone.
fn reach(zone: usize, height: f64) -> f64 {
    let south = (zone as f64 * height - PI / 2.0).abs();
    let north = ((zone + 1) as f64 * height - PI / 2.0).abs();
    let widest = south.max(north);
    // A hair more, for rounding.
    if widest + height >= PI / 2.0 { PI } else { (height.sin() / widest.cos()).asin() * 1.000001 }
}

/// Compares a point with those of a zone from `first` on whose right ascension is within reach.
fn visit(
    zone: &[Point],
    first: usize,
    point: &Point,
    reach: f64,
    limits: &[f64],
    counts: &mut [i64],
) {
    let mut range = |low: f64, high: f64| {
        let start = zone.partition_point(|other| other.ra < low).max(first);
        for other in zone.iter().skip(start).take_while(|other| other.ra <= high) {
            count(point, other, limits, counts);
        }
    };
    if reach >= PI {
        return range(0.0, 2.0 * PI);
    }
    let (low, high) = (point.ra - reach, point.ra + reach);
    range(low, high);
    if low < 0.0 {
        range(low + 2.0 * PI, 2.0 * PI);
    }
    if high > 2.0 * PI {
        range(0.0, high - 2.0 * PI);
    }
}

fn count(a: &Point, b: &Point, limits: &[f64], counts: &mut [i64]) {
    let chord: f64 = (0..3).map(|k| (a.at[k] - b.at[k]).powi(2)).sum();
    if chord >= limits[0] && chord < limits[counts.len()] {
        let bin = limits.partition_point(|limit| *limit <= chord) - 1;
        counts[bin] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every point with every other, by the haversine formula.
    fn slow(points: &[[f64; 2]], edges: [f64; 2], bins: usize) -> Vec<i64> {
        let mut counts = vec![0; bins];
        for (i, a) in points.iter().enumerate() {
            for b in &points[..i] {
                let [x, y] = [a, b].map(|p| p.map(f64::to_radians));
                let h = ((y[1] - x[1]) / 2.0).sin().powi(2)
                    + x[1].cos() * y[1].cos() * ((y[0] - x[0]) / 2.0).sin().powi(2);
                let apart = (2.0 * h.sqrt().min(1.0).asin()).to_degrees();
                let bin = bins as f64 * (apart / edges[0]).ln() / (edges[1] / edges[0]).ln();
                if bin >= 0.0 && bin < bins as f64 {
                    counts[bin as usize] += 1;
                }
            }
        }
        counts
    }

    /// A plain generator of numbers from 0 to 1.
    fn numbers(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    #[test]
    fn zones_find_what_every_pair_finds() {
        let mut next = numbers(7);
        // Around 0h, at the poles, on the equator and everywhere.
        for (ra, dec, width, height) in [
            (0.0, 10.0, 12.0, 3.0),
            (90.0, 89.0, 360.0, 2.0),
            (200.0, -89.0, 360.0, 2.0),
            (180.0, 0.0, 8.0, 2.0),
            (0.0, 0.0, 360.0, 178.0),
        ] {
            let points: Vec<[f64; 2]> = (0..600)
                .map(|_| {
                    let ra = f64::rem_euclid(ra + width * (next() - 0.5), 360.0);
                    [ra, dec + height * (next() - 0.5)]
                })
                .collect();
            for edges in [[0.01, 1.0], [0.5, 10.0]] {
                let found = pairs(&points, edges, 7);
                assert_eq!(found, slow(&points, edges, 7), "{ra} {dec} {edges:?}");
                assert!(found.iter().sum::<i64>() > 0);
            }
        }
    }
}
