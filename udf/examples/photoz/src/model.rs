//! Model spectra seen through five bands at many redshifts.
//!
//! A spectrum is a power law, f_λ ∝ λ^β, that is fainter by a factor below 4000 Å, where old stars
//! have a break, and dark below the Lyman limit; on its way, hydrogen takes away what was blue of
//! Lyman α (Madau 1995, ApJ 441, 18, eq. 15: the line alone). Bands are top hats near those of Hyper Suprime-Cam
//! (Kawanomoto et al. 2018, PASJ 70, 66).

/// Bands: g, r, i, z, y.
pub const BANDS: usize = 5;
/// Steps of redshift, from 0 to 6.
pub const STEPS: usize = 151;
/// Width of a step.
pub const STEP: f64 = 0.04;
/// Model spectra.
pub const MODELS: usize = 6;

/// Ends of the bands, Å.
const EDGES: [[f64; 2]; BANDS] =
    [[4000.0, 5450.0], [5450.0, 7000.0], [7000.0, 8550.0], [8550.0, 9300.0], [9500.0, 10700.0]];
/// Slope β and depth of the break of each model, from young to old.
const SPECTRA: [[f64; 2]; MODELS] =
    [[-2.2, 1.0], [-1.6, 1.2], [-1.0, 1.5], [-0.5, 1.9], [0.2, 2.3], [0.8, 2.6]];
/// Points at which a band is integrated, in the middle of equal parts.
const POINTS: usize = 32;

/// Fluxes f_ν in each band by step of redshift and model.
pub type Grid = Vec<[[f64; BANDS]; MODELS]>;

thread_local! {
    static GRID: Grid = (0..STEPS).map(|step| {
        SPECTRA.map(|spectrum| EDGES.map(|band| flux(spectrum, band, redshift(step as f64))))
    }).collect();
}

/// Works with the grid, which is made at the first call.
pub fn grid<R>(work: impl FnOnce(&Grid) -> R) -> R {
    GRID.with(work)
}

/// The redshift at a step.
pub fn redshift(step: f64) -> f64 {
    step * STEP
}

/// The step at a redshift of the grid.
pub fn step(redshift: f64) -> Option<f64> {
    let step = redshift / STEP;
    (0.0..=(STEPS - 1) as f64).contains(&step).then_some(step)
}

/// ∫ f_λ λ dλ / ∫ dλ/λ, the mean f_ν of a band for a detector that counts photons, but for a
/// constant.
fn flux([slope, depth]: [f64; 2], [from, to]: [f64; 2], redshift: f64) -> f64 {
    let width = (to - from) / POINTS as f64;
    let sum: f64 = (0..POINTS)
        .map(|point| {
            let observed = from + (point as f64 + 0.5) * width;
            let emitted = observed / (1.0 + redshift);
            spectrum(slope, depth, emitted) * passed(observed, emitted) * observed * width
        })
        .sum();
    sum / (to / from).ln()
}

/// f_λ of a model, 1 or so at 4000 Å.
fn spectrum(slope: f64, depth: f64, emitted: f64) -> f64 {
    if emitted < 912.0 {
        return 0.0;
    }
    let risen = 0.5 * (1.0 + ((emitted - 4000.0) / 150.0).tanh());
    (emitted / 4000.0).powf(slope) * (1.0 / depth + (1.0 - 1.0 / depth) * risen)
}

/// The part of the light that passes the hydrogen on its way.
fn passed(observed: f64, emitted: f64) -> f64 {
    if emitted < 1216.0 { (-0.0036 * (observed / 1216.0).powf(3.46)).exp() } else { 1.0 }
}
