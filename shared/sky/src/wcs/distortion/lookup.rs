//! Distortion tables: `CPDISj`/`DPj` with WCSDVARR, `D2IMDISj`/`D2IMj` with D2IMARR (WCS Paper IV
//! draft of 2004, as HST writes it and astropy reads it).

use super::super::WcsError;
use super::super::header::{Keys, LookupImage};

/// A table of shifts (pixels) over the pixel plane, read by bilinear interpolation.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    table: LookupImage,
}

impl Lookup {
    fn new(table: LookupImage) -> Option<Lookup> {
        let [nx, ny] = table.shape;
        let sane = nx > 0
            && ny > 0
            && nx.checked_mul(ny)? == table.values.len()
            && table.cdelt.iter().all(|d| *d != 0.0 && d.is_finite())
            && table.crpix.iter().chain(&table.crval).all(|v| v.is_finite());
        sane.then_some(Lookup { table })
    }

    /// The shift at a pixel; outside of the table that of its edge.
    pub(super) fn shift(&self, x: f64, y: f64) -> f64 {
        let LookupImage { shape: [nx, ny], crpix, crval, cdelt, .. } = &self.table;
        let place = |v: f64, k: usize, n: usize| {
            let at = |a: &[f64; 2]| a.get(k).copied().unwrap_or(1.0);
            let v = (v - at(crval)) / at(cdelt) + at(crpix) - 1.0;
            let v = if v.is_nan() { 0.0 } else { v.clamp(0.0, (n - 1) as f64) };
            let whole = v.floor();
            (whole as usize, v - whole)
        };
        let ((i, fx), (j, fy)) = (place(x, 0, *nx), place(y, 1, *ny));
        let value = |i: usize, j: usize| {
            let k = j.min(ny - 1) * nx + i.min(nx - 1);
            self.table.values.get(k).copied().unwrap_or(0.0)
        };
        let row = |j: usize| value(i, j) * (1.0 - fx) + value(i + 1, j) * fx;
        row(j) * (1.0 - fy) + row(j + 1) * fy
    }
}

/// `CPDIS1`, `CPDIS2`.
pub(super) fn read_prior(keys: &Keys<'_>) -> Result<[Option<Lookup>; 2], WcsError> {
    Ok([read(keys, "CPDIS1", "DP1", "WCSDVARR")?, read(keys, "CPDIS2", "DP2", "WCSDVARR")?])
}

/// `D2IMDIS1`, `D2IMDIS2`, or the older `AXISCORR` with a single table.
pub(super) fn read_detector(keys: &Keys<'_>) -> Result<[Option<Lookup>; 2], WcsError> {
    let source = keys.source();
    if let Some(axis) = source.number("AXISCORR")
        && let Some(table) = source.lookup_image("D2IMARR", 1)
    {
        // The table of the early convention has no coordinates of its own but 0-based pixels.
        let table = LookupImage { crpix: [0.0; 2], crval: [0.0; 2], cdelt: [1.0; 2], ..table };
        let lookup = Lookup::new(table).ok_or_else(|| missing("D2IMARR", "AXISCORR"))?;
        return Ok(if axis == 2.0 { [None, Some(lookup)] } else { [Some(lookup), None] });
    }
    Ok([read(keys, "D2IMDIS1", "D2IM1", "D2IMARR")?, read(keys, "D2IMDIS2", "D2IM2", "D2IMARR")?])
}

fn read(
    keys: &Keys<'_>,
    kind_key: &str,
    record_key: &str,
    extname: &str,
) -> Result<Option<Lookup>, WcsError> {
    let Some(kind) = keys.source().text(kind_key) else { return Ok(None) };
    if !kind.trim().eq_ignore_ascii_case("lookup") {
        return Err(WcsError::Distortion { kind, keyword: kind_key.to_owned() });
    }
    let extver = keys
        .source()
        .texts(record_key)
        .iter()
        .find_map(|record| {
            let (name, value) = record.split_once(':')?;
            (name.trim() == "EXTVER").then(|| value.trim().parse::<f64>().ok()).flatten()
        })
        .or_else(|| keys.source().number(&format!("{record_key}.EXTVER")))
        .unwrap_or(1.0);
    let table = keys
        .source()
        .lookup_image(extname, extver as i64)
        .ok_or_else(|| missing(extname, kind_key))?;
    Lookup::new(table).map(Some).ok_or_else(|| missing(extname, kind_key))
}

fn missing(name: &str, keyword: &str) -> WcsError {
    WcsError::Table { name: name.to_owned(), keyword: keyword.to_owned() }
}
