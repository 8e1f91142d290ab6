//! One partition of a sky join at work: cell after cell, batch after batch.

use std::sync::Arc;

use arrow::{
    array::{RecordBatch, RecordBatchOptions},
    datatypes::SchemaRef,
};
use datafusion::{
    common::{JoinSide, Result},
    execution::{
        TaskContext,
        memory_pool::{MemoryConsumer, MemoryReservation},
    },
    physical_plan::{
        ExecutionPlan as _,
        joins::utils::ColumnIndex,
        metrics::{BaselineMetrics, Count, MetricBuilder, Time},
    },
};
use futures::{Stream, stream};

use super::{
    Residual, Side, SkyJoinExec, Test, condition::PairRows, kernel::Pairs, side::Rows, tile,
};
use crate::{hats::Cell, sphere::healpix29};

/// With so few rows on the seamed side only what is near them is read of the other.
const FEW_ROWS: usize = 4096;
const NEAR_RANGES: usize = 256;
/// Candidates that are looked at before others get a turn on the thread.
const WORK: usize = 1 << 17;

/// What a partition of the join does.
pub struct Partition {
    context: Arc<TaskContext>,
    schema: SchemaRef,
    cut: Arc<Side>,
    seamed: Arc<Side>,
    cut_left: bool,
    /// As seen from the side that is cut.
    test: Test,
    others: Vec<Residual>,
    columns: Vec<ColumnIndex>,
    cells: Arc<Vec<Cell>>,
    next: usize,
    step: usize,
    current: Option<Tile>,
    memory: MemoryReservation,
    metrics: Metrics,
}

struct Metrics {
    baseline: BaselineMetrics,
    cells: Count,
    cells_skipped: Count,
    rows: Count,
    pairs: Count,
    sweep: Time,
}

/// A cell that is being joined.
struct Tile {
    cut: Rows,
    seamed: Rows,
    pairs: Pairs,
}

impl Partition {
    /// The `partition`-th of so many.
    pub fn new(
        join: &SkyJoinExec,
        partition: usize,
        partitions: usize,
        context: Arc<TaskContext>,
    ) -> Self {
        let (cut, seamed) = join.cut_and_seamed();
        let counter = |name| MetricBuilder::new(&join.metrics).counter(name, partition);
        let memory = MemoryConsumer::new(format!("SkyJoinExec[{partition}]"))
            .register(context.memory_pool());
        Self {
            schema: join.schema(),
            cut: cut.clone(),
            seamed: seamed.clone(),
            cut_left: join.cut_left,
            test: match join.cut_left {
                true => join.test,
                false => Test { keys: join.test.keys.swapped(), ..join.test },
            },
            others: join.others.clone(),
            columns: join.columns.clone(),
            cells: join.cells.clone(),
            next: partition,
            step: partitions,
            current: None,
            memory,
            metrics: Metrics {
                baseline: BaselineMetrics::new(&join.metrics, partition),
                cells: counter("cells"),
                cells_skipped: counter("cells_skipped"),
                rows: counter("rows_compared"),
                pairs: counter("pairs_in_reach"),
                sweep: MetricBuilder::new(&join.metrics).subset_time("sweep_time", partition),
            },
            context,
        }
    }

    /// The rows of this partition.
    pub fn stream(self) -> impl Stream<Item = Result<RecordBatch>> + Send {
        stream::try_unfold(self, |mut partition| async move {
            let batch = partition.batch().await?;
            Ok(batch.map(|batch| (batch, partition)))
        })
    }

    async fn batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some(mut tile) = self.current.take() else {
                let Some(cell) = self.cells.get(self.next).copied() else { return Ok(None) };
                self.next += self.step;
                self.current = self.load(cell).await?;
                continue;
            };
            let (batch, more) = self.advance(&mut tile)?;
            if more {
                self.current = Some(tile);
            } else {
                self.memory.free();
            }
            if let Some(batch) = batch {
                self.metrics.baseline.record_output(batch.num_rows());
                return Ok(Some(batch));
            }
            // Nothing found for a while: a cancelled query ends here.
            tokio::task::yield_now().await;
        }
    }

    /// Reads the rows of a cell and of the seam; `None` if there can be no pairs.
    async fn load(&mut self, cell: Cell) -> Result<Option<Tile>> {
        let ranges = tile::with_seam(cell, self.test.limit.radius);
        let seamed = self.seamed.rows(ranges, &self.context).await?;
        self.metrics.cells.add(1);
        if seamed.points.is_empty() {
            self.metrics.cells_skipped.add(1);
            return Ok(None);
        }
        self.memory.try_resize(seamed.bytes)?;
        let mut own = vec![cell.span()];
        if seamed.points.len() <= FEW_ROWS {
            let indices = seamed.points.iter().map(|p| healpix29(p.lon, p.lat));
            own = tile::overlap(&own, &tile::near(indices, self.test.limit.radius, NEAR_RANGES));
        }
        let cut = self.cut.rows(own, &self.context).await?;
        // Sorted copies of the positions are made of both.
        self.memory.try_resize(2 * (seamed.bytes + cut.bytes))?;
        self.metrics.rows.add(cut.points.len() + seamed.points.len());
        let _timer = self.metrics.sweep.timer();
        let pairs = Pairs::new(&cut.points, &seamed.points, self.test);
        Ok(Some(Tile { cut, seamed, pairs }))
    }

    /// Works on a cell for a while: rows, if any were found, and whether there is more to do.
    fn advance(&self, tile: &mut Tile) -> Result<(Option<RecordBatch>, bool)> {
        let mut found = Vec::new();
        let more = {
            let _timer = self.metrics.sweep.timer();
            tile.pairs.fill(&mut found, self.context.session_config().batch_size(), WORK)
        };
        self.metrics.pairs.add(found.len());
        if found.is_empty() {
            return Ok((None, more));
        }
        let _timer = self.metrics.baseline.elapsed_compute().timer();
        let cut = places(&tile.cut, found.iter().map(|p| p.0));
        let seamed = places(&tile.seamed, found.iter().map(|p| p.1));
        let (own, other) = (tile.cut.batches.as_slice(), tile.seamed.batches.as_slice());
        let mut pairs = if self.cut_left {
            PairRows { batches: [own, other], places: [cut, seamed] }
        } else {
            PairRows { batches: [other, own], places: [seamed, cut] }
        };
        for residual in &self.others {
            if pairs.len() == 0 {
                break;
            }
            let holds = residual.holds(&pairs)?;
            pairs.keep(&holds);
        }
        if pairs.len() == 0 {
            return Ok((None, more));
        }
        let columns = self
            .columns
            .iter()
            .map(|c| pairs.column(c.side == JoinSide::Left, c.index))
            .collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(pairs.len()));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        Ok((Some(batch), more))
    }
}

/// Batch and row of rows that are numbered through all batches.
fn places(rows: &Rows, numbers: impl Iterator<Item = u32>) -> Vec<(usize, usize)> {
    let mut ends = Vec::with_capacity(rows.batches.len());
    let mut end = 0;
    for batch in rows.batches.iter() {
        end += batch.num_rows();
        ends.push(end);
    }
    numbers
        .map(|number| {
            let number = number as usize;
            let batch = ends.partition_point(|end| *end <= number);
            let start = batch.checked_sub(1).and_then(|b| ends.get(b)).copied().unwrap_or(0);
            (batch, number - start)
        })
        .collect()
}
