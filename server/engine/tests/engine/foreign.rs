//! Catalogues of other writers, whose files hold NaN and −0.

use std::{fs, path::Path, sync::Arc};

use arrow::array::{ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use tenkyu_engine::sphere::healpix29;

use crate::support::Lab;

/// A catalogue of one partition with a float `x` for each row, as other tools write it.
fn write(dir: &Path, x: &[f64]) {
    let position = |row: usize| (45.0 + 1e-3 * row as f64, 20.0);
    let rows = 0..x.len();
    let index: Vec<i64> =
        rows.clone().map(|row| healpix29(position(row).0, position(row).1)).collect();
    let columns: [(&str, ArrayRef); 6] = [
        ("_healpix_29", Arc::new(Int64Array::from(index.clone()))),
        ("id", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| row as i64)))),
        ("ra", Arc::new(Float64Array::from_iter_values(rows.clone().map(|row| position(row).0)))),
        ("dec", Arc::new(Float64Array::from_iter_values(rows.map(|row| position(row).1)))),
        ("x", Arc::new(Float64Array::from(x.to_vec()))),
        ("x32", Arc::new(Float32Array::from_iter_values(x.iter().map(|&v| v as f32)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let pixel = index[0] >> 58;
    let folder = dir.join("dataset/Norder=0/Dir=0");
    fs::create_dir_all(&folder).unwrap();
    let file = fs::File::create(folder.join(format!("Npix={pixel}.parquet"))).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    fs::write(dir.join("partition_info.csv"), format!("Norder,Npix\n0,{pixel}\n")).unwrap();
    let lines = "obs_collection=far\ndataproduct_type=object\nhats_col_ra=ra\nhats_col_dec=dec\n";
    fs::write(dir.join("hats.properties"), format!("{lines}hats_nrows={}\n", x.len())).unwrap();
}

#[test]
fn nan_is_null_and_the_zeros_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[f64::NAN, -0.0, 0.0, 1.0, -1.0, f64::NAN, -0.0]);
    let lab = Lab::empty();
    lab.engine.link(folder.path().to_str().unwrap(), "far.stars").unwrap();
    // The second form of each reads through the spatial index.
    for place in ["", " AND DISTANCE(ra, dec, 45.0, 20.0) < 0.1"] {
        for column in ["x", "x32"] {
            let ids = |condition: &str| {
                let query = format!(
                    "SELECT id FROM far.stars AS t WHERE {}{place} ORDER BY id",
                    condition.replace('x', column)
                );
                lab.ids(&query)
            };
            assert_eq!(ids("x IS NULL"), [0, 5]);
            assert_eq!(ids("x > 0"), [3]);
            assert_eq!(ids("x >= 0"), [1, 2, 3, 6]);
            assert_eq!(ids("x = 0"), [1, 2, 6]);
            assert_eq!(ids("x < 0"), [4]);
            assert_eq!(ids("NOT (x > 0)"), [1, 2, 4, 6]);
            assert_eq!(ids("x * -3 >= 0 AND -x >= 0 AND x / -2 >= 0"), [1, 2, 4, 6]);
            assert_eq!(ids("MOD(x, 7.5) = 0 AND ROUND(x / 10.0) >= 0"), [1, 2, 6]);
        }
        let ordered = format!("SELECT id FROM far.stars WHERE id < 100{place} ORDER BY x, id");
        assert_eq!(lab.text(&ordered).unwrap()[1..], ["4", "1", "2", "6", "3", "0", "5"]);
        let counts = format!(
            "SELECT x, COUNT(*) AS n, COUNT(x) AS k FROM far.stars WHERE id < 100{place} \
             GROUP BY x ORDER BY x"
        );
        let found = lab.text(&counts).unwrap();
        assert_eq!(found[1..], ["-1.0 | 1 | 1", "0.0 | 3 | 3", "1.0 | 1 | 1", "∅ | 2 | 0"]);
    }
    let found = lab.text("SELECT MIN(x), MAX(x), COUNT(x), COUNT(*) FROM far.stars").unwrap();
    assert_eq!(found[1..], ["-1.0 | 1.0 | 5 | 7"]);
}
