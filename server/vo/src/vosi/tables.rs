//! The tables document (VOSI 1.1 §4, VODataService 1.2).

use tenkyu_adql::words::is_reserved;
use tenkyu_wire::tables::{ColumnMeta, SchemaMeta, TableMeta};

use crate::votable::array_size;
use crate::xml::Xml;

/// A reference from a column of one table to a column of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) from_table: String,
    pub(super) from_column: String,
    pub(super) target_table: String,
    pub(super) target_column: String,
}

/// All schemas and tables.
pub(super) fn tableset(schemas: &[SchemaMeta], keys: &[ForeignKey], with_columns: bool) -> String {
    let mut xml = Xml::document();
    root(&mut xml, "vtm:tableset");
    for schema in schemas {
        xml.open("schema").leaf("name", &schema.name).leaf_some("description", &schema.description);
        xml.line();
        for table in &schema.tables {
            xml.open("table").attr("type", "table");
            push_table(&mut xml, table, keys, with_columns);
            xml.close().line();
        }
        xml.close().line();
    }
    xml.finish()
}

/// One table with its columns.
pub(super) fn table(table: &TableMeta, keys: &[ForeignKey]) -> String {
    let mut xml = Xml::document();
    root(&mut xml, "vtm:table");
    push_table(&mut xml, table, keys, true);
    xml.finish()
}

fn root(xml: &mut Xml, name: &'static str) {
    xml.open(name)
        .attr("xmlns:vtm", "http://www.ivoa.net/xml/VOSITables/v1.0")
        .attr("xmlns:vs", "http://www.ivoa.net/xml/VODataService/v1.1")
        .attr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    if name == "vtm:table" {
        xml.attr("xsi:type", "vs:Table");
    }
    xml.line();
}

fn push_table(xml: &mut Xml, table: &TableMeta, keys: &[ForeignKey], with_columns: bool) {
    xml.leaf("name", &table.name)
        .leaf_some("description", &table.description)
        .leaf_some("utype", &table.utype);
    if let Some(rows) = table.rows {
        xml.leaf("nrows", &rows.to_string());
    }
    xml.line();
    if with_columns {
        table.columns.iter().for_each(|column| push_column(xml, column));
        let own = |key: &&ForeignKey| key.from_table.eq_ignore_ascii_case(&table.name);
        for key in keys.iter().filter(own) {
            xml.open("foreignKey").leaf("targetTable", &key.target_table).open("fkColumn");
            xml.leaf("fromColumn", &key.from_column).leaf("targetColumn", &key.target_column);
            xml.close().close().line();
        }
    }
}

/// A column name as a query must write it (VODataService 1.2 §3.3.1): delimited where it is not a
/// regular identifier or is a reserved word.
fn in_adql(name: &str) -> String {
    let regular = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if regular && !is_reserved(name) || name.starts_with('"') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

fn push_column(xml: &mut Xml, column: &ColumnMeta) {
    xml.open("column").attr("std", if column.std { "true" } else { "false" });
    xml.leaf("name", &in_adql(&column.name))
        .leaf_some("description", &column.description)
        .leaf_some("unit", &column.unit)
        .leaf_some("ucd", &column.ucd)
        .leaf_some("utype", &column.utype);
    xml.open("dataType").attr("xsi:type", "vs:VOTableType");
    xml.attr_some("arraysize", &array_size(column)).attr_some("extendedType", &column.xtype);
    xml.text(column.datatype.kind.votable()).close();
    if column.indexed {
        xml.leaf("flag", "indexed");
    }
    if column.principal {
        xml.leaf("flag", "principal");
    }
    xml.close().line();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_delimited_where_a_query_needs_it() {
        assert_eq!(in_adql("ra"), "ra");
        assert_eq!(in_adql("_healpix_29"), "\"_healpix_29\"");
        assert_eq!(in_adql("[3.6]"), "\"[3.6]\"");
        assert_eq!(in_adql("size"), "\"size\"");
        assert_eq!(in_adql("a\"b"), "\"a\"\"b\"");
        assert_eq!(in_adql("\"done\""), "\"done\"");
    }
}
