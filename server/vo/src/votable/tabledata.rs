//! Rows as TABLEDATA (VOTable 1.4 §5.1).

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use crate::layout::{Cells, push_text};
use crate::xml;

/// Appends the rows of a plain batch. An empty TD is null; so is an empty string, for which
/// TABLEDATA has no other form.
pub(crate) fn push_rows(out: &mut String, batch: &RecordBatch) -> Result<(), ArrowError> {
    let columns = Cells::of_batch(batch)?;
    for row in 0..batch.num_rows() {
        out.push_str("<TR>");
        for cells in &columns {
            if cells.is_null(row) {
                out.push_str("<TD/>");
                continue;
            }
            out.push_str("<TD>");
            match cells {
                Cells::Text(texts) => xml::text(out, texts.value(row)),
                _ => push_text(out, cells, row)?,
            }
            out.push_str("</TD>");
        }
        out.push_str("</TR>\n");
    }
    Ok(())
}
