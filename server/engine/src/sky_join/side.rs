//! One side of a sky join: rows with positions, all of them or those of a part of the sky.

use std::sync::Arc;

use arrow::{
    array::{Array, AsArray, Float64Array, Int64Array, RecordBatch},
    buffer::NullBuffer,
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type},
};
use datafusion::{
    common::{DataFusionError, Result},
    execution::{TaskContext, memory_pool::MemoryReservation},
    physical_expr::{PhysicalExpr, expressions::Column},
    physical_plan::{
        ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions,
        coalesce_partitions::CoalescePartitionsExec, coop::CooperativeExec,
        execution_plan::collect_partitioned, filter::FilterExec, projection::ProjectionExec,
        repartition::RepartitionExec,
    },
};
use futures::TryStreamExt;
use tokio::sync::OnceCell;

use super::kernel::Point;
use crate::{hats::Cell, prune::Ranges, scan::RowGroupScan, sphere::healpix29};

/// A side of the join.
#[derive(Debug)]
pub struct Side {
    /// Where its rows come from.
    pub plan: Arc<dyn ExecutionPlan>,
    /// Longitude and latitude, degrees, over the rows of `plan`.
    pub position: [Arc<dyn PhysicalExpr>; 2],
    /// The column of integers that pairs are tested by.
    pub key: Option<usize>,
    /// How far each row reaches, degrees over the rows of `plan`, where rows have radii.
    pub radius: Option<Arc<dyn PhysicalExpr>>,
    /// Whether its rows are kept in memory although it could be cut into parts of the sky.
    in_memory: bool,
    /// All rows, for a plan that cannot be cut into parts of the sky.
    whole: OnceCell<Arc<Whole>>,
    /// The largest radius of its rows.
    reach: OnceCell<f64>,
}

/// All rows of a side in memory.
#[derive(Debug)]
struct Whole {
    batches: Arc<Vec<RecordBatch>>,
    /// Positions by their spatial index of order 29.
    points: Vec<(i64, Point)>,
    /// Rows that lie nowhere.
    nowhere: Vec<u32>,
    _memory: MemoryReservation,
}

/// Rows of a part of the sky.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The rows, in any order, with others among them perhaps.
    pub batches: Arc<Vec<RecordBatch>>,
    /// Positions of those that count; rows are numbered through the batches.
    pub points: Vec<Point>,
    /// The rows that are meant; `None` for all in the batches.
    pub members: Option<Vec<u32>>,
    /// Memory that is not the scan's own, bytes.
    pub bytes: usize,
}

impl Side {
    /// A side of these rows, positions and keys.
    pub fn new(
        plan: Arc<dyn ExecutionPlan>,
        position: [Arc<dyn PhysicalExpr>; 2],
        key: Option<usize>,
    ) -> Self {
        let (whole, reach) = (OnceCell::new(), OnceCell::new());
        Self { plan, position, key, radius: None, in_memory: false, whole, reach }
    }

    /// The same side, whose rows reach as far as `radius` says.
    pub fn with_radius(self, radius: Arc<dyn PhysicalExpr>) -> Self {
        Self { radius: Some(radius), ..self }
    }

    /// The same side with other rows of the same kind.
    pub fn with_plan(&self, plan: Arc<dyn ExecutionPlan>) -> Self {
        let (in_memory, radius) = (self.in_memory, self.radius.clone());
        Self { in_memory, radius, ..Self::new(plan, self.position.clone(), self.key) }
    }

    /// The same side, of which every row is wanted, those without a position too: they lie in no
    /// part of the sky.
    pub fn with_all_rows(self) -> Self {
        let in_memory = self.scan().is_some_and(|scan| !scan.catalog().is_positioned());
        Self { in_memory, ..self }
    }

    /// The catalogue's scan, if the side can be cut by the catalogue's spatial index: what is
    /// above the scan looks at each row alone, and the position is the one that was indexed.
    pub fn scan(&self) -> Option<&RowGroupScan> {
        if self.in_memory {
            return None;
        }
        let [lon, lat] = self.position.each_ref().map(|p| p.downcast_ref::<Column>());
        let (lon, lat) = (origin(&self.plan, lon?.index())?, origin(&self.plan, lat?.index())?);
        let scan = leaf(&self.plan)?;
        let catalog = scan.catalog();
        let indexed = catalog.position.as_ref()?;
        (catalog.healpix.is_some() && *indexed == (lon, lat)).then_some(scan)
    }

    /// The cells of the catalogue's files, in order of the sky.
    pub fn cells(&self) -> Option<Vec<Cell>> {
        let files = &self.scan()?.catalog().files;
        let mut cells = files.iter().map(|f| f.cell).collect::<Option<Vec<_>>>()?;
        cells.sort_by_key(|c| c.span());
        // A partition can be a folder of files.
        cells.dedup();
        Some(cells)
    }

    /// Rows in ranges of the spatial index.
    pub async fn rows(&self, ranges: Ranges, context: &Arc<TaskContext>) -> Result<Rows> {
        if self.scan().is_none() {
            let whole = self.whole.get_or_try_init(|| self.collect(context)).await?;
            return Ok(whole.within(&ranges));
        }
        let part = within(&self.plan, &ranges)?;
        let batches: Vec<RecordBatch> = part.execute(0, context.clone())?.try_collect().await?;
        let points = self.points(&batches)?;
        let bytes = batches.iter().map(batch_bytes).sum::<Result<usize>>()?;
        let bytes = bytes + points.len() * size_of::<Point>();
        Ok(Rows { batches: Arc::new(batches), points, members: None, bytes })
    }

    /// Rows that lie nowhere, of a side in memory; a catalogue that is cut has none.
    pub async fn nowhere(&self, context: &Arc<TaskContext>) -> Result<Vec<u32>> {
        if self.scan().is_some() {
            return Ok(Vec::new());
        }
        let whole = self.whole.get_or_try_init(|| self.collect(context)).await?;
        Ok(whole.nowhere.clone())
    }

    /// The largest radius of all rows, degrees in [0, 180]; 0 where no row has one.
    pub async fn reach(&self, context: &Arc<TaskContext>) -> Result<f64> {
        self.reach.get_or_try_init(|| self.find_reach(context)).await.copied()
    }

    async fn find_reach(&self, context: &Arc<TaskContext>) -> Result<f64> {
        let Some(radius) = &self.radius else { return Ok(0.0) };
        if self.scan().is_none() {
            let whole = self.whole.get_or_try_init(|| self.collect(context)).await?;
            return whole.batches.iter().try_fold(0.0, |most, b| Ok(largest(radius, b)?.max(most)));
        }
        // A catalogue is read once more for it.
        let rows = CoalescePartitionsExec::new(self.plan.clone()).execute(0, context.clone())?;
        rows.try_fold(0.0_f64, async |most, batch| Ok(most.max(largest(radius, &batch)?))).await
    }

    async fn collect(&self, context: &Arc<TaskContext>) -> Result<Arc<Whole>> {
        let memory = datafusion::execution::memory_pool::MemoryConsumer::new("SkyJoinExec side")
            .register(context.memory_pool());
        let parts = collect_partitioned(self.plan.clone(), context.clone()).await?;
        let batches: Vec<RecordBatch> = parts.into_iter().flatten().collect();
        let points = self.points(&batches)?;
        let bytes = batches.iter().map(batch_bytes).sum::<Result<usize>>()?;
        memory.try_grow(bytes + points.len() * size_of::<(i64, Point)>())?;
        let mut points: Vec<(i64, Point)> =
            points.into_iter().map(|p| (healpix29(p.lon, p.lat), p)).collect();
        let rows = batches.iter().map(|b| b.num_rows() as u32).sum();
        let mut placed = points.iter().map(|(_, p)| p.row).peekable();
        let nowhere = (0..rows).filter(|row| placed.next_if_eq(row).is_none()).collect();
        points.sort_unstable_by_key(|(index, _)| *index);
        Ok(Arc::new(Whole { batches: Arc::new(batches), points, nowhere, _memory: memory }))
    }

    fn points(&self, batches: &[RecordBatch]) -> Result<Vec<Point>> {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        u32::try_from(rows).map_err(|_| {
            DataFusionError::ResourcesExhausted(format!("a sky join of {rows} rows in one part"))
        })?;
        let mut points = Vec::with_capacity(rows);
        let mut row = 0u32;
        for batch in batches {
            let [lon, lat] = self.position.each_ref().map(|p| doubles(p, batch));
            let (lon, lat, key) = (lon?, lat?, self.keys(batch)?);
            let nulls = NullBuffer::union(lon.nulls(), lat.nulls());
            let nulls = NullBuffer::union(nulls.as_ref(), key.as_ref().and_then(|k| k.nulls()));
            let numbers = key.iter().flat_map(|k| k.values().iter().copied());
            // Without keys every row has the same.
            let numbers = numbers.chain(std::iter::repeat(0));
            let places = lon.values().iter().zip(lat.values()).zip(numbers);
            for (at, ((lon, lat), key)) in places.enumerate() {
                // A row without a position or a key is in no pair.
                if nulls.as_ref().is_none_or(|n| n.is_valid(at)) {
                    points.extend(Point::new(*lon, *lat, row, key));
                }
                row += 1;
            }
        }
        Ok(points)
    }

    fn keys(&self, batch: &RecordBatch) -> Result<Option<Int64Array>> {
        let Some(column) = self.key else { return Ok(None) };
        let values = cast(batch.column(column), &DataType::Int64)?;
        Ok(Some(values.as_primitive::<Int64Type>().clone()))
    }
}

impl Whole {
    fn within(&self, ranges: &Ranges) -> Rows {
        let mut points = Vec::new();
        for (low, high) in ranges {
            let from = self.points.partition_point(|(index, _)| index < low);
            let to = self.points.partition_point(|(index, _)| index < high);
            points.extend(self.points.get(from..to).unwrap_or_default().iter().map(|(_, p)| *p));
        }
        let bytes = points.len() * size_of::<Point>();
        let members = Some(points.iter().map(|p| p.row).collect());
        Rows { batches: self.batches.clone(), points, members, bytes }
    }
}

/// The largest value of an expression, in [0, 180].
fn largest(expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<f64> {
    let values = doubles(expr, batch)?;
    let most = values.iter().flatten().filter(|value| !value.is_nan()).fold(0.0, f64::max);
    Ok(most.min(180.0))
}

fn doubles(expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Float64Array> {
    let values = expr.evaluate(batch)?.into_array(batch.num_rows())?;
    Ok(cast(&values, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}

fn batch_bytes(batch: &RecordBatch) -> Result<usize> {
    let sizes = batch.columns().iter().map(|c| c.to_data().get_slice_memory_size());
    Ok(sizes.sum::<Result<usize, _>>()?)
}

/// Whether an operator treats each row for itself, so that a part of its input gives that part of
/// its output.
fn is_rowwise(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.fetch().is_none()
        && (plan.is::<FilterExec>()
            || plan.is::<ProjectionExec>()
            || plan.is::<CooperativeExec>()
            || deals(plan))
}

/// Whether an operator only deals batches to partitions.
fn deals(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<CoalescePartitionsExec>() || plan.is::<RepartitionExec>()
}

fn leaf(plan: &Arc<dyn ExecutionPlan>) -> Option<&RowGroupScan> {
    if let Some(scan) = plan.downcast_ref::<RowGroupScan>() {
        return Some(scan);
    }
    match plan.children().as_slice() {
        [input] if is_rowwise(plan) => leaf(input),
        _ => None,
    }
}

/// The column of the catalogue that a column of the plan is.
fn origin(plan: &Arc<dyn ExecutionPlan>, index: usize) -> Option<String> {
    let children = plan.children();
    let Some(input) = children.first() else {
        return plan.schema().fields().get(index).map(|f| f.name().clone());
    };
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let column = projection.expr().get(index)?.expr.downcast_ref::<Column>()?.index();
        return origin(input, column);
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>()
        && let Some(projection) = filter.projection()
    {
        return origin(input, *projection.get(index)?);
    }
    origin(input, index)
}

/// The same plan over the part of its scan that lies in ranges, in one partition.
fn within(plan: &Arc<dyn ExecutionPlan>, ranges: &Ranges) -> Result<Arc<dyn ExecutionPlan>> {
    let lost = || DataFusionError::Internal("a sky join lost its scan".to_owned());
    if let Some(scan) = plan.downcast_ref::<RowGroupScan>() {
        return Ok(Arc::new(scan.within(ranges.clone()).ok_or_else(lost)?));
    }
    let input = plan.children().first().copied().ok_or_else(lost)?;
    let part = within(input, ranges)?;
    if deals(plan) {
        return Ok(part);
    }
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    plan.clone().replace_children(vec![part], options)
}
