//! Definitions of tables: a `vosi:table` document (VOSI 1.1, VODataService 1.2 §3.3) as the VOTable
//! without rows that says the same, so that tables have one way in.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::xml::Xml;

/// More columns than this are no definition of a table.
const MOST_COLUMNS: usize = 10_000;

/// What the document says of the table and its columns.
#[derive(Debug, Default)]
struct Definition {
    description: String,
    columns: Vec<Column>,
}

#[derive(Debug, Default)]
struct Column {
    name: String,
    description: String,
    unit: String,
    ucd: String,
    utype: String,
    datatype: String,
    array_size: String,
    xtype: String,
}

/// The VOTable of a `vosi:table` document; `None` for a document of another kind.
///
/// # Errors
/// What is wrong with the XML, and where, or a table without columns.
pub(crate) fn as_votable(text: &str) -> Result<Option<String>, String> {
    let Some(definition) = read(text)? else { return Ok(None) };
    if definition.columns.is_empty() {
        return Err("no column".to_owned());
    }
    let mut xml = Xml::document();
    xml.open("VOTABLE")
        .attr("version", "1.4")
        .attr("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3");
    xml.open("RESOURCE").open("TABLE").leaf_some("DESCRIPTION", &definition.description);
    for column in &definition.columns {
        let (datatype, array_size, xtype) = column.datatype();
        xml.open("FIELD").attr("name", &column.name).attr("datatype", &datatype);
        xml.attr_some("arraysize", &array_size).attr_some("xtype", &xtype);
        xml.attr_some("unit", &column.unit).attr_some("ucd", &column.ucd);
        xml.attr_some("utype", &column.utype).leaf_some("DESCRIPTION", &column.description);
        xml.close();
    }
    xml.open("DATA").open("TABLEDATA");
    Ok(Some(xml.finish()))
}

impl Column {
    /// VOTable's datatype, arraysize and xtype. TAP 1.0's names of types mean what TAP 1.0 §2.5
    /// says; all others are taken as VOTable's own.
    fn datatype(&self) -> (Cow<'_, str>, Cow<'_, str>, Cow<'_, str>) {
        let plain = |name: &'static str| (name, "", "");
        let (datatype, array_size, xtype) = match self.datatype.to_ascii_uppercase().as_str() {
            "BOOLEAN" => plain("boolean"),
            "SMALLINT" => plain("short"),
            "INTEGER" => plain("int"),
            "BIGINT" => plain("long"),
            "REAL" => plain("float"),
            "DOUBLE" if self.datatype == "DOUBLE" => plain("double"),
            "CHAR" if self.datatype == "CHAR" => ("char", "*", ""),
            "VARCHAR" | "CLOB" => ("char", "*", ""),
            "TIMESTAMP" => ("char", "*", "timestamp"),
            "REGION" => ("char", "*", "region"),
            "POINT" => ("double", "2", "point"),
            "BINARY" | "VARBINARY" | "BLOB" => ("unsignedByte", "*", ""),
            _ => {
                let own = |text: &'_ str| -> Cow<'_, str> { Cow::Owned(text.to_owned()) };
                return (own(&self.datatype), own(&self.array_size), own(&self.xtype));
            }
        };
        (datatype.into(), array_size.into(), xtype.into())
    }

    /// The part of the column that an element of this name holds.
    fn part(&mut self, element: &str) -> Option<&mut String> {
        match element {
            "name" => Some(&mut self.name),
            "description" => Some(&mut self.description),
            "unit" => Some(&mut self.unit),
            "ucd" => Some(&mut self.ucd),
            "utype" => Some(&mut self.utype),
            "dataType" => Some(&mut self.datatype),
            _ => None,
        }
    }
}

fn read(text: &str) -> Result<Option<Definition>, String> {
    let mut reader = Reader::from_str(text);
    let (mut open, mut definition) = (Vec::<String>::new(), Definition::default());
    let mut written = String::new();
    loop {
        let event = reader.read_event().map_err(|error| {
            let line = text.get(..offset(&reader)).unwrap_or(text).lines().count().max(1);
            format!("line {line}: {error}")
        })?;
        match event {
            Event::Start(e) => {
                if open.is_empty() && e.local_name().as_ref() != "table" {
                    return Ok(None);
                }
                begin(&mut definition, &e)?;
                written.clear();
                open.push(e.local_name().as_ref().to_owned());
            }
            Event::Empty(e) => begin(&mut definition, &e)?,
            Event::Text(e) => written.push_str(&e.xml10_content()),
            Event::CData(e) => written.push_str(&e.xml10_content()),
            Event::GeneralRef(e) => push_reference(&mut written, &e),
            Event::End(_) => {
                let ended = open.pop().unwrap_or_default();
                let text = written.trim();
                match (open.last().map(String::as_str), definition.columns.last_mut()) {
                    (Some("column"), Some(column)) => {
                        if let Some(part) = column.part(&ended) {
                            text.clone_into(part);
                        }
                    }
                    (Some("table"), _) if open.len() == 1 && ended == "description" => {
                        text.clone_into(&mut definition.description);
                    }
                    _ => {}
                }
                written.clear();
            }
            Event::Eof if open.is_empty() => return Ok(Some(definition)),
            Event::Eof => return Err("the document ends too early".to_owned()),
            _ => {}
        }
    }
}

fn offset(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.error_position()).unwrap_or(usize::MAX)
}

fn push_reference(out: &mut String, reference: &quick_xml::events::BytesRef<'_>) {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        out.push(c);
    } else if let Some(text) = quick_xml::escape::resolve_predefined_entity(reference) {
        out.push_str(text);
    }
}

/// Takes in what an element says by its name and attributes.
fn begin(definition: &mut Definition, element: &BytesStart<'_>) -> Result<(), String> {
    match element.local_name().as_ref() {
        "column" if definition.columns.len() >= MOST_COLUMNS => {
            return Err(format!("more than {MOST_COLUMNS} columns"));
        }
        "column" => definition.columns.push(Column::default()),
        "dataType" => {
            let Some(column) = definition.columns.last_mut() else { return Ok(()) };
            let attribute = |name: &str| -> String {
                let found = element.attributes().flatten().find(|a| a.key.as_ref() == name);
                let value = found.and_then(|a| a.normalized_value(XmlVersion::Implicit1_0).ok());
                value.unwrap_or_default().into_owned()
            };
            column.array_size = attribute("arraysize");
            column.xtype = attribute("extendedType");
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As pyvo's users write it for `create_table`.
    const TABLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"
    xmlns:vod="http://www.ivoa.net/xml/VODataService/v1.1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="output">
  <name>my.sample</name>
  <description>Stars &amp; more</description>
  <column><name>article</name><description>of A&lt;B</description>
    <dataType xsi:type="vod:VOTableType" arraysize="30*">char</dataType></column>
  <column><name>ra</name><unit>deg</unit><ucd>pos.eq.ra</ucd>
    <dataType xsi:type="vod:TAPType">DOUBLE</dataType></column>
  <column><name>seen</name><dataType xsi:type="vod:TAPType" size="19">TIMESTAMP</dataType></column>
</vosi:table>"#;

    #[test]
    fn a_definition_becomes_a_table_without_rows() {
        let votable = as_votable(TABLE).unwrap().unwrap();
        for part in [
            "<DESCRIPTION>Stars &amp; more</DESCRIPTION>",
            r#"<FIELD name="article" datatype="char" arraysize="30*"><DESCRIPTION>of A&lt;B<"#,
            r#"<FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra"/>"#,
            r#"<FIELD name="seen" datatype="char" arraysize="*" xtype="timestamp"/>"#,
            "<DATA><TABLEDATA/></DATA>",
        ] {
            assert!(votable.contains(part), "{part}\n{votable}");
        }
    }

    #[test]
    fn other_documents_are_left_alone_and_broken_ones_refused() {
        assert!(as_votable("<VOTABLE><RESOURCE/></VOTABLE>").unwrap().is_none());
        for broken in ["", "<table>", "<table/>", "<table><name>a</table>", "<table></table>"] {
            assert!(as_votable(broken).is_err(), "{broken}");
        }
    }
}
