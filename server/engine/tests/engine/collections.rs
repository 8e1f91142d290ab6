//! Collections: margin caches, id indexes, several files in one table, several tables in one query.

use std::{fs, path::PathBuf};

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::{Float64Type, Int64Type},
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tenkyu_engine::{
    EngineError, ImportOptions, ImportReport, generate,
    hats::{
        Cell,
        place::Place,
        read::{self, Catalog},
    },
    sphere::healpix29,
};

use crate::support::Lab;

fn import(lab: &Lab, rows: u64, options: ImportOptions) -> (ImportReport, Catalog) {
    let report = generate::import(lab.dir.path(), rows, 7, &options, &mut |_| {}).unwrap();
    lab.engine.reload().unwrap();
    let dir = lab.dir.path().join(options.name.replace('.', "/")).join(&report.snapshot);
    (report, read::open(&Place::Folder(dir)).unwrap())
}

fn rows(catalog: &Catalog, name: &str) -> RecordBatch {
    let Place::Folder(dir) = &catalog.place else { panic!("not a folder") };
    let file = fs::File::open(dir.join(name)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn ids(batch: &RecordBatch) -> Vec<i64> {
    batch.column_by_name("id").unwrap().as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn the_margin_holds_every_row_near_a_rim() {
    let lab = Lab::empty();
    let arcsec = 1800.0;
    let options = ImportOptions {
        max_rows: 400,
        margin_arcsec: Some(arcsec),
        memory_bytes: 1 << 20,
        ..ImportOptions::new("sky.stars")
    };
    let (report, catalog) = import(&lab, 10_000, options);
    assert!(report.margin);
    let [margin] = catalog.margins.as_slice() else { panic!("{:?}", catalog.margins) };
    assert_eq!(margin.threshold, arcsec);
    assert_eq!(margin.catalog.schema, catalog.schema);
    let cells: Vec<Cell> = catalog.files.iter().filter_map(|f| f.cell).collect();
    let cell_of = |lon: f64, lat: f64| {
        let index = healpix29(lon, lat);
        cells.iter().copied().find(|c| (c.span().0..c.span().1).contains(&index))
    };
    let margin_ids = |cell: Cell| -> Vec<i64> {
        let file = margin.catalog.files.iter().find(|f| f.cell == Some(cell));
        file.map(|f| ids(&rows(&margin.catalog, &f.name))).unwrap_or_default()
    };
    let (mut near, mut copies) = (0, 0);
    let all: Vec<(Cell, Vec<i64>)> = cells.iter().map(|&c| (c, margin_ids(c))).collect();
    for file in &catalog.files {
        let batch = rows(&catalog, &file.name);
        let column = |n| batch.column_by_name(n).unwrap().as_primitive::<Float64Type>().clone();
        let (ra, dec) = (column("ra"), column("dec"));
        for (row, id) in ids(&batch).into_iter().enumerate() {
            let (lon, lat) = (ra.value(row), dec.value(row));
            let own = cell_of(lon, lat);
            assert_eq!(own, file.cell);
            for k in 0..8 {
                let angle = f64::from(k) * 45f64.to_radians();
                let step = 0.98 * arcsec / 3600.0;
                let b = (lat + step * angle.sin()).clamp(-90.0, 90.0);
                let a = lon
                    + step * angle.cos() / b.to_radians().cos().abs().max(lat.to_radians().cos());
                if let Some(other) = cell_of(a, b).filter(|c| Some(*c) != own) {
                    let (_, held) = all.iter().find(|(c, _)| *c == other).unwrap();
                    assert!(held.contains(&id), "{id} near {other:?}");
                    near += 1;
                }
            }
        }
    }
    for (cell, held) in &all {
        let file = catalog.files.iter().find(|f| f.cell == Some(*cell)).unwrap();
        let own = ids(&rows(&catalog, &file.name));
        assert!(held.iter().all(|id| !own.contains(id)), "rows of {cell:?} in its own margin");
        let mut unique = held.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), held.len());
        copies += held.len();
    }
    assert!(near > 100 && copies < 20_000, "{near} {copies}");
    // The catalogue itself is not changed by what lies beside it.
    assert_eq!(lab.ids("SELECT COUNT(*) FROM sky.stars"), [10_000]);
}

#[test]
fn an_id_is_found_through_its_index() {
    let lab = Lab::empty();
    let options = ImportOptions {
        max_rows: 300,
        id_column: Some("ID".to_owned()),
        margin_arcsec: Some(10.0),
        memory_bytes: 1 << 20,
        ..ImportOptions::new("sky.stars")
    };
    let (report, catalog) = import(&lab, 10_000, options);
    assert_eq!(report.index.as_deref(), Some("id"));
    assert_eq!(catalog.indexes[0].0, "id");
    assert_eq!(catalog.indexes[0].1.rows, 10_000);
    for (condition, expected, most) in [
        ("id = 77", vec![77], 1),
        ("9999 = id", vec![9999], 1),
        ("id IN (5, 6, 7000)", vec![5, 6, 7000], 3),
        ("id = 5 OR id = 6", vec![5, 6], 2),
        ("id = -1", vec![], 0),
        ("id = 77 AND g < -100", vec![], 1),
    ] {
        let adql = format!("SELECT id FROM sky.stars WHERE {condition}");
        assert_eq!(lab.ids(&adql), expected, "{condition}");
        let scan = lab.run(&adql).unwrap().1.scan();
        assert!(scan.partitions_read <= most && scan.partitions > 30, "{condition} {scan:?}");
    }
    let bad = ImportOptions { id_column: Some("g".into()), ..ImportOptions::new("sky.bad") };
    let error = generate::import(lab.dir.path(), 10, 7, &bad, &mut |_| {}).unwrap_err();
    assert!(
        matches!(error, EngineError::NoIdColumn { candidates, .. } if candidates == ["_healpix_29", "id"])
    );
    let bad = ImportOptions { margin_arcsec: Some(-1.0), ..ImportOptions::new("sky.bad") };
    let error = generate::import(lab.dir.path(), 10, 7, &bad, &mut |_| {}).unwrap_err();
    assert!(matches!(error, EngineError::BadMargin { .. }));
}

#[test]
fn names_are_found_through_an_index_of_text() {
    let lab = Lab::empty();
    let file = lab.dir.path().join("named.csv");
    let rows: Vec<String> = (0..3000)
        .map(|i| {
            let name = if i % 10 == 0 { String::new() } else { format!("NGC {i}") };
            format!("{name},{},{}", f64::from(i) * 0.12, f64::from(i % 170) - 85.0)
        })
        .collect();
    fs::write(&file, format!("name,ra,dec\n{}\n", rows.join("\n"))).unwrap();
    let options = ImportOptions {
        max_rows: 100,
        id_column: Some("name".into()),
        ..ImportOptions::new("t.named")
    };
    lab.engine.import(&file, &options, &mut |_| {}).unwrap();
    let adql = "SELECT dec FROM t.named WHERE name = 'NGC 1234'";
    let (batches, stats) = lab.run(adql).unwrap();
    assert_eq!(crate::support::lines(&batches)[1], "-41.0");
    assert_eq!(stats.scan().partitions_read, 1);
    assert_eq!(lab.ids("SELECT COUNT(*) FROM t.named WHERE name IS NULL"), [300]);
}

#[test]
fn rows_that_nobody_counted_are_counted_by_the_query() {
    let lab = Lab::empty();
    let options = ImportOptions { max_rows: 300, ..ImportOptions::new("sky.stars") };
    let (_, catalog) = import(&lab, 2000, options);
    assert!(catalog.is_counted);
    let Place::Folder(dir) = &catalog.place else { panic!("not a folder") };
    fs::remove_file(dir.join("dataset/_metadata")).unwrap();
    // Neither a list of row groups nor, at first, a number; then a wrong one.
    for number in ["", "hats_nrows=7\n"] {
        let text = fs::read_to_string(dir.join("hats.properties")).unwrap();
        let kept: Vec<&str> = text.lines().filter(|l| !l.starts_with("hats_nrows")).collect();
        fs::write(dir.join("hats.properties"), format!("{}\n{number}", kept.join("\n"))).unwrap();
        let other = Lab::empty();
        other.engine.link(dir.to_str().unwrap(), "far.stars").unwrap();
        assert_eq!(other.ids("SELECT COUNT(*) FROM far.stars"), [2000]);
    }
}

#[test]
fn files_become_one_table() {
    let lab = Lab::empty();
    let write = |name: &str, text: &str| -> PathBuf {
        let path = lab.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let files = [
        write("a.csv", "id,ra,dec,g\n1,10,20,15\n"),
        write("b.csv", "id,dec,ra,g,extra\n2,-5,200,15.5,x\n"),
    ];
    let options = ImportOptions::new("t.united");
    let report = lab.engine.import_files(&files, &options, &mut |_| {}).unwrap();
    assert_eq!(report.rows, 2);
    let found = lab.text("SELECT id, ra, dec, g, extra FROM t.united ORDER BY id").unwrap();
    assert_eq!(found[1..], ["1 | 10.0 | 20.0 | 15.0 | ∅", "2 | 200.0 | -5.0 | 15.5 | x"]);
}

#[test]
fn any_table_joins_with_any() {
    let lab = Lab::small();
    let margin = ImportOptions {
        max_rows: 300,
        margin_arcsec: Some(10.0),
        id_column: Some("id".into()),
        ..ImportOptions::new("sky.stars")
    };
    import(&lab, 2000, margin);
    let report = ImportOptions::new("other.stars");
    import(&lab, 2000, report);
    // By value, by position, through three tables, and with a table of the service.
    let same = "SELECT COUNT(*) FROM sky.stars AS a JOIN other.stars AS b ON a.id = b.id \
                WHERE a.ra = b.ra AND a.dec = b.dec";
    assert_eq!(lab.ids(same), [2000]);
    let near = "SELECT COUNT(*) FROM sky.stars AS a JOIN other.stars AS b \
                ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.0001 WHERE a.dec > 70";
    let alone = "SELECT COUNT(*) FROM sky.stars WHERE dec > 70";
    assert!(lab.ids(near)[0] >= lab.ids(alone)[0]);
    let three = "SELECT COUNT(*) FROM sky.stars AS a JOIN other.stars AS b ON a.id = b.id \
                 JOIN lab.objects AS o ON o.id = a.id";
    let direct = "SELECT COUNT(*) FROM lab.objects WHERE id < 2000 AND id >= 0";
    assert_eq!(lab.ids(three), lab.ids(direct));
    let service = "SELECT COUNT(*) FROM TAP_SCHEMA.tables AS t \
                   JOIN other.stars AS s ON t.table_name = 'other.stars' AND s.id = 5";
    assert_eq!(lab.ids(service), [1]);
}
