//! Filters on a small batch with every kind of column and every kind of hole.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests, outside #[test]

use std::sync::Arc;

use arrow::{
    array::*,
    datatypes::{DataType, Field, Schema, TimeUnit},
};
use tenkyu_adql::filter::{Expression, Filter, FilterError};
use tenkyu_wire::{Explain, Lang};

fn batch() -> RecordBatch {
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array);
    let columns: Vec<(String, ArrayRef)> = vec![
        column("i", Arc::new(Int32Array::from(vec![Some(1), Some(-7), None, Some(0), Some(3)]))),
        column(
            "long",
            Arc::new(Int64Array::from(vec![
                Some(i64::MAX),
                Some(i64::MIN),
                Some(2),
                None,
                Some(9_007_199_254_740_993),
            ])),
        ),
        column("u", Arc::new(UInt64Array::from(vec![1, 2, 3, 4, 5]))),
        column(
            "x",
            Arc::new(Float64Array::from(vec![
                Some(1.5),
                Some(f64::NAN),
                None,
                Some(-0.0),
                Some(1e300),
            ])),
        ),
        column(
            "f",
            Arc::new(Float32Array::from(vec![
                Some(0.1),
                Some(2.0),
                Some(f32::NAN),
                None,
                Some(4.0),
            ])),
        ),
        column(
            "name",
            Arc::new(StringArray::from(vec![
                Some("M31"),
                Some("NGC 1316"),
                None,
                Some(""),
                Some("天の川"),
            ])),
        ),
        column(
            "sv",
            Arc::new(StringViewArray::from(vec![Some("a"), None, Some("c"), Some("d"), Some("e")])),
        ),
        column(
            "flag",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                None,
                Some(true),
                Some(false),
            ])),
        ),
        column(
            "t",
            Arc::new(TimestampMillisecondArray::from(vec![
                Some(0),
                Some(946_728_000_000),
                None,
                Some(-1),
                Some(1),
            ])),
        ),
        column(
            "iso",
            Arc::new(StringArray::from(vec![
                "1970-01-01",
                "2000-01-01T12:00:00Z",
                "bad",
                "1969-12-31",
                "2024-02-29",
            ])),
        ),
        column("ra", Arc::new(Float64Array::from(vec![10.0, 359.95, 180.0, 0.0, 45.0]))),
        column("dec", Arc::new(Float64Array::from(vec![41.0, 0.0, -90.0, 90.0, 0.02]))),
        column("Mixed Case", Arc::new(Int16Array::from(vec![1, 2, 3, 4, 5]))),
    ];
    RecordBatch::try_from_iter(columns).expect("batch")
}

/// `T`, `F` or `?` for each row.
fn answer(text: &str) -> String {
    let batch = batch();
    let filter =
        Filter::compile(text, &batch.schema()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let truth = filter.evaluate(&batch).expect("evaluate");
    assert_eq!(truth.len(), batch.num_rows(), "{text}");
    let mask = filter.mask(&batch).expect("mask");
    truth
        .iter()
        .zip(mask.iter())
        .map(|(truth, passes)| {
            assert_eq!(truth == Some(true), passes);
            match truth {
                Some(true) => 'T',
                Some(false) => 'F',
                None => '?',
            }
        })
        .collect()
}

#[test]
fn truth_follows_sql() {
    for (text, expected) in [
        // comparisons and holes
        ("i > 0", "TF?FT"),
        ("NOT i > 0", "FT?TF"),
        ("0 < i", "TF?FT"),
        ("x >= 0", "T??TT"),
        ("x = 0", "F??TF"),
        ("x IS NULL", "FTTFF"),
        ("f IS NOT NULL", "TTFFT"),
        ("i = NULL", "?????"),
        ("NULL IS NULL", "TTTTT"),
        ("i > 0 OR x > 1", "T??FT"),
        ("i > 0 AND x > 1", "T??FT".replace("??", "F?").as_str()),
        ("i IS NULL OR i < 0", "FTTFF"),
        ("flag", "TF?TF"),
        ("NOT flag", "FT?FT"),
        ("flag = TRUE", "TF?TF"),
        ("flag <> (i > 0)", "FF?TT"),
        ("TRUE", "TTTTT"),
        ("NULL", "?????"),
        // exactness
        ("long = 9223372036854775807", "TFF?F"),
        ("long = -9223372036854775808", "FTF?F"),
        ("long = 9007199254740992", "FFF?F"),
        ("f = 0.1", "FF??F"),
        ("f > 0.1", "TT??T"),
        ("u >= 4", "FFFTT"),
        // arithmetic
        ("i / 2 = 0", "TF?TF"),
        ("-7 / 2 = -3 AND MOD(-7, 2) = -1", "TTTTT"),
        ("i / 0 IS NULL", "TTTTT"),
        ("1.0 / i > 0", "TF??T"),
        ("long + 1 IS NULL", "TFFTF"),
        ("i * 2 + 1 = 3", "TF?FF"),
        ("x * 1e300 > 1", "T??FT"),
        ("SQRT(i) IS NULL", "FTTFF"),
        ("ABS(i) = 7", "FT?FF"),
        ("ROUND(x) = 2", "T??FF"),
        ("ROUND(2.345, 2) = 2.35 OR ROUND(2.345, 2) = 2.34", "TTTTT"),
        ("TRUNCATE(-1.29, 1) = -1.2 AND ROUND(1250, -2) = 1300", "TTTTT"),
        ("POWER(i, 2) = 49", "FT?FF"),
        ("LOG10(100) = 2 AND FLOOR(-0.5) = -1 AND CEILING(0.5) = 1", "TTTTT"),
        ("DEGREES(PI()) = 180 AND COS(RADIANS(0)) = 1 AND ATAN2(0, 1) = 0", "TTTTT"),
        // between, in
        ("i BETWEEN 0 AND 2", "TF?TF"),
        ("i NOT BETWEEN 0 AND 2", "FT?FT"),
        ("i BETWEEN 0 AND NULL", "?F???"),
        ("i IN (1, 3)", "TF?FT"),
        ("i NOT IN (1, 3)", "FT?TF"),
        ("i IN (1, NULL)", "T????"),
        ("i NOT IN (1, NULL)", "F????"),
        ("i IN (1, 0.0, i)", "TT?TT"),
        ("x IN (1.5, 0)", "T??TF"),
        ("name IN ('M31', '')", "TF?TF"),
        ("i IN (NULL)", "?????"),
        // texts
        ("name = 'M31'", "TF?FF"),
        ("name < 'N'", "TF?TF"),
        ("name LIKE 'M__'", "TF?FF"),
        ("name LIKE '%川'", "FF?FT"),
        ("name NOT LIKE '%1%'", "FF?TT"),
        ("name ILIKE 'ngc%'", "FT?FF"),
        ("name LIKE NULL", "?????"),
        ("LOWER(name) = 'm31'", "TF?FF"),
        ("UPPER('m31') = name", "TF?FF"),
        ("name || '!' = 'M31!'", "TF?FF"),
        ("sv = 'c'", "F?TFF"),
        ("COALESCE(name, sv) = 'c'", "FFTFF"),
        ("COALESCE(i, x, -1) = -1", "FFTFF"),
        ("COALESCE(NULL, flag, FALSE)", "TFFTF"),
        // times
        ("t >= TIMESTAMP '1970-01-01'", "TT?FT"),
        ("t < '1970-01-01T00:00:00.001'", "TF?TF"),
        ("t = TIMESTAMP '1999-12-31T12:00:00' + INTERVAL '1' DAY", "FT?FF"),
        ("t - INTERVAL '0.001' SECOND = TIMESTAMP('1970-01-01')", "FF?FT"),
        ("iso > TIMESTAMP '1999-01-01'", "FT?FT"),
        // casts
        ("CAST(x AS INTEGER) = 1", "T??F?"),
        ("CAST('12' AS DOUBLE PRECISION) = 12", "TTTTT"),
        ("CAST(i AS VARCHAR) = '-7'", "FT?FF"),
        ("CAST(0.1 AS REAL) = f", "TF??F"),
        ("CAST(70000 AS SMALLINT) IS NULL", "TTTTT"),
        // the sky
        ("1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 0, 0, 0.1))", "FTFFF"),
        ("CONTAINS(POINT(ra, dec), CIRCLE(POINT(10.5, 41), 1)) = 1", "TFFFF"),
        ("0 = CONTAINS(POINT(ra, dec), CIRCLE(0, 90, 0))", "TTTFT"),
        ("1 = INTERSECTS(POINT(ra, dec), POLYGON(359, -1, 1, -1, 1, 1, 359, 1))", "FTFFF"),
        (
            "1 = CONTAINS(POINT(ra, dec), POLYGON(POINT(40, -1), POINT(50, -1), POINT(45, 5)))",
            "FFFFT",
        ),
        ("1 = CONTAINS(POINT(ra, dec), BOX('ICRS', 10, 41, 2, 2))", "TFFFF"),
        ("DISTANCE(ra, dec, 0, 0) < 0.1", "FTFFF"),
        ("DISTANCE(POINT(ra, dec), POINT(0, 90)) <= 49", "TFFTF"),
        ("COORD1(POINT(ra, dec)) = 10 AND COORD2(POINT(ra, dec)) = 41", "TFFFF"),
        ("\"Mixed Case\" = 2 OR I = 3", "FT?FT"),
        ("FALSE AND \"Mixed Case\" / 0 = 1", "FFFFF"),
    ] {
        assert_eq!(answer(text), expected, "{text}");
    }
}

#[test]
fn what_a_filter_cannot_do_is_said() {
    let batch = batch();
    for (text, code, place) in [
        ("i >", "adql-syntax", (4, 3)),
        ("ii > 1", "adql-unknown-column", (1, 2)),
        ("nmae = 'x'", "adql-unknown-column", (1, 4)),
        ("\"I\" = 1", "adql-unknown-column", (1, 3)),
        ("t.i = 1", "adql-unknown-table", (1, 1)),
        ("i", "adql-type", (1, 1)),
        ("name > 1", "adql-type", (1, 8)),
        ("i LIKE '1'", "adql-type", (1, 1)),
        ("t > 'yesterday'", "adql-type", (5, 15)),
        ("t > TIMESTAMP 'yesterday'", "adql-type", (5, 25)),
        ("CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))", "adql-type", (1, 41)),
        ("COUNT(*) > 1", "filter-unsupported", (1, 8)),
        ("i IN (SELECT a FROM t)", "filter-unsupported", (1, 22)),
        ("EXISTS (SELECT a FROM t)", "filter-unsupported", (1, 24)),
        ("RAND() < 0.5", "filter-unsupported", (1, 6)),
        ("ivo_healpix_index(1, ra, dec) = 1", "filter-unsupported", (1, 29)),
        ("ABS(1, 2) = 1", "adql-arguments", (1, 9)),
        ("1 = CONTAINS(POINT('GALACTIC', ra, dec), CIRCLE(1, 2, 3))", "filter-frame", (14, 39)),
        (
            "1 = CONTAINS(POINT(ra, dec), POLYGON(0, 0, 120, 0, 240, 0))",
            "filter-unsupported",
            (30, 58),
        ),
    ] {
        let error =
            Filter::compile(text, &batch.schema()).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(error.code(), code, "{text}");
        let at = error.place().unwrap_or_else(|| panic!("{text}"));
        assert_eq!((at.column as usize, at.end), place, "{text}");
        for lang in [Lang::En, Lang::Ja] {
            assert!(!error.detail(lang).is_empty() && !error.detail(lang).contains('{'), "{text}");
        }
    }
}

#[test]
fn a_batch_of_another_schema_is_refused() {
    let filter = Filter::compile("i > 0", &batch().schema()).expect("filter");
    let other =
        RecordBatch::try_from_iter([("i", Arc::new(StringArray::from(vec!["x"])) as ArrayRef)]);
    assert!(matches!(filter.evaluate(&other.expect("batch")), Err(FilterError::Column(_))));
}

#[test]
fn unsigned_integers_beyond_the_signed_range_are_not_bent() {
    let big: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let batch = RecordBatch::try_from_iter([("u", big)]).expect("batch");
    let filter = Filter::compile("u > 0", &batch.schema()).expect("filter");
    assert!(matches!(filter.evaluate(&batch), Err(FilterError::Column(_))));
}

#[test]
fn values_keep_their_type() {
    let batch = batch();
    let value = |text: &str| {
        let expression = Expression::compile(text, &batch.schema()).expect("compile");
        let array = expression.evaluate(&batch).expect("evaluate");
        assert_eq!(array.len(), batch.num_rows());
        array
    };
    assert_eq!(
        value("i + 1").as_ref(),
        &Int64Array::from(vec![Some(2), Some(-6), None, Some(1), Some(4)])
    );
    assert_eq!(value("f * 2").data_type(), &DataType::Float64);
    assert_eq!(value("name || 'x'").data_type(), &DataType::Utf8);
    assert_eq!(value("1").as_ref(), &Int64Array::from(vec![1; 5]));
    assert_eq!(value("'a'").as_ref(), &StringArray::from(vec!["a"; 5]));
    assert_eq!(value("i > 0").data_type(), &DataType::Boolean);
    assert_eq!(value("t").data_type(), &DataType::Timestamp(TimeUnit::Microsecond, None));
}

#[test]
fn an_empty_batch_is_filtered_too() {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Float64, true)]));
    let filter = Filter::compile("a > 1 OR a IN (1, 2) OR TRUE OR NULL", &schema).expect("filter");
    assert_eq!(filter.evaluate(&RecordBatch::new_empty(schema)).expect("evaluate").len(), 0);
}

#[test]
fn operands_that_multiply_are_refused() {
    let mut text = "i".to_owned();
    for _ in 0..40 {
        text = format!("CAST({text} BETWEEN 0 AND i AS INTEGER)");
    }
    let error =
        Filter::compile(&format!("{text} = 1"), &batch().schema()).err().map(|error| error.code());
    assert_eq!(error, Some("adql-too-deep"));
}
