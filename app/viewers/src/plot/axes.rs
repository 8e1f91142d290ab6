//! Ticks.

use serde::Serialize;

use crate::image::text::tidy;

/// A tick in CSS pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tick {
    /// From the left or from the top.
    pub at: f64,
    /// The value there.
    pub value: f64,
    /// As text.
    pub label: String,
}

/// Ticks of both axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ticks {
    /// Along the bottom.
    pub x: Vec<Tick>,
    /// Along the left.
    pub y: Vec<Tick>,
}

/// About `wanted` round values between two others (either may be the larger), evenly spaced by 1,
/// 2 or 5 times a power of ten, with labels of one precision.
pub fn ticks(from: f64, to: f64, length: f64, wanted: f64) -> Vec<Tick> {
    let (low, high) = (from.min(to), from.max(to));
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || span <= low.abs().max(high.abs()) * 1e-14 {
        return Vec::new();
    }
    let step = round_step(span / wanted.max(1.0));
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first).clamp(0.0, 100.0) as usize;
    (0..=count)
        .map(|i| {
            let value = (first + i as f64) * step;
            // −0 and the dust of the multiplication are no values to show.
            let value = if value.abs() < step * 1e-9 { 0.0 } else { value };
            Tick { at: (value - from) / (to - from) * length, value, label: label(value, step) }
        })
        .collect()
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `value`.
fn round_step(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= value * (1.0 - 1e-12));
    factor.unwrap_or(10.0) * power
}

fn label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e9).contains(&size) {
        // As many digits as tell neighbours apart.
        let digits = (size.log10().floor() - step.log10().floor() + 1.0).clamp(0.0, 15.0) as usize;
        let text = format!("{value:.digits$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.parse().map(tidy).unwrap_or_else(|_| mantissa.to_owned());
        return format!("{mantissa}e{exponent}").replace('-', "−");
    }
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{value:.decimals$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: f64, to: f64) -> Vec<String> {
        ticks(from, to, 500.0, 6.0).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn labels_are_round_and_of_one_precision() {
        assert_eq!(labels(-0.9, 3.2), ["0", "1", "2", "3"]);
        assert_eq!(labels(0.0, 0.5), ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(labels(2e-7, 9e-7), ["2e−7", "4e−7", "6e−7", "8e−7"]);
        assert_eq!(labels(2_451_545.0, 2_451_546.0).len(), 6);
        assert_eq!(labels(5.0, 5.0), Vec::<String>::new());
        assert_eq!(labels(f64::NAN, 1.0), Vec::<String>::new());
    }

    #[test]
    fn turned_axes_run_the_other_way() {
        let up = ticks(10.0, 20.0, 500.0, 5.0);
        let down = ticks(20.0, 10.0, 500.0, 5.0);
        assert_eq!(up.first().map(|t| t.at), Some(0.0));
        assert_eq!(down.first().map(|t| (t.at, t.value)), Some((500.0, 10.0)));
    }
}
