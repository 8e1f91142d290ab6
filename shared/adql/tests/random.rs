//! Whatever is typed: no panic, an answer in bounded time, and text that means the same again.

use proptest::prelude::*;
use tenkyu_adql::{check, complete, parse, parse_expr, tokens};

const WORDS: &[&str] = &[
    "SELECT",
    "DISTINCT",
    "TOP",
    "FROM",
    "WHERE",
    "GROUP",
    "BY",
    "ORDER",
    "HAVING",
    "OFFSET",
    "UNION",
    "ALL",
    "EXCEPT",
    "INTERSECT",
    "WITH",
    "AS",
    "JOIN",
    "LEFT",
    "NATURAL",
    "ON",
    "USING",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "IS",
    "NULL",
    "EXISTS",
    "CAST",
    "COUNT",
    "POINT",
    "CIRCLE",
    "CONTAINS",
    "TIMESTAMP",
    "INTERVAL",
    "DAY",
    "a",
    "b",
    "t.c",
    "\"q\"",
    "'x'",
    "'",
    "\"",
    "1",
    "2.5",
    "1e9",
    "(",
    ")",
    "(",
    ")",
    ",",
    ".",
    "*",
    "+",
    "-",
    "/",
    "||",
    "=",
    "<>",
    "<",
    "--",
    "\n",
    ";",
    "天",
    "＝",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|words| words.join(" "))
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("t.\"B c\"".to_owned()),
        Just("NULL".to_owned()),
        any::<u64>().prop_map(|n| n.to_string()),
        any::<f64>()
            .prop_filter("finite", |x| x.is_finite())
            .prop_map(|x| format!("{:?}", x.abs())),
        "[a-z' 天]{0,6}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        Just("TIMESTAMP '2020-01-01'".to_owned()),
        Just("(SELECT a FROM t WHERE b = 1)".to_owned()),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            (
                two(),
                prop::sample::select(vec!["+", "-", "*", "/", "||", "=", "<>", "<=", "AND", "OR"])
            )
                .prop_map(|((a, b), op)| format!("({a}) {op} ({b})")),
            two().prop_map(|(a, b)| format!("{a} BETWEEN {b} AND ({a})")),
            two().prop_map(|(a, b)| format!("({a}) NOT IN ({b}, {a})")),
            two().prop_map(|(a, b)| format!("({a}) ILIKE ({b})")),
            inner.clone().prop_map(|a| format!("NOT ({a})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.clone().prop_map(|a| format!("({a}) IS NOT NULL")),
            inner.clone().prop_map(|a| format!("CAST({a} AS DOUBLE PRECISION)")),
            two().prop_map(|(a, b)| format!("POINT('ICRS', {a}, {b})")),
            two().prop_map(|(a, b)| format!("my_f({a}, SUM(DISTINCT {b}))")),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_typed_makes_it_panic(text in soup(), cursor in 0..400_usize) {
        let _ = tokens(&text);
        let _ = complete(&text, cursor, &[]);
        for diagnostic in check(&text, &[]) {
            prop_assert!(diagnostic.place.start <= diagnostic.place.end);
            prop_assert!(diagnostic.place.end <= text.len());
        }
        if let Ok(query) = parse(&text) {
            let canonical = query.to_string();
            prop_assert_eq!(parse(&canonical).map(|query| query.to_string()), Ok(canonical));
        }
    }

    #[test]
    fn any_characters_are_taken(text in any::<String>(), cursor in 0..40_usize) {
        let _ = (parse(&text), tokens(&text), complete(&text, cursor, &[]));
    }

    /// The tree of the canonical text is the tree of the text, but for places.
    #[test]
    fn the_canonical_text_means_the_same(text in value()) {
        if let Ok(expr) = parse_expr(&text) {
            let canonical = expr.to_string();
            let again = parse_expr(&canonical).map_err(|error| format!("{canonical}: {error}"));
            prop_assert_eq!(Ok(shape(&expr)), again.map(|again| shape(&again)));
        }
    }
}

/// The tree without its places.
fn shape(expr: &tenkyu_adql::ast::Expr) -> String {
    let text = format!("{expr:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span {") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}
