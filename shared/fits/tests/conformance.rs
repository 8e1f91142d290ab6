//! Values agree with astropy's, bit by bit.

mod truth;

use std::path::Path;

use tenkyu_fits::Fits;

#[test]
fn files_of_every_kind_agree_with_astropy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let tally = truth::compare(&folder.join("truth.jsonl"), &folder).unwrap();
    assert_eq!(tally.differences, Vec::<String>::new());
    assert!(tally.files >= 20 && tally.hdus > tally.files, "{tally:?}");
    assert!(tally.compared["pixel"] > 4000 && tally.compared["cell"] > 1000, "{tally:?}");
    assert_eq!(tally.compared["section"], tally.compared["shape"]);
}

#[test]
fn a_compressed_table_holds_what_the_plain_one_holds() {
    let Some(folder) = shared_data() else { return };
    let read = |name: &str| {
        Fits::from_bytes(std::fs::read(folder.join("torture/nom_tam").join(name)).unwrap()).unwrap()
    };
    let (plain, packed) = (read("bt12.fits"), read("bt12.fits.fz"));
    let (plain, packed) = (plain.table(1).unwrap(), packed.table(1).unwrap());
    assert_eq!((plain.rows(), plain.columns().len()), (packed.rows(), packed.columns().len()));
    for i in 0..plain.columns().len() {
        let (a, b) =
            (plain.read(i, 0..plain.rows()).unwrap(), packed.read(i, 0..plain.rows()).unwrap());
        for row in 0..a.rows {
            assert_eq!(a.cell(row), b.cell(row), "column {i} row {row}");
        }
    }
}

fn shared_data() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("TENKYU_SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        Into::into,
    );
    if !folder.exists() {
        println!("skipped: there is no shared data");
        return None;
    }
    Some(folder)
}
