//! Pair counts, the raw material of a two-point angular correlation function.
//!
//! `my.pairs(ra, dec, 0.001, 0.1, 10)` counts the pairs of a group in 10 bins of separation, with
//! edges in equal steps of the logarithm. SQL counts pairs by a self-join that makes every pair a
//! row; here the points of a partition are gathered where they are (map), put together (combine)
//! and counted zone by zone (reduce), without a row for a pair.
//!
//! For an estimate of Landy & Szalay (1993) count a random catalogue the same way:
//! `GROUP BY` tells data and randoms apart.

mod count;

use tenkyu_function::{Aggregate, functions};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bins {
    /// Lower edge of the first bin and upper edge of the last, degrees.
    edges: [f64; 2],
    count: i64,
}

/// More bins than this are refused.
const MOST_BINS: i64 = 1000;

/// Points of a group.
#[derive(Default)]
struct Pairs {
    bins: Option<Bins>,
    /// Right ascension and declination, degrees.
    points: Vec<[f64; 2]>,
}

impl Pairs {
    fn update(
        &mut self,
        ra: f64,
        dec: f64,
        least: f64,
        most: f64,
        bins: i64,
    ) -> Result<(), String> {
        let given = Bins { edges: [least, most], count: bins };
        match self.bins {
            Some(known) if known == given => {}
            Some(_) => return Err("the bins are the same for all rows".to_owned()),
            None => {
                if !(0.0 < least && least < most && most <= 10.0) {
                    return Err(format!(
                        "separations are 0 < least < most <= 10 degrees, not {least} and {most}"
                    ));
                }
                if !(1..=MOST_BINS).contains(&bins) {
                    return Err(format!("bins are 1 to {MOST_BINS}, not {bins}"));
                }
                self.bins = Some(given);
            }
        }
        if !(-90.0..=90.0).contains(&dec) {
            return Err(format!("a declination of {dec} degrees"));
        }
        self.points.push([ra.rem_euclid(360.0), dec]);
        Ok(())
    }
}

impl Aggregate for Pairs {
    type Value = Option<Vec<i64>>;

    fn state(&self) -> Vec<u8> {
        let Some(bins) = self.bins else { return Vec::new() };
        let head =
            [bins.edges[0].to_le_bytes(), bins.edges[1].to_le_bytes(), bins.count.to_le_bytes()];
        let points = self.points.iter().flatten().map(|x| x.to_le_bytes());
        head.into_iter().chain(points).flatten().collect()
    }

    fn merge(&mut self, state: &[u8]) -> Result<(), String> {
        // The state of a part without rows.
        if state.is_empty() {
            return Ok(());
        }
        let (words, rest) = state.as_chunks::<8>();
        let [least, most, count, points @ ..] = words else {
            return Err("a state begins with three numbers".to_owned());
        };
        let [least, most] = [least, most].map(|x| f64::from_le_bytes(*x));
        let bins = Bins { edges: [least, most], count: i64::from_le_bytes(*count) };
        if *self.bins.get_or_insert(bins) != bins {
            return Err("the bins are the same for all rows".to_owned());
        }
        let (points, half) = points.as_chunks::<2>();
        if !(rest.is_empty() && half.is_empty()) {
            return Err("a state ends within a point".to_owned());
        }
        self.points.extend(points.iter().map(|point| point.map(f64::from_le_bytes)));
        Ok(())
    }

    fn finish(self) -> Option<Vec<i64>> {
        let bins = self.bins?;
        Some(count::pairs(&self.points, bins.edges, bins.count as usize))
    }
}

functions! {
    /// Pairs of points in bins of their separation, from least to most degrees, with edges in equal
    /// steps of the logarithm; each pair is counted once.
    aggregate pairs(
        ra: f64 ["deg"],
        dec: f64 ["deg"],
        least: f64 ["deg"],
        most: f64 ["deg"],
        bins: i64,
    ) -> Option<Vec<i64>> = Pairs;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(points: &[f64]) -> Pairs {
        let mut pairs = Pairs::default();
        for ra in points {
            pairs.update(*ra, 0.0, 0.1, 10.0, 4).unwrap();
        }
        pairs
    }

    #[test]
    fn parts_come_to_the_whole_and_strange_states_are_refused() {
        let mut merged = pairs(&[]);
        for part in [pairs(&[1.0, 359.5]), pairs(&[]), pairs(&[0.0, 5.0])] {
            merged.merge(&part.state()).unwrap();
        }
        assert_eq!(merged.finish(), pairs(&[0.0, 1.0, 5.0, 359.5]).finish());
        let state = pairs(&[1.0]).state();
        for wrong in [&state[..8], &state[..39], &state[..32]] {
            assert!(pairs(&[]).merge(wrong).is_err());
        }
        let mut other = Pairs::default();
        other.update(0.0, 0.0, 0.1, 10.0, 5).unwrap();
        assert!(other.merge(&state).is_err());
        assert!(other.update(0.0, 91.0, 0.1, 10.0, 5).is_err());
    }
}
