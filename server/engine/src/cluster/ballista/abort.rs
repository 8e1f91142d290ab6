//! Ending the work of a task that was cancelled.
//!
//! Ballista gives up waiting for such a task, and leaves its streams running. Here they end with
//! the wait.

use std::{fmt, sync::Arc};

use ballista_core::{
    JobId,
    client_pool::BallistaClientPool,
    serde::protobuf::{
        RuntimeStatsReport, ShuffleWritePartition, TaskColumnStats, WindowStateReport,
    },
};
use ballista_executor::execution_engine::{
    DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor,
};
use datafusion::{
    common::{Result, exec_err, internal_err, tree_node::TreeNodeRecursion},
    execution::TaskContext,
    physical_plan::{
        ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr,
        PlanProperties, ReplaceChildrenOptions, SendableRecordBatchStream, metrics::MetricsSet,
        stream::RecordBatchStreamAdapter,
    },
    prelude::SessionConfig,
};
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use super::failure;
use crate::stop;

/// Runs stages as Ballista does, until they are cancelled.
pub struct Abortable(DefaultExecutionEngine);

impl Abortable {
    /// With connections to other executors that are kept.
    pub fn new(clients: Arc<dyn BallistaClientPool>) -> Self {
        Self(DefaultExecutionEngine::with_client_pool(clients))
    }
}

impl ExecutionEngine for Abortable {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        partitions: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        let stop = CancellationToken::new();
        // What feeds the writer, which is the plan's root.
        let inputs = plan.children().into_iter().map(|input| {
            let input = stop::stoppable(input.clone(), &stop)?;
            Ok(Arc::new(UntilStopped { input, stop: stop.clone() }) as _)
        });
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        let plan = plan.replace_children(inputs, options)?;
        let stage = self.0.create_query_stage_exec(
            job_id, stage_id, task_id, partitions, plan, work_dir, config,
        )?;
        Ok(Arc::new(Stage { stage, stop }))
    }
}

#[derive(Debug)]
struct Stage {
    stage: Arc<dyn QueryStageExecutor>,
    stop: CancellationToken,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stage.fmt(f)
    }
}

#[async_trait::async_trait]
impl QueryStageExecutor for Stage {
    async fn execute_query_stage(
        &self,
        task_id: usize,
        context: Arc<TaskContext>,
    ) -> Result<Vec<ShuffleWritePartition>> {
        // A cancelled task is dropped while it waits here.
        let _guard = self.stop.clone().drop_guard();
        let done = self.stage.execute_query_stage(task_id, context).await;
        done.map_err(failure::told)
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.stage.collect_plan_metrics()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<RuntimeStatsReport> {
        self.stage.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> Result<Vec<WindowStateReport>> {
        self.stage.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<TaskColumnStats> {
        self.stage.collect_column_stats()
    }
}

/// Its input, until it is stopped.
#[derive(Debug)]
struct UntilStopped {
    input: Arc<dyn ExecutionPlan>,
    stop: CancellationToken,
}

impl DisplayAs for UntilStopped {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UntilStopped")
    }
}

impl ExecutionPlan for UntilStopped {
    fn name(&self) -> &str {
        "UntilStopped"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else { return internal_err!("no input to stop") };
        Ok(Arc::new(Self { input, stop: self.stop.clone() }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let stop = self.stop.clone();
        let rows = stream::try_unfold((input, stop), |(mut input, stop)| async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => exec_err!("the query was stopped"),
                next = input.next() => Ok(next.transpose()?.map(|batch| (batch, (input, stop)))),
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
