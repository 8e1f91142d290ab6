//! What kind of data a file holds, by the structure of its header-data units.

use tenkyu_fits::{Hdu, HduKind};

use super::File;

/// What a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Class {
    /// ObsCore `dataproduct_type`.
    pub(crate) product_type: Option<&'static str>,
    /// A word of ours where ObsCore's says too little.
    pub(crate) subtype: Option<&'static str>,
    /// The role that the data have whatever the file is called.
    pub(crate) role: Option<&'static str>,
    /// The header-data unit with the data that count.
    pub(crate) main: Option<usize>,
}

/// EXTNAMEs of images that are about other images.
const COMPANIONS: [&str; 26] = [
    "WHT", "WEIGHT", "CTX", "CON", "STAT", "DQ", "ERR", "ERROR", "VAR", "VARIANCE", "MASK", "IVAR",
    "RMS", "NOISE", "D2IMARR", "WCSDVARR", "NPOLARR", "SAMP", "TIME", "AP_CORR", "PSF", "SKY",
    "CHI2", "NEXP", "BPM", "BADPIX",
];
/// Words for a column of wavelength, frequency or energy.
pub(super) const SPECTRAL: [&str; 14] = [
    "WAVE",
    "WAVELENGTH",
    "LAMBDA",
    "LAM",
    "LOGLAM",
    "LOG_WAVE",
    "FREQ",
    "FREQUENCY",
    "ENERGY",
    "BIN_LO",
    "CHANNEL",
    "WAVELEN",
    "AWAV",
    "SPECTRAL_AXIS",
];
/// Words for a column of flux.
pub(super) const FLUX: [&str; 12] = [
    "FLUX",
    "FLUXDENS",
    "FLUX_DENSITY",
    "F_LAMBDA",
    "FLAM",
    "FNU",
    "COUNTS",
    "COUNT_RATE",
    "RATE",
    "INTENSITY",
    "SPEC",
    "SPECTRUM",
];

/// Whether an image is about another one: a weight, a mask, a variance.
pub(super) fn is_companion(hdu: &Hdu) -> bool {
    let word = |name: &str| {
        let name = name.trim().to_ascii_uppercase();
        COMPANIONS.iter().any(|c| name == *c)
            || name.ends_with("_IVAR")
            || name.ends_with("_MASK")
            || name.ends_with("_RESOLUTION")
    };
    hdu.name().is_some_and(word)
        || hdu.header.get_str("EXTTYPE").is_some_and(word)
        || hdu.header.get_str("HDUCLAS2").is_some_and(|w| matches!(w.trim(), "ERROR" | "QUALITY"))
}

/// Classifies a file by what it holds.
pub(crate) fn classify(fits: &File) -> Class {
    let hdus = fits.hdus();
    let class = |product_type, subtype, main: &Hdu| Class {
        product_type,
        subtype,
        role: None,
        main: Some(main.index),
    };
    if let Some(hdu) = hdus.iter().find(|hdu| is_events(fits, hdu)) {
        return class(Some("event"), None, hdu);
    }
    if let Some(hdu) = hdus.iter().find(|hdu| is_visibility(hdu)) {
        return class(Some("visibility"), None, hdu);
    }
    let images = || hdus.iter().filter(|hdu| hdu.kind.is_image() && real_axes(hdu) > 0);
    let first = images().find(|hdu| !is_companion(hdu)).or_else(|| images().next());
    // A picture in the primary comes before tables that go with it.
    if let Some(hdu) = first
        && (hdu.index == 0 || !hdus.iter().any(|h| is_spectrum_table(fits, h)))
    {
        return of_image(hdus, hdu);
    }
    if let Some(hdu) = hdus.iter().find(|hdu| is_spectrum_table(fits, hdu)) {
        return class(Some("spectrum"), None, hdu);
    }
    let class_of = |hdu: &Hdu| {
        hdu.header.get_str("HDUCLAS1").map(|c| c.trim().to_ascii_uppercase()).unwrap_or_default()
    };
    if let Some(hdu) = hdus.iter().find(|hdu| class_of(hdu) == "RESPONSE") {
        return Class { role: Some("calibration"), ..class(None, Some("response"), hdu) };
    }
    match hdus.iter().find(|hdu| hdu.kind.is_table()) {
        Some(hdu) if class_of(hdu) == "INDEX" => {
            Class { role: Some("auxiliary"), ..class(None, Some("index"), hdu) }
        }
        Some(hdu) => class(Some("measurements"), Some("catalog"), hdu),
        None => Class::default(),
    }
}

/// Axes with more than one element.
pub(super) fn real_axes(hdu: &Hdu) -> usize {
    hdu.shape().iter().filter(|n| **n > 1).count()
}

fn of_image(hdus: &[Hdu], hdu: &Hdu) -> Class {
    let main = Some(hdu.index);
    let ctype = |axis: usize| {
        let header = hdu.image_header();
        header.get_str(&format!("CTYPE{axis}")).unwrap_or_default().trim().to_ascii_uppercase()
    };
    let spectral = |text: &str| {
        ["WAVE", "AWAV", "FREQ", "ENER", "VRAD", "VOPT", "VELO", "WAVN", "LAMBDA", "LOGLAM"]
            .iter()
            .any(|word| text.starts_with(word))
    };
    let shape = hdu.shape();
    let product_type = match real_axes(hdu) {
        0 => None,
        1 => Some("spectrum"),
        // Rows of a few quantities (flux, error, sky) over one spectral axis.
        2 if spectral(&ctype(1)) && shape.get(1).is_some_and(|rows| *rows <= 10) => {
            Some("spectrum")
        }
        // Many spectra side by side, with their wavelengths in an image of their own.
        2 if hdus.iter().any(|h| {
            h.name().is_some_and(|name| name.to_ascii_uppercase().ends_with("WAVELENGTH"))
        }) =>
        {
            Some("spectrum")
        }
        2 => Some("image"),
        _ => Some("cube"),
    };
    Class { product_type, subtype: None, role: None, main }
}

/// Whether a table lists single photons or particles.
fn is_events(fits: &File, hdu: &Hdu) -> bool {
    if !hdu.kind.is_table() {
        return false;
    }
    let name = hdu.name().unwrap_or_default().to_ascii_uppercase();
    let class = hdu.header.get_str("HDUCLAS1").unwrap_or_default().trim().to_ascii_uppercase();
    let named = class == "EVENTS"
        || matches!(name.as_str(), "EVENTS" | "STDEVT" | "RATEEVT" | "EVENT FILE" | "ALL EVENTS");
    let Ok(table) = fits.table(hdu.index) else { return false };
    let has = |word: &str| table.column(word).is_ok();
    named
        && (has("TIME") || has("X") || has("RA"))
        && (has("PI") || has("PHA") || has("ENERGY") || has("X") || has("RA"))
}

fn is_visibility(hdu: &Hdu) -> bool {
    hdu.kind == HduKind::RandomGroups
        || hdu.name().is_some_and(|name| matches!(name, "OI_VIS" | "OI_VIS2" | "AIPS UV"))
}

/// Whether a table is a spectrum: by its class, or by a column of wavelength and one of flux.
fn is_spectrum_table(fits: &File, hdu: &Hdu) -> bool {
    if !hdu.kind.is_table() {
        return false;
    }
    if hdu.header.get_str("HDUCLAS1").is_some_and(|c| c.trim().eq_ignore_ascii_case("SPECTRUM")) {
        return true;
    }
    let Ok(table) = fits.table(hdu.index) else { return false };
    let has = |words: &[&str]| words.iter().any(|word| table.column(word).is_ok());
    has(&SPECTRAL) && has(&FLUX)
}
