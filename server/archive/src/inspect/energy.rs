//! Wavelengths, polarisation and the kind of what was measured.

use tenkyu_sky::wcs::{AxisKind, Wcs};

use super::{Class, File, index, source::ImageKeys, spectrum};
use crate::{
    dictionary::{Dictionary, Headers, Translation, Value},
    record::FileRecord,
};

/// Speed of light, m/s (exact).
pub(super) const C: f64 = 299_792_458.0;
/// h·c in eV·m (CODATA 2018, exact).
pub(super) const HC_EV: f64 = 1.239_841_984_332_003e-6;

/// Above this wavelength (metres) receivers have channels.
const RADIO: f64 = 1e-4;

/// Polarisation states of the STOKES axis (FITS 4.0 table 29) in the order that ObsCore wants.
const STATES: [(i64, &str); 12] = [
    (1, "I"),
    (2, "Q"),
    (3, "U"),
    (4, "V"),
    (-1, "RR"),
    (-2, "LL"),
    (-3, "RL"),
    (-4, "LR"),
    (-5, "XX"),
    (-6, "YY"),
    (-7, "XY"),
    (-8, "YX"),
];

/// Fills in what can be known of energies, best source first: the data's own spectral axis, the
/// filter, the instrument's range.
pub(super) fn fill(
    fits: &File,
    class: &Class,
    headers: &Headers,
    dictionary: &Dictionary,
    record: &mut FileRecord,
    translation: &mut Translation,
) {
    let channels = spectral_axis(fits, class, record, translation);
    let axis = channels.or_else(|| {
        (class.product_type == Some("spectrum"))
            .then(|| spectrum::read(fits, class))
            .flatten()
            .and_then(|found| {
                record.axes.em = i64::try_from(found.x.len()).ok();
                found.wavelengths
            })
    });
    let range = axis
        .or_else(|| filter(translation, dictionary))
        .or_else(|| photometry(headers))
        .or(translation.em);
    if let Some((low, high)) = range.filter(|(low, high)| *low > 0.0 && high.is_finite()) {
        translation.values.entry("em_min".into()).or_insert(computed(low));
        translation.values.entry("em_max".into()).or_insert(computed(high));
        let width = (high - low) / record.axes.em.map_or(1.0, |n| n.max(1) as f64);
        // A filter's width and a radio channel are resolutions; the sampling of an optical
        // spectrum and the whole range of an instrument are not.
        let resolved = axis.is_none() || (channels.is_some() && low > RADIO);
        if width > 0.0
            && resolved
            && range != translation.em
            && !translation.values.contains_key("em_res_power")
        {
            translation.compute("em_res_power", Value::Number((low + high) / 2.0 / width));
        }
        if let Some(hdu) = record.hdus.iter_mut().find(|h| class.main == Some(h.index as usize)) {
            hdu.em = Some((low, high));
        }
    }
    if let Some(ucd) = measured(class, translation) {
        translation.compute("o_ucd", Value::Text(ucd.into()));
    }
}

fn computed(number: f64) -> crate::dictionary::Translated {
    crate::dictionary::Translated::computed(Value::Number(number))
}

/// The range of the spectral axis of the main image, and its polarisation axis.
fn spectral_axis(
    fits: &File,
    class: &Class,
    record: &mut FileRecord,
    translation: &mut Translation,
) -> Option<(f64, f64)> {
    let hdu = fits.hdu(class.main?).ok().filter(|hdu| hdu.kind.is_image())?;
    let header = hdu.image_header();
    let wcs = Wcs::from_header(&ImageKeys { fits, header: &header }, None).ok()?;
    let shape = hdu.shape();
    let length = |axis: usize| shape.get(axis).copied().unwrap_or(1).max(1);
    let centre: Vec<f64> = (0..wcs.axes().len()).map(|a| (length(a) as f64 + 1.0) / 2.0).collect();
    let at = |axis: usize, pixel: f64| {
        let mut place = centre.clone();
        *place.get_mut(axis)? = pixel;
        wcs.pixel_to_world(&place)?.0.get(axis).copied()
    };
    let mut range = None;
    for (axis, described) in wcs.axes().iter().enumerate() {
        let n = length(axis);
        match described.kind {
            AxisKind::Spectral if range.is_none() => {
                let rest = translation.number("rest_frequency");
                let ends = [0.5, n as f64 + 0.5].map(|pixel| {
                    at(axis, pixel).and_then(|v| vacuum_wavelength(&described.ctype, v, rest))
                });
                if let [Some(a), Some(b)] = ends {
                    range = Some((a.min(b), a.max(b)));
                    record.axes.em = (n > 1).then(|| i64::try_from(n).ok()).flatten();
                }
            }
            AxisKind::Stokes => {
                let codes: Vec<i64> = (1..=n.min(12))
                    .filter_map(|pixel| at(axis, pixel as f64))
                    .map(|code| code.round() as i64)
                    .collect();
                let states: Vec<&str> = STATES
                    .iter()
                    .filter(|(code, _)| codes.contains(code))
                    .map(|(_, state)| *state)
                    .collect();
                if !states.is_empty() {
                    let list = format!("/{}/", states.join("/"));
                    record.axes.pol = i64::try_from(states.len()).ok();
                    translation.compute("pol_states", Value::Text(list));
                }
            }
            _ => {}
        }
    }
    if let Some(found) = range
        && let Some(entry) = record.hdus.iter_mut().find(|h| h.index == index(hdu.index))
    {
        entry.em = Some(found);
    }
    range
}

/// Wavelength in vacuum (metres) of a value on a spectral axis in SI units (Greisen et al. 2006,
/// A&A 446, 747, table 3); `rest` is a rest frequency in hertz, which velocities need.
pub(super) fn vacuum_wavelength(ctype: &str, value: f64, rest: Option<f64>) -> Option<f64> {
    let kind: String = ctype.trim().chars().take(4).collect::<String>().to_ascii_uppercase();
    let beta = value / C;
    let wavelength = match kind.as_str() {
        "FREQ" => C / value,
        "WAVE" | "LAMB" => value,
        "AWAV" => from_air(value),
        "ENER" => 1.986_445_857_148_93e-25 / value,
        "WAVN" => 1.0 / value,
        "VRAD" => C / (rest? * (1.0 - beta)),
        "VOPT" => C / rest? * (1.0 + beta),
        "ZOPT" => C / rest? * (1.0 + value),
        "VELO" | "FELO" => C / rest? * ((1.0 + beta) / (1.0 - beta)).sqrt(),
        _ => return None,
    };
    (wavelength.is_finite() && wavelength > 0.0).then_some(wavelength)
}

/// Wavelength in vacuum of one in air, metres (Greisen et al. 2006, equation 65).
pub(super) fn from_air(air: f64) -> f64 {
    let inverse_square = (air * 1e6).powi(-2);
    air * (1.0 + 1e-6 * (287.615_5 + inverse_square * (1.628_87 + 0.013_60 * inverse_square)))
}

/// The wavelengths of the filter.
fn filter(translation: &Translation, dictionary: &Dictionary) -> Option<(f64, f64)> {
    let name = translation.text("bandpass_name")?;
    let facility = translation.text("facility_name").unwrap_or_default();
    let instrument = translation.text("instrument_name").unwrap_or_default();
    dictionary.bands.wavelengths(name, facility, instrument)
}

/// Pivot wavelength and RMS width of HST's photometry keywords, ångström; the width at half
/// maximum of a bell curve is 2.355 times the RMS.
fn photometry(headers: &Headers) -> Option<(f64, f64)> {
    let number = |key: &str| headers.first(key).and_then(|(_, raw)| raw.number());
    let (pivot, width) = (number("PHOTPLAM")?, number("PHOTBW")?);
    let half = width * 2.355 / 2.0;
    (pivot > 0.0 && half > 0.0 && half < pivot)
        .then_some(((pivot - half) * 1e-10, (pivot + half) * 1e-10))
}

/// The UCD of what was measured, by the kind of data and their unit.
fn measured(class: &Class, translation: &Translation) -> Option<&'static str> {
    match class.product_type? {
        "event" => return Some("phot.count"),
        "measurements" => return Some("meta.record"),
        "visibility" => return Some("stat.fourier"),
        _ => {}
    }
    let unit: String = translation
        .text("flux_unit")?
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let has = |words: &[&str]| words.iter().any(|word| unit.contains(word));
    Some(match unit.as_str() {
        "k" => "phys.temperature",
        "mag" => "phot.mag",
        u if u.starts_with("cm**(-2)") || u == "cm-2" || u == "cm^-2" => "phys.columnDensity",
        _ if has(&["jy/beam", "/sr", "-sr", "/arcsec"]) => "phot.flux.density.sb",
        _ if has(&["jy"]) => "phot.flux.density",
        _ if has(&["erg"]) && has(&["/a", "angstrom", "ang", "nm"]) => "phot.flux.density;em.wl",
        _ if has(&["erg"]) && has(&["hz"]) => "phot.flux.density;em.freq",
        _ if has(&["maggy", "maggies"]) => "phot.flux",
        _ if has(&["count", "adu", "electron", "dn", "ph", "e-"]) => "phot.count",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from astropy.units with its spectral and doppler equivalencies.
    #[test]
    fn wavelengths_from_every_axis() {
        let close = |found: Option<f64>, expected: f64| {
            let found = found.unwrap_or(f64::NAN);
            assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
        };
        close(vacuum_wavelength("FREQ", 115.271_204e9, None), 0.0026007575838281347);
        close(vacuum_wavelength("VRAD", 2.98e6, Some(115.271_204e9)), 0.002626869215570384);
        close(vacuum_wavelength("VOPT", 3.0e6, Some(115.271_204e9)), 0.0026267831643365155);
        close(vacuum_wavelength("VELO-LSR", 3.0e6, Some(115.271_204e9)), 0.0026269146952846586);
        close(vacuum_wavelength("ENER", 3.204353268e-16, None), 6.199209921660013e-10);
        close(vacuum_wavelength("WAVE-TAB", 5e-7, None), 5e-7);
        // Dry air at 0 °C: what the FITS standard means by AWAV.
        assert!((from_air(6.562_8e-7) - 6.564_712_86e-7).abs() < 1e-14);
        assert_eq!(vacuum_wavelength("VRAD", 1e3, None), None);
        assert_eq!(vacuum_wavelength("FREQ", 0.0, None), None);
    }
}
