//! Scans of a catalogue that read whole row groups: what full scans and sky joins stand on.
//!
//! Each partition of the scan has a thread that reads ahead and one that decodes ahead of the query.
//! Columns that are asked for again stay in memory while the engine's budget lasts, so that the next
//! query on them costs neither reading nor decoding.

pub mod cache;
mod pieces;
pub mod row_group;

use std::{
    fmt,
    path::Path,
    sync::{Arc, mpsc},
};

use arrow::datatypes::SchemaRef;
use datafusion::{
    common::{Result, Statistics, exec_err, stats::Precision, tree_node::TreeNodeRecursion},
    execution::TaskContext,
    physical_expr::EquivalenceProperties,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
        SendableRecordBatchStream,
        execution_plan::{Boundedness, EmissionType, SchedulingType},
        metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet},
        statistics::StatisticsArgs,
        stream::RecordBatchReceiverStreamBuilder,
    },
};

use crate::{
    hats::{
        place::Place,
        read::{Catalog, PartitionFile},
    },
    prune::{self, Ranges},
};
use cache::ColumnCache;
use row_group::{Fetched, Wanted};

/// Batches that a partition decodes ahead of the query.
const AHEAD: usize = 16;
/// With so many files a core, each file is read by one core.
const FILES_PER_CORE: usize = 8;

/// A scan of the files of a catalogue.
#[derive(Debug)]
pub struct RowGroupScan {
    catalog: Arc<Catalog>,
    cache: Arc<ColumnCache>,
    wanted: Wanted,
    kept: Arc<[PartitionFile]>,
    files: Vec<Arc<Path>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RowGroupScan {
    /// A scan of the rows in the `kept` files, in as many partitions as there are cores. The
    /// catalogue lies in a folder.
    pub fn new(
        catalog: Arc<Catalog>,
        kept: Arc<[PartitionFile]>,
        cache: Arc<ColumnCache>,
        projection: Option<&Vec<usize>>,
        pruning: Option<Arc<datafusion::physical_optimizer::pruning::PruningPredicate>>,
        cores: usize,
    ) -> Result<Self> {
        let table = catalog.schema.clone();
        let columns = projection.cloned().unwrap_or_else(|| (0..table.fields().len()).collect());
        let schema = Arc::new(table.project(&columns)?);
        let wanted = Wanted { table, columns, schema: schema.clone(), ranges: None, pruning };
        let files = paths(&catalog, kept.iter())?;
        let properties = properties(schema, cores.max(1));
        Ok(Self { catalog, cache, wanted, kept, files, properties, metrics: Default::default() })
    }

    /// The catalogue that is scanned.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// What is read of it.
    #[cfg(feature = "cluster")]
    pub(crate) fn parts(&self) -> (&[PartitionFile], &[usize], Option<&Arc<dyn PhysicalExpr>>) {
        let pruning = self.wanted.pruning.as_ref().map(|pruning| pruning.orig_expr());
        (&self.kept, &self.wanted.columns, pruning)
    }

    /// The same scan, in one partition, of the rows whose spatial index lies in the ranges. `None`
    /// for a table without a spatial index.
    pub fn within(&self, ranges: Ranges) -> Option<Self> {
        let (name, order) = self.catalog.healpix.as_ref()?;
        let column = self.catalog.schema.index_of(name).ok()?;
        let kept = self
            .kept
            .iter()
            .filter(|f| f.cell.is_none_or(|cell| prune::meets(&ranges, cell.span())));
        let files = paths(&self.catalog, kept).ok()?;
        let ranges = Some((column, *order, Arc::new(ranges)));
        Some(Self {
            catalog: self.catalog.clone(),
            cache: self.cache.clone(),
            wanted: Wanted { ranges, ..self.wanted.clone() },
            kept: self.kept.clone(),
            files,
            properties: properties(self.wanted.schema.clone(), 1),
            // What a part of a scan reads is counted with the whole.
            metrics: self.metrics.clone(),
        })
    }

    fn reader(&self, partition: usize) -> Reader {
        let counter = |name| MetricBuilder::new(&self.metrics).counter(name, partition);
        Reader {
            cache: self.cache.clone(),
            wanted: self.wanted.clone(),
            files: self.files.clone(),
            partition,
            partitions: self.properties.partitioning.partition_count(),
            bytes: counter("bytes_scanned"),
            row_groups: MetricBuilder::new(&self.metrics)
                .pruning_metrics("row_groups_pruned_statistics", partition),
        }
    }
}

fn paths<'a>(
    catalog: &Catalog,
    files: impl Iterator<Item = &'a PartitionFile>,
) -> Result<Vec<Arc<Path>>> {
    match &catalog.place {
        Place::Folder(dir) => Ok(files.map(|f| dir.join(&f.name).into()).collect()),
        Place::Store(_) => exec_err!("{} is not a folder", catalog.place),
    }
}

fn properties(schema: SchemaRef, partitions: usize) -> Arc<PlanProperties> {
    let properties = PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    );
    Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative))
}

/// The threads of one partition.
struct Reader {
    cache: Arc<ColumnCache>,
    wanted: Wanted,
    files: Vec<Arc<Path>>,
    partition: usize,
    partitions: usize,
    bytes: datafusion::physical_plan::metrics::Count,
    row_groups: datafusion::physical_plan::metrics::PruningMetrics,
}

type Batch = Result<arrow::array::RecordBatch>;

impl Reader {
    /// Sends the rows of this partition's row groups; ends early when nobody wants more. While a row
    /// group is decoded the next is read.
    fn run(&self, send: &dyn Fn(Batch) -> bool) -> Result<()> {
        std::thread::scope(|scope| {
            let (sender, fetched) = mpsc::sync_channel(1);
            scope.spawn(move || {
                if let Err(error) = self.fetch(&|next| sender.send(Ok(next)).is_ok()) {
                    // Nobody to tell means that nobody wants more.
                    let _ = sender.send(Err(error));
                }
            });
            for next in fetched {
                let next: Fetched = next?;
                self.bytes.add(next.bytes);
                if !self.wanted.decode(&self.cache, next, &mut |rows| send(Ok(rows)))? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Hands on this partition's row groups until no more are wanted.
    fn fetch(&self, hand_on: &dyn Fn(Fetched) -> bool) -> Result<()> {
        let whole_files = self.files.len() >= FILES_PER_CORE * self.partitions;
        let mut next_group = 0;
        for (number, file) in self.files.iter().enumerate() {
            if whole_files && number % self.partitions != self.partition {
                continue;
            }
            let footer = row_group::footer(&self.cache, file)?;
            let groups = self.wanted.row_groups(&footer)?;
            if whole_files || number % self.partitions == self.partition {
                let all = footer.metadata().num_row_groups();
                self.row_groups.add_matched(groups.len());
                self.row_groups.add_pruned(all - groups.len());
            }
            for group in groups {
                next_group += 1;
                if !whole_files && next_group % self.partitions != self.partition {
                    continue;
                }
                if !hand_on(self.wanted.fetch(&self.cache, file, &footer, group)?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl DisplayAs for RowGroupScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            self.wanted.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(
            f,
            "RowGroupScan: files={} of {}, columns=[{}]",
            self.files.len(),
            self.catalog.files.len(),
            names.join(", ")
        )?;
        match &self.wanted.pruning {
            Some(pruning) => write!(f, ", pruning={}", pruning.predicate_expr()),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for RowGroupScan {
    fn name(&self) -> &str {
        "RowGroupScan"
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

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if partition >= self.properties.partitioning.partition_count() {
            return exec_err!("the scan has no partition {partition}");
        }
        let reader = self.reader(partition);
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema(), AHEAD);
        let sender = builder.tx();
        let rows = BaselineMetrics::new(&self.metrics, partition);
        builder.spawn_blocking(move || {
            reader.run(&|batch: Batch| {
                if let Ok(batch) = &batch {
                    rows.record_output(batch.num_rows());
                }
                sender.blocking_send(batch).is_ok()
            })
        });
        Ok(builder.build())
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.wanted.schema);
        let whole = args.partition().is_none() && self.wanted.ranges.is_none();
        let all = self.kept.len() == self.catalog.files.len();
        statistics.num_rows = match (whole, &self.wanted.pruning) {
            (true, None) if all => self.catalog.row_count(),
            (true, _) => self.catalog.row_count().to_inexact(),
            _ => Precision::Absent,
        };
        Ok(Arc::new(statistics))
    }
}
