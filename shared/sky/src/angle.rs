//! Angles: normal ranges and sexagesimal notation.
//!
//! Inside the crate angles are radians; degrees appear at the edges and say so in their names.

use std::f64::consts::{PI, TAU};

/// Radians in one degree.
pub const DEG: f64 = PI / 180.0;
/// Radians in one second of arc.
pub const ARCSEC: f64 = PI / 648_000.0;

/// A longitude in degrees brought to [0, 360). NaN and infinities give NaN.
pub fn lon_deg(deg: f64) -> f64 {
    let turned = deg.rem_euclid(360.0);
    // −1e-20 rounds up to the full circle.
    if turned >= 360.0 { 0.0 } else { turned }
}

/// An angle in degrees brought to [−180, 180).
pub fn signed_deg(deg: f64) -> f64 {
    lon_deg(deg + 180.0) - 180.0
}

/// An angle in radians brought to [−π, π).
pub fn signed_rad(rad: f64) -> f64 {
    let turned = (rad + PI).rem_euclid(TAU);
    if turned >= TAU { -PI } else { turned - PI }
}

/// How a sexagesimal angle separates its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `12:34:56.7`
    Colons,
    /// `12 34 56.7`
    Spaces,
    /// `12h34m56.7s`, `-01d02m03s`
    Letters,
    /// `12ʰ34ᵐ56.7ˢ`, `−01°02′03″`
    Symbols,
}

/// A right ascension as hours, minutes and seconds of time.
///
/// `deg` is taken modulo 360; `decimals` (at most 12) counts those of the seconds. Values that are
/// not finite give an em dash.
pub fn format_hms(deg: f64, decimals: usize, style: Style) -> String {
    if !deg.is_finite() {
        return "—".to_owned();
    }
    let decimals = decimals.min(12);
    let [h, m, s] = split(lon_deg(deg) / 15.0, decimals);
    // 23:59:59.99… may round up to 24 h, which is 0 h.
    let h = if h >= 24.0 { 0.0 } else { h };
    join("", [h, m, s], decimals, ["h", "m", "s"], ["ʰ", "ᵐ", "ˢ"], style)
}

/// A declination or latitude as signed degrees, minutes and seconds of arc.
pub fn format_dms(deg: f64, decimals: usize, style: Style) -> String {
    if !deg.is_finite() {
        return "—".to_owned();
    }
    let decimals = decimals.min(12);
    let parts = split(deg.abs(), decimals);
    let negative = deg < 0.0 && parts.iter().any(|part| *part > 0.0);
    let sign = match (negative, style) {
        (true, Style::Symbols) => "−",
        (true, _) => "-",
        (false, _) => "+",
    };
    join(sign, parts, decimals, ["d", "m", "s"], ["°", "′", "″"], style)
}

/// Whole units, whole minutes and rounded seconds of a non-negative value.
fn split(value: f64, decimals: usize) -> [f64; 3] {
    let scale = 10_f64.powi(decimals as i32);
    let ticks = (value * 3600.0 * scale).round();
    let seconds = (ticks / scale) % 60.0;
    let minutes = (ticks / scale / 60.0).floor();
    // The remainder of a division by 60 may come out as 59.999…: take it from the ticks.
    let seconds = if seconds >= 60.0 { 0.0 } else { seconds };
    [(minutes / 60.0).floor(), minutes % 60.0, seconds]
}

fn join(
    sign: &str,
    [a, b, c]: [f64; 3],
    decimals: usize,
    letters: [&str; 3],
    symbols: [&str; 3],
    style: Style,
) -> String {
    let width = if decimals == 0 { 2 } else { decimals + 3 };
    let c = format!("{c:0width$.decimals$}");
    match style {
        Style::Colons => format!("{sign}{a:02}:{b:02}:{c}"),
        Style::Spaces => format!("{sign}{a:02} {b:02} {c}"),
        Style::Letters => {
            format!("{sign}{a:02}{}{b:02}{}{c}{}", letters[0], letters[1], letters[2])
        }
        Style::Symbols => {
            format!("{sign}{a:02}{}{b:02}{}{c}{}", symbols[0], symbols[1], symbols[2])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexagesimal_rounds_without_sixty() {
        assert_eq!(format_hms(83.633_083_333, 2, Style::Colons), "05:34:31.94");
        assert_eq!(format_hms(359.999_999_999, 1, Style::Letters), "00h00m00.0s");
        assert_eq!(format_dms(22.014_472_222, 1, Style::Spaces), "+22 00 52.1");
        assert_eq!(format_dms(-0.5, 0, Style::Symbols), "−00°30′00″");
        assert_eq!(format_dms(-1e-9, 1, Style::Colons), "+00:00:00.0");
        assert_eq!(format_dms(59.999_999_9, 1, Style::Colons), "+60:00:00.0");
        assert_eq!(format_dms(f64::NAN, 1, Style::Colons), "—");
    }

    #[test]
    fn longitudes_stay_below_the_full_circle() {
        assert_eq!(lon_deg(-1e-20), 0.0);
        assert_eq!(lon_deg(-90.0), 270.0);
        assert_eq!(lon_deg(720.5), 0.5);
        assert_eq!(signed_deg(190.0), -170.0);
        assert!(lon_deg(f64::INFINITY).is_nan());
    }
}
