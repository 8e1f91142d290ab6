//! The catalogues of this server, as TAP_SCHEMA describes them.

use std::collections::BTreeMap;

use tenkyu_wire::Problem;
use tenkyu_wire::tables::{ColumnMeta, Datatype, Kind, SchemaMeta, TableMeta};

use crate::components::sky_map::Stars;
use crate::tap;

/// A catalogue table with a main position.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Catalogue {
    /// `schema.table`.
    pub(crate) table: String,
    /// What it holds.
    pub(crate) description: String,
    /// Column of the right ascension, ICRS degrees.
    pub(crate) ra: String,
    /// Column of the declination, ICRS degrees.
    pub(crate) dec: String,
    /// Column of the first magnitude, where there is one.
    pub(crate) magnitude: Option<String>,
}

/// Schemas that describe the service or the archive, not the sky.
const NOT_CATALOGUES: &str = "('tap_schema', 'TAP_SCHEMA', 'ivoa')";

/// Every table that has a main position (UCD `pos.eq.ra;meta.main`).
pub(crate) async fn positional() -> Result<Vec<Catalogue>, Problem> {
    let columns = tap::query(format!(
        "SELECT c.table_name, c.column_name, c.ucd, t.description \
         FROM TAP_SCHEMA.columns AS c JOIN TAP_SCHEMA.tables AS t ON c.table_name = t.table_name \
         WHERE t.schema_name NOT IN {NOT_CATALOGUES} \
         AND (c.ucd LIKE 'pos.eq.%' OR c.ucd LIKE 'phot.mag%')"
    ))
    .await?;
    let mut found = BTreeMap::<String, Catalogue>::new();
    for row in columns.rows() {
        let table = row.text("table_name");
        let entry = found.entry(table.clone()).or_insert_with(|| Catalogue {
            table,
            description: row.text("description"),
            ..Default::default()
        });
        let (column, ucd) = (row.text("column_name"), row.text("ucd").to_lowercase());
        let main = ucd.contains("meta.main");
        if ucd.starts_with("pos.eq.ra") && (main || entry.ra.is_empty()) {
            entry.ra = column;
        } else if ucd.starts_with("pos.eq.dec") && (main || entry.dec.is_empty()) {
            entry.dec = column;
        } else if ucd.starts_with("phot.mag") && (main || entry.magnitude.is_none()) {
            entry.magnitude = Some(column);
        }
    }
    Ok(found.into_values().filter(|c| !c.ra.is_empty() && !c.dec.is_empty()).collect())
}

impl Catalogue {
    /// WHERE text of a cone, degrees.
    pub(crate) fn cone(&self, ra_deg: f64, dec_deg: f64, radius_deg: f64) -> String {
        format!(
            "1 = CONTAINS(POINT('ICRS', {}, {}), CIRCLE('ICRS', {ra_deg}, {dec_deg}, {radius_deg}))",
            self.ra, self.dec
        )
    }
}

impl Catalogue {
    /// The `n` brightest rows, of the whole table or of a cone (right ascension, declination,
    /// radius, degrees). Rows without a position or magnitude are left out.
    pub(crate) async fn brightest(
        &self,
        n: usize,
        cone: Option<(f64, f64, f64)>,
    ) -> Result<Stars, Problem> {
        let Some(magnitude) = &self.magnitude else { return Ok(Stars::default()) };
        let within = cone.map_or_else(
            || format!("{magnitude} IS NOT NULL"),
            |(ra, dec, radius)| self.cone(ra, dec, radius),
        );
        let table = tap::query(format!(
            "SELECT TOP {n} {} AS ra, {} AS dec, {magnitude} AS mag FROM {} WHERE {within} ORDER BY {magnitude}",
            self.ra, self.dec, self.table
        ))
        .await?;
        let mut stars = Stars::default();
        for row in table.rows() {
            if let (Some(ra), Some(dec), Some(mag)) =
                (row.number("ra"), row.number("dec"), row.number("mag"))
            {
                stars.ra.push(ra);
                stars.dec.push(dec);
                stars.mag.push(mag as f32);
            }
        }
        Ok(stars)
    }
}

/// Everything that TAP_SCHEMA tells: for the schema browser, for checks and completion.
pub(crate) async fn schemas() -> Result<Vec<SchemaMeta>, Problem> {
    let tables =
        tap::query("SELECT schema_name, table_name, description FROM TAP_SCHEMA.tables".to_owned())
            .await?;
    let columns = tap::query(
        "SELECT table_name, column_name, description, unit, ucd, datatype FROM TAP_SCHEMA.columns"
            .to_owned(),
    )
    .await?;
    let mut by_table = BTreeMap::<String, Vec<ColumnMeta>>::new();
    for row in columns.rows() {
        by_table.entry(row.text("table_name")).or_default().push(ColumnMeta {
            name: undelimited(&row.text("column_name")),
            description: row.text("description"),
            unit: row.text("unit"),
            ucd: row.text("ucd"),
            datatype: Datatype { kind: kind(&row.text("datatype")), ..Default::default() },
            ..Default::default()
        });
    }
    let mut schemas = BTreeMap::<String, SchemaMeta>::new();
    for row in tables.rows() {
        let (schema, name) = (row.text("schema_name"), row.text("table_name"));
        let columns = by_table.remove(&name).unwrap_or_default();
        let table = TableMeta {
            position: main_position(&columns),
            description: row.text("description"),
            name,
            columns,
            ..Default::default()
        };
        let entry = schemas.entry(schema.clone()).or_default();
        entry.name = schema;
        entry.tables.push(table);
    }
    // Catalogues first, what describes the service last.
    let mut list: Vec<_> = schemas.into_values().collect();
    list.sort_by_key(|schema| match schema.name.to_lowercase().as_str() {
        "tap_schema" => 2,
        "ivoa" => 1,
        _ => 0,
    });
    Ok(list)
}

/// The type of a TAP_SCHEMA `datatype`, as VOTable or ADQL names it.
fn kind(datatype: &str) -> Kind {
    let word = datatype.split(['(', '[']).next().unwrap_or_default().trim().to_lowercase();
    match word.as_str() {
        "boolean" => Kind::Boolean,
        "unsignedbyte" => Kind::UnsignedByte,
        "short" | "smallint" => Kind::Short,
        "int" | "integer" => Kind::Int,
        "long" | "bigint" => Kind::Long,
        "float" | "real" => Kind::Float,
        "double" => Kind::Double,
        _ => Kind::Char,
    }
}

/// The columns of the main position: by UCD, `meta.main` first.
pub(crate) fn main_position(columns: &[ColumnMeta]) -> Option<(String, String)> {
    let find = |start: &str| {
        let of = |c: &&ColumnMeta| c.ucd.to_lowercase().starts_with(start);
        let main = columns.iter().filter(of).find(|c| c.ucd.to_lowercase().contains("meta.main"));
        main.or_else(|| columns.iter().find(of)).map(|c| c.name.clone())
    };
    Some((find("pos.eq.ra")?, find("pos.eq.dec")?))
}

/// Stars drawn on a map.
pub(crate) const FIELD_STARS: usize = 5000;

/// The brightest stars of a cone, from the catalogue that has most of them there.
pub(crate) async fn stars_around(
    ra_deg: f64,
    dec_deg: f64,
    radius_deg: f64,
) -> Result<Stars, Problem> {
    densest(&positional().await?, Some((ra_deg, dec_deg, radius_deg))).await
}

/// The brightest stars of a cone or of the sky, from the catalogue that has most of them there.
pub(crate) async fn densest(
    catalogues: &[Catalogue],
    cone: Option<(f64, f64, f64)>,
) -> Result<Stars, Problem> {
    let mut best = Stars::default();
    for catalogue in catalogues.iter().filter(|c| c.magnitude.is_some()) {
        let stars = catalogue.brightest(FIELD_STARS, cone).await?;
        if stars.len() > best.len() {
            best = stars;
        }
    }
    Ok(best)
}

/// A name of TAP_SCHEMA, which is written as queries must write it (TAP 1.1 §4), without its
/// quotes: the checks and the completion of the editor put them where they are needed.
fn undelimited(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_quotes_once() {
        assert_eq!(undelimited("\"_healpix_29\""), "_healpix_29");
        assert_eq!(undelimited("\"a\"\"b\""), "a\"b");
        assert_eq!(undelimited("ra"), "ra");
    }
}
