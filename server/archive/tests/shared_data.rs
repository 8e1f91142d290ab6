//! The archive on real data of many telescopes, where they are at hand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use std::{collections::HashMap, path::PathBuf};

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{Float64Type, Int32Type},
};
use tenkyu_archive::{Archive, IngestOptions, Refusal};
use tenkyu_store::testing;

/// The folder of real data, or `None` (with a note) where it is not there.
fn shared_data() -> Option<PathBuf> {
    let path = std::env::var_os("TENKYU_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no shared data at {}", path.display());
    None
}

/// The rows by the last part of their identifier, the name of the product.
struct Rows {
    batch: RecordBatch,
    at: HashMap<String, usize>,
}

impl Rows {
    fn new(batch: RecordBatch) -> Rows {
        let dids = batch.column_by_name("obs_publisher_did").unwrap().as_string::<i32>();
        let product = |i: usize| dids.value(i).rsplit('/').next().unwrap().to_owned();
        let at = (0..batch.num_rows()).map(|i| (product(i), i)).collect();
        Rows { batch, at }
    }

    fn row(&self, product: &str) -> usize {
        *self.at.get(product).unwrap_or_else(|| panic!("no product {product}"))
    }

    fn text(&self, product: &str, column: &str) -> String {
        let array = self.batch.column_by_name(column).unwrap().as_string::<i32>();
        let row = self.row(product);
        if array.is_null(row) { String::new() } else { array.value(row).to_owned() }
    }

    fn number(&self, product: &str, column: &str) -> f64 {
        let array = self.batch.column_by_name(column).unwrap();
        let row = self.row(product);
        if array.is_null(row) {
            return f64::NAN;
        }
        match array.as_primitive_opt::<Float64Type>() {
            Some(values) => values.value(row),
            None => f64::from(array.as_primitive::<Int32Type>().value(row)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn real_data_are_described_as_an_astronomer_would() {
    let Some(data) = shared_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open(dir.path(), &testing::open(dir.path()).await).await.unwrap();
    let paths: Vec<PathBuf> =
        ["images", "cubes", "xray", "spectra"].iter().map(|name| data.join(name)).collect();
    let report = archive.ingest(&paths, IngestOptions::default(), |_| {}).await.unwrap();
    println!(
        "{} files, {:.1} files/s, {:.1} MB/s",
        report.files(),
        report.files_per_second(),
        report.megabytes_per_second()
    );
    // Only what is no FITS that we read is refused.
    for refused in &report.refused {
        assert_eq!(refused.reason, Refusal::NotFits("bzip2".into()), "{}", refused.file.display());
    }
    assert!(report.ingested > 100);
    let rows = Rows::new(archive.obscore("http://localhost").await.unwrap());
    words(&rows);
    numbers(&rows);
    centres(&rows, &data);
    let again = archive.ingest(&paths, IngestOptions::default(), |_| {}).await.unwrap();
    assert_eq!((again.ingested, again.unchanged), (0, report.ingested + report.unchanged));
    assert!(archive.verify().await.unwrap().is_good());
}

/// Product, type, collection, facility, instrument, part of the spectrum, target.
fn words(rows: &Rows) {
    let cases = [
        ("a478_hst_wfpc2", "image", "HST", "HST", "WFPC2", "Optical", "ABELL478"),
        ("MUSE_A478_data", "cube", "ESO", "VLT", "MUSE", "Optical", "Abell 478"),
        ("M17_SWex_alma_small", "cube", "ALMA", "ALMA", "", "Millimeter", "M17SW"),
        ("m82_chandra_evt", "event", "CHANDRA", "Chandra", "ACIS", "X-ray", "M82"),
        ("ngc1961_rosat_pspc", "event", "ROSAT", "ROSAT", "PSPC", "X-ray", "NGC 1961"),
        ("image_M12c", "image", "XMM", "XMM-Newton", "EMOS1", "X-ray", "PSR J0030+0451"),
        (
            "hess_dl3_dr1_obs_id_023523",
            "event",
            "HESS",
            "H.E.S.S.",
            "Phase I",
            "Gamma-ray",
            "Crab Nebula",
        ),
        (
            "c4d_150110_053718_z_ls9.S4",
            "image",
            "NOIRLAB",
            "Blanco 4m",
            "DECam",
            "Optical",
            "DECaLS_7513_z",
        ),
        (
            "spec-0266-51602-0013",
            "spectrum",
            "SDSS",
            "SDSS 2.5m",
            "SDSS Spectrograph",
            "Optical",
            "",
        ),
        ("gc_2mass_k", "image", "2MASS", "2MASS", "", "Infrared", ""),
        ("XShooter_XQ100", "spectrum", "ESO", "VLT", "XSHOOTER", "Infrared", "BR J2349-3712"),
        (
            "wcstest_dss495",
            "image",
            "DSS",
            "Palomar 48-inch Schmidt",
            "Photographic Plate",
            "Optical",
            "",
        ),
    ];
    for (product, kind, collection, facility, instrument, band, target) in cases {
        let found = |column: &str| rows.text(product, column);
        assert_eq!(found("dataproduct_type"), kind, "{product}");
        assert_eq!(found("obs_collection"), collection, "{product}");
        assert_eq!(found("facility_name"), facility, "{product}");
        assert_eq!(found("instrument_name"), instrument, "{product}");
        assert_eq!(found("em_band"), band, "{product}");
        assert_eq!(found("target_name"), target, "{product}");
    }
    for (product, place) in [("PSF_HSC", "s_ra"), ("timmi2", "s_ra"), ("Cut_HSC1", "t_min")] {
        assert!(rows.number(product, place).is_nan(), "{product} has no {place}");
    }
}

/// Times from astropy.time (UTC), wavelengths from astropy's WCS and units, exposures as the
/// headers' own.
fn numbers(rows: &Rows) {
    let cases = [
        ("a478_hst_wfpc2", "t_exptime", 600.0, 1e-9),
        ("wcstest_dss495", "t_exptime", 3000.0, 1e-9),
        ("wcstest_dss495", "t_min", 33_981.184_027_78, 1e-7),
        ("m82_chandra_evt", "t_min", 54_743.029_890_89, 1e-5),
        ("m82_chandra_evt", "t_exptime", 18_279.338_652_893, 1e-6),
        ("m82_chandra_evt", "s_pixel_scale", 0.492, 1e-3),
        ("spec-0266-51602-0013", "t_min", 51_602.276_1, 1e-3),
        ("M17_SWex_alma_small", "em_min", 3.455_6e-3, 1e-6),
        ("NGC4047.co.smo7msk", "em_min", 2.626_8e-3, 1e-6),
        ("MUSE_A478_data", "s_xel1", 40.0, 0.0),
        ("ISAAC.2006-04-13T06-32-38.944", "calib_level", 1.0, 0.0),
        ("MUSE_A478_data", "calib_level", 2.0, 0.0),
        ("a478_hst_wfpc2", "calib_level", 3.0, 0.0),
        // NGC 5194 at 13h29m52.7s +47°11′43″: the header points in coordinates of the day.
        ("M51_kpno_B", "s_ra", 202.469_6, 0.03),
        ("M51_kpno_B", "s_dec", 47.195_2, 0.01),
    ];
    for (product, column, expected, tolerance) in cases {
        if column == "s_xel1" {
            let array = rows.batch.column_by_name(column).unwrap();
            let array = array.as_primitive::<arrow::datatypes::Int64Type>();
            assert_eq!(array.value(rows.row(product)) as f64, expected, "{product}");
            continue;
        }
        let found = rows.number(product, column);
        assert!((found - expected).abs() <= tolerance, "{product} {column}: {found} {expected}");
    }
}

/// Centres agree with those that astropy found, to a hundredth of the field.
fn centres(rows: &Rows, data: &std::path::Path) {
    let Ok(index) = std::fs::read_to_string(data.join("SKY_INDEX.tsv")) else { return };
    let mut compared = 0;
    for line in index.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [path, ra, dec, radius, "image", ..] = cells.as_slice() else { continue };
        let name = path.rsplit('/').next().unwrap().split(".fits").next().unwrap();
        let (Some(_), Ok(ra), Ok(dec), Ok(radius)) =
            (rows.at.get(name), ra.parse::<f64>(), dec.parse::<f64>(), radius.parse::<f64>())
        else {
            continue;
        };
        // EQUINOX = 0 makes astropy precess by two thousand years, and the raw frame has no scale.
        if !radius.is_finite() || matches!(name, "l1448_13co" | "timmi2") {
            continue;
        }
        let (found_ra, found_dec) = (rows.number(name, "s_ra"), rows.number(name, "s_dec"));
        let east = ((found_ra - ra + 540.0).rem_euclid(360.0) - 180.0) * dec.to_radians().cos();
        let distance = east.hypot(found_dec - dec);
        assert!(
            distance < 0.02 * radius + 1e-5,
            "{name}: {found_ra} {found_dec}, astropy {ra} {dec}, radius {radius}"
        );
        compared += 1;
    }
    println!("{compared} centres agree with astropy");
    assert!(compared > 25);
}

/// Files made or kept to break readers: whatever becomes of each, the program does not fail on it.
#[tokio::test(flavor = "multi_thread")]
async fn torture_is_survived() {
    let Some(data) = shared_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open(dir.path(), &testing::open(dir.path()).await).await.unwrap();
    let options = IngestOptions { max_bytes: 1 << 30, ..IngestOptions::default() };
    let report = archive.ingest(&[data.join("torture")], options, |_| {}).await.unwrap();
    for refused in &report.refused {
        assert_ne!(refused.reason, Refusal::Internal, "{}", refused.file.display());
        println!("{}: {}", refused.file.display(), refused.reason);
    }
    assert!(report.ingested > 30, "{report:?}");
    assert!(archive.obscore("http://x").await.unwrap().num_rows() > 0);
}
