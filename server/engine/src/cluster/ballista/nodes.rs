//! Schedulers and executors.

use std::{net::SocketAddr, sync::Arc};

use ballista_core::{extension::SessionConfigExt as _, utils::default_config_producer};
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::{
    cluster::BallistaCluster,
    config::{SchedulerConfig, TaskDistributionPolicy},
    scheduler_process::{create_scheduler, start_grpc_service_with_listener},
};
use datafusion::{
    execution::{SessionStateBuilder, runtime_env::RuntimeEnvBuilder},
    prelude::SessionConfig,
};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::{net::TcpListener, runtime::Handle};

use super::{
    ExecutorOptions, SchedulerOptions,
    abort::Abortable,
    catalogs::{Catalogs, NoFiles, OnlyCatalogs},
    codec::Codec,
    connections::Connections,
};
use crate::EngineError;

/// The largest message between machines, bytes: a plan names catalogues, not their files' bytes.
pub const MESSAGE_BYTES: usize = 64 << 20;
/// Between two signs of life of an executor, seconds.
const HEARTBEAT: u64 = 5;
/// Silence after which an executor counts as lost, seconds.
const SILENCE: u64 = 20;
/// How long jobs wait for an executor when all are lost, seconds.
const NO_EXECUTORS: u64 = 120;
/// How long the answer of a job that nobody fetches is kept, seconds. Who fetches it removes it.
const KEEP: u64 = 6 * 3600;

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::Internal(error.to_string())
}

/// Runs a scheduler until it is told to stop.
pub async fn scheduler(
    options: SchedulerOptions,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), EngineError> {
    let listener = TcpListener::bind(options.addr).await;
    let listener = listener.map_err(|e| failed(format!("{}: {e}", options.addr)))?;
    let addr = listener.local_addr().map_err(failed)?;
    let message_bytes = u32::try_from(MESSAGE_BYTES).map_err(failed)?;
    let config = SchedulerConfig {
        external_host: options.host.unwrap_or_else(|| addr.ip().to_string()),
        bind_host: addr.ip().to_string(),
        bind_port: addr.port(),
        task_distribution: TaskDistributionPolicy::RoundRobin,
        executor_timeout_seconds: SILENCE,
        expire_dead_executor_interval_seconds: HEARTBEAT,
        no_executors_grace_period_seconds: NO_EXECUTORS,
        finished_job_data_clean_up_interval_seconds: KEEP,
        finished_job_state_clean_up_interval_seconds: KEEP,
        grpc_server_max_decoding_message_size: message_bytes,
        grpc_server_max_encoding_message_size: message_bytes,
        grpc_client_max_message_size: message_bytes,
        override_physical_codec: Some(Arc::new(Codec::dealing())),
        ..SchedulerConfig::default()
    };
    config.validate().map_err(failed)?;
    let session = |config: SessionConfig| {
        let runtime = RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(NoFiles));
        Ok(SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime.build_arc()?)
            .with_default_features()
            .build())
    };
    let cluster = BallistaCluster::new_memory(
        config.scheduler_id.clone(),
        Arc::new(session),
        Arc::new(SessionConfig::new_with_ballista),
    );
    let scheduler =
        create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await;
    let scheduler = scheduler.map_err(failed)?;
    ready(addr);
    start_grpc_service_with_listener(listener, scheduler).await.map_err(failed)
}

/// Runs an executor until it is told to stop.
pub async fn executor(options: ExecutorOptions) -> Result<(), EngineError> {
    let bad = || EngineError::BadScheduler { address: options.scheduler.clone() };
    let authority = options.scheduler.strip_prefix("http://").ok_or_else(bad)?;
    let (host, port) = authority.trim_end_matches('/').rsplit_once(':').ok_or_else(bad)?;
    let scheduler_port = port.parse().map_err(|_| bad())?;
    let port = options.addr.port();
    let work = options.work.join(format!("tenkyu-executor-{port}"));
    // What a killed executor left there belongs to jobs that went on without it.
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work).map_err(|e| EngineError::io(&work, e))?;
    let work = work.canonicalize().map_err(|e| EngineError::io(&work, e))?;
    let catalogs = Catalogs::new(&options.catalogs, options.hot_bytes, Handle::current())?;
    let catalogs = Arc::new(catalogs);
    let stores = Arc::new(OnlyCatalogs(catalogs.clone()));
    let spill = work.clone();
    let runtime = move |_: &SessionConfig| {
        RuntimeEnvBuilder::new()
            .with_object_store_registry(stores.clone())
            .with_temp_file_path(spill.clone())
            .build_arc()
    };
    let message_bytes = u32::try_from(MESSAGE_BYTES).map_err(failed)?;
    let config = ExecutorProcessConfig {
        bind_host: options.addr.ip().to_string(),
        external_host: Some(options.host.unwrap_or_else(|| options.addr.ip().to_string())),
        port,
        grpc_port: port.checked_add(1).ok_or_else(|| failed("no port for tasks"))?,
        scheduler_host: host.to_owned(),
        scheduler_port,
        scheduler_connect_timeout_seconds: 60,
        vcores: options.cores.max(1),
        work_dir: Some(work.to_string_lossy().into_owned()),
        job_data_ttl_seconds: 2 * KEEP,
        job_data_clean_up_interval_seconds: 3600,
        grpc_max_decoding_message_size: message_bytes,
        grpc_max_encoding_message_size: message_bytes,
        executor_heartbeat_interval_seconds: HEARTBEAT,
        memory_pool_size: Some(options.memory_bytes as u64),
        override_execution_engine: Some(Arc::new(Abortable::new(Arc::new(Connections::default())))),
        override_runtime_producer: Some(Arc::new(runtime)),
        override_config_producer: Some(Arc::new(default_config_producer)),
        override_physical_codec: Some(Arc::new(Codec::running(catalogs, options.memory_bytes))),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config)).await.map_err(failed)
}
