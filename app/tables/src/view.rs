//! Which rows are kept and marked, and in which order.

use std::sync::Arc;

use arrow::{array::RecordBatch, buffer::BooleanBuffer};
use tenkyu_adql::filter::Filter;
use tenkyu_wire::table::{Reply, ViewRule};

use crate::{TableError, sort, store::TableStore};

/// A rule applied to the rows that were there.
#[derive(Clone, Default)]
pub(crate) struct View {
    filter: Mask,
    select: Mask,
    order: Option<Order>,
    /// Kept rows in order; `None` keeps all, in the order in which they came.
    kept: Option<Arc<Vec<u32>>>,
    kept_count: u64,
    selected_count: u64,
}

/// The rows for which a condition is true, batch by batch.
#[derive(Clone, Default)]
struct Mask {
    text: String,
    /// Empty when there is no condition.
    parts: Vec<BooleanBuffer>,
    rows: u64,
}

/// Every row in the order of a column.
#[derive(Clone)]
struct Order {
    by: (String, bool),
    rows: Arc<Vec<u32>>,
}

impl Mask {
    /// Applies a condition. What `old` found for the same text is taken over, so that while rows
    /// arrive only the new ones are looked at.
    fn of(text: String, old: &Mask, store: &TableStore) -> Result<Mask, TableError> {
        if text.trim().is_empty() {
            return Ok(Mask::default());
        }
        let filter = Filter::compile_with(&text, store.schema()?.as_ref(), store.functions())?;
        let mut parts = if old.text == text { old.parts.clone() } else { Vec::new() };
        for batch in store.batches.iter().skip(parts.len()) {
            parts.push(filter.mask(batch)?);
        }
        Ok(Mask { text, parts, rows: store.rows() })
    }

    fn is_set(&self) -> bool {
        !self.text.is_empty()
    }

    fn count(&self) -> u64 {
        self.parts.iter().map(|part| part.count_set_bits() as u64).sum()
    }

    fn rows(&self) -> impl Iterator<Item = u32> {
        let mut start = 0;
        self.parts.iter().flat_map(move |part| {
            let first = start;
            start += part.len() as u32;
            part.set_indices().map(move |row| first + row as u32)
        })
    }

    /// All bits in one buffer.
    fn joined(&self) -> BooleanBuffer {
        let mut bits = arrow::array::BooleanBufferBuilder::new(self.rows as usize);
        for part in &self.parts {
            bits.append_buffer(part);
        }
        bits.finish()
    }
}

impl View {
    /// Applies a rule to the rows that are there.
    pub fn of(store: &TableStore, rule: ViewRule) -> Result<View, TableError> {
        let old = store.view();
        let filter = Mask::of(rule.filter, &old.filter, store)?;
        let select = Mask::of(rule.select, &old.select, store)?;
        let order = match rule.sort {
            Some(by) => Some(match &old.order {
                Some(order) if order.by == by && order.rows.len() as u64 == store.rows() => {
                    order.clone()
                }
                _ => Order { rows: Arc::new(sort::rows(store, &by.0, by.1)?), by },
            }),
            None => None,
        };
        let kept = match (&order, filter.is_set()) {
            (None, false) => None,
            (None, true) => Some(Arc::new(filter.rows().collect())),
            (Some(order), false) => Some(order.rows.clone()),
            (Some(order), true) => {
                let bits = filter.joined();
                let is_kept = |row: &u32| (*row as usize) < bits.len() && bits.value(*row as usize);
                Some(Arc::new(order.rows.iter().copied().filter(is_kept).collect()))
            }
        };
        let kept_count = if filter.is_set() { filter.count() } else { store.rows() };
        let selected_count = match (select.is_set(), filter.is_set()) {
            (false, _) => 0,
            (true, false) => select.count(),
            (true, true) => {
                let both = filter.parts.iter().zip(&select.parts);
                both.map(|(kept, marked)| (kept & marked).count_set_bits() as u64).sum()
            }
        };
        Ok(View { filter, select, order, kept, kept_count, selected_count })
    }

    pub fn reply(&self, rows: u64) -> Reply {
        Reply::View { rows, kept: self.kept_count, selected: self.selected_count }
    }

    /// The row of the table that is shown at `position`, of `rows` in all.
    pub fn row(&self, position: u64, rows: u64) -> Option<u32> {
        match &self.kept {
            Some(kept) => kept.get(usize::try_from(position).ok()?).copied(),
            None if position < rows => u32::try_from(position).ok(),
            None => None,
        }
    }

    /// Whether a row is marked, kept or not.
    pub fn is_selected(&self, row: u32) -> bool {
        let mut row = row as usize;
        for part in &self.select.parts {
            if row < part.len() {
                return part.value(row);
            }
            row -= part.len();
        }
        false
    }

    /// The rows that are shown, in order; with `selected` only those that are marked.
    pub fn shown(&self, rows: u64, selected: bool) -> Vec<u32> {
        let all: Vec<u32> = match &self.kept {
            Some(kept) => kept.to_vec(),
            None => (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect(),
        };
        if !selected {
            return all;
        }
        let bits = self.select.joined();
        all.into_iter()
            .filter(|&row| (row as usize) < bits.len() && bits.value(row as usize))
            .collect()
    }

    /// For the rows of a batch, a number each: 0 dropped, 1 kept, 2 kept and marked. Rows that
    /// came after the rule was applied are kept unless there is a filter.
    pub fn flags(&self, index: usize, batch: &RecordBatch) -> Vec<u8> {
        let rows = batch.num_rows();
        let mut flags = match (self.filter.is_set(), self.filter.parts.get(index)) {
            (false, _) => vec![1; rows],
            (true, Some(part)) => part.iter().map(u8::from).collect(),
            (true, None) => vec![0; rows],
        };
        if let Some(part) = self.select.parts.get(index) {
            for (flag, marked) in flags.iter_mut().zip(part.iter()) {
                *flag += *flag * u8::from(marked);
            }
        }
        flags
    }
}
