//! Roots of functions of one variable.

/// The root of a continuous function between two points at which its signs differ, by bisection
/// with false position; `None` when they do not differ or a value is not a number.
pub(crate) fn bisect(low: f64, high: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    // A root at an end may miss it by rounding.
    let tolerance = 1e-13 * (fa.abs() + fb.abs());
    if fa.abs() <= tolerance {
        return Some(a);
    }
    if fb.abs() <= tolerance {
        return Some(b);
    }
    if (fa * fb).partial_cmp(&0.0) != Some(std::cmp::Ordering::Less) {
        return None;
    }
    for step in 0..200 {
        // Two steps of false position to one of bisection: quick where smooth, sure everywhere.
        let split = if step % 3 == 2 { 0.5 } else { (fa / (fa - fb)).clamp(0.001, 0.999) };
        let m = a + (b - a) * split;
        let fm = f(m);
        if fm.is_nan() {
            return None;
        }
        if fm == 0.0 || m == a || m == b {
            return Some(m);
        }
        if fm * fa < 0.0 {
            (b, fb) = (m, fm);
        } else {
            (a, fa) = (m, fm);
        }
        if (b - a).abs() <= 1e-16 * (a.abs() + b.abs()) {
            break;
        }
    }
    Some(if fa.abs() < fb.abs() { a } else { b })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_to_the_last_digits() {
        let root = bisect(0.0, 2.0, |x| x * x - 2.0).unwrap();
        assert!((root - 2.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(bisect(0.0, 1.0, |x| x - 2.0), None);
        assert_eq!(bisect(0.0, 1.0, |_| f64::NAN), None);
        assert_eq!(bisect(1.0, 2.0, |x| x - 1.0), Some(1.0));
    }
}
