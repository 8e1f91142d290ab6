//! From quantised integers back to floats (FITS 4.0 §10.2.1, appendix I).

use std::sync::OnceLock;

use crate::pixels::PixelData;

/// Length of the random sequence.
const RANDOMS: usize = 10_000;

/// The Park–Miller sequence that the standard prescribes: seed 1, multiplier 16807, modulus
/// 2³¹ - 1.
fn randoms() -> &'static [f32] {
    static VALUES: OnceLock<Vec<f32>> = OnceLock::new();
    VALUES.get_or_init(|| {
        let mut seed = 1_u64;
        (0..RANDOMS)
            .map(|_| {
                seed = seed * 16_807 % 2_147_483_647;
                (seed as f64 / 2_147_483_647.0) as f32
            })
            .collect()
    })
}

/// ZQUANTIZ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    NoDither,
    Dither1,
    /// As 1, but exact zeros are kept.
    Dither2,
}

/// The integer that stands for exactly 0 under [`Method::Dither2`].
const ZERO: i32 = -2_147_483_646;

/// How the integers of one tile become floats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantised {
    pub(super) method: Method,
    pub(super) scale: f64,
    pub(super) zero: f64,
    pub(super) blank: Option<i64>,
    /// Tile number from 0, plus ZDITHER0 - 1.
    pub(super) seed: u64,
}

/// Walks through the random sequence from where the tile's seed puts it.
struct Walk {
    start: usize,
    at: usize,
}

impl Walk {
    fn new(seed: u64) -> Walk {
        let mut walk = Walk { start: (seed % RANDOMS as u64) as usize, at: 0 };
        walk.enter();
        walk
    }

    fn enter(&mut self) {
        let random = randoms().get(self.start).copied().unwrap_or(0.0);
        self.at = (random * 500.0) as usize;
    }

    fn step(&mut self) -> f32 {
        let random = randoms().get(self.at).copied().unwrap_or(0.0);
        self.at += 1;
        if self.at == RANDOMS {
            self.start = (self.start + 1) % RANDOMS;
            self.enter();
        }
        random
    }
}

impl Quantised {
    /// The floats, single where `single`.
    pub(super) fn restore(&self, ints: &[i32], single: bool) -> PixelData {
        if single {
            let mut out = Vec::with_capacity(ints.len());
            self.each(ints, |value| out.push(value as f32));
            PixelData::F32(out)
        } else {
            let mut out = Vec::with_capacity(ints.len());
            self.each(ints, |value| out.push(value));
            PixelData::F64(out)
        }
    }

    fn each(&self, ints: &[i32], mut put: impl FnMut(f64)) {
        let mut walk = Walk::new(self.seed);
        for int in ints {
            let random = match self.method {
                Method::NoDither => 0.5,
                Method::Dither1 | Method::Dither2 => f64::from(walk.step()),
            };
            put(if self.blank == Some(i64::from(*int)) {
                f64::NAN
            } else if self.method == Method::Dither2 && *int == ZERO {
                0.0
            } else {
                (f64::from(*int) - random + 0.5) * self.scale + self.zero
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_ends_as_the_standard_says() {
        // Appendix I: the 10000th seed must be 1043618065.
        let last = (1_043_618_065.0_f64 / 2_147_483_647.0) as f32;
        assert_eq!(randoms().last().copied(), Some(last));
        assert_eq!(randoms().len(), RANDOMS);
    }
}
