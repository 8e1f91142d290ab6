//! Text for reading: columns aligned within each batch, numbers to the right.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bytes::Bytes;

use super::{Encoder, End};
use crate::layout::{Cells, Layout, push_text};

pub(super) struct PlainText {
    names: Vec<String>,
    numeric: Vec<bool>,
    widths: Vec<usize>,
    headed: bool,
}

impl PlainText {
    pub(super) fn new(layout: &Layout) -> Self {
        let names: Vec<String> = layout.columns.iter().map(|c| c.name.clone()).collect();
        PlainText {
            numeric: layout.columns.iter().map(|c| c.datatype.kind.is_numeric()).collect(),
            widths: names.iter().map(|name| name.chars().count()).collect(),
            names,
            headed: false,
        }
    }

    fn push_line(&self, out: &mut String, texts: &[String]) {
        for (index, text) in texts.iter().enumerate() {
            let width = self.widths.get(index).copied().unwrap_or_default();
            let blanks = width.saturating_sub(text.chars().count());
            let right = self.numeric.get(index).copied().unwrap_or_default();
            if index > 0 {
                out.push_str("  ");
            }
            if right {
                out.extend(std::iter::repeat_n(' ', blanks));
            }
            out.push_str(text);
            if !right && index + 1 < texts.len() {
                out.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        out.push('\n');
    }

    /// The head is written with the first rows, when their widths are known.
    fn push_head(&mut self, out: &mut String) {
        if !self.headed {
            self.headed = true;
            self.push_line(out, &self.names);
            let rules: Vec<String> = self.widths.iter().map(|width| "-".repeat(*width)).collect();
            self.push_line(out, &rules);
        }
    }
}

impl Encoder for PlainText {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        Ok(Bytes::new())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        let columns = Cells::of_batch(batch)?;
        let mut lines = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let mut texts = Vec::with_capacity(columns.len());
            for (cells, width) in columns.iter().zip(&mut self.widths) {
                let mut text = String::new();
                push_text(&mut text, cells, row)?;
                let text = text.replace(['\n', '\r', '\t'], " ");
                *width = (*width).max(text.chars().count());
                texts.push(text);
            }
            lines.push(texts);
        }
        let mut out = String::new();
        self.push_head(&mut out);
        for texts in &lines {
            self.push_line(&mut out, texts);
        }
        Ok(out.into())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        let mut out = String::new();
        self.push_head(&mut out);
        let remark = end.error.as_ref().map(|error| &error.text).or(end.overflow.as_ref());
        if let Some(remark) = remark {
            out.push_str("\n# ");
            out.push_str(remark);
            out.push('\n');
        }
        Ok(Some(out.into()))
    }
}
