//! Choice of partitions: as coarse as the row limit allows, finer where the sky is crowded.

use super::{Cell, MAX_ORDER};

/// Rows by cell at [`MAX_ORDER`].
pub struct Histogram {
    counts: Vec<u32>,
    rows: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; 12 << (2 * MAX_ORDER)], rows: 0 }
    }
}

impl Histogram {
    /// Counts a row by its order-29 index; indices outside the sphere count nowhere.
    pub fn add(&mut self, healpix29: i64) {
        let cell = healpix29 >> (2 * (29 - u32::from(MAX_ORDER)));
        if let Some(count) = usize::try_from(cell).ok().and_then(|i| self.counts.get_mut(i)) {
            *count = count.saturating_add(1);
            self.rows += 1;
        }
    }

    /// Rows counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The partitions with their row counts, in order of their spans. A cell is split into its
    /// four children while it holds more than `max_rows` and is coarser than [`MAX_ORDER`];
    /// cells without rows are left out.
    pub fn partitions(&self, max_rows: u64) -> Vec<(Cell, u64)> {
        // The counts of every coarser order, so that each cell is summed once; the finest ones
        // stay where they are.
        let mut levels: Vec<Vec<u64>> = Vec::new();
        levels.push(
            self.counts.chunks_exact(4).map(|c| c.iter().map(|&n| u64::from(n)).sum()).collect(),
        );
        for _ in 1..MAX_ORDER {
            let coarser = match levels.last() {
                Some(finer) => finer.chunks_exact(4).map(|c| c.iter().sum()).collect(),
                None => Vec::new(),
            };
            levels.push(coarser);
        }
        levels.reverse();
        let mut out = Vec::new();
        for pixel in 0..12 {
            self.split(&levels, Cell { order: 0, pixel }, max_rows.max(1), &mut out);
        }
        out
    }

    fn split(&self, levels: &[Vec<u64>], cell: Cell, max_rows: u64, out: &mut Vec<(Cell, u64)>) {
        let index = usize::try_from(cell.pixel).unwrap_or(usize::MAX);
        let rows = match levels.get(usize::from(cell.order)) {
            Some(level) => level.get(index).copied(),
            None => self.counts.get(index).map(|&n| u64::from(n)),
        };
        let rows = rows.unwrap_or(0);
        if rows == 0 {
            return;
        }
        if rows <= max_rows || cell.order == MAX_ORDER {
            out.push((cell, rows));
            return;
        }
        for child in 0..4 {
            let child = Cell { order: cell.order + 1, pixel: cell.pixel * 4 + child };
            self.split(levels, child, max_rows, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowded_cells_split_and_empty_ones_vanish() {
        let mut histogram = Histogram::default();
        let deep = |p: i64| p << (2 * 19);
        // 5 rows in one order-10 cell, 1 in its neighbour, 1 far away.
        (0..5).for_each(|_| histogram.add(deep(0)));
        histogram.add(deep(1));
        histogram.add((11 << 58) + 3);
        histogram.add(-1);
        assert_eq!(histogram.rows(), 7);
        let cells = histogram.partitions(5);
        assert_eq!(
            cells,
            vec![
                (Cell { order: 10, pixel: 0 }, 5),
                (Cell { order: 10, pixel: 1 }, 1),
                (Cell { order: 0, pixel: 11 }, 1),
            ]
        );
        assert_eq!(histogram.partitions(100).len(), 2);
    }
}
