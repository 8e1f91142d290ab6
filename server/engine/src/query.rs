//! Running a query: text in, record batches out, within its limits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use datafusion::{
    common::{Column, DataFusionError, ExprSchema},
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast},
    physical_plan::{
        ExecutionPlan, display::DisplayableExecutionPlan, execute_stream, metrics::MetricValue,
    },
    prelude::SessionContext,
};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tenkyu_udf::{UdfError, sandbox::Module};
use tenkyu_wire::tables::ColumnMeta;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Engine, EngineError,
    counts::{ScanCounts, TableScan},
    engine::TablesOfQuery,
    functions::OwnFunctions,
    meta,
    own::OwnTable,
    plan::{Planner, Relation, Tables},
    stop,
    upload::UploadTable,
};

/// A question.
#[derive(Clone, Debug, Default)]
pub struct QueryRequest {
    /// ADQL 2.1.
    pub adql: String,
    /// At most this many rows; whether there were more is told by [`QueryStats::overflow`].
    pub max_rows: Option<u64>,
    /// The snapshot to read: its name, or `schema.table@snapshot, …`; the current ones if absent.
    pub snapshot: Option<String>,
    /// Seconds after which the query is stopped; the engine's own limit if absent.
    pub seconds: Option<u64>,
    /// Tables that only this query sees, as `TAP_UPLOAD.name`.
    pub uploads: Vec<Arc<UploadTable>>,
    /// Modules with functions of the user who asks, `my.name`.
    pub functions: Vec<Module>,
    /// Tables that only some see.
    pub tables: Vec<OwnTable>,
    /// Whether it may take long: such a query goes to the cluster, where there is one.
    pub long: bool,
    /// Cancels the query.
    pub cancel: CancellationToken,
}

/// The answer, as it is being computed.
pub struct QueryStream {
    /// Columns, with their descriptions in the metadata of the fields.
    pub schema: SchemaRef,
    /// Descriptions of the columns, in the same order.
    pub columns: Vec<ColumnMeta>,
    /// The rows. Dropping the stream stops the query.
    pub batches: BoxStream<'static, Result<RecordBatch, EngineError>>,
    /// Tables on disk that are read, with their snapshots.
    pub snapshots: Vec<(String, String)>,
    /// What the query costs; complete when the stream has ended.
    pub stats: QueryStats,
}

/// What a query costs, readable while it runs.
#[derive(Clone, Debug)]
pub struct QueryStats {
    inner: Arc<StatsInner>,
}

#[derive(Debug)]
struct StatsInner {
    counts: Arc<ScanCounts>,
    plan: Arc<dyn ExecutionPlan>,
    rows: AtomicU64,
    overflow: AtomicBool,
    /// Bytes that other machines read for the query.
    elsewhere: AtomicU64,
}

/// What was read and what was skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Partitions of the tables that the query names.
    pub partitions: u64,
    /// Partitions that could not be skipped by their cell.
    pub partitions_read: u64,
    /// Row groups of the partitions that were opened.
    pub row_groups: u64,
    /// Row groups that were not skipped by their statistics.
    pub row_groups_read: u64,
    /// Pages of the row groups that were read, as far as they are told apart by statistics.
    pub pages: u64,
    /// Pages that were not skipped by their statistics.
    pub pages_read: u64,
    /// Rows that were skipped page by page.
    pub page_rows_skipped: u64,
    /// Bytes read from disk.
    pub bytes: u64,
}

impl QueryStats {
    pub(crate) fn new(counts: Arc<ScanCounts>, plan: Arc<dyn ExecutionPlan>) -> Self {
        let (rows, elsewhere, overflow) = Default::default();
        Self { inner: Arc::new(StatsInner { counts, plan, rows, overflow, elsewhere }) }
    }

    /// Notes how many bytes other machines have read.
    #[cfg(feature = "cluster")]
    pub(crate) fn set_elsewhere(&self, bytes: u64) {
        self.inner.elsewhere.store(bytes, Ordering::Relaxed);
    }

    /// Rows sent so far.
    pub fn rows(&self) -> u64 {
        self.inner.rows.load(Ordering::Relaxed)
    }

    /// Whether rows were left out because of `max_rows`. Known when the stream has ended.
    pub fn overflow(&self) -> bool {
        self.inner.overflow.load(Ordering::Relaxed)
    }

    /// What was read and what was skipped so far.
    pub fn scan(&self) -> ScanReport {
        let (partitions, partitions_read) = self.inner.counts.partitions();
        let mut report = ScanReport { partitions, partitions_read, ..ScanReport::default() };
        collect(&self.inner.plan, &mut report);
        report.bytes += self.inner.elsewhere.load(Ordering::Relaxed);
        report
    }

    /// What was decided about each table before anything of it was read.
    pub(crate) fn tables(&self) -> Vec<TableScan> {
        self.inner.counts.scans()
    }

    /// The plan as text, with what each step has done so far, for EXPLAIN and the log.
    pub fn plan(&self) -> String {
        let plan = self.inner.plan.as_ref();
        DisplayableExecutionPlan::with_metrics(plan).indent(false).to_string()
    }
}

fn collect(plan: &Arc<dyn ExecutionPlan>, report: &mut ScanReport) {
    for metric in plan.metrics().into_iter().flat_map(|m| m.iter().cloned().collect::<Vec<_>>()) {
        let value = metric.value();
        match (value.name(), value) {
            (
                "row_groups_pruned_statistics",
                MetricValue::PruningMetrics { pruning_metrics, .. },
            ) => {
                let (pruned, matched) = (pruning_metrics.pruned(), pruning_metrics.matched());
                report.row_groups += (pruned + matched) as u64;
                report.row_groups_read += matched as u64;
            }
            ("page_index_pages_pruned", MetricValue::PruningMetrics { pruning_metrics, .. }) => {
                let (pruned, matched) = (pruning_metrics.pruned(), pruning_metrics.matched());
                report.pages += (pruned + matched) as u64;
                report.pages_read += matched as u64;
            }
            ("page_index_rows_pruned", MetricValue::PruningMetrics { pruning_metrics, .. }) => {
                report.page_rows_skipped += pruning_metrics.pruned() as u64;
            }
            ("bytes_scanned", value) => report.bytes += value.as_usize() as u64,
            _ => {}
        }
    }
    plan.children().into_iter().for_each(|child| collect(child, report));
}

impl Engine {
    /// Plans a query and starts it. Errors of the text and of names come at once, errors of
    /// values with the stream. `EXPLAIN` before the query asks what it would read, and
    /// `EXPLAIN ANALYZE` what it reads.
    pub async fn query(&self, request: QueryRequest) -> Result<QueryStream, EngineError> {
        match tenkyu_adql::explained(&request.adql) {
            Some(explained) => self.explain(request, explained).await,
            None => self.run(request).await,
        }
    }

    /// Plans a query without running it: the stream is empty.
    pub(crate) async fn prepare(&self, request: QueryRequest) -> Result<QueryStream, EngineError> {
        let functions = OwnFunctions::new(request.functions, request.cancel);
        let tables =
            self.view(request.snapshot.as_deref(), request.uploads, functions, request.tables);
        let Output { plan, schema, columns } = output(plan(&request.adql, &tables)?)?;
        let (session, memory) = (self.session(), self.options.memory_bytes as u64);
        let planned =
            self.workers()?.spawn(async move { session.state().create_physical_plan(&plan).await });
        let planned = planned.await.map_err(|e| EngineError::Internal(e.to_string()))?;
        let seconds = request.seconds.unwrap_or(self.options.query_seconds);
        let limits = Limits { deadline: Instant::now(), seconds, memory };
        let planned = planned.map_err(|e| limits.error(e))?;
        let stats = QueryStats::new(tables.counts.clone(), planned);
        let (batches, snapshots) = (stream::empty().boxed(), tables.snapshots());
        Ok(QueryStream { schema, columns, batches, snapshots, stats })
    }

    /// Runs a query.
    pub(crate) async fn run(&self, request: QueryRequest) -> Result<QueryStream, EngineError> {
        #[cfg(feature = "cluster")]
        if request.long
            && let Some(answer) = self.run_on_cluster(&request).await?
        {
            return Ok(answer);
        }
        let limits = self.limits(&request);
        let QueryRequest { adql, max_rows, snapshot, uploads, functions, tables, cancel, .. } =
            request;
        // Cancelled with the request, and when the answer is dropped.
        let stop = cancel.child_token();
        let guard = stop.clone().drop_guard();
        let functions = OwnFunctions::new(functions, stop.clone());
        let tables = self.view(snapshot.as_deref(), uploads, functions, tables);
        let output = output(plan(&adql, &tables)?)?;
        let (schema, columns, snapshots) =
            (output.schema.clone(), output.columns.clone(), tables.snapshots());
        let run = Run { session: self.session(), limits, max_rows, stop: stop.clone() };
        let started = self.workers()?.spawn(run.start(output, tables.counts.clone()));
        let (stats, rows) = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(EngineError::Cancelled),
            () = tokio::time::sleep_until(limits.deadline) => return Err(limits.timed_out()),
            started = started => started.map_err(|e| EngineError::Internal(e.to_string()))??,
        };
        let counted = counted(rows, stats.clone(), max_rows);
        let batches = within(counted, stop, guard, limits);
        Ok(QueryStream { schema, columns, batches, snapshots, stats })
    }

    /// What a query that starts now may take.
    pub(crate) fn limits(&self, request: &QueryRequest) -> Limits {
        let seconds = request.seconds.unwrap_or(self.options.query_seconds);
        let deadline = Instant::now() + Duration::from_secs(seconds);
        Limits { deadline, seconds, memory: self.options.memory_bytes as u64 }
    }

    /// Checks that a query can be planned, without running it; gives its columns.
    pub fn check(&self, adql: &str) -> Result<Vec<ColumnMeta>, EngineError> {
        let tables = self.view(None, Vec::new(), OwnFunctions::default(), Vec::new());
        Ok(output(plan(adql, &tables)?)?.columns)
    }
}

pub(crate) type Batches = BoxStream<'static, Result<RecordBatch, EngineError>>;

/// A query on its way to the worker threads.
struct Run {
    session: SessionContext,
    limits: Limits,
    max_rows: Option<u64>,
    stop: CancellationToken,
}

impl Run {
    /// Plans the execution and starts it on the threads that call this.
    async fn start(
        self,
        output: Output,
        counts: Arc<ScanCounts>,
    ) -> Result<(QueryStats, Batches), EngineError> {
        let limits = self.limits;
        let Output { plan, schema, .. } =
            output.up_to(self.max_rows).map_err(|e| limits.error(e))?;
        let state = self.session.state();
        let physical = state.create_physical_plan(&plan).await.map_err(|e| limits.error(e))?;
        let physical = stop::stoppable(physical, &self.stop).map_err(|e| limits.error(e))?;
        let mut rows = execute_stream(physical.clone(), self.session.task_ctx())
            .map_err(|e| limits.error(e))?;
        let (sender, receiver) = tokio::sync::mpsc::channel(2);
        let stop = self.stop.clone();
        tokio::spawn(async move {
            let work = async {
                while let Some(batch) = rows.next().await {
                    let batch = batch.map_err(|e| limits.error(e)).and_then(|batch| {
                        let columns = batch.columns().to_vec();
                        Ok(RecordBatch::try_new(schema.clone(), columns)?)
                    });
                    if sender.send(batch).await.is_err() {
                        break;
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
        let received = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|batch| (batch, receiver))
        });
        Ok((QueryStats::new(counts, physical), received.boxed()))
    }
}

pub(crate) fn plan(adql: &str, tables: &TablesOfQuery) -> Result<Relation, EngineError> {
    let query = tenkyu_adql::parse_with(adql, &tables.functions().metas())?;
    Planner::new(adql, tables).plan(&query)
}

/// What a query may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) deadline: Instant,
    seconds: u64,
    memory: u64,
}

impl Limits {
    /// Memory of all queries together, bytes.
    #[cfg(feature = "cluster")]
    pub(crate) fn memory(self) -> u64 {
        self.memory
    }

    pub(crate) fn timed_out(self) -> EngineError {
        EngineError::TimedOut { seconds: self.seconds }
    }

    /// What an error of the execution means to the user.
    pub(crate) fn error(self, error: DataFusionError) -> EngineError {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(detail) => {
                return EngineError::OutOfMemory { limit: self.memory, detail: detail.clone() };
            }
            DataFusionError::ArrowError(inner, _) => {
                if let arrow::error::ArrowError::IoError(text, _) = inner.as_ref() {
                    return EngineError::Internal(text.clone());
                }
                return EngineError::Invalid { reason: inner.to_string().into(), place: None };
            }
            // Our own functions and the planner speak to the user with these.
            DataFusionError::Execution(reason)
            | DataFusionError::Plan(reason)
            | DataFusionError::NotImplemented(reason) => {
                return EngineError::Invalid { reason: reason.clone().into(), place: None };
            }
            DataFusionError::SchemaError(inner, _) => {
                return EngineError::Invalid { reason: inner.to_string().into(), place: None };
            }
            DataFusionError::External(inner) => match inner.downcast_ref::<UdfError>() {
                Some(UdfError::Stopped) => return EngineError::Cancelled,
                Some(error) => return EngineError::Own(error.clone()),
                None => {}
            },
            _ => {}
        }
        EngineError::Internal(error.strip_backtrace())
    }
}

/// A planned query.
pub(crate) struct Output {
    pub(crate) plan: LogicalPlan,
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<ColumnMeta>,
}

impl Output {
    /// The same query, which ends early where only so many rows are wanted.
    pub(crate) fn up_to(self, max_rows: Option<u64>) -> Result<Self, DataFusionError> {
        let Some(rows) = max_rows else { return Ok(self) };
        // One row more than wanted tells whether there are more.
        let fetch = usize::try_from(rows).unwrap_or(usize::MAX).saturating_add(1);
        let plan = LogicalPlanBuilder::from(self.plan).limit(0, Some(fetch))?.build()?;
        Ok(Self { plan, ..self })
    }
}

/// The planned query with the columns as they leave the engine: plain types, names that differ.
pub(crate) fn output(relation: Relation) -> Result<Output, EngineError> {
    let internal = |e: DataFusionError| EngineError::Internal(e.strip_backtrace());
    let schema = relation.plan.schema().clone();
    let (mut exprs, mut fields, mut columns) = (Vec::new(), Vec::new(), Vec::<ColumnMeta>::new());
    for (index, result) in relation.columns.into_iter().enumerate() {
        let field = schema.field_from_column(&result.column).map_err(internal)?;
        let stored = match field.data_type() {
            DataType::Null => DataType::Utf8,
            other => meta::stored_type(other),
        };
        let is_time = matches!(field.data_type(), DataType::Timestamp(..));
        let mut expr = Expr::Column(result.column.clone());
        if stored != *field.data_type() {
            expr = cast(expr, stored.clone());
        }
        exprs.push(expr.alias(format!("c{index}")));
        let mut described = result.meta;
        described.datatype = meta::datatype(&stored);
        if is_time {
            described.xtype = "timestamp".to_owned();
        }
        described.name = unique(&described.name, &columns);
        let metadata = meta::metadata_of(&described);
        fields.push(Field::new(&described.name, stored, true).with_metadata(metadata));
        columns.push(described);
    }
    let trivial = exprs.iter().all(|e| matches!(e, Expr::Alias(a) if is_same(&a.expr, &a.name)));
    let plan = if trivial {
        relation.plan
    } else {
        let projected = LogicalPlanBuilder::from(relation.plan).project(exprs);
        projected.and_then(LogicalPlanBuilder::build).map_err(internal)?
    };
    Ok(Output { plan, schema: Arc::new(Schema::new(fields)), columns })
}

fn is_same(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Column(Column { relation: None, name: own, .. }) if own == name)
}

/// `name`, or `name_2` and so on if a column before has it: files and clients need them to differ.
fn unique(name: &str, before: &[ColumnMeta]) -> String {
    let taken = |n: &str| before.iter().any(|c| c.name.eq_ignore_ascii_case(n));
    if !taken(name) {
        return name.to_owned();
    }
    (2..).map(|n| format!("{name}_{n}")).find(|n| !taken(n)).unwrap_or_default()
}

/// Counts rows and ends the stream at the limit.
pub(crate) fn counted(batches: Batches, stats: QueryStats, max_rows: Option<u64>) -> Batches {
    let limit = max_rows.unwrap_or(u64::MAX);
    batches
        .filter_map(move |batch| {
            let kept = batch.map(|batch| {
                let before = stats.inner.rows.load(Ordering::Relaxed);
                let left = usize::try_from(limit - before.min(limit)).unwrap_or(usize::MAX);
                let rows = batch.num_rows().min(left);
                if rows < batch.num_rows() {
                    stats.inner.overflow.store(true, Ordering::Relaxed);
                }
                stats.inner.rows.fetch_add(rows as u64, Ordering::Relaxed);
                batch.slice(0, rows)
            });
            let kept = match kept {
                Ok(batch) if batch.num_rows() == 0 => None,
                other => Some(other),
            };
            std::future::ready(kept)
        })
        .boxed()
}

/// Ends the stream with an error when it is cancelled, takes too long or fails.
pub(crate) fn within(
    batches: Batches,
    stop: CancellationToken,
    guard: DropGuard,
    limits: Limits,
) -> Batches {
    stream::unfold(Some((batches, guard)), move |state| {
        let stop = stop.clone();
        async move {
            let (mut batches, guard) = state?;
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => Some(Err(EngineError::Cancelled)),
                () = tokio::time::sleep_until(limits.deadline) => Some(Err(limits.timed_out())),
                next = batches.next() => next,
            };
            match next {
                Some(Ok(batch)) => Some((Ok(batch), Some((batches, guard)))),
                // Dropping the guard here stops the work behind it.
                Some(Err(error)) => Some((Err(error), None)),
                None => None,
            }
        }
    })
    .boxed()
}
