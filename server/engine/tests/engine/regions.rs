//! Regions against brute force over all rows, and what they skip.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use tenkyu_engine::sphere::distance_deg;

use crate::support::Lab;

fn all(lab: &Lab) -> Vec<(i64, f64, f64)> {
    let (batches, _) = lab.run("SELECT id, ra, dec FROM sky.stars").unwrap();
    let mut rows = Vec::new();
    for batch in batches {
        let id = batch.column(0).as_primitive::<Int64Type>().clone();
        let ra = batch.column(1).as_primitive::<Float64Type>().clone();
        let dec = batch.column(2).as_primitive::<Float64Type>().clone();
        rows.extend((0..batch.num_rows()).map(|i| (id.value(i), ra.value(i), dec.value(i))));
    }
    rows
}

#[test]
fn cones_in_every_spelling_find_what_brute_force_finds() {
    let lab = Lab::stars(20_000, 1000);
    let rows = all(&lab);
    assert_eq!(rows.len(), 20_000);
    let cones = [
        (0.0, 90.0, 5.0),
        (200.0, -89.5, 3.0),
        (0.0, 0.0, 4.0),
        (359.9, 30.0, 6.0),
        (180.0, 41.8, 10.0),
        (83.0, -5.0, 100.0),
        (45.0, 10.0, 0.001),
    ];
    for (ra, dec, r) in cones {
        let mut expected: Vec<i64> = rows
            .iter()
            .filter(|(_, a, d)| distance_deg(*a, *d, ra, dec) <= r)
            .map(|(id, ..)| *id)
            .collect();
        expected.sort_unstable();
        for condition in [
            format!("1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', {ra}, {dec}, {r}))"),
            format!("CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, {r})) = 1"),
            format!("NOT CONTAINS(POINT(ra, dec), CIRCLE(POINT({ra}, {dec}), {r})) <> 1"),
            format!("DISTANCE(ra, dec, {ra}, {dec}) <= {r}"),
            format!("{r} >= DISTANCE(POINT({ra}, {dec}), POINT(ra, dec))"),
            format!("INTERSECTS(CIRCLE({ra}, {dec}, {r}), POINT(ra, dec)) = 1"),
            format!("1 = CONTAINS(POINT(ra, dec), REGION('Circle ICRS {ra} {dec} {r}'))"),
        ] {
            let found = lab.ids(&format!("SELECT id FROM sky.stars WHERE {condition}"));
            assert_eq!(found, expected, "{condition}");
        }
    }
}

#[test]
fn a_cone_skips_partitions_and_row_groups() {
    let lab = Lab::stars(20_000, 500);
    let cone = "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 120.0, 20.0) < 1.0";
    let (_, stats) = lab.run(cone).unwrap();
    let scan = stats.scan();
    assert!(scan.partitions > 40, "{scan:?}");
    assert!(scan.partitions_read <= 4, "{scan:?}");
    // A join keeps skipping: the condition reaches the table through the subquery.
    let inner = format!("SELECT a.id FROM ({cone}) AS a JOIN sky.stars AS b ON a.id = b.id");
    let (_, stats) = lab.run(&inner).unwrap();
    let scan = stats.scan();
    assert!(scan.partitions_read < scan.partitions, "{scan:?}");
    // All of it in one partition: row groups and pages are skipped by the index instead.
    let big = Lab::stars(300_000, 1_000_000);
    let (_, stats) = big.run(cone).unwrap();
    let scan = stats.scan();
    assert!(scan.row_groups_read < scan.row_groups || scan.page_rows_skipped > 0, "{scan:?}");
    let (_, full) = big.run("SELECT id FROM sky.stars").unwrap();
    assert!(scan.bytes * 3 < full.scan().bytes, "{scan:?} {:?}", full.scan());
}

#[test]
fn polygons_and_boxes_of_any_winding() {
    let lab = Lab::stars(20_000, 1000);
    let one = "POLYGON(350.0, -10.0, 10.0, -10.0, 10.0, 10.0, 350.0, 10.0)";
    let other = "POLYGON(350.0, 10.0, 10.0, 10.0, 10.0, -10.0, 350.0, -10.0)";
    let points =
        "POLYGON(POINT(350.0, -10.0), POINT(10.0, -10.0), POINT(10.0, 10.0), POINT(350.0, 10.0))";
    let query = |shape: &str| {
        format!("SELECT id FROM sky.stars WHERE 1 = CONTAINS(POINT(ra, dec), {shape})")
    };
    let found = lab.ids(&query(one));
    assert!(!found.is_empty());
    assert_eq!(found, lab.ids(&query(other)));
    assert_eq!(found, lab.ids(&query(points)));
    // The half-width of an edge between two parallels bulges poleward: compare in the middle.
    let inner: Vec<i64> = all(&lab)
        .into_iter()
        .filter(|(_, a, d)| (*a < 10.0 || *a > 350.0) && d.abs() <= 10.0)
        .map(|r| r.0)
        .collect();
    assert!(inner.iter().all(|id| found.contains(id)));
    // Around the pole, everything above the great-circle edges.
    let cap = lab.ids(&query("POLYGON(0, 70, 120, 70, 240, 70)"));
    let certain = all(&lab).into_iter().filter(|(_, _, d)| *d > 80.0).map(|r| r.0);
    assert!(certain.into_iter().all(|id| cap.contains(&id)));
    assert_eq!(lab.ids(&query("BOX(0.0, 0.0, 20.0, 20.0)")).len(), {
        let tan = 10f64.to_radians().tan();
        all(&lab)
            .into_iter()
            .filter(|(_, a, d)| {
                let (a, d) = (a.to_radians(), d.to_radians());
                let x = d.cos() * a.cos();
                x > 0.0 && (d.cos() * a.sin() / x).abs() < tan && (d.sin() / x).abs() < tan
            })
            .count()
    });
}

#[test]
fn or_and_not_keep_their_meaning() {
    let lab = Lab::stars(5_000, 300);
    let near = "DISTANCE(ra, dec, 10.0, 10.0) < 8.0";
    let far = "DISTANCE(ra, dec, 200.0, -30.0) < 8.0";
    let ids = |c: &str| lab.ids(&format!("SELECT id FROM sky.stars WHERE {c}"));
    let (a, b) = (ids(near), ids(far));
    let mut both = [a.clone(), b].concat();
    both.sort_unstable();
    assert_eq!(ids(&format!("{near} OR {far}")), both);
    assert_eq!(ids(&format!("{near} AND {far}")), Vec::<i64>::new());
    assert_eq!(ids(&format!("NOT {near}")).len(), 5_000 - a.len());
    assert_eq!(ids(&format!("{near} OR id < 0")), a);
    assert_eq!(
        ids(&format!("{near} OR id = 4999")).len(),
        a.len() + usize::from(!a.contains(&4999))
    );
}
