//! Filters and their wavelengths.

use serde::Deserialize;

use super::glob;

/// The table of filters.
#[derive(Debug)]
pub(crate) struct Bands {
    bands: Vec<Band>,
}

/// One filter, or several names of one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    /// Names as headers write them; `*` stands for anything, case counts only where names of one
    /// instrument differ by it alone (`I` and `i`), so an exact spelling is tried first.
    names: Vec<String>,
    /// Patterns of `facility/instrument` for which it holds; empty for any.
    #[serde(default)]
    of: Vec<String>,
    /// Wavelengths at half of the maximum transmission, nanometres.
    nm: (f64, f64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandFile {
    band: Vec<Band>,
}

impl Bands {
    /// Reads the table.
    pub(super) fn parse(text: &str) -> Result<Bands, toml::de::Error> {
        let file: BandFile = toml::from_str(text)?;
        Ok(Bands { bands: file.band })
    }

    /// Wavelengths of a filter in metres: shortest and longest.
    ///
    /// A filter of the instrument itself comes before one of any instrument, and a name in the
    /// same case before one that differs in case.
    pub(crate) fn wavelengths(
        &self,
        name: &str,
        facility: &str,
        instrument: &str,
    ) -> Option<(f64, f64)> {
        let system = format!("{facility}/{instrument}");
        let name = name.trim();
        let own = |band: &&Band| band.of.iter().any(|pattern| glob(pattern, &system));
        let any = |band: &&Band| band.of.is_empty();
        let exact = |band: &&Band| band.names.iter().any(|n| n == name);
        let loose = |band: &&Band| band.names.iter().any(|n| glob(n, name));
        let find = |system: &dyn Fn(&&Band) -> bool, named: &dyn Fn(&&Band) -> bool| {
            self.bands.iter().find(|band| system(band) && named(band))
        };
        let band = find(&own, &exact)
            .or_else(|| find(&own, &loose))
            .or_else(|| find(&any, &exact))
            .or_else(|| find(&any, &loose))?;
        Some((band.nm.0 * 1e-9, band.nm.1 * 1e-9))
    }
}

/// The part of the spectrum that a range of wavelengths (metres) lies in: the words of CAOM's
/// `EnergyBand`, by the middle of the range on a logarithmic scale.
pub(crate) fn energy_band(em_min: f64, em_max: f64) -> Option<&'static str> {
    let middle = (em_min * em_max).sqrt();
    if !(middle.is_finite() && middle > 0.0) {
        return None;
    }
    Some(match middle {
        m if m >= 1e-2 => "Radio",
        m if m >= 1e-4 => "Millimeter",
        m if m >= 1e-6 => "Infrared",
        m if m >= 3e-7 => "Optical",
        m if m >= 1e-7 => "UV",
        m if m >= 1e-8 => "EUV",
        m if m >= 1e-11 => "X-ray",
        _ => "Gamma-ray",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
        [[band]]
        names = ["I"]
        nm = [706, 855]
        [[band]]
        names = ["i"]
        of = ["SDSS*"]
        nm = [690, 820]
        [[band]]
        names = ["r*"]
        of = ["*/DECam"]
        nm = [568, 716]
    "#;

    #[test]
    fn own_filters_come_first_and_case_counts_where_it_can() {
        let bands = Bands::parse(TABLE).unwrap_or_else(|e| panic!("{e}"));
        let nm = |found: Option<(f64, f64)>| found.map(|(low, _)| (low * 1e9).round());
        assert_eq!(nm(bands.wavelengths("i", "SDSS 2.5m", "Camera")), Some(690.0));
        assert_eq!(nm(bands.wavelengths("I", "CTIO", "DECam")), Some(706.0));
        assert_eq!(nm(bands.wavelengths("r DECam", "CTIO", "DECam")), Some(568.0));
        assert_eq!(bands.wavelengths("q", "CTIO", "DECam"), None);
    }

    #[test]
    fn parts_of_the_spectrum() {
        assert_eq!(energy_band(0.21, 0.22), Some("Radio"));
        assert_eq!(energy_band(2.6e-3, 2.6e-3), Some("Millimeter"));
        assert_eq!(energy_band(5e-7, 6e-7), Some("Optical"));
        assert_eq!(energy_band(1.2e-10, 4e-9), Some("X-ray"));
        assert_eq!(energy_band(1e-20, 1e-17), Some("Gamma-ray"));
        assert_eq!(energy_band(0.0, 0.0), None);
    }
}
