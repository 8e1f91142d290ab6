//! Catalogues on disk: what is written, snapshots, interrupted imports, metadata.

use std::fs;

use tenkyu_engine::{Engine, EngineError, ImportOptions, ImportPhase, QueryRequest, generate};
use tenkyu_wire::tables::{ArraySize, Kind};

use crate::support::{Lab, data, options};

#[test]
fn the_folder_has_the_parts_of_the_note() {
    let lab = Lab::stars(5_000, 400);
    let snapshots = lab.engine.snapshots("sky.stars").unwrap();
    let dir = lab.dir.path().join("sky/stars").join(&snapshots[0].0);
    let properties = fs::read_to_string(dir.join("hats.properties")).unwrap();
    assert_eq!(properties, fs::read_to_string(dir.join("properties")).unwrap());
    for line in ["hats_nrows=5000", "hats_col_ra=ra", "hats_col_healpix=_healpix_29"] {
        assert!(properties.contains(line), "{line}");
    }
    assert!(
        dir.join("dataset/_metadata").is_file() && dir.join("dataset/_common_metadata").is_file()
    );
    let info = fs::read_to_string(dir.join("partition_info.csv")).unwrap();
    assert!(info.starts_with("Norder,Npix\n") && info.lines().count() > 12);
    // Spilling gives the same catalogue as sorting in memory.
    let small =
        ImportOptions { max_rows: 400, memory_bytes: 50_000, ..ImportOptions::new("sky.spilled") };
    generate::import(lab.dir.path(), 5_000, 7, &small, &mut |_| {}).unwrap();
    lab.engine.reload().unwrap();
    let text = |table: &str| {
        lab.text(&format!("SELECT _healpix_29, id, ra, g, pmra FROM {table} ORDER BY id")).unwrap()
    };
    assert_eq!(text("sky.stars"), text("sky.spilled"));
}

#[test]
fn partitions_hold_their_own_rows_in_order() {
    let lab = Lab::stars(5_000, 400);
    let query =
        "SELECT COUNT(*) FROM sky.stars WHERE _healpix_29 <> ivo_healpix_index(29, ra, dec)";
    assert_eq!(lab.ids(query), [0]);
    let (batches, _) =
        lab.run("SELECT COUNT(DISTINCT id), MIN(id), MAX(id) FROM sky.stars").unwrap();
    assert_eq!(crate::support::lines(&batches)[1], "5000 | 0 | 4999");
}

#[test]
fn a_second_import_is_a_new_snapshot_and_the_first_stays() {
    let lab = Lab::small();
    let first = lab.engine.snapshots("LAB.objects").unwrap();
    let again = ImportOptions::new("lab.objects");
    let report = lab.engine.import(&data("links.csv"), &again, &mut |_| {}).unwrap();
    assert_eq!(report.position, None);
    let both = lab.engine.snapshots("lab.objects").unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(both[1], (report.snapshot, true));
    assert_eq!(lab.ids("SELECT COUNT(*) FROM lab.objects"), [6]);
    for snapshot in [first[0].0.clone(), format!("lab.objects@{}", first[0].0)] {
        let adql = "SELECT COUNT(*) FROM lab.objects".to_owned();
        let request = QueryRequest { adql, snapshot: Some(snapshot), ..QueryRequest::default() };
        let (batches, _) = lab.request(request).unwrap();
        assert_eq!(crate::support::lines(&batches)[1], "8");
    }
    let adql = "SELECT 1 FROM lab.objects".to_owned();
    let snapshot = Some("lab.objects@../../etc".to_owned());
    let request = QueryRequest { adql, snapshot, ..QueryRequest::default() };
    assert!(matches!(lab.request(request), Err(EngineError::UnknownSnapshot { .. })));
}

#[test]
fn an_import_that_fails_or_dies_leaves_nothing() {
    let lab = Lab::small();
    let before = lab.engine.snapshots("lab.objects").unwrap();
    let bad = lab.dir.path().join("bad.csv");
    fs::write(&bad, "ra,dec\n10,95\n").unwrap();
    let import = ImportOptions::new("lab.objects");
    let error = lab.engine.import(&bad, &import, &mut |_| {}).unwrap_err();
    assert!(matches!(error, EngineError::BadLatitude { row: 1, .. }), "{error}");
    assert_eq!(lab.engine.snapshots("lab.objects").unwrap(), before);
    // What kill -9 leaves: a folder whose lock nobody holds, and a snapshot that is not current.
    let scratch = lab.dir.path().join(".import-1-1-1");
    fs::create_dir_all(scratch.join("catalog")).unwrap();
    fs::write(scratch.join("lock"), "").unwrap();
    fs::create_dir_all(lab.dir.path().join("lab/half/20200101T000000Z")).unwrap();
    let engine = Engine::open(lab.dir.path(), options()).unwrap();
    assert!(!scratch.exists());
    assert_eq!(engine.snapshots("lab.half"), None);
    assert_eq!(engine.snapshots("lab.objects").unwrap(), before);
}

#[test]
fn progress_counts_rows_in_both_passes() {
    let lab = Lab::empty();
    let mut seen = Vec::new();
    let import = ImportOptions::new("lab.objects");
    lab.engine.import(&data("objects.csv"), &import, &mut |p| seen.push(p)).unwrap();
    let last = |phase| seen.iter().rfind(|p| p.phase == phase).map(|p| (p.rows, p.total));
    assert_eq!(last(ImportPhase::Reading), Some((8, Some(8))));
    assert_eq!(last(ImportPhase::Writing), Some((8, Some(8))));
}

#[test]
fn descriptions_reach_the_schema_list_and_the_result() {
    let lab = Lab::stars(100, 100);
    let schemas = lab.engine.schemas();
    let table = &schemas.iter().find(|s| s.name == "sky").unwrap().tables[0];
    assert_eq!(table.name, "sky.stars");
    assert_eq!(table.rows, Some(100));
    assert_eq!(table.position, Some(("ra".into(), "dec".into())));
    assert_eq!(table.columns.last().unwrap().name, "_healpix_29");
    let answer = crate::support::runtime()
        .block_on(
            lab.engine.query(QueryRequest {
                adql: "SELECT ra AS x, g - r AS colour, AVG(g), COUNT(*) AS n FROM sky.stars \
                   GROUP BY ra, g - r"
                    .to_owned(),
                ..QueryRequest::default()
            }),
        )
        .unwrap();
    let columns: Vec<_> =
        answer.columns.iter().map(|c| (c.name.as_str(), c.unit.as_str(), c.ucd.as_str())).collect();
    assert_eq!(
        columns,
        [
            ("x", "deg", "pos.eq.ra;meta.main"),
            ("colour", "mag", ""),
            ("avg_g", "mag", "stat.mean;phot.mag;em.opt.B"),
            ("n", "", "meta.number"),
        ]
    );
    assert_eq!(answer.columns[3].datatype.kind, Kind::Long);
    let tap = lab.text(
        "SELECT column_name, datatype, arraysize, unit, indexed, principal FROM TAP_SCHEMA.columns \
         WHERE table_name = 'sky.stars' AND (unit = 'deg' OR column_name LIKE '%healpix%') \
         ORDER BY column_index",
    );
    assert_eq!(
        tap.unwrap()[1..],
        [
            "ra | double | ∅ | deg | 1 | 1",
            "dec | double | ∅ | deg | 1 | 1",
            "\"_healpix_29\" | long | ∅ | ∅ | 1 | 0"
        ]
    );
    let own = schemas.iter().find(|s| s.name == "TAP_SCHEMA").unwrap();
    assert_eq!(own.tables[0].columns[0].datatype.size, ArraySize::Variable);
    let counted =
        lab.ids("SELECT COUNT(*) FROM tap_schema.columns WHERE table_name LIKE 'TAP_SCHEMA%'");
    assert_eq!(counted, [own.tables.iter().map(|t| t.columns.len() as i64).sum::<i64>()]);
}
