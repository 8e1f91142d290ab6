//! Floats as ADQL knows them.
//!
//! NaN is how astronomical files spell a missing number, and NULL is what queries expect of it.
//! IEEE 754 has two zeros that are equal; the kernels that compare, sort and group tell them
//! apart, and put NaN behind every number. So neither NaN nor −0 goes into a query.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray},
    datatypes::{DataType, Float32Type, Float64Type},
};

/// Added to a number that [`is_small`], it leaves no bits for what is behind the point: the sum is
/// rounded to a whole number, which is then held by its last bits.
pub const ROUNDING: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

/// Whether [`ROUNDING`] rounds it: it is a number, and less than 2⁵¹ in size.
#[inline]
pub fn is_small(value: f64) -> bool {
    value.abs() < 2_251_799_813_685_248.0
}

/// Whether all values pass a test. It looks at every one, which a processor does for several in one
/// step.
#[inline]
pub fn all(values: &[f64], test: impl Fn(f64) -> bool) -> bool {
    values.iter().fold(true, |all, value| all & test(*value))
}

/// Values that are looked at together.
const CHUNK: usize = 1024;

/// The array with NULL for NaN and 0 for −0; an array of anything but floats as it is.
pub fn plain(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float32 => replaced(array.as_primitive::<Float32Type>()).unwrap_or(array),
        DataType::Float64 => replaced(array.as_primitive::<Float64Type>()).unwrap_or(array),
        _ => array,
    }
}

/// `None` when there is nothing to replace.
fn replaced<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Option<ArrayRef> {
    let zero = T::Native::ZERO;
    let is_nan = |v: T::Native| v.partial_cmp(&v).is_none();
    let is_negative_zero = |v: T::Native| v == zero && v.is_lt(zero);
    // Looks at many before it decides: that is what a processor does in one step.
    let is_odd = |odd: bool, v: &T::Native| odd | is_nan(*v) | is_negative_zero(*v);
    if !array.values().chunks(CHUNK).any(|chunk| chunk.iter().fold(false, is_odd)) {
        return None;
    }
    let values = array.iter().map(|v| v.filter(|&v| !is_nan(v)).map(|v| v.add_wrapping(zero)));
    Some(Arc::new(values.collect::<PrimitiveArray<T>>()))
}

/// The least and the greatest of numbers without NaN; infinities the wrong way round for none.
pub fn bounds(values: &[f64]) -> (f64, f64) {
    const LANES: usize = 8;
    // Each lane on its own: a processor compares all of them at once.
    let (mut least, mut greatest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (least, value) in least.iter_mut().zip(chunk) {
            *least = if *value < *least { *value } else { *least };
        }
        for (greatest, value) in greatest.iter_mut().zip(chunk) {
            *greatest = if *value > *greatest { *value } else { *greatest };
        }
    }
    let least = least.iter().chain(rest).copied().fold(f64::INFINITY, f64::min);
    let greatest = greatest.iter().chain(rest).copied().fold(f64::NEG_INFINITY, f64::max);
    (least, greatest)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, Float32Array, Float64Array, Int32Array};

    use super::*;

    #[test]
    fn nan_is_null_and_zero_has_no_sign() {
        let given = vec![Some(-0.0), Some(1.5), None, Some(f64::NAN), Some(f64::NEG_INFINITY)];
        let array = plain(Arc::new(Float64Array::from(given)));
        let array = array.as_primitive::<Float64Type>();
        let found: Vec<_> = array.iter().map(|v| v.map(f64::to_bits)).collect();
        let bits = |v: f64| Some(v.to_bits());
        assert_eq!(found, [bits(0.0), bits(1.5), None, None, bits(f64::NEG_INFINITY)]);
        let array = plain(Arc::new(Float32Array::from(vec![-0.0, f32::NAN])));
        assert_eq!(array.as_primitive::<Float32Type>().value(0).to_bits(), 0);
        assert_eq!(array.null_count(), 1);
    }

    #[test]
    fn bounds_are_those_of_all_values() {
        let values: Vec<f64> = (0..21).map(|n| f64::from((n * 13) % 21) - 4.0).collect();
        for end in 1..=values.len() {
            let part = &values[..end];
            let least = part.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = part.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(bounds(part), (least, greatest));
        }
        assert_eq!(bounds(&[]), (f64::INFINITY, f64::NEG_INFINITY));
    }

    #[test]
    fn what_is_plain_stays_where_it_is() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -1.0]));
        let integers: ArrayRef = Arc::new(Int32Array::from(vec![0, -1]));
        assert!(Arc::ptr_eq(&plain(floats.clone()), &floats));
        assert!(Arc::ptr_eq(&plain(integers.clone()), &integers));
    }
}
