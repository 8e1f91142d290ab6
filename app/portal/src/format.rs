//! Numbers, sizes and positions as people read them.

use tenkyu_sky::angle::{Style, format_dms, format_hms};
use tenkyu_wire::Lang;

/// A whole number with thin groups of three.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

/// Bytes with a decimal prefix.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 99.95);
    format!("{value:.digits$} {}", UNITS.get(unit).copied().unwrap_or("B"))
}

/// A number with about six significant digits and no noise; the full value is for copying.
pub(crate) fn number(value: f64) -> String {
    significant(value, 6)
}

/// A number with about so many significant digits.
pub(crate) fn significant(value: f64, digits: u8) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "–".to_owned();
    }
    if !(1e-4..1e7).contains(&size) {
        return trim(&format!("{value:.*e}", usize::from(digits.saturating_sub(1))));
    }
    let digits = (i32::from(digits) - 1 - size.log10().floor() as i32).clamp(0, 9) as usize;
    trim(&format!("{value:.digits$}")).replace('-', "−")
}

/// A frequency, wavelength or speed in the unit that people use for its size.
pub(crate) fn prefixed(value: f64, unit: &str) -> (f64, &str) {
    let size = value.abs();
    let scales: &[(f64, &str)] = match unit {
        "Hz" => &[(1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz")],
        "m" => &[(1.0, "m"), (1e-2, "cm"), (1e-3, "mm"), (2e-6, "µm"), (0.0, "nm")],
        "m/s" => &[(1e3, "km/s")],
        _ => &[],
    };
    match scales.iter().find(|(least, _)| size >= *least) {
        Some((_, "nm")) => (value * 1e9, "nm"),
        Some((_, "µm")) => (value * 1e6, "µm"),
        Some((scale, name)) => (value / scale, name),
        None => (value, unit),
    }
}

/// Drops zeros that say nothing.
fn trim(text: &str) -> String {
    let (mantissa, exponent) = match text.split_once('e') {
        Some((m, e)) => (m, Some(e)),
        None => (text, None),
    };
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    match exponent {
        Some(exponent) => format!("{mantissa}e{exponent}"),
        None => mantissa.to_owned(),
    }
}

/// Right ascension and declination, degrees, as `hh:mm:ss.ss ±dd:mm:ss.s`.
pub(crate) fn sexagesimal(ra_deg: f64, dec_deg: f64) -> String {
    let dec = format_dms(dec_deg, 1, Style::Colons).replace('-', "−");
    format!("{} {dec}", format_hms(ra_deg, 2, Style::Colons))
}

/// Right ascension and declination in decimal degrees, to about 0.04″.
pub(crate) fn decimal(ra_deg: f64, dec_deg: f64) -> String {
    let sign = if dec_deg < 0.0 { '−' } else { '+' };
    format!("{ra_deg:.5}° {sign}{:.5}°", dec_deg.abs())
}

/// An angle in the unit that keeps it readable.
pub(crate) fn angle(deg: f64) -> String {
    if deg >= 1.0 {
        format!("{}°", number(round3(deg)))
    } else if deg * 60.0 >= 1.0 {
        format!("{}′", number(round3(deg * 60.0)))
    } else {
        format!("{}″", number(round3(deg * 3600.0)))
    }
}

fn round3(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// A duration in seconds as `12.5 s`, `14 min`, `2.3 h`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 300.0 {
        format!("{} s", number(round3(seconds)))
    } else if seconds < 7200.0 {
        format!("{} min", number(round3(seconds / 60.0)))
    } else {
        format!("{} h", number(round3(seconds / 3600.0)))
    }
}

/// Calendar date (UTC) of a modified Julian date, `YYYY-MM-DD`.
///
/// Days to civil date by the era method: 400-year cycles of 146 097 days counted from
/// 0000-03-01, which is MJD −678 881.
pub(crate) fn date_of_mjd(mjd: f64) -> String {
    if !(-600_000.0..3_000_000.0).contains(&mjd) {
        return String::new();
    }
    let days = mjd.floor() as i64 + 678_881;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Modified Julian date of the start of a calendar date `YYYY-MM-DD`; the inverse of
/// [`date_of_mjd`].
pub(crate) fn mjd_of_date(text: &str) -> Option<f64> {
    let mut parts = text.trim().splitn(3, '-');
    let year: i64 = parts.next()?.parse().ok().filter(|y| (0..10_000).contains(y))?;
    let month: i64 = parts.next().unwrap_or("1").parse().ok().filter(|m| (1..=12).contains(m))?;
    let day: i64 = parts.next().unwrap_or("1").parse().ok().filter(|d| (1..=31).contains(d))?;
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + of_era - 678_881) as f64)
}

/// A wavelength range in metres, in the unit that its band is spoken of.
pub(crate) fn wavelength(low: f64, high: f64) -> String {
    const HC_EV_M: f64 = 1.239_841_984e-6;
    const C_M_S: f64 = 299_792_458.0;
    let range = |a: f64, b: f64, unit: &str| {
        let (a, b) = (number(round3(a.min(b))), number(round3(a.max(b))));
        if a == b { format!("{a} {unit}") } else { format!("{a}–{b} {unit}") }
    };
    if !(low > 0.0 && high > 0.0) {
        return String::new();
    }
    match high {
        h if h < 1e-8 => range(HC_EV_M / low / 1e3, HC_EV_M / h / 1e3, "keV"),
        h if h < 1e-6 => range(low * 1e9, h * 1e9, "nm"),
        h if h < 3e-4 => range(low * 1e6, h * 1e6, "µm"),
        h => range(C_M_S / low / 1e9, C_M_S / h / 1e9, "GHz"),
    }
}

/// The word of an object or product type in the user's language, as it came when unknown.
pub(crate) fn kind(word: &str, lang: Lang) -> String {
    use tenkyu_wire::messages::search as m;
    let message = match word {
        "galaxy" => m::KIND_GALAXY,
        "star" => m::KIND_STAR,
        "cluster" | "open-cluster" => m::KIND_CLUSTER,
        "globular-cluster" => m::KIND_GLOBULAR,
        "galaxy-cluster" => m::KIND_GALAXY_CLUSTER,
        "nebula" => m::KIND_NEBULA,
        "planetary-nebula" => m::KIND_PLANETARY,
        "supernova-remnant" => m::KIND_SNR,
        "target" => m::KIND_TARGET,
        "image" => m::TYPE_IMAGE,
        "cube" => m::TYPE_CUBE,
        "spectrum" => m::TYPE_SPECTRUM,
        "event" => m::TYPE_EVENT,
        "timeseries" => m::TYPE_TIMESERIES,
        "measurements" => m::TYPE_MEASUREMENTS,
        other => return other.replace('-', " "),
    };
    message.text(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_told_in_common_units() {
        let text = |value, unit| {
            let (value, unit) = prefixed(value, unit);
            format!("{} {unit}", significant(value, 9))
        };
        assert_eq!(text(1.420_405_75e9, "Hz"), "1.42040575 GHz");
        assert_eq!(text(4.874_890_63e-7, "m"), "487.489063 nm");
        assert_eq!(text(0.211, "m"), "21.1 cm");
        assert_eq!(text(-25_529.237_9, "m/s"), "−25.5292379 km/s");
        assert_eq!(text(12.0, "m/s"), "12 m/s");
        assert_eq!(text(4874.89, "Angstrom"), "4874.89 Angstrom");
    }

    #[test]
    fn positions_never_show_sixty() {
        assert_eq!(sexagesimal(359.999_999_99, -0.000_001), "00:00:00.00 +00:00:00.0");
        assert_eq!(sexagesimal(83.633_212, 22.014_46), "05:34:31.97 +22:00:52.1");
    }

    #[test]
    fn dates_agree_with_known_days() {
        // MJD 0 is 1858-11-17, 51 544 is 2000-01-01, 60 369 is 2024-02-29.
        for (mjd, date) in [(0.0, "1858-11-17"), (51_544.5, "2000-01-01"), (60_369.0, "2024-02-29")]
        {
            assert_eq!(date_of_mjd(mjd), date);
            assert_eq!(mjd_of_date(date), Some(mjd.floor()));
        }
        assert_eq!(mjd_of_date("2000"), Some(51_544.0));
        assert_eq!(mjd_of_date("soon"), None);
        assert_eq!(date_of_mjd(f64::NAN), "");
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(-12.5), "−12.5");
        assert_eq!(number(1.0e-18), "1e-18");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(angle(0.25), "15′");
    }

    #[test]
    fn wavelengths_speak_each_band() {
        assert_eq!(wavelength(4.0e-7, 5.5e-7), "400–550 nm");
        assert_eq!(wavelength(1.239_841_984e-10, 1.239_841_984e-9), "1–10 keV");
        assert_eq!(wavelength(0.2, 0.21), "1.43–1.5 GHz");
    }
}
