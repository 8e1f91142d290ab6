//! Mipmaps: means of the finite pixels in blocks of 4, 8, 16, … pixels, built a few rows at a time
//! so that a frame never waits for them.
//!
//! Level 0 is the raster. Level 1 is averaged when a tile of it is wanted: stored, it would take a
//! quarter of the image. Levels 2 and up are stored.

use super::raster::Raster;
use crate::clock::now_ms;

/// The first level that is stored.
const FIRST: usize = 2;

/// A level whose longer side is at most this is the last.
const LAST_SIDE: usize = 128;

/// A level of averages.
#[derive(Clone, Debug, Default)]
struct Level {
    width: usize,
    height: usize,
    rows_done: usize,
    data: Vec<f32>,
}

/// The levels above the raster, as derived singles ([`Raster::derived_of`]).
#[derive(Clone, Debug)]
pub struct Pyramid {
    levels: Vec<Level>,
    count: usize,
    extent: Extent,
    /// Scratch for rows of the raster.
    row: Vec<f32>,
}

/// Smallest and largest finite value and how many there are, of the rows read so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Smallest, derived.
    pub low: f32,
    /// Largest, derived.
    pub high: f32,
    /// Finite pixels.
    pub finite: u64,
    /// Rows read.
    pub rows: usize,
}

impl Pyramid {
    /// Room for the levels of a raster; nothing is computed yet.
    pub fn new(raster: &Raster) -> Pyramid {
        let count = level_count(raster.width(), raster.height());
        let levels = (FIRST..count)
            .map(|level| {
                let (width, height) = level_size(raster, level);
                Level { width, height, rows_done: 0, data: vec![f32::NAN; width * height] }
            })
            .collect();
        let extent = Extent { low: f32::INFINITY, high: f32::NEG_INFINITY, finite: 0, rows: 0 };
        Pyramid { levels, count, extent, row: vec![0.0; raster.width()] }
    }

    /// Levels, the raster included.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What the rows read so far hold.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Whether every row was read.
    pub fn is_done(&self, raster: &Raster) -> bool {
        self.extent.rows >= raster.height()
    }

    /// Whether the texels of rows below `end` of a level are there.
    pub fn has_rows(&self, raster: &Raster, level: usize, end: usize) -> bool {
        match level.checked_sub(FIRST) {
            None => true,
            Some(i) => {
                let (_, height) = level_size(raster, level);
                self.levels.get(i).is_some_and(|l| l.rows_done >= end.min(height))
            }
        }
    }

    /// Works for about `budget_ms`; true when all is done.
    pub fn advance(&mut self, raster: &Raster, budget_ms: f64) -> bool {
        let start = now_ms();
        while !self.is_done(raster) {
            self.band(raster);
            if now_ms() - start > budget_ms {
                break;
            }
        }
        self.is_done(raster)
    }

    /// Reads the next rows, as many as make a row of the first stored level.
    fn band(&mut self, raster: &Raster) {
        let rows = 1 << FIRST;
        let y0 = self.extent.rows;
        let end = (y0 + rows).min(raster.height());
        let width = self.levels.first().map_or(0, |level| level.width);
        let mut sums = vec![(0.0_f32, 0.0_f32); width];
        for y in y0..end {
            raster.derived_row(y, 0, &mut self.row);
            self.extent.add(&self.row);
            for (sum, block) in sums.iter_mut().zip(self.row.chunks(rows)) {
                for value in block.iter().filter(|v| v.is_finite()) {
                    sum.0 += value;
                    sum.1 += 1.0;
                }
            }
        }
        self.extent.rows = end;
        if let Some(level) = self.levels.first_mut() {
            let row = level.rows_done;
            let out = level.data.chunks_exact_mut(width.max(1)).nth(row).unwrap_or_default();
            for (slot, (sum, n)) in out.iter_mut().zip(sums) {
                *slot = if n > 0.0 { sum / n } else { f32::NAN };
            }
            level.rows_done += 1;
        }
        self.propagate();
    }

    /// Averages finished rows into the levels above.
    fn propagate(&mut self) {
        for i in 1..self.levels.len() {
            let (below, above) = self.levels.split_at_mut(i);
            let (Some(below), Some(above)) = (below.last(), above.first_mut()) else { return };
            while above.rows_done < above.height {
                let top = 2 * above.rows_done + 1;
                if below.rows_done <= top.min(below.height - 1) {
                    return;
                }
                let out = above.data.chunks_exact_mut(above.width).nth(above.rows_done);
                for (x, slot) in out.unwrap_or_default().iter_mut().enumerate() {
                    *slot = below.mean2(2 * x, top - 1);
                }
                above.rows_done += 1;
            }
        }
    }

    /// A rectangle of a level's texels. Level 1 is averaged now.
    pub fn tile(
        &self,
        raster: &Raster,
        level: usize,
        x0: usize,
        y0: usize,
        width: usize,
        height: usize,
    ) -> Vec<f32> {
        match level.checked_sub(FIRST) {
            None => average_pairs(raster, x0, y0, width, height),
            Some(i) => {
                let Some(level) = self.levels.get(i) else { return Vec::new() };
                let rows = level.data.chunks_exact(level.width.max(1)).skip(y0).take(height);
                rows.filter_map(|row| row.get(x0..x0 + width)).flatten().copied().collect()
            }
        }
    }
}

impl Extent {
    fn add(&mut self, row: &[f32]) {
        for value in row.iter().filter(|v| v.is_finite()) {
            self.low = self.low.min(*value);
            self.high = self.high.max(*value);
            self.finite += 1;
        }
    }
}

impl Level {
    /// Mean of the finite ones of 2 × 2 texels.
    fn mean2(&self, x: usize, y: usize) -> f32 {
        let (mut sum, mut n) = (0.0, 0.0);
        for y in y..(y + 2).min(self.height) {
            let row = self.data.get(y * self.width + x..y * self.width + (x + 2).min(self.width));
            for value in row.unwrap_or_default().iter().filter(|v| v.is_finite()) {
                sum += value;
                n += 1.0;
            }
        }
        if n > 0.0 { sum / n } else { f32::NAN }
    }
}

/// Size of a level in texels.
pub fn level_size(raster: &Raster, level: usize) -> (usize, usize) {
    let part = |n: usize| n.div_ceil(1 << level.min(62));
    (part(raster.width()), part(raster.height()))
}

fn level_count(width: usize, height: usize) -> usize {
    let longest = width.max(height);
    (0..62).find(|level| longest.div_ceil(1 << level) <= LAST_SIDE).unwrap_or(62) + 1
}

/// Level 1: means of 2 × 2 pixels of the raster.
fn average_pairs(raster: &Raster, x0: usize, y0: usize, width: usize, height: usize) -> Vec<f32> {
    let first = (2 * x0).min(raster.width());
    let columns = (2 * width).min(raster.width() - first);
    let mut rows = [vec![f32::NAN; columns], vec![f32::NAN; columns]];
    let mut out = Vec::with_capacity(width * height);
    for y in y0..y0 + height {
        for (dy, row) in rows.iter_mut().enumerate() {
            if 2 * y + dy < raster.height() {
                raster.derived_row(2 * y + dy, first, row);
            } else {
                row.fill(f32::NAN);
            }
        }
        let [low, high] = &rows;
        out.extend(low.chunks(2).zip(high.chunks(2)).map(|(a, b)| {
            let (mut sum, mut n) = (0.0, 0.0);
            for value in a.iter().chain(b).filter(|v| v.is_finite()) {
                sum += value;
                n += 1.0;
            }
            if n > 0.0 { sum / n } else { f32::NAN }
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenkyu_fits::{PixelData, Scaling};

    fn raster(width: usize, height: usize, f: impl Fn(usize, usize) -> f32) -> Raster {
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| f(x, y));
        Raster::owned(width, height, PixelData::F32(data.collect()), Scaling::IDENTITY).unwrap()
    }

    /// Mean of the finite pixels of a block, by definition.
    fn mean(raster: &Raster, x: usize, y: usize, size: usize) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for y in y * size..((y + 1) * size).min(raster.height()) {
            for x in x * size..((x + 1) * size).min(raster.width()) {
                let value = raster.pixel(x, y).and_then(|p| p.raw(0)).unwrap();
                if value.is_finite() {
                    sum += value;
                    n += 1.0;
                }
            }
        }
        sum / n
    }

    #[test]
    fn levels_are_means_of_finite_pixels() {
        let r = raster(602, 333, |x, y| {
            if (x * 7 + y * 3) % 11 == 0 { f32::NAN } else { (x * y % 97) as f32 }
        });
        let mut pyramid = Pyramid::new(&r);
        assert!(!pyramid.has_rows(&r, 2, 1));
        while !pyramid.advance(&r, 0.0) {}
        let (w, h) = level_size(&r, 1);
        let tile = pyramid.tile(&r, 1, w - 9, h - 9, 9, 9);
        assert_eq!(tile.len(), 81);
        for (i, value) in tile.iter().enumerate() {
            let want = mean(&r, w - 9 + i % 9, h - 9 + i / 9, 2);
            assert!((f64::from(*value) - want).abs() < 1e-4);
        }
        let (w, h) = level_size(&r, 2);
        let tile = pyramid.tile(&r, 2, 0, 0, w, h);
        for (i, value) in tile.iter().enumerate() {
            let want = mean(&r, i % w, i / w, 4);
            assert!((f64::from(*value) - want).abs() < 1e-3, "{i} {value} {want}");
        }
        // Higher levels weigh blocks, not pixels: close, and finite everywhere.
        assert_eq!(pyramid.count(), 4);
        let (w, h) = level_size(&r, 3);
        let tile = pyramid.tile(&r, 3, 0, 0, w, h);
        // (blocks cut by the edge of the image weigh most differently).
        for (i, value) in tile.iter().enumerate().filter(|(i, _)| i % w < w - 1 && i / w < h - 1) {
            let want = mean(&r, i % w, i / w, 8);
            assert!((f64::from(*value) - want).abs() < 2.0, "{i} {value} {want}");
        }
        assert!(tile.iter().all(|v| (0.0..=96.0).contains(v)));
        assert_eq!((pyramid.extent().low, pyramid.extent().high), (0.0, 96.0));
    }

    #[test]
    fn odd_and_tiny_sizes_work() {
        for (w, h) in [(1, 1), (1, 700), (257, 1), (129, 129), (5, 3)] {
            let r = raster(w, h, |x, y| (x + y) as f32);
            let mut pyramid = Pyramid::new(&r);
            while !pyramid.advance(&r, 0.0) {}
            for level in 1..pyramid.count() {
                let (lw, lh) = level_size(&r, level);
                assert!(pyramid.has_rows(&r, level, lh));
                let tile = pyramid.tile(&r, level, 0, 0, lw, lh);
                assert!(tile.len() == lw * lh && tile.iter().all(|v| v.is_finite()));
            }
        }
    }
}
