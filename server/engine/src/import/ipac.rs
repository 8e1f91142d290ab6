//! IPAC tables: columns bounded by the bars of the header lines.
//! Format: IRSA, "IPAC Table Format Definition".

use std::{io::BufRead, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};

use super::{
    formats::{BATCH_ROWS, Source, TableReader},
    text::TextColumn,
};
use crate::{EngineError, meta};

const FORMAT: &str = "IPAC";
/// Longest line: a guard against files that are no text at all.
const MAX_LINE: u64 = 1 << 20;

struct Column {
    start: usize,
    end: usize,
    null: String,
}

/// Opens an IPAC table.
pub fn open(source: &Source) -> Result<TableReader, EngineError> {
    let fail = |reason: &str| EngineError::unreadable(&source.path, FORMAT, reason);
    let mut lines = Lines { reader: source.open()?, source: source.clone() };
    let (mut headers, mut first) = (Vec::new(), None);
    while let Some(line) = lines.next_line()? {
        if line.starts_with('|') {
            headers.push(line);
        } else if !line.starts_with('\\') {
            first = Some(line);
            break;
        }
    }
    let names = headers.first().ok_or_else(|| fail("no header line"))?;
    let bars: Vec<usize> = names.match_indices('|').map(|(i, _)| i).collect();
    let cell = |line: Option<&String>, from: usize, to: usize| {
        line.and_then(|l| l.get(from + 1..to.min(l.len()))).unwrap_or("").trim().to_owned()
    };
    let (mut columns, mut fields) = (Vec::new(), Vec::new());
    for (&start, &end) in bars.iter().zip(bars.iter().skip(1)) {
        let name = cell(headers.first(), start, end);
        let data_type = match cell(headers.get(1), start, end).to_ascii_lowercase().as_str() {
            "int" | "i" | "long" | "l" => DataType::Int64,
            "double" | "d" | "float" | "f" | "real" | "r" => DataType::Float64,
            _ => DataType::Utf8,
        };
        let unit = cell(headers.get(2), start, end).trim_matches('-').to_owned();
        let mut field = Field::new(name, data_type, true);
        if !unit.is_empty() {
            field = field.with_metadata([(meta::UNIT.to_owned(), unit)].into());
        }
        fields.push(field);
        columns.push(Column { start, end, null: cell(headers.get(3), start, end) });
    }
    if fields.is_empty() {
        return Err(fail("the header line has no columns"));
    }
    let schema = Arc::new(Schema::new(fields));
    let batches = Batches { lines, columns, schema: schema.clone(), first, row: 0, done: false };
    Ok(TableReader { schema, description: None, rows: None, batches: Box::new(batches) })
}

struct Lines {
    reader: Box<dyn BufRead + Send>,
    source: Source,
}

impl Lines {
    fn next_line(&mut self) -> Result<Option<String>, EngineError> {
        let mut bytes = Vec::new();
        let read = std::io::Read::take(&mut self.reader, MAX_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| EngineError::unreadable(&self.source.path, FORMAT, e))?;
        // Columns are byte positions, so other bytes than ASCII must stay one character each.
        let text = bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '?' });
        Ok((read > 0).then(|| text.collect::<String>().trim_end_matches(['\n', '\r']).to_owned()))
    }
}

struct Batches {
    lines: Lines,
    columns: Vec<Column>,
    schema: SchemaRef,
    first: Option<String>,
    row: u64,
    done: bool,
}

impl Batches {
    fn batch(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        let mut builders: Vec<TextColumn> =
            self.schema.fields().iter().map(|f| TextColumn::new(f.data_type())).collect();
        let mut rows = 0;
        while rows < BATCH_ROWS {
            let line = match self.first.take() {
                Some(line) => Some(line),
                None => self.lines.next_line()?,
            };
            let Some(line) = line else { break };
            if line.trim().is_empty() {
                continue;
            }
            self.row += 1;
            rows += 1;
            for (index, (column, builder)) in self.columns.iter().zip(&mut builders).enumerate() {
                let end = column.end.min(line.len());
                let text = line.get(column.start.min(end)..end).unwrap_or("").trim();
                let text = if text == column.null { "" } else { text };
                if let Err(expected) = builder.push(text) {
                    let name = self.schema.field(index).name();
                    let reason = format!("row {}, {name}: {text:?} is no {expected}", self.row);
                    return Err(EngineError::unreadable(&self.lines.source.path, FORMAT, reason));
                }
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let arrays = builders.iter_mut().map(TextColumn::finish).collect();
        Ok(Some(RecordBatch::try_new(self.schema.clone(), arrays)?))
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.batch().transpose();
        self.done = !matches!(batch, Some(Ok(_)));
        batch
    }
}
