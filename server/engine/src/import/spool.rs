//! Rows on their way from a file into partitions: in memory while they fit, on disk after that.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use arrow::{
    array::RecordBatch,
    datatypes::SchemaRef,
    ipc::{reader::FileReader, writer::FileWriter},
};

use crate::EngineError;

/// Batches in the order in which they were pushed.
pub struct Spool {
    schema: SchemaRef,
    path: PathBuf,
    limit: usize,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    file: Option<FileWriter<BufWriter<File>>>,
}

impl Spool {
    /// A spool that holds up to `limit` bytes and then moves to the file `path`.
    pub fn new(path: PathBuf, schema: SchemaRef, limit: usize) -> Self {
        Self { schema, path, limit, held: Vec::new(), held_bytes: 0, file: None }
    }

    /// Appends a batch.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        if let Some(file) = &mut self.file {
            return Ok(file.write(&batch)?);
        }
        self.held_bytes += batch.get_array_memory_size();
        self.held.push(batch);
        if self.held_bytes > self.limit {
            let created = File::create(&self.path).map_err(|e| EngineError::io(&self.path, e))?;
            let mut file = FileWriter::try_new(BufWriter::new(created), &self.schema)?;
            for batch in self.held.drain(..) {
                file.write(&batch)?;
            }
            self.file = Some(file);
        }
        Ok(())
    }

    /// Whether everything is in memory.
    pub fn in_memory(&self) -> bool {
        self.file.is_none()
    }

    /// Ends writing and gives the batches back; the file is removed when they have been read.
    pub fn read(mut self) -> Result<SpoolReader, EngineError> {
        let reader = match self.file.take() {
            None => None,
            Some(mut file) => {
                file.finish()?;
                let file = file
                    .into_inner()?
                    .into_inner()
                    .map_err(|e| EngineError::io(&self.path, e.into_error()))?;
                drop(file);
                Some(open(&self.path)?)
            }
        };
        Ok(SpoolReader { held: self.held.into_iter(), reader, path: self.path })
    }
}

fn open(path: &Path) -> Result<FileReader<BufReader<File>>, EngineError> {
    let file = File::open(path).map_err(|e| EngineError::io(path, e))?;
    Ok(FileReader::try_new(BufReader::new(file), None)?)
}

/// The batches of a spool.
pub struct SpoolReader {
    held: std::vec::IntoIter<RecordBatch>,
    reader: Option<FileReader<BufReader<File>>>,
    path: PathBuf,
}

impl Iterator for SpoolReader {
    type Item = Result<RecordBatch, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.held.next() {
            return Some(Ok(batch));
        }
        Some(self.reader.as_mut()?.next()?.map_err(EngineError::from))
    }
}

impl Drop for SpoolReader {
    fn drop(&mut self) {
        if self.reader.take().is_some() {
            // The folder is removed as a whole later; this only frees the space sooner.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
