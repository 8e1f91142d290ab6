//! The queue of jobs behind UWS, and the query that a job is.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use tenkyu_jobs::{Control, Jobs, JobsError, Worker};
use tenkyu_vo::votable::error_text;
use tenkyu_vo::{JobRoom, JobTimes, ServiceError, Vo};
use tenkyu_wire::jobs::{Job, JobError, JobFilter, JobResult, NewJob, Phase};
use tenkyu_wire::messages::jobs as texts;
use tenkyu_wire::{Explain, Lang};

/// The queue behind `/tap/async`.
pub(crate) struct QueueRoom {
    jobs: Jobs,
}

impl QueueRoom {
    pub(crate) fn new(jobs: Jobs) -> Self {
        QueueRoom { jobs }
    }
}

/// An error of the queue: what the user can mend is told, the rest goes to the log.
fn outward(error: JobsError) -> ServiceError {
    if error.is_internal() {
        ServiceError::internal(format!("{:#}", anyhow::Error::from(error)))
    } else {
        ServiceError::new(error)
    }
}

#[async_trait]
impl JobRoom for QueueRoom {
    async fn create(&self, new: NewJob) -> Result<Job, ServiceError> {
        self.jobs.create(new).await.map_err(outward)
    }

    async fn job(&self, id: &str) -> Result<Job, ServiceError> {
        self.jobs.job(id).await.map_err(outward)
    }

    async fn owner(&self, id: &str) -> Result<String, ServiceError> {
        self.jobs.owner(id).await.map_err(outward)
    }

    async fn phase(&self, id: &str) -> Result<Phase, ServiceError> {
        self.jobs.phase(id).await.map_err(outward)
    }

    async fn list(&self, owner: &str, filter: &JobFilter) -> Result<Vec<Job>, ServiceError> {
        self.jobs.list(owner, filter).await.map_err(outward)
    }

    async fn wait(
        &self,
        id: &str,
        phase: Option<Phase>,
        longest: Duration,
    ) -> Result<Phase, ServiceError> {
        self.jobs.wait(id, phase, longest).await.map_err(outward)
    }

    async fn enqueue(&self, id: &str) -> Result<(), ServiceError> {
        self.jobs.enqueue(id).await.map_err(outward)
    }

    async fn abort(&self, id: &str) -> Result<(), ServiceError> {
        self.jobs.abort(id).await.map_err(outward)
    }

    async fn remove(&self, id: &str) -> Result<(), ServiceError> {
        self.jobs.remove(id).await.map_err(outward)
    }

    async fn change(
        &self,
        id: &str,
        parameters: Vec<(String, String)>,
        attachments: &[(String, PathBuf)],
    ) -> Result<Job, ServiceError> {
        self.jobs.change(id, parameters, attachments).await.map_err(outward)
    }

    async fn set_seconds(&self, id: &str, seconds: u64) -> Result<(), ServiceError> {
        self.jobs.set_seconds(id, seconds).await.map(drop).map_err(outward)
    }

    async fn set_destruction(&self, id: &str, at: i64) -> Result<(), ServiceError> {
        self.jobs.set_destruction(id, at).await.map_err(outward)
    }

    fn folder(&self, id: &str) -> PathBuf {
        self.jobs.folder(id)
    }

    fn attachment(&self, id: &str, number: usize) -> PathBuf {
        tenkyu_jobs::attachment(&self.jobs.folder(id), number)
    }

    fn function_module(&self, id: &str, number: usize) -> PathBuf {
        tenkyu_jobs::function_module(&self.jobs.folder(id), number)
    }

    fn times(&self) -> JobTimes {
        let limits = self.jobs.limits();
        JobTimes {
            default_seconds: limits.default_seconds.min(limits.hard_seconds),
            hard_seconds: limits.hard_seconds,
            keep_seconds: limits.keep_seconds.min(limits.hard_keep_seconds),
            hard_keep_seconds: limits.hard_keep_seconds,
        }
    }
}

/// Runs a job as the query that it asks.
pub(crate) struct QueryWorker {
    vo: Arc<Vo>,
}

impl QueryWorker {
    pub(crate) fn new(vo: Arc<Vo>) -> Self {
        QueryWorker { vo }
    }
}

#[async_trait]
impl Worker for QueryWorker {
    async fn run(&self, job: &Job, control: &Control) -> Result<JobResult, JobError> {
        let counters = control.progress.clone();
        let report = move |progress: tenkyu_wire::jobs::Progress| {
            counters.rows.store(progress.rows, Ordering::Relaxed);
            counters.bytes.store(progress.bytes, Ordering::Relaxed);
            counters.scanned.store(progress.scanned, Ordering::Relaxed);
        };
        let done = tenkyu_vo::run_job(&self.vo, job, &report, control.cancel.clone()).await;
        done.map_err(|error| JobError {
            code: error.code().to_owned(),
            en: error_text(&error, Lang::En),
            ja: error_text(&error, Lang::Ja),
            // Of our own, or because others use the memory: another time it may work.
            transient: error.status() >= 500,
        })
    }

    fn out_of_time(&self, job: &Job) -> JobError {
        let seconds = job.seconds.to_string();
        let hard = self.vo.jobs.times().hard_seconds.to_string();
        let text = |lang| {
            let what = texts::OUT_OF_TIME.with(lang, &[("seconds", &seconds)]);
            format!("{what} {}", texts::OUT_OF_TIME_HELP.with(lang, &[("hard", &hard)]))
        };
        JobError {
            code: "job-out-of-time".to_owned(),
            en: text(Lang::En),
            ja: text(Lang::Ja),
            transient: true,
        }
    }
}
