//! What is skipped never changes an answer: every query beside one whose condition is written so
//! that nothing can be skipped.

use crate::support::{Lab, Random};

/// A position that no planner recognises as the row's own.
const HIDDEN: (&str, &str) = ("(ra + 0.0)", "(dec + 0.0)");

fn positions(random: &mut Random) -> (f64, f64) {
    let lon = match random.below(4) {
        0 => random.between(-1.0, 1.0).rem_euclid(360.0),
        _ => random.between(0.0, 360.0),
    };
    let lat = match random.below(5) {
        0 => 90.0 - random.between(0.0, 2.0),
        1 => -90.0 + random.between(0.0, 2.0),
        _ => random.between(-90.0, 90.0),
    };
    (lon, lat)
}

/// Conditions on `ra` and `dec` in every spelling, with random numbers.
fn conditions(random: &mut Random, ra: &str, dec: &str) -> Vec<String> {
    let (lon, lat) = positions(random);
    let r = match random.below(3) {
        0 => random.between(0.0, 0.1),
        1 => random.between(0.0, 5.0),
        _ => random.between(0.0, 60.0),
    };
    let (w, h) = (random.between(0.01, 100.0), random.between(0.01, 60.0));
    let corners: Vec<String> = (0..3 + random.below(4))
        .map(|_| {
            let lat = (lat + random.between(-20.0, 20.0)).clamp(-90.0, 90.0);
            format!("{}, {lat}", lon + random.between(-25.0, 25.0))
        })
        .collect();
    let polygon = format!("POLYGON({})", corners.join(", "));
    let (south, north) = (lat - h / 2.0, lat + h / 2.0);
    vec![
        format!("CONTAINS(POINT({ra}, {dec}), CIRCLE({lon}, {lat}, {r})) = 1"),
        format!("1 = CONTAINS(POINT({lon}, {lat}), CIRCLE({ra}, {dec}, {r}))"),
        format!("DISTANCE({ra}, {dec}, {lon}, {lat}) < {r}"),
        format!("{r} > DISTANCE(POINT({lon}, {lat}), POINT({ra}, {dec}))"),
        format!("1 = CONTAINS(POINT({ra}, {dec}), {polygon})"),
        format!("1 = CONTAINS(POINT({ra}, {dec}), BOX({lon}, {lat}, {w}, {h}))"),
        format!("{ra} BETWEEN {lon} AND {} AND {dec} BETWEEN {south} AND {north}", lon + w),
        format!("{ra} > {lon} AND {dec} <= {lat}"),
        format!("{dec} > {south} AND {north} > {dec}"),
        format!("1 = INTERSECTS(CIRCLE({ra}, {dec}, {h} / 10), CIRCLE({lon}, {lat}, {r}))"),
        format!("1 = CONTAINS(CIRCLE({ra}, {dec}, 0.5), CIRCLE({lon}, {lat}, {r}))"),
        format!("1 = INTERSECTS({polygon}, POINT({ra}, {dec}))"),
        format!("DISTANCE({ra}, {dec}, {lon}, {lat}) < {r} OR {ra} BETWEEN 10 AND 11"),
        format!("CAST({dec} AS INTEGER) = {}", lat.round()),
    ]
}

#[test]
fn answers_do_not_depend_on_what_is_skipped() {
    let lab = Lab::stars(12_000, 400);
    let mut random = Random::new(20_261_123);
    let mut skipped = 0;
    for _ in 0..12 {
        let mut same = random.clone();
        let hidden = conditions(&mut same, HIDDEN.0, HIDDEN.1);
        for (condition, hidden) in conditions(&mut random, "ra", "dec").into_iter().zip(hidden) {
            // A shape that is none (a polygon that is too large) is an error either way.
            let query =
                |c: &str| lab.run(&format!("SELECT id FROM sky.stars WHERE {c} ORDER BY id"));
            match (query(&condition), query(&hidden)) {
                (Ok((found, stats)), Ok((expected, _))) => {
                    let lines = |b| crate::support::lines(b);
                    assert_eq!(lines(&found), lines(&expected), "{condition}");
                    skipped += stats.scan().partitions - stats.scan().partitions_read;
                }
                (Err(_), Err(_)) => {}
                (one, other) => panic!("{condition}: {:?} {:?}", one.err(), other.err()),
            }
        }
    }
    assert!(skipped > 3000, "{skipped}");
}

#[test]
fn every_spelling_skips_partitions() {
    let lab = Lab::stars(20_000, 300);
    let (ra, dec) = ("ra", "dec");
    let index = tenkyu_engine::sphere::healpix29(120.0, 20.0);
    let cell = index >> 46;
    for condition in [
        format!("CONTAINS(POINT({ra}, {dec}), CIRCLE(120, 20, 1)) = 1"),
        format!("1 = CONTAINS(POINT('ICRS', {ra}, {dec}), CIRCLE('ICRS', 120, 20, 1))"),
        format!("1 = CONTAINS(POINT(120, 20), CIRCLE({ra}, {dec}, 1))"),
        format!("DISTANCE({ra}, {dec}, 120, 20) < 1"),
        format!("1 > DISTANCE(POINT(120, 20), POINT({ra}, {dec}))"),
        format!("{ra} BETWEEN 119 AND 121 AND {dec} BETWEEN 19 AND 21"),
        format!("{ra} > 119 AND {ra} < 121 AND 19 < {dec} AND {dec} < 21"),
        format!("1 = INTERSECTS(POINT({ra}, {dec}), CIRCLE(120, 20, 1))"),
        format!("1 = INTERSECTS(CIRCLE({ra}, {dec}, 0.1), CIRCLE(120, 20, 1))"),
        format!("1 = CONTAINS(POINT({ra}, {dec}), POLYGON(119, 19, 121, 19, 121, 21))"),
        format!("1 = CONTAINS(POINT({ra}, {dec}), REGION('Circle ICRS 120 20 1'))"),
        format!("1 = CONTAINS(POINT({ra}, {dec}), BOX(120, 20, 1, 1))"),
        format!("_healpix_29 BETWEEN {} AND {}", cell << 46, ((cell + 1) << 46) - 1),
        format!("_healpix_29 >= {} AND _healpix_29 < {}", cell << 46, (cell + 1) << 46),
        "g < 10.5".to_owned(),
    ] {
        let (_, stats) = lab.run(&format!("SELECT id FROM sky.stars WHERE {condition}")).unwrap();
        let scan = stats.scan();
        assert!(scan.partitions_read * 4 < scan.partitions, "{condition}: {scan:?}");
    }
}
