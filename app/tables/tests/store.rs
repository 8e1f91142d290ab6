//! The store against a stream as the server sends it.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests, outside #[test]

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::*,
    datatypes::{DataType, Field, Int32Type, Schema, TimeUnit},
    ipc::writer::StreamWriter,
};
use tenkyu_tables::{TableError, TableStore};
use tenkyu_wire::{
    Explain, Lang,
    table::{ExportFormat, Reply, Request, ViewRule},
    tables::{ArraySize, Kind},
};

fn noted(name: &str, data_type: DataType, notes: &[(&str, &str)]) -> Field {
    let notes = notes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Field::new(name, data_type, true).with_metadata(notes.collect())
}

fn schema(maxrec: u64) -> Arc<Schema> {
    let pair = DataType::FixedSizeList(Arc::new(Field::new_list_field(DataType::Float64, true)), 2);
    let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)));
    let fields = vec![
        noted("id", DataType::Int64, &[("ucd", "meta.id;meta.main")]),
        noted(
            "ra",
            DataType::Float64,
            &[("unit", "deg"), ("ucd", "pos.eq.ra"), ("description", "Right ascension & <more>")],
        ),
        noted("mag", DataType::Float32, &[("unit", "mag")]),
        noted("name", DataType::Utf8, &[]),
        noted("名前", DataType::Utf8, &[("description", "天体の名前")]),
        noted("flag", DataType::Boolean, &[]),
        noted("obs", DataType::Timestamp(TimeUnit::Millisecond, None), &[]),
        noted("small", DataType::UInt8, &[]),
        noted("pair", pair, &[]),
        noted("list", list, &[]),
    ];
    let about = HashMap::from([("tenkyu.maxrec".to_owned(), maxrec.to_string())]);
    Arc::new(Schema::new_with_metadata(fields, about))
}

/// Ten rows in two batches; row 3 is null in every column but the first.
fn batches(schema: &Arc<Schema>) -> Vec<RecordBatch> {
    let all = RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(Int64Array::from_iter_values([
                9_007_199_254_740_993,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                i64::MIN + 1,
            ])),
            Arc::new(Float64Array::from(vec![
                Some(0.1),
                Some(10.0),
                Some(20.0),
                None,
                Some(40.0),
                Some(50.0),
                Some(f64::NAN),
                Some(-0.0),
                Some(80.0),
                Some(1e-300),
            ])),
            Arc::new(Float32Array::from(vec![
                Some(5.5),
                Some(5.5),
                Some(3.25),
                None,
                Some(7.0),
                Some(-1.5),
                Some(0.1),
                Some(5.5),
                Some(9.0),
                Some(2.0),
            ])),
            Arc::new(StringArray::from(vec![
                Some("M31"),
                Some("NGC 1316"),
                Some(""),
                None,
                Some("a,\"b\""),
                Some("M31"),
                Some("x\ny"),
                Some("NGC 7"),
                Some("M31"),
                Some("z"),
            ])),
            Arc::new(StringArray::from(vec![
                Some("天の川"),
                Some("𝛂"),
                Some("a"),
                None,
                Some("b"),
                Some("c"),
                Some("d"),
                Some("e"),
                Some("f"),
                Some("g"),
            ])),
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                Some(true),
                None,
                Some(true),
                Some(false),
                Some(true),
                Some(false),
                Some(true),
                Some(false),
            ])),
            Arc::new(TimestampMillisecondArray::from(vec![
                Some(0),
                Some(1),
                Some(946_728_000_000),
                None,
                Some(-1),
                Some(5),
                Some(6),
                Some(7),
                Some(8),
                Some(9),
            ])),
            Arc::new(UInt8Array::from(vec![
                Some(255),
                Some(0),
                Some(1),
                None,
                Some(2),
                Some(3),
                Some(4),
                Some(5),
                Some(6),
                Some(7),
            ])),
            Arc::new(
                FixedSizeListArray::from_iter_primitive::<arrow::datatypes::Float64Type, _, _>(
                    (0..10).map(|row| (row != 3).then(|| vec![Some(f64::from(row)), Some(0.5)])),
                    2,
                ),
            ),
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
                (0..10).map(|row| (row != 3).then(|| (0..row % 3).map(Some).collect::<Vec<_>>())),
            )),
        ],
    )
    .expect("batch");
    vec![all.slice(0, 4), all.slice(4, 6)]
}

fn stream(maxrec: u64) -> Vec<u8> {
    let schema = schema(maxrec);
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).expect("writer");
    for batch in batches(&schema) {
        writer.write(&batch).expect("write");
    }
    writer.finish().expect("finish");
    writer.into_inner().expect("bytes")
}

fn store() -> TableStore {
    let mut store = TableStore::default();
    store.push(&stream(100)).expect("push");
    store.finish().expect("finish");
    store
}

fn ask(store: &mut TableStore, request: Request) -> Reply {
    store.answer(request).unwrap_or_else(|error| panic!("{error}")).0
}

fn view(filter: &str, select: &str, sort: Option<(&str, bool)>) -> Request {
    let sort = sort.map(|(column, down)| (column.to_owned(), down));
    Request::View(ViewRule { filter: filter.into(), select: select.into(), sort })
}

/// First cells of the shown rows.
fn ids(store: &mut TableStore) -> Vec<String> {
    match ask(store, Request::Rows { start: 0, count: 100 }) {
        Reply::Rows { cells, .. } => {
            cells.into_iter().map(|row| row[0].clone().unwrap_or_default()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_may_be_cut_anywhere() {
    let bytes = stream(100);
    for size in [1, 7, 64, 1000, bytes.len()] {
        let mut store = TableStore::default();
        for part in bytes.chunks(size) {
            store.push(part).expect("push");
        }
        store.finish().expect("finish");
        let Reply::Progress { rows, bytes: read, columns, done, overflow } = store.progress(true)
        else {
            panic!("progress")
        };
        assert_eq!((rows, read, done, overflow), (10, bytes.len() as u64, true, false));
        assert_eq!((columns[1].unit.as_str(), columns[1].ucd.as_str()), ("deg", "pos.eq.ra"));
        assert_eq!(
            (columns[8].datatype.kind, columns[8].datatype.size),
            (Kind::Double, ArraySize::Fixed(2))
        );
        assert_eq!(
            (columns[9].datatype.size, columns[6].xtype.as_str()),
            (ArraySize::Variable, "timestamp")
        );
    }
}

#[test]
fn a_cut_result_and_a_broken_stream_are_said() {
    let mut store = TableStore::default();
    store.push(&stream(10)).expect("push");
    assert!(matches!(store.progress(true), Reply::Progress { overflow: true, .. }));
    assert!(matches!(store.progress(false), Reply::Progress { overflow: false, .. }));

    let bytes = stream(100);
    let mut broken = TableStore::default();
    broken.push(&bytes[..bytes.len() * 3 / 4]).expect("push");
    assert!(matches!(broken.finish(), Err(TableError::Truncated(4))));
    assert_eq!(ids(&mut broken).len(), 4, "what came can be used");

    let error =
        TableStore::default().push(b"<html>not a table</html> and more of it").expect_err("html");
    assert_eq!(error.code(), "table-not-arrow");
    assert!(matches!(TableStore::default().finish(), Err(TableError::Truncated(0))));
}

#[test]
fn bytes_at_random_never_panic() {
    let good = stream(100);
    let mut state = 77_u64;
    for _ in 0..4_000 {
        let mut bytes = good.clone();
        for _ in 0..4_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // The length of a message is left alone: it may ask for more than there is, and waits.
            let place = 8 + (state >> 33) as usize % (bytes.len() - 8);
            bytes[place] ^= (state >> 20) as u8;
        }
        let mut store = TableStore::default();
        if store.push(&bytes).is_ok() && store.finish().is_ok() {
            let _ = store.answer(Request::Rows { start: 0, count: 10 });
        }
    }
}

#[test]
fn filter_mark_and_sort_agree() {
    let mut store = store();
    let Reply::View { rows, kept, selected } =
        ask(&mut store, view("mag > 2 OR mag IS NULL", "name = 'M31'", None))
    else {
        panic!("view")
    };
    assert_eq!((rows, kept, selected), (10, 7, 2));
    assert_eq!(ids(&mut store), ["9007199254740993", "1", "2", "3", "4", "7", "8"]);
    ask(&mut store, view("mag > 2 OR mag IS NULL", "name = 'M31'", Some(("mag", false))));
    assert_eq!(
        ids(&mut store),
        ["2", "9007199254740993", "1", "7", "4", "8", "3"],
        "stable, null last"
    );
    ask(&mut store, view("mag > 2 OR mag IS NULL", "name = 'M31'", Some(("MAG", true))));
    assert_eq!(ids(&mut store), ["8", "4", "9007199254740993", "1", "7", "2", "3"]);
    match ask(&mut store, Request::Rows { start: 1, count: 2 }) {
        Reply::Rows { start, cells, selected } => {
            assert_eq!((start, cells.len(), selected), (1, 2, vec![false, true]));
            assert_eq!(cells[0][3].as_deref(), Some("a,\"b\""));
        }
        other => panic!("{other:?}"),
    }
    ask(&mut store, view("", "", Some(("name", false))));
    assert_eq!(
        ids(&mut store),
        ["2", "9007199254740993", "5", "8", "1", "7", "4", "6", "-9223372036854775807", "3"]
    );
    ask(&mut store, view("", "", Some(("ra", true))));
    assert_eq!(ids(&mut store)[8..], ["3", "6"], "null and NaN last, in their order");
    for column in ["id", "flag", "obs", "small", "名前"] {
        ask(&mut store, view("", "", Some((column, false))));
        assert_eq!(ids(&mut store).len(), 10);
    }
    assert_eq!(
        ask(&mut store, Request::Rows { start: 50, count: 5 }),
        Reply::Rows { start: 50, cells: vec![], selected: vec![] }
    );
}

#[test]
fn a_bad_rule_leaves_the_view_as_it_was() {
    let mut store = store();
    ask(&mut store, view("id = 1", "", None));
    for (rule, code) in [
        (view("idd = 1", "", None), "adql-unknown-column"),
        (view("", "id >", None), "adql-syntax"),
        (view("", "", Some(("no", false))), "table-no-column"),
        (view("", "", Some(("list", false))), "table-not-sortable"),
    ] {
        assert_eq!(store.answer(rule).expect_err("bad").code(), code);
    }
    assert_eq!(ids(&mut store), ["1"]);
}

#[test]
fn rows_that_arrive_later_are_filtered_too() {
    let schema = schema(100);
    let parts = batches(&schema);
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).expect("writer");
    let mut store = TableStore::default();
    for (part, kept_after) in parts.iter().zip([2, 6]) {
        writer.write(part).expect("write");
        store.push(&std::mem::take(writer.get_mut())).expect("push");
        let Reply::View { kept, .. } = ask(&mut store, view("ra > 1", "", Some(("ra", false))))
        else {
            panic!("view")
        };
        assert_eq!(kept, if kept_after == 2 { 2 } else { 5 });
    }
}

#[test]
fn counts_add_up() {
    let mut store = store();
    ask(&mut store, view("mag > 5", "name = 'M31'", None));
    let histogram = |store: &mut TableStore, column: &str, bins, range| {
        ask(store, Request::Histogram { column: column.into(), bins, range })
    };
    let Reply::Histogram { low, high, all, kept, selected, nulls } =
        histogram(&mut store, "mag", 3, None)
    else {
        panic!()
    };
    assert_eq!((low, high, nulls), (-1.5, 9.0, 1));
    assert_eq!((all, kept, selected), (vec![2, 2, 5], vec![0, 0, 5], vec![0, 0, 2]));
    let Reply::Histogram { all, nulls, .. } = histogram(&mut store, "ra", 2, Some((0.0, 20.0)))
    else {
        panic!()
    };
    assert_eq!((all, nulls), (vec![3, 2], 2), "the upper edge is in the last bin; NaN is no value");
    let Reply::Histogram { low, high, .. } = histogram(&mut store, "obs", 5, None) else {
        panic!()
    };
    assert_eq!((low, high), (-0.001, 946_728_000.0));
    assert_eq!(
        store
            .answer(Request::Histogram { column: "name".into(), bins: 5, range: None })
            .expect_err("text")
            .code(),
        "table-not-numbers"
    );
    let Reply::Texts { texts, nulls, distinct } =
        ask(&mut store, Request::Texts { column: "name".into(), limit: 2 })
    else {
        panic!()
    };
    assert_eq!((texts, nulls, distinct), (vec![("M31".to_owned(), 3), (String::new(), 1)], 1, 7));
}

#[test]
fn points_are_offsets_with_flags() {
    let mut store = store();
    ask(&mut store, view("mag < 9", "name = 'M31'", None));
    let (reply, buffers) =
        store.answer(Request::Points { x: "ra".into(), y: "mag".into() }).expect("points");
    let Reply::Points { origin, x_range, y_range } = reply else { panic!() };
    assert_eq!((x_range, y_range, origin.0), ((-0.0, 50.0), (-1.5, 7.0), 25.0));
    assert_eq!(buffers[2], [2, 1, 1, 0, 1, 2, 0, 1, 0, 1]);
    let x: Vec<f32> =
        buffers[0].chunks(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    assert_eq!(x[..3], [-24.9, -15.0, -5.0]);
}

#[test]
fn requests_travel_as_json() {
    let mut store = store();
    let (reply, buffers) =
        store.handle(r#"{"op":"view","filter":"ra > 5","select":"","sort":null}"#, Lang::En);
    assert_eq!(
        (reply.as_str(), buffers.len()),
        (r#"{"reply":"view","rows":10,"kept":5,"selected":0}"#, 0)
    );
    let (reply, _) =
        store.handle(r#"{"op":"view","filter":"rra > 5","select":"","sort":null}"#, Lang::Ja);
    assert!(
        reply.contains("\"failed\"")
            && reply.contains("adql-unknown-column")
            && reply.contains("列"),
        "{reply}"
    );
    let (reply, _) = store.handle("{}", Lang::En);
    assert!(reply.contains("table-request"));
    let (reply, _) =
        TableStore::default().handle(r#"{"op":"texts","column":"a","limit":3}"#, Lang::En);
    assert!(reply.contains("table-nothing-open"));
}

#[test]
fn csv_follows_the_rfc() {
    let mut store = store();
    ask(&mut store, view("id IN (1, 2, 3, 4)", "", Some(("id", true))));
    let (reply, buffers) =
        store.answer(Request::Export { format: ExportFormat::Csv, selected: false }).expect("csv");
    assert!(
        matches!(reply, Reply::Export { content_type } if content_type.starts_with("text/csv"))
    );
    let text = String::from_utf8(buffers.into_iter().next().expect("file")).expect("UTF-8");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "id,ra,mag,name,名前,flag,obs,small,pair,list");
    assert_eq!(lines[1], "4,40.0,7.0,\"a,\"\"b\"\"\",b,true,1969-12-31T23:59:59.999,2,4.0 0.5,0");
    assert_eq!(lines[2], "3,,,,,,,,,");
    assert_eq!(lines[3], "2,20.0,3.25,\"\",a,true,2000-01-01T12:00:00,1,2.0 0.5,0 1");
    assert_eq!((lines[5], lines.len()), ("", 6));
}

/// Writes every format and has other people's readers read them, where Python has them.
#[test]
fn files_are_read_by_other_readers() {
    let folder = tempfile::tempdir().expect("folder");
    let mut store = store();
    ask(&mut store, view("", "mag > 3", Some(("ra", false))));
    for (format, name) in [
        (ExportFormat::Csv, "all.csv"),
        (ExportFormat::Votable, "all.vot"),
        (ExportFormat::Fits, "all.fits"),
        (ExportFormat::Parquet, "all.parquet"),
    ] {
        for (selected, name) in [(false, name.to_owned()), (true, name.replace("all", "marked"))] {
            let (_, buffers) = store.answer(Request::Export { format, selected }).expect("export");
            std::fs::write(folder.path().join(name), &buffers[0]).expect("write");
        }
    }
    let python = std::env::var("TENKYU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = std::process::Command::new(&python).args(["-c", "import astropy"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no astropy; set TENKYU_PYTHON");
        return;
    }
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/export_check.py");
    let output = std::process::Command::new(&python)
        .arg(script)
        .arg(folder.path())
        .output()
        .expect("python");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn an_empty_result_can_be_saved() {
    let schema = schema(100);
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).expect("writer");
    writer.finish().expect("finish");
    let mut store = TableStore::default();
    store.push(&writer.into_inner().expect("bytes")).expect("push");
    store.finish().expect("finish");
    for format in
        [ExportFormat::Csv, ExportFormat::Votable, ExportFormat::Fits, ExportFormat::Parquet]
    {
        let (_, buffers) =
            store.answer(Request::Export { format, selected: false }).expect("export");
        assert!(!buffers[0].is_empty());
    }
    assert!(matches!(
        ask(&mut store, Request::Histogram { column: "ra".into(), bins: 4, range: None }),
        Reply::Histogram { .. }
    ));
    let (reply, _) =
        store.answer(Request::Points { x: "ra".into(), y: "mag".into() }).expect("points");
    assert!(serde_json::to_string(&reply).expect("json").contains("[0.0,0.0]"));
}
