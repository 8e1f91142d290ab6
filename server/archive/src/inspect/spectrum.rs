//! Spectra: from images of one axis, from tables, from images side by side.

use tenkyu_fits::{Hdu, Header};

use super::{
    Class, File,
    classify::{FLUX, SPECTRAL, is_companion},
    energy::{C, HC_EV, from_air},
};

/// Points of a spectrum that are read at most.
const MAX_POINTS: u64 = 4_000_000;

/// A spectrum for a plot and for its range.
pub(super) struct Spectrum {
    /// Wavelengths in metres where they are known, otherwise the file's own coordinate.
    pub(super) x: Vec<f64>,
    /// Flux in the file's unit.
    pub(super) y: Vec<f64>,
    /// Shortest and longest wavelength, metres.
    pub(super) wavelengths: Option<(f64, f64)>,
}

impl Spectrum {
    fn new(x: Vec<f64>, y: Vec<f64>, known: bool) -> Option<Spectrum> {
        let finite = || x.iter().copied().filter(|v| v.is_finite() && *v > 0.0);
        let range = finite().fold(None, |range: Option<(f64, f64)>, v| {
            Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
        });
        (x.len() == y.len() && !x.is_empty()).then_some(Spectrum {
            wavelengths: range.filter(|_| known),
            x,
            y,
        })
    }
}

/// Reads the spectrum of a file.
pub(super) fn read(fits: &File, class: &Class) -> Option<Spectrum> {
    let hdu = fits.hdu(class.main?).ok()?;
    if hdu.kind.is_table() {
        return of_table(fits, hdu);
    }
    side_by_side(fits).or_else(|| of_image(fits, hdu))
}

/// A spectrum whose axis is an image's first.
fn of_image(fits: &File, hdu: &Hdu) -> Option<Spectrum> {
    let image = fits.image(hdu.index).ok()?;
    let count = *image.shape().first().filter(|n| **n <= MAX_POINTS)?;
    let section: Vec<_> = image
        .shape()
        .iter()
        .enumerate()
        .map(|(axis, n)| if axis == 0 { 0..*n } else { 0..1 })
        .collect();
    let y = image.raw_section(&section).ok()?.values(&image.scaling());
    let axis = Axis::of(image.header());
    let x: Vec<f64> = (0..count).map(|i| axis.at(i as f64 + 1.0)).collect();
    Spectrum::new(x, y, axis.to_metres.is_some())
}

/// The first axis of a one-dimensional spectrum as IRAF and SDSS write it.
struct Axis {
    reference: f64,
    value: f64,
    step: f64,
    logarithmic: bool,
    /// What the values are multiplied with.
    to_metres: Option<f64>,
    air: bool,
}

impl Axis {
    fn of(header: &Header) -> Axis {
        let number = |key: &str| header.get_f64(key);
        let step = number("CDELT1").or_else(|| number("CD1_1")).or_else(|| number("COEFF1"));
        let value = number("CRVAL1").or_else(|| number("COEFF0")).unwrap_or(1.0);
        let step = step.unwrap_or(1.0);
        // DC-FLAG = 1 marks log₁₀ of the wavelength (IRAF, onedspec). Where it is missing, numbers
        // of a few units in steps of less than a thousandth can be nothing else.
        let looks_log = (2.5..=5.5).contains(&value) && step.abs() < 1e-3;
        let logarithmic = number("DC-FLAG").map_or(looks_log, |flag| flag == 1.0);
        let ctype = header.get_str("CTYPE1").unwrap_or_default().to_ascii_uppercase();
        let unit = header.get_str("CUNIT1").unwrap_or_default();
        let first = if logarithmic { 10_f64.powf(value) } else { value };
        let in_angstrom = (500.0..=300_000.0).contains(&first)
            && ["LINEAR", "LAMBDA", "WAVE", "AWAV", "LOG", ""].iter().any(|w| ctype.starts_with(w));
        // Without a reference value the axis counts pixels, whatever its unit claims.
        let given = number("CRVAL1").or_else(|| number("COEFF0")).is_some();
        let to_metres = length(unit).or(in_angstrom.then_some(1e-10)).filter(|_| given);
        Axis {
            reference: number("CRPIX1").unwrap_or(1.0),
            value,
            step,
            logarithmic,
            to_metres,
            air: ctype.starts_with("AWAV"),
        }
    }

    fn at(&self, pixel: f64) -> f64 {
        let value = self.value + (pixel - self.reference) * self.step;
        let value = if self.logarithmic { 10_f64.powf(value) } else { value };
        let value = value * self.to_metres.unwrap_or(1.0);
        if self.air { from_air(value) } else { value }
    }
}

/// Metres of a unit of length as headers spell it.
fn length(unit: &str) -> Option<f64> {
    Some(match unit.trim().to_ascii_lowercase().as_str() {
        "m" => 1.0,
        "mm" => 1e-3,
        "um" | "micron" | "microns" | "micrometer" => 1e-6,
        "nm" | "nanometer" | "nanometers" => 1e-9,
        "angstrom" | "angstroms" | "ang" | "a" | "0.1nm" => 1e-10,
        _ => return None,
    })
}

/// Wavelength in metres of a value in a unit of length, frequency or energy.
fn wavelength(unit: &str, value: f64) -> Option<f64> {
    if let Some(metres) = length(unit) {
        return Some(value * metres);
    }
    let found = match unit.trim().to_ascii_lowercase().as_str() {
        "hz" => C / value,
        "mhz" => C / (value * 1e6),
        "ghz" => C / (value * 1e9),
        "ev" => HC_EV / value,
        "kev" => HC_EV / (value * 1e3),
        "mev" => HC_EV / (value * 1e6),
        _ => return None,
    };
    found.is_finite().then_some(found)
}

/// A spectrum in a table: one row a point, or arrays in one row.
fn of_table(fits: &File, hdu: &Hdu) -> Option<Spectrum> {
    let table = fits.table(hdu.index).ok()?;
    let find = |words: &[&str]| words.iter().find_map(|word| table.column(word).ok());
    let (x_column, y_column) = (find(&SPECTRAL)?, find(&FLUX)?);
    let rows = if x_column.elements() > 1 { 1 } else { table.rows().min(MAX_POINTS) };
    let read = |index: usize| -> Option<Vec<f64>> {
        let data = table.read(index, 0..rows).ok()?;
        let numbers = data.numbers()?;
        Some(if rows == 1 { numbers.get(data.span(0))?.to_vec() } else { numbers })
    };
    let (x, y) = (read(x_column.index)?, read(y_column.index)?);
    let name = x_column.name.to_ascii_uppercase();
    let unit = x_column.unit.clone().unwrap_or_default();
    let logarithmic = name.starts_with("LOG");
    let middle = x.get(x.len() / 2).copied().unwrap_or(f64::NAN);
    let middle = if logarithmic { 10_f64.powf(middle) } else { middle };
    // Without a unit, a wavelength between 500 and 300 000 is in ångström.
    let guess = (unit.is_empty() || logarithmic)
        && (500.0..=300_000.0).contains(&middle)
        && !matches!(name.as_str(), "CHANNEL" | "ENERGY" | "FREQ" | "FREQUENCY");
    let convert = |value: f64| {
        let value = if logarithmic { 10_f64.powf(value) } else { value };
        if guess { Some(value * 1e-10) } else { wavelength(&unit, value) }
    };
    let metres: Option<Vec<f64>> = x.iter().map(|v| convert(*v)).collect();
    match metres {
        Some(metres) => {
            let mut found = Spectrum::new(metres, y, true)?;
            // Orders of a grating stand in rows of their own; the range is that of all.
            let all = table.read(x_column.index, 0..table.rows().min(1000)).ok()?.numbers()?;
            for value in all.into_iter().filter_map(convert).filter(|v| v.is_finite() && *v > 0.0) {
                found.wavelengths =
                    found.wavelengths.map(|(low, high)| (low.min(value), high.max(value)));
            }
            Some(found)
        }
        None => Spectrum::new(x, y, false),
    }
}

/// Spectra in images with their wavelengths in an image beside them, arm by arm: the first one.
fn side_by_side(fits: &File) -> Option<Spectrum> {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for hdu in fits.hdus().iter().filter(|hdu| hdu.kind.is_image()) {
        let Some(arm) = hdu.name().and_then(|name| name.strip_suffix("WAVELENGTH")) else {
            continue;
        };
        let Some(flux) = fits.find(&format!("{arm}FLUX")).filter(|h| !is_companion(h)) else {
            continue;
        };
        let waves = fits.image(hdu.index).ok()?;
        let fluxes = fits.image(flux.index).ok()?;
        let unit = length(waves.unit().unwrap_or("Angstrom"))?;
        let count = *waves.shape().first().filter(|n| **n <= MAX_POINTS)?;
        let section: Vec<_> = fluxes
            .shape()
            .iter()
            .enumerate()
            .map(|(a, n)| 0..if a == 0 { *n } else { 1 })
            .collect();
        if section.first().is_none_or(|range| range.end != count) {
            continue;
        }
        x.extend(waves.raw_all().ok()?.values(&waves.scaling()).into_iter().map(|v| v * unit));
        y.extend(fluxes.raw_section(&section).ok()?.values(&fluxes.scaling()));
    }
    Spectrum::new(x, y, true)
}
