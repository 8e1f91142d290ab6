//! Files and bytes that the archive takes in a second.

use std::path::Path;

use anyhow::Result;

use super::figure::{Figure, time};
use crate::run::output;
use crate::serve::{self, tenkyu};
use crate::site::Profile;

const FILES: usize = 100;
const SIDE: usize = 1024;

/// Ingests generated 16-bit images into an empty archive.
pub fn measure() -> Result<()> {
    let binary = serve::build_server(Profile::Release)?;
    let dir = std::env::temp_dir().join(format!("tenkyu-bench-{}", std::process::id()));
    let (input, data) = (dir.join("input"), dir.join("data"));
    std::fs::create_dir_all(&input)?;
    let mut bytes = 0;
    for number in 0..FILES {
        bytes += write_image(&input.join(format!("image{number:04}.fits")), number)?;
    }
    let (result, seconds) = time(|| output(tenkyu(&binary, &data).arg("ingest").arg(&input)));
    let removed = std::fs::remove_dir_all(&dir);
    result?;
    removed?;
    Figure::new("ingest", &[seconds])
        .with("files", FILES)
        .with("bytes", bytes)
        .with("files_per_second", FILES as f64 / seconds.as_secs_f64())
        .with("mb_per_second", bytes as f64 / 1e6 / seconds.as_secs_f64())
        .print();
    Ok(())
}

/// A 16-bit image with a celestial WCS, different for every number.
fn write_image(path: &Path, number: usize) -> Result<usize> {
    let cards = [
        "SIMPLE  =                    T".to_owned(),
        "BITPIX  =                   16".to_owned(),
        "NAXIS   =                    2".to_owned(),
        format!("NAXIS1  = {SIDE:>20}"),
        format!("NAXIS2  = {SIDE:>20}"),
        "TELESCOP= 'BENCH   '".to_owned(),
        "INSTRUME= 'CAMERA  '".to_owned(),
        format!("OBJECT  = 'FIELD{number:03}'"),
        "DATE-OBS= '2026-01-01T00:00:00'".to_owned(),
        "EXPTIME =                 60.0".to_owned(),
        "CTYPE1  = 'RA---TAN'".to_owned(),
        "CTYPE2  = 'DEC--TAN'".to_owned(),
        format!("CRVAL1  = {:>20}", (number * 3) as f64 + 0.5),
        "CRVAL2  =                 10.5".to_owned(),
        "CRPIX1  =                512.5".to_owned(),
        "CRPIX2  =                512.5".to_owned(),
        "CDELT1  =              -0.0001".to_owned(),
        "CDELT2  =               0.0001".to_owned(),
        "END".to_owned(),
    ];
    let mut file: Vec<u8> =
        cards.iter().flat_map(|card| format!("{card:<80}").into_bytes()).collect();
    file.resize(file.len().next_multiple_of(2880), b' ');
    // A cheap generator with all bits in use, so that nothing compresses away.
    let mut state = number as u64 + 1;
    for _ in 0..SIDE * SIDE {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        file.extend_from_slice(&((state >> 52) as u16).to_be_bytes());
    }
    file.resize(file.len().next_multiple_of(2880), 0);
    std::fs::write(path, &file)?;
    Ok(file.len())
}
