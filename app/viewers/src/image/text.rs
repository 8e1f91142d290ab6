//! Numbers and angles as text.

use tenkyu_fits::{PixelData, Scaling};
use tenkyu_sky::angle::{Style, format_dms, format_hms};
use tenkyu_wire::view::Frame;

/// A double in the shortest form that reads back as the same, exponents only where zeros would
/// pile up.
pub fn double(value: f64) -> String {
    if value == 0.0 || (1e-4..1e16).contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// A single in the shortest form that reads back as the same single.
pub fn single(value: f32) -> String {
    if value == 0.0 || (1e-4..1e9).contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// The physical value of the first pixel of `pixels`, exactly; `None` where it has none.
pub fn physical(pixels: &PixelData, scaling: &Scaling) -> Option<String> {
    if let Some(integer) = pixels.integer(0, scaling) {
        return Some(integer.to_string());
    }
    let value = pixels.value(0, scaling)?;
    match pixels {
        PixelData::F32(v) if scaling.is_identity() => {
            v.first().filter(|v| !v.is_nan()).map(|v| single(*v))
        }
        _ => (!value.is_nan()).then(|| double(value)),
    }
}

/// The number in the file, where it differs from the physical value.
pub fn raw(pixels: &PixelData, scaling: &Scaling) -> Option<String> {
    if scaling.is_identity() {
        return None;
    }
    match pixels.raw_integer(0) {
        Some(integer) => Some(integer.to_string()),
        None => pixels.raw(0).map(double),
    }
}

/// The frame of the sky crate.
pub fn sky_frame(frame: Frame) -> tenkyu_sky::Frame {
    match frame {
        Frame::Icrs => tenkyu_sky::Frame::Icrs,
        Frame::Galactic => tenkyu_sky::Frame::Galactic,
        Frame::Ecliptic => tenkyu_sky::Frame::Ecliptic,
        Frame::Fk5 => tenkyu_sky::Frame::FK5_J2000,
    }
}

/// Longitude and latitude in sexagesimal notation, to about `resolution_deg`.
pub fn sexagesimal(frame: Frame, lon_deg: f64, lat_deg: f64, resolution_deg: f64) -> [String; 2] {
    // A digit more than the pixel gives.
    let decimals = (-(resolution_deg * 3600.0).log10()).ceil().clamp(0.0, 8.0) as usize + 1;
    let lon = if sky_frame(frame).is_equatorial() {
        format_hms(lon_deg, decimals + 1, Style::Colons)
    } else {
        // Longitudes have no sign.
        format_dms(lon_deg, decimals, Style::Symbols).trim_start_matches('+').to_owned()
    };
    let style = if sky_frame(frame).is_equatorial() { Style::Colons } else { Style::Symbols };
    [lon, format_dms(lat_deg, decimals, style)]
}

/// Longitude and latitude in degrees, to about `resolution_deg`.
pub fn decimal(lon_deg: f64, lat_deg: f64, resolution_deg: f64) -> [String; 2] {
    let decimals = (-resolution_deg.log10()).ceil().clamp(0.0, 11.0) as usize + 1;
    [format!("{lon_deg:.decimals$}"), format!("{lat_deg:+.decimals$}")]
}

/// A length on the sky: `2°`, `30′`, `0.5″`.
pub fn angle(deg: f64) -> String {
    let arcsec = deg * 3600.0;
    // Steps are chosen to be whole in one of the units.
    if deg >= 1.0 - 1e-9 {
        format!("{}°", tidy(deg))
    } else if arcsec >= 60.0 - 1e-9 {
        format!("{}′", tidy(arcsec / 60.0))
    } else if arcsec >= 1e-3 - 1e-12 {
        format!("{}″", tidy(arcsec))
    } else {
        format!("{} μas", tidy(arcsec * 1e6))
    }
}

/// A number that is meant to be short, without the dust of its computation.
pub fn tidy(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = (9.0 - value.abs().log10().floor()).clamp(0.0, 20.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The label of a line of longitude in a grid of `step_deg`.
pub fn lon_label(frame: Frame, lon_deg: f64, step_deg: f64) -> String {
    let lon = tenkyu_sky::angle::lon_deg(lon_deg);
    if !sky_frame(frame).is_equatorial() {
        return degrees_label(lon, step_deg, "");
    }
    let seconds = step_deg * 240.0;
    let text = format_hms(lon, decimals_for(seconds), Style::Symbols);
    shortened(&text, seconds, ['ʰ', 'ᵐ'])
}

/// The label of a line of latitude in a grid of `step_deg`.
pub fn lat_label(frame: Frame, lat_deg: f64, step_deg: f64) -> String {
    if !sky_frame(frame).is_equatorial() {
        return degrees_label(lat_deg, step_deg, if lat_deg > 0.0 { "+" } else { "" });
    }
    let seconds = step_deg * 3600.0;
    let text = format_dms(lat_deg, decimals_for(seconds), Style::Symbols);
    shortened(&text, seconds, ['°', '′'])
}

fn decimals_for(seconds: f64) -> usize {
    (-(seconds.log10()) - 1e-9).ceil().clamp(0.0, 8.0) as usize
}

fn degrees_label(deg: f64, step_deg: f64, sign: &str) -> String {
    let decimals = decimals_for(step_deg);
    format!("{sign}{deg:.decimals$}°")
}

/// Drops the seconds, or minutes and seconds, of a label whose step is whole in the larger units.
fn shortened(text: &str, step_seconds: f64, marks: [char; 2]) -> String {
    let whole = |unit: f64| (step_seconds / unit - (step_seconds / unit).round()).abs() < 1e-9;
    let keep = if whole(3600.0) {
        marks.first()
    } else if whole(60.0) {
        marks.get(1)
    } else {
        None
    };
    let end = keep.and_then(|mark| text.find(*mark).map(|at| at + mark.len_utf8()));
    end.and_then(|end| text.get(..end)).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_the_same() {
        for value in [0.1_f32, 1e-20, 3.402_823_5e38, -7.25, 16_777_217.0, 1.234_567_9e-5] {
            assert_eq!(single(value).parse::<f32>().unwrap().to_bits(), value.to_bits());
        }
        for value in [0.1, 1e-300, 123_456_789.123_456_79, -2.5e17] {
            assert_eq!(double(value).parse::<f64>().unwrap().to_bits(), f64::to_bits(value));
        }
    }

    #[test]
    fn grid_labels_say_no_more_than_the_step() {
        assert_eq!(lon_label(Frame::Icrs, 83.75, 0.25), "05ʰ35ᵐ");
        assert_eq!(lon_label(Frame::Icrs, 15.0, 15.0), "01ʰ");
        assert_eq!(lon_label(Frame::Fk5, 83.633_333_333_333, 1.0 / 240.0), "05ʰ34ᵐ32ˢ");
        assert_eq!(lat_label(Frame::Icrs, -5.5, 0.5), "−05°30′");
        assert_eq!(lat_label(Frame::Galactic, 0.2, 0.1), "+0.2°");
        assert_eq!(lon_label(Frame::Galactic, 359.95, 0.05), "359.95°");
        assert_eq!(angle(0.5 / 60.0), "30″");
        assert_eq!(angle(2.0 / 3600.0 / 1000.0), "0.002″");
        assert_eq!(angle(0.25), "15′");
    }
}
