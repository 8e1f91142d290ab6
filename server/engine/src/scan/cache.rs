//! Columns that queries keep asking for, decoded and in memory under a byte budget.
//!
//! A snapshot is never written again, so nothing here can be out of date: entries go only to make
//! room. A scan of more than the budget would push out every entry just before it is needed again,
//! if the oldest went first; so only what the last queries did not touch goes, and a table that is
//! too large keeps as much in memory as fits. A column is kept from the second query on that asks
//! for it: fresh memory costs a scan as much as decompression does, and many scans come once.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::array::{Array, ArrayRef};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

/// An entry stays for so many queries that do not use it before it may go.
const KEPT_QUERIES: u64 = 3;

/// Columns whose first query is remembered; beyond these all are forgotten.
const MAX_ASKED: usize = 1 << 20;

/// A part of a Parquet file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// What the file says of itself.
    Footer,
    /// A column of a row group, both by number.
    Column(usize, usize),
}

#[derive(Clone)]
enum Value {
    Footer(ArrowReaderMetadata),
    Column(ArrayRef),
}

impl Value {
    fn bytes(&self) -> usize {
        match self {
            Self::Footer(footer) => footer.metadata().memory_size(),
            Self::Column(array) => array.get_array_memory_size(),
        }
    }
}

struct Entry {
    value: Value,
    bytes: usize,
    /// The last query that used it.
    used: u64,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<(Arc<Path>, Part), Entry>,
    bytes: usize,
    /// Columns that were asked for and are not here, with the first query that did.
    asked: HashMap<(Arc<Path>, Part), u64>,
    query: u64,
    /// The query for which nothing was left that may go.
    full_at: Option<u64>,
}

/// Decoded columns and footers, shared by all queries of an engine.
pub struct ColumnCache {
    budget: usize,
    inner: Mutex<Inner>,
}

impl std::fmt::Debug for ColumnCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ColumnCache({} of {} bytes)", self.bytes(), self.budget)
    }
}

impl ColumnCache {
    /// A cache of at most so many bytes.
    pub fn new(budget: usize) -> Self {
        Self { budget, inner: Mutex::default() }
    }

    /// Says that another query begins, from which the age of entries is counted.
    pub fn new_query(&self) {
        self.lock().query += 1;
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// A column of a row group.
    pub fn column(&self, file: &Arc<Path>, row_group: usize, column: usize) -> Option<ArrayRef> {
        match self.get(file, Part::Column(row_group, column))? {
            Value::Column(array) => Some(array),
            Value::Footer(_) => None,
        }
    }

    /// Whether a column that is not here is worth keeping: an earlier query asked for it, too.
    pub fn is_wanted(&self, file: &Arc<Path>, row_group: usize, column: usize) -> bool {
        let mut inner = self.lock();
        let query = inner.query;
        if inner.asked.len() >= MAX_ASKED {
            inner.asked.clear();
        }
        let first = inner.asked.entry((file.clone(), Part::Column(row_group, column)));
        self.budget > 0 && *first.or_insert(query) < query
    }

    /// Keeps a column of a row group, if there is room.
    pub fn keep_column(&self, file: &Arc<Path>, row_group: usize, column: usize, array: ArrayRef) {
        self.keep(file, Part::Column(row_group, column), Value::Column(array));
    }

    /// The footer of a file.
    pub fn footer(&self, file: &Arc<Path>) -> Option<ArrowReaderMetadata> {
        match self.get(file, Part::Footer)? {
            Value::Footer(footer) => Some(footer),
            Value::Column(_) => None,
        }
    }

    /// Keeps the footer of a file, if there is room.
    pub fn keep_footer(&self, file: &Arc<Path>, footer: ArrowReaderMetadata) {
        self.keep(file, Part::Footer, Value::Footer(footer));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, file: &Arc<Path>, part: Part) -> Option<Value> {
        let mut inner = self.lock();
        let query = inner.query;
        let entry = inner.entries.get_mut(&(file.clone(), part))?;
        entry.used = query;
        Some(entry.value.clone())
    }

    fn keep(&self, file: &Arc<Path>, part: Part, value: Value) {
        let bytes = value.bytes();
        let mut inner = self.lock();
        if bytes > self.budget || !inner.make_room(bytes, self.budget) {
            return;
        }
        let entry = Entry { value, bytes, used: inner.query };
        inner.bytes += bytes;
        if let Some(old) = inner.entries.insert((file.clone(), part), entry) {
            inner.bytes -= old.bytes;
        }
    }
}

impl Inner {
    fn make_room(&mut self, bytes: usize, budget: usize) -> bool {
        let fits = |held: usize| held.saturating_add(bytes) <= budget;
        if fits(self.bytes) {
            return true;
        }
        if self.full_at == Some(self.query) {
            return false;
        }
        let limit = self.query.saturating_sub(KEPT_QUERIES);
        let mut old: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, e)| e.used < limit)
            .map(|(key, e)| (e.used, key.clone()))
            .collect();
        old.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in old {
            if fits(self.bytes) {
                break;
            }
            if let Some(gone) = self.entries.remove(&key) {
                self.bytes -= gone.bytes;
            }
        }
        let room = fits(self.bytes);
        if !room {
            self.full_at = Some(self.query);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Float64Array;

    use super::*;

    fn column() -> ArrayRef {
        Arc::new(Float64Array::from(vec![1.0; 1000]))
    }

    #[test]
    fn what_is_in_use_stays_and_what_is_not_makes_room() {
        let size = column().get_array_memory_size();
        let cache = ColumnCache::new(2 * size);
        let file: Arc<Path> = Path::new("a").into();
        cache.new_query();
        for row_group in 0..3 {
            cache.keep_column(&file, row_group, 0, column());
        }
        assert!(cache.column(&file, 0, 0).is_some() && cache.column(&file, 1, 0).is_some());
        assert!(cache.column(&file, 2, 0).is_none(), "a scan does not push out its own columns");
        for _ in 0..=KEPT_QUERIES {
            cache.new_query();
            assert!(cache.column(&file, 1, 0).is_some());
        }
        cache.keep_column(&file, 2, 0, column());
        assert!(cache.column(&file, 2, 0).is_some());
        assert!(cache.column(&file, 0, 0).is_none() && cache.column(&file, 1, 0).is_some());
        assert_eq!(cache.bytes(), 2 * size);
    }

    #[test]
    fn a_column_is_wanted_when_a_second_query_asks_for_it() {
        let cache = ColumnCache::new(1000);
        let file: Arc<Path> = Path::new("a").into();
        for (expected, other) in [(false, false), (true, false)] {
            cache.new_query();
            assert_eq!(cache.is_wanted(&file, 0, 0), expected);
            assert_eq!(cache.is_wanted(&file, 0, 0), expected, "the same query");
            assert_eq!(cache.is_wanted(&file, 1, usize::from(expected)), other);
        }
        let none = ColumnCache::new(0);
        for _ in 0..2 {
            none.new_query();
            assert!(!none.is_wanted(&file, 0, 0));
        }
    }

    #[test]
    fn nothing_is_kept_without_a_budget() {
        let cache = ColumnCache::new(0);
        let file: Arc<Path> = Path::new("a").into();
        cache.keep_column(&file, 0, 0, column());
        assert!(cache.column(&file, 0, 0).is_none());
    }
}
