//! What the page asks of the ADQL parser: colours, errors at their place, completion.

use std::ops::Range;

use tenkyu_wire::tables::SchemaMeta;

/// A stretch of the text with the class that colours it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) class: &'static str,
}

/// An error or warning with the bytes that it is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

/// What can stand at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Completion {
    /// Bytes that it replaces.
    pub(crate) range: Range<usize>,
    pub(crate) insert: String,
    pub(crate) detail: String,
}

/// Colours.
pub(crate) fn tokens(_text: &str) -> Vec<Token> {
    Vec::new()
}

/// Errors, against the known tables.
pub(crate) fn check(_text: &str, _schemas: &[SchemaMeta]) -> Vec<Mark> {
    Vec::new()
}

/// Completions at a byte offset.
pub(crate) fn complete(_text: &str, _at: usize, _schemas: &[SchemaMeta]) -> Vec<Completion> {
    Vec::new()
}

/// Tables that a query names, or what is wrong with it.
pub(crate) fn tables_of(_text: &str) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}
