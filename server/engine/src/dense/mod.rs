//! Aggregation by whole numbers: histograms, colour–colour diagrams, HEALPix density maps.
//!
//! Takes the place of the first stage of a two-stage aggregation, where all rows go through; the
//! second stage merges what comes out, so groups may leave early when they become too many.

mod keys;

use std::{fmt, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch},
    compute::cast,
    datatypes::{DataType, SchemaRef},
};
use datafusion::{
    common::{
        Result,
        config::ConfigOptions,
        internal_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    execution::{
        TaskContext,
        memory_pool::{MemoryConsumer, MemoryReservation},
    },
    logical_expr::{EmitTo, GroupsAccumulator},
    physical_expr::{EquivalenceProperties, ScalarFunctionExpr, aggregate::AggregateFunctionExpr},
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
        SendableRecordBatchStream,
        aggregates::{AggregateExec, AggregateMode},
        execution_plan::{Boundedness, EmissionType},
        metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, stream};

use crate::functions::{Arithmetic, Function, Maths, Sky};
use keys::{Groups, MAX_KEYS};

/// Groups that are held at a time; more are handed on to the second stage.
const MAX_GROUPS: usize = 1 << 18;

/// Replaces the first stage of aggregations by whole numbers. Runs when the stages are settled.
#[derive(Debug)]
pub struct UseDenseAggregate;

impl PhysicalOptimizerRule for UseDenseAggregate {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let done = plan.transform_up(|node| {
            Ok(match node.downcast_ref::<AggregateExec>().and_then(DenseAggregateExec::of) {
                Some(dense) => Transformed::yes(Arc::new(dense) as _),
                None => Transformed::no(node),
            })
        })?;
        Ok(done.data)
    }

    fn name(&self) -> &str {
        "use_dense_aggregate"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The first stage of an aggregation by whole numbers.
#[derive(Debug)]
pub struct DenseAggregateExec {
    input: Arc<dyn ExecutionPlan>,
    groups: Vec<Arc<dyn PhysicalExpr>>,
    aggregates: Vec<Arc<AggregateFunctionExpr>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl DenseAggregateExec {
    /// The same aggregation, if it is of that kind.
    pub(crate) fn of(aggregate: &AggregateExec) -> Option<Self> {
        let groups = aggregate.group_expr();
        let exprs: Vec<_> = groups.expr().iter().map(|(expr, _)| expr.clone()).collect();
        let plain = *aggregate.mode() == AggregateMode::Partial
            && groups.is_single()
            && aggregate.limit_options().is_none()
            && aggregate.filter_expr().iter().all(Option::is_none)
            && aggregate.aggr_expr().iter().all(|a| {
                a.groups_accumulator_supported() && !a.is_distinct() && a.order_bys().is_empty()
            });
        let whole = (1..=MAX_KEYS).contains(&exprs.len()) && exprs.iter().all(is_whole);
        let typed = aggregate
            .schema()
            .fields()
            .iter()
            .take(exprs.len())
            .all(|f| matches!(f.data_type(), DataType::Float64 | DataType::Int64));
        (plain && whole && typed).then(|| {
            Self::new(
                aggregate.input().clone(),
                exprs,
                aggregate.aggr_expr().to_vec(),
                aggregate.schema(),
            )
        })
    }

    fn new(
        input: Arc<dyn ExecutionPlan>,
        groups: Vec<Arc<dyn PhysicalExpr>>,
        aggregates: Vec<Arc<AggregateFunctionExpr>>,
        schema: SchemaRef,
    ) -> Self {
        let partitions = input.properties().output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let properties = Arc::new(properties);
        Self { input, groups, aggregates, properties, metrics: Default::default() }
    }
}

#[cfg(feature = "cluster")]
impl DenseAggregateExec {
    /// The aggregation that this one took the place of, over an input of the same schema.
    pub(crate) fn replaced(&self, input: Arc<dyn ExecutionPlan>) -> Result<AggregateExec> {
        use datafusion::physical_plan::aggregates::PhysicalGroupBy;
        let names = self.schema();
        let names = names.fields().iter().map(|f| f.name().clone());
        let groups = self.groups.iter().cloned().zip(names).collect();
        let schema = input.schema();
        let filters = vec![None; self.aggregates.len()];
        AggregateExec::try_new(
            AggregateMode::Partial,
            PhysicalGroupBy::new_single(groups),
            self.aggregates.clone(),
            filters,
            input,
            schema,
        )
    }
}

/// Whether all values of an expression are whole numbers of a range that is likely to be small.
fn is_whole(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() else { return false };
    match Function::of_udf(call.fun()) {
        Some(Function::Maths(Maths::Floor | Maths::Ceiling)) => true,
        Some(Function::Maths(Maths::Round | Maths::Truncate)) => call.args().len() == 1,
        Some(Function::Sky(Sky::HealpixIndex)) => true,
        Some(Function::Arithmetic(Arithmetic::Divide | Arithmetic::Modulo)) => {
            *call.return_type() == DataType::Int64
        }
        _ => false,
    }
}

impl DisplayAs for DenseAggregateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self.groups.iter().map(ToString::to_string).collect();
        let aggregates: Vec<&str> = self.aggregates.iter().map(|a| a.name()).collect();
        write!(
            f,
            "DenseAggregateExec: gby=[{}], aggr=[{}]",
            groups.join(", "),
            aggregates.join(", ")
        )
    }
}

impl ExecutionPlan for DenseAggregateExec {
    fn name(&self) -> &str {
        "DenseAggregateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for group in &self.groups {
            f(group)?;
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else { return internal_err!("an aggregation of nothing") };
        let (groups, aggregates) = (self.groups.clone(), self.aggregates.clone());
        Ok(Arc::new(Self::new(input, groups, aggregates, self.schema())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context.clone())?;
        let work = Work {
            input,
            exprs: self.groups.clone(),
            arguments: self.aggregates.iter().map(|a| a.expressions()).collect(),
            states: self
                .aggregates
                .iter()
                .map(|a| a.create_groups_accumulator())
                .collect::<Result<_>>()?,
            groups: Groups::new(self.groups.len()),
            numbers: Vec::new(),
            schema: self.schema(),
            memory: MemoryConsumer::new(format!("DenseAggregateExec[{partition}]"))
                .register(context.memory_pool()),
            metrics: BaselineMetrics::new(&self.metrics, partition),
            done: false,
        };
        let rows = stream::try_unfold(work, |mut work| async move {
            Ok(work.next().await?.map(|batch| (batch, work)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// One partition at work.
struct Work {
    input: SendableRecordBatchStream,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    arguments: Vec<Vec<Arc<dyn PhysicalExpr>>>,
    states: Vec<Box<dyn GroupsAccumulator>>,
    groups: Groups,
    numbers: Vec<usize>,
    schema: SchemaRef,
    memory: MemoryReservation,
    metrics: BaselineMetrics,
    done: bool,
}

impl Work {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.done {
            match self.input.next().await {
                Some(batch) => self.add(&batch?)?,
                None => self.done = true,
            }
            if self.groups.len() > MAX_GROUPS {
                break;
            }
        }
        if self.groups.len() == 0 {
            return Ok(None);
        }
        self.emit().map(Some)
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let _timer = self.metrics.elapsed_compute().timer();
        let rows = batch.num_rows();
        let values = |exprs: &[Arc<dyn PhysicalExpr>]| -> Result<Vec<ArrayRef>> {
            exprs.iter().map(|e| e.evaluate(batch)?.into_array(rows)).collect()
        };
        self.groups.number(&values(&self.exprs)?, &mut self.numbers)?;
        let count = self.groups.len();
        let mut bytes = self.groups.bytes();
        for (state, arguments) in self.states.iter_mut().zip(&self.arguments) {
            state.update_batch(&values(arguments)?, &self.numbers, None, count)?;
            bytes += state.size();
        }
        self.memory.try_resize(bytes)
    }

    fn emit(&mut self) -> Result<RecordBatch> {
        let fields = self.schema.fields();
        let types: Vec<DataType> =
            fields.iter().take(self.exprs.len()).map(|f| f.data_type().clone()).collect();
        let mut columns = self.groups.take(&types)?;
        for state in &mut self.states {
            columns.extend(state.state(EmitTo::All)?);
        }
        let columns = columns
            .iter()
            .zip(fields)
            .map(|(c, f)| cast(c, f.data_type()))
            .collect::<Result<Vec<_>, _>>()?;
        let batch = RecordBatch::try_new(self.schema.clone(), columns)?;
        self.metrics.record_output(batch.num_rows());
        Ok(batch)
    }
}
