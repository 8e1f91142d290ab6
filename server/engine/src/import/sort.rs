//! Sorting rows by one column in bounded memory: sorted runs go to disk, and are merged while they
//! are read. Rows of equal keys keep their order.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::{cast, interleave_record_batch},
    datatypes::{DataType, Int64Type, SchemaRef},
    ipc::{reader::FileReader, writer::FileWriter},
};

use crate::EngineError;

/// Runs that are merged at a time: each needs a batch in memory and an open file.
const FAN_IN: usize = 64;
/// Rows of a batch that is given out.
const OUT_ROWS: usize = 16_384;
/// Least rows of a batch in a run.
const RUN_ROWS: usize = 256;

/// What rows can be sorted by. Null keys are not allowed.
pub trait Key: Ord + Clone + Send + Sized {
    /// The keys of a column, row by row.
    fn of(column: &ArrayRef) -> Result<Vec<Self>, EngineError>;
}

fn no_nulls(column: &ArrayRef) -> Result<(), EngineError> {
    match column.null_count() {
        0 => Ok(()),
        _ => Err(EngineError::Internal("a null among the keys of a sort".into())),
    }
}

impl Key for i64 {
    fn of(column: &ArrayRef) -> Result<Vec<Self>, EngineError> {
        no_nulls(column)?;
        let integers = cast(column, &DataType::Int64)?;
        Ok(integers.as_primitive::<Int64Type>().values().to_vec())
    }
}

impl Key for Box<str> {
    fn of(column: &ArrayRef) -> Result<Vec<Self>, EngineError> {
        no_nulls(column)?;
        let text = cast(column, &DataType::Utf8)?;
        Ok(text.as_string::<i32>().iter().flatten().map(Box::from).collect())
    }
}

/// Takes batches in any order and gives their rows back in the order of a column.
pub struct Sorter<K> {
    schema: SchemaRef,
    key: usize,
    budget: usize,
    prefix: PathBuf,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    held_rows: usize,
    runs: Vec<PathBuf>,
    made: usize,
    keys: std::marker::PhantomData<K>,
}

impl<K: Key> Sorter<K> {
    /// A sorter by the column of index `key`. It holds up to `budget` bytes of rows in memory;
    /// what is more goes into files whose names start with `prefix`.
    pub fn new(prefix: &Path, schema: SchemaRef, key: usize, budget: usize) -> Self {
        Self {
            schema,
            key,
            budget,
            prefix: prefix.to_owned(),
            held: Vec::new(),
            held_bytes: 0,
            held_rows: 0,
            runs: Vec::new(),
            made: 0,
            keys: std::marker::PhantomData,
        }
    }

    /// Takes a batch.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        // Sorting needs a key and a place for each row besides.
        self.held_bytes += batch.get_array_memory_size() + 24 * batch.num_rows();
        self.held_rows += batch.num_rows();
        self.held.push(batch);
        if self.held_bytes > self.budget {
            self.spill()?;
        }
        Ok(())
    }

    /// Rows of the batches in a run, so that a batch of each of the merged runs fits in memory.
    fn run_rows(&self) -> usize {
        let row = (self.held_bytes / self.held_rows.max(1)).max(1);
        (self.budget / (2 * FAN_IN) / row).clamp(RUN_ROWS, OUT_ROWS)
    }

    fn spill(&mut self) -> Result<(), EngineError> {
        let rows = self.run_rows();
        let sorted = InMemory::new::<K>(std::mem::take(&mut self.held), self.key, rows)?;
        (self.held_bytes, self.held_rows) = (0, 0);
        let path = self.write(sorted)?;
        self.runs.push(path);
        Ok(())
    }

    fn write(
        &mut self,
        batches: impl Iterator<Item = Result<RecordBatch, EngineError>>,
    ) -> Result<PathBuf, EngineError> {
        let mut name = self.prefix.clone().into_os_string();
        name.push(format!("-{}.arrow", self.made));
        self.made += 1;
        let path = PathBuf::from(name);
        let file = File::create(&path).map_err(|e| EngineError::io(&path, e))?;
        let mut writer = FileWriter::try_new(BufWriter::new(file), &self.schema)?;
        for batch in batches {
            writer.write(&batch?)?;
        }
        writer.finish()?;
        let file = writer.into_inner()?;
        file.into_inner().map_err(|e| EngineError::io(&path, e.into_error()))?;
        Ok(path)
    }

    /// The rows in order.
    pub fn finish(mut self) -> Result<Sorted, EngineError>
    where
        K: 'static,
    {
        if self.runs.is_empty() {
            return Ok(Box::new(InMemory::new::<K>(self.held, self.key, OUT_ROWS)?));
        }
        if !self.held.is_empty() {
            self.spill()?;
        }
        while self.runs.len() > FAN_IN {
            // The first ones, so that equal keys stay in order.
            let first: Vec<PathBuf> = self.runs.drain(..FAN_IN).collect();
            let merged = self.write(Merge::<K>::new(first, self.key)?)?;
            self.runs.insert(0, merged);
        }
        Ok(Box::new(Merge::<K>::new(self.runs, self.key)?))
    }
}

/// Rows in order.
pub type Sorted = Box<dyn Iterator<Item = Result<RecordBatch, EngineError>> + Send>;

/// Batches in memory, read in the order of their keys.
struct InMemory {
    batches: Vec<RecordBatch>,
    order: std::vec::IntoIter<(usize, usize)>,
    rows: usize,
}

impl InMemory {
    fn new<K: Key>(
        batches: Vec<RecordBatch>,
        key: usize,
        rows: usize,
    ) -> Result<Self, EngineError> {
        let mut keyed: Vec<(K, u32, u32)> = Vec::new();
        for (number, batch) in (0..).zip(&batches) {
            keyed.extend(
                K::of(batch.column(key))?.into_iter().zip(0..).map(|(k, r)| (k, number, r)),
            );
        }
        // Batch and row break ties, which makes it stable.
        keyed.sort_unstable();
        let place = |(_, batch, row): (K, u32, u32)| (batch as usize, row as usize);
        let order: Vec<(usize, usize)> = keyed.into_iter().map(place).collect();
        Ok(Self { batches, order: order.into_iter(), rows })
    }
}

impl Iterator for InMemory {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let places: Vec<(usize, usize)> = self.order.by_ref().take(self.rows).collect();
        if places.is_empty() {
            self.batches.clear();
            return None;
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Some(interleave_record_batch(&batches, &places).map_err(EngineError::from))
    }
}

/// A run that is being read.
struct Run<K> {
    reader: FileReader<BufReader<File>>,
    path: PathBuf,
    batch: RecordBatch,
    keys: Vec<K>,
    row: usize,
    /// Where `batch` is among the batches that the next one given out is made of.
    slot: Option<usize>,
}

impl<K: Key> Run<K> {
    fn open(path: PathBuf, key: usize) -> Result<Option<Self>, EngineError> {
        let file = File::open(&path).map_err(|e| EngineError::io(&path, e))?;
        let reader = FileReader::try_new(BufReader::new(file), None)?;
        let batch = RecordBatch::new_empty(reader.schema());
        let mut run = Self { reader, path, batch, keys: Vec::new(), row: 0, slot: None };
        Ok(run.load(key)?.then_some(run))
    }

    /// Reads the next batch; `false` at the end, where the file is removed.
    fn load(&mut self, key: usize) -> Result<bool, EngineError> {
        loop {
            let Some(batch) = self.reader.next().transpose()? else {
                // The folder is removed as a whole later; this only frees the space sooner.
                let _ = fs::remove_file(&self.path);
                return Ok(false);
            };
            if batch.num_rows() > 0 {
                self.keys = K::of(batch.column(key))?;
                (self.batch, self.row, self.slot) = (batch, 0, None);
                return Ok(true);
            }
        }
    }
}

/// Runs, read together in the order of their keys.
struct Merge<K> {
    runs: Vec<Run<K>>,
    key: usize,
    /// The next key of each run that is not at its end; the earlier run first among equals.
    heap: BinaryHeap<Reverse<(K, usize)>>,
}

impl<K: Key> Merge<K> {
    fn new(paths: Vec<PathBuf>, key: usize) -> Result<Self, EngineError> {
        let mut runs = Vec::with_capacity(paths.len());
        for path in paths {
            runs.extend(Run::open(path, key)?);
        }
        let mut heap = BinaryHeap::with_capacity(runs.len());
        for (index, run) in runs.iter().enumerate() {
            heap.extend(run.keys.first().map(|k: &K| Reverse((k.clone(), index))));
        }
        Ok(Self { runs, key, heap })
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut places: Vec<(usize, usize)> = Vec::with_capacity(OUT_ROWS);
        self.runs.iter_mut().for_each(|run| run.slot = None);
        // Batches that were read to their end stay in memory until this one is given out.
        while places.len() < OUT_ROWS && batches.len() < 2 * self.runs.len().max(1) {
            let Some(Reverse((_, index))) = self.heap.pop() else { break };
            let next = self.heap.peek().map(|Reverse(next)| next);
            let Some(run) = self.runs.get_mut(index) else { break };
            let slot = *run.slot.get_or_insert_with(|| {
                batches.push(run.batch.clone());
                batches.len() - 1
            });
            // All rows of this run that come before the next run's first one.
            let before = |k: &K| next.is_none_or(|(key, other)| (k, index) < (key, *other));
            let mut first = true;
            while let Some(key) = run.keys.get(run.row)
                && (first || before(key))
                && places.len() < OUT_ROWS
            {
                places.push((slot, run.row));
                run.row += 1;
                first = false;
            }
            if run.row < run.keys.len() || run.load(self.key)? {
                self.heap.extend(run.keys.get(run.row).map(|k| Reverse((k.clone(), index))));
            }
        }
        if places.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        Ok(Some(interleave_record_batch(&batches, &places)?))
    }
}

impl<K: Key> Iterator for Merge<K> {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::{
        array::{Int64Array, StringArray},
        datatypes::{Field, Schema},
    };
    use std::sync::Arc;

    fn sort<K: Key + 'static>(key: usize, budget: usize) -> (Vec<(i64, i64, String)>, usize) {
        let dir = tempfile::tempdir().unwrap();
        let fields = vec![
            Field::new("key", DataType::Int64, false),
            Field::new("row", DataType::Int64, false),
            Field::new("text", DataType::Utf8, false),
        ];
        let schema = Arc::new(Schema::new(fields));
        let mut sorter = Sorter::<K>::new(&dir.path().join("run"), schema.clone(), key, budget);
        let mut files = 0;
        for start in (0..20_000i64).step_by(500) {
            let rows: Vec<i64> = (start..start + 500).collect();
            let keys: Vec<i64> = rows.iter().map(|r| (r * 7919) % 997).collect();
            let texts: StringArray = keys.iter().map(|k| Some(format!("t{k:04}"))).collect();
            let columns: Vec<ArrayRef> = vec![
                Arc::new(Int64Array::from(keys)),
                Arc::new(Int64Array::from(rows)),
                Arc::new(texts),
            ];
            sorter.push(RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
            files = files.max(fs::read_dir(dir.path()).unwrap().count());
        }
        let mut out = Vec::new();
        for batch in sorter.finish().unwrap() {
            let batch = batch.unwrap();
            let (keys, rows) =
                (i64::of(batch.column(0)).unwrap(), i64::of(batch.column(1)).unwrap());
            let texts = <Box<str>>::of(batch.column(2)).unwrap();
            let zipped = keys.into_iter().zip(rows).zip(texts);
            out.extend(zipped.map(|((k, r), t)| (k, r, t.into_string())));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "runs are removed");
        (out, files)
    }

    #[test]
    fn runs_merge_into_one_stable_order() {
        let (expected, files) = sort::<i64>(0, usize::MAX);
        assert_eq!((expected.len(), files), (20_000, 0));
        assert!(expected.is_sorted(), "by key, then as pushed");
        // Some runs, and so many that they are merged in two steps.
        for (budget, least) in [(200_000, 4), (1000, 40)] {
            let (found, files) = sort::<i64>(0, budget);
            assert!(files >= least, "{files}");
            assert_eq!(found, expected);
            assert_eq!(sort::<Box<str>>(2, budget).0, expected);
        }
    }
}
