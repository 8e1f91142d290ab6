//! What the page asks of the ADQL parser: colours, errors at their place, completion.

use std::ops::Range;

use tenkyu_adql::ast::{Query, QueryBody, TableRef};
use tenkyu_adql::{Span, parse};
use tenkyu_wire::Explain;
use tenkyu_wire::tables::SchemaMeta;

use crate::i18n::use_lang;

/// Whether a query makes a table, which opening a link must not do.
pub(crate) fn makes_table(text: &str) -> bool {
    parse(text).is_ok_and(|query| query.body.first_select().into.is_some())
}

/// A stretch of the text with the class that colours it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) class: &'static str,
}

/// An error with the bytes that it is about.
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
    pub(crate) label: String,
    pub(crate) insert: String,
    pub(crate) detail: String,
}

fn range(span: Span) -> Range<usize> {
    span.start..span.end
}

/// Colours.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let token = |h: tenkyu_adql::Highlight| Token { range: range(h.span), class: h.kind.class() };
    tenkyu_adql::tokens(text).into_iter().map(token).collect()
}

/// Errors, against the known tables.
pub(crate) fn check(text: &str, schemas: &[SchemaMeta]) -> Vec<Mark> {
    let lang = use_lang();
    let mark = |diagnostic: tenkyu_adql::Diagnostic| {
        let mut said = diagnostic.detail(lang);
        if let Some(help) = diagnostic.help(lang) {
            said.push(' ');
            said.push_str(&help);
        }
        // A place past the end of the text marks its last character.
        let end = diagnostic.place.end.min(text.len());
        let last = text.char_indices().next_back().map_or(0, |(at, _)| at);
        let start = diagnostic.place.start.min(last);
        let end = if end > start { end } else { text.len().min(start + 1) };
        Mark { range: start..end, text: said }
    };
    tenkyu_adql::check(text, schemas).into_iter().map(mark).collect()
}

/// Completions at a byte offset.
pub(crate) fn complete(text: &str, at: usize, schemas: &[SchemaMeta]) -> Vec<Completion> {
    let completion = |c: tenkyu_adql::Completion| Completion {
        range: range(c.replace),
        label: c.label,
        insert: c.insert,
        detail: c.detail,
    };
    tenkyu_adql::complete(text, at, schemas).into_iter().map(completion).collect()
}

/// Tables that a query names, or what is wrong with it.
pub(crate) fn tables_of(text: &str) -> Result<Vec<String>, String> {
    let query = parse(text).map_err(|error| error.detail(use_lang()))?;
    let mut names = Vec::new();
    of_query(&query, &mut names);
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn of_query(query: &Query, names: &mut Vec<String>) {
    for common in &query.with {
        of_query(&common.query, names);
    }
    of_body(&query.body, names);
}

fn of_body(body: &QueryBody, names: &mut Vec<String>) {
    match body {
        QueryBody::Select(select) => {
            for table in &select.from {
                of_table(table, names);
            }
        }
        QueryBody::Nested(query) => of_query(query, names),
        QueryBody::Set { left, right, .. } => {
            of_body(left, names);
            of_body(right, names);
        }
    }
}

fn of_table(table: &TableRef, names: &mut Vec<String>) {
    match table {
        TableRef::Table { name, .. } => names.push(name.to_string()),
        TableRef::Subquery { query, .. } => of_query(query, names),
        TableRef::Join(join) => {
            of_table(&join.left, names);
            of_table(&join.right, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_in_joins_and_subqueries() {
        let text = "SELECT * FROM a.b JOIN c.d ON b.x = d.x, (SELECT * FROM e.f) AS g";
        assert_eq!(tables_of(text).unwrap(), ["a.b", "c.d", "e.f"]);
        assert!(tables_of("SELECT FROM").is_err());
    }

    #[test]
    fn an_error_at_the_end_still_has_a_place() {
        for text in ["SELECT", "SELECT * FROM", "SELECT '天"] {
            for mark in check(text, &[]) {
                assert!(mark.range.start < mark.range.end && mark.range.end <= text.len());
            }
        }
    }
}
