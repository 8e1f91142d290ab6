//! A query on its way to the cluster and back.

use std::sync::Arc;

use ballista_core::extension::SessionConfigHelperExt as _;
use datafusion::{
    physical_plan::ExecutionPlan,
    prelude::{SessionConfig, SessionContext},
};
use futures::{StreamExt as _, stream};

use super::{
    ClusterOptions,
    client::{Answer, Job, Question},
    spread::{Stays, spread},
};
use crate::{
    Engine, EngineError, QueryRequest, QueryStats, QueryStream,
    engine::{TablesOfQuery, Used},
    functions::OwnFunctions,
    query::{self, Limits, Output},
};

/// A query that was planned for many machines.
struct Planned {
    output: Output,
    plan: Arc<dyn ExecutionPlan>,
    session: SessionContext,
    /// The plan as it is sent, or why it stays here.
    bytes: Result<Vec<u8>, Stays>,
}

impl Engine {
    /// Runs a query on the cluster; `None` where there is no cluster or the query has to stay on
    /// this machine.
    pub(crate) async fn run_on_cluster(
        &self,
        request: &QueryRequest,
    ) -> Result<Option<QueryStream>, EngineError> {
        let Some(cluster) = &self.options.cluster else { return Ok(None) };
        let limits = self.limits(request);
        let stop = request.cancel.child_token();
        let guard = stop.clone().drop_guard();
        let tables = self.seen_by(request);
        let planned = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(EngineError::Cancelled),
            () = tokio::time::sleep_until(limits.deadline) => return Err(limits.timed_out()),
            planned = self.plan_for_cluster(cluster, request, &tables, limits) => planned?,
        };
        let Planned { output, plan, session, bytes } = planned;
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(stays) => {
                tracing::info!(reason = stays.text(), "a long query stays on this machine");
                return Ok(None);
            }
        };
        let question = Question::new(bytes, &session);
        let job = match Job::submit(cluster.scheduler.clone(), question).await {
            Ok(job) => job,
            Err(error @ EngineError::ClusterUnreachable { .. }) if cluster.fallback => {
                tracing::warn!(%error, "a long query is worked on here instead");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let stats = QueryStats::new(tables.counts.clone(), plan);
        let (schema, columns) = (output.schema, output.columns);
        let (sender, receiver) = tokio::sync::mpsc::channel(2);
        let answer = Answer {
            schema: schema.clone(),
            stats: stats.clone(),
            runtime: session.runtime_env(),
            memory: limits.memory(),
            sender,
        };
        // Not on the threads of the caller, which goes away when the query is cancelled: the
        // cluster must be told.
        self.workers()?.spawn(job.run(answer, stop.clone()));
        let rows = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|batch| (batch, receiver))
        });
        let counted = query::counted(rows.boxed(), stats.clone(), request.max_rows);
        let batches = query::within(counted, stop, guard, limits);
        let snapshots = tables.snapshots();
        Ok(Some(QueryStream { schema, columns, batches, snapshots, stats }))
    }

    /// What the cluster would do with a query, for EXPLAIN; `None` without a cluster.
    pub(crate) async fn cluster_report(
        &self,
        request: &QueryRequest,
    ) -> Result<Option<String>, EngineError> {
        let Some(cluster) = &self.options.cluster else { return Ok(None) };
        let tables = self.seen_by(request);
        let planned =
            self.plan_for_cluster(cluster, request, &tables, self.limits(request)).await?;
        Ok(Some(match planned.bytes {
            Ok(bytes) => format!(
                "as a long job: {} parts, a plan of {} bytes",
                cluster.partitions,
                bytes.len()
            ),
            Err(stays) => format!("never: {}", stays.text()),
        }))
    }

    fn seen_by(&self, request: &QueryRequest) -> TablesOfQuery {
        let functions = OwnFunctions::new(request.functions.clone(), request.cancel.clone());
        let tables = request.tables.clone();
        self.view(request.snapshot.as_deref(), request.uploads.clone(), functions, tables)
    }

    async fn plan_for_cluster(
        &self,
        cluster: &ClusterOptions,
        request: &QueryRequest,
        tables: &TablesOfQuery,
        limits: Limits,
    ) -> Result<Planned, EngineError> {
        let fail = |e| limits.error(e);
        let output = query::output(query::plan(&request.adql, tables)?)?;
        let output = output.up_to(request.max_rows).map_err(fail)?;
        let session = self.session_with(config(cluster));
        let (state, logical) = (session.state(), output.plan.clone());
        let work = self.workers()?.spawn(async move { state.create_physical_plan(&logical).await });
        let plan = work.await.map_err(|e| EngineError::Internal(e.to_string()))?.map_err(fail)?;
        let named = |used: Used| (used.catalog, (used.table, used.snapshot));
        let catalogs = tables.used().into_iter().map(named).collect();
        let bytes = match tables.reads_own() {
            true => Err(Stays::OwnTable),
            false => spread(plan.clone(), catalogs).map_err(fail)?,
        };
        Ok(Planned { output, plan, session, bytes })
    }
}

/// How plans for a cluster are made: without what only works within one process.
pub(super) fn config(cluster: &ClusterOptions) -> SessionConfig {
    SessionConfig::new()
        .ballista_restricted_configuration()
        .with_target_partitions(cluster.partitions.max(1))
}
