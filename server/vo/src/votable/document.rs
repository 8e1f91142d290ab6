//! What stands before and after the rows of a VOTable.

use std::collections::HashSet;

use tenkyu_wire::tables::{ArraySize, ColumnMeta, Kind};
use tenkyu_wire::{Explain, Lang};

use super::binary::null_value;
use super::times::{self, is_system};
use crate::xml::Xml;

/// ID of the one COOSYS.
pub(super) const POSITION: &str = "ICRS";

/// What a document says of itself.
#[derive(Clone, Debug, Default)]
pub struct Table<'a> {
    /// Name of the TABLE.
    pub name: &'a str,
    /// Columns.
    pub columns: &'a [ColumnMeta],
    /// INFO elements before the table, as (name, value).
    pub infos: Vec<(String, String)>,
    /// Declare the values that stand for null, which BINARY needs.
    pub null_values: bool,
}

/// How a result ended (DALI 1.1 §4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Every row is there.
    Complete,
    /// Cut; the text says where.
    Overflow(String),
    /// Stopped by an error in the middle; the text says which.
    Failed(String),
}

/// A VOTable being written: head, rows (by the caller), tail.
#[derive(Debug)]
pub(crate) struct Document {
    xml: Xml,
}

impl Document {
    /// Writes all up to and including the FIELDs.
    pub(crate) fn start(table: &Table<'_>) -> Document {
        let mut xml = Xml::document();
        open_votable(&mut xml);
        xml.open("RESOURCE").attr("type", "results").line();
        info(&mut xml, "QUERY_STATUS", "OK", "");
        for (name, value) in &table.infos {
            info(&mut xml, name, value, "");
        }
        if table.columns.iter().any(is_position) {
            xml.open("COOSYS").attr("ID", POSITION).attr("system", "ICRS").close().line();
        }
        for system in times::of(table.columns) {
            xml.open("TIMESYS").attr("ID", system.id).attr_some("timeorigin", system.origin);
            xml.attr("timescale", system.scale).attr("refposition", system.position).close().line();
        }
        xml.open("TABLE").attr_some("name", table.name).line();
        let mut ids = HashSet::new();
        for column in table.columns {
            let null = table.null_values.then(|| null_value(column)).flatten();
            field(&mut xml, column, null, &mut ids);
        }
        Document { xml }
    }

    /// Opens `DATA` and the element within it; the text up to here.
    pub(crate) fn open_data(&mut self, elements: &[&'static str]) -> String {
        self.xml.open("DATA");
        for element in elements {
            self.xml.open(element);
            if let Some(encoding) = (*element == "STREAM").then_some("base64") {
                self.xml.attr("encoding", encoding);
            }
        }
        self.xml.line();
        self.xml.take()
    }

    /// Closes `depth` elements of data and the table, says how it ended, and closes the document.
    pub(crate) fn finish(mut self, depth: usize, status: &Status) -> String {
        for _ in 0..depth {
            self.xml.close();
        }
        self.xml.close().line();
        match status {
            Status::Complete => {}
            Status::Overflow(text) => info(&mut self.xml, "QUERY_STATUS", "OVERFLOW", text),
            Status::Failed(text) => info(&mut self.xml, "QUERY_STATUS", "ERROR", text),
        }
        self.xml.finish()
    }
}

/// A document that says what went wrong (DALI 1.1 §4.4): the text in QUERY_STATUS, and beside it
/// the code, the way out and the place as INFO elements of their own.
pub fn error_document(error: &dyn Explain, lang: Lang) -> String {
    let mut xml = start_failure(&error_text(error, lang), error.code());
    if let Some(place) = error.place() {
        info(&mut xml, "tenkyu.line", &place.line.to_string(), "");
        info(&mut xml, "tenkyu.column", &place.column.to_string(), "");
    }
    xml.finish()
}

/// [`error_document`] of an error that is known by its text alone.
pub(crate) fn failure(text: &str, code: &str) -> String {
    start_failure(text, code).finish()
}

/// An error as Simple Cone Search has it (SCS 1.03 §2.3), and as DALI has it for newer clients.
pub(crate) fn cone_error(error: &dyn Explain, lang: Lang) -> String {
    let text = error_text(error, lang);
    let mut xml = start_failure(&text, error.code());
    xml.open("INFO").attr("ID", "Error").attr("name", "Error").attr("value", &text).close();
    xml.finish()
}

fn start_failure(text: &str, code: &str) -> Xml {
    let mut xml = Xml::document();
    open_votable(&mut xml);
    xml.open("RESOURCE").attr("type", "results").line();
    info(&mut xml, "QUERY_STATUS", "ERROR", text);
    info(&mut xml, "tenkyu.code", code, "");
    xml
}

/// An error in one text: place, what happened, what to do.
pub fn error_text(error: &dyn Explain, lang: Lang) -> String {
    let mut text = String::new();
    if let Some(place) = error.place() {
        text.push_str(&format!("{}:{}: ", place.line, place.column));
    }
    text.push_str(&error.detail(lang));
    if let Some(help) = error.help(lang) {
        text.push(' ');
        text.push_str(&help);
    }
    text
}

fn open_votable(xml: &mut Xml) {
    xml.open("VOTABLE")
        .attr("version", "1.4")
        .attr("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3")
        .attr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .attr(
            "xsi:schemaLocation",
            "http://www.ivoa.net/xml/VOTable/v1.3 http://www.ivoa.net/xml/VOTable/VOTable-1.4.xsd",
        )
        .line();
}

fn info(xml: &mut Xml, name: &str, value: &str, text: &str) {
    xml.open("INFO").attr("name", name).attr("value", value);
    if !text.is_empty() {
        xml.text(text);
    }
    xml.close().line();
}

fn field(xml: &mut Xml, column: &ColumnMeta, null: Option<i64>, ids: &mut HashSet<String>) {
    xml.open("FIELD");
    // Clients disagree on whether ID or name is a column's name: they are made the same.
    let free = is_ncname(&column.name) && !is_system(&column.name);
    if free && ids.insert(column.name.clone()) {
        xml.attr("ID", &column.name);
    }
    xml.attr("name", &column.name).attr("datatype", column.datatype.kind.votable());
    xml.attr_some("arraysize", &array_size(column));
    xml.attr_some("unit", &column.unit)
        .attr_some("ucd", &column.ucd)
        .attr_some("utype", &column.utype)
        .attr_some("xtype", &column.xtype);
    if is_position(column) {
        xml.attr("ref", POSITION);
    } else if let Some(system) = times::system(column) {
        xml.attr("ref", system.id);
    }
    xml.leaf_some("DESCRIPTION", &column.description);
    if let Some(null) = null {
        xml.open("VALUES").attr("null", &null.to_string()).close();
    }
    xml.close().line();
}

/// The `arraysize` attribute; empty for one element. Strings are always `*`, so that none is cut.
pub(crate) fn array_size(column: &ColumnMeta) -> String {
    match (column.datatype.kind, column.datatype.size) {
        (Kind::Char, _) | (_, ArraySize::Variable) => "*".to_owned(),
        (_, ArraySize::Fixed(count)) => count.to_string(),
        (_, ArraySize::Scalar) => String::new(),
    }
}

/// Whether a column is an equatorial coordinate; every position of the service is ICRS.
fn is_position(column: &ColumnMeta) -> bool {
    column.ucd.split(';').next().is_some_and(|word| {
        let word = word.trim();
        word.starts_with("pos.eq.ra") || word.starts_with("pos.eq.dec")
    })
}

/// Whether a text may be an XML ID, in the ASCII part of the rule.
fn is_ncname(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
