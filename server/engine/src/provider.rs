//! A catalogue as a table that DataFusion can scan.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{DFSchema, Result, ScalarValue, Statistics, stats::Precision},
    datasource::{
        listing::PartitionedFile,
        physical_plan::{
            FileGroup, FileScanConfigBuilder, ParquetSource,
            parquet::CachedParquetFileReaderFactory,
        },
        source::DataSourceExec,
    },
    execution::object_store::ObjectStoreUrl,
    logical_expr::{Expr, TableProviderFilterPushDown, TableType, lit, utils::conjunction},
    object_store,
    physical_optimizer::pruning::PruningPredicateBuilder,
    physical_plan::{ExecutionPlan, empty::EmptyExec},
};

use crate::{
    hats::read::{Catalog, PartitionFile},
    prune::{self, Ranges, SkyColumns},
    scan::{RowGroupScan, cache::ColumnCache},
};

/// How much of the catalogues a query had to look at.
#[derive(Debug, Default)]
pub struct ScanCounts {
    partitions: AtomicU64,
    partitions_read: AtomicU64,
}

impl ScanCounts {
    /// Partitions of all scanned tables, and those that were not skipped.
    pub fn partitions(&self) -> (u64, u64) {
        let load = |n: &AtomicU64| n.load(Ordering::Relaxed);
        (load(&self.partitions), load(&self.partitions_read))
    }
}

/// One snapshot of a catalogue, for one query.
#[derive(Debug)]
pub struct HatsTable {
    catalog: Arc<Catalog>,
    columns: SkyColumns,
    counts: Arc<ScanCounts>,
    hot: Arc<ColumnCache>,
}

impl HatsTable {
    /// The table; what is scanned of it is added to `counts`, and decoded columns to `hot`.
    pub fn new(catalog: Arc<Catalog>, counts: Arc<ScanCounts>, hot: Arc<ColumnCache>) -> Self {
        let columns =
            SkyColumns { position: catalog.position.clone(), healpix: catalog.healpix.clone() };
        Self { catalog, columns, counts, hot }
    }

    /// Files that can hold rows in the ranges, dealt into as many groups as there are cores.
    fn groups(&self, ranges: Option<&Ranges>, cores: usize) -> Result<(Vec<FileGroup>, bool)> {
        let kept: Vec<&PartitionFile> = self
            .catalog
            .files
            .iter()
            .filter(|f| match (ranges, f.cell) {
                (Some(ranges), Some(cell)) => prune::meets(ranges, cell.span()),
                _ => true,
            })
            .collect();
        self.counts.partitions.fetch_add(self.catalog.files.len() as u64, Ordering::Relaxed);
        self.counts.partitions_read.fetch_add(kept.len() as u64, Ordering::Relaxed);
        let all = kept.len() == self.catalog.files.len();
        let mut groups = vec![Vec::new(); cores.clamp(1, kept.len().max(1))];
        let count = groups.len();
        for (index, file) in kept.into_iter().enumerate() {
            if let Some(group) = groups.get_mut(index % count) {
                group.push(partitioned(file)?);
            }
        }
        Ok((groups.into_iter().map(FileGroup::new).collect(), all))
    }
}

/// Bytes of a row up to which a scan reads whole row groups; wider rows come in small batches.
const NARROW_BYTES: usize = 160;
/// Rows of a row group up to which that is done.
const SMALL_GROUP_ROWS: u64 = 1 << 20;

impl HatsTable {
    /// Whether whole row groups of these columns are small enough to be held in memory.
    fn is_narrow(&self, projection: Option<&Vec<usize>>) -> bool {
        let fields = self.catalog.schema.fields();
        let width = |index: usize| match fields.get(index).map(|f| f.data_type()) {
            Some(DataType::Boolean) => 1,
            Some(DataType::Utf8) => 32,
            Some(other) => other.primitive_width().unwrap_or(NARROW_BYTES),
            None => 0,
        };
        let bytes: usize = match projection {
            Some(columns) => columns.iter().copied().map(width).sum(),
            None => (0..fields.len()).map(width).sum(),
        };
        let small = self.catalog.files.iter().all(|f| match (f.rows, f.row_groups) {
            (Some(rows), Some(groups)) => rows <= SMALL_GROUP_ROWS.saturating_mul(groups as u64),
            // Whoever wrote no list of row groups: go by the size of the file.
            _ => f.bytes <= 256 << 20,
        });
        bytes <= NARROW_BYTES && small
    }

    fn full_scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let pruning = match conjunction(filters.iter().cloned()) {
            Some(filter) => {
                let df_schema = DFSchema::try_from(schema.clone())?;
                let predicate = state.create_physical_expr(filter, &df_schema)?;
                // What statistics cannot decide prunes nothing.
                let made =
                    PruningPredicateBuilder::new().with_file_schema(schema).try_build(predicate);
                made.ok().filter(|p| !p.always_true())
            }
            None => None,
        };
        let cores = state.config().target_partitions();
        let (catalog, hot) = (self.catalog.clone(), self.hot.clone());
        let scan = RowGroupScan::new(catalog, hot, projection, pruning.map(Arc::new), cores)?;
        Ok(Arc::new(scan))
    }
}

fn partitioned(file: &PartitionFile) -> Result<PartitionedFile> {
    let location = object_store::path::Path::from_absolute_path(&file.path)
        .map_err(|e| datafusion::common::DataFusionError::External(Box::new(e)))?;
    // A snapshot is never written again, so its files need no modification time.
    Ok(PartitionedFile::new_from_meta(object_store::ObjectMeta {
        location,
        last_modified: chrono::DateTime::UNIX_EPOCH,
        size: file.bytes,
        e_tag: None,
        version: None,
    }))
}

/// The ranges as a condition on the index column, as a balanced tree: a chain of hundreds of ORs
/// would overflow the stack of every recursive pass.
fn condition(ranges: &[(i64, i64)], column: &str, data_type: &DataType, order: u8) -> Option<Expr> {
    let shift = 2 * (29 - u32::from(order));
    // Statistics prune only if constants have the column's own type.
    let value = |v: i64| ScalarValue::Int64(Some(v >> shift)).cast_to(data_type).ok();
    let terms: Option<Vec<Expr>> = ranges
        .iter()
        .map(|&(low, high)| {
            let name = || Expr::Column(datafusion::common::Column::new_unqualified(column));
            Some(name().gt_eq(lit(value(low)?)).and(name().lt_eq(lit(value(high - 1)?))))
        })
        .collect();
    balanced(terms?)
}

fn balanced(mut terms: Vec<Expr>) -> Option<Expr> {
    while terms.len() > 1 {
        let mut next = Vec::with_capacity(terms.len().div_ceil(2));
        let mut pairs = terms.into_iter();
        while let Some(first) = pairs.next() {
            next.push(match pairs.next() {
                Some(second) => first.or(second),
                None => first,
            });
        }
        terms = next;
    }
    terms.pop()
}

#[async_trait]
impl TableProvider for HatsTable {
    fn schema(&self) -> SchemaRef {
        self.catalog.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Everything helps to skip, nothing is decided here: the exact test stays above the scan.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        let rows = usize::try_from(self.catalog.rows).ok()?;
        let mut statistics = Statistics::new_unknown(&self.catalog.schema);
        statistics.num_rows = Precision::Exact(rows);
        Some(statistics)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let ranges = prune::ranges(filters, &self.columns);
        let (groups, all) = self.groups(ranges.as_ref(), state.config().target_partitions())?;
        if groups.iter().all(|g| g.is_empty()) {
            let projected = match projection {
                Some(indices) => Arc::new(schema.project(indices)?),
                None => schema,
            };
            return Ok(Arc::new(EmptyExec::new(projected)));
        }
        if ranges.is_none() && limit.is_none() && self.is_narrow(projection) {
            return self.full_scan(state, projection, filters);
        }
        let url = ObjectStoreUrl::local_filesystem();
        let runtime = state.runtime_env();
        let factory = CachedParquetFileReaderFactory::new(
            runtime.object_store(&url)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let mut options = state.table_options().parquet.clone();
        options.global = state.config_options().execution.parquet.clone();
        let mut source = ParquetSource::new(schema.clone())
            .with_table_parquet_options(options)
            .with_enable_page_index(true)
            .with_parquet_file_reader_factory(Arc::new(factory));
        if let (Some(ranges), Some((name, order))) = (&ranges, &self.columns.healpix) {
            let data_type = schema.field_with_name(name)?.data_type().clone();
            if let Some(expr) = condition(ranges, name, &data_type, *order) {
                let df_schema = DFSchema::try_from(schema.clone())?;
                let predicate = state.create_physical_expr(expr, &df_schema)?;
                // A region is selective: decode other columns only where the index fits.
                source = source.with_predicate(predicate).with_pushdown_filters(true);
            }
        }
        let mut config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(if filters.is_empty() { limit } else { None });
        if all
            && ranges.is_none()
            && let Some(statistics) = self.statistics()
        {
            config = config.with_statistics(statistics);
        }
        Ok(DataSourceExec::from_data_source(config.build()))
    }
}
