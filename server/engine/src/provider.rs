//! A catalogue as a table that DataFusion can scan.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{Column, DFSchema, DataFusionError, Result, ScalarValue, Statistics},
    datasource::{
        listing::PartitionedFile,
        physical_plan::{
            FileGroup, FileScanConfigBuilder, ParquetSource,
            parquet::CachedParquetFileReaderFactory,
        },
        source::DataSourceExec,
    },
    logical_expr::{Expr, TableProviderFilterPushDown, TableType, lit, utils::conjunction},
    object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _},
    physical_optimizer::pruning::PruningPredicateBuilder,
    physical_plan::{ExecutionPlan, empty::EmptyExec, projection::ProjectionExec},
};

use crate::{
    counts::{ScanCounts, TableScan},
    functions::{Arithmetic, Function},
    hats::{
        place::Place,
        read::{Catalog, PartitionFile},
    },
    lookup,
    prune::{self, MAX_RANGES, SkyColumns},
    scan::{RowGroupScan, cache::ColumnCache},
    sphere::moc::{Ranges, simplify},
};

/// One snapshot of a catalogue, for one query.
#[derive(Debug)]
pub struct HatsTable {
    name: String,
    catalog: Arc<Catalog>,
    columns: SkyColumns,
    counts: Arc<ScanCounts>,
    hot: Arc<ColumnCache>,
}

impl HatsTable {
    /// The table, known to readers as `name`; what is scanned of it is added to `counts`, and
    /// decoded columns to `hot`.
    pub fn new(
        name: String,
        catalog: Arc<Catalog>,
        counts: Arc<ScanCounts>,
        hot: Arc<ColumnCache>,
    ) -> Self {
        let columns =
            SkyColumns { position: catalog.position.clone(), healpix: catalog.healpix.clone() };
        Self { name, catalog, columns, counts, hot }
    }

    /// Files that can hold rows for which the filters are true.
    fn kept(
        &self,
        state: &dyn Session,
        filters: &[Expr],
        ranges: Option<&Ranges>,
    ) -> Result<Vec<&PartitionFile>> {
        let files = &self.catalog.files;
        let meets = |f: &PartitionFile| match (ranges, f.cell) {
            (Some(ranges), Some(cell)) => prune::meets(ranges, cell.span()),
            _ => true,
        };
        let groups = self.groups_that_match(state, filters, ranges)?;
        let mut scan = TableScan {
            table: self.name.clone(),
            partitions: files.len() as u64,
            row_groups: files.iter().map(|f| f.row_groups.unwrap_or(0) as u64).sum(),
            ..TableScan::default()
        };
        let mut kept = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let matching = groups.as_ref().and_then(|g| g.get(index)).copied();
            if meets(file) && matching != Some(0) {
                scan.row_groups_read += matching.unwrap_or(file.row_groups.unwrap_or(0)) as u64;
                kept.push(file);
            }
        }
        scan.partitions_read = kept.len() as u64;
        self.counts.add(scan);
        Ok(kept)
    }

    /// For each file the row groups whose statistics allow the filters to be true; `None` where
    /// there are no statistics or nothing to compare with them.
    fn groups_that_match(
        &self,
        state: &dyn Session,
        filters: &[Expr],
        ranges: Option<&Ranges>,
    ) -> Result<Option<Vec<usize>>> {
        let Some(stats) = &self.catalog.stats else { return Ok(None) };
        let conditions = filters.iter().cloned().chain(self.condition(ranges));
        let Some(all) = conditions.reduce(Expr::and) else { return Ok(None) };
        let schema = DFSchema::try_from(self.schema())?;
        let predicate = state.create_physical_expr(all, &schema)?;
        let predicate =
            PruningPredicateBuilder::new().with_file_schema(self.schema()).try_build(predicate)?;
        let mut matching = vec![0; self.catalog.files.len()];
        for (file, keep) in stats.files.iter().zip(predicate.prune(stats)?) {
            if let (true, Some(count)) = (keep, matching.get_mut(*file)) {
                *count += 1;
            }
        }
        Ok(Some(matching))
    }

    /// The ranges as a condition on the index column.
    fn condition(&self, ranges: Option<&Ranges>) -> Option<Expr> {
        let (name, order) = self.columns.healpix.as_ref()?;
        let schema = self.schema();
        let data_type = schema.field_with_name(name).ok()?.data_type();
        let ranges = simplify(ranges?.clone(), MAX_RANGES);
        condition(&ranges, name, data_type, *order)
    }

    /// The files in as many groups as there are cores.
    async fn dealt(
        &self,
        kept: Vec<&PartitionFile>,
        store: &dyn ObjectStore,
        cores: usize,
    ) -> Result<Vec<FileGroup>> {
        let mut groups = vec![Vec::new(); cores.clamp(1, kept.len().max(1))];
        let count = groups.len();
        for (index, file) in kept.into_iter().enumerate() {
            if let Some(group) = groups.get_mut(index % count) {
                group.push(partitioned(&self.catalog.place, file, store).await?);
            }
        }
        Ok(groups.into_iter().map(FileGroup::new).collect())
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
            _ => f.bytes.is_some_and(|bytes| bytes <= 256 << 20),
        });
        bytes <= NARROW_BYTES && small
    }

    fn full_scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        kept: &[&PartitionFile],
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
        let kept = kept.iter().map(|f| (*f).clone()).collect();
        let scan = RowGroupScan::new(catalog, kept, hot, projection, pruning.map(Arc::new), cores)?;
        Ok(Arc::new(scan))
    }
}

/// Whether the ranges leave out at least half of the partitions that they meet: the index column
/// is read besides the others, which must be worth it.
#[allow(clippy::cast_precision_loss)] // fractions
fn is_selective(ranges: &Ranges, kept: &[&PartitionFile]) -> bool {
    let size = |spans: &[(i64, i64)]| spans.iter().map(|(a, b)| (b - a) as f64).sum::<f64>();
    let cells: Vec<_> = kept.iter().filter_map(|f| Some(f.cell?.span())).collect();
    let cells = simplify(cells, usize::MAX);
    cells.is_empty() || size(&prune::intersect(ranges, &cells)) < 0.5 * size(&cells)
}

async fn partitioned(
    place: &Place,
    file: &PartitionFile,
    store: &dyn ObjectStore,
) -> Result<PartitionedFile> {
    let location = place.object(&file.name).map_err(DataFusionError::IoError)?;
    let size = match file.bytes {
        Some(size) => size,
        None => store.head(&location).await?.size,
    };
    // A snapshot is never written again, so its files need no modification time.
    Ok(PartitionedFile::new_from_meta(ObjectMeta {
        location,
        last_modified: chrono::DateTime::UNIX_EPOCH,
        size,
        e_tag: None,
        version: None,
    }))
}

/// The same rows with floats as queries want them.
fn with_plain_floats(
    state: &dyn Session,
    scan: Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = scan.schema();
    if !schema.fields().iter().any(|f| f.data_type().is_floating()) {
        return Ok(scan);
    }
    let df_schema = DFSchema::try_from(schema.clone())?;
    let columns = schema.fields().iter().map(|field| {
        let column = Expr::Column(Column::new_unqualified(field.name()));
        let column = match field.data_type().is_floating() {
            true => Function::Arithmetic(Arithmetic::Plain).call(vec![column]),
            false => column,
        };
        Ok((state.create_physical_expr(column, &df_schema)?, field.name().clone()))
    });
    let projection = ProjectionExec::try_new(columns.collect::<Result<Vec<_>>>()?, scan)?;
    Ok(Arc::new(projection))
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
            let name = || Expr::Column(Column::new_unqualified(column));
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
        let mut statistics = Statistics::new_unknown(&self.catalog.schema);
        statistics.num_rows = self.catalog.row_count();
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
        let url = self.catalog.place.url();
        let runtime = state.runtime_env();
        if let Place::Store(store) = &self.catalog.place {
            runtime.register_object_store(url.as_ref(), store.objects.clone());
        }
        let by_id = lookup::ranges(state, &self.catalog, &self.hot, filters).await?;
        let ranges = match (prune::ranges(filters, &self.columns), by_id) {
            (Some(a), Some(b)) => Some(prune::intersect(&a, &b)),
            (a, b) => a.or(b),
        };
        let kept = self.kept(state, filters, ranges.as_ref())?;
        if kept.is_empty() {
            let projected = match projection {
                Some(indices) => Arc::new(schema.project(indices)?),
                None => schema,
            };
            return Ok(Arc::new(EmptyExec::new(projected)));
        }
        let all = kept.len() == self.catalog.files.len();
        let selective = ranges.as_ref().is_some_and(|ranges| is_selective(ranges, &kept));
        let is_here = matches!(self.catalog.place, Place::Folder(_));
        if is_here && !selective && limit.is_none() && self.is_narrow(projection) {
            return self.full_scan(state, projection, filters, &kept);
        }
        let store = runtime.object_store(&url)?;
        let cores = state.config().target_partitions();
        let groups = self.dealt(kept, store.as_ref(), cores).await?;
        let factory = CachedParquetFileReaderFactory::new(
            store,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let mut options = state.table_options().parquet.clone();
        options.global = state.config_options().execution.parquet.clone();
        let mut source = ParquetSource::new(schema.clone())
            .with_table_parquet_options(options)
            .with_enable_page_index(true)
            .with_parquet_file_reader_factory(Arc::new(factory));
        if selective && let Some(expr) = self.condition(ranges.as_ref()) {
            let df_schema = DFSchema::try_from(schema.clone())?;
            let predicate = state.create_physical_expr(expr, &df_schema)?;
            // Decode other columns only where the index fits.
            source = source.with_predicate(predicate).with_pushdown_filters(true);
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
        let scan = DataSourceExec::from_data_source(config.build());
        if self.catalog.is_ours() { Ok(scan) } else { with_plain_floats(state, scan) }
    }
}
