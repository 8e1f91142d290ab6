//! The open result: what has arrived, what is shown of it, and the answers to requests.

use arrow::{
    array::{ArrayRef, RecordBatch},
    buffer::Buffer,
    datatypes::{Schema, SchemaRef},
    ipc::reader::StreamDecoder,
};
use tenkyu_adql::filter::OwnFunction;
use tenkyu_wire::{
    Explain, Lang,
    table::{Reply, Request},
    tables::ColumnMeta,
};

use crate::{
    TableError, cells, export,
    frames::{self, Frames},
    meta, summary,
    view::View,
};

/// The most rows that a table can hold: row numbers have 32 bits.
pub const MAX_ROWS: u64 = u32::MAX as u64;

/// What travels beside a reply.
pub type Buffers = Vec<Vec<u8>>;

/// A result while it arrives and afterwards.
#[derive(Default)]
pub struct TableStore {
    frames: Frames,
    decoder: StreamDecoder,
    pub(crate) batches: Vec<RecordBatch>,
    /// First row of each batch.
    pub(crate) starts: Vec<u32>,
    columns: Vec<ColumnMeta>,
    rows: u64,
    bytes: u64,
    view: View,
    functions: Vec<OwnFunction>,
}

impl TableStore {
    /// Takes in the next bytes of an Arrow IPC stream, however they are cut.
    ///
    /// # Errors
    /// [`TableError::NotArrow`] where they are no such stream or hold a type that no VO protocol
    /// has; [`TableError::TooManyRows`] beyond [`MAX_ROWS`]. Rows that came before stay.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        self.bytes += bytes.len() as u64;
        self.frames.push(bytes);
        while let Some(message) = self.frames.next()? {
            // The decoder takes up a message at the first bytes of the next: these make it know
            // the schema before the rows that are checked against it.
            self.decode(message.slice_with_length(0, frames::MARK))?;
            if self.columns.is_empty() {
                self.start()?;
            }
            frames::check(&message, self.decoder.schema().as_deref())?;
            self.decode(message.slice(frames::MARK))?;
        }
        Ok(())
    }

    fn decode(&mut self, mut bytes: Buffer) -> Result<(), TableError> {
        while !bytes.is_empty() {
            if let Some(batch) = self.decoder.decode(&mut bytes).map_err(not_arrow)? {
                self.add(batch)?;
            }
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), TableError> {
        let Some(schema) = self.decoder.schema() else { return Ok(()) };
        for field in schema.fields() {
            if !cells::knows(field.data_type()) {
                let reason = format!("{}: {}", field.name(), field.data_type());
                return Err(TableError::NotArrow(reason));
            }
        }
        self.columns = schema.fields().iter().map(|field| meta::column(field)).collect();
        Ok(())
    }

    fn add(&mut self, batch: RecordBatch) -> Result<(), TableError> {
        let start = u32::try_from(self.rows).map_err(|_| TableError::TooManyRows(MAX_ROWS))?;
        let rows = self.rows + batch.num_rows() as u64;
        if rows > MAX_ROWS {
            return Err(TableError::TooManyRows(MAX_ROWS));
        }
        if batch.num_rows() > 0 {
            self.rows = rows;
            self.starts.push(start);
            self.batches.push(batch);
        }
        Ok(())
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    /// [`TableError::Truncated`] where the stream is not at its end.
    pub fn finish(&mut self) -> Result<(), TableError> {
        match self.decoder.finish() {
            Ok(()) if self.frames.is_empty() && self.decoder.schema().is_some() => Ok(()),
            _ => Err(TableError::Truncated(self.rows)),
        }
    }

    /// How far the stream is.
    pub fn progress(&self, done: bool) -> Reply {
        Reply::Progress {
            rows: self.rows,
            bytes: self.bytes,
            columns: self.columns.clone(),
            done,
            overflow: done && self.is_cut(),
        }
    }

    /// Whether the server cut the result: it says its limit in the schema's `tenkyu.maxrec`, and
    /// that many rows came.
    pub fn is_cut(&self) -> bool {
        let schema = self.decoder.schema();
        let limit = schema.as_ref().and_then(|schema| schema.metadata().get("tenkyu.maxrec"));
        limit.and_then(|limit| limit.parse().ok()) == Some(self.rows)
    }

    /// Rows that have arrived.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The columns, once the schema has arrived.
    pub fn columns(&self) -> &[ColumnMeta] {
        &self.columns
    }

    /// Gives the user's own functions, which filters may call from now on. What filters found
    /// with others is forgotten.
    pub fn set_functions(&mut self, functions: Vec<OwnFunction>) {
        self.functions = functions;
        self.view = View::default();
    }

    pub(crate) fn functions(&self) -> &[OwnFunction] {
        &self.functions
    }

    pub(crate) fn schema(&self) -> Result<SchemaRef, TableError> {
        self.decoder.schema().ok_or(TableError::NothingOpen)
    }

    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    /// The position of the column called `name`: in that case, else in any.
    pub(crate) fn index_of(&self, name: &str) -> Result<usize, TableError> {
        let schema: &Schema = &*self.schema()?;
        let fields = schema.fields();
        let exact = fields.iter().position(|field| field.name() == name);
        let found = exact
            .or_else(|| fields.iter().position(|field| field.name().eq_ignore_ascii_case(name)));
        found.ok_or_else(|| TableError::NoColumn {
            name: name.to_owned(),
            names: fields.iter().map(|field| field.name().clone()).collect(),
        })
    }

    /// The parts of a column, a batch each.
    pub(crate) fn parts(&self, index: usize) -> impl Iterator<Item = &ArrayRef> {
        self.batches.iter().filter_map(move |batch| batch.columns().get(index))
    }

    /// Batch and row in it of a row of the table.
    pub(crate) fn locate(&self, row: u32) -> Option<(usize, usize)> {
        let batch = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let start = self.starts.get(batch)?;
        Some((batch, (row - start) as usize))
    }

    /// Answers a request in JSON ([`tenkyu_wire::table::Request`]) with a reply in JSON and the
    /// buffers that go beside it. What fails is answered with [`Reply::Failed`] in `lang`.
    pub fn handle(&mut self, request: &str, lang: Lang) -> (String, Buffers) {
        let answer = match serde_json::from_str(request) {
            Ok(request) => self.answer(request),
            Err(error) => Err(TableError::Request(error.to_string())),
        };
        let (reply, buffers) = match answer {
            Ok(answer) => answer,
            Err(error) => (Reply::Failed(error.problem(lang)), Buffers::new()),
        };
        (to_json(&reply), buffers)
    }

    /// Answers a request.
    ///
    /// # Errors
    /// Whatever keeps it from being answered; opening and cancelling are not done here.
    pub fn answer(&mut self, request: Request) -> Result<(Reply, Buffers), TableError> {
        let bare = |reply| Ok((reply, Buffers::new()));
        match request {
            Request::Open { .. } | Request::Cancel | Request::Functions => {
                Err(TableError::Request("this belongs to the network part".to_owned()))
            }
            Request::View(rule) => {
                // The old view stays as it is if the new rule is not good.
                let view = View::of(self, rule)?;
                let reply = view.reply(self.rows);
                self.view = view;
                bare(reply)
            }
            Request::Rows { start, count } => bare(self.cells(start, count)),
            Request::Histogram { column, bins, range } => {
                bare(summary::histogram(self, &column, bins, range)?)
            }
            Request::Texts { column, limit } => bare(summary::texts(self, &column, limit)?),
            Request::Points { x, y } => summary::points(self, &x, &y),
            Request::Export { format, selected } => export::write(self, format, selected),
        }
    }

    fn cells(&self, start: u64, count: u32) -> Reply {
        /// More rows than any screen shows would only fill the memory.
        const MOST: u32 = 10_000;
        let mut texts = Vec::new();
        let mut selected = Vec::new();
        for position in start..start.saturating_add(u64::from(count.min(MOST))) {
            let Some(row) = self.view.row(position, self.rows) else { break };
            let Some((batch, inner)) = self.locate(row) else { break };
            let Some(batch) = self.batches.get(batch) else { break };
            texts.push(batch.columns().iter().map(|column| cells::text(column, inner)).collect());
            selected.push(self.view.is_selected(row));
        }
        Reply::Rows { start, cells: texts, selected }
    }
}

pub(crate) fn not_arrow(error: arrow::error::ArrowError) -> TableError {
    TableError::NotArrow(error.to_string())
}

/// Every reply can be written as JSON: it holds no map and its floats are finite.
pub(crate) fn to_json(reply: &Reply) -> String {
    serde_json::to_string(reply).unwrap_or_default()
}
