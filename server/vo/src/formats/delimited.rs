//! CSV (RFC 4180) and TSV (IANA `text/tab-separated-values`).
//!
//! Neither has a place for remarks: that a result was cut is said by the trailer
//! `tenkyu-overflow`, and the header `tenkyu-maxrec` names the limit that was in force.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bytes::Bytes;

use super::{Encoder, End};
use crate::layout::{Cells, Layout, push_text};

pub(super) struct Delimited {
    names: Vec<String>,
    quote: fn(&mut String, &str),
    separator: char,
    line_end: &'static str,
}

impl Delimited {
    pub(super) fn csv(layout: &Layout) -> Self {
        Delimited { names: names(layout), quote: push_csv, separator: ',', line_end: "\r\n" }
    }

    pub(super) fn tsv(layout: &Layout) -> Self {
        Delimited { names: names(layout), quote: push_tsv, separator: '\t', line_end: "\n" }
    }
}

fn names(layout: &Layout) -> Vec<String> {
    layout.columns.iter().map(|column| column.name.clone()).collect()
}

/// Quotes where RFC 4180 asks for it, and empty texts, which would otherwise read as null.
fn push_csv(out: &mut String, value: &str) {
    if !value.is_empty() && !value.contains(['"', ',', '\r', '\n']) {
        out.push_str(value);
        return;
    }
    out.push('"');
    for (index, part) in value.split('"').enumerate() {
        if index > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

/// TSV cannot hold tabs and line breaks in a value; they become blanks.
fn push_tsv(out: &mut String, value: &str) {
    out.extend(value.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }));
}

impl Encoder for Delimited {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        let mut out = String::new();
        for (index, name) in self.names.iter().enumerate() {
            if index > 0 {
                out.push(self.separator);
            }
            (self.quote)(&mut out, name);
        }
        out.push_str(self.line_end);
        Ok(out.into())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        let columns = Cells::of_batch(batch)?;
        let mut out = String::with_capacity(batch.num_rows() * batch.num_columns() * 12);
        for row in 0..batch.num_rows() {
            for (index, cells) in columns.iter().enumerate() {
                if index > 0 {
                    out.push(self.separator);
                }
                match cells {
                    Cells::Text(texts) if !cells.is_null(row) => {
                        (self.quote)(&mut out, texts.value(row));
                    }
                    _ => push_text(&mut out, cells, row)?,
                }
            }
            out.push_str(self.line_end);
        }
        Ok(out.into())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        Ok(end.error.is_none().then(Bytes::new))
    }
}
