//! Queries that are ADQL 2.1 and queries that are not: our own in `corpus/`, and where the shared
//! data lie beside the checkout, those gathered from validation suites of the VO.

#![allow(clippy::expect_used)] // a test that cannot read its corpus has failed

use std::path::{Path, PathBuf};

use tenkyu_adql::{check_syntax, parse};
use tenkyu_wire::{Explain, Lang};

fn cases(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let text = std::fs::read_to_string(path).expect("corpus");
    // The first line says what the file is.
    let (_, text) = text.split_once('\n').expect("heading");
    text.split("\n\n").map(|case| case.trim().to_owned()).filter(|case| !case.is_empty()).collect()
}

/// What is wrong with a query, as a user reads it.
fn complaints(query: &str) -> String {
    let told = |one: tenkyu_adql::Diagnostic| {
        format!("{}:{} {}", one.place.line, one.place.column, one.detail(Lang::En))
    };
    check_syntax(query).into_iter().map(told).collect::<Vec<_>>().join("; ")
}

#[test]
fn own_valid_queries_are_accepted() {
    let cases = cases("valid.adql");
    assert!(cases.len() >= 25, "{}", cases.len());
    for query in cases {
        assert_eq!(complaints(&query), "", "{query}");
        let canonical = parse(&query).expect("parsed").to_string();
        assert_eq!(parse(&canonical).map(|again| again.to_string()), Ok(canonical), "{query}");
    }
}

#[test]
fn own_invalid_queries_are_refused_at_their_place() {
    let cases = cases("invalid.adql");
    assert!(cases.len() >= 30, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let (place, query) = case.split_once('\n').expect("place and query");
        let found = complaints(query);
        if found.split_whitespace().next() != Some(place) {
            wrong.push(format!("{query}\n  expected {place}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The gathered corpus, or `None` with a note where it is not.
fn gathered() -> Option<Vec<serde_json::Value>> {
    let root = match std::env::var_os("TENKYU_SHARED_DATA") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    let path = root.join("vo/adql_corpus.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not here", path.display());
        return None;
    };
    let corpus: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    corpus["queries"].as_array().cloned()
}

#[test]
fn the_gathered_corpus_is_judged_as_it_is_labelled() {
    let Some(queries) = gathered() else { return };
    let mut seen = (0, 0);
    let mut wrong = Vec::new();
    for case in &queries {
        let query = case["query"].as_str().expect("text");
        let found = complaints(query);
        match case["expected_valid"].as_bool() {
            Some(true) => seen.0 += 1,
            Some(false) => seen.1 += 1,
            None => continue,
        }
        if case["expected_valid"] != found.is_empty() {
            wrong.push(format!("{} {query}: {found:?}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.0 > 200 && seen.1 > 40, "{seen:?}");
}

/// Places lie within the text, whatever the query.
#[test]
fn every_complaint_about_the_gathered_corpus_has_a_place() {
    for case in gathered().unwrap_or_default() {
        let query = case["query"].as_str().expect("text");
        for one in tenkyu_adql::check(query, &[]) {
            assert!(one.place.start <= one.place.end && one.place.end <= query.len(), "{query}");
            assert!(one.place.line >= 1 && one.place.column >= 1);
        }
    }
}
