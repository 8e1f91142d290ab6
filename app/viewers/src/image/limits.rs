//! Between which values a stretch runs, and the distribution it is chosen from.

use tenkyu_wire::view::Limits;

use super::raster::Raster;

/// How many pixels a sample holds at most.
const SAMPLE: usize = 1 << 20;

/// A sorted sample of physical values.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    sorted: Vec<f64>,
    /// In the order of the file, thinned, for [`zscale`].
    unsorted: Vec<f64>,
    /// Whether every pixel is in it.
    pub complete: bool,
    /// Pixels looked at, blank ones included.
    pub seen: usize,
}

impl Sample {
    /// A sample of a raster: all pixels up to about a million, a regular lattice of as many above.
    pub fn of(raster: &Raster) -> Sample {
        let mut values = Vec::new();
        let seen = raster.for_each_sampled(SAMPLE, |raw| values.push(raster.scaling().apply(raw)));
        let unsorted = thinned(&values);
        values.sort_unstable_by(f64::total_cmp);
        Sample { sorted: values, unsorted, complete: raster.lattice(SAMPLE) == 1, seen }
    }

    /// Finite values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// Smallest and largest; `None` when there is no finite value.
    pub fn extent(&self) -> Option<(f64, f64)> {
        Some((*self.sorted.first()?, *self.sorted.last()?))
    }

    /// The value below which a fraction in [0, 1] lies, linear between neighbours (as numpy's
    /// default).
    pub fn quantile(&self, fraction: f64) -> Option<f64> {
        let at = fraction.clamp(0.0, 1.0) * self.sorted.len().checked_sub(1)? as f64;
        let i = at as usize;
        let a = *self.sorted.get(i)?;
        let b = self.sorted.get(i + 1).copied().unwrap_or(a);
        Some(a + (b - a) * (at - i as f64))
    }

    /// The two values of some limits, low < high. Without a finite pixel they are 0 and 1.
    pub fn limits(&self, limits: Limits) -> (f64, f64) {
        let found = match limits {
            Limits::Auto | Limits::Zscale => zscale(&self.unsorted, 0.25),
            Limits::MinMax => self.extent(),
            Limits::Percentile(percent) => {
                let tail = (100.0 - percent.clamp(0.0, 100.0)) / 200.0;
                self.quantile(tail).zip(self.quantile(1.0 - tail))
            }
            Limits::Values(low, high) => Some((low, high)),
        };
        apart(found.unwrap_or((0.0, 1.0)))
    }

    /// Counts in `bins` equal steps from `low` to `high`; what lies outside is not counted.
    pub fn histogram(&self, low: f64, high: f64, bins: usize) -> Vec<u32> {
        let bins = bins.clamp(1, 4096);
        let edge = |i: usize| low + (high - low) * i as f64 / bins as f64;
        let below = |value: f64| self.sorted.partition_point(|v| *v < value);
        let mut counts: Vec<u32> =
            (0..bins).map(|i| below(edge(i + 1)).saturating_sub(below(edge(i))) as u32).collect();
        // The last bin is closed on both sides.
        let at_high = self.sorted.partition_point(|v| *v <= high) - below(high);
        if let Some(last) = counts.last_mut() {
            *last += at_high as u32;
        }
        counts
    }
}

/// Entries of a [`histogram_curve`].
pub const CURVE: usize = 1024;

/// The cumulative distribution between two limits in [`CURVE`] steps, from 0 to 1: the curve of
/// histogram equalisation.
pub fn histogram_curve(sample: &Sample, low: f64, high: f64) -> Vec<f32> {
    let at = |value: f64| sample.sorted.partition_point(|v| *v <= value) as f64;
    let (first, last) = (sample.sorted.partition_point(|v| *v < low) as f64, at(high));
    let ramp = |i: usize| i as f64 / (CURVE - 1) as f64;
    (0..CURVE)
        .map(|i| match last - first {
            n if n > 0.0 => ((at(low + (high - low) * ramp(i)) - first) / n).clamp(0.0, 1.0) as f32,
            _ => ramp(i) as f32,
        })
        .collect()
}

/// Makes two limits differ: equal or swapped ones would divide by nothing.
fn apart((low, high): (f64, f64)) -> (f64, f64) {
    let (low, high) = if low <= high { (low, high) } else { (high, low) };
    let least = (low.abs().max(high.abs()) * 1e-9).max(f64::MIN_POSITIVE * 1e9);
    if high - low >= least {
        return (low, high);
    }
    if low == 0.0 { (0.0, 1.0) } else { (low, high + least.max(low.abs() * 1e-3)) }
}

/// How many pixels [`zscale`] looks at.
const ZSCALE_SAMPLES: usize = 1000;

fn thinned(values: &[f64]) -> Vec<f64> {
    let stride = (values.len() / ZSCALE_SAMPLES).max(1);
    values.iter().copied().step_by(stride).take(ZSCALE_SAMPLES).collect()
}

/// IRAF's zscale (National Optical Astronomy Observatories; description in IRAF's `display` help):
/// a line is fitted to the sorted sample with rejection, and the limits are where the line with
/// its slope divided by `contrast` meets the ends. `None` without values.
fn zscale(sample: &[f64], contrast: f64) -> Option<(f64, f64)> {
    const MAX_REJECT: f64 = 0.5;
    const MIN_PIXELS: usize = 5;
    const REJECTION: f64 = 2.5;
    const ITERATIONS: usize = 5;

    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    let n = sorted.len();
    let least = MIN_PIXELS.max((n as f64 * MAX_REJECT) as usize);
    let mut bad = vec![false; n];
    let mut good = n;
    let mut last_good = n + 1;
    // Rejected pixels take their neighbours with them.
    let grow = 1.max((n as f64 * 0.01) as usize);
    let mut line = (0.0, low);
    for _ in 0..ITERATIONS {
        if good >= last_good || good < least {
            break;
        }
        line = fit_line(&sorted, &bad)?;
        let residual = |i: usize, v: f64| v - (line.0 * i as f64 + line.1);
        let kept = || sorted.iter().enumerate().zip(&bad).filter(|(_, bad)| !**bad);
        let count = kept().count() as f64;
        let mean = kept().map(|((i, v), _)| residual(i, *v)).sum::<f64>() / count;
        let variance =
            kept().map(|((i, v), _)| (residual(i, *v) - mean).powi(2)).sum::<f64>() / count;
        let threshold = REJECTION * variance.sqrt();
        let far: Vec<bool> = sorted
            .iter()
            .enumerate()
            .zip(&bad)
            .map(|((i, v), bad)| *bad || residual(i, *v).abs() > threshold)
            .collect();
        bad = grown(&far, grow);
        last_good = good;
        good = bad.iter().filter(|b| !**b).count();
    }
    if good < least {
        return Some((low, high));
    }
    let slope = if contrast > 0.0 { line.0 / contrast } else { line.0 };
    let middle = (n - 1) / 2;
    let centre = middle as f64;
    let median = match n % 2 {
        0 => (sorted.get(middle)? + sorted.get(middle + 1)?) / 2.0,
        _ => *sorted.get(middle)?,
    };
    Some((low.max(median - (centre - 1.0) * slope), high.min(median + (n as f64 - centre) * slope)))
}

/// Slope and intercept of the least-squares line through the points that are not bad.
fn fit_line(values: &[f64], bad: &[bool]) -> Option<(f64, f64)> {
    let points = || {
        values
            .iter()
            .zip(bad)
            .enumerate()
            .filter(|(_, (_, b))| !**b)
            .map(|(i, (v, _))| (i as f64, *v))
    };
    let n = points().count() as f64;
    if n < 1.0 {
        return None;
    }
    let (mx, my) = points().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (sxx, sxy) = points()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + (x - mx) * (x - mx), b + (x - mx) * (y - my)));
    let slope = if sxx > 0.0 { sxy / sxx } else { 0.0 };
    Some((slope, my - slope * mx))
}

/// Bad where a bad one is within a window of `width`, centred as `numpy.convolve(mode="same")`.
fn grown(bad: &[bool], width: usize) -> Vec<bool> {
    let (before, after) = (width / 2, width.saturating_sub(1) / 2);
    (0..bad.len())
        .map(|i| {
            let window = i.saturating_sub(before)..(i + after + 1).min(bad.len());
            bad.get(window).is_some_and(|w| w.contains(&true))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenkyu_fits::{PixelData, Scaling};

    /// 200 × 150 pixels by a linear congruential generator: a sky with noise, stars and NaN.
    fn field() -> Raster {
        let mut seed = 12_345_u64;
        let mut next = || {
            seed = (seed * 1_103_515_245 + 12_345) % (1 << 31);
            seed as f64 / f64::from(1_u32 << 31)
        };
        let data = (0..200 * 150)
            .map(|i| {
                let noise = (0..12).map(|_| next()).sum::<f64>() - 6.0;
                let star = if i % 137 == 0 { 500.0 * next() } else { 0.0 };
                if i % 1009 == 0 { f64::NAN } else { 100.0 + 5.0 * noise + star }
            })
            .collect();
        Raster::owned(200, 150, PixelData::F64(data), Scaling::IDENTITY).unwrap()
    }

    #[test]
    fn limits_agree_with_astropy() {
        let sample = Sample::of(&field());
        assert!(sample.complete);
        let check = |limits, low: f64, high: f64| {
            let got = sample.limits(limits);
            assert!((got.0 - low).abs() < 1e-6 && (got.1 - high).abs() < 1e-6, "{limits}: {got:?}");
        };
        // astropy.visualization of the same numbers: ZScaleInterval(), MinMaxInterval(),
        // PercentileInterval(99), PercentileInterval(95).
        check(Limits::Zscale, 85.390796843, 131.048049078);
        check(Limits::MinMax, 80.282617132, 590.115598948);
        check(Limits::Percentile(99.0), 87.343691471, 256.902340918);
        check(Limits::Percentile(95.0), 90.322162591, 110.331066926);
    }

    #[test]
    fn without_values_or_spread_there_are_still_two_limits() {
        let flat = Raster::owned(2, 1, PixelData::F32(vec![5.0; 2]), Scaling::IDENTITY).unwrap();
        let (low, high) = Sample::of(&flat).limits(Limits::Zscale);
        assert!(low == 5.0 && high > 5.0);
        let nan =
            Raster::owned(2, 1, PixelData::F32(vec![f32::NAN; 2]), Scaling::IDENTITY).unwrap();
        assert_eq!(Sample::of(&nan).limits(Limits::Percentile(99.0)), (0.0, 1.0));
        assert_eq!(Sample::default().histogram(0.0, 1.0, 4), [0; 4]);
        let (low, high) = Sample::of(&flat).limits(Limits::Values(3.0, 1.0));
        assert_eq!((low, high), (1.0, 3.0));
    }

    #[test]
    fn histograms_count_every_value_once() {
        let sample = Sample::of(&field());
        let (low, high) = sample.extent().unwrap();
        for bins in [1, 7, 64] {
            let counts = sample.histogram(low, high, bins);
            assert_eq!(counts.iter().sum::<u32>() as usize, sample.values().len());
        }
        let curve = histogram_curve(&sample, low, high);
        assert!(curve.windows(2).all(|w| w[0] <= w[1]));
        assert!(curve[0] < 0.01 && (curve[CURVE - 1] - 1.0).abs() < 1e-6);
    }
}
