//! Brightness curves: the twin of `stretched` in `image.wgsl`.

use tenkyu_wire::view::Stretch;

/// The number by which the shader knows a stretch.
pub const fn code(stretch: Stretch) -> u32 {
    match stretch {
        Stretch::Linear => 0,
        Stretch::Log => 1,
        Stretch::Asinh => 2,
        Stretch::Sqrt => 3,
        Stretch::Power => 4,
        Stretch::Histogram => 5,
    }
}

/// Brightness in [0, 1] of a value scaled to the limits; clipped first. `curve` is the table of
/// [`Stretch::Histogram`] ([`crate::image::limits::histogram_curve`]), unused by the others.
pub fn stretched(stretch: Stretch, t: f32, curve: &[f32]) -> f32 {
    let t = t.clamp(0.0, 1.0);
    match stretch {
        Stretch::Linear => t,
        Stretch::Log => (1000.0 * t + 1.0).ln() / 6.908_755,
        // asinh(y) as a logarithm: some GPUs have no asinh of their own.
        Stretch::Asinh => (10.0 * t + (100.0 * t * t + 1.0).sqrt()).ln() / 2.998_222_9,
        Stretch::Sqrt => t.sqrt(),
        Stretch::Power => t * t,
        Stretch::Histogram => {
            let x = t * curve.len().saturating_sub(1) as f32;
            let i = x as usize;
            let a = curve.get(i).copied().unwrap_or(t);
            let b = curve.get(i + 1).copied().unwrap_or(a);
            a + (b - a) * (x - i as f32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(stretch: Stretch, t: f64) -> f64 {
        match stretch {
            Stretch::Linear | Stretch::Histogram => t,
            Stretch::Log => (1000.0 * t + 1.0).log10() / 1001_f64.log10(),
            Stretch::Asinh => (10.0 * t).asinh() / 10_f64.asinh(),
            Stretch::Sqrt => t.sqrt(),
            Stretch::Power => t.powi(2),
        }
    }

    #[test]
    fn curves_agree_with_their_definitions() {
        let ramp: Vec<f32> = (0..1024).map(|i| i as f32 / 1023.0).collect();
        for stretch in Stretch::ALL {
            for i in 0..=1000 {
                let t = f64::from(i) / 1000.0;
                let got = f64::from(stretched(*stretch, t as f32, &ramp));
                assert!((got - truth(*stretch, t)).abs() < 2e-6, "{stretch} {t} {got}");
            }
            assert_eq!(stretched(*stretch, -3.0, &ramp), 0.0);
            assert!((stretched(*stretch, 7.0, &ramp) - 1.0).abs() < 1e-6);
        }
    }
}
