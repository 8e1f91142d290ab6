//! Parts of a plan that are dealt to machines by partition.
//!
//! Ballista deals the partitions of a stage to tasks by cutting the file groups of its scans, and
//! knows no other leaves than its own and DataFusion's. So a part of ours, a scan or a whole join
//! on the sky, travels as a scan of files that are not there, one for each of its partitions; an
//! executor puts the part itself in its place.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    common::tree_node::TreeNodeRecursion,
    common::{Result, Statistics, exec_err, not_impl_err, stats::Precision},
    datasource::{
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileOpener, FileScanConfig, FileScanConfigBuilder, FileSource},
        source::DataSourceExec,
        table_schema::TableSchema,
    },
    execution::{TaskContext, object_store::ObjectStoreUrl},
    object_store::ObjectStore,
    physical_expr::EquivalenceProperties,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
        SendableRecordBatchStream,
        execution_plan::{Boundedness, EmissionType, SchedulingType},
        metrics::{ExecutionPlanMetricsSet, MetricsSet},
    },
};

use super::messages;

/// A part that is closed: its bytes, in the place of files.
#[derive(Clone)]
pub struct Closed {
    part: Arc<messages::Share>,
    schema: TableSchema,
    metrics: ExecutionPlanMetricsSet,
}

impl Closed {
    /// The partitions of a part, as a scan that Ballista can deal.
    pub fn scan(part: messages::Share, schema: SchemaRef) -> Result<Arc<dyn ExecutionPlan>> {
        let groups = part.partitions.iter();
        let groups = groups.map(|p| FileGroup::new(vec![PartitionedFile::new(p.to_string(), 1)]));
        let groups = groups.collect();
        let mut statistics = Statistics::new_unknown(&schema);
        if let Some(rows) = part.rows.and_then(|rows| usize::try_from(rows).ok()) {
            statistics.num_rows = Precision::Inexact(rows);
        }
        let source = Self {
            part: Arc::new(part),
            schema: TableSchema::from(schema),
            metrics: ExecutionPlanMetricsSet::new(),
        };
        let config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_file_groups(groups)
                .with_statistics(statistics)
                .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// The part that a scan stands for, with the partitions that were dealt to it.
    pub fn of(plan: &Arc<dyn ExecutionPlan>) -> Option<Result<messages::Share>> {
        let scan = plan.downcast_ref::<DataSourceExec>()?;
        let source: &dyn std::any::Any = scan.data_source().as_ref();
        let config = source.downcast_ref::<FileScanConfig>()?;
        let source: &dyn std::any::Any = config.file_source().as_ref();
        let closed = source.downcast_ref::<Self>()?;
        let numbers = config.file_groups.iter().flat_map(FileGroup::files);
        let numbers = numbers.map(|file| file.object_meta.location.as_ref().parse());
        let Ok(partitions) = numbers.collect::<Result<Vec<u32>, _>>() else {
            return Some(exec_err!("a share without a number"));
        };
        Some(Ok(messages::Share { partitions, ..closed.part.as_ref().clone() }))
    }
}

impl FileSource for Closed {
    fn create_file_opener(
        &self,
        _: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        not_impl_err!("a part of a plan that was not opened")
    }

    fn table_schema(&self) -> &TableSchema {
        &self.schema
    }

    fn with_batch_size(&self, _: usize) -> Arc<dyn FileSource> {
        Arc::new(self.clone())
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        &self.part.name
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn supports_repartitioning(&self) -> bool {
        false
    }
}

/// The partitions of a part that a machine works on.
#[derive(Debug)]
pub struct Opened {
    part: Arc<dyn ExecutionPlan>,
    partitions: Vec<usize>,
    properties: Arc<PlanProperties>,
}

impl Opened {
    /// These partitions of a part.
    pub fn new(part: Arc<dyn ExecutionPlan>, partitions: Vec<usize>) -> Result<Self> {
        let all = part.properties().output_partitioning().partition_count();
        if let Some(partition) = partitions.iter().find(|p| **p >= all) {
            return exec_err!("a part of {all} partitions has no partition {partition}");
        }
        let properties = PlanProperties::new(
            EquivalenceProperties::new(part.schema()),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let properties = Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative));
        Ok(Self { part, partitions, properties })
    }
}

impl DisplayAs for Opened {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share: {} partitions of {}", self.partitions.len(), self.part.name())
    }
}

/// A leaf: what is below it runs here as a whole, and is no matter of the stages around it.
impl ExecutionPlan for Opened {
    fn name(&self) -> &str {
        "Share"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        match self.partitions.get(partition) {
            Some(own) => self.part.execute(*own, context),
            None => exec_err!("the share has no partition {partition}"),
        }
    }

    fn metrics(&self) -> Option<MetricsSet> {
        let mut all = MetricsSet::new();
        gather(&self.part, &mut all);
        Some(all)
    }
}

/// The metrics of a plan that say what was read.
fn gather(plan: &Arc<dyn ExecutionPlan>, all: &mut MetricsSet) {
    let own = plan.metrics().unwrap_or_default();
    own.iter().filter(|m| m.value().name() == "bytes_scanned").for_each(|m| all.push(m.clone()));
    plan.children().into_iter().for_each(|child| gather(child, all));
}
