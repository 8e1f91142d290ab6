//! Compares the reader with what astropy found (`tests/conformance/fits_truth.py`).

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    io::{BufRead, BufReader},
    path::Path,
};

use serde_json::Value as Json;
use tenkyu_fits::{ColumnData, Fits, HduKind, Header, PixelData, Value, Values};

/// How often something was compared and how often it differed.
#[derive(Debug, Default)]
pub struct Tally {
    /// Files opened.
    pub files: usize,
    /// HDUs looked at.
    pub hdus: usize,
    /// Comparisons by what was compared.
    pub compared: BTreeMap<&'static str, usize>,
    /// What differed, at most the first 100.
    pub differences: Vec<String>,
}

impl Tally {
    fn compare(&mut self, what: &'static str, same: bool, place: impl FnOnce() -> String) {
        *self.compared.entry(what).or_default() += 1;
        if !same && self.differences.len() < 100 {
            self.differences.push(format!("{what}: {}", place()));
        }
    }
}

/// Compares every file that `truth` names with what it says of it.
pub fn compare(truth: &Path, folder: &Path) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::default();
    let mut open: Option<(String, Fits<Vec<u8>>)> = None;
    for line in BufReader::new(fs::File::open(truth)?).lines() {
        let line: Json = serde_json::from_str(&line?)?;
        let name = line["file"].as_str().unwrap_or_default();
        if open.as_ref().is_none_or(|(n, _)| n != name) {
            tally.files += 1;
            open = match read(&folder.join(name)) {
                Ok(fits) => Some((name.to_owned(), fits)),
                Err(error) => {
                    tally.compare("file", false, || format!("{name}: {error}"));
                    None
                }
            };
        }
        if let Some((_, fits)) = &open {
            tally.hdus += 1;
            if let Err(error) = hdu(fits, &line, &mut tally) {
                tally.compare("hdu", false, || format!("{name} {}: {error}", line["hdu"]));
            }
        }
    }
    Ok(tally)
}

fn read(path: &Path) -> Result<Fits<Vec<u8>>, Box<dyn Error>> {
    Ok(Fits::from_bytes(fs::read(path)?)?)
}

fn hdu(fits: &Fits<Vec<u8>>, line: &Json, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
    let index = line["hdu"].as_u64().unwrap_or(0) as usize;
    let place = format!("{} HDU {index}", line["file"]);
    let hdu = fits.hdu(index)?;
    header(&hdu.image_header(), &line["header"], &place, tally);
    match line["kind"].as_str() {
        Some("image") => image(fits, index, line, &place, tally),
        // astropy shows compressed tables as they are stored.
        Some("table") if hdu.kind != HduKind::CompressedTable => {
            table(fits, index, line, &place, tally)
        }
        Some("empty") => {
            let empty = hdu.kind == HduKind::Empty || hdu.data_len == 0;
            tally.compare("empty", empty, || format!("{place}: {:?}", hdu.kind));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Names that belong to the table around a compressed image and that astropy keeps or makes.
const CONTAINER: &[&str] =
    &["EXTNAME", "PCOUNT", "GCOUNT", "CHECKSUM", "DATASUM", "XTENSION", "SIMPLE", "EXTEND"];

fn header(header: &Header, truth: &Json, place: &str, tally: &mut Tally) {
    for (keyword, expected) in truth.as_object().into_iter().flatten() {
        let (kind, expected) = (expected[0].as_str(), expected[1].as_str().unwrap_or_default());
        let value = header.get(keyword);
        let same = match (kind, value) {
            (Some("b"), Some(Value::Bool(b))) => (expected == "T") == *b,
            (Some("n"), Some(value)) => value.as_f64() == expected.parse().ok(),
            // astropy ends a string at two quotes before a slash, which stand for one quote.
            (Some("s"), Some(Value::Str(text))) => {
                text.trim() == expected.trim() || text.contains("'/") || text.contains("''/")
            }
            _ => false,
        };
        // A dot marks astropy's reading of record-valued keywords (FITS WCS paper IV), whose cards
        // we leave as they are.
        if !same && (CONTAINER.contains(&keyword.as_str()) || keyword.contains('.')) {
            continue;
        }
        tally.compare("keyword", same, || format!("{place} {keyword}: {value:?}, {expected:?}"));
    }
}

/// Bit by bit, any NaN equal to any other.
fn same(value: f64, expected: &str) -> bool {
    expected.parse::<f64>().is_ok_and(|e| e == value || (e.is_nan() && value.is_nan()))
}

fn image(
    fits: &Fits<Vec<u8>>,
    index: usize,
    line: &Json,
    place: &str,
    tally: &mut Tally,
) -> Result<(), Box<dyn Error>> {
    let image = fits.image(index)?;
    let shape: Vec<u64> =
        line["shape"].as_array().into_iter().flatten().filter_map(Json::as_u64).collect();
    tally.compare("shape", image.shape() == shape, || format!("{place}: {:?}", image.shape()));
    let data = image.raw_all()?;
    let scaling = image.scaling();
    for sample in line["samples"].as_array().into_iter().flatten() {
        let at = sample[0].as_u64().unwrap_or(0) as usize;
        let expected = sample[1].as_str().unwrap_or_default();
        let value = data.value(at, &scaling).unwrap_or(f64::NEG_INFINITY);
        let ok = match data.integer(at, &scaling) {
            Some(int) if line["exact"] == true => int.to_string() == expected,
            _ => same(value, expected),
        };
        tally.compare("pixel", ok, || format!("{place} pixel {at}: {value:?}, {expected}"));
    }
    sections(fits, index, &data, place, tally)?;
    let values = data.values(&scaling);
    let nan = values.iter().filter(|v| v.is_nan()).count() as u64;
    tally.compare("NaN count", line["nan"] == nan, || format!("{place}: {nan}, {}", line["nan"]));
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let (sum, size) = (line["sum"].as_f64().unwrap_or(0.0), line["abs"].as_f64().unwrap_or(0.0));
    let ours: f64 = finite().sum();
    let near = (ours - sum).abs() <= 1e-9 * size || !size.is_finite();
    tally.compare("sum", near, || format!("{place}: {ours}, {sum}"));
    if let (Some(min), Some(max)) = (line["min"].as_str(), line["max"].as_str()) {
        let ok = same(finite().fold(f64::INFINITY, f64::min), min)
            && same(finite().fold(f64::NEG_INFINITY, f64::max), max);
        tally.compare("range", ok, || format!("{place}: {min} to {max}"));
    }
    Ok(())
}

/// A section must hold what the whole image holds there.
fn sections(
    fits: &Fits<Vec<u8>>,
    index: usize,
    whole: &PixelData,
    place: &str,
    tally: &mut Tally,
) -> Result<(), Box<dyn Error>> {
    let image = fits.image(index)?;
    let section: Vec<_> = image.shape().iter().map(|n| n / 3..(n * 2 / 3 + 1).min(*n)).collect();
    let part = image.raw_section(&section)?;
    let mut at: Vec<u64> = section.iter().map(|range| range.start).collect();
    let mut ok = true;
    for i in 0..part.len() {
        let flat = at.iter().zip(image.shape()).rev().fold(0, |flat, (at, n)| flat * n + at);
        let (a, b) = (part.raw(i), whole.raw(flat as usize));
        ok &= a.map(f64::to_bits) == b.map(f64::to_bits);
        for (at, range) in at.iter_mut().zip(&section) {
            *at += 1;
            if *at < range.end {
                break;
            }
            *at = range.start;
        }
    }
    tally.compare("section", ok, || place.to_owned());
    Ok(())
}

fn table(
    fits: &Fits<Vec<u8>>,
    index: usize,
    line: &Json,
    place: &str,
    tally: &mut Tally,
) -> Result<(), Box<dyn Error>> {
    let table = fits.table(index)?;
    let rows = table.rows();
    tally.compare("rows", line["rows"] == rows, || format!("{place}: {rows}, {}", line["rows"]));
    for column in line["columns"].as_array().into_iter().flatten() {
        let number = column["index"].as_u64().unwrap_or(0) as usize;
        let data = table.read(number, 0..rows)?;
        for truth in column["cells"].as_array().into_iter().flatten() {
            let row = truth[0].as_u64().unwrap_or(0) as usize;
            let expected: Vec<&str> =
                truth[1].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            let ours = cell(&data, row);
            let ok = expected.len() <= ours.len()
                && expected.iter().zip(&ours).all(|(e, (text, value, null))| {
                    *null || *e == text.trim_end() || value.is_some_and(|value| same(value, e))
                });
            tally.compare("cell", ok, || {
                format!("{place} {} row {row}: {ours:.10?}, {expected:?}", column["name"])
            });
        }
    }
    Ok(())
}

/// The elements of a cell: text, number, and whether it is null.
fn cell(data: &ColumnData, row: usize) -> Vec<(String, Option<f64>, bool)> {
    let mut parts = Vec::new();
    for i in data.span(row) {
        let null = data.is_null(i);
        match &data.values {
            Values::Bool(v) => {
                let text = v.get(i).map(|b| if *b { "T" } else { "F" }).unwrap_or_default();
                parts.push((text.to_owned(), None, null));
            }
            Values::Complex32(v) => {
                let both = v.get(i).copied().unwrap_or_default();
                parts.extend(both.map(|part| (String::new(), Some(f64::from(part)), null)));
            }
            Values::Complex64(v) => {
                let both = v.get(i).copied().unwrap_or_default();
                parts.extend(both.map(|part| (String::new(), Some(part), null)));
            }
            values => {
                // astropy gives some integers as floats; 64-bit ones are compared as text.
                let wide = matches!(values, Values::I64(_) | Values::U64(_));
                let number = values.number(i).filter(|_| !wide);
                parts.push((values.text(i).unwrap_or_default(), number, null));
            }
        }
    }
    parts
}
