//! What stands before the data: FIELDs, descriptions and the kind of serialisation.

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};
use tenkyu_wire::tables::ColumnMeta;

use super::{Xml, column::Column};

/// The description of a table.
#[derive(Debug)]
pub struct Header {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its DESCRIPTION, or that of the RESOURCE or document around it.
    pub description: Option<String>,
    /// Its `nrows`.
    pub rows: Option<u64>,
    /// How the rows follow; the reader stands just behind the opening tag.
    pub serialization: Serialization,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serialization {
    /// There is no DATA.
    None,
    /// XML elements.
    TableData,
    /// Base64; `nulls` for BINARY2, whose rows begin with a mask of nulls.
    Binary {
        /// Whether rows begin with a null mask.
        nulls: bool,
    },
}

/// Reads up to the first row of the first TABLE.
pub fn read(xml: &mut Xml) -> Result<Header, String> {
    let mut state = State::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer).map_err(|e| place(xml, e))?;
        let done = match event {
            Event::Start(e) => state.open(&e, false)?,
            Event::Empty(e) => state.open(&e, true)?,
            Event::End(e) => state.close(e.local_name().as_ref()),
            Event::Text(e) => {
                state.text.push_str(&e.xml10_content());
                None
            }
            Event::CData(e) => {
                state.text.push_str(&e.xml10_content());
                None
            }
            Event::GeneralRef(e) => {
                push_reference(&mut state.text, &e);
                None
            }
            Event::Eof => Some(Serialization::None),
            _ => None,
        };
        if let Some(serialization) = done {
            if state.columns.is_empty() {
                return Err("no TABLE with FIELDs in it".to_owned());
            }
            return Ok(Header {
                columns: state.columns,
                description: state.description,
                rows: state.rows,
                serialization,
            });
        }
    }
}

/// An XML error with the byte at which it was found.
pub(super) fn place(xml: &Xml, error: impl ToString) -> String {
    format!("byte {}: {}", xml.error_position(), error.to_string())
}

/// Appends what `&name;` or `&#n;` stands for; an unknown entity is kept as written.
pub(super) fn push_reference(text: &mut String, reference: &quick_xml::events::BytesRef<'_>) {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        text.push(c);
        return;
    }
    match quick_xml::escape::resolve_predefined_entity(reference) {
        Some(value) => text.push_str(value),
        None => {
            text.push('&');
            text.push_str(reference);
            text.push(';');
        }
    }
}

#[derive(Default)]
struct State {
    columns: Vec<Column>,
    field: Option<Column>,
    description: Option<String>,
    rows: Option<u64>,
    text: String,
    in_table: bool,
    in_param: bool,
    binary2: Option<bool>,
}

impl State {
    fn open(&mut self, e: &BytesStart<'_>, empty: bool) -> Result<Option<Serialization>, String> {
        match e.local_name().as_ref() {
            "TABLE" if !empty => {
                self.in_table = true;
                self.rows = attribute(e, "nrows").and_then(|v| v.parse().ok());
            }
            "FIELD" if self.in_table => {
                let field = field(e)?;
                if empty {
                    self.columns.push(field);
                } else {
                    self.field = Some(field);
                }
            }
            "PARAM" if !empty => self.in_param = true,
            "VALUES" => {
                if let Some(field) = &mut self.field {
                    field.null = attribute(e, "null").and_then(|v| v.trim().parse().ok());
                }
            }
            "DESCRIPTION" => self.text.clear(),
            "TABLEDATA" if empty => return Ok(Some(Serialization::None)),
            "TABLEDATA" => return Ok(Some(Serialization::TableData)),
            "BINARY" => self.binary2 = Some(false),
            "BINARY2" => self.binary2 = Some(true),
            "FITS" => return Err("the rows are in a FITS stream; give the FITS file".to_owned()),
            "STREAM" => return self.stream(e, empty),
            _ => {}
        }
        Ok(None)
    }

    fn stream(&self, e: &BytesStart<'_>, empty: bool) -> Result<Option<Serialization>, String> {
        let Some(nulls) = self.binary2 else { return Ok(None) };
        if attribute(e, "href").is_some() {
            return Err("the rows are in another file (STREAM href)".to_owned());
        }
        if attribute(e, "encoding").is_some_and(|v| !v.eq_ignore_ascii_case("base64")) {
            return Err("STREAM encodings other than base64 are not read".to_owned());
        }
        Ok(Some(if empty { Serialization::None } else { Serialization::Binary { nulls } }))
    }

    fn close(&mut self, name: &str) -> Option<Serialization> {
        match name {
            "FIELD" => self.columns.extend(self.field.take()),
            "PARAM" => self.in_param = false,
            "DESCRIPTION" => {
                let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
                match &mut self.field {
                    Some(field) => field.meta.description = text,
                    None if !self.in_param && !text.is_empty() => self.description = Some(text),
                    None => {}
                }
            }
            "TABLE" if !self.columns.is_empty() => return Some(Serialization::None),
            _ => {}
        }
        None
    }
}

fn field(e: &BytesStart<'_>) -> Result<Column, String> {
    let text = |name: &str| attribute(e, name).unwrap_or_default();
    let name = match text("name") {
        name if name.is_empty() => text("ID"),
        name => name,
    };
    let meta = ColumnMeta {
        name,
        unit: text("unit"),
        ucd: text("ucd"),
        utype: text("utype"),
        xtype: text("xtype"),
        principal: true,
        ..ColumnMeta::default()
    };
    Column::new(meta, &text("datatype"), &text("arraysize"))
}

fn attribute(e: &BytesStart<'_>, name: &str) -> Option<String> {
    e.attributes().flatten().find(|a| a.key.as_ref() == name).and_then(|a| {
        let value = a.normalized_value(XmlVersion::Implicit1_0).ok()?;
        Some(value.into_owned())
    })
}
