//! Each format: a file in, a query, the same values out.

use std::{fs, io::Write as _, path::PathBuf};

use tenkyu_engine::{EngineError, ImportOptions};

use crate::support::{Lab, data, shared};

/// Imports a file of these bytes and gives all of it.
fn round_trip(name: &str, bytes: &[u8]) -> Result<Vec<String>, EngineError> {
    let lab = Lab::empty();
    let path = lab.dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    lab.engine.import(&path, &ImportOptions::new("t.t"), &mut |_| {})?;
    lab.text("SELECT id, ra, dec, mag, name, big FROM t.t ORDER BY id")
}

const EXPECTED: [&str; 4] = [
    "id | ra | dec | mag | name | big",
    "1 | 10.5 | -3.25 | 1.5 | a & b | 9007199254740993",
    "2 | 359.0 | 89.0 | ∅ | ∅ | -1",
    "3 | 0.25 | 0.0 | 2.25 | Ω | ∅",
];

const FIELDS: &str = r#"<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE><TABLE name="t"><DESCRIPTION>Three stars</DESCRIPTION>
<FIELD name="id" datatype="int"/>
<FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra;meta.main"><DESCRIPTION>Right ascension</DESCRIPTION></FIELD>
<FIELD name="dec" datatype="double" unit="deg" ucd="pos.eq.dec;meta.main"/>
<FIELD name="mag" datatype="float" unit="mag"/>
<FIELD name="name" datatype="char" arraysize="*"/>
<FIELD name="big" datatype="long"><VALUES null="-999"/></FIELD>
<DATA>"#;

fn votable(data: &str) -> Vec<u8> {
    format!("{FIELDS}{data}</DATA></TABLE></RESOURCE></VOTABLE>").into_bytes()
}

/// The three rows big-endian; BINARY2 puts a mask of nulls before each.
fn binary(masks: bool) -> String {
    use base64::Engine as _;

    type Row = (i32, f64, f64, Option<f32>, &'static str, Option<i64>);
    let rows: [Row; 3] = [
        (1, 10.5, -3.25, Some(1.5), "a & b", Some(9_007_199_254_740_993)),
        (2, 359.0, 89.0, None, "", Some(-1)),
        (3, 0.25, 0.0, Some(2.25), "Ω", None),
    ];
    let mut out = Vec::new();
    for (id, ra, dec, mag, name, big) in rows {
        if masks {
            out.push(if big.is_none() { 0b0000_0100 } else { 0 });
        }
        out.extend(id.to_be_bytes());
        out.extend(ra.to_be_bytes());
        out.extend(dec.to_be_bytes());
        out.extend(mag.unwrap_or(f32::NAN).to_be_bytes());
        out.extend(u32::try_from(name.len()).unwrap().to_be_bytes());
        out.extend(name.as_bytes());
        out.extend(big.unwrap_or(if masks { 0 } else { -999 }).to_be_bytes());
    }
    let text = base64::engine::general_purpose::STANDARD.encode(out);
    // Real files break the lines.
    text.as_bytes().chunks(20).map(|c| String::from_utf8_lossy(c) + "\n").collect()
}

#[test]
fn votable_in_three_serialisations() {
    let table = "<TABLEDATA>\
        <TR><TD>1</TD><TD>10.5</TD><TD>-3.25</TD><TD>1.5</TD><TD>a &amp; b</TD><TD>9007199254740993</TD></TR>\
        <TR><TD>2</TD><TD>359</TD><TD>89</TD><TD>NaN</TD><TD/><TD>-1</TD></TR>\
        <TR><TD>3</TD><TD>0.25</TD><TD>0</TD><TD>2.25</TD><TD>Ω</TD><TD>-999</TD></TR></TABLEDATA>";
    assert_eq!(round_trip("t.vot", &votable(table)).unwrap(), EXPECTED);
    let one = format!("<BINARY><STREAM encoding=\"base64\">{}</STREAM></BINARY>", binary(false));
    assert_eq!(round_trip("t.xml", &votable(&one)).unwrap(), EXPECTED);
    let two = format!("<BINARY2><STREAM encoding='base64'>\n{}</STREAM></BINARY2>", binary(true));
    assert_eq!(round_trip("t.vot", &votable(&two)).unwrap(), EXPECTED);
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(&votable(table)).unwrap();
    assert_eq!(round_trip("t.vot.gz", &zipped.finish().unwrap()).unwrap(), EXPECTED);
}

#[test]
fn broken_votables_say_where() {
    for (data, part) in [
        ("<TABLEDATA><TR><TD>one</TD></TR></TABLEDATA>", "row 1, id"),
        ("<TABLEDATA><TR><TD>1</TD>", "ends after row 0"),
        ("<BINARY><STREAM encoding=\"base64\">AAAA</STREAM></BINARY>", "row 1"),
        ("<BINARY><STREAM href=\"http://x\"/></BINARY>", "another file"),
    ] {
        let bytes = if part.starts_with("ends") {
            format!("{FIELDS}{data}").into_bytes()
        } else {
            votable(data)
        };
        match round_trip("t.vot", &bytes) {
            Err(EngineError::Unreadable { reason, .. }) => {
                assert!(reason.contains(part), "{reason}");
            }
            other => panic!("{data}: {other:?}"),
        }
    }
}

#[test]
fn delimited_text() {
    let csv = "id,ra,dec,mag,name,big\n1,10.5,-3.25,1.5,a & b,9007199254740993\n\
               2,359,89,,,-1\n3,0.25,0,2.25,Ω,\n";
    assert_eq!(round_trip("t.csv", csv.as_bytes()).unwrap(), EXPECTED);
    assert_eq!(round_trip("t.tsv", csv.replace(',', "\t").as_bytes()).unwrap(), EXPECTED);
    let duplicate = round_trip("t.csv", b"id,ID\n1,2\n").unwrap_err();
    assert!(matches!(duplicate, EngineError::DuplicateColumn { .. }), "{duplicate}");
    let ragged = round_trip("t.csv", b"id,ra\n1,2,3\n").unwrap_err();
    assert!(matches!(ragged, EngineError::Unreadable { .. }), "{ragged}");
}

#[test]
fn ipac_table() {
    let text = [
        "\\fixlen = T",
        "|  id|      ra|   dec| mag|   name|             big|",
        "| int|  double|double|real|   char|            long|",
        "|    |     deg|   deg| mag|       |                |",
        "|null|    null|  null|null|   null|            null|",
        "    1     10.5  -3.25  1.5   a & b 9007199254740993 ",
        "    2    359.0   89.0 null    null               -1 ",
        "    3     0.25    0.0 2.25       O             null ",
    ]
    .join("\n");
    let rows = round_trip("t.tbl", text.as_bytes()).unwrap();
    assert_eq!(rows[..3], EXPECTED[..3]);
}

#[test]
fn parquet_of_our_own_engine() {
    let lab = Lab::stars(500, 10_000);
    let snapshot = &lab.engine.snapshots("sky.stars").unwrap()[0].0;
    let dir = lab.dir.path().join("sky/stars").join(snapshot).join("dataset");
    let file = find_parquet(&dir).unwrap();
    let report = lab.engine.import(&file, &ImportOptions::new("sky.part"), &mut |_| {}).unwrap();
    assert!(report.rows > 0 && report.position == Some(("ra".into(), "dec".into())));
    let query = "SELECT COUNT(*) FROM sky.part JOIN sky.stars USING (id, ra, dec, g)";
    assert_eq!(lab.ids(query), [i64::try_from(report.rows).unwrap()]);
}

fn find_parquet(dir: &std::path::Path) -> Option<PathBuf> {
    fs::read_dir(dir).ok()?.filter_map(|e| Some(e.ok()?.path())).find_map(|p| {
        if p.is_dir() {
            return find_parquet(&p);
        }
        p.extension().is_some_and(|e| e == "parquet").then_some(p)
    })
}

#[test]
fn radians_become_degrees_and_other_units_are_refused() {
    let table = |unit: &str| {
        format!(
            "<VOTABLE><RESOURCE><TABLE><FIELD name=\"ra\" datatype=\"double\" unit=\"{unit}\"/>\
            <FIELD name=\"dec\" datatype=\"double\" unit=\"rad\"/><DATA><TABLEDATA>\
            <TR><TD>1.0</TD><TD>0.5</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
        )
    };
    let lab = Lab::empty();
    let path = lab.dir.path().join("t.vot");
    let import = |unit: &str| {
        fs::write(&path, table(unit)).unwrap();
        lab.engine.import(&path, &ImportOptions::new("t.t"), &mut |_| {})
    };
    import("rad").unwrap();
    let rows = lab.text("SELECT ra, dec FROM t.t").unwrap();
    assert_eq!(rows[1], "57.29577951308232 | 28.64788975654116");
    import("h").unwrap();
    assert_eq!(lab.text("SELECT ra FROM t.t").unwrap()[1], "15.0");
    assert!(matches!(import("parsec"), Err(EngineError::NotAnAngle { .. })));
}

#[test]
fn files_that_are_no_tables_are_refused() {
    for (name, bytes) in [
        ("x.fits", &b"PK\x03\x04"[..]),
        ("x.bin", b"\x00\x01"),
        ("x.csv", b""),
        ("x.parquet", b"PAR1"),
    ] {
        let error = round_trip(name, bytes).unwrap_err();
        let known =
            matches!(error, EngineError::UnknownFormat { .. } | EngineError::Unreadable { .. });
        assert!(known, "{name}: {error}");
    }
    let lab = Lab::empty();
    let missing = lab.engine.import(&data("none.csv"), &ImportOptions::new("t.t"), &mut |_| {});
    assert!(matches!(missing, Err(EngineError::Io { .. })));
    let named = ImportOptions { ra: Some("alpha".into()), ..ImportOptions::new("t.t") };
    let error = lab.engine.import(&data("objects.csv"), &named, &mut |_| {}).unwrap_err();
    let EngineError::NoPosition { candidates } = error else { panic!("{error}") };
    assert_eq!(candidates, ["id", "ra", "dec", "mag", "n"]);
}

#[test]
fn real_fits_catalogues() {
    for (file, rows) in [
        ("catalogs/tycho2_1.87M.fits", None),
        ("catalogs/fermi_3FGL_gll_psc_v16.fit.gz", Some(3034)),
        ("catalogs/abell-all.fits", None),
        ("catalogs/hsc_deepCoadd_meas.fits", None),
    ] {
        let Some(path) = shared(file) else { continue };
        let lab = Lab::empty();
        let report = lab.engine.import(&path, &ImportOptions::new("t.t"), &mut |_| {});
        let report = report.unwrap_or_else(|e| panic!("{file}: {e}"));
        if let Some(rows) = rows {
            assert_eq!(report.rows, rows, "{file}");
        }
        let counted = lab.ids("SELECT COUNT(*) FROM t.t");
        assert_eq!(counted, [i64::try_from(report.rows).unwrap()], "{file}");
    }
}
