//! Comma-separated values (RFC 4180): a header line, CRLF at the end of lines, null as nothing.

use super::Source;
use crate::{TableError, cells};

pub(super) fn write(source: &Source<'_>) -> Result<Vec<u8>, TableError> {
    let mut out = String::new();
    let names: Vec<&str> = source.columns.iter().map(|column| column.name.as_str()).collect();
    line(&mut out, names.into_iter().map(|name| Some(name.to_owned())));
    for batch in source.chunks() {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            line(&mut out, batch.columns().iter().map(|column| cells::text(column, row)));
        }
    }
    Ok(out.into_bytes())
}

fn line(out: &mut String, fields: impl Iterator<Item = Option<String>>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.push(',');
        }
        match field {
            // An empty text is quoted, so that it is not taken for null.
            Some(text) if text.is_empty() || text.contains([',', '"', '\r', '\n']) => {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            }
            Some(text) => out.push_str(&text),
            None => {}
        }
    }
    out.push_str("\r\n");
}
