//! Groups by whole numbers against groups that are counted here from the rows themselves.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use crate::support::{Lab, lines};

const ROWS: u64 = 20_000;

fn column(batches: &[RecordBatch], index: usize) -> Vec<Option<f64>> {
    let arrays = batches.iter().map(|b| cast(b.column(index), &DataType::Float64).unwrap());
    let doubles = arrays.map(|a| a.as_primitive::<Float64Type>().clone());
    doubles
        .flat_map(|a: Float64Array| {
            (0..a.len()).map(|i| a.is_valid(i).then(|| a.value(i))).collect::<Vec<_>>()
        })
        .collect()
}

fn dense(lab: &Lab, adql: &str) -> Vec<RecordBatch> {
    let (batches, stats) = lab.run(adql).unwrap_or_else(|e| panic!("{adql}: {e}"));
    assert!(stats.plan().contains("DenseAggregateExec"), "{adql}\n{}", stats.plan());
    batches
}

#[test]
fn histograms_have_the_counts_and_sums_of_their_rows() {
    let lab = Lab::stars(ROWS, 3000);
    let (rows, _) = lab.run("SELECT r, pmra FROM sky.stars").unwrap();
    let mut expected: BTreeMap<i64, (u64, u64, f64, f64)> = BTreeMap::new();
    for (r, pm) in column(&rows, 0).into_iter().zip(column(&rows, 1)) {
        let bin =
            expected.entry((r.unwrap() * 5.0).floor() as i64).or_insert((0, 0, 0.0, f64::MAX));
        bin.0 += 1;
        if let Some(pm) = pm {
            *bin = (bin.0, bin.1 + 1, bin.2 + pm, bin.3.min(pm));
        }
    }
    let batches = dense(
        &lab,
        "SELECT FLOOR(r * 5.0) AS bin, COUNT(*), COUNT(pmra), SUM(pmra), MIN(pmra) \
         FROM sky.stars GROUP BY FLOOR(r * 5.0) ORDER BY bin",
    );
    let all: Vec<Vec<Option<f64>>> = (0..5).map(|c| column(&batches, c)).collect();
    assert_eq!(all[0].len(), expected.len());
    for (row, (bin, (count, known, sum, least))) in expected.into_iter().enumerate() {
        let got: Vec<f64> = all.iter().map(|c| c[row].unwrap_or(f64::MAX)).collect();
        assert_eq!(got[..3], [bin as f64, count as f64, known as f64]);
        assert!((got[3] - sum).abs() < 1e-6 * sum.abs().max(1.0) || known == 0);
        assert!((got[4] - least).abs() < 1e-12);
    }
}

#[test]
fn several_keys_nulls_and_wide_ranges_are_grouped() {
    let lab = Lab::stars(ROWS, 3000);
    let (rows, _) = lab.run("SELECT pmra, r FROM sky.stars").unwrap();
    for (scale, digits) in [("2", 2.0), ("100000000", 1e8)] {
        let mut expected: BTreeMap<(Option<i64>, i64), u64> = BTreeMap::new();
        for (pm, r) in column(&rows, 0).into_iter().zip(column(&rows, 1)) {
            let key = (pm.map(|p| (p * digits).floor() as i64), r.unwrap().floor() as i64);
            *expected.entry(key).or_insert(0) += 1;
        }
        assert!(expected.keys().any(|k| k.0.is_none()));
        let adql = format!(
            "SELECT FLOOR(CAST(pmra AS DOUBLE PRECISION) * {scale}) AS x, FLOOR(r) AS y, COUNT(*) AS n \
             FROM sky.stars GROUP BY FLOOR(CAST(pmra AS DOUBLE PRECISION) * {scale}), FLOOR(r)"
        );
        let batches = dense(&lab, &adql);
        let (x, y, n) = (column(&batches, 0), column(&batches, 1), column(&batches, 2));
        let got: BTreeMap<(Option<i64>, i64), u64> = (0..x.len())
            .map(|i| ((x[i].map(|v| v as i64), y[i].unwrap() as i64), n[i].unwrap() as u64))
            .collect();
        assert_eq!(got, expected);
        assert_eq!(x.len(), expected.len());
    }
}

#[test]
fn maps_of_density_count_every_row_once() {
    let lab = Lab::stars(ROWS, 3000);
    let batches = dense(
        &lab,
        "SELECT IVO_HEALPIX_INDEX(4, ra, dec) AS cell, COUNT(*) AS n FROM sky.stars \
         GROUP BY IVO_HEALPIX_INDEX(4, ra, dec)",
    );
    let (cells, counts) = (column(&batches, 0), column(&batches, 1));
    assert_eq!(counts.iter().map(|n| n.unwrap()).sum::<f64>() as u64, ROWS);
    let shifted = lab
        .text("SELECT COUNT(*) FROM (SELECT DISTINCT _healpix_29 / 1125899906842624 AS c FROM sky.stars) AS t")
        .unwrap();
    assert_eq!(shifted[1], cells.len().to_string());
    // A condition that no statistics of a column decide: else nothing would be scanned at all.
    let empty =
        dense(&lab, "SELECT FLOOR(r), COUNT(*) FROM sky.stars WHERE r + g < 0 GROUP BY FLOOR(r)");
    assert_eq!(lines(&empty).len(), 1);
}
