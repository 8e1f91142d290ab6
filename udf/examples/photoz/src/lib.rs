//! Photometric redshifts: how likely magnitudes and their errors are, for galaxies of some kinds
//! at some redshifts.
//!
//! - `my.photoz(g, r, i, z, y, eg, er, ei, ez, ey)`: the most likely redshift;
//! - `my.photoz_lnlike(at, g, …, ey)`: the logarithm of the likelihood at a redshift;
//! - `my.photoz_nz(g, …, ey)`: an aggregate, the sum of the probability densities of a group, which
//!   estimates how many of its galaxies lie at each redshift.
//!
//! The spectra are six simple models (`model.rs`), enough to show the way and to find breaks; for
//! science put your own templates there. A magnitude or error that is NULL leaves its band out; with
//! fewer than three bands the value is NULL.

mod model;

use model::{BANDS, Grid, STEPS};
use tenkyu_function::{Aggregate, functions};

/// Errors below this are not believed, mag: calibration and models are no better.
const LEAST_ERROR: f64 = 0.01;
/// Bands without which nothing is said.
const LEAST_BANDS: usize = 3;

type Magnitudes = [Option<f64>; BANDS];

/// Fluxes over their errors, and the inverse errors; 0 where there is no measurement.
struct Measured {
    flux: [f64; BANDS],
    weight: [f64; BANDS],
}

impl Measured {
    fn of(magnitudes: Magnitudes, errors: Magnitudes) -> Option<Measured> {
        let mut measured = Measured { flux: [0.0; BANDS], weight: [0.0; BANDS] };
        let mut bands = 0;
        for band in 0..BANDS {
            let (Some(magnitude), Some(error)) = (magnitudes[band], errors[band]) else { continue };
            if !(magnitude.is_finite() && error.is_finite() && error >= 0.0) {
                continue;
            }
            let flux = 10f64.powf(-0.4 * (magnitude - 25.0));
            let sigma = flux * error.max(LEAST_ERROR) * std::f64::consts::LN_10 / 2.5;
            measured.flux[band] = flux / sigma;
            measured.weight[band] = 1.0 / sigma;
            bands += 1;
        }
        (bands >= LEAST_BANDS).then_some(measured)
    }

    /// χ² of a model with the amplitude that fits best.
    fn chi2(&self, model: &[f64; BANDS]) -> f64 {
        let (mut ff, mut fm, mut mm) = (0.0, 0.0, 0.0);
        for ((flux, weight), model) in self.flux.iter().zip(self.weight).zip(model) {
            let expected = model * weight;
            ff += flux * flux;
            fm += flux * expected;
            mm += expected * expected;
        }
        if mm > 0.0 { ff - fm * fm / mm } else { ff }
    }

    /// The least χ² of all models at a step of redshift.
    fn best(&self, step: usize) -> f64 {
        model::grid(|grid: &Grid| {
            grid[step].iter().map(|model| self.chi2(model)).fold(f64::INFINITY, f64::min)
        })
    }
}

#[allow(clippy::too_many_arguments)] // five bands and their errors
fn photoz(
    g: Option<f64>,
    r: Option<f64>,
    i: Option<f64>,
    z: Option<f64>,
    y: Option<f64>,
    eg: Option<f64>,
    er: Option<f64>,
    ei: Option<f64>,
    ez: Option<f64>,
    ey: Option<f64>,
) -> Option<f64> {
    let measured = Measured::of([g, r, i, z, y], [eg, er, ei, ez, ey])?;
    let chi2: Vec<f64> = (0..STEPS).map(|step| measured.best(step)).collect();
    let least = (0..STEPS).min_by(|a, b| chi2[*a].total_cmp(&chi2[*b]))?;
    // A parabola through the neighbours finds what lies between the steps.
    let between = match (least.checked_sub(1), chi2.get(least + 1)) {
        (Some(before), Some(after)) => {
            let (left, middle, right) = (chi2[before], chi2[least], *after);
            let curve = left - 2.0 * middle + right;
            if curve > 0.0 { (0.5 * (left - right) / curve).clamp(-0.5, 0.5) } else { 0.0 }
        }
        _ => 0.0,
    };
    Some(model::redshift(least as f64 + between))
}

#[allow(clippy::too_many_arguments)] // five bands and their errors
fn photoz_lnlike(
    at: f64,
    g: Option<f64>,
    r: Option<f64>,
    i: Option<f64>,
    z: Option<f64>,
    y: Option<f64>,
    eg: Option<f64>,
    er: Option<f64>,
    ei: Option<f64>,
    ez: Option<f64>,
    ey: Option<f64>,
) -> Option<f64> {
    let measured = Measured::of([g, r, i, z, y], [eg, er, ei, ez, ey])?;
    let place = model::step(at)?;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(STEPS - 1);
    let chi2 = measured.best(below) * (1.0 - part) + measured.best(above) * part;
    Some(-0.5 * chi2)
}

/// A sum of probability densities.
#[derive(Default)]
struct Sum {
    /// By step of redshift; empty before the first galaxy.
    density: Vec<f64>,
}

impl Sum {
    #[allow(clippy::too_many_arguments)] // five bands and their errors
    fn update(
        &mut self,
        g: Option<f64>,
        r: Option<f64>,
        i: Option<f64>,
        z: Option<f64>,
        y: Option<f64>,
        eg: Option<f64>,
        er: Option<f64>,
        ei: Option<f64>,
        ez: Option<f64>,
        ey: Option<f64>,
    ) {
        let Some(measured) = Measured::of([g, r, i, z, y], [eg, er, ei, ez, ey]) else { return };
        let chi2: Vec<f64> = (0..STEPS).map(|step| measured.best(step)).collect();
        let least = chi2.iter().copied().fold(f64::INFINITY, f64::min);
        let density: Vec<f64> = chi2.iter().map(|chi2| (-0.5 * (chi2 - least)).exp()).collect();
        let area: f64 = density.iter().sum::<f64>() * model::STEP;
        self.add(density.iter().map(|value| value / area));
    }

    fn add(&mut self, density: impl Iterator<Item = f64>) {
        self.density.resize(STEPS, 0.0);
        self.density.iter_mut().zip(density).for_each(|(sum, more)| *sum += more);
    }
}

impl Aggregate for Sum {
    type Value = Option<Vec<f64>>;

    fn state(&self) -> Vec<u8> {
        self.density.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn merge(&mut self, state: &[u8]) -> Result<(), String> {
        let (values, rest) = state.as_chunks::<8>();
        match values.len() {
            // The state of a part without galaxies.
            0 if rest.is_empty() => Ok(()),
            STEPS if rest.is_empty() => {
                self.add(values.iter().map(|value| f64::from_le_bytes(*value)));
                Ok(())
            }
            _ => Err(format!("a state holds {STEPS} numbers")),
        }
    }

    fn finish(self) -> Option<Vec<f64>> {
        (!self.density.is_empty()).then_some(self.density)
    }
}

functions! {
    /// Most likely redshift of a galaxy, 0 to 6, from AB magnitudes in five bands and their errors.
    scalar photoz(
        g: Option<f64> ["mag"], r: Option<f64> ["mag"], i: Option<f64> ["mag"],
        z: Option<f64> ["mag"], y: Option<f64> ["mag"],
        eg: Option<f64> ["mag"], er: Option<f64> ["mag"], ei: Option<f64> ["mag"],
        ez: Option<f64> ["mag"], ey: Option<f64> ["mag"],
    ) -> Option<f64>;
    /// Natural logarithm of the likelihood of the magnitudes at a redshift of 0 to 6, with the model
    /// and the brightness that fit best.
    scalar photoz_lnlike(
        at: f64,
        g: Option<f64> ["mag"], r: Option<f64> ["mag"], i: Option<f64> ["mag"],
        z: Option<f64> ["mag"], y: Option<f64> ["mag"],
        eg: Option<f64> ["mag"], er: Option<f64> ["mag"], ei: Option<f64> ["mag"],
        ez: Option<f64> ["mag"], ey: Option<f64> ["mag"],
    ) -> Option<f64>;
    /// Sum of the probability densities in redshift of a group of galaxies, at 0, 0.04, … 6.
    aggregate photoz_nz(
        g: Option<f64> ["mag"], r: Option<f64> ["mag"], i: Option<f64> ["mag"],
        z: Option<f64> ["mag"], y: Option<f64> ["mag"],
        eg: Option<f64> ["mag"], er: Option<f64> ["mag"], ei: Option<f64> ["mag"],
        ez: Option<f64> ["mag"], ey: Option<f64> ["mag"],
    ) -> Option<Vec<f64>> = Sum;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(reds: &[f64]) -> Sum {
        let mut sum = Sum::default();
        for r in reds {
            let e = Some(0.05);
            sum.update(Some(r + 0.8), Some(*r), Some(r - 0.4), None, None, e, e, e, None, None);
        }
        sum
    }

    #[test]
    fn parts_come_to_the_whole_and_strange_states_are_refused() {
        let mut merged = sum(&[]);
        for part in [sum(&[20.0, 21.5]), sum(&[]), sum(&[22.0])] {
            merged.merge(&part.state()).unwrap();
        }
        let (merged, whole) = (merged.finish().unwrap(), sum(&[20.0, 21.5, 22.0]).finish());
        for (a, b) in merged.iter().zip(whole.unwrap()) {
            assert!((a - b).abs() < 1e-12);
        }
        assert!((merged.iter().sum::<f64>() * model::STEP - 3.0).abs() < 1e-9);
        for state in [&[1][..], &[0; 16], &[0; 8 * STEPS + 1]] {
            assert!(sum(&[]).merge(state).is_err());
        }
    }
}
