//! Every file of the shared data is walked through without a panic and in bounded time. Companions
//! that need no shared data: `robust.rs` and `conformance.rs`.

mod walk;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tenkyu_fits::{Fits, Limits};

fn shared_data() -> Option<PathBuf> {
    let folder = std::env::var_os("TENKYU_SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if !folder.exists() {
        println!("skipped: there is no shared data");
        return None;
    }
    Some(folder)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn the_shared_data_is_survived() {
    let Some(folder) = shared_data() else { return };
    let mut found = Vec::new();
    for part in ["torture", "images", "cubes", "xray", "spectra", "catalogs", "lightcurves"] {
        files(&folder.join(part), &mut found);
    }
    let limits = Limits { bytes: 1 << 30, ..Limits::default() };
    let (mut opened, mut hdus) = (0, 0);
    for path in &found {
        let Ok(bytes) = fs::read(path) else { continue };
        let start = Instant::now();
        let walk = walk::walk(&bytes, limits);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(60), "{}: {took:?}", path.display());
        opened += usize::from(walk.hdus > 0);
        hdus += walk.hdus;
    }
    println!("{opened} of {} files are FITS, {hdus} HDUs", found.len());
    assert!(opened > 100 && hdus > opened);
}

#[test]
fn compress_files_are_unpacked() {
    let Some(folder) = shared_data() else { return };
    let path = folder.join("torture/nom_tam/rp600245n00_im1.fits.Z");
    let fits = Fits::from_bytes(fs::read(path).unwrap()).unwrap();
    assert_eq!(fits.hdus()[0].shape(), [512, 512]);
    assert_eq!(fits.image(0).unwrap().raw_all().unwrap().len(), 512 * 512);
}
