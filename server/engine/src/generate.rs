//! A made-up sky for tests and benchmarks: clustered positions, realistic magnitudes and colours,
//! the same for the same seed on every machine.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch},
    datatypes::SchemaRef,
};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind};

use crate::{
    EngineError, ImportOptions, ImportProgress, ImportReport,
    catalog::TableName,
    import::{import_reader, reader_of},
    meta,
};

/// Rows of a generated batch.
const BATCH: u64 = 65_536;
/// Clusters of the sky; half of all stars belong to one.
const CLUSTERS: u64 = 4096;

/// SplitMix64 (Steele, Lea and Flood 2014): one step a number, no state to carry along.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in [0, 1) of a row, the `draw`-th of it.
#[allow(clippy::cast_precision_loss)] // 53 bits fit
fn uniform(seed: u64, row: u64, draw: u64) -> f64 {
    let bits = mix(seed ^ mix(row.wrapping_mul(16).wrapping_add(draw)));
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// A number of the normal distribution (Box and Muller 1958).
fn normal(seed: u64, row: u64, draw: u64) -> f64 {
    let (a, b) = (uniform(seed, row, draw), uniform(seed, row, draw + 1));
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

fn position(seed: u64, row: u64) -> (f64, f64) {
    let anywhere = |key: u64, draw: u64| {
        let lat = (2.0 * uniform(seed, key, draw) - 1.0).asin().to_degrees();
        (360.0 * uniform(seed, key, draw + 1), lat)
    };
    if uniform(seed, row, 0) < 0.5 {
        return anywhere(row, 1);
    }
    let cluster = (1 << 62) | (mix(seed ^ row) % CLUSTERS);
    let (lon, lat) = anywhere(cluster, 1);
    let size = 0.05 + 0.5 * uniform(seed, cluster, 3);
    let lat = (lat + size * normal(seed, row, 3)).clamp(-90.0, 90.0);
    let stretch = lat.to_radians().cos().max(0.01);
    let lon = lon + size * normal(seed, row, 5) / stretch;
    let lon = lon.rem_euclid(360.0);
    // rem_euclid of a tiny negative number rounds to 360 itself.
    (if lon < 360.0 { lon } else { 0.0 }, lat)
}

/// Columns: `id`, `ra`, `dec` (deg), `g`, `r`, `i` (mag), `pmra`, `pmdec` (mas/yr, 2 % null).
pub fn columns() -> Vec<ColumnMeta> {
    let column = |name: &str, kind, unit: &str, ucd: &str, description: &str| ColumnMeta {
        name: name.to_owned(),
        unit: unit.to_owned(),
        ucd: ucd.to_owned(),
        description: description.to_owned(),
        datatype: Datatype { kind, size: ArraySize::Scalar },
        principal: true,
        ..ColumnMeta::default()
    };
    vec![
        column("id", Kind::Long, "", "meta.id;meta.main", "Number of the star"),
        column("ra", Kind::Double, "deg", "pos.eq.ra;meta.main", "Right ascension, ICRS"),
        column("dec", Kind::Double, "deg", "pos.eq.dec;meta.main", "Declination, ICRS"),
        column("g", Kind::Float, "mag", "phot.mag;em.opt.B", "Magnitude in g"),
        column("r", Kind::Float, "mag", "phot.mag;em.opt.R", "Magnitude in r"),
        column("i", Kind::Float, "mag", "phot.mag;em.opt.I", "Magnitude in i"),
        column(
            "pmra",
            Kind::Float,
            "mas.yr**-1",
            "pos.pm;pos.eq.ra",
            "Proper motion in ra·cos dec",
        ),
        column("pmdec", Kind::Float, "mas.yr**-1", "pos.pm;pos.eq.dec", "Proper motion in dec"),
    ]
}

/// The Arrow schema of the generated stars.
pub fn schema() -> SchemaRef {
    let fields: Vec<_> = columns().iter().map(meta::field_of).collect();
    Arc::new(arrow::datatypes::Schema::new(fields))
}

/// The stars `0..rows` in batches, seen with errors of position that have a standard deviation of
/// `error_deg` in each direction.
pub fn stars(
    rows: u64,
    seed: u64,
    error_deg: f64,
) -> impl Iterator<Item = Result<RecordBatch, EngineError>> + Send {
    (0..rows.div_ceil(BATCH))
        .map(move |b| batch(b * BATCH, ((b + 1) * BATCH).min(rows), seed, error_deg))
}

/// A position with an error.
fn displaced((lon, lat): (f64, f64), seed: u64, row: u64, error_deg: f64) -> (f64, f64) {
    if error_deg == 0.0 {
        return (lon, lat);
    }
    let stretch = lat.to_radians().cos().max(1e-6);
    // Another sky than the star's own, so that its draws are not drawn again.
    let lon = (lon + error_deg * normal(!seed, row, 0) / stretch).rem_euclid(360.0);
    let lat = (lat + error_deg * normal(!seed, row, 2)).clamp(-90.0, 90.0);
    (if lon < 360.0 { lon } else { 0.0 }, lat)
}

#[allow(clippy::cast_possible_truncation)] // magnitudes are floats
fn batch(start: u64, end: u64, seed: u64, error_deg: f64) -> Result<RecordBatch, EngineError> {
    let rows = start..end;
    let mut numbers: [Vec<f32>; 3] = Default::default();
    let (mut ra, mut dec) = (Vec::new(), Vec::new());
    let (mut pmra, mut pmdec) = (Vec::new(), Vec::new());
    for row in rows.clone() {
        let (lon, lat) = displaced(position(seed, row), seed, row, error_deg);
        ra.push(lon);
        dec.push(lat);
        // Counts grow by 10^(0.3 m): most stars are faint.
        let r = 12.0 + (1.0 + uniform(seed, row, 7) * (10f64.powf(0.3 * 12.0) - 1.0)).log10() / 0.3;
        let colour = 0.6 + 0.4 * normal(seed, row, 8);
        let [g_values, r_values, i_values] = &mut numbers;
        g_values.push((r + colour) as f32);
        r_values.push(r as f32);
        i_values.push((r - 0.4 * colour - 0.05 * normal(seed, row, 10)) as f32);
        let known = uniform(seed, row, 12) >= 0.02;
        pmra.push(known.then_some((8.0 * normal(seed, row, 13)) as f32));
        pmdec.push(known.then_some((8.0 * normal(seed, row, 14)) as f32));
    }
    let ids: Vec<i64> = rows.filter_map(|r| i64::try_from(r).ok()).collect();
    let [g, r, i] = numbers;
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids)),
        Arc::new(Float64Array::from(ra)),
        Arc::new(Float64Array::from(dec)),
        Arc::new(Float32Array::from(g)),
        Arc::new(Float32Array::from(r)),
        Arc::new(Float32Array::from(i)),
        Arc::new(Float32Array::from(pmra)),
        Arc::new(Float32Array::from(pmdec)),
    ];
    Ok(RecordBatch::try_new(schema(), arrays)?)
}

/// Generates stars straight into a catalogue below `root`, by the same path as an import.
pub fn import(
    root: &std::path::Path,
    rows: u64,
    seed: u64,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<ImportReport, EngineError> {
    import_seen(root, rows, seed, 0.0, options, progress)
}

/// The same stars with errors of position (see [`stars`]): a catalogue to match the first with.
pub fn import_seen(
    root: &std::path::Path,
    rows: u64,
    seed: u64,
    error_deg: f64,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress),
) -> Result<ImportReport, EngineError> {
    let name = TableName::parse(&options.name)?;
    let description = Some("Generated stars".to_owned());
    let reader =
        reader_of(schema(), description, Some(rows), Box::new(stars(rows, seed, error_deg)));
    import_reader(root, reader, &name, options, progress)
}
