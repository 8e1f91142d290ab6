//! What the page and the table worker say to each other.
//!
//! The page posts [`Request`]s, each with a number of its own; the worker answers each with one
//! [`Reply`] under the same number. While a result streams in, the worker also posts
//! [`Reply::Progress`] under the number of the `Open`. Binary parts travel beside the JSON as
//! transferred buffers, in the order in which the variant's documentation names them.

use serde::{Deserialize, Serialize};

use crate::{Problem, tables::ColumnMeta};

/// What the page asks of the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Fetch `url` (with `form` as an `application/x-www-form-urlencoded` POST body, or by GET
    /// when it is absent) and read its Arrow IPC stream. Replaces whatever was open.
    Open {
        /// Address, relative to the page's origin.
        url: String,
        /// POST body.
        form: Option<String>,
    },
    /// Stop fetching; what has arrived stays usable.
    Cancel,
    /// The user's own functions have changed: fetch `/tap/functions` anew before they are called.
    /// Answered with the progress.
    Functions,
    /// Choose what is kept, what is marked and in which order.
    View(ViewRule),
    /// Text of some cells of the kept rows.
    Rows {
        /// First kept row, from 0, in sort order.
        start: u64,
        /// How many.
        count: u32,
    },
    /// Counts over the values of a column.
    Histogram {
        /// Column name.
        column: String,
        /// Number of bins, 1 to 1024.
        bins: u32,
        /// Range; the column's finite range when absent.
        range: Option<(f64, f64)>,
    },
    /// The most frequent texts of a column.
    Texts {
        /// Column name.
        column: String,
        /// At most this many.
        limit: u32,
    },
    /// Coordinates of every row for a plot or the sky.
    Points {
        /// Column of the first coordinate.
        x: String,
        /// Column of the second.
        y: String,
    },
    /// The kept rows (or the marked ones) as a file.
    Export {
        /// Format.
        format: ExportFormat,
        /// Only the marked rows.
        selected: bool,
    },
}

/// Which rows are kept, which are marked, and their order. All of it fits in a permalink.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewRule {
    /// ADQL WHERE text of the rows that are kept; empty keeps all.
    pub filter: String,
    /// ADQL WHERE text of the rows that are marked; empty marks none.
    pub select: String,
    /// Column to sort by and whether descending.
    pub sort: Option<(String, bool)>,
}

/// File formats that the browser writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// Comma-separated values with a header line (RFC 4180).
    Csv,
    /// VOTable 1.4, BINARY2 or TABLEDATA.
    Votable,
    /// FITS binary table.
    Fits,
    /// Parquet with VOTable metadata.
    Parquet,
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// How far the stream is. The last one has `done`.
    Progress {
        /// Rows so far.
        rows: u64,
        /// Bytes so far.
        bytes: u64,
        /// Columns, from the stream's schema.
        columns: Vec<ColumnMeta>,
        /// The stream has ended.
        done: bool,
        /// The server cut the result at its row limit.
        overflow: bool,
    },
    /// The view is set.
    View {
        /// Rows in all.
        rows: u64,
        /// Rows kept.
        kept: u64,
        /// Rows kept and marked.
        selected: u64,
    },
    /// Cells of the rows asked for, row by row; `None` is null.
    Rows {
        /// First kept row.
        start: u64,
        /// Cells at full precision.
        cells: Vec<Vec<Option<String>>>,
        /// Which of these rows are marked.
        selected: Vec<bool>,
    },
    /// Counts by bin over all rows, the kept ones and the marked ones.
    Histogram {
        /// Lower edge of the first bin.
        low: f64,
        /// Upper edge of the last bin.
        high: f64,
        /// All rows.
        all: Vec<u32>,
        /// Kept rows.
        kept: Vec<u32>,
        /// Marked rows.
        selected: Vec<u32>,
        /// Rows without a value.
        nulls: u64,
    },
    /// Texts with their counts, most frequent first.
    Texts {
        /// Text and count.
        texts: Vec<(String, u64)>,
        /// Rows without a value.
        nulls: u64,
        /// How many different texts there are.
        distinct: u64,
    },
    /// Buffers: x as f32 offsets from `origin.0`, y as f32 offsets from `origin.1`, and one byte
    /// a row: 0 dropped or without a value, 1 kept, 2 kept and marked.
    Points {
        /// What to add to the offsets.
        origin: (f64, f64),
        /// Range of the kept x values.
        x_range: (f64, f64),
        /// Range of the kept y values.
        y_range: (f64, f64),
    },
    /// Buffer: the file.
    Export {
        /// Media type.
        content_type: String,
    },
    /// It did not work.
    Failed(Problem),
}
