//! The tables document (VOSI 1.1 §4, VODataService 1.2).

use tenkyu_wire::tables::{ColumnMeta, SchemaMeta, TableMeta};

use crate::votable::array_size;
use crate::xml::Xml;

/// All schemas and tables.
pub(super) fn tableset(schemas: &[SchemaMeta], with_columns: bool) -> String {
    let mut xml = Xml::document();
    root(&mut xml, "vtm:tableset");
    for schema in schemas {
        xml.open("schema").leaf("name", &schema.name).leaf_some("description", &schema.description);
        xml.line();
        for table in &schema.tables {
            xml.open("table").attr("type", "table");
            push_table(&mut xml, table, with_columns);
            xml.close().line();
        }
        xml.close().line();
    }
    xml.finish()
}

/// One table with its columns.
pub(super) fn table(table: &TableMeta) -> String {
    let mut xml = Xml::document();
    root(&mut xml, "vtm:table");
    push_table(&mut xml, table, true);
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

fn push_table(xml: &mut Xml, table: &TableMeta, with_columns: bool) {
    xml.leaf("name", &table.name)
        .leaf_some("description", &table.description)
        .leaf_some("utype", &table.utype);
    if let Some(rows) = table.rows {
        xml.leaf("nrows", &rows.to_string());
    }
    xml.line();
    if with_columns {
        table.columns.iter().for_each(|column| push_column(xml, column));
    }
}

fn push_column(xml: &mut Xml, column: &ColumnMeta) {
    xml.open("column").attr("std", if column.std { "true" } else { "false" });
    xml.leaf("name", &column.name)
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
