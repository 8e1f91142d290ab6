//! Random numbers: a number more in every row, drawn anew in every query.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arrow::array::{ArrayRef, Float64Builder};
use datafusion::{common::Result, logical_expr::ColumnarValue};

use super::{doubles, sky::wrong_arguments};

/// A distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Random {
    /// `()` → even in [0, 1). With a seed, which ADQL 2.1 leaves without a meaning, the same
    /// numbers come in every query, in whatever order its rows are worked on.
    Uniform(Option<i64>),
    /// `(mean, width)` → a number of a normal distribution.
    Normal,
}

/// Where the numbers come from: a position in the sequence of a seed.
#[derive(Debug)]
pub struct Source {
    seed: u64,
    drawn: AtomicU64,
}

impl Random {
    /// The name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform(_) => "random_uniform",
            Self::Normal => "random_normal",
        }
    }

    /// A new sequence.
    pub fn source(self) -> Source {
        let seed = match self {
            Self::Uniform(Some(seed)) => seed.cast_unsigned(),
            // Keys of the process, different at each call.
            _ => RandomState::new().build_hasher().finish(),
        };
        Source { seed, drawn: AtomicU64::new(0) }
    }

    pub(super) fn eval(
        self,
        source: &Source,
        args: &[ColumnarValue],
        rows: usize,
    ) -> Result<ArrayRef> {
        let mut out = Float64Builder::with_capacity(rows);
        match self {
            Self::Uniform(_) => (0..rows).for_each(|_| out.append_value(source.next())),
            Self::Normal => {
                let args = doubles(args)?;
                let [mean, width] = args.as_slice() else { return wrong_arguments() };
                for row in 0..rows {
                    // Box & Muller (1958), Ann. Math. Stat. 29, 610.
                    let (size, turn) = (1.0 - source.next(), source.next());
                    let normal = (-2.0 * size.ln()).sqrt() * (std::f64::consts::TAU * turn).cos();
                    let both = mean.get(row).zip(width.get(row));
                    out.append_option(both.map(|(mean, width)| mean + width * normal));
                }
            }
        }
        Ok(Arc::new(out.finish()))
    }
}

impl Source {
    /// The next number, in [0, 1): SplitMix64 (Steele, Lea & Flood 2014, OOPSLA).
    #[allow(clippy::cast_precision_loss)] // 53 bits
    fn next(&self) -> f64 {
        let index = self.drawn.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut z = self.seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
