//! A query as a job: its result goes to a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tenkyu_wire::jobs::{Job, JobResult, Progress, Queue};
use tenkyu_wire::tables::ColumnMeta;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio_util::sync::CancellationToken;

use super::stream::{Budget, Sink, Stop};
use super::{Ask, QueryRequest, start, upload};
use crate::error::RequestError;
use crate::form::disk;
use crate::params::Params;
use crate::uws::RESULT_FILE;
use crate::{ModuleFile, Scanned, ServiceError, Vo};

/// Time between two reports of progress.
const REPORT: Duration = Duration::from_millis(250);

/// Runs the query of a job and writes its result to the job's folder. `report` is called several
/// times a second with how far it is.
///
/// # Errors
/// Whatever is wrong with the query; nothing stays of a result that is not whole.
pub async fn run_job(
    vo: &Vo,
    job: &Job,
    report: &(dyn Fn(Progress) + Send + Sync),
    cancel: CancellationToken,
) -> Result<JobResult, ServiceError> {
    let folder = vo.jobs.folder(&job.id);
    let meter = Arc::new(Meter::default());
    let work = write(vo, job, &folder, meter.clone(), cancel.clone());
    tokio::pin!(work);
    let mut ticks = tokio::time::interval(REPORT);
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            () = cancel.cancelled() => break Err(ServiceError::internal("a job was cancelled")),
            _ = ticks.tick() => report(meter.read()),
        }
    };
    report(meter.read());
    if done.is_err() {
        let _ = tokio::fs::remove_file(part(&folder)).await;
    }
    done
}

/// A result that is being written.
fn part(folder: &Path) -> PathBuf {
    folder.join("result.part")
}

#[derive(Default)]
struct Meter {
    rows: AtomicU64,
    bytes: AtomicU64,
    scanned: OnceLock<Scanned>,
}

impl Meter {
    fn read(&self) -> Progress {
        Progress {
            rows: self.rows.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            scanned: self.scanned.get().map(|count| count()).unwrap_or_default(),
        }
    }
}

async fn write(
    vo: &Vo,
    job: &Job,
    folder: &Path,
    meter: Arc<Meter>,
    cancel: CancellationToken,
) -> Result<JobResult, ServiceError> {
    let params = Params::of(&job.parameters)?;
    let request = QueryRequest::parse(&params)?;
    let files: Vec<(String, PathBuf)> = job
        .attachments
        .iter()
        .enumerate()
        .map(|(number, name)| (name.clone(), vo.jobs.attachment(&job.id, number)))
        .collect();
    let parts = upload::Parts { files: &files, params: &params };
    let uploads = upload::gather(vo, upload::sources(&params)?, &parts, folder).await?;
    let seconds = Some(job.seconds);
    let module = |(number, id): (usize, &String)| ModuleFile {
        id: id.clone(),
        path: vo.jobs.function_module(&job.id, number),
    };
    let functions = job.functions.iter().enumerate().map(module).collect();
    let long = job.queue == Queue::Long;
    let relabel = &|_: &mut [ColumnMeta]| {};
    let owner = Some(job.owner.clone()).filter(|owner| !owner.is_empty());
    let request = &request;
    let may_write = true;
    let ask = Ask { request, uploads, functions, owner, may_write, seconds, long, relabel, cancel };
    // The queue ends a job that runs too long, and says so in the words of its own limit.
    let budget = Budget::new(job.seconds.saturating_add(60));
    let (answer, info, scanned) = start(vo, ask, budget, job.lang).await?;
    if let Some(scanned) = scanned {
        let _ = meter.scanned.set(scanned);
    }

    let path = part(folder);
    let file = tokio::fs::File::create(&path).await.map_err(disk)?;
    let mut sink = Disk {
        file: BufWriter::with_capacity(1 << 20, file),
        limit: vo.limits.result_bytes,
        meter: meter.clone(),
    };
    let overflow = match answer.write_to(&mut sink).await {
        Ok(overflow) => overflow,
        Err(Stop::Error(error)) => return Err(error),
        Err(Stop::Client) => return Err(ServiceError::internal("a file went away")),
    };
    sink.file.flush().await.map_err(disk)?;
    sink.file.get_ref().sync_all().await.map_err(disk)?;
    tokio::fs::rename(&path, folder.join(RESULT_FILE)).await.map_err(disk)?;
    let Progress { rows, bytes, .. } = meter.read();
    Ok(JobResult {
        content_type: info.format.content_type().to_owned(),
        filename: format!("result.{}", info.extension),
        bytes,
        rows,
        overflow,
    })
}

/// A file on our disk.
struct Disk {
    file: BufWriter<tokio::fs::File>,
    limit: u64,
    meter: Arc<Meter>,
}

#[async_trait]
impl Sink for Disk {
    async fn take(&mut self, bytes: Bytes, rows: usize) -> Result<(), Stop> {
        let length = bytes.len() as u64;
        let total = self.meter.bytes.fetch_add(length, Ordering::Relaxed).saturating_add(length);
        if total > self.limit {
            return Err(RequestError::ResultTooLarge(self.limit).into());
        }
        self.file.write_all(&bytes).await.map_err(|error| Stop::Error(disk(error)))?;
        self.meter.rows.fetch_add(rows as u64, Ordering::Relaxed);
        Ok(())
    }

    async fn gone(&self) {
        std::future::pending().await
    }
}
