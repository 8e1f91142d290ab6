use super::*;

fn square() -> Region {
    parse_stcs("POLYGON ICRS 359 -1 359 1 1 1 1 -1").unwrap()
}

#[test]
fn points_in_regions() {
    let square = square();
    for (ra, dec, inside) in [
        (0.0, 0.0, true),
        (0.99, 0.99, true),
        (1.01, 0.0, false),
        (180.0, 0.0, false),
        (0.0, 1.000_05, true),
        (0.0, 1.01, false),
        (1.0, 1.0, true),
        (1.0, 0.5, true),
    ] {
        assert_eq!(square.contains(ra, dec), inside, "{ra} {dec}");
    }
    let cap = parse_stcs("POLYGON ICRS 0 80 90 80 180 80 270 80").unwrap();
    assert!(cap.contains(45.0, 90.0) && cap.contains(0.0, 85.0));
    assert!(!cap.contains(45.0, 75.0) && !cap.contains(0.0, -90.0));
    // A concave polygon: an L.
    let l = parse_stcs("POLYGON ICRS 10 0 10 4 11 4 11 1 14 1 14 0").unwrap();
    assert!(l.contains(10.5, 3.0) && l.contains(13.0, 0.5) && !l.contains(12.0, 2.0));
    let circle = parse_stcs("CIRCLE ICRS 10 89 2").unwrap();
    assert!(circle.contains(190.0, 89.5) && !circle.contains(190.0, 88.5));
    let wide = parse_stcs("BOX ICRS 0 0 20 10").unwrap();
    assert!(wide.contains(350.1, 4.9) && !wide.contains(349.9, 0.0));
    assert!(Region::all_sky().contains(180.0, 0.0));
}

#[test]
fn areas_and_middles() {
    // Two degrees square: 4 · (1 − small); by the excess of a spherical square.
    let side = square();
    assert!((side.area_deg2() - 4.000_4).abs() < 1e-3, "{}", side.area_deg2());
    let (ra, dec) = side.centre_deg().unwrap();
    assert!(crate::sphere::separation_deg(ra, dec, 0.0, 0.0) < 1e-9);
    let octant = parse_stcs("POLYGON 0 0 0 90 90 0").unwrap();
    assert!((octant.area_deg2() - 41_252.961_249_419 / 8.0).abs() < 1e-6);
    assert!((Region::all_sky().area_deg2() - 41_252.961_249_419).abs() < 1e-6);
    let (ra, dec, radius) = octant.bounding_circle_deg().unwrap();
    assert!((ra - 45.0).abs() < 1e-9 && (dec - 35.264_389_682_754_65).abs() < 1e-9);
    assert!((radius - 54.735_610_317_245_35).abs() < 1e-9);
}

#[test]
fn text_there_and_back() {
    for text in [
        "CIRCLE ICRS 10.5 -20.25 0.1",
        "POLYGON ICRS 1 2 3 4 5 -6.000000001",
        "POSITION ICRS 1 2",
        "BOX ICRS 1 2 3 4",
        "UNION ICRS ( CIRCLE 1 2 3 POLYGON 1 2 3 4 5 6 )",
    ] {
        let region = parse_stcs(text).unwrap();
        assert_eq!(region.to_stcs(), text);
    }
    for (text, same) in [
        ("circle icrs geocenter 10 20 1", "CIRCLE ICRS 10 20 1"),
        ("Circle 10 20 1", "CIRCLE ICRS 10 20 1"),
        ("Polygon J2000 TOPOCENTER 1,2, 3,4, 5,6", ""),
        (
            "Union GALACTIC (Position 120.5 -3.2)",
            "UNION ICRS ( POSITION 8.059645205 59.581059349 )",
        ),
        ("POSITION GALACTIC 120.5 -3.2", "POSITION ICRS 8.059645205 59.581059349"),
    ] {
        let region = parse_stcs(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        if !same.is_empty() {
            assert_eq!(region.to_stcs(), same);
        }
    }
}

#[test]
fn broken_texts_say_where() {
    assert_eq!(parse_stcs(""), Err(StcsError::Empty));
    assert_eq!(
        parse_stcs("CIRCLE ICRS 1 2"),
        Err(StcsError::Count { shape: "CIRCLE", start: 0, found: 2 })
    );
    assert_eq!(
        parse_stcs("  TRIANGLE 1 2"),
        Err(StcsError::Shape { word: "TRIANGLE".into(), start: 2 })
    );
    assert_eq!(parse_stcs("POSITION 1 91"), Err(StcsError::Range { value: 91.0, start: 0 }));
    assert_eq!(
        parse_stcs("POSITION nan 9").map_err(|e| e.to_string().contains("range")),
        Err(true)
    );
    assert!(matches!(parse_stcs("UNION ( CIRCLE 1 2 3"), Err(StcsError::Brackets { .. })));
    assert!(parse_stcs(&"UNION ( ".repeat(10_000)).is_err());
    assert!(parse_stcs("POLYGON 1 2 3 4").is_err());
    assert!(parse_stcs("CIRCLE 1 2 3 )").is_err());
}

#[test]
fn hull_of_detectors() {
    let points: Vec<Vec3> = [(0.0, 89.0), (90.0, 89.0), (180.0, 89.0), (270.0, 89.0), (45.0, 89.9)]
        .map(|(ra, dec)| Vec3::from_deg(ra, dec))
        .to_vec();
    let Some(Region::Polygon { vertices }) = hull(&points) else { panic!("no hull") };
    assert_eq!(vertices.len(), 4);
    assert!(hull(&points[..2]).is_none());
    let opposite = [Vec3([1.0, 0.0, 0.0]), Vec3([-1.0, 0.0, 0.0]), Vec3([0.0, 1.0, 0.0])];
    assert!(hull(&opposite).is_none());
}

#[test]
fn polygons_are_wound_from_north_to_east() {
    let north_east_south = [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0)];
    for flip in [false, true] {
        let mut points: Vec<Vec3> =
            north_east_south.iter().map(|(ra, dec)| Vec3::from_deg(*ra, *dec)).collect();
        if flip {
            points.reverse();
        }
        let Some(Region::Polygon { vertices }) = Region::polygon_of(points) else { panic!() };
        let at = vertices.iter().position(|v| v.1 > 0.5).unwrap();
        let (ra, _) = vertices[(at + 1) % 3];
        assert!((ra - 1.0).abs() < 1e-9);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "[A-Z0-9 ().,-]{0,60}") {
        let _ = parse_stcs(&text);
    }

    #[test]
    fn a_circle_of_vertices_holds_its_middle(ra in 0.0..360.0, dec in -90.0..90.0_f64, r in 0.001..80.0) {
        let points: Vec<Vec3> = (0..12)
            .map(|i| crate::sphere::offset_deg(ra, dec, r, f64::from(i) * 30.0))
            .map(|(ra, dec)| Vec3::from_deg(ra, dec))
            .collect();
        let region = Region::polygon_of(points).unwrap();
        proptest::prop_assert!(region.contains(ra, dec));
        let (a, d) = crate::sphere::offset_deg(ra, dec, r * 1.05, 15.0);
        proptest::prop_assert!(!region.contains(a, d));
    }
}
