//! Users' own functions in the editor: what is known of them, checked and offered.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests, outside #[test]

use tenkyu_adql::{CompletionKind, check, complete, parse_with};
use tenkyu_wire::functions::{FunctionKind, FunctionMeta, ValueMeta, ValueType};
use tenkyu_wire::tables::{ColumnMeta, Datatype, Kind, SchemaMeta, TableMeta};
use tenkyu_wire::{Explain, Lang};

fn value(name: &str, kind: ValueType) -> ValueMeta {
    ValueMeta { name: name.into(), kind, unit: String::new() }
}

fn functions() -> Vec<FunctionMeta> {
    let function = |name: &str, kind, arguments, returns| FunctionMeta {
        name: name.into(),
        kind,
        arguments,
        returns: value("", returns),
        description: "made at home".into(),
    };
    vec![
        function(
            "photoz",
            FunctionKind::Scalar,
            vec![value("g", ValueType::Double), value("band", ValueType::Text)],
            ValueType::Double,
        ),
        function(
            "pairs",
            FunctionKind::Aggregate,
            vec![value("ra", ValueType::Double)],
            ValueType::BigInts,
        ),
    ]
}

fn schemas(known: bool) -> Vec<SchemaMeta> {
    let column = |name: &str, kind| ColumnMeta {
        name: name.into(),
        datatype: Datatype { kind, ..Datatype::default() },
        ..ColumnMeta::default()
    };
    let table = TableMeta {
        name: "gaia.dr3".into(),
        columns: vec![column("ra", Kind::Double), column("designation", Kind::Char)],
        ..TableMeta::default()
    };
    let gaia = SchemaMeta { name: "gaia".into(), tables: vec![table], ..SchemaMeta::default() };
    let own = SchemaMeta { name: "my".into(), functions: functions(), ..SchemaMeta::default() };
    if known { vec![gaia, own] } else { vec![gaia] }
}

fn found(text: &str, known: bool) -> Vec<String> {
    let about = |one: &tenkyu_adql::Diagnostic| {
        let marked = text.get(one.place.start..one.place.end).unwrap_or_default();
        let help = one.help(Lang::En).map(|help| format!(": {help}")).unwrap_or_default();
        assert!(!one.detail(Lang::Ja).is_empty() && !one.detail(Lang::En).contains('{'));
        format!("{} {marked}{help}", one.code())
    };
    check(text, &schemas(known)).iter().map(about).collect()
}

#[test]
fn calls_that_fit_pass() {
    for text in [
        "SELECT my.photoz(ra, designation) FROM gaia.dr3 WHERE MY.PhotoZ(1, 'r') > 0.5",
        "SELECT my.pairs(ra) FROM gaia.dr3",
        "SELECT designation, my.pairs(ra) FROM gaia.dr3 GROUP BY designation",
        "SELECT \"my\".photoz(AVG(ra), 'g') FROM gaia.dr3",
    ] {
        assert_eq!(found(text, true), Vec::<String>::new(), "{text}");
    }
    // Where nobody knows the user's functions, nothing is held against a call.
    assert_eq!(found("SELECT my.whatever(ra) FROM gaia.dr3", false), Vec::<String>::new());
}

#[test]
fn calls_that_do_not_fit_are_named() {
    for (text, expected) in [
        (
            "SELECT my.photozz(ra, 'r') FROM gaia.dr3",
            "adql-unknown-function my.photozz: Did you mean my.photoz?",
        ),
        (
            "SELECT my.photoz(ra) FROM gaia.dr3",
            "adql-arguments my.photoz(ra): It is called as my.photoz(g DOUBLE PRECISION, band TEXT) -> DOUBLE PRECISION.",
        ),
        ("SELECT my.photoz(designation, 'r') FROM gaia.dr3", "adql-type designation"),
        (
            "SELECT designation, my.pairs(ra) FROM gaia.dr3",
            "adql-not-grouped designation: Add it to GROUP BY, or wrap it in COUNT, SUM, AVG, MIN or MAX.",
        ),
        (
            "SELECT ra FROM gaia.dr3 WHERE my.pairs(ra) IS NULL",
            "adql-aggregate-place my.pairs(ra): Conditions on aggregates belong in HAVING; aggregates do not nest.",
        ),
        (
            "SELECT my.pairs(SUM(ra)) FROM gaia.dr3",
            "adql-aggregate-place SUM(ra): Conditions on aggregates belong in HAVING; aggregates do not nest.",
        ),
    ] {
        assert_eq!(found(text, true), [expected], "{text}");
    }
    let unknown = found("SELECT my.zzz(ra) FROM gaia.dr3", true);
    assert!(unknown[0].starts_with("adql-unknown-function my.zzz: Upload"), "{unknown:?}");
}

#[test]
fn they_are_offered_while_one_types() {
    let offered = |text: &str| {
        complete(text, text.len(), &schemas(true))
            .into_iter()
            .filter(|one| {
                one.kind == CompletionKind::Function && one.detail.contains("made at home")
            })
            .map(|one| one.insert)
            .collect::<Vec<_>>()
    };
    assert_eq!(offered("SELECT my.pho"), ["photoz("]);
    assert_eq!(offered("SELECT my.photo"), ["photoz("]);
    assert_eq!(offered("SELECT my"), ["my.photoz(", "my.pairs("]);
    assert!(offered("SELECT ra FROM my.").is_empty());
}

#[test]
fn a_query_reads_back_as_it_is_written() {
    let text = "SELECT my.photoz(ra, 'r') AS z, my.pairs(ra) FROM gaia.dr3";
    let query = parse_with(text, &functions()).expect("it parses");
    let again = parse_with(&query.to_string(), &functions()).expect("it parses again");
    assert_eq!(query.to_string(), again.to_string());
    assert!(query.to_string().contains("my.photoz(ra, 'r')"));
}
