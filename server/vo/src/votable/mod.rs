//! VOTable 1.4 (REC-VOTable-1.4): documents of results, of links and of errors.

mod binary;
mod document;
mod tabledata;
mod times;

pub(crate) use document::{Document, Status, array_size, cone_error, failure};
pub use document::{Table, error_document, error_text};

pub(crate) use binary::{Binary, with_null_values};
pub(crate) use tabledata::push_rows;

/// The media type of a VOTable.
pub const MEDIA_TYPE: &str = "application/x-votable+xml";
