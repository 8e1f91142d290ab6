//! Where a file's data lie on the sky.

use tenkyu_fits::{Hdu, Header};
use tenkyu_sky::{
    frame::Frame,
    wcs::{CelestialWcs, Wcs},
};
use tenkyu_wire::messages::archive as text;

use super::{Class, File, Note, classify::is_companion, events, index, source::ImageKeys};
use crate::{
    dictionary::{Headers, Translation, Value},
    record::FileRecord,
};

/// The share of events that may lie outside of an outline.
const STRAY: f64 = 0.05;

/// Outlines of all images of science, or of the events.
pub(super) fn footprints(
    fits: &File,
    class: &Class,
    record: &mut FileRecord,
    translation: &mut Translation,
    notes: &mut Vec<Note>,
) {
    match class.product_type {
        Some("event" | "measurements") => {
            let Some(main) = class.main else { return };
            let Some(found) = events::read(fits, main) else { return };
            let stray = if class.product_type == Some("event") { STRAY } else { 0.0 };
            if let Some(outline) = found.footprint(stray) {
                record.footprints.push((index(main), outline));
            }
            if let Some(scale) = found.pixel_scale() {
                translation.compute("s_pixel_scale", Value::Number(scale));
            }
        }
        Some("image" | "cube") => {
            for hdu in fits.hdus() {
                let main = class.main == Some(hdu.index);
                if main || (hdu.kind.is_image() && !is_companion(hdu)) {
                    image(fits, hdu, main, record, translation, notes);
                }
            }
        }
        Some("spectrum") => {
            // Spectra of many fibres come with a list of where each of them was.
            let fibres =
                |hdu: &&Hdu| hdu.name().is_some_and(|n| n.eq_ignore_ascii_case("FIBERMAP"));
            let outline =
                fits.hdus().iter().find(fibres).and_then(|hdu| {
                    Some((hdu.index, events::read(fits, hdu.index)?.footprint(0.0)?))
                });
            if let Some((hdu, outline)) = outline {
                record.footprints.push((index(hdu), outline));
            }
        }
        _ => {}
    }
}

fn image(
    fits: &File,
    hdu: &Hdu,
    main: bool,
    record: &mut FileRecord,
    translation: &mut Translation,
    notes: &mut Vec<Note>,
) {
    let header = hdu.image_header();
    let wcs = match celestial(fits, &header) {
        Ok(Some(wcs)) => wcs,
        Ok(None) => return,
        Err(reason) => {
            let hdu = hdu.index.to_string();
            notes.push(Note::new(text::WARN_WCS, &[("hdu", &hdu), ("reason", &reason)]));
            return;
        }
    };
    let (ax, ay) = wcs.pixel_axes();
    let shape = hdu.shape();
    let (Some(nx), Some(ny)) = (shape.get(ax).copied(), shape.get(ay).copied()) else { return };
    if nx <= 1 || ny <= 1 {
        return;
    }
    if main {
        record.axes.s1 = i64::try_from(nx).ok();
        record.axes.s2 = i64::try_from(ny).ok();
        translation.compute("s_pixel_scale", Value::Number(wcs.pixel_scale_deg() * 3600.0));
    }
    match wcs.footprint(nx, ny) {
        Some(region) => record.footprints.push((index(hdu.index), region)),
        None => {
            let hdu = hdu.index.to_string();
            let reason = "no pixel is on the sky";
            notes.push(Note::new(text::WARN_WCS, &[("hdu", &hdu), ("reason", reason)]));
        }
    }
}

/// The celestial coordinates of an image; `None` where the header claims none.
///
/// A header that names a projection and leaves out the reference value or the scale claims
/// nothing: their defaults of 0 and 1 degree would put a raw frame over half the sky at 0 h.
fn celestial(fits: &File, header: &Header) -> Result<Option<CelestialWcs>, String> {
    let number = |key: &str| header.get_f64(key);
    let axes = header.get_i64("NAXIS").unwrap_or(2).clamp(2, 9);
    let is_celestial = |axis: i64| {
        header.get_str(&format!("CTYPE{axis}")).is_some_and(|c| {
            let c = c.trim().to_ascii_uppercase();
            ["RA", "DEC", "GLON", "GLAT", "ELON", "ELAT"].iter().any(|word| c.starts_with(word))
        })
    };
    let claimed: Vec<i64> = (1..=axes).filter(|axis| is_celestial(*axis)).collect();
    let plate = number("AMDX1").is_some() && number("PLTSCALE").is_some();
    if claimed.is_empty() && !plate {
        return Ok(None);
    }
    for axis in &claimed {
        let scaled = ["CDELT", "CROTA"].iter().any(|key| number(&format!("{key}{axis}")).is_some())
            || (1..=axes).any(|j| {
                number(&format!("CD{axis}_{j}")).is_some()
                    || number(&format!("PC{axis}_{j}")).is_some()
                    || number(&format!("CD{j}_{axis}")).is_some()
            });
        if !scaled || number(&format!("CRVAL{axis}")).is_none() {
            return Err(format!("CRVAL{axis} or its scale is missing"));
        }
    }
    let wcs = Wcs::from_header(&ImageKeys { fits, header }, None).map_err(|e| e.to_string())?;
    Ok(wcs.celestial())
}

/// The position of data without an outline, in ICRS; none where the header's makes no sense.
pub(super) fn position(
    headers: &Headers,
    record: &mut FileRecord,
    translation: &mut Translation,
    notes: &mut Vec<Note>,
) {
    let pair = (translation.number("s_ra"), translation.number("s_dec"));
    let told = match pair {
        // Both exactly zero is what telescopes write that do not know.
        (Some(ra), Some(dec)) if ra != 0.0 || dec != 0.0 => Some((ra, dec)),
        _ => None,
    };
    let Some((ra, dec)) = told else {
        translation.values.remove("s_ra");
        translation.values.remove("s_dec");
        if record.footprints.is_empty() && record.product_type.is_some() {
            notes.push(Note::new(text::WARN_NO_POSITION, &[]));
        }
        return;
    };
    let keyword = |field: &str| translation.values.get(field).map_or("", |v| v.keyword.as_str());
    let of_date = headers.first("EPOCH").is_some_and(|(_, raw)| raw.number() == Some(0.0));
    let is_j2000 = keyword("s_ra").contains("2000");
    let frame = if is_j2000 { Frame::FK5_J2000 } else { frame(translation, of_date) };
    let (ra, dec) = frame.to_icrs_deg(ra, dec);
    for (field, value) in [("s_ra", ra), ("s_dec", dec)] {
        if let Some(entry) = translation.values.get_mut(field) {
            entry.value = Value::Number(value);
        }
    }
}

/// The frame of the header's coordinates (FITS 4.0 §8.3).
fn frame(translation: &Translation, of_date: bool) -> Frame {
    let equinox = translation.number("equinox");
    let word = translation.text("frame").unwrap_or_default().trim().to_ascii_uppercase();
    match (word.as_str(), equinox) {
        ("ICRS", _) => Frame::Icrs,
        ("FK4", equinox) => Frame::Fk4 { equinox: equinox.unwrap_or(1950.0) },
        ("FK4-NO-E", equinox) => Frame::Fk4NoE { equinox: equinox.unwrap_or(1950.0) },
        ("FK5", equinox) => Frame::Fk5 { equinox: equinox.unwrap_or(2000.0) },
        (_, Some(equinox)) if equinox < 1984.0 => Frame::Fk4 { equinox },
        (_, Some(equinox)) => Frame::Fk5 { equinox },
        // EPOCH = 0 is how telescopes write that they point in coordinates of the day.
        (_, None) if of_date => match translation.number("t_min") {
            Some(mjd) => Frame::Fk5 { equinox: 2000.0 + (mjd - 51_544.5) / 365.25 },
            None => Frame::Icrs,
        },
        (_, None) => Frame::Icrs,
    }
}
