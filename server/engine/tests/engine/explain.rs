//! EXPLAIN, snapshots by name, what is dropped, catalogues that lie elsewhere.

use tenkyu_engine::{EngineError, ImportOptions, generate};

use crate::support::{Lab, data};

/// `item: read of total` of the lines that count something.
fn counts(lab: &Lab, adql: &str) -> Vec<String> {
    let lines = lab.text(adql).unwrap();
    assert_eq!(lines[0], "item | table_name | total | read | skipped | value");
    let cells = lines[1..].iter().map(|l| l.split(" | ").collect::<Vec<_>>());
    let counted = cells.filter(|c| c[2] != "∅");
    counted
        .map(|c| {
            let number = |i: usize| c[i].parse::<u64>().unwrap();
            assert_eq!(number(2), number(3) + number(4));
            format!("{} {} {}", c[0], c[1], if number(4) > 0 { "some" } else { "all" })
        })
        .collect()
}

#[test]
fn explain_tells_what_is_skipped_with_and_without_running() {
    let lab = Lab::stars(60_000, 40_000);
    let cone = "SELECT id, ra FROM sky.stars WHERE DISTANCE(ra, dec, 120, 20) < 0.5";
    assert_eq!(
        counts(&lab, &format!("EXPLAIN {cone}")),
        ["partitions sky.stars some", "row groups sky.stars some"]
    );
    let all = "SELECT COUNT(g) FROM sky.stars";
    assert_eq!(
        counts(&lab, &format!("explain {all}")),
        ["partitions sky.stars all", "row groups sky.stars all"]
    );
    let run = lab.text(&format!("EXPLAIN ANALYZE {cone}")).unwrap();
    let value = |item: &str| {
        let line = run.iter().find(|l| l.starts_with(item)).unwrap_or_else(|| panic!("{item}"));
        line.split(" | ").map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(value("rows of the answer")[5], lab.ids(cone_ids()).len().to_string());
    assert!(value("bytes read")[5].parse::<u64>().unwrap() > 1000);
    assert!(value("plan")[5].contains("Exec"), "{run:?}");
    // What is wrong with the query is found where it stands.
    let error = lab.text("EXPLAIN SELECT nothing FROM sky.stars").unwrap_err();
    let EngineError::UnknownColumn { place: Some(place), .. } = error else { panic!("{error}") };
    assert_eq!(place.column, 16);
    assert!(lab.text("EXPLAIN EXPLAIN SELECT id FROM sky.stars").is_err());
}

fn cone_ids() -> &'static str {
    "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 120, 20) < 0.5"
}

#[test]
fn pages_are_skipped_too() {
    let lab = Lab::stars(400_000, 1_000_000);
    let run = lab.text(&format!("EXPLAIN ANALYZE {}", cone_ids())).unwrap();
    let pages = run.iter().find(|l| l.starts_with("pages")).unwrap();
    let cells: Vec<&str> = pages.split(" | ").collect();
    assert!(cells[4].parse::<u64>().unwrap() > 0, "{run:?}");
}

#[test]
fn snapshots_are_queried_by_name_and_dropped() {
    let lab = Lab::small();
    let first = lab.engine.snapshots("lab.objects").unwrap()[0].0.clone();
    let again = ImportOptions::new("lab.objects");
    let second = lab.engine.import(&data("links.csv"), &again, &mut |_| {}).unwrap().snapshot;
    let count = |name: &str| lab.ids(&format!("SELECT COUNT(*) FROM {name}"));
    assert_eq!(count("lab.objects"), [6]);
    assert_eq!(count(&format!("lab.\"objects@{first}\"")), [8]);
    assert_eq!(count(&format!("\"objects@{second}\"")), [6]);
    let joined = format!(
        "SELECT COUNT(*) FROM lab.\"objects@{first}\" AS old JOIN lab.objects AS new ON new.id = old.id"
    );
    assert!(lab.run(&joined).is_ok());
    let unknown = lab.run("SELECT 1 AS x FROM lab.\"objects@never\"");
    assert!(matches!(unknown, Err(EngineError::UnknownSnapshot { .. })));
    assert!(matches!(
        lab.engine.drop_table("lab.objects", Some("never")),
        Err(EngineError::UnknownSnapshot { .. })
    ));
    // Without its current snapshot a table goes back to the one before.
    lab.engine.drop_table("LAB.objects", Some(&second)).unwrap();
    assert_eq!(count("lab.objects"), [8]);
    assert_eq!(lab.engine.snapshots("lab.objects").unwrap(), [(first, true)]);
    lab.engine.drop_table("lab.objects", None).unwrap();
    assert_eq!(lab.engine.snapshots("lab.objects"), None);
    let gone = lab.engine.drop_table("lab.objetcs", None);
    assert!(matches!(gone, Err(EngineError::UnknownTable { .. })));
    assert_eq!(count("lab.links"), [6]);
}

#[test]
fn a_catalogue_is_queried_where_it_lies() {
    let (there, here) = (Lab::empty(), Lab::empty());
    let options = ImportOptions {
        max_rows: 300,
        margin_arcsec: Some(10.0),
        id_column: Some("id".into()),
        ..ImportOptions::new("sky.stars")
    };
    let report = generate::import(there.dir.path(), 2000, 7, &options, &mut |_| {}).unwrap();
    let address = there.dir.path().join("sky/stars").join(&report.snapshot);
    here.engine.link(address.to_str().unwrap(), "far.stars").unwrap();
    assert_eq!(here.ids("SELECT COUNT(*) FROM far.stars"), [2000]);
    assert_eq!(here.ids("SELECT id FROM far.stars WHERE id = 77"), [77]);
    assert!(here.engine.link("/nowhere/at/all", "far.none").is_err());
    assert!(matches!(
        here.engine.link("ftp://host/x", "far.none"),
        Err(EngineError::BadAddress { .. })
    ));
    assert_eq!(here.engine.snapshots("far.none"), None);
    here.engine.drop_table("far.stars", None).unwrap();
    assert!(address.join("collection.properties").is_file());
}
