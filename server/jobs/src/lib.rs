//! A durable queue of jobs and their runner. It knows nothing of what a job does: a [`Worker`]
//! does that.
//!
//! Every step is a row in the metadata store before anything acts on it, so that a killed server
//! finds its jobs again: those that waited wait on, those that ran are started once more, and end
//! in ERROR where that was the second time. Each job has a folder of its own for what it needs
//! and what it makes.

mod error;
mod limits;
mod run;
mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tenkyu_wire::jobs::{Job, JobError, JobFilter, JobResult, NewJob, Phase, Progress, Queue};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use error::JobsError;
pub use limits::JobLimits;
use store::Store;

/// Does what a job asks.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// Runs a job to its end. Files go to `control.folder`. It must return soon after
    /// `control.cancel` is cancelled; what it returns then is not kept.
    ///
    /// # Errors
    /// Why there is no result.
    async fn run(&self, job: &Job, control: &Control) -> Result<JobResult, JobError>;

    /// What a user is told of a job that ran longer than it may.
    fn out_of_time(&self, job: &Job) -> JobError;
}

/// What a worker is given besides the job.
#[derive(Clone, Debug)]
pub struct Control {
    /// The job's folder.
    pub folder: PathBuf,
    /// Where the worker says how far it is.
    pub progress: Arc<Counters>,
    /// Cancelled when nobody wants the job any more.
    pub cancel: CancellationToken,
}

/// [`Progress`] that is being made.
#[derive(Debug, Default)]
pub struct Counters {
    /// Rows of the result.
    pub rows: AtomicU64,
    /// Bytes of the result.
    pub bytes: AtomicU64,
    /// Bytes of tables read.
    pub scanned: AtomicU64,
}

impl Counters {
    fn read(&self) -> Progress {
        Progress {
            rows: self.rows.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            scanned: self.scanned.load(Ordering::Relaxed),
        }
    }
}

/// The queue of a data directory. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    folder: PathBuf,
    limits: JobLimits,
    running: Mutex<HashMap<String, Running>>,
    /// Something may be startable.
    wake: Notify,
    /// Names of jobs whose phase changed.
    changed: broadcast::Sender<String>,
    stop: CancellationToken,
}

struct Running {
    queue: Queue,
    address: String,
    progress: Arc<Counters>,
    cancel: CancellationToken,
}

/// Changes of phase that a slow waiter may miss before it looks for itself.
const MISSED: usize = 256;

impl Jobs {
    /// Opens the queue: files in a data directory that exists, rows in the metadata store. Nothing runs before [`Jobs::start`].
    ///
    /// # Errors
    /// A database or a folder that cannot be used.
    pub async fn open(
        data_dir: &Path,
        store: &tenkyu_store::Store,
        limits: JobLimits,
    ) -> Result<Jobs, JobsError> {
        let folder = data_dir.join("jobs");
        std::fs::create_dir_all(&folder).map_err(|e| JobsError::io(&folder, e))?;
        let store = Store::open(store).await?;
        let inner = Inner {
            store,
            folder,
            limits,
            running: Mutex::default(),
            wake: Notify::new(),
            changed: broadcast::channel(MISSED).0,
            stop: CancellationToken::new(),
        };
        Ok(Jobs { inner: Arc::new(inner) })
    }

    /// The limits in force.
    pub fn limits(&self) -> &JobLimits {
        &self.inner.limits
    }

    /// Makes a PENDING job.
    ///
    /// # Errors
    /// [`JobsError::TooMany`]; a store or a disk that fails.
    pub async fn create(&self, new: NewJob) -> Result<Job, JobsError> {
        let limits = &self.inner.limits;
        if self.inner.store.active(&new.address).await? >= limits.waiting_per_address {
            return Err(JobsError::TooMany(limits.waiting_per_address));
        }
        let now = now();
        let seconds = limits.seconds(new.seconds);
        let job = Job {
            id: new_id()?,
            owner: new.owner.clone(),
            run_id: new.run_id,
            phase: Phase::Pending,
            queue: limits.queue(seconds),
            created: now,
            started: None,
            ended: None,
            destruction: limits.destruction(now, new.destruction),
            seconds,
            attempts: 0,
            parameters: new.parameters,
            attachments: new.attachments.iter().map(|(name, _)| name.clone()).collect(),
            functions: new.functions.iter().map(|(id, _)| id.clone()).collect(),
            lang: new.lang,
            progress: Progress::default(),
            result: None,
            error: None,
        };
        let folder = self.folder(&job.id);
        std::fs::create_dir_all(&folder).map_err(|e| JobsError::io(&folder, e))?;
        let made = async {
            attach(&folder, 0, &new.attachments)?;
            keep(&folder, &new.functions)?;
            self.inner.store.insert(&job, &new.owner, &new.address).await
        };
        if let Err(error) = made.await {
            // Without its row nobody would remove it before the next start.
            let _ = std::fs::remove_dir_all(&folder);
            return Err(error);
        }
        Ok(job)
    }

    /// A job, with its progress as it is now.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store that fails.
    pub async fn job(&self, id: &str) -> Result<Job, JobsError> {
        let found = self.inner.store.job(id).await?;
        let mut job = found.ok_or_else(|| JobsError::Unknown(shorten(id)))?;
        self.with_progress(&mut job);
        Ok(job)
    }

    fn with_progress(&self, job: &mut Job) {
        if job.phase == Phase::Executing
            && let Some(running) = self.inner.running().get(&job.id)
        {
            job.progress = running.progress.read();
        }
    }

    /// The key of a job's owner.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store that fails.
    pub async fn owner(&self, id: &str) -> Result<String, JobsError> {
        let owner = self.inner.store.owner(id).await?;
        owner.ok_or_else(|| JobsError::Unknown(shorten(id)))
    }

    /// Hands the jobs of one owner to another.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn adopt(&self, from: &str, to: &str) -> Result<(), JobsError> {
        self.inner.store.adopt(from, to).await
    }

    /// The phase of a job, which costs one look into an index.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store that fails.
    pub async fn phase(&self, id: &str) -> Result<Phase, JobsError> {
        let phase = self.inner.store.phase(id).await?;
        phase.ok_or_else(|| JobsError::Unknown(shorten(id)))
    }

    /// The jobs of an owner, newest first.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn list(&self, owner: &str, filter: &JobFilter) -> Result<Vec<Job>, JobsError> {
        let mut jobs = self.inner.store.list(owner, filter).await?;
        jobs.iter_mut().for_each(|job| self.with_progress(job));
        Ok(jobs)
    }

    /// Waits until the job is no longer in `phase` (by default the one it is in), has ended, or
    /// `longest` has passed; its phase then.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store that fails.
    pub async fn wait(
        &self,
        id: &str,
        phase: Option<Phase>,
        longest: Duration,
    ) -> Result<Phase, JobsError> {
        let end = Instant::now() + longest;
        // Before the first look: nothing may happen between the look and the wait.
        let mut changes = self.inner.changed.subscribe();
        let mut current = self.phase(id).await?;
        let first = phase.unwrap_or(current);
        while current == first && current.is_active() {
            let change = tokio::select! {
                () = tokio::time::sleep_until(end) => break,
                () = self.inner.stop.cancelled() => break,
                change = changes.recv() => change,
            };
            match change {
                Ok(changed) if changed != id => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {
                    current = self.phase(id).await?;
                }
                Err(broadcast::error::RecvError::Closed) => break,
            }
        }
        Ok(current)
    }

    /// Lets a PENDING job wait for its turn. One that waits, runs or has run is left as it is.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; [`JobsError::WrongPhase`] for one that was aborted or failed.
    pub async fn enqueue(&self, id: &str) -> Result<(), JobsError> {
        if self.inner.store.enqueue(id, now()).await? {
            self.inner.has_changed(id);
            self.inner.wake.notify_one();
            return Ok(());
        }
        match self.phase(id).await? {
            Phase::Queued | Phase::Executing => Ok(()),
            phase => Err(JobsError::WrongPhase { id: id.to_owned(), phase }),
        }
    }

    /// Stops a job. One that has ended is left as it is.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store that fails.
    pub async fn abort(&self, id: &str) -> Result<(), JobsError> {
        let was_active = self.inner.store.abort(id, now()).await?;
        self.inner.cancel(id);
        if was_active {
            self.inner.has_changed(id);
            return Ok(());
        }
        self.phase(id).await.map(drop)
    }

    /// Stops a job and removes it with all that it made.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store or a disk that fails.
    pub async fn remove(&self, id: &str) -> Result<(), JobsError> {
        let found = self.inner.store.remove(id).await?;
        self.inner.cancel(id);
        if !found {
            return Err(JobsError::Unknown(shorten(id)));
        }
        self.inner.has_changed(id);
        self.inner.remove_folder(id);
        Ok(())
    }

    /// Changes what a PENDING job was asked. `parameters` replace those of the same name;
    /// `attachments` are added.
    ///
    /// # Errors
    /// [`JobsError::Unknown`], [`JobsError::WrongPhase`]; a store or a disk that fails.
    pub async fn change(
        &self,
        id: &str,
        parameters: Vec<(String, String)>,
        attachments: &[(String, PathBuf)],
    ) -> Result<Job, JobsError> {
        let mut job = self.pending(id).await?;
        // UPLOAD may be given several times, each adding tables (DALI 1.1 §3.4.5).
        let replaces = |name: &str| !name.eq_ignore_ascii_case("UPLOAD");
        job.parameters.retain(|(name, _)| {
            !replaces(name) || !parameters.iter().any(|(new, _)| new.eq_ignore_ascii_case(name))
        });
        job.parameters.extend(parameters);
        job.run_id = job.parameter("RUNID").map(str::to_owned).or(job.run_id);
        attach(&self.folder(id), job.attachments.len(), attachments)?;
        job.attachments.extend(attachments.iter().map(|(name, _)| name.clone()));
        self.rewrite(job).await
    }

    /// Sets the seconds that a PENDING job may run, within the limits.
    ///
    /// # Errors
    /// [`JobsError::Unknown`], [`JobsError::WrongPhase`]; a store that fails.
    pub async fn set_seconds(&self, id: &str, seconds: u64) -> Result<Job, JobsError> {
        let mut job = self.pending(id).await?;
        job.seconds = self.inner.limits.seconds(Some(seconds));
        job.queue = self.inner.limits.queue(job.seconds);
        self.rewrite(job).await
    }

    async fn pending(&self, id: &str) -> Result<Job, JobsError> {
        let job = self.job(id).await?;
        if job.phase == Phase::Pending {
            return Ok(job);
        }
        Err(JobsError::WrongPhase { id: job.id, phase: job.phase })
    }

    async fn rewrite(&self, job: Job) -> Result<Job, JobsError> {
        if self.inner.store.rewrite(&job).await? {
            return Ok(job);
        }
        let phase = self.phase(&job.id).await?;
        Err(JobsError::WrongPhase { id: job.id, phase })
    }

    /// Sets when a job is removed, milliseconds since 1970, within the limits.
    ///
    /// # Errors
    /// [`JobsError::Unknown`]; a store that fails.
    pub async fn set_destruction(&self, id: &str, at: i64) -> Result<(), JobsError> {
        let at = self.inner.limits.destruction(now(), Some(at));
        match self.inner.store.set_destruction(id, at).await? {
            true => Ok(()),
            false => Err(JobsError::Unknown(shorten(id))),
        }
    }

    /// The folder of a job's files.
    pub fn folder(&self, id: &str) -> PathBuf {
        self.inner.folder.join(id)
    }

    /// Jobs that run now.
    pub fn running(&self) -> usize {
        self.inner.running().len()
    }
}

impl Inner {
    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancel(&self, id: &str) {
        if let Some(running) = self.running().get(id) {
            running.cancel.cancel();
        }
    }

    fn has_changed(&self, id: &str) {
        // Nobody may be waiting.
        let _ = self.changed.send(id.to_owned());
    }

    fn remove_folder(&self, id: &str) {
        let folder = self.folder.join(id);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::error!(%error, folder = %folder.display(), "files of a job stay");
            }
            _ => {}
        }
    }
}

/// The file of a job's part with this number.
pub fn attachment(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("part-{number}"))
}

/// The file of a job's module with this number.
pub fn function_module(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("functions-{number}.wasm"))
}

/// Modules belong to their owner, who may remove them while the job waits.
fn keep(folder: &Path, modules: &[(String, PathBuf)]) -> Result<(), JobsError> {
    for (number, (_, from)) in modules.iter().enumerate() {
        let to = function_module(folder, number);
        // Such files are never changed, so another name for the same one is a copy.
        let kept = std::fs::hard_link(from, &to).or_else(|_| std::fs::copy(from, &to).map(drop));
        kept.map_err(|e| JobsError::io(&to, e))?;
    }
    Ok(())
}

fn attach(folder: &Path, first: usize, files: &[(String, PathBuf)]) -> Result<(), JobsError> {
    for (number, (_, from)) in (first..).zip(files) {
        let to = attachment(folder, number);
        std::fs::rename(from, &to).map_err(|e| JobsError::io(&to, e))?;
    }
    Ok(())
}

/// Milliseconds since 1970, UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Foreign names may be long.
fn shorten(id: &str) -> String {
    id.chars().take(40).collect()
}

/// 26 characters of 32 that are hard to confuse: 130 random bits. The name is the key to the job.
fn new_id() -> Result<String, JobsError> {
    const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
    let mut random = [0_u8; 26];
    getrandom::fill(&mut random).map_err(|error| JobsError::Random(error.to_string()))?;
    Ok(random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect())
}
