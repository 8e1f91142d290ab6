//! ADQL 2.1 §2.3.1 and §2.3.2: mathematics on doubles.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Float64Builder};
use datafusion::{common::Result, logical_expr::ColumnarValue};

use super::{Doubles, doubles};
use crate::floats::{ROUNDING, all, is_small};

macro_rules! maths {
    ($($variant:ident $name:literal ($x:ident $(, $y:ident)?) => $value:expr;)*) => {
        /// A function of one or two doubles.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
        pub enum Maths { $(#[doc = concat!("`", $name, "`")] $variant,)* }

        impl Maths {
            /// The name in plans.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            fn value(self, first: f64, second: f64) -> f64 {
                match self {
                    // Adding 0 takes the sign of −0 away.
                    $(Self::$variant => {
                        let $x = first;
                        $(let $y = second;)?
                        $value + 0.0
                    })*
                }
            }
        }
    };
}

maths! {
    Acos "acos" (x) => x.acos();
    Asin "asin" (x) => x.asin();
    Atan "atan" (x) => x.atan();
    Atan2 "atan2" (y, x) => y.atan2(x);
    Ceiling "ceiling" (x) => x.ceil();
    Cos "cos" (x) => x.cos();
    Cot "cot" (x) => x.tan().recip();
    Degrees "degrees" (x) => x.to_degrees();
    Exp "exp" (x) => x.exp();
    Floor "floor" (x) => x.floor();
    Log "log" (x) => x.ln();
    Log10 "log10" (x) => x.log10();
    Power "power" (x, y) => x.powf(y);
    Radians "radians" (x) => x.to_radians();
    Round "round" (x, digits) => scaled(x, digits, f64::round);
    Sin "sin" (x) => x.sin();
    Sqrt "sqrt" (x) => x.sqrt();
    Tan "tan" (x) => x.tan();
    Truncate "truncate" (x, digits) => scaled(x, digits, f64::trunc);
    Modulo "mod" (x, y) => x % y;
}

/// The greatest whole number that is not above `x`, which [`is_small`]. Histograms spend their time
/// here; `f64::floor` is a call into the C library on processors that Rust does not assume SSE4.1 of,
/// while this is a few steps on several numbers at a time.
#[inline]
fn small_floor(x: f64) -> f64 {
    let nearest = (x + ROUNDING) - ROUNDING;
    nearest - f64::from(u8::from(nearest > x))
}

/// `x` rounded at the given decimal place; negative digits count before the point.
fn scaled(x: f64, digits: f64, round: fn(f64) -> f64) -> f64 {
    if digits == 0.0 {
        return round(x);
    }
    let scale = 10f64.powf(digits.trunc());
    let scaled = x * scale;
    // Beyond 2⁵³ there is nothing behind the point any more.
    if scaled.is_finite() { round(scaled) / scale } else { x }
}

impl Maths {
    pub(super) fn eval(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let args = doubles(args)?;
        if let Some(array) = self.without_nulls(&args) {
            return Ok(array);
        }
        let mut out = Float64Builder::with_capacity(rows);
        for row in 0..rows {
            let first = args.first().and_then(|a| a.get(row));
            // A second argument that is left out is 0: only ROUND and TRUNCATE allow it.
            let second = args.get(1).map_or(Some(0.0), |a| a.get(row));
            let value = first.zip(second).map(|(a, b)| self.value(a, b));
            out.append_option(value.filter(|v| v.is_finite()));
        }
        Ok(Arc::new(out.finish()))
    }

    /// The common case: a column without NULL, no second column, and only finite results.
    fn without_nulls(self, args: &[Doubles]) -> Option<ArrayRef> {
        let (first, second) = match args {
            [Doubles::Array(first)] => (first, 0.0),
            [Doubles::Array(first), Doubles::Scalar(Some(second))] => (first, *second),
            _ => return None,
        };
        if first.null_count() > 0 {
            return None;
        }
        let values: Vec<f64> = match self {
            Self::Floor if all(first.values(), is_small) => {
                first.values().iter().map(|v| small_floor(*v)).collect()
            }
            _ => first.values().iter().map(|v| self.value(*v, second)).collect(),
        };
        let finite = all(&values, f64::is_finite);
        finite.then(|| Arc::new(Float64Array::from(values)) as ArrayRef)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_is_the_librarys() {
        for x in [0.0, -0.0, 0.5, -0.5, 2.0, -2.0, -2.000001, 1e15 + 0.5, -1e15 - 0.5, 1e300, -9e18]
        {
            let found = if is_small(x) { small_floor(x) } else { x.floor() };
            assert!(found == x.floor() && (found != 0.0 || found.is_sign_positive()), "{x}");
        }
        assert!(!is_small(f64::NAN) && !is_small(f64::NEG_INFINITY) && !is_small(4e15));
    }
}
