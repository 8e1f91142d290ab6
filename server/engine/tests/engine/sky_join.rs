//! Joins on the sky against a nested loop, on positions in all the awkward places.

use std::io::Write as _;

use tenkyu_engine::ImportOptions;

use crate::support::Lab;

/// Right ascension, declination (deg) and magnitude of an object; its number is its place.
type Object = (f64, f64, f64);

fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1u64 << 53) as f64
}

/// Clusters over the poles, across 0h, at corners of HEALPix base cells, and rows everywhere.
fn objects(count: usize, seed: u64) -> Vec<Object> {
    let places =
        [(0.0, 0.0), (77.0, 90.0), (300.0, -90.0), (359.99, 41.81), (45.0, 0.0), (90.0, -41.81)];
    let mut state = seed;
    (0..count)
        .map(|n| {
            let magnitude = 12.0 + 10.0 * uniform(&mut state);
            if n % 3 == 0 {
                let dec = (2.0 * uniform(&mut state) - 1.0).asin().to_degrees();
                return (360.0 * uniform(&mut state), dec, magnitude);
            }
            let (ra, dec) = places[n % places.len()];
            let dec: f64 = dec + 0.5 * (uniform(&mut state) - 0.5);
            // Over the pole and down on the other side.
            let (ra, dec) =
                if dec.abs() > 90.0 { (ra + 180.0, dec.signum() * 180.0 - dec) } else { (ra, dec) };
            let spread = 0.5 / dec.to_radians().cos().max(1e-3);
            ((ra + spread * (uniform(&mut state) - 0.5)).rem_euclid(360.0), dec, magnitude)
        })
        .collect()
}

/// A lab with `sky.a` and `sky.b` in small partitions.
fn lab(a: &[Object], b: &[Object]) -> Lab {
    let lab = Lab::empty();
    for (name, objects) in [("a", a), ("b", b)] {
        let path = lab.dir.path().join(format!("{name}.csv"));
        let mut file = std::fs::File::create(&path).unwrap();
        writeln!(file, "id,ra,dec,mag").unwrap();
        for (id, (ra, dec, mag)) in objects.iter().enumerate() {
            match ra.is_nan() {
                true => writeln!(file, "{id},,,{mag:?}").unwrap(),
                false => writeln!(file, "{id},{ra:?},{dec:?},{mag:?}").unwrap(),
            }
        }
        drop(file);
        let options = ImportOptions { max_rows: 200, ..ImportOptions::new(format!("sky.{name}")) };
        lab.engine.import(&path, &options, &mut |_| {}).unwrap();
    }
    lab
}

/// Distance by the chord, in another way than the engine's: degrees.
fn distance(a: &Object, b: &Object) -> f64 {
    let vector = |o: &Object| {
        let (sin_ra, cos_ra) = o.0.to_radians().sin_cos();
        let (sin_dec, cos_dec) = o.1.to_radians().sin_cos();
        [cos_dec * cos_ra, cos_dec * sin_ra, sin_dec]
    };
    let (u, v) = (vector(a), vector(b));
    let chord: f64 = u.iter().zip(&v).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
    (2.0 * (chord / 2.0).min(1.0).asin()).to_degrees()
}

fn brute(
    a: &[Object],
    b: &[Object],
    radius: f64,
    keep: impl Fn(usize, &Object, usize, &Object) -> bool,
) -> Vec<String> {
    let mut pairs = Vec::new();
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            if distance(x, y) < radius && keep(i, x, j, y) {
                pairs.push(format!("{i} | {j}"));
            }
        }
    }
    pairs.sort();
    pairs
}

/// The pairs of a query that must run as a sky join.
fn pairs(lab: &Lab, adql: &str) -> Vec<String> {
    let (batches, stats) = lab.run(adql).unwrap_or_else(|e| panic!("{adql}: {e}"));
    let plan = stats.plan();
    assert!(plan.contains("SkyJoinExec"), "{adql}\n{plan}");
    let mut lines = crate::support::lines(&batches).split_off(1);
    lines.sort();
    lines
}

#[test]
fn pairs_are_those_of_a_nested_loop() {
    let (a, b) = (objects(2000, 1), objects(1500, 2));
    let lab = lab(&a, &b);
    for radius in [0.01, 0.2, 3.0] {
        let expected = brute(&a, &b, radius, |_, _, _, _| true);
        assert!(expected.len() > 10, "{radius}: {}", expected.len());
        for adql in [
            format!(
                "SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b \
                 ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius}"
            ),
            format!(
                "SELECT a.id, b.id FROM sky.a AS a, sky.b AS b \
                 WHERE {radius} > DISTANCE(POINT(b.ra, b.dec), POINT(a.ra, a.dec))"
            ),
            format!(
                "SELECT a.id, b.id FROM sky.b AS b JOIN sky.a AS a \
                 ON 1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, {radius}))"
            ),
        ] {
            assert_eq!(pairs(&lab, &adql), expected, "{adql}");
        }
    }
}

#[test]
fn a_table_joins_itself_under_other_conditions() {
    let a = objects(3000, 3);
    let lab = lab(&a, &a[..10]);
    let expected = brute(&a, &a, 0.05, |i, x, j, y| i < j && (x.2 - y.2).abs() < 1.0);
    assert!(expected.len() > 10);
    let adql = "SELECT a.id, b.id FROM sky.a AS a JOIN sky.a AS b \
                ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.05 AND a.id < b.id \
                AND ABS(a.mag - b.mag) < 1";
    assert_eq!(pairs(&lab, adql), expected);
    let all = brute(&a, &a, 0.05, |_, _, _, _| true);
    let adql = "SELECT a.id, b.id FROM sky.a AS a, sky.a AS b \
                WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.05";
    assert_eq!(pairs(&lab, adql), all);
}

#[test]
fn sides_may_be_filtered_computed_and_aggregated_over() {
    let (a, b) = (objects(2000, 4), objects(1500, 5));
    let lab = lab(&a, &b);
    let bright = |_: usize, x: &Object, _: usize, y: &Object| x.2 < 18.0 && y.2 > 14.0;
    let expected = brute(&a, &b, 0.1, bright);
    assert!(expected.len() > 10);
    for adql in [
        "SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b \
         ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1 WHERE a.mag < 18 AND b.mag > 14",
        // The left side is no scan of a catalogue, so it is held in memory.
        "SELECT a.id, b.id FROM (SELECT DISTINCT id, ra, dec FROM sky.a WHERE mag < 18) AS a \
         JOIN sky.b AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1 WHERE b.mag > 14",
        // Neither is one; nor are these the columns that are indexed.
        "SELECT a.id, b.id FROM (SELECT id, mag, ra + 0.0 AS ra, dec FROM sky.a) AS a \
         JOIN (SELECT DISTINCT id, mag, ra, dec FROM sky.b) AS b \
         ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1 WHERE a.mag < 18 AND b.mag > 14",
    ] {
        assert_eq!(pairs(&lab, adql), expected, "{adql}");
    }
    let near = |_: usize, x: &Object, _: usize, _: &Object| distance(x, &(0.0, 0.0, 0.0)) < 0.2;
    let few = brute(&a, &b, 0.1, near);
    let adql = "SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b \
                ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1 \
                WHERE 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(0, 0, 0.2))";
    assert_eq!(pairs(&lab, adql), few);
    let adql = "SELECT COUNT(*) FROM sky.a AS a JOIN sky.b AS b \
                ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1";
    let count = brute(&a, &b, 0.1, |_, _, _, _| true).len();
    assert_eq!(pairs(&lab, adql), [count.to_string()]);
}

/// The rows of an outer join in the order of text: each row of `a` without a partner beside a NULL.
fn outer(a: &[Object], pairs: &[String]) -> Vec<String> {
    let mut rows = pairs.to_vec();
    rows.extend(alone(a, pairs, false).iter().map(|id| format!("{id} | ∅")));
    rows.sort();
    rows
}

/// The numbers of `a` that are in a pair, or in none, in the order of text.
fn alone(a: &[Object], pairs: &[String], paired: bool) -> Vec<String> {
    let first = |pair: &String| pair.split(' ').next().unwrap().to_owned();
    let known: std::collections::HashSet<String> = pairs.iter().map(first).collect();
    let mut ids: Vec<String> =
        (0..a.len()).map(|id| id.to_string()).filter(|id| known.contains(id) == paired).collect();
    ids.sort();
    ids
}

#[test]
fn rows_without_a_partner_are_kept_or_sought() {
    let (mut a, b) = (objects(2000, 8), objects(1500, 9));
    for gaps in [false, true] {
        if gaps {
            // Rows without a position are near nothing, and rows all the same.
            a.iter_mut().step_by(97).for_each(|object| object.0 = f64::NAN);
        }
        let lab = lab(&a, &b);
        let near = "DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1";
        let bright = |_: usize, _: &Object, _: usize, y: &Object| y.2 > 14.0;
        let found = brute(&a, &b, 0.1, bright);
        assert!(found.len() > 10 && alone(&a, &found, false).len() > 10);
        for (from, condition) in [
            ("sky.a AS a LEFT JOIN sky.b AS b", "b.mag > 14"),
            (
                "sky.a AS a LEFT JOIN (SELECT DISTINCT id, ra, dec, mag FROM sky.b) AS b",
                "b.mag > 14",
            ),
            ("(SELECT DISTINCT id, ra, dec FROM sky.a) AS a LEFT JOIN sky.b AS b", "b.mag > 14"),
            ("sky.b AS b RIGHT JOIN sky.a AS a", "b.mag > 14"),
            // Tested on pairs.
            ("sky.a AS a LEFT JOIN sky.b AS b", "b.mag + 0 * a.id > 14"),
        ] {
            let adql = format!("SELECT a.id, b.id FROM {from} ON {near} AND {condition}");
            assert_eq!(pairs(&lab, &adql), outer(&a, &found), "{adql}");
        }
        for (word, paired) in [("", true), ("NOT ", false)] {
            let adql = format!(
                "SELECT a.id FROM sky.a AS a WHERE {word}EXISTS \
                 (SELECT 1 FROM sky.b AS b WHERE b.mag > 14 AND {near})"
            );
            assert_eq!(pairs(&lab, &adql), alone(&a, &found, paired), "{adql}");
        }
        // The few brightest, as a user's own list, beside the whole of the other table.
        let few: Vec<usize> = (0..a.len()).filter(|i| a[*i].2 < 12.1).collect();
        let own: Vec<String> = outer(&a, &found)
            .into_iter()
            .filter(|row| few.iter().any(|i| row.starts_with(&format!("{i} |"))))
            .collect();
        let adql = format!(
            "SELECT a.id, b.id FROM (SELECT DISTINCT id, ra, dec FROM sky.a WHERE mag < 12.1) AS a \
             LEFT JOIN sky.b AS b ON {near} AND b.mag > 14"
        );
        assert_eq!(pairs(&lab, &adql), own);
    }
}

#[test]
fn rows_may_say_how_close() {
    let (a, b) = (objects(2000, 10), objects(1500, 11));
    let lab = lab(&a, &b);
    let own = |_: usize, x: &Object, _: usize, y: &Object| distance(x, y) < (x.2 - 13.0) / 40.0;
    let expected = brute(&a, &b, 180.0, own);
    assert!(expected.len() > 100);
    let near = "DISTANCE(a.ra, a.dec, b.ra, b.dec) < (a.mag - 13) / 40";
    let circle = "1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, (a.mag - 13) / 40))";
    for adql in [
        format!("SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b ON {near}"),
        format!("SELECT a.id, b.id FROM sky.b AS b, sky.a AS a WHERE a.mag >= 13 AND {circle}"),
        // The side with the radii is held in memory.
        format!(
            "SELECT a.id, b.id FROM (SELECT DISTINCT id, ra, dec, mag FROM sky.a) AS a \
             JOIN sky.b AS b ON {near}"
        ),
    ] {
        assert_eq!(pairs(&lab, &adql), expected, "{adql}");
    }
    let adql = format!("SELECT a.id, b.id FROM sky.a AS a LEFT JOIN sky.b AS b ON {near}");
    assert_eq!(pairs(&lab, &adql), outer(&a, &expected));
}

/// The `count` nearest of `b` within a radius of each of `a`, of those that are kept, with those
/// that are as near.
fn nearest(
    a: &[Object],
    b: &[Object],
    radius: f64,
    count: usize,
    keep: impl Fn(&Object, &Object) -> bool,
) -> Vec<String> {
    let mut pairs = Vec::new();
    for (i, x) in a.iter().enumerate() {
        let near = b.iter().map(|y| distance(x, y)).enumerate();
        let mut near: Vec<(usize, f64)> =
            near.filter(|(j, d)| *d <= radius && keep(x, &b[*j])).collect();
        near.sort_by(|p, q| p.1.total_cmp(&q.1));
        let Some(last) = near.get(count - 1).or(near.last()).map(|p| p.1) else { continue };
        pairs.extend(near.iter().filter(|p| p.1 <= last).map(|(j, _)| format!("{i} | {j}")));
    }
    pairs.sort();
    pairs
}

#[test]
fn the_nearest_are_found_before_what_where_says() {
    let (a, b) = (objects(2000, 12), objects(1500, 13));
    let lab = lab(&a, &b);
    let points = "POINT(a.ra, a.dec), POINT(b.ra, b.dec)";
    let one = nearest(&a, &b, 0.3, 1, |_, _| true);
    assert!(one.len() > 100);
    for adql in [
        format!(
            "SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b ON 1 = tenkyu_nearest({points}, 0.3)"
        ),
        format!(
            "SELECT a.id, b.id FROM sky.b AS b JOIN sky.a AS a ON TENKYU_NEAREST({points}, 0.3, 1) = 1"
        ),
        format!(
            "SELECT a.id, b.id FROM (SELECT DISTINCT id, ra, dec FROM sky.a) AS a \
             JOIN sky.b AS b ON 1 = tenkyu_nearest({points}, 0.3)"
        ),
    ] {
        assert_eq!(pairs(&lab, &adql), one, "{adql}");
    }
    // What ON says beside it holds for those that are sought, what WHERE says for what was found.
    let bright = nearest(&a, &b, 0.3, 3, |_, y| y.2 < 16.0);
    let on = format!("1 = tenkyu_nearest({points}, 0.3, 3)");
    let adql = format!("SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b ON {on} AND b.mag < 16");
    assert_eq!(pairs(&lab, &adql), bright);
    let magnitude = |pair: &String, side: usize| {
        let id: usize = pair.split(" | ").nth(side).unwrap().parse().unwrap();
        [&a, &b][side][id].2
    };
    let mut found = nearest(&a, &b, 0.3, 3, |_, _| true);
    found.retain(|pair| magnitude(pair, 1) < 16.0 && magnitude(pair, 0) > 15.0);
    let adql = format!(
        "SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b ON {on} WHERE b.mag < 16 AND a.mag > 15"
    );
    assert_eq!(pairs(&lab, &adql), found);
    let own = nearest(&a, &b, 180.0, 2, |x, y| distance(x, y) <= (x.2 - 13.0) / 40.0);
    let adql = format!(
        "SELECT a.id, b.id FROM sky.a AS a JOIN sky.b AS b \
         ON 1 = tenkyu_nearest({points}, (a.mag - 13) / 40, 2)"
    );
    assert_eq!(pairs(&lab, &adql), own);
    let adql = format!("SELECT a.id, b.id FROM sky.a AS a LEFT JOIN sky.b AS b ON {on}");
    assert_eq!(pairs(&lab, &adql), outer(&a, &nearest(&a, &b, 0.3, 3, |_, _| true)));
    let adql = format!("SELECT a.id, b.id FROM sky.b AS b RIGHT JOIN sky.a AS a ON {on}");
    assert_eq!(pairs(&lab, &adql), outer(&a, &nearest(&a, &b, 0.3, 3, |_, _| true)));
}

#[test]
fn the_nearest_are_sought_where_that_means_something() {
    let lab = lab(&objects(50, 14), &objects(50, 15));
    let points = "POINT(a.ra, a.dec), POINT(b.ra, b.dec)";
    for adql in [
        format!("SELECT a.id FROM sky.a AS a RIGHT JOIN sky.b AS b ON 1 = tenkyu_nearest({points}, 1)"),
        format!("SELECT a.id FROM sky.a AS a FULL JOIN sky.b AS b ON 1 = tenkyu_nearest({points}, 1)"),
        format!("SELECT a.id FROM sky.a AS a, sky.b AS b WHERE 1 = tenkyu_nearest({points}, 1)"),
        format!("SELECT a.id FROM sky.a AS a JOIN sky.b AS b ON 1 = tenkyu_nearest({points}, 1, 0)"),
        "SELECT a.id FROM sky.a AS a JOIN sky.b AS b ON 1 = tenkyu_nearest(POINT(1, 2), POINT(b.ra, b.dec), 1)"
            .to_owned(),
        "SELECT a.id FROM sky.a AS a JOIN sky.b AS b ON 1 = tenkyu_nearest(POINT(a.ra, a.dec), POINT(a.ra, a.dec), 1)"
            .to_owned(),
    ] {
        let error = lab.run(&adql).err().unwrap_or_else(|| panic!("{adql}"));
        assert!(error.to_string().starts_with("invalid query"), "{adql}: {error}");
    }
}

#[test]
fn what_is_no_test_of_distance_between_two_tables_stays_a_plain_join() {
    let lab = lab(&objects(50, 6), &objects(50, 7));
    for adql in [
        "SELECT a.id FROM sky.a AS a JOIN sky.b AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) > 179",
        "SELECT a.id FROM sky.a AS a JOIN sky.b AS b ON a.id < b.id",
        "SELECT a.id FROM sky.a AS a FULL OUTER JOIN sky.b AS b \
         ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 1",
    ] {
        let (_, stats) = lab.run(adql).unwrap();
        assert!(!stats.plan().contains("SkyJoinExec"), "{adql}");
    }
}
