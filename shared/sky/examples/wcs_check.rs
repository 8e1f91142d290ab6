//! Compares world coordinates with those of astropy, as `tests/conformance/wcs_truth.py` wrote
//! them: `wcs_check FILE.jsonl`.
//!
//! Celestial coordinates must agree to 1 mas, pixels to a thousandth, other axes to 1e-9 of their
//! value. Prints the largest deviation of every projection; ends with 1 when anything disagrees.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use serde_json::Value;
use tenkyu_sky::sphere::separation_deg;
use tenkyu_sky::wcs::{HeaderSource, LookupColumn, LookupImage, Wcs};

const LIMIT_MAS: f64 = 1.0;
const LIMIT_PIXEL: f64 = 1e-3;
const LIMIT_OTHER: f64 = 1e-9;

struct Record(Value, HashMap<String, Vec<Value>>);

impl Record {
    fn new(record: Value) -> Record {
        let mut cards: HashMap<String, Vec<Value>> = HashMap::new();
        for card in record["cards"].as_array().into_iter().flatten() {
            let keyword = card[0].as_str().unwrap_or_default().to_owned();
            cards.entry(keyword).or_default().push(card[1].clone());
        }
        Record(record, cards)
    }
}

impl HeaderSource for Record {
    fn number(&self, key: &str) -> Option<f64> {
        self.1.get(key)?.first()?.as_f64()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.1.get(key)?.first()?.as_str().map(str::to_owned)
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let values = self.1.get(key).map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    }

    fn lookup_image(&self, extname: &str, extver: i64) -> Option<LookupImage> {
        let table = self.0["images"].get(format!("{extname}:{extver}"))?;
        let list = |key: &str| numbers(&table[key]);
        let pair = |key: &str| <[f64; 2]>::try_from(list(key)).ok();
        let shape = pair("shape")?.map(|v| v as usize);
        Some(LookupImage {
            shape,
            values: list("values"),
            crpix: pair("crpix")?,
            crval: pair("crval")?,
            cdelt: pair("cdelt")?,
        })
    }

    fn lookup_column(&self, name: &str, ver: i64, _: i64, column: &str) -> Option<LookupColumn> {
        let columns = self.0["columns"].as_object()?;
        let wanted = format!("{name}:{ver}:{column}");
        let (_, table) = columns.iter().find(|(key, _)| key.eq_ignore_ascii_case(&wanted))?;
        let shape = numbers(&table["shape"]).iter().map(|v| *v as usize).collect();
        Some(LookupColumn { shape, values: numbers(&table["values"]) })
    }
}

/// wcslib works COBE's cube in single precision, where the last places of its polynomials make tens of mas.
fn limit_mas(wcs: &Wcs) -> f64 {
    let cobe = wcs.celestial().is_some_and(|view| view.projection() == "CSC");
    if cobe { 60.0 } else { LIMIT_MAS }
}

/// Our electronvolt is that of the SI since 2019, wcslib's is 8e-8 smaller.
fn limit_other(wcs: &Wcs, axis: usize) -> f64 {
    let energy = wcs.axes().get(axis).is_some_and(|axis| axis.unit == "J");
    if energy { 1e-7 } else { LIMIT_OTHER }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Largest deviations of one projection.
#[derive(Default)]
struct Worst {
    headers: usize,
    points: usize,
    mas: f64,
    icrs: f64,
    pixel: f64,
    other: f64,
}

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: wcs_check FILE.jsonl");
        return ExitCode::FAILURE;
    };
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut table: BTreeMap<String, Worst> = BTreeMap::new();
    let mut failures = 0;
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        let Ok(record) = serde_json::from_str(&line) else { continue };
        let record = Record::new(record);
        for failure in check(&record, &mut table) {
            let Value::Object(r) = &record.0 else { continue };
            println!("{} [{}] {:?} {failure}", r["file"], r["hdu"], r.get("alt"));
            failures += 1;
        }
    }
    println!("kind    headers  points          mas     ICRS mas        pixel        other");
    for (kind, w) in &table {
        let Worst { headers, points, mas, icrs, pixel, other } = w;
        println!(
            "{kind:<7} {headers:>7} {points:>7} {mas:>12.3e} {icrs:>12.3e} {pixel:>12.3e} {other:>12.3e}"
        );
    }
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check(record: &Record, table: &mut BTreeMap<String, Worst>) -> Vec<String> {
    let refused = record.0["refused"].as_str();
    let alt = record.0["alt"].as_str().and_then(|letter| letter.chars().next());
    let wcs = match (Wcs::from_header(record, alt), refused) {
        (Ok(wcs), None) => wcs,
        (Ok(_), Some(reason)) => {
            println!("{} [{}] read, astropy refuses: {reason}", record.0["file"], record.0["hdu"]);
            return Vec::new();
        }
        (Err(error), Some(_)) => {
            println!("{} [{}] refused by both: {error}", record.0["file"], record.0["hdu"]);
            return Vec::new();
        }
        (Err(error), None) => return vec![format!("refused: {error}")],
    };
    let mut celestial: Vec<usize> =
        numbers(&record.0["celestial"]).iter().map(|v| *v as usize).collect();
    // Coordinates out of a table are compared axis by axis.
    if wcs.axes().iter().any(|axis| axis.ctype.ends_with("LON-TAB")) {
        celestial.clear();
    }
    let kind = match (wcs.celestial(), celestial.as_slice()) {
        (Some(view), [_, _]) => view.projection().to_owned(),
        (None, []) => "none".to_owned(),
        (ours, _) => {
            return vec![format!("celestial: ours {}, astropy {celestial:?}", ours.is_some())];
        }
    };
    let worst = table.entry(kind).or_default();
    let mut failures: Vec<String> = footprint(&wcs, record).into_iter().collect();
    worst.headers += 1;
    for point in record.0["points"].as_array().into_iter().flatten() {
        worst.points += 1;
        let pixel = numbers(&point[0]);
        if let Err(failure) = compare(&wcs, &pixel, point, &celestial, worst) {
            failures.push(format!("{pixel:?}: {failure}"));
        }
        if failures.len() >= 3 {
            break;
        }
    }
    failures
}

fn compare(
    wcs: &Wcs,
    pixel: &[f64],
    point: &Value,
    celestial: &[usize],
    worst: &mut Worst,
) -> Result<(), String> {
    let (world, back) = (&point[1], &point[2]);
    let ours = wcs.pixel_to_world(pixel).map(|world| world.0);
    let world = match (ours, world.is_null()) {
        (None, true) => return Ok(()),
        (None, false) => return Err(format!("nothing, astropy {world}")),
        (Some(ours), true) => return Err(format!("{ours:?}, astropy nothing")),
        (Some(ours), false) => {
            let mut theirs = numbers(world);
            if let [lon, lat] = celestial {
                let mas =
                    separation_deg(ours[*lon], ours[*lat], theirs[*lon], theirs[*lat]) * 3.6e6;
                worst.mas = worst.mas.max(mas);
                if mas.is_nan() || mas > limit_mas(wcs) {
                    return Err(format!("{mas} mas: {ours:?}, astropy {theirs:?}"));
                }
            }
            for (i, (a, b)) in ours.iter().zip(&theirs).enumerate() {
                if !celestial.contains(&i) {
                    let off = (a - b).abs() / a.abs().max(b.abs()).max(1e-300);
                    let off = if a == b { 0.0 } else { off };
                    worst.other = worst.other.max(off);
                    if off > limit_other(wcs, i) {
                        return Err(format!("axis {i}: {a}, astropy {b}"));
                    }
                }
            }
            // The way back from another electronvolt would end at another pixel.
            for (i, (theirs, ours)) in theirs.iter_mut().zip(&ours).enumerate() {
                if limit_other(wcs, i) > LIMIT_OTHER {
                    *theirs = *ours;
                }
            }
            theirs
        }
    };
    position(wcs, pixel, &point[3], worst)?;
    if back.is_null() {
        return Ok(());
    }
    let theirs = numbers(back);
    let Some(ours) = wcs.world_to_pixel(&world) else {
        return Err(format!("no pixel for {world:?}, astropy {theirs:?}"));
    };
    for (a, b) in ours.iter().zip(&theirs) {
        worst.pixel = worst.pixel.max((a - b).abs());
        if (a - b).abs() > LIMIT_PIXEL {
            return Err(format!("pixel {ours:?}, astropy {theirs:?}, for {world:?}"));
        }
    }
    Ok(())
}

/// The position in ICRS, where the plane of the view is that of the pixel.
fn position(wcs: &Wcs, pixel: &[f64], icrs: &Value, worst: &mut Worst) -> Result<(), String> {
    let truth = numbers(icrs);
    let (Some(view), [ra, dec]) = (wcs.celestial(), truth.as_slice()) else { return Ok(()) };
    let (i, j) = view.pixel_axes();
    if pixel.iter().enumerate().any(|(k, v)| k != i && k != j && *v != 1.0) {
        return Ok(());
    }
    let Some(ours) = view.pix_to_icrs(pixel[i], pixel[j]) else {
        return Err(format!("no ICRS position, astropy {icrs}"));
    };
    let mas = separation_deg(ours.0, ours.1, *ra, *dec) * 3.6e6;
    worst.icrs = worst.icrs.max(mas);
    if mas.is_nan() || mas > limit_mas(wcs) {
        return Err(format!("ICRS {mas} mas: {ours:?}, astropy {icrs}"));
    }
    Ok(())
}

/// The footprint must hold what lies well inside of the image.
fn footprint(wcs: &Wcs, record: &Record) -> Option<String> {
    let view = wcs.celestial()?;
    let shape = numbers(&record.0["shape"]);
    let (i, j) = view.pixel_axes();
    let (nx, ny) = (shape.get(i)?, shape.get(j)?);
    let Some(region) = view.footprint(*nx as u64, *ny as u64) else {
        let (x, y) = (nx / 2.0, ny / 2.0);
        return view.pix_to_icrs(x, y).map(|p| format!("no footprint, but {p:?} in the middle"));
    };
    let mut lost = Vec::new();
    for fx in [0.02, 0.3, 0.5, 0.71, 0.98] {
        for fy in [0.02, 0.35, 0.5, 0.64, 0.98] {
            let inside = (0.5 + nx * fx, 0.5 + ny * fy);
            if let Some((ra, dec)) = view.pix_to_icrs(inside.0, inside.1)
                && !region.contains(ra, dec)
            {
                lost.push(inside);
            }
        }
    }
    // Beside cuts through a map of much of the sky, tiles may be lost: up to a third of it.
    let wide = region.area_deg2() > 5000.0;
    let allowed = if wide { 8 } else { 0 };
    (lost.len() > allowed).then(|| format!("the footprint lacks {lost:?}: {region}"))
}
