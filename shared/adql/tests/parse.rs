//! Queries as text, and what the parser says about each.

use tenkyu_adql::{MAX_DEPTH, MAX_LENGTH, ParseErrorKind, ast::*, parse, parse_expr};
use tenkyu_wire::{Explain, Lang};

/// The tree's text for each query, or what the user reads.
fn report(text: &str) -> String {
    match parse(text) {
        Ok(query) => query.to_string(),
        Err(error) => {
            let mut out = format!("{}:{} {}", error.place.line, error.place.column, error.code());
            for lang in [Lang::En, Lang::Ja] {
                out.push_str(&format!("\n  {}", error.detail(lang)));
                if let Some(help) = error.help(lang) {
                    out.push_str(&format!("\n  {help}"));
                }
            }
            out
        }
    }
}

/// Each file holds queries, blank lines between; the snapshot holds the answer to each.
#[test]
fn golden_cases() {
    insta::glob!("cases/*.adql", |path| {
        let text = std::fs::read_to_string(path).expect("case file");
        let answers: Vec<String> = text
            .split("\n\n")
            .filter(|case| !case.trim().is_empty())
            .map(|case| format!("{}\n=> {}", case.trim_end(), report(case)))
            .collect();
        insta::assert_snapshot!(answers.join("\n\n"));
    });
}

#[test]
fn canonical_text_is_a_fixed_point_in_every_good_case() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("cases") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|ext| ext != "adql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("case file");
        for case in text.split("\n\n") {
            if let Ok(query) = parse(case) {
                let once = query.to_string();
                assert_eq!(parse(&once).map(|query| query.to_string()), Ok(once));
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn nesting_ends_in_an_error_and_not_on_the_stack() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!("SELECT a FROM t WHERE {}{inner}{} = 1", open.repeat(10_000), close.repeat(10_000))
    };
    for text in [
        deep("(", "a", ")"),
        deep("ABS(", "a", ")"),
        deep("NOT ", "a", ""),
        deep("- ", "a", ""),
        deep("a + (", "a", ")"),
        deep("(SELECT a FROM t WHERE a = ", "a", ")"),
        deep("EXISTS (SELECT a FROM t WHERE ", "a", ")"),
        format!("SELECT a FROM t WHERE a = 1{}", " + a".repeat(10_000)),
        format!("SELECT a FROM t{}", " JOIN t USING (a)".repeat(10_000)),
        format!("SELECT a FROM t{}", " UNION SELECT a FROM t".repeat(10_000)),
        format!("SELECT a FROM {}t{}", "(".repeat(10_000), ")".repeat(10_000)),
        "(".repeat(100_000),
        "((SELECT ".repeat(5_000),
    ] {
        let error = parse(&text).expect_err("too deep");
        assert_eq!(error.kind, ParseErrorKind::TooDeep, "{}", &text[..60]);
    }
}

#[test]
fn what_people_nest_fits() {
    let nested = |levels: usize| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse_expr(&nested(MAX_DEPTH - 1)).is_ok());
    let long = vec!["a = 1"; 20_000].join(" OR ");
    assert!(
        matches!(parse_expr(&long).expect("flat").kind, ExprKind::Or(items) if items.len() == 20_000)
    );
    let list = format!("a IN ({})", vec!["1"; 50_000].join(","));
    assert!(parse_expr(&list).is_ok());
}

#[test]
fn a_long_text_is_refused() {
    let error = parse(&" ".repeat(MAX_LENGTH + 1)).expect_err("too long");
    assert_eq!(error.kind, ParseErrorKind::TooLong(MAX_LENGTH + 1));
}

#[test]
fn the_tree_knows_its_places() {
    let text = "SELECT t.ra AS \"天\" FROM gaia.dr3 AS t WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE(1, 2, 3))";
    let query = parse(text).expect("query");
    let select = query.body.first_select();
    let SelectItem::Expr { expr, alias } = &select.items[0] else { panic!("item") };
    assert_eq!(expr.span.of(text), "t.ra");
    let alias = alias.as_ref().expect("alias");
    assert_eq!((alias.text.as_str(), alias.quoted, alias.span.of(text)), ("天", true, "\"天\""));
    assert_eq!(select.from[0].span().of(text), "gaia.dr3 AS t");
    let mut points = Vec::new();
    select.condition.as_ref().expect("where").visit(&mut |expr| {
        if let ExprKind::Call(call) = &expr.kind {
            points.push((expr.span.of(text), call.coosys.clone(), call.args.len()));
        }
    });
    assert_eq!(points[1], ("POINT('ICRS', ra, dec)", Some("ICRS".to_owned()), 2));
    assert_eq!(query.span.of(text), text);
}

#[test]
fn precedence_is_that_of_sql() {
    for (text, canonical) in [
        ("a or b and not c = 1", "a OR b AND NOT c = 1"),
        ("(a or b) and c", "(a OR b) AND c"),
        ("a - (b - c) - d", "a - (b - c) - d"),
        ("(a - b) - c", "a - b - c"),
        ("a / (b * c)", "a / (b * c)"),
        ("-(-a) * (-b)", "-(-a) * -b"),
        ("(a + b) || c", "a + b || c"),
        ("not (not a is null)", "NOT NOT a IS NULL"),
        ("(a = b) is null", "(a = b) IS NULL"),
        ("a between 1 + 2 and 3 * 4 and b", "a BETWEEN 1 + 2 AND 3 * 4 AND b"),
        ("(not a) = b", "(NOT a) = b"),
    ] {
        assert_eq!(parse_expr(text).map(|expr| expr.to_string()), Ok(canonical.to_owned()));
    }
    for text in
        ["a = b = c", "not a = (b) = c", "a is null + 1", "a like 'x' like 'y'", "1 + not a"]
    {
        assert!(parse_expr(text).is_err(), "{text}");
    }
}
