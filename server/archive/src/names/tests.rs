use std::path::PathBuf;

use tenkyu_sky::sphere::separation_deg;

use super::*;

fn first(names: &Names, text: &str) -> Target {
    let resolution = names.resolve(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    resolution.matches.into_iter().next().unwrap_or_else(|| panic!("{text}: nothing"))
}

#[track_caller]
fn check(names: &Names, text: &str, name: &str, ra: f64, dec: f64, arcsec: f64) {
    let target = first(names, text);
    assert_eq!(target.name, name, "{text}");
    let off = separation_deg(ra, dec, target.ra_deg, target.dec_deg) * 3600.0;
    assert!(off < arcsec, "{text}: off by {off} arcsec");
}

/// Positions by SIMBAD (ICRS, J2000).
const PUBLISHED: &[(&[&str], &str, f64, f64, f64)] = &[
    (
        &[
            "M 31",
            "m31",
            "Messier 31",
            "NGC 224",
            "N224",
            "アンドロメダ銀河",
            "Andromeda Galaxy",
            "andromeda nebula",
            "Ｍ３１",
            "アンドロメダ大星雲",
        ],
        "M 31",
        10.684_708,
        41.268_75,
        5.0,
    ),
    (&["M1", "Crab Nebula", "かに星雲", "カニ星雲", "NGC 1952"], "M 1", 83.633_083, 22.0145, 90.0),
    (&["すばる", "Pleiades", "M45", "スバル", "昴"], "M 45", 56.601, 24.114, 1000.0),
    (&["北極星", "Polaris", "alf UMi", "α UMi", "HIP 11767"], "Polaris", 37.954_56, 89.264_11, 1.0),
    (
        &["ベガ", "織姫星", "織姫", "vega", "alpha lyrae", "HIP91262"],
        "Vega",
        279.234_73,
        38.783_69,
        1.0,
    ),
    (&["彦星", "アルタイル"], "Altair", 297.695_83, 8.868_32, 1.0),
    (&["子持ち銀河", "M51", "Whirlpool galaxy"], "M 51", 202.469_57, 47.195_26, 5.0),
    (&["Sgr A*", "いて座A*", "銀河中心"], "Sgr A*", 266.416_84, -29.007_81, 1.0),
    (&["おとめ座銀河団", "virgo cluster"], "Virgo Cluster", 187.70, 12.34, 400.0),
    (&["ろ座A", "NGC 1316", "ngc1316", "N1316", "Fornax A"], "NGC 1316", 50.673_8, -37.208_2, 5.0),
    (&["おおいぬ座アルファ星", "シリウス"], "Sirius", 101.287_16, -16.716_12, 1.0),
];

#[test]
fn golden_spellings_without_any_file() {
    let names = Names::builtin();
    for (spellings, name, ra, dec, arcsec) in PUBLISHED {
        for spelling in *spellings {
            check(&names, spelling, name, *ra, *dec, *arcsec);
        }
    }
    assert_eq!(first(&names, "M31").name_ja.as_deref(), Some("アンドロメダ銀河"));
    for number in 1..=110 {
        assert_eq!(first(&names, &format!("M{number}")).name, format!("M {number}"));
    }
}

#[test]
fn coordinates_and_radii() {
    let names = Names::builtin();
    let found = names.resolve("gal 120.5 -3.2 r=5'").unwrap();
    assert_eq!(found.matches[0].source, "coordinates:galactic");
    assert_eq!(found.matches[0].name, "00:32:14.315 +59:34:51.81");
    assert!((found.radius_deg.unwrap() - 5.0 / 60.0).abs() < 1e-12);
    let found = names.resolve("すばる 半径1度").unwrap();
    assert_eq!((found.matches[0].name.as_str(), found.radius_deg), ("M 45", Some(1.0)));
    let found = names.resolve("M 31 0.5 deg").unwrap();
    assert_eq!((found.matches[0].name.as_str(), found.radius_deg), ("M 31", Some(0.5)));
    assert!(names.resolve("83.63 95").is_err());
    assert!(names.resolve("M 31 r=500").is_err());
    let found = names.resolve("SDSS J122906.70+020308.6").unwrap();
    assert_eq!(found.matches[0].source, "coordinates:icrs");
}

#[test]
fn unknown_names_get_suggestions() {
    let names = Names::builtin();
    let found = names.resolve("Betelguese").unwrap();
    assert!(found.matches.is_empty());
    assert_eq!(found.suggestions.first().map(String::as_str), Some("Betelgeuse"));
    let found = names.resolve("アンドロメタ銀河").unwrap();
    assert_eq!(found.suggestions.first().map(String::as_str), Some("アンドロメダ銀河"));
    check(&names, "Andromeda", "M 31", 10.684_708, 41.268_75, 5.0);
    check(&names, "horsehead", "B 33", 85.245_83, -2.458_33, 5.0);
    let found = names.resolve("Fornax").unwrap();
    assert!(found.suggestions.contains(&"Fornax A".to_owned()), "{found:?}");
    check(&names, "t crb", "T CrB", 239.875_67, 25.920_17, 1.0);
    // Another number is another object.
    assert!(names.resolve("NGC 99999").unwrap().suggestions.is_empty());
    for nothing in ["", "   ", "*", "qqqqqqqq", &"x".repeat(5000)] {
        let found = names.resolve(nothing).unwrap();
        assert!(found.matches.is_empty() && found.suggestions.is_empty(), "{nothing}");
    }
}

#[test]
fn completion_shows_the_spelling_that_was_begun() {
    let names = Names::builtin();
    let list = names.complete("androm", 5);
    assert_eq!(list[0].name, "Andromeda Galaxy");
    assert_eq!(list[0].aliases[0], "M 31");
    assert_eq!(names.complete("M 3", 3)[0].name, "M 3");
    assert!(names.complete("アンドロ", 5).iter().any(|t| t.aliases.contains(&"M 31".to_owned())));
    assert_eq!(names.complete("alpha orio", 5)[0].aliases[0], "Betelgeuse");
    assert_eq!(names.complete("alf or", 5)[0].aliases[0], "Betelgeuse");
    assert!(names.complete("", 5).is_empty());
    assert_eq!(names.complete("m", 7).len(), 7);
}

#[tokio::test]
async fn targets_of_the_archive_join_what_is_known() {
    let target = |name: &str, ra_deg, dec_deg| ArchiveTarget { name: name.into(), ra_deg, dec_deg };
    let targets = [
        target("A478", 63.3563, 10.4661),
        target("NGC1316", 50.674, -37.208),
        target("M 31", 200.0, 10.0),
        target("Field-7", 12.0, -5.0),
        target("", 1.0, 1.0),
        target("broken", f64::NAN, 1.0),
    ];
    let (names, report) = build_names(&PathBuf::from("no such folder"), &targets).await;
    assert!(report.failed.is_empty() && report.read.is_empty());
    check(&names, "Abell 478", "Abell 478", 63.355, 10.465, 60.0);
    check(&names, "field 7", "Field-7", 12.0, -5.0, 1.0);
    assert_eq!(names.resolve("NGC 1316").unwrap().matches.len(), 1);
    // A target that bears a known name elsewhere on the sky is an alternative.
    let found = names.resolve("M31").unwrap();
    assert_eq!(found.matches.len(), 2);
    assert_eq!(found.matches[1].source, "name:target");
    assert!(names.resolve("broken").unwrap().matches.is_empty());
}

#[tokio::test]
async fn small_source_files() {
    let dir = tempfile::tempdir().unwrap();
    let csv = "Name;Type;RA;Dec;Const;MajAx;MinAx;PosAng;B-Mag;V-Mag;J-Mag;H-Mag;K-Mag;SurfBr;Hubble;\
        Pax;Pm-RA;Pm-Dec;RadVel;Redshift;Cstar U-Mag;Cstar B-Mag;Cstar V-Mag;M;NGC;IC;Cstar Names;\
        Identifiers;Common names;NED notes;OpenNGC notes;Sources\n\
        NGC0281;HII;00:52:59.35;+56:37:18.8;Cas;27.00;;;7.40;;;;;;;;;;;;;;;;;;;LBN 616;Pacman Nebula;;;\n\
        IC0011;Dup;00:52:59.35;+56:37:18.8;Cas;;;;;;;;;;;;;;;;;;;;0281;;;;;;;\n\
        NGC9999;G;broken;;;;;;;;;;;;;;;;;;;;;;;;;;;;;\n";
    std::fs::write(dir.path().join("NGC.csv"), csv).unwrap();
    std::fs::write(dir.path().join("other.csv"), "a,b\n1,2\n").unwrap();
    std::fs::write(dir.path().join("ongc.db"), "not a database").unwrap();
    let stars = r#"{"features":[{"id":27989,"properties":{"mag":0.45},"geometry":{"coordinates":[88.7929,7.4071]}},
        {"id":9640,"properties":{"mag":2.1},"geometry":{"coordinates":[30.9748,42.3297]}},
        {"id":1,"properties":{"mag":9.1},"geometry":{"coordinates":[0.0009,1.089]}}]}"#;
    std::fs::write(dir.path().join("stars.8.json"), stars).unwrap();
    let named = r#"{"27989":{"name":"Betelgeuse","bayer":"α","flam":"58","hd":"HD 39801","c":"Ori","ja":"ベテルギウス"},
        "9640":{"name":"Almach","bayer":"γ1","flam":"57","c":"And"}}"#;
    std::fs::write(dir.path().join("starnames.json"), named).unwrap();
    let (names, report) = build_names(dir.path(), &[]).await;
    assert_eq!(report.failed.len(), 2, "{:?}", report.failed);
    assert_eq!(report.read.len(), 3, "{:?}", report.read);
    for spelling in ["NGC 281", "IC 11", "pacman nebula", "LBN 616"] {
        check(&names, spelling, "NGC 281", 13.247_29, 56.621_89, 1.0);
    }
    for spelling in
        ["58 Ori", "alf Ori", "α Ori", "alpha orionis", "HD 39801", "ベテルギウス", "HIP 27989"]
    {
        check(&names, spelling, "Betelgeuse", 88.792_94, 7.407_06, 2.0);
    }
    check(&names, "gamma Andromedae", "Almach", 30.9748, 42.3297, 2.0);
    check(&names, "hip 1", "HIP 1", 0.0009, 1.089, 1.0);
    assert!(report.text(tenkyu_wire::Lang::Ja).contains('3'));
}

/// The whole of OpenNGC, where it is at hand.
#[tokio::test]
async fn all_of_openngc() {
    let data = std::env::var_os("TENKYU_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let catalogs = data.join("catalogs");
    if !catalogs.is_dir() {
        println!("skipped: {} is not there", catalogs.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["openngc_NGC.csv", "openngc_addendum.csv"] {
        std::fs::copy(catalogs.join(name), dir.path().join(name)).unwrap();
    }
    let (names, report) = build_names(dir.path(), &[]).await;
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    assert!(report.objects > 13_000, "{}", report.objects);
    for (spellings, name, ra, dec, arcsec) in PUBLISHED {
        for spelling in *spellings {
            check(&names, spelling, name, *ra, *dec, *arcsec);
        }
    }
    // Positions by SIMBAD.
    for (text, name, ra, dec) in [
        ("NGC 6503", "NGC 6503", 267.360_54, 70.144_35),
        ("ngc1961", "NGC 1961", 85.519_43, 69.378_32),
        ("UGC 3334", "NGC 1961", 85.519_43, 69.378_32),
        ("PGC 2557", "M 31", 10.684_71, 41.268_75),
        ("IC 342", "IC 342", 56.702_13, 68.096_37),
        ("Caldwell 5", "IC 342", 56.702_13, 68.096_37),
        ("M102", "M 102", 226.623_2, 55.763_2),
    ] {
        check(&names, text, name, ra, dec, 10.0);
    }
    for number in 1..=7840 {
        let text = format!("NGC {number}");
        let found = names.resolve(&text).unwrap();
        // Ten numbers stand for nothing at all.
        assert!(found.matches.len() <= 3, "{text}: {found:?}");
    }
}
