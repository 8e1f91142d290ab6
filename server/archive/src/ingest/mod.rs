//! Ingest: from files on disk to observations.
//!
//! Each file goes through the same stages: read and hash; validate, translate and draw; store the
//! bytes; commit the rows. The last is one transaction, so a process that is killed leaves a file
//! either ingested or not, and the same command takes up where it stopped.

mod commit;
mod prepare;
mod walk;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use futures::{StreamExt, stream};
use tenkyu_wire::{Explain, Lang};
use tokio::task::{JoinError, JoinHandle};

pub(crate) use commit::Outcome;
pub(crate) use prepare::Prepared;

use crate::{
    archive::Archive,
    error::{ArchiveError, Refusal},
    inspect,
};

/// How to ingest.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Collection of everything; the dictionary's, or `LOCAL`, where absent.
    pub collection: Option<String>,
    /// Values of fields (`facility_name`, `target_name`, …) for files whose headers have none.
    pub defaults: BTreeMap<String, String>,
    /// From when on anyone may read the data, ISO 8601; now, where absent.
    pub release: Option<String>,
    /// Who does it, for the event log.
    pub agent: String,
    /// Largest file, bytes, unpacked.
    pub max_bytes: u64,
    /// Files that are worked on at a time; one per processor where absent.
    pub workers: Option<usize>,
}

impl Default for IngestOptions {
    fn default() -> IngestOptions {
        IngestOptions {
            collection: None,
            defaults: BTreeMap::new(),
            release: None,
            agent: "ingest".into(),
            max_bytes: 8 << 30,
            workers: None,
        }
    }
}

/// How far an ingest is.
#[derive(Clone, Debug, PartialEq)]
pub struct IngestProgress {
    /// Files done, whatever became of them.
    pub done: u64,
    /// Files found.
    pub total: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Seconds since the start.
    pub seconds: f64,
    /// The file that was done last.
    pub file: PathBuf,
}

impl IngestProgress {
    /// Files a second.
    pub fn files_per_second(&self) -> f64 {
        self.done as f64 / self.seconds.max(1e-9)
    }
}

/// A file that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedFile {
    /// The file or folder.
    pub file: PathBuf,
    /// Header-data unit, where the reason lies in one.
    pub hdu: Option<u32>,
    /// Keyword, where the reason lies in one.
    pub keyword: Option<String>,
    /// Why, and what to do about it.
    pub reason: Refusal,
}

/// Something that is worth knowing of a file that was ingested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestWarning {
    /// The file.
    pub file: PathBuf,
    /// What, in English and in Japanese.
    pub text: inspect::Note,
}

/// What became of the files.
#[derive(Clone, Debug, Default)]
pub struct IngestReport {
    /// Files whose content is new.
    pub ingested: u64,
    /// Files that replaced an earlier content of the same path.
    pub updated: u64,
    /// Files whose content was there already.
    pub unchanged: u64,
    /// Files that were begun and not finished by an ingest before, and are done now.
    pub resumed: u64,
    /// Files that were refused, each with its reason.
    pub refused: Vec<RefusedFile>,
    /// Remarks on files that were ingested.
    pub warnings: Vec<IngestWarning>,
    /// Files that were passed over because their names do not say that they are FITS.
    pub skipped: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Seconds.
    pub seconds: f64,
}

impl IngestReport {
    /// Files of every outcome but skipped.
    pub fn files(&self) -> u64 {
        self.ingested + self.updated + self.unchanged + self.refused.len() as u64
    }

    /// Files a second.
    pub fn files_per_second(&self) -> f64 {
        self.files() as f64 / self.seconds.max(1e-9)
    }

    /// Megabytes (10⁶) read a second.
    pub fn megabytes_per_second(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.seconds.max(1e-9)
    }
}

/// A spawned task that stops when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Archive {
    /// Ingests files and folders.
    ///
    /// Folders are walked; what is named outright is read whatever its name. A file that cannot be
    /// ingested is reported and stops nothing. `progress` is called after each file.
    ///
    /// # Errors
    /// What stops the whole ingest: [`ArchiveError::DiskFull`], [`ArchiveError::Store`],
    /// [`ArchiveError::Objects`]. Files that were committed before stay; the same call goes on.
    pub async fn ingest(
        &self,
        paths: &[PathBuf],
        options: IngestOptions,
        progress: impl Fn(IngestProgress),
    ) -> Result<IngestReport, ArchiveError> {
        let started = Instant::now();
        let roots = paths.to_vec();
        let found = tokio::task::spawn_blocking(move || walk::walk(&roots))
            .await
            .unwrap_or_else(|_| walk::Found::default());
        let mut report =
            IngestReport { refused: found.refused, skipped: found.skipped, ..Default::default() };
        let total = found.files.len() as u64;
        let bytes = Arc::new(AtomicU64::new(0));
        let options = Arc::new(options);
        let workers = options.workers.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
        });
        let mut prepared = stream::iter(found.files)
            .map(|path| {
                // A task of its own: a future that is only polled between commits would hold its
                // transaction open during them.
                let (archive, options, bytes) =
                    (self.clone(), Arc::clone(&options), Arc::clone(&bytes));
                let file = path.clone();
                let task =
                    Task(tokio::spawn(
                        async move { archive.prepare(&file, options, &bytes).await },
                    ));
                async move { (path, task.await) }
            })
            .buffered(workers.max(1));
        let mut done = 0;
        while let Some((path, outcome)) = prepared.next().await {
            let outcome = outcome.unwrap_or_else(|error| {
                tracing::error!(file = %path.display(), %error, "preparation failed");
                Ok(prepare::Outcome::failed(&path))
            });
            self.finish(&path, outcome?, &options, &mut report).await?;
            done += 1;
            progress(IngestProgress {
                done,
                total,
                bytes: bytes.load(Ordering::Relaxed),
                seconds: started.elapsed().as_secs_f64(),
                file: path,
            });
        }
        report.bytes = bytes.load(Ordering::Relaxed);
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Commits what was prepared of a file and notes it in the report.
    async fn finish(
        &self,
        path: &Path,
        outcome: prepare::Outcome,
        options: &IngestOptions,
        report: &mut IngestReport,
    ) -> Result<(), ArchiveError> {
        match outcome {
            prepare::Outcome::Unchanged => {
                report.unchanged += 1;
            }
            prepare::Outcome::Refused(refused) => {
                tracing::warn!(file = %path.display(), reason = %refused.reason, "refused");
                self.set_stage(path, "refused", &refused.reason.problem(Lang::En).detail).await?;
                report.refused.push(refused);
            }
            prepare::Outcome::Ready(prepared, notes) => {
                match self.commit(&prepared, options).await? {
                    Outcome::Ingested => report.ingested += 1,
                    Outcome::Updated => report.updated += 1,
                    Outcome::Unchanged => report.unchanged += 1,
                }
                report.resumed += u64::from(prepared.resumed);
                report.warnings.extend(
                    notes.into_iter().map(|text| IngestWarning { file: path.to_owned(), text }),
                );
            }
        }
        Ok(())
    }
}
