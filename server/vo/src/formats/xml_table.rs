//! VOTable with TABLEDATA, BINARY or BINARY2.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bytes::Bytes;

use super::{Encoder, End};
use crate::layout::Layout;
use crate::votable::{Binary, Document, Status, Table, push_rows, with_null_values};

fn document(layout: &Layout) -> Document {
    Document::start(&table(layout))
}

fn table(layout: &Layout) -> Table<'_> {
    let mut infos = vec![("tenkyu.maxrec".to_owned(), layout.limit.to_string())];
    for (table, snapshot) in &layout.snapshots {
        infos.push((format!("tenkyu.snapshot.{table}"), snapshot.clone()));
    }
    Table { name: "result", columns: &layout.columns, infos, null_values: false }
}

/// Closes a document that may only be closed once.
fn close(document: &mut Option<Document>, depth: usize, status: &Status) -> String {
    document.take().map(|document| document.finish(depth, status)).unwrap_or_default()
}

pub(super) struct Tabledata {
    document: Option<Document>,
}

impl Tabledata {
    pub(super) fn new(layout: &Layout) -> Self {
        Tabledata { document: Some(document(layout)) }
    }
}

impl Encoder for Tabledata {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        let head = self.document.as_mut().map(|d| d.open_data(&["TABLEDATA"])).unwrap_or_default();
        Ok(head.into())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        let mut out = String::with_capacity(batch.num_rows() * batch.num_columns() * 16);
        push_rows(&mut out, batch)?;
        Ok(out.into())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        Ok(Some(close(&mut self.document, 2, &end.status()).into()))
    }
}

pub(super) struct BinaryTable {
    document: Option<Document>,
    element: &'static str,
    rows: Binary,
}

impl BinaryTable {
    pub(super) fn binary2(layout: &Layout) -> Self {
        BinaryTable {
            document: Some(document(layout)),
            element: "BINARY2",
            rows: Binary::with_masks(layout.columns.clone()),
        }
    }

    /// BINARY has no mask of nulls: integers need a value that stands for null.
    pub(super) fn binary(layout: &Layout) -> Self {
        let columns = with_null_values(&layout.columns);
        BinaryTable {
            document: Some(Document::start(&Table {
                columns: &columns,
                null_values: true,
                ..table(layout)
            })),
            element: "BINARY",
            rows: Binary::with_null_values(columns),
        }
    }
}

impl Encoder for BinaryTable {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        let elements = [self.element, "STREAM"];
        let head = self.document.as_mut().map(|d| d.open_data(&elements)).unwrap_or_default();
        Ok(head.into())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        let mut out = String::new();
        self.rows.push_rows(&mut out, batch)?;
        Ok(out.into())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        let mut out = String::new();
        self.rows.finish(&mut out);
        out.push_str(&close(&mut self.document, 3, &end.status()));
        Ok(Some(out.into()))
    }
}
