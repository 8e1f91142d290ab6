//! TAP as the page uses it: `/tap/sync` with a JSON answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tenkyu_wire::Problem;

use crate::net::{form, post_json};

/// A result table.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct TapTable {
    /// Columns in order.
    #[serde(rename = "metadata")]
    pub(crate) columns: Vec<TapColumn>,
    /// Rows of cells.
    pub(crate) data: Vec<Vec<Value>>,
    /// The server cut the result at its row limit.
    #[serde(default)]
    pub(crate) overflow: bool,
}

/// A column of a result.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct TapColumn {
    /// Name.
    pub(crate) name: String,
}

impl TapTable {
    /// Rows that can be asked for a cell by column name.
    pub(crate) fn rows(&self) -> impl Iterator<Item = TapRow<'_>> {
        self.data.iter().map(|cells| TapRow { columns: &self.columns, cells })
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct TapRow<'a> {
    columns: &'a [TapColumn],
    cells: &'a [Value],
}

impl TapRow<'_> {
    fn cell(&self, name: &str) -> Option<&Value> {
        let index = self.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name))?;
        self.cells.get(index)
    }

    /// A cell as text; null and a missing column are empty.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.cell(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// A finite number, or `None`.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        match self.cell(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
        .filter(|value: &f64| value.is_finite())
    }
}

/// Runs a query and reads its rows.
pub(crate) async fn query(adql: String) -> Result<TapTable, Problem> {
    let body = form(&[
        ("LANG", "ADQL"),
        ("REQUEST", "doQuery"),
        ("RESPONSEFORMAT", "json"),
        ("QUERY", &adql),
    ]);
    post_json("/tap/sync", &body).await
}

/// The newest snapshots of the tables that a query reads, as (table, snapshot).
pub(crate) async fn snapshots(adql: String) -> Result<Vec<(String, String)>, Problem> {
    #[derive(Deserialize)]
    struct Read {
        snapshots: BTreeMap<String, String>,
    }
    let body = form(&[
        ("LANG", "ADQL"),
        ("REQUEST", "doQuery"),
        ("RESPONSEFORMAT", "json"),
        ("MAXREC", "0"),
        ("QUERY", &adql),
    ]);
    let read: Read = post_json("/tap/sync", &body).await?;
    Ok(read.snapshots.into_iter().collect())
}

/// Text as an ADQL string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The address that gives the rows of a query in a format, for download links.
pub(crate) fn download(adql: &str, format: &str) -> String {
    format!("/tap/sync?{}", form(&[("LANG", "ADQL"), ("RESPONSEFORMAT", format), ("QUERY", adql)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_name_and_nulls_are_empty() {
        let json = r#"{"metadata":[{"name":"a","unit":"deg"},{"name":"B"}],"data":[[1.5,null],["2","x"]],"overflow":true}"#;
        let table: TapTable = serde_json::from_str(json).unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows[0].number("A"), Some(1.5));
        assert_eq!(rows[0].text("b"), "");
        assert_eq!(rows[1].number("a"), Some(2.0));
        assert_eq!(rows[1].number("missing"), None);
        assert!(table.overflow);
    }

    #[test]
    fn literals_escape_quotes() {
        assert_eq!(literal("Barnard's"), "'Barnard''s'");
    }
}
