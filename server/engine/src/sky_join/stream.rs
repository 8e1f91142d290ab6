//! One partition of a sky join at work: cell after cell, batch after batch.

use std::{sync::Arc, vec};

use arrow::{
    array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array},
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
    Kind, Residual, Side, SkyJoinExec, Test,
    condition::PairRows,
    kernel::{Pair, Pairs},
    side::Rows,
    tile,
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
    kind: Kind,
    /// As seen from the side that is cut.
    test: Test,
    /// The side whose rows say how close, until it was asked.
    reaching: Option<Arc<Side>>,
    others: Vec<Residual>,
    /// How many of the nearest are sought for each row of the side that is cut.
    nearest: Option<usize>,
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
    /// Which rows of the cut side's batches have a partner, where that matters.
    matched: Vec<Vec<bool>>,
    /// Rows of the cut side that are given without a partner, when all pairs are done.
    alone: Option<vec::IntoIter<Place>>,
}

/// A batch and a row in it.
type Place = (usize, usize);

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
            kind: join.kind,
            test: match join.cut_left {
                true => join.condition.test,
                false => Test { keys: join.condition.test.keys.swapped(), ..join.condition.test },
            },
            reaching: join.reaching().cloned(),
            others: join.condition.others.clone(),
            nearest: join.condition.nearest.map(|nearest| nearest.count),
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
        if let Some(side) = self.reaching.take() {
            self.test.limit.radius = side.reach(&self.context).await?;
        }
        loop {
            let Some(mut tile) = self.current.take() else {
                let Some(cell) = self.cells.get(self.next).copied() else { return Ok(None) };
                let is_first = self.next == 0;
                self.next += self.step;
                self.current = match self.keeps_lonely() {
                    true => self.load_all(cell, is_first).await?,
                    false => self.load(cell).await?,
                };
                continue;
            };
            let (batch, more) = self.advance(&mut tile)?;
            if more {
                self.current = Some(tile);
            } else {
                self.memory.free();
            }
            // A cancelled query ends here, also where whoever takes the rows never waits.
            tokio::task::yield_now().await;
            if let Some(batch) = batch {
                self.metrics.baseline.record_output(batch.num_rows());
                return Ok(Some(batch));
            }
        }
    }

    /// Whether rows without a partner are wanted.
    fn keeps_lonely(&self) -> bool {
        self.kind.alone == Some(false)
    }

    /// Reads all rows of a cell, and those of the seam that may be near them. Rows that lie in no
    /// cell count as the first's.
    async fn load_all(&mut self, cell: Cell, is_first: bool) -> Result<Option<Tile>> {
        let mut cut = self.cut.rows(vec![cell.span()], &self.context).await?;
        if let (true, Some(members)) = (is_first, &mut cut.members) {
            members.extend(self.cut.nowhere(&self.context).await?);
        }
        self.metrics.cells.add(1);
        self.memory.try_resize(cut.bytes)?;
        let mut ranges = tile::with_seam(cell, self.test.limit.radius);
        if cut.points.len() <= FEW_ROWS {
            let indices = cut.points.iter().map(|p| healpix29(p.lon, p.lat));
            let near = tile::near(indices, self.test.limit.radius, NEAR_RANGES);
            ranges = tile::overlap(&ranges, &near);
        }
        let seamed = match ranges.is_empty() {
            true => Rows::default(),
            false => self.seamed.rows(ranges, &self.context).await?,
        };
        self.tile(cut, seamed).map(Some)
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
        self.tile(cut, seamed).map(Some)
    }

    fn tile(&self, cut: Rows, seamed: Rows) -> Result<Tile> {
        // Sorted copies of the positions are made of both.
        self.memory.try_resize(2 * (seamed.bytes + cut.bytes))?;
        self.metrics.rows.add(cut.points.len() + seamed.points.len());
        let _timer = self.metrics.sweep.timer();
        let pairs = Pairs::new(&cut.points, &seamed.points, self.test);
        let matched = match self.kind.alone {
            Some(_) => cut.batches.iter().map(|b| vec![false; b.num_rows()]).collect(),
            None => Vec::new(),
        };
        Ok(Tile { cut, seamed, pairs, matched, alone: None })
    }

    /// Works on a cell for a while: rows, if any were found, and whether there is more to do.
    fn advance(&self, tile: &mut Tile) -> Result<(Option<RecordBatch>, bool)> {
        if tile.alone.is_some() {
            return self.alone(tile);
        }
        let mut found = Vec::new();
        let mut more = {
            let _timer = self.metrics.sweep.timer();
            tile.pairs.fill(&mut found, self.context.session_config().batch_size(), WORK)
        };
        self.metrics.pairs.add(found.len());
        let batch = if found.is_empty() { None } else { self.pairs(tile, &found)? };
        if let (false, Some(with_partner)) = (more, self.kind.alone) {
            tile.alone = Some(tile.cut_rows(with_partner).into_iter());
            more = true;
        }
        Ok((batch, more))
    }

    /// The rows of pairs that pass the other conditions; notes who has a partner.
    fn pairs(&self, tile: &mut Tile, found: &[Pair]) -> Result<Option<RecordBatch>> {
        let _timer = self.metrics.baseline.elapsed_compute().timer();
        let cut = places(&tile.cut, found.iter().map(|pair| pair.left));
        let seamed = places(&tile.seamed, found.iter().map(|pair| pair.right));
        let distances = found.iter().map(|pair| pair.distance).collect();
        let (own, other) = (tile.cut.batches.as_slice(), tile.seamed.batches.as_slice());
        let mut pairs = if self.cut_left {
            PairRows { batches: [own, other], places: [cut, seamed], distances }
        } else {
            PairRows { batches: [other, own], places: [seamed, cut], distances }
        };
        for residual in &self.others {
            if pairs.len() == 0 {
                break;
            }
            let holds = residual.holds(&pairs)?;
            pairs.keep(&holds);
        }
        if let Some(count) = self.nearest {
            pairs.keep_nearest(self.cut_left, count);
        }
        if self.kind.alone.is_some() {
            for (batch, row) in &pairs.places[usize::from(!self.cut_left)] {
                let place = tile.matched.get_mut(*batch).and_then(|rows| rows.get_mut(*row));
                place.into_iter().for_each(|matched| *matched = true);
            }
        }
        if pairs.len() == 0 || !self.kind.pairs {
            return Ok(None);
        }
        let columns = self
            .columns
            .iter()
            .map(|c| pairs.column(c.side == JoinSide::Left, c.index))
            .collect::<Result<Vec<_>>>()?;
        self.record(columns, pairs.len()).map(Some)
    }

    /// Some of the rows that are given without a partner.
    fn alone(&self, tile: &mut Tile) -> Result<(Option<RecordBatch>, bool)> {
        let Some(rest) = &mut tile.alone else { return Ok((None, false)) };
        let places: Vec<Place> =
            rest.by_ref().take(self.context.session_config().batch_size()).collect();
        let more = rest.len() > 0;
        if places.is_empty() {
            return Ok((None, more));
        }
        let count = places.len();
        let own = tile.cut.batches.as_slice();
        let places = [places.clone(), places];
        let rows = PairRows { batches: [own, own], places, distances: Vec::new() };
        let columns = self.columns.iter().zip(self.schema.fields()).map(|(column, field)| {
            let is_left = column.side == JoinSide::Left;
            match is_left == self.cut_left {
                true => rows.column(is_left, column.index),
                false => Ok(new_null_array(field.data_type(), count)),
            }
        });
        let batch = self.record(columns.collect::<Result<_>>()?, count)?;
        Ok((Some(batch), more))
    }

    fn record(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}

impl Tile {
    /// The cut side's rows that have a partner, or that have none.
    fn cut_rows(&self, with_partner: bool) -> Vec<Place> {
        let all: Vec<Place> = match &self.cut.members {
            Some(members) => places(&self.cut, members.iter().copied()),
            None => {
                let batches = self.cut.batches.iter().enumerate();
                batches.flat_map(|(b, batch)| (0..batch.num_rows()).map(move |r| (b, r))).collect()
            }
        };
        let is_matched = |(batch, row): &Place| {
            self.matched.get(*batch).and_then(|rows| rows.get(*row)) == Some(&true)
        };
        all.into_iter().filter(|place| is_matched(place) == with_partner).collect()
    }
}

/// Batch and row of rows that are numbered through all batches.
fn places(rows: &Rows, numbers: impl Iterator<Item = u32>) -> Vec<Place> {
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
