//! What the engine offers beyond the core of ADQL, for TAPRegExt (ADQL 2.1 §4).

use tenkyu_adql::{Builtin, Family, Udf};
use tenkyu_vo::FeatureGroup;

/// Names of TAPRegExt's kinds of features.
const KINDS: &str = "ivo://ivoa.net/std/TAPRegExt#features-";

/// The optional features of the language that the engine plans.
///
/// COALESCE is planned too and not declared: validators in use know no key for it and take the
/// one of ADQL 2.1 §4.8 for an error.
pub(super) fn of_engine() -> Vec<FeatureGroup> {
    let geometry: Vec<&str> = Builtin::ALL
        .iter()
        .filter(|builtin| builtin.family() == Family::Geometry)
        .map(|builtin| builtin.name())
        .collect();
    vec![
        group("adqlgeo", &geometry),
        group("adql-string", &["LOWER", "UPPER", "ILIKE"]),
        group("adql-type", &["CAST"]),
        group("adql-unit", &["IN_UNIT"]),
        group("adql-sets", &["UNION", "EXCEPT", "INTERSECT"]),
        group("adql-common-table", &["WITH"]),
        group("adql-offset", &["OFFSET"]),
        FeatureGroup {
            kind: format!("{KINDS}udf"),
            features: Udf::ALL
                .iter()
                .map(|udf| (udf.form().to_owned(), udf.description().to_owned()))
                .collect(),
        },
    ]
}

fn group(kind: &str, forms: &[&str]) -> FeatureGroup {
    FeatureGroup {
        kind: format!("{KINDS}{kind}"),
        features: forms.iter().map(|form| ((*form).to_owned(), String::new())).collect(),
    }
}
