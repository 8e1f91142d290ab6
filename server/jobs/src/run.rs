//! Running jobs: whose turn it is, the limit of time, what a killed server left, what has expired.

use std::sync::Arc;
use std::time::Duration;

use tenkyu_wire::jobs::{Job, JobError, JobResult, Phase, Queue};
use tenkyu_wire::messages::{errors, jobs as text};
use tenkyu_wire::{Lang, Message};
use tokio_util::sync::CancellationToken;

use crate::{Control, Counters, Inner, Jobs, JobsError, Running, Worker, now};

/// Times that a job is started; a server that dies of a job must not die of it for ever.
const ATTEMPTS: u32 = 2;

/// A look at the queue without being told: the store may have failed the last time.
const PAUSE: Duration = Duration::from_secs(5);

/// How long a worker may take to come back after it was cancelled, before it is left behind.
const GRACE: Duration = Duration::from_secs(10);

impl Jobs {
    /// Takes up what an earlier server left, and runs jobs until [`Jobs::stop`].
    ///
    /// # Errors
    /// A store that fails.
    pub async fn start(&self, worker: Arc<dyn Worker>) -> Result<(), JobsError> {
        self.recover().await?;
        self.sweep_folders().await?;
        tokio::spawn(self.clone().dispatch(worker));
        tokio::spawn(self.clone().sweep());
        Ok(())
    }

    /// Stops what runs; it waits for the next start as if it had never run.
    pub async fn stop(&self) {
        let ids: Vec<String> = self.inner.running().keys().cloned().collect();
        for id in ids {
            if let Err(error) = self.inner.store.requeue(&id, true).await {
                tracing::error!(%error, id, "a job was not put back");
            }
        }
        self.inner.stop.cancel();
    }

    async fn recover(&self) -> Result<(), JobsError> {
        for mut job in self.inner.store.executing().await? {
            if job.attempts < ATTEMPTS {
                self.inner.store.requeue(&job.id, false).await?;
                tracing::info!(id = job.id, "a job that was interrupted runs again");
                continue;
            }
            job.phase = Phase::Error;
            job.ended = Some(now());
            job.error =
                Some(explained("job-interrupted", text::INTERRUPTED, text::INTERRUPTED_HELP));
            self.inner.store.finish(&job).await?;
            tracing::warn!(id = job.id, "a job was interrupted twice");
        }
        Ok(())
    }

    /// Removes folders that belong to no job.
    async fn sweep_folders(&self) -> Result<(), JobsError> {
        let folder = &self.inner.folder;
        let entries = std::fs::read_dir(folder).map_err(|e| JobsError::io(folder, e))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if self.inner.store.phase(&name).await?.is_none() {
                self.inner.remove_folder(&name);
            }
        }
        Ok(())
    }

    async fn sweep(self) {
        let pause = Duration::from_secs(self.inner.limits.sweep_seconds.max(1));
        loop {
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            let removed = async {
                for id in self.inner.store.expired(now()).await? {
                    match self.remove(&id).await {
                        Err(JobsError::Unknown(_)) => {}
                        other => other?,
                    }
                }
                Ok::<_, JobsError>(())
            };
            if let Err(error) = removed.await {
                tracing::error!(%error, "expired jobs were not removed");
            }
        }
    }

    async fn dispatch(self, worker: Arc<dyn Worker>) {
        loop {
            for queue in Queue::ALL {
                if let Err(error) = self.fill(queue, &worker).await {
                    tracing::error!(%error, "the queue of jobs cannot be read");
                }
            }
            tokio::select! {
                () = self.inner.stop.cancelled() => return,
                () = self.inner.wake.notified() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Starts jobs until the queue's slots are taken or no address may have more.
    async fn fill(&self, queue: Queue, worker: &Arc<dyn Worker>) -> Result<(), JobsError> {
        let limits = &self.inner.limits;
        loop {
            if self.inner.stop.is_cancelled()
                || self.inner.taken(queue, None) >= limits.slots(queue)
            {
                return Ok(());
            }
            let waiting = self.inner.store.waiting(queue).await?;
            // Who has fewest running comes first, then who has waited longest.
            let next = waiting
                .into_iter()
                .map(|address| (self.inner.taken(queue, Some(&address)), address))
                .filter(|(taken, _)| *taken < limits.per_address)
                .min_by_key(|(taken, _)| *taken);
            let Some((_, address)) = next else { return Ok(()) };
            if let Some(job) = self.inner.store.claim(queue, &address, now()).await? {
                self.launch(job, address, worker.clone());
            }
        }
    }

    fn launch(&self, job: Job, address: String, worker: Arc<dyn Worker>) {
        let control = Control {
            folder: self.folder(&job.id),
            progress: Arc::new(Counters::default()),
            cancel: CancellationToken::new(),
        };
        let running = Running {
            queue: job.queue,
            address,
            progress: control.progress.clone(),
            cancel: control.cancel.clone(),
        };
        self.inner.running().insert(job.id.clone(), running);
        self.inner.has_changed(&job.id);
        let jobs = self.clone();
        tokio::spawn(async move {
            let id = job.id.clone();
            jobs.execute(job, control, worker).await;
            jobs.inner.running().remove(&id);
            jobs.inner.wake.notify_one();
        });
    }

    async fn execute(&self, mut job: Job, control: Control, worker: Arc<dyn Worker>) {
        let inner = &self.inner;
        // Aborted between the claim and the entry in the list of what runs.
        if !matches!(inner.store.phase(&job.id).await, Ok(Some(Phase::Executing))) {
            return;
        }
        let ended = timed(&job, &control, &worker, &inner.stop).await;
        if inner.stop.is_cancelled() {
            return;
        }
        (job.phase, job.result, job.error) = match ended {
            Ended::Done(Ok(result)) => (Phase::Completed, Some(result), None),
            Ended::Done(Err(error)) => (Phase::Error, None, Some(error)),
            Ended::OutOfTime => (Phase::Aborted, None, Some(worker.out_of_time(&job))),
            // The row says so already.
            Ended::Cancelled => (Phase::Aborted, None, None),
        };
        job.ended = Some(now());
        job.progress = control.progress.read();
        match inner.store.finish(&job).await {
            Ok(true) => {}
            // Aborted or removed meanwhile.
            Ok(false) => {
                if let Ok(None) = inner.store.phase(&job.id).await {
                    inner.remove_folder(&job.id);
                }
            }
            Err(error) => tracing::error!(%error, id = job.id, "the end of a job was not written"),
        }
        inner.has_changed(&job.id);
    }
}

impl Inner {
    fn taken(&self, queue: Queue, address: Option<&str>) -> usize {
        self.running()
            .values()
            .filter(|running| running.queue == queue)
            .filter(|running| address.is_none_or(|address| running.address == address))
            .count()
    }
}

enum Ended {
    Done(Result<JobResult, JobError>),
    OutOfTime,
    Cancelled,
}

/// Runs a job within its time. A worker that panics has failed; the server goes on.
async fn timed(
    job: &Job,
    control: &Control,
    worker: &Arc<dyn Worker>,
    stop: &CancellationToken,
) -> Ended {
    let mut task = tokio::spawn({
        let (job, control, worker) = (job.clone(), control.clone(), worker.clone());
        async move { worker.run(&job, &control).await }
    });
    let ended = tokio::select! {
        done = &mut task => {
            return Ended::Done(done.unwrap_or_else(|error| {
                tracing::error!(%error, id = job.id, "a job broke down");
                Err(explained("internal", errors::INTERNAL, errors::INTERNAL_HELP))
            }));
        }
        () = control.cancel.cancelled() => Ended::Cancelled,
        () = stop.cancelled() => Ended::Cancelled,
        () = tokio::time::sleep(Duration::from_secs(job.seconds)) => Ended::OutOfTime,
    };
    control.cancel.cancel();
    if tokio::time::timeout(GRACE, &mut task).await.is_err() {
        tracing::warn!(id = job.id, "a job does not stop; it is left behind");
        task.abort();
    }
    ended
}

fn explained(code: &str, what: Message, help: Message) -> JobError {
    let text = |lang| format!("{} {}", what.with(lang, &[("id", "jobs")]), help.text(lang));
    JobError { code: code.to_owned(), en: text(Lang::En), ja: text(Lang::Ja), transient: true }
}
