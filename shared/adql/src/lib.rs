//! ADQL, the query language of the Virtual Observatory, in version 2.1: lexer, parser, syntax
//! tree, checks against the tables that there are, and help for an editor. With the feature
//! `filter`, search conditions on Arrow columns.

pub mod ast;
mod builtin;
pub mod check;
pub mod editor;
pub mod error;
mod explain;
#[cfg(feature = "filter")]
pub mod filter;
pub mod lexer;
mod near;
mod parser;
mod span;
mod udf;
pub mod words;

pub use builtin::{Builtin, Family};
pub use check::{Diagnostic, DiagnosticKind, check, check_query, check_syntax};
pub use editor::{Completion, CompletionKind, Highlight, HighlightKind, complete, tokens};
pub use error::{MAX_DEPTH, MAX_LENGTH, ParseError, ParseErrorKind, text_of};
pub use explain::{Explained, explained};
pub use near::nearest;
pub use parser::{parse, parse_expr, parse_with};
pub use span::Span;
pub use udf::Udf;
