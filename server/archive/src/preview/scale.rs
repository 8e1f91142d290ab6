//! From numbers to grey: the limits of IRAF's zscale, then asinh.

/// Numbers that zscale looks at.
const SAMPLES: usize = 1000;
/// Slope of the fit is divided by this: IRAF's default.
const CONTRAST: f64 = 0.25;
/// Values farther than this many σ from the line are left out.
const REJECT: f64 = 2.5;
/// Fits at most.
const ITERATIONS: usize = 5;
/// Softening of asinh: linear for the faintest third, logarithmic above.
const SOFTENING: f64 = 3.0;
/// The brightest that still gets its own shade, in units of the zscale range.
const HEADROOM: f64 = 300.0;

/// How values become shades.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    range: f64,
    /// asinh of the brightest.
    top: f64,
}

impl Scale {
    /// Limits from the values themselves; `None` where none is finite.
    pub(super) fn of(values: &[f32]) -> Option<Scale> {
        let sample = sorted_sample(values, 20_000);
        let (first, last) = (*sample.first()?, *sample.last()?);
        let (mut low, mut high) = zscale(values)?;
        if high <= low {
            // Sparse counts: most pixels are the same, and what differs is what counts.
            (low, high) = (first, last);
        }
        let range = if high > low { high - low } else { 1.0 };
        let brightest = quantile(&sample, 0.999)?;
        let top = ((brightest - low) / range).clamp(1.0, HEADROOM);
        Some(Scale { low, range, top: (SOFTENING * top).asinh() })
    }

    /// The shade of a value; black for none.
    pub(super) fn grey(&self, value: f32) -> u8 {
        let x = (f64::from(value) - self.low) / self.range;
        if !(x.is_finite() && x > 0.0) {
            return if x == f64::INFINITY { 255 } else { 0 };
        }
        let y = (SOFTENING * x).asinh() / self.top;
        (y.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

/// Evenly drawn finite values, at most `limit`, in order.
fn sorted_sample(values: &[f32], limit: usize) -> Vec<f64> {
    let step = values.len().div_ceil(limit).max(1);
    let mut sample: Vec<f64> =
        values.iter().step_by(step).filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
    if sample.is_empty() {
        sample =
            values.iter().filter(|v| v.is_finite()).take(limit).map(|v| f64::from(*v)).collect();
    }
    sample.sort_by(f64::total_cmp);
    sample
}

fn quantile(sorted: &[f64], fraction: f64) -> Option<f64> {
    let at = (sorted.len().checked_sub(1)? as f64 * fraction).round() as usize;
    sorted.get(at).copied()
}

/// The limits of IRAF's zscale: a line through the sorted values about the median, made flatter by
/// the contrast. `None` where no value is finite.
pub(super) fn zscale(values: &[f32]) -> Option<(f64, f64)> {
    let sorted = sorted_sample(values, SAMPLES);
    let n = sorted.len();
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let median = quantile(&sorted, 0.5)?;
    if n < 5 {
        return Some((first, last));
    }
    let mut kept: Vec<(f64, f64)> =
        sorted.iter().enumerate().map(|(i, v)| (i as f64, *v)).collect();
    let mut slope = 0.0;
    for _ in 0..ITERATIONS {
        let Some((a, b, sigma)) = fit(&kept) else { break };
        slope = b;
        let before = kept.len();
        kept.retain(|(x, y)| (y - a - b * x).abs() <= REJECT * sigma);
        if kept.len() == before {
            break;
        }
        if kept.len() < n / 2 {
            return Some((first, last));
        }
    }
    let slope = slope / CONTRAST;
    let centre = (n / 2) as f64;
    let low = (median - centre * slope).max(first);
    let high = (median + (n as f64 - centre) * slope).min(last);
    Some((low, high))
}

/// Least-squares line: intercept, slope and standard deviation of what is left.
fn fit(points: &[(f64, f64)]) -> Option<(f64, f64, f64)> {
    let n = points.len() as f64;
    let (sx, sy) = points.iter().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mx, my) = (sx / n, sy / n);
    let (sxx, sxy) = points
        .iter()
        .fold((0.0, 0.0), |(xx, xy), (x, y)| (xx + (x - mx).powi(2), xy + (x - mx) * (y - my)));
    if sxx <= 0.0 {
        return None;
    }
    let slope = sxy / sxx;
    let intercept = my - slope * mx;
    let variance = points.iter().map(|(x, y)| (y - intercept - slope * x).powi(2)).sum::<f64>() / n;
    Some((intercept, slope, variance.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed sequence of numbers between 0 and 1 (Park and Miller 1988).
    fn uniform(count: usize) -> Vec<f32> {
        let mut state = 42_u64;
        (0..count)
            .map(|_| {
                state = state * 16_807 % 2_147_483_647;
                (state as f64 / 2_147_483_647.0) as f32
            })
            .collect()
    }

    #[test]
    fn zscale_of_even_numbers_is_their_whole_range() {
        // The slope over the contrast reaches past both ends, so the ends are the limits, as
        // astropy.visualization.ZScaleInterval has it for the same numbers.
        let (low, high) = zscale(&uniform(50_000)).unwrap();
        assert!(low < 0.01 && high > 0.99, "{low} {high}");
    }

    #[test]
    fn a_few_bright_pixels_do_not_count() {
        let mut values = uniform(100_000);
        for i in 0..1000 {
            values[i * 97] = 1e6;
        }
        let (low, high) = zscale(&values).unwrap();
        assert!(low > -0.1 && high < 10.0, "{low} {high}");
        let scale = Scale::of(&values).unwrap();
        assert!(scale.grey(0.9) > 20 && scale.grey(1e6) == 255 && scale.grey(f32::NAN) == 0);
    }

    #[test]
    fn sparse_counts_are_seen() {
        let mut values = vec![0.0; 10_000];
        for i in 0..50 {
            values[i * 199] = 1.0 + (i % 3) as f32;
        }
        let scale = Scale::of(&values).unwrap();
        assert_eq!(scale.grey(0.0), 0);
        assert!(scale.grey(1.0) > 60);
        assert_eq!(zscale(&[f32::NAN]), None);
        assert_eq!(zscale(&[]), None);
    }
}
