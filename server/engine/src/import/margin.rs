//! The margin cache: for each partition, the rows of others within some distance of its rim.
//!
//! Distances are taken in cells: a row counts as near to a partition when one of the eight
//! neighbours of its cell, at the deepest order where these hold a circle of that distance about
//! any of its points, lies in the partition. So all rows within the distance are there, and some
//! that are up to about twice as far.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, Int64Array, RecordBatch, UInt32Array},
    compute::take_record_batch,
    datatypes::{DataType, Field, Schema, SchemaRef},
};

use super::{
    partitions::healpix_of,
    sort::{Sorted, Sorter},
};
use crate::{
    EngineError,
    hats::{Cell, properties::Properties, write::CatalogWriter},
};

/// Widest margin, arcseconds.
pub const MAX_MARGIN: f64 = 3600.0;
const TARGET: &str = "_margin_of";

/// Collects the rows near the rims while the partitions are written.
pub struct Margins {
    order: u8,
    cells: Vec<Cell>,
    sorter: Sorter<i64>,
    schema: SchemaRef,
    /// Targets of the cell that was looked at last: rows come cell by cell.
    last: (u64, Vec<i64>),
}

impl Margins {
    /// Margins of `arcsec` around partitions, which are in the order of their spans.
    pub fn new(
        arcsec: f64,
        cells: Vec<Cell>,
        stored: &SchemaRef,
        prefix: &Path,
        budget: usize,
    ) -> Self {
        let mut fields: Vec<_> = stored.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(TARGET, DataType::Int64, false)));
        let schema = Arc::new(Schema::new(fields));
        let radius = (arcsec / 3600.0).to_radians();
        // The row itself may be anywhere in its cell; rounding must not lose its neighbour.
        let order = cdshealpix::best_starting_depth(radius * (1.0 + 1e-6)).min(29);
        let sorter = Sorter::new(prefix, schema.clone(), schema.fields().len() - 1, budget);
        Self { order, cells, sorter, schema, last: (u64::MAX, Vec::new()) }
    }

    /// Takes rows of the partition `own`, in the order of their index.
    pub fn push(&mut self, own: Cell, batch: &RecordBatch) -> Result<(), EngineError> {
        let healpix = healpix_of(batch)?;
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for (row, &index) in (0u32..).zip(healpix.values()) {
            let cell = u64::try_from(index).unwrap_or(0) >> (2 * (29 - u32::from(self.order)));
            if self.is_interior(own, cell) {
                continue;
            }
            if self.last.0 != cell {
                self.last = (cell, self.targets(own, cell));
            }
            for &target in &self.last.1 {
                rows.push(row);
                targets.push(target);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let taken = take_record_batch(batch, &UInt32Array::from(rows))?;
        let mut columns: Vec<ArrayRef> = taken.columns().to_vec();
        columns.push(Arc::new(Int64Array::from(targets)));
        self.sorter.push(RecordBatch::try_new(self.schema.clone(), columns)?)
    }

    /// Whether all neighbours of a cell lie in the same partition, told from its coordinates in it.
    fn is_interior(&self, own: Cell, cell: u64) -> bool {
        let Some(depth) = self.order.checked_sub(own.order).filter(|d| *d > 0) else {
            return false;
        };
        let inner = cell & ((1 << (2 * u32::from(depth))) - 1);
        let even = 0x5555_5555_5555_5555 & ((1 << (2 * u32::from(depth))) - 1);
        let (x, y) = (inner & even, inner & (even << 1));
        x != 0 && x != even && y != 0 && y != (even << 1)
    }

    /// The other partitions that hold a neighbour of a cell.
    fn targets(&self, own: Cell, cell: u64) -> Vec<i64> {
        let mut found = Vec::new();
        for neighbour in cdshealpix::nested::neighbours(self.order, cell, true).values_vec() {
            let (low, high) = Cell { order: self.order, pixel: neighbour }.span();
            let first = self.cells.partition_point(|c| c.span().1 <= low);
            let meeting = self.cells.iter().enumerate().skip(first);
            let meeting = meeting.take_while(|(_, c)| c.span().0 < high);
            let others = meeting.filter(|(_, c)| **c != own);
            found.extend(others.filter_map(|(index, _)| i64::try_from(index).ok()));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Writes the cache into `dir`; `false` if there is nothing to write.
    pub fn write(self, dir: &Path, properties: Properties) -> Result<bool, EngineError> {
        let stored =
            self.schema.project(&(0..self.schema.fields().len() - 1).collect::<Vec<_>>())?;
        let stored = Arc::new(stored);
        let mut writer = CatalogWriter::new(dir, stored.clone());
        let mut current = None;
        let sorted: Sorted = self.sorter.finish()?;
        for batch in sorted {
            let batch = batch?;
            let last = batch.num_columns() - 1;
            let targets = batch.column(last).as_any().downcast_ref::<Int64Array>().cloned();
            let targets = targets
                .ok_or_else(|| EngineError::Internal("margin rows without a target".into()))?;
            let columns = batch.columns().get(..last).unwrap_or_default().to_vec();
            let batch = RecordBatch::try_new(stored.clone(), columns)?;
            let mut start = 0;
            while start < batch.num_rows() {
                let target = targets.value(start);
                let end = start
                    + targets.values().iter().skip(start).take_while(|t| **t == target).count();
                if current != Some(target) {
                    let cell = usize::try_from(target).ok().and_then(|i| self.cells.get(i));
                    let cell =
                        cell.ok_or_else(|| EngineError::Internal("margin of no partition".into()))?;
                    writer.partition(*cell)?;
                    current = Some(target);
                }
                writer.write(&batch.slice(start, end - start))?;
                start = end;
            }
        }
        if current.is_none() {
            return Ok(false);
        }
        writer.finish(properties)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::{distance_deg, healpix29};

    fn margins(arcsec: f64, order: u8) -> (Margins, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let cells = (0..12u64 << (2 * order)).map(|pixel| Cell { order, pixel }).collect();
        let schema = Arc::new(Schema::new(vec![Field::new("_healpix_29", DataType::Int64, false)]));
        (Margins::new(arcsec, cells, &schema, &dir.path().join("m"), 1 << 20), dir)
    }

    #[test]
    fn neighbours_within_the_distance_are_never_missed() {
        for (arcsec, order) in [(10.0, 3), (3600.0, 2), (3600.0, 5), (0.5, 1)] {
            let (margins, _dir) = margins(arcsec, order);
            let step = arcsec / 3600.0;
            let cell_of = |lon: f64, lat: f64| {
                let pixel = (healpix29(lon, lat) >> (2 * (29 - u32::from(order)))).unsigned_abs();
                Cell { order, pixel }
            };
            let mut seen = 0;
            for n in 0..4000 {
                let n = f64::from(n);
                // Along edges and corners of base cells, at both poles and everywhere else.
                let lon = (n * 137.507_764).rem_euclid(360.0);
                let lat = match (n as u32) % 4 {
                    0 => 90.0 - step * (n % 5.0) / 2.0,
                    1 => -90.0 + step * (n % 7.0) / 3.0,
                    2 => 41.810_314_895_8 + step * (n % 3.0),
                    _ => (n / 2000.0 - 1.0).asin().to_degrees(),
                };
                let own = cell_of(lon, lat);
                let index = healpix29(lon, lat).unsigned_abs();
                let fine = index >> (2 * (29 - u32::from(margins.order)));
                let found = if margins.is_interior(own, fine) {
                    Vec::new()
                } else {
                    margins.targets(own, fine)
                };
                for k in 0..24 {
                    let angle = f64::from(k) * 15f64.to_radians();
                    let b = (lat + 0.99 * step * angle.sin()).clamp(-90.0, 90.0);
                    let a = lon + 0.99 * step * angle.cos() / lat.to_radians().cos().max(1e-9);
                    if distance_deg(lon, lat, a, b) > step {
                        continue;
                    }
                    let other = cell_of(a, b);
                    if other != own {
                        let target = i64::try_from(other.pixel).unwrap();
                        assert!(found.contains(&target), "{arcsec} {order} {lon} {lat} {a} {b}");
                        seen += 1;
                    }
                }
            }
            assert!(seen > 100, "{arcsec} {order}: {seen}");
        }
    }
}
