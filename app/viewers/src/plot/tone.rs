//! How many points lie where, and how that becomes colours.

/// Points above which a plot shows density instead of discs.
pub const CROWD: usize = 50_000;

/// Colours, sRGB.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(default)]
pub struct Colors {
    /// Behind the points.
    pub background: [f32; 3],
    /// A lone point.
    pub sparse: [f32; 3],
    /// The densest place.
    pub dense: [f32; 3],
    /// Selected points.
    pub selected: [f32; 3],
}

impl Default for Colors {
    fn default() -> Self {
        Colors {
            background: crate::gpu::BACKGROUND,
            sparse: [0.33, 0.52, 0.85],
            dense: [0.93, 0.98, 1.0],
            selected: [1.0, 0.71, 0.28],
        }
    }
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Radius of a disc in CSS pixels.
    pub radius: f32,
    /// Opacity of a disc: 1 for lone points, less in a crowd.
    pub gain: f32,
    /// Discs over one another at the densest place.
    pub peak: f32,
}

/// Chooses a tone for points in a plot of `pixels` CSS pixels of which the densest cell holds
/// `peak_density` points a pixel.
pub fn choose(points: usize, peak_density: f64) -> Tone {
    let crowd = (points.max(1) as f64 / 2000.0).log2().max(0.0);
    let radius = (2.6 - 0.28 * crowd).clamp(0.7, 2.6);
    let area = std::f64::consts::PI * radius * radius;
    let peak = (peak_density * area).max(1.0);
    let gain = if points <= CROWD { 1.0 } else { (8.0 / peak).clamp(0.02, 1.0) };
    Tone { radius: radius as f32, gain: gain as f32, peak: peak as f32 }
}

/// The colour of `n` discs over one another, the shown ones and the selected ones: the twin of
/// `plot_tone.wgsl`.
pub fn toned(tone: Tone, colors: &Colors, n: [f32; 2]) -> [f32; 3] {
    let log = |n: f32| (1.0 + tone.gain * n).ln();
    let level = (log(n[0]) / log(tone.peak)).clamp(0.0, 1.0);
    let alpha = 1.0 - (-tone.gain * n[0] * 2.5).exp();
    let chosen = 1.0 - (-n[1] * 2.5).exp();
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    std::array::from_fn(|c| {
        let point = mix(colors.sparse[c], colors.dense[c], level);
        mix(mix(colors.background[c], point, alpha), colors.selected[c], chosen)
    })
}

/// Points a CSS pixel in the densest of 96 × 64 cells, from a sample of the points.
pub fn peak_density(x: &[f32], y: &[f32], range: [f32; 4], (width, height): (f64, f64)) -> f64 {
    const COLUMNS: usize = 96;
    const ROWS: usize = 64;
    const SAMPLE: usize = 200_000;
    let [x0, x1, y0, y1] = range;
    let stride = x.len().div_ceil(SAMPLE).max(1);
    let mut cells = vec![0_u32; COLUMNS * ROWS];
    for (x, y) in x.iter().zip(y).step_by(stride) {
        let i = (x - x0) / (x1 - x0) * COLUMNS as f32;
        let j = (y - y0) / (y1 - y0) * ROWS as f32;
        let inside = i >= 0.0 && j >= 0.0 && i < COLUMNS as f32 && j < ROWS as f32;
        if let Some(cell) = cells.get_mut(j as usize * COLUMNS + i as usize).filter(|_| inside) {
            *cell += 1;
        }
    }
    let most = cells.into_iter().max().unwrap_or(0) as f64 * stride as f64;
    most * (COLUMNS * ROWS) as f64 / (width * height).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_points_are_seen_and_crowds_keep_their_contrast() {
        let colors = Colors::default();
        let few = choose(100, 0.01);
        let lone = toned(few, &colors, [1.0, 0.0]);
        let off: f32 = (0..3).map(|c| (lone[c] - colors.background[c]).abs()).sum();
        assert!(off > 0.6, "a lone point is {off} off the background");
        let many = choose(5_000_000, 100.0);
        let at = |n: f32| toned(many, &colors, [n, 0.0])[1];
        assert!(
            at(many.peak) > at(many.peak / 10.0) && at(many.peak / 10.0) > at(many.peak / 100.0)
        );
        assert_eq!(toned(many, &colors, [0.0, 0.0]), colors.background);
        let chosen = toned(many, &colors, [many.peak, 1.0]);
        assert!((chosen[0] - colors.selected[0]).abs() < 0.1);
    }

    #[test]
    fn density_is_that_of_the_densest_cell() {
        let n = 150_000;
        let x: Vec<f32> =
            (0..n).map(|i| if i % 2 == 0 { 0.5 } else { i as f32 / n as f32 }).collect();
        let y = vec![0.5; n];
        let density = peak_density(&x, &y, [0.0, 1.0, 0.0, 1.0], (960.0, 640.0));
        // Half of the points lie in one cell of 100 pixels.
        assert!((density / 750.0 - 1.0).abs() < 0.1, "{density}");
        assert_eq!(peak_density(&[f32::NAN], &[0.0], [0.0, 1.0, 0.0, 1.0], (9.0, 9.0)), 0.0);
    }
}
