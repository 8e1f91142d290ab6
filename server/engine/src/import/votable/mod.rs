//! VOTable 1.1 to 1.5: the first TABLE of a document, in TABLEDATA, BINARY or BINARY2.
//!
//! The document is streamed: memory does not grow with it. External streams (`href`) are refused,
//! since an import reads one file and never the network.

mod binary;
mod column;
mod header;
mod tabledata;

use std::io::BufRead;

use arrow::datatypes::Schema;
use quick_xml::Reader;

use super::formats::{Source, TableReader};
use crate::EngineError;
use binary::BinaryRows;
pub use header::Header;
use header::Serialization;
use tabledata::TableDataRows;

pub(super) const FORMAT: &str = "VOTable";
pub(super) type Xml = Reader<Box<dyn BufRead + Send>>;

/// Opens a VOTable document.
pub fn open(source: &Source) -> Result<TableReader, EngineError> {
    let path = source.path.clone();
    let mut xml: Xml = Reader::from_reader(source.open()?);
    let header = header::read(&mut xml).map_err(|e| EngineError::unreadable(&path, FORMAT, e))?;
    let fields: Vec<_> = header.columns.iter().map(column::Column::field).collect();
    let schema = std::sync::Arc::new(Schema::new(fields));
    let (description, rows) = (header.description.clone(), header.rows);
    let fail = move |reason: String| EngineError::unreadable(&path, FORMAT, reason);
    let batches: Box<dyn Iterator<Item = Result<_, EngineError>> + Send> =
        match header.serialization {
            Serialization::None => Box::new(std::iter::empty()),
            Serialization::TableData => {
                let rows = TableDataRows::new(xml, header.columns, schema.clone());
                Box::new(rows.map(move |b| b.map_err(&fail)))
            }
            Serialization::Binary { nulls } => {
                let stream = xml.into_inner();
                let rows = BinaryRows::new(stream, header.columns, schema.clone(), nulls);
                Box::new(rows.map(move |b| b.map_err(&fail)))
            }
        };
    Ok(TableReader { schema, description, rows, batches })
}

/// Reads the table description of a document that holds no data.
pub fn header(text: &str) -> Result<Header, String> {
    let bytes: Box<dyn BufRead + Send> = Box::new(std::io::Cursor::new(text.to_owned()));
    header::read(&mut Reader::from_reader(bytes))
}
