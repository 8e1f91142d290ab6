//! Checks and completion against a small set of tables.
#![allow(clippy::expect_used, clippy::panic)] // helpers of tests, outside #[test]

use tenkyu_adql::{CompletionKind, HighlightKind, check, complete, tokens};
use tenkyu_wire::{
    Explain, Lang,
    tables::{ColumnMeta, Datatype, Kind, SchemaMeta, TableMeta},
};

fn column(name: &str, kind: Kind, unit: &str) -> ColumnMeta {
    let datatype = Datatype { kind, ..Datatype::default() };
    ColumnMeta { name: name.into(), unit: unit.into(), datatype, ..ColumnMeta::default() }
}

fn schemas() -> Vec<SchemaMeta> {
    let gaia = TableMeta {
        name: "gaia.dr3".into(),
        columns: vec![
            column("source_id", Kind::Long, ""),
            column("ra", Kind::Double, "deg"),
            column("dec", Kind::Double, "deg"),
            column("parallax", Kind::Float, "mas"),
            column("phot_g_mean_mag", Kind::Float, "mag"),
            column("designation", Kind::Char, ""),
            column("Mixed Case", Kind::Int, ""),
        ],
        ..TableMeta::default()
    };
    let hip = TableMeta {
        name: "hip.main".into(),
        columns: vec![column("hip", Kind::Int, ""), column("ra", Kind::Double, "deg")],
        ..TableMeta::default()
    };
    vec![
        SchemaMeta { name: "gaia".into(), tables: vec![gaia], ..SchemaMeta::default() },
        SchemaMeta { name: "hip".into(), tables: vec![hip], ..SchemaMeta::default() },
    ]
}

/// Code, marked text and help of everything that is found.
fn found(text: &str) -> Vec<String> {
    let about = |one: &tenkyu_adql::Diagnostic| {
        let marked = text.get(one.place.start..one.place.end).unwrap_or_default();
        let help = one.help(Lang::En).map(|help| format!(": {help}")).unwrap_or_default();
        assert!(!one.detail(Lang::Ja).is_empty() && !one.detail(Lang::En).contains('{'));
        format!("{} {marked}{help}", one.code())
    };
    check(text, &schemas()).iter().map(about).collect()
}

#[test]
fn good_queries_pass() {
    for text in [
        "SELECT * FROM gaia.dr3",
        "SELECT RA, t.Dec, \"Mixed Case\" FROM dr3 AS t WHERE t.parallax > 1",
        "SELECT gaia.dr3.ra, dr3.dec FROM gaia.dr3 ORDER BY dec, 1",
        "SELECT g.ra FROM gaia.dr3 g JOIN hip.main h ON g.source_id = h.hip",
        "SELECT ra, hip FROM gaia.dr3 JOIN hip.main USING (ra)",
        "SELECT ra FROM gaia.dr3 NATURAL JOIN hip.main",
        "SELECT COUNT(*) AS n, FLOOR(phot_g_mean_mag) AS bin FROM gaia.dr3 GROUP BY FLOOR(phot_g_mean_mag) ORDER BY bin",
        "SELECT MAX(ra) - MIN(ra) FROM gaia.dr3 HAVING COUNT(*) > 1",
        "WITH a (x, y) AS (SELECT ra, dec FROM gaia.dr3) SELECT x + y FROM a WHERE x > 1",
        "SELECT s.n FROM (SELECT COUNT(*) AS n FROM gaia.dr3) AS s WHERE n > 3",
        "SELECT ra FROM gaia.dr3 AS g WHERE EXISTS (SELECT hip FROM hip.main WHERE hip.main.ra = g.ra)",
        "SELECT ra FROM gaia.dr3 WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE(POINT(1, 2), 3))",
        "SELECT TOP 3 x FROM tap_upload.mine WHERE whatever = 'x'",
        "SELECT a.ra, b.ra FROM gaia.dr3 a, gaia.dr3 b WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.1",
        "SELECT ivo_healpix_index(6, ra, dec) FROM gaia.dr3",
        "SELECT designation || 'x', COALESCE(parallax, 0) FROM gaia.dr3 WHERE NOT designation LIKE 'G%'",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (text, expected) in [
        ("SELECT ra FROM gaia.dr4", "adql-unknown-table gaia.dr4: Did you mean gaia.dr3?"),
        ("SELECT ra FROM gaja.dr3", "adql-unknown-table gaja.dr3: Did you mean gaia.dr3?"),
        ("SELECT paralax FROM gaia.dr3", "adql-unknown-column paralax: Did you mean parallax?"),
        ("SELECT h.ra FROM gaia.dr3 AS g", "adql-unknown-table h: The tables are: g."),
        ("SELECT \"RA\" FROM gaia.dr3", "adql-unknown-column \"RA\": Did you mean ra?"),
        (
            "SELECT mixedcase FROM gaia.dr3",
            "adql-unknown-column mixedcase: Did you mean \"Mixed Case\"?",
        ),
        (
            "SELECT ra FROM gaia.dr3 WHERE designation = \"Barnard's star\"",
            "adql-unknown-column \"Barnard's star\": A text is written in single quotes; double quotes are for names.",
        ),
        (
            "SELECT ra FROM gaia.dr3, hip.main",
            "adql-ambiguous-column ra: Write the table before it, as in dr3.ra.",
        ),
        (
            "SELECT 1 FROM gaia.dr3, gaia.dr3",
            "adql-duplicate-table gaia.dr3: Give one of them another name with AS.",
        ),
        (
            "SELECT POWER(ra) FROM gaia.dr3",
            "adql-arguments POWER(ra): It is called as POWER(x, y).",
        ),
        ("SELECT SQRTT(ra) FROM gaia.dr3", "adql-unknown-function SQRTT: Did you mean SQRT?"),
        (
            "SELECT ra, COUNT(*) FROM gaia.dr3",
            "adql-not-grouped ra: Add it to GROUP BY, or wrap it in COUNT, SUM, AVG, MIN or MAX.",
        ),
        (
            "SELECT ra FROM gaia.dr3 WHERE COUNT(*) > 1",
            "adql-aggregate-place COUNT(*): Conditions on aggregates belong in HAVING; aggregates do not nest.",
        ),
        ("SELECT ra FROM gaia.dr3 WHERE ra = 'x'", "adql-type ra = 'x'"),
        ("SELECT ra FROM gaia.dr3 WHERE ra + 1", "adql-type ra + 1"),
        ("SELECT ra FROM gaia.dr3 WHERE ra LIKE '1%'", "adql-type ra"),
        (
            "SELECT ra FROM gaia.dr3 WHERE CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))",
            "adql-type CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3)): CONTAINS and INTERSECTS yield 1 or 0: write 1 = CONTAINS(…).",
        ),
        ("SELECT designation * 2 FROM gaia.dr3", "adql-type designation"),
        ("SELECT ra FROM gaia.dr3 ORDER BY 2", "adql-order-position 2"),
        (
            "SELECT ra FROM gaia.dr3 UNION SELECT hip, ra FROM hip.main",
            "adql-column-count SELECT ra FROM gaia.dr3 UNION SELECT hip, ra FROM hip.main",
        ),
        (
            "SELECT dec FROM gaia.dr3 JOIN hip.main USING (hip)",
            "adql-unknown-column hip: The columns are: source_id, ra, dec, parallax, phot_g_mean_mag, designation, Mixed Case, hip, ra.",
        ),
    ] {
        let answers = found(text);
        assert_eq!(answers, [expected], "{text}");
    }
}

#[test]
fn several_things_are_reported_at_once() {
    assert_eq!(found("SELECT raa, decc FROM gaia.dr3 WHERE ra = 'x'").len(), 3);
}

fn labels(text: &str, kind: CompletionKind) -> Vec<String> {
    let cursor = text.find('|').expect("cursor");
    let text = text.replacen('|', "", 1);
    let all = complete(&text, cursor, &schemas());
    all.into_iter().filter(|one| one.kind == kind).map(|one| one.label).collect()
}

#[test]
fn completion_knows_where_it_is() {
    use CompletionKind::*;
    assert_eq!(labels("SELECT * FROM |", Table), ["gaia.dr3", "hip.main"]);
    assert_eq!(labels("SELECT * FROM ma|", Table), ["hip.main"]);
    assert_eq!(labels("SELECT * FROM gaia.|", Table), ["dr3"]);
    assert_eq!(labels("SELECT | FROM hip.main", Column), ["hip", "ra"]);
    assert_eq!(labels("SELECT g.p| FROM gaia.dr3 AS g", Column), ["parallax", "phot_g_mean_mag"]);
    assert_eq!(labels("SELECT ra FROM gaia.dr3 WHERE mag|", Column), ["phot_g_mean_mag"]);
    assert_eq!(
        labels("SELECT ra FROM gaia.dr3 g JOIN hip.main h ON g.source_id = h.|", Column),
        ["hip", "ra"]
    );
    assert_eq!(labels("SELECT ra FROM gaia.dr3 WHERE ra > 1 |", Keyword)[..2], ["AND", "OR"]);
    assert!(labels("SELECT ra FROM gaia.dr3 |", Keyword).contains(&"WHERE".to_owned()));
    assert_eq!(labels("SEL|", Keyword), ["SELECT"]);
    assert_eq!(labels("SELECT SQ| FROM gaia.dr3", Function), ["SQRT"]);
    assert_eq!(
        labels("WITH bright AS (SELECT 1 FROM hip.main) SELECT * FROM br|", Table),
        ["bright"]
    );
    assert_eq!(
        labels("SELECT h| FROM (SELECT ra FROM gaia.dr3 WHERE ra > 1) AS s, hip.main", Column),
        ["hip"]
    );
    assert!(complete("SELECT 'ab", 9, &schemas()).is_empty());
    assert!(complete("SELECT -- ab", 11, &schemas()).is_empty());
    assert!(complete("天", 1, &schemas()).is_empty());
    let mixed = complete("SELECT mix FROM gaia.dr3", 10, &schemas());
    assert_eq!((mixed[0].insert.as_str(), mixed[0].replace.start), ("\"Mixed Case\"", 7));
}

#[test]
fn colours_cover_all_but_blanks() {
    let text = "SELECT COUNT(*), my_f(1.5) FROM \"t\" -- 天\nWHERE a = 'x' ＝";
    let kinds: Vec<HighlightKind> = tokens(text).iter().map(|one| one.kind).collect();
    use HighlightKind::*;
    assert_eq!(
        kinds,
        [
            Keyword, Function, Operator, Operator, Operator, Operator, Function, Operator, Number,
            Operator, Keyword, Name, Comment, Keyword, Name, Operator, String, Error
        ]
    );
}

#[test]
fn signs_are_looked_through_once() {
    for end in ["'a'", "(ra = 1)", "POINT(1, 2)"] {
        let text = format!("SELECT {}{end} FROM gaia.dr3", "+ ".repeat(60));
        assert_eq!(found(&text).len(), 1, "{text}");
    }
}

#[test]
fn long_queries_are_checked_in_bounded_time() {
    let many = |item: &str, count: usize| vec![item; count].join(", ");
    for text in [
        format!("SELECT {} FROM gaia.dr3", many("nothing_like_it", 50_000)),
        format!(
            "SELECT {} FROM gaia.dr3 GROUP BY {}",
            many("ra + 1", 20_000),
            many("ra + 2", 20_000)
        ),
        format!("SELECT {} FROM gaia.dr3 GROUP BY {}", many("ra", 20_000), many("dec", 20_000)),
    ] {
        let started = std::time::Instant::now();
        assert_eq!(check(&text, &schemas()).len(), 100);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
