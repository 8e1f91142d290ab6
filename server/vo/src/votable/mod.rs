//! VOTable 1.4 (REC-VOTable-1.4): documents of results, of links and of errors.

mod binary2;
mod document;
mod tabledata;

pub(crate) use document::{Document, Status, array_size, error_text};
pub use document::{Table, error_document};

pub(crate) use binary2::Binary2;
pub(crate) use tabledata::push_rows;

/// The media type of a VOTable.
pub const MEDIA_TYPE: &str = "application/x-votable+xml";
