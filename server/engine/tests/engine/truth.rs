//! Functions of ADQL beside what astropy, ERFA, cdshealpix and mocpy say. The values are in
//! `tests/data/adql_truth.json`, which `tests/conformance/adql_truth.py` writes.

use serde_json::Value;
use tenkyu_engine::convert_unit;

use crate::support::{Lab, data};

fn truth(part: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(data("adql_truth.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[part].as_array().unwrap().clone()
}

/// The value of an expression.
fn value(lab: &Lab, adql: &str) -> String {
    let query = format!("SELECT {adql} AS v FROM lab.links WHERE label = 'alpha'");
    lab.text(&query).unwrap_or_else(|e| panic!("{adql}: {e}"))[1].clone()
}

/// What is wrong with a value, if anything is.
fn complaint(lab: &Lab, case: &Value) -> Option<String> {
    let adql = case["adql"].as_str().unwrap();
    let found = value(lab, adql);
    let tolerance = case["tolerance"].as_f64().unwrap_or(0.0);
    let good = if let Some(number) = case["number"].as_f64() {
        (found.parse::<f64>().unwrap() - number).abs() <= tolerance.max(1e-12 * number.abs())
    } else if let Some(integer) = case["integer"].as_i64() {
        found == integer.to_string()
    } else if let Some(map) = case["map"].as_str() {
        found.split_whitespace().collect::<Vec<_>>() == map.split_whitespace().collect::<Vec<_>>()
    } else {
        let (lon, lat) = (case["point"][0].as_f64().unwrap(), case["point"][1].as_f64().unwrap());
        let numbers = found.strip_prefix("Position ICRS ").unwrap();
        let (a, b) = numbers.split_once(' ').unwrap();
        let off = value(lab, &format!("DISTANCE({a}, {b}, {lon}, {lat})"));
        off.parse::<f64>().unwrap() <= tolerance
    };
    (!good).then(|| format!("{adql}: {found}, not {case}"))
}

#[test]
fn functions_agree_with_independent_programs() {
    let lab = Lab::small();
    let cases = truth("cases");
    assert!(cases.len() > 100, "{}", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(|case| complaint(&lab, case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn units_convert_as_in_astropy() {
    let cases = truth("units");
    assert!(cases.len() > 30, "{}", cases.len());
    for case in cases {
        let (from, to) = (case["from"].as_str().unwrap(), case["to"].as_str().unwrap());
        let (found, wanted) = (convert_unit(from, to).unwrap(), case["number"].as_f64().unwrap());
        assert!((found / wanted - 1.0).abs() < 1e-9, "{from} {to}: {found}, not {wanted}");
    }
}
