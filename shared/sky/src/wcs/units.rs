//! CUNIT of celestial and spectral axes to the units of the standard: degrees, hertz, metres, ….

/// The factor that turns a unit into `base` (`deg`, `Hz`, `m`, `m/s`, `J`, `/m`, or empty for a
/// pure number); `None` when the unit is of another kind or unknown.
pub(super) fn factor(unit: &str, base: &str) -> Option<f64> {
    let unit = unit.trim();
    if unit.is_empty() || unit.eq_ignore_ascii_case(base) {
        return Some(1.0);
    }
    match base {
        "deg" => angle(unit),
        "Hz" => prefixed(unit, &["Hz", "HZ", "hz", "hertz", "Hertz"]),
        "m" => length(unit),
        "m/s" => velocity(unit),
        "J" => prefixed(unit, &["J"])
            .or_else(|| prefixed(unit, &["eV", "ev", "EV"]).map(|f| f * 1.602_176_634e-19))
            .or_else(|| unit.eq_ignore_ascii_case("erg").then_some(1e-7)),
        "/m" => inverse_length(unit),
        _ => None,
    }
}

fn angle(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "deg" | "degree" | "degrees" | "d" => 1.0,
        "arcmin" | "arcminute" => 1.0 / 60.0,
        "arcsec" | "arcsecond" | "asec" => 1.0 / 3600.0,
        "mas" => 1.0 / 3_600_000.0,
        "uas" => 1.0 / 3_600_000_000.0,
        "rad" | "radian" | "radians" => 1.0 / crate::angle::DEG,
        "hourangle" | "hr" | "h" => 15.0,
        _ => return None,
    })
}

fn length(unit: &str) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "angstrom" | "angstroms" | "a" | "0.1nm" => Some(1e-10),
        "micron" | "microns" | "um" => Some(1e-6),
        "nanometer" | "nanometers" => Some(1e-9),
        _ => prefixed(unit, &["m", "meter", "metre"]),
    }
}

fn velocity(unit: &str) -> Option<f64> {
    let plain: String = unit.chars().filter(|c| !c.is_whitespace()).collect();
    let length_part = ["/s", ".s-1", "s-1", ".s**-1", "s**-1", "*s**-1", "s^-1", "/sec", "/S"]
        .iter()
        .find_map(|tail| plain.strip_suffix(tail))?
        .trim_end_matches(['.', '*']);
    length(length_part).or_else(|| length(&length_part.to_ascii_lowercase()))
}

fn inverse_length(unit: &str) -> Option<f64> {
    let plain: String = unit.chars().filter(|c| !c.is_whitespace()).collect();
    let inner = plain
        .strip_prefix("1/")
        .or_else(|| plain.strip_prefix('/'))
        .or_else(|| plain.strip_suffix("**-1"))
        .or_else(|| plain.strip_suffix("^-1"))
        .or_else(|| plain.strip_suffix("-1"))?;
    length(inner).map(|f| 1.0 / f)
}

/// A unit with an SI prefix.
fn prefixed(unit: &str, names: &[&str]) -> Option<f64> {
    const PREFIXES: &[(&str, f64)] = &[
        ("", 1.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("h", 1e2),
        ("da", 1e1),
        ("d", 1e-1),
        ("c", 1e-2),
        ("m", 1e-3),
        ("u", 1e-6),
        ("n", 1e-9),
        ("p", 1e-12),
        ("f", 1e-15),
        ("K", 1e3),
    ];
    names.iter().find_map(|name| {
        let prefix = unit.strip_suffix(name)?;
        PREFIXES.iter().find(|(p, _)| *p == prefix).map(|(_, factor)| *factor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_as_headers_write_them() {
        let cases = [
            ("arcsec", "deg", 1.0 / 3600.0),
            ("DEG", "deg", 1.0),
            ("GHz", "Hz", 1e9),
            ("Angstrom", "m", 1e-10),
            ("nm", "m", 1e-9),
            ("um", "m", 1e-6),
            ("km/s", "m/s", 1e3),
            ("km s-1", "m/s", 1e3),
            ("m.s**-1", "m/s", 1.0),
            ("keV", "J", 1.602_176_634e-16),
            ("cm-1", "/m", 100.0),
            ("1/m", "/m", 1.0),
            ("", "Hz", 1.0),
            ("KM/S", "m/s", 1e3),
        ];
        for (unit, base, expected) in cases {
            let got = factor(unit, base).unwrap_or_else(|| panic!("{unit}"));
            assert!((got / expected - 1.0).abs() < 1e-12, "{unit}: {got}");
        }
        assert_eq!(factor("kg", "deg"), None);
        assert_eq!(factor("m", "Hz"), None);
    }
}
