//! The queue with workers that do as they are told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tenkyu_jobs::{Control, JobLimits, Jobs, Worker};
use tenkyu_store::testing;
use tenkyu_wire::jobs::{Job, JobError, JobFilter, JobResult, NewJob, Phase};

/// Does what the parameter `do` says: `end`, `fail`, `panic`, `hang`.
#[derive(Default)]
struct Actor {
    order: Mutex<Vec<String>>,
    together: AtomicUsize,
    most: AtomicUsize,
}

fn error(text: &str) -> JobError {
    JobError { code: text.to_owned(), en: text.to_owned(), ja: text.to_owned(), transient: false }
}

#[async_trait]
impl Worker for Actor {
    async fn run(&self, job: &Job, control: &Control) -> Result<JobResult, JobError> {
        self.order.lock().unwrap().push(job.run_id.clone().unwrap_or_default());
        let now = self.together.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(30)).await;
        control.progress.rows.store(7, Ordering::Relaxed);
        if job.parameter("do") == Some("hang") {
            control.cancel.cancelled().await;
        }
        self.together.fetch_sub(1, Ordering::SeqCst);
        match job.parameter("do") {
            Some("fail") => Err(error("failed")),
            Some("panic") => panic!("as it was told"),
            _ => {
                std::fs::write(control.folder.join("result"), "x").unwrap();
                Ok(JobResult {
                    content_type: "text/plain".to_owned(),
                    filename: "r.txt".to_owned(),
                    bytes: 1,
                    rows: 7,
                    overflow: false,
                })
            }
        }
    }

    fn out_of_time(&self, _: &Job) -> JobError {
        error("late")
    }
}

fn new(word: &str, address: &str, run_id: &str) -> NewJob {
    NewJob {
        owner: "o".to_owned(),
        address: address.to_owned(),
        run_id: Some(run_id.to_owned()),
        parameters: vec![("do".to_owned(), word.to_owned())],
        ..NewJob::default()
    }
}

async fn open(folder: &tempfile::TempDir, limits: JobLimits) -> (Jobs, Arc<Actor>) {
    let jobs =
        Jobs::open(folder.path(), &testing::open(folder.path()).await, limits).await.unwrap();
    let actor = Arc::new(Actor::default());
    jobs.start(actor.clone()).await.unwrap();
    (jobs, actor)
}

async fn begin(jobs: &Jobs, new: NewJob) -> String {
    let job = jobs.create(new).await.unwrap();
    jobs.enqueue(&job.id).await.unwrap();
    job.id
}

async fn reaches(jobs: &Jobs, id: &str, wanted: Phase) {
    for _ in 0..100 {
        if jobs.phase(id).await.unwrap() == wanted {
            return;
        }
        jobs.wait(id, None, Duration::from_millis(100)).await.unwrap();
    }
    panic!("{id} is {:?}, not {wanted:?}", jobs.phase(id).await.unwrap());
}

#[tokio::test]
async fn every_end_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, _) = open(&folder, JobLimits::default()).await;
    let good = begin(&jobs, new("end", "a", "1")).await;
    reaches(&jobs, &good, Phase::Completed).await;
    let job = jobs.job(&good).await.unwrap();
    assert_eq!((job.result.unwrap().rows, job.progress.rows, job.attempts), (7, 7, 1));
    assert!(job.started.unwrap() >= job.created && job.ended.unwrap() >= job.started.unwrap());
    let bad = begin(&jobs, new("fail", "a", "2")).await;
    reaches(&jobs, &bad, Phase::Error).await;
    assert_eq!(jobs.job(&bad).await.unwrap().error.unwrap().code, "failed");
    let broken = begin(&jobs, new("panic", "a", "3")).await;
    reaches(&jobs, &broken, Phase::Error).await;
    assert_eq!(jobs.job(&broken).await.unwrap().error.unwrap().code, "internal");
    let late = begin(&jobs, NewJob { seconds: Some(1), ..new("hang", "a", "4") }).await;
    reaches(&jobs, &late, Phase::Aborted).await;
    assert_eq!(jobs.job(&late).await.unwrap().error.unwrap().code, "late");
    let all = jobs.list("o", &JobFilter::default()).await.unwrap();
    assert_eq!(all.len(), 4);
    let failed = JobFilter { phases: vec![Phase::Error], ..JobFilter::default() };
    assert_eq!(jobs.list("o", &failed).await.unwrap().len(), 2);
    assert!(jobs.list("p", &JobFilter::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_address_leaves_places_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let limits = JobLimits { long: 3, per_address: 2, ..JobLimits::default() };
    let (jobs, actor) = open(&folder, limits).await;
    let mut many = Vec::new();
    for number in 0..4 {
        many.push(begin(&jobs, new("hang", "greedy", &format!("g{number}"))).await);
    }
    reaches(&jobs, &many[1], Phase::Executing).await;
    let other = begin(&jobs, new("end", "modest", "m")).await;
    reaches(&jobs, &other, Phase::Completed).await;
    assert_eq!(jobs.phase(&many[2]).await.unwrap(), Phase::Queued);
    // Quick jobs have places of their own.
    let quick = begin(&jobs, NewJob { seconds: Some(5), ..new("end", "greedy", "q") }).await;
    reaches(&jobs, &quick, Phase::Completed).await;
    for id in &many {
        jobs.abort(id).await.unwrap();
    }
    for id in &many {
        assert_eq!(jobs.phase(id).await.unwrap(), Phase::Aborted);
    }
    assert!(actor.most.load(Ordering::SeqCst) <= 4);
    assert_eq!(actor.order.lock().unwrap()[..2], ["g0", "g1"]);
}

#[tokio::test]
async fn a_server_that_dies_starts_a_job_once_more_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    // Each server is a runtime that vanishes with all that runs in it.
    let id = {
        let (jobs, _) = open(&folder, JobLimits::default()).await;
        let id = begin(&jobs, new("hang", "a", "1")).await;
        reaches(&jobs, &id, Phase::Executing).await;
        id
    };
    let waiting =
        Jobs::open(folder.path(), &testing::open(folder.path()).await, JobLimits::default())
            .await
            .unwrap();
    assert_eq!(waiting.phase(&id).await.unwrap(), Phase::Executing);
    let (jobs, _) = open(&folder, JobLimits::default()).await;
    reaches(&jobs, &id, Phase::Executing).await;
    assert_eq!(jobs.job(&id).await.unwrap().attempts, 2);
    let (jobs, _) = open(&folder, JobLimits::default()).await;
    let job = jobs.job(&id).await.unwrap();
    assert_eq!((job.phase, job.error.unwrap().code.as_str()), (Phase::Error, "job-interrupted"));
}

#[tokio::test]
async fn a_server_that_is_stopped_in_order_puts_jobs_back() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, _) = open(&folder, JobLimits::default()).await;
    let id = begin(&jobs, new("hang", "a", "1")).await;
    reaches(&jobs, &id, Phase::Executing).await;
    jobs.stop().await;
    let job = jobs.job(&id).await.unwrap();
    assert_eq!((job.phase, job.attempts), (Phase::Queued, 0));
}

#[tokio::test]
async fn what_has_expired_is_removed_and_so_are_stray_folders() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("jobs/stray")).unwrap();
    let limits = JobLimits { keep_seconds: 0, sweep_seconds: 1, ..JobLimits::default() };
    let (jobs, _) = open(&folder, limits).await;
    assert!(!folder.path().join("jobs/stray").exists());
    let part = folder.path().join("part");
    std::fs::write(&part, "table").unwrap();
    let with_file = NewJob { attachments: vec![("t".to_owned(), part)], ..new("end", "a", "1") };
    let job = jobs.create(with_file).await.unwrap();
    let kept = tenkyu_jobs::attachment(&jobs.folder(&job.id), 0);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "table");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(jobs.job(&job.id).await.is_err() && !kept.exists());
}
