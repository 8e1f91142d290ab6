//! Event lists: X-ray and other photons as a picture of counts.

use tenkyu_fits::{Hdu, Kind, ReadAt, Table};
use tenkyu_sky::wcs::Wcs;

use super::document::File;
use super::world::EventHeader;
use crate::error::ViewerError;

/// Longest side of the picture.
const SIDE: f64 = 2048.0;

/// Rows read in one go.
const BATCH: u64 = 1 << 18;

/// A column that is an axis of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct EventAxis {
    /// Its name.
    pub name: String,
    /// Position, from 0.
    pub index: usize,
    /// Lowest and highest value by TLMIN and TLMAX.
    pub range: Option<(f64, f64)>,
}

/// The two columns by which a table is a picture: sky coordinates X and Y, or the columns that
/// carry celestial WCS keywords. `None` for tables that are no event lists.
pub fn columns<S: ReadAt>(table: &Table<'_, S>, hdu: &Hdu) -> Option<[EventAxis; 2]> {
    let header = &hdu.header;
    let scalar_number = |name: &str| {
        let column = table.column(name).ok()?;
        let numeric = column.elements() == 1 && column.format.kind != Kind::Char;
        numeric.then_some(column.index)
    };
    let celestial = |prefixes: [&str; 2]| {
        table.columns().iter().map(|c| c.index).find(|index| {
            let ctype = header.get_str(&format!("TCTYP{}", index + 1));
            ctype.is_some_and(|text| prefixes.iter().any(|p| text.starts_with(p)))
        })
    };
    let by_wcs = celestial(["RA--", "GLON"]).zip(celestial(["DEC-", "GLAT"]));
    let is_events = hdu.name().is_some_and(|n| n.to_ascii_uppercase().contains("EVENTS"))
        || header.get_str("HDUCLAS1").is_some_and(|c| c.trim().eq_ignore_ascii_case("EVENTS"));
    let by_name = || scalar_number("X").zip(scalar_number("Y")).filter(|_| is_events);
    let detector = || scalar_number("DETX").zip(scalar_number("DETY")).filter(|_| is_events);
    let (x, y) = by_wcs.or_else(by_name).or_else(detector)?;
    let axis = |index: usize| {
        let limit = |key: &str| header.get_f64(&format!("{key}{}", index + 1));
        let range = limit("TLMIN").zip(limit("TLMAX")).filter(|(low, high)| low < high);
        let name = table.columns().get(index)?.name.clone();
        Some(EventAxis { name, index, range })
    };
    Some([axis(x)?, axis(y)?])
}

/// Counts.
#[derive(Debug)]
pub struct EventImage {
    /// Pixels in x.
    pub width: usize,
    /// Pixels in y.
    pub height: usize,
    /// Row by row, the lowest first.
    pub counts: Vec<i32>,
    /// Events counted.
    pub total: u64,
    /// Column values that a pixel covers.
    pub step: f64,
    /// The columns.
    pub columns: [String; 2],
    /// Coordinates of the picture.
    pub wcs: Option<Wcs>,
}

/// Counts the events of a table.
///
/// Pixels cover one unit of the columns, or a power of two of them where the range is longer than
/// 2048; a range is that of TLMIN and TLMAX, cut to where there are events when they fill little
/// of it.
pub fn image(file: &File, hdu: usize) -> Result<EventImage, ViewerError> {
    let table = file.table(hdu)?;
    let none = || ViewerError::NoPixels { hdu };
    let [x, y] = columns(&table, file.hdu(hdu)?).ok_or_else(none)?;
    let mut points = Vec::new();
    let mut start = 0;
    while start < table.rows() {
        let end = start.saturating_add(BATCH).min(table.rows());
        let [a, b] = [&x, &y].map(|axis| table.read(axis.index, start..end));
        let (a, b) = a?.numbers().zip(b?.numbers()).ok_or_else(none)?;
        points.extend(a.into_iter().zip(b).filter(|(x, y)| x.is_finite() && y.is_finite()));
        start = end;
    }
    let spans = [
        span(&x, points.iter().map(|p| p.0)).ok_or_else(none)?,
        span(&y, points.iter().map(|p| p.1)).ok_or_else(none)?,
    ];
    let longest = spans.iter().map(|(low, high)| high - low).fold(0.0, f64::max);
    let step = pixel_step(longest);
    let low = spans.map(|(low, _)| low);
    let [width, height] =
        spans.map(|(low, high)| ((high - low) / step).ceil().clamp(1.0, SIDE) as usize);
    let mut counts = vec![0_i32; width * height];
    let mut total = 0;
    for (px, py) in points {
        let (i, j) = (((px - low[0]) / step).floor(), ((py - low[1]) / step).floor());
        if i < 0.0 || j < 0.0 || i >= width as f64 || j >= height as f64 {
            continue;
        }
        if let Some(count) = counts.get_mut(j as usize * width + i as usize) {
            *count = count.saturating_add(1);
            total += 1;
        }
    }
    let header = EventHeader {
        header: &file.hdu(hdu)?.header,
        columns: [x.index + 1, y.index + 1],
        low,
        step,
    };
    let wcs = Wcs::from_header(&header, None).ok().filter(Wcs::has_celestial);
    Ok(EventImage { width, height, counts, total, step, columns: [x.name, y.name], wcs })
}

/// Outer edges of the picture along an axis.
fn span(axis: &EventAxis, values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return None;
    }
    // Whole values are pixel centres: edges lie half a unit outside.
    let seen =
        (low.floor() - 0.5, high.floor() + 0.5 + if high.fract() == 0.0 { 0.0 } else { 1.0 });
    Some(match axis.range {
        Some((least, most)) if (seen.1 - seen.0) > 0.5 * (most - least) => {
            (least.floor() - 0.5, most.ceil() + 0.5)
        }
        _ => seen,
    })
}

/// Column units of a pixel: a power of two, at least 1 unless the whole range is shorter than 64.
fn pixel_step(range: f64) -> f64 {
    let step = (range / SIDE).log2().ceil().exp2();
    if range >= 64.0 { step.max(1.0) } else { step.max(range / 256.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_cover_whole_powers_of_two() {
        assert_eq!(pixel_step(1000.0), 1.0);
        assert_eq!(pixel_step(8192.0), 4.0);
        assert_eq!(pixel_step(8193.0), 8.0);
        assert!(pixel_step(1.0) < 0.01);
    }

    #[test]
    fn spans_hold_every_event() {
        let axis = EventAxis { name: "X".into(), index: 0, range: None };
        assert_eq!(span(&axis, [3.0, 7.0].into_iter()), Some((2.5, 7.5)));
        assert_eq!(span(&axis, [3.2, 7.9].into_iter()), Some((2.5, 8.5)));
        assert_eq!(span(&axis, [].into_iter()), None);
        let wide = EventAxis { range: Some((1.0, 10.0)), ..axis.clone() };
        assert_eq!(span(&wide, [2.0, 9.0].into_iter()), Some((0.5, 10.5)));
        let narrow = EventAxis { range: Some((1.0, 1000.0)), ..axis };
        assert_eq!(span(&narrow, [2.0, 9.0].into_iter()), Some((1.5, 9.5)));
    }
}
