//! Rows of a table as text.

use serde::Serialize;

use super::viewer::ImageViewer;
use crate::error::ViewerError;

/// Most rows in one answer.
const MOST: u64 = 1000;

/// Some rows of a table.
#[derive(Clone, Debug, Serialize)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<ColumnName>,
    /// Rows of the whole table.
    pub total: u64,
    /// First row given, from 0.
    pub start: u64,
    /// Cells by row; `null` where there is no value.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A column's head.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnName {
    /// TTYPE.
    pub name: String,
    /// TUNIT, or empty.
    pub unit: String,
    /// What the header says about it, or empty.
    pub description: String,
    /// Whether it holds single numbers, to be set flush right.
    pub numeric: bool,
}

impl ImageViewer {
    /// Rows `start` and after of the table in an HDU; at most 1000, fewer at the end.
    pub fn table_rows(&self, hdu: usize, start: u64, count: u64) -> Result<Rows, ViewerError> {
        let table = self.document()?.file.table(hdu)?;
        let start = start.min(table.rows());
        let end = start.saturating_add(count.min(MOST)).min(table.rows());
        let indices: Vec<usize> = table.columns().iter().map(|column| column.index).collect();
        let data = table.read_columns(&indices, start..end)?;
        let rows = (0..(end - start) as usize)
            .map(|row| data.iter().map(|column| column.cell(row)).collect())
            .collect();
        let columns = table
            .columns()
            .iter()
            .map(|column| ColumnName {
                name: column.name.clone(),
                unit: column.unit.clone().unwrap_or_default(),
                description: column.description.clone().unwrap_or_default(),
                numeric: column.elements() == 1 && column.format.kind != tenkyu_fits::Kind::Char,
            })
            .collect();
        Ok(Rows { columns, total: table.rows(), start, rows })
    }
}
