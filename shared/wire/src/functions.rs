//! Users' own functions, as they are listed and described.

use serde::{Deserialize, Serialize};

/// The schema under which a user's own functions are called: `my.f(…)`.
pub const SCHEMA: &str = "my";

/// Whether a name means the schema of users' own functions.
pub fn is_own(schema: &str) -> bool {
    schema.eq_ignore_ascii_case(SCHEMA)
}

/// What a function makes of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FunctionKind {
    /// A value of every row.
    #[default]
    Scalar,
    /// A value of the rows of a group.
    Aggregate,
}

/// Types of arguments and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValueType {
    /// 64-bit float.
    #[default]
    #[serde(rename = "double")]
    Double,
    /// 64-bit integer.
    #[serde(rename = "bigint")]
    BigInt,
    /// UTF-8 text.
    #[serde(rename = "text")]
    Text,
    /// List of 64-bit floats. Of values only.
    #[serde(rename = "double[]")]
    Doubles,
    /// List of 64-bit integers. Of values only.
    #[serde(rename = "bigint[]")]
    BigInts,
}

impl ValueType {
    /// How ADQL and TAPRegExt write it.
    pub const fn adql(self) -> &'static str {
        match self {
            ValueType::Double => "DOUBLE PRECISION",
            ValueType::BigInt => "BIGINT",
            ValueType::Text => "TEXT",
            ValueType::Doubles => "DOUBLE PRECISION[]",
            ValueType::BigInts => "BIGINT[]",
        }
    }

    /// Whether it holds several numbers.
    pub const fn is_list(self) -> bool {
        matches!(self, ValueType::Doubles | ValueType::BigInts)
    }
}

/// A typed value of a function: an argument, or what it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ValueMeta {
    /// Name of an argument; empty for what a function gives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// Unit (VOUnits 1.1); may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FunctionMeta {
    /// Name in lower case, without the schema.
    pub name: String,
    /// What it makes of rows.
    pub kind: FunctionKind,
    /// What it takes.
    pub arguments: Vec<ValueMeta>,
    /// What it gives.
    pub returns: ValueMeta,
    /// What it does; may be empty.
    #[serde(default)]
    pub description: String,
}

impl FunctionMeta {
    /// Whether this is the function called `name`, without regard to case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it makes one value of the rows of a group.
    pub fn is_aggregate(&self) -> bool {
        self.kind == FunctionKind::Aggregate
    }

    /// The signature, as TAPRegExt 1.0 §2.3 writes it: `my.f(x DOUBLE PRECISION) -> BIGINT`.
    pub fn form(&self) -> String {
        let arguments: Vec<String> =
            self.arguments.iter().map(|one| format!("{} {}", one.name, one.kind.adql())).collect();
        let value = self.returns.kind.adql();
        format!("{SCHEMA}.{}({}) -> {value}", self.name, arguments.join(", "))
    }
}

/// An uploaded module and the functions in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleMeta {
    /// SHA-256 of the module's bytes, in hexadecimal digits.
    pub id: String,
    /// Name of the file that was uploaded.
    pub name: String,
    /// Size of the module, bytes.
    pub bytes: u64,
    /// When it was uploaded, milliseconds since 1970, UTC.
    pub created: i64,
    /// Its functions.
    pub functions: Vec<FunctionMeta>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_written_as_tapregext_has_them() {
        let text = r#"{"name":"pairs","kind":"aggregate","arguments":[
            {"name":"ra","type":"double","unit":"deg"},{"name":"bins","type":"bigint"}],
            "returns":{"type":"bigint[]"}}"#;
        let function: FunctionMeta = serde_json::from_str(text).unwrap();
        assert!(function.is_aggregate() && function.is("PAIRS"));
        assert_eq!(function.form(), "my.pairs(ra DOUBLE PRECISION, bins BIGINT) -> BIGINT[]");
    }
}
