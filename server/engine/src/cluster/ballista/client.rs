//! Asking a scheduler: a job is submitted, watched, cancelled, and its answer fetched.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arrow::{
    array::RecordBatch,
    datatypes::SchemaRef,
    ipc::{reader::StreamReader, writer::StreamWriter},
};
use ballista_core::{
    client::BallistaClient,
    config::BallistaConfig,
    serde::protobuf::{
        CancelJobParams, CleanJobDataParams, ExecuteQueryParams, GetJobMetricsParams,
        GetJobStatusParams, KeyValuePair, PartitionLocation, execute_query_params::Query,
        execute_query_result, job_status::Status, operator_metric::Metric,
        scheduler_grpc_client::SchedulerGrpcClient,
    },
    utils::{GrpcClientConfig, create_grpc_client_endpoint},
    version::insert_version_header,
};
use datafusion::{execution::runtime_env::RuntimeEnv, prelude::SessionContext};
use futures::TryStreamExt as _;
use tokio::{sync::mpsc::Sender, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::failure;
use crate::{EngineError, QueryStats};

/// Between two looks at a job.
const POLL: Duration = Duration::from_millis(100);
/// How long a scheduler may be silent before a job is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a job is submitted whose state or answer was lost.
const ATTEMPTS: usize = 3;
/// How long a scheduler is waited for at first.
const CONNECT: Duration = Duration::from_secs(5);
/// Looks at a job between two looks at what was read for it.
const LOOKS_PER_COUNT: u32 = 10;

/// What is sent to a scheduler.
#[derive(Clone)]
pub struct Question {
    plan: Vec<u8>,
    settings: Vec<KeyValuePair>,
}

impl Question {
    /// A plan with the settings that it was made with.
    pub fn new(plan: Vec<u8>, session: &SessionContext) -> Self {
        let entries = session.copied_config().options().entries();
        let settings = entries.into_iter().map(|e| KeyValuePair { key: e.key, value: e.value });
        Self { plan, settings: settings.collect() }
    }
}

/// Where the rows go.
pub struct Answer {
    /// Columns as they leave the engine.
    pub schema: SchemaRef,
    /// Is told what was read.
    pub stats: QueryStats,
    /// Has the disk on which the answer is gathered.
    pub runtime: Arc<RuntimeEnv>,
    /// The limit on memory here, for messages.
    pub memory: u64,
    /// Takes the rows.
    pub sender: Sender<Result<RecordBatch, EngineError>>,
}

/// A job at a scheduler.
pub struct Job {
    address: String,
    client: SchedulerGrpcClient<Channel>,
    question: Question,
    id: String,
}

/// Why there is no answer.
enum Lost {
    /// The cluster lost its state or a part of the answer: it can be asked again.
    Again(String),
    /// There will be none.
    Error(EngineError),
}

impl From<EngineError> for Lost {
    fn from(error: EngineError) -> Self {
        Self::Error(error)
    }
}

impl Job {
    /// Submits a plan.
    pub async fn submit(address: String, question: Question) -> Result<Self, EngineError> {
        let unreachable = |reason: String| {
            let address = address.clone();
            EngineError::ClusterUnreachable { address, reason }
        };
        let grpc = GrpcClientConfig::from(&BallistaConfig::default());
        let endpoint = create_grpc_client_endpoint(address.clone(), Some(&grpc))
            .map_err(|e| unreachable(chain(&e)))?;
        let channel = tokio::time::timeout(CONNECT, endpoint.connect()).await;
        let channel = channel.map_err(|_| unreachable("no connection in time".to_owned()))?;
        let channel = channel.map_err(|e| unreachable(chain(&e)))?;
        let most = most_bytes();
        let client = SchedulerGrpcClient::new(channel)
            .max_encoding_message_size(most)
            .max_decoding_message_size(most);
        let mut job = Self { address: address.clone(), client, question, id: String::new() };
        job.id = job.send().await?;
        Ok(job)
    }

    /// Sends the plan and gives the job's name.
    async fn send(&mut self) -> Result<String, EngineError> {
        let session = unique();
        let mut request = tonic::Request::new(ExecuteQueryParams {
            session_id: session.clone(),
            settings: self.question.settings.clone(),
            operation_id: session,
            query: Some(Query::PhysicalPlan(self.question.plan.clone())),
        });
        insert_version_header(request.metadata_mut());
        let sent = self.client.execute_query(request).await.map_err(|e| self.status(&e))?;
        match sent.into_inner().result {
            Some(execute_query_result::Result::Success(job)) => Ok(job.job_id),
            Some(execute_query_result::Result::Failure(failure)) => {
                Err(EngineError::ClusterFailed { reason: format!("{failure:?}") })
            }
            None => Err(EngineError::ClusterFailed { reason: "an empty reply".to_owned() }),
        }
    }

    fn status(&self, status: &tonic::Status) -> EngineError {
        let reason = status.message().to_owned();
        match status.code() {
            tonic::Code::Unavailable | tonic::Code::DeadlineExceeded => {
                EngineError::ClusterUnreachable { address: self.address.clone(), reason }
            }
            _ => EngineError::ClusterFailed { reason },
        }
    }

    /// Waits for the answer and hands it on; tells the cluster when nobody waits any more.
    pub async fn run(mut self, answer: Answer, stop: CancellationToken) {
        let done = tokio::select! {
            () = stop.cancelled() => None,
            done = self.work(&answer) => Some(done),
        };
        match done {
            None => {
                self.cancel().await;
                return;
            }
            Some(Err(error)) => {
                self.cancel().await;
                let _ = answer.sender.send(Err(error)).await;
            }
            Some(Ok(())) => {}
        }
        let clean = CleanJobDataParams { job_id: self.id.clone(), remove_stage_ids: Vec::new() };
        if let Err(error) = self.client.clean_job_data(clean).await {
            tracing::warn!(job = self.id, %error, "a job's data stay in the cluster for a while");
        }
    }

    async fn cancel(&mut self) {
        let request = CancelJobParams { job_id: self.id.clone() };
        if let Err(error) = self.client.cancel_job(request).await {
            tracing::warn!(job = self.id, %error, "a job could not be cancelled in the cluster");
        }
    }

    async fn work(&mut self, answer: &Answer) -> Result<(), EngineError> {
        let mut attempt = 1;
        let gathered = loop {
            let lost = match self.finished(answer).await {
                Ok(parts) => match gather(&parts, answer).await {
                    Ok(gathered) => break gathered,
                    Err(lost) => lost,
                },
                Err(lost) => lost,
            };
            match lost {
                Lost::Again(reason) if attempt < ATTEMPTS => {
                    tracing::warn!(job = self.id, reason, "the cluster is asked again");
                    attempt += 1;
                    self.id = self.send().await?;
                }
                Lost::Again(reason) => return Err(EngineError::ClusterFailed { reason }),
                Lost::Error(error) => return Err(error),
            }
        };
        gathered.hand_on(answer).await
    }

    /// Where the parts of the answer lie, when they are all there.
    async fn finished(&mut self, answer: &Answer) -> Result<Vec<PartitionLocation>, Lost> {
        let mut heard = Instant::now();
        let mut looks = 0;
        loop {
            let request = GetJobStatusParams { job_id: self.id.clone() };
            match self.client.get_job_status(request).await {
                Ok(reply) => {
                    heard = Instant::now();
                    match reply.into_inner().status.map(|s| s.status) {
                        // It was restarted: it keeps its jobs in memory alone.
                        None => return Err(Lost::Again("the scheduler forgot the job".to_owned())),
                        Some(Some(Status::Successful(done))) => {
                            self.count(answer).await;
                            return Ok(done.partition_location);
                        }
                        Some(Some(Status::Failed(failed))) => {
                            return Err(failure::meaning(&failed.error, answer.memory).into());
                        }
                        Some(None | Some(Status::Queued(_) | Status::Running(_))) => {}
                    }
                }
                Err(status) if heard.elapsed() > PATIENCE => {
                    return Err(self.status(&status).into());
                }
                Err(_) => {}
            }
            looks += 1;
            if looks % LOOKS_PER_COUNT == 0 {
                self.count(answer).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Tells how much the stages that are done have read.
    async fn count(&mut self, answer: &Answer) {
        let request = GetJobMetricsParams { job_id: self.id.clone() };
        let Ok(reply) = self.client.get_job_metrics(request).await else { return };
        let stages = reply.into_inner().stages;
        let metrics = stages.iter().flat_map(|s| &s.operators).flat_map(|o| &o.metrics);
        let read = metrics.filter_map(|m| match &m.metric {
            Some(Metric::Count(count)) if count.name == "bytes_scanned" => Some(count.value),
            _ => None,
        });
        answer.stats.set_elsewhere(read.sum());
    }
}

/// An answer on this machine's disk.
struct Gathered {
    file: Arc<dyn datafusion::execution::SpillFile>,
}

async fn gather(parts: &[PartitionLocation], answer: &Answer) -> Result<Gathered, Lost> {
    let internal = |e: datafusion::common::DataFusionError| EngineError::Internal(e.to_string());
    let disk = &answer.runtime.disk_manager;
    let file = disk.create_tmp_file("the answer of a cluster").map_err(internal)?;
    let gathered = Gathered { file };
    let path = gathered.path()?;
    let opened = File::create(&path).map_err(|e| EngineError::io(&path, e))?;
    let mut writer =
        StreamWriter::try_new(BufWriter::new(opened), &answer.schema).map_err(EngineError::from)?;
    for part in parts {
        let again = |e: &dyn std::fmt::Display| Lost::Again(format!("a part of the answer: {e}"));
        let mut rows = fetch(part).await?;
        while let Some(batch) = rows.try_next().await.map_err(|e| again(&e))? {
            let batch = RecordBatch::try_new(answer.schema.clone(), batch.columns().to_vec());
            let batch = batch.map_err(EngineError::from)?;
            writer.write(&batch).map_err(EngineError::from)?;
        }
    }
    writer.finish().map_err(EngineError::from)?;
    Ok(gathered)
}

async fn fetch(
    part: &PartitionLocation,
) -> Result<datafusion::execution::SendableRecordBatchStream, Lost> {
    let again = |e: String| Lost::Again(format!("a part of the answer: {e}"));
    let (Some(executor), Some(id)) = (&part.executor_meta, &part.partition_id) else {
        return Err(again("nobody has it".to_owned()));
    };
    let port = u16::try_from(executor.port).map_err(|e| again(e.to_string()))?;
    let grpc = GrpcClientConfig::from(&BallistaConfig::default());
    let (retries, wait) = (grpc.io_retries_times, grpc.io_retry_wait_time_ms);
    let connect = BallistaClient::try_new(
        &executor.host,
        port,
        most_bytes(),
        false,
        None,
        retries,
        wait,
        0,
        0,
    );
    let mut client = connect.await.map_err(|e| again(e.to_string()))?;
    let id = id.clone().into();
    let rows = client.fetch_partition(&executor.id, &id, part.file_id, part.layout(), true).await;
    rows.map_err(|e| again(e.to_string()))
}

impl Gathered {
    fn path(&self) -> Result<std::path::PathBuf, EngineError> {
        let path = self.file.path().map(ToOwned::to_owned);
        path.ok_or_else(|| EngineError::Internal("a temporary file without a path".to_owned()))
    }

    async fn hand_on(self, answer: &Answer) -> Result<(), EngineError> {
        let path = self.path()?;
        let file = File::open(&path).map_err(|e| EngineError::io(&path, e))?;
        let reader = StreamReader::try_new(BufReader::new(file), None)?;
        for batch in reader {
            // A part that lacks field metadata is no reason to lose the descriptions.
            let batch = RecordBatch::try_new(answer.schema.clone(), batch?.columns().to_vec())?;
            if answer.sender.send(Ok(batch)).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// The largest message, bytes.
fn most_bytes() -> usize {
    super::nodes::MESSAGE_BYTES
}

/// A name that no other session has.
fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let nanos = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
    format!("tenkyu-{}-{nanos}-{number}", std::process::id())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
