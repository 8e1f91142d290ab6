//! The picture that stands for a file.

use tenkyu_fits::Image;

use super::{Class, File, events, spectrum};
use crate::{
    archive::PreviewSize,
    preview::{self, Picture, Raster},
};

/// Pixels that are held at a time while an image is shrunk.
const STRIP: u64 = 1 << 24;
/// Planes of a cube that are added up; of longer ones every nth.
const PLANES: u64 = 64;

/// The pictures of a file; the reason where there can be none.
pub(super) fn pictures(fits: &File, class: &Class) -> Result<Vec<Picture>, String> {
    let none = || "there is nothing to draw".to_owned();
    let main = class.main.ok_or_else(none)?;
    let found = match class.product_type {
        Some("event") => events::read(fits, main)
            .and_then(|found| found.raster())
            .and_then(|r| preview::of_raster(&r)),
        Some("spectrum") => spectrum::read(fits, class)
            .and_then(|found| preview::line_plot(&found.x, &found.y))
            .and_then(preview::of_drawing),
        Some("image" | "cube") => {
            let image = fits.image(main).map_err(|e| e.to_string())?;
            let raster = shrink(&image).map_err(|e| e.to_string())?;
            raster.and_then(|r| preview::of_raster(&r))
        }
        // Lists and responses have no look of their own.
        _ => return Ok(Vec::new()),
    };
    found.ok_or_else(none)
}

/// An image (or the sum of a cube's planes) averaged over square blocks to preview size, strip by
/// strip, so that memory stays bounded.
fn shrink(image: &Image<'_, Vec<u8>>) -> Result<Option<Raster>, tenkyu_fits::FitsError> {
    let shape = image.shape();
    let (ax, ay) = plane_axes(shape);
    let (Some(nx), Some(ny)) = (shape.get(ax).copied(), shape.get(ay).copied()) else {
        return Ok(None);
    };
    let limit = u64::from(PreviewSize::Full.pixels());
    let block = nx.max(ny).div_ceil(limit).max(1);
    let (width, height) = (nx.div_ceil(block), ny.div_ceil(block));
    let mut sums = Sums::new(width, height, block);
    // Tiles of compressed images are decoded whole: strips follow them.
    let tile_rows = image.tile_shape().and_then(|tile| tile.get(ay).copied()).unwrap_or(1).max(1);
    let rows = (STRIP / nx.max(1)).max(1).next_multiple_of(tile_rows).min(ny);
    for higher in planes(shape, ax, ay) {
        let mut from = 0;
        while from < ny {
            let to = (from + rows).min(ny);
            let section: Vec<_> = (0..shape.len())
                .map(|axis| {
                    if axis == ax {
                        0..nx
                    } else if axis == ay {
                        from..to
                    } else {
                        let at = higher.get(axis).copied().unwrap_or(0);
                        at..at + 1
                    }
                })
                .collect();
            let values = image.raw_section(&section)?.values_f32(&image.scaling());
            sums.add(&values, nx, from);
            from = to;
        }
    }
    Ok(sums.finish())
}

/// The first two axes with more than one element; the first two otherwise.
fn plane_axes(shape: &[u64]) -> (usize, usize) {
    let mut real = shape.iter().enumerate().filter(|(_, n)| **n > 1).map(|(axis, _)| axis);
    match (real.next(), real.next()) {
        (Some(a), Some(b)) => (a, b),
        _ => (0, 1),
    }
}

/// The planes to add: those along the longest further axis, at the middle of the others.
fn planes(shape: &[u64], ax: usize, ay: usize) -> Vec<Vec<u64>> {
    let middle: Vec<u64> = shape.iter().map(|n| n / 2).collect();
    let further = (0..shape.len()).filter(|axis| *axis != ax && *axis != ay);
    let Some(axis) = further.max_by_key(|axis| shape.get(*axis).copied().unwrap_or(0)) else {
        return vec![middle];
    };
    let n = shape.get(axis).copied().unwrap_or(1).max(1);
    let step = usize::try_from(n.div_ceil(PLANES)).unwrap_or(1).max(1);
    (0..n)
        .step_by(step)
        .map(|at| {
            let mut place = middle.clone();
            if let Some(slot) = place.get_mut(axis) {
                *slot = at;
            }
            place
        })
        .collect()
}

/// Averages over blocks, without the pixels that have no value.
struct Sums {
    width: u64,
    height: u64,
    block: u64,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Sums {
    fn new(width: u64, height: u64, block: u64) -> Sums {
        let cells = usize::try_from(width * height).unwrap_or(0);
        Sums { width, height, block, sums: vec![0.0; cells], counts: vec![0; cells] }
    }

    fn add(&mut self, values: &[f32], nx: u64, first_row: u64) {
        let Ok(row_length) = usize::try_from(nx) else { return };
        for (row, line) in (first_row..).zip(values.chunks_exact(row_length.max(1))) {
            let start = row / self.block * self.width;
            for (column, value) in (0_u64..).zip(line) {
                if !value.is_finite() {
                    continue;
                }
                let Ok(cell) = usize::try_from(start + column / self.block) else { continue };
                if let (Some(sum), Some(count)) =
                    (self.sums.get_mut(cell), self.counts.get_mut(cell))
                {
                    *sum += f64::from(*value);
                    *count += 1;
                }
            }
        }
    }

    fn finish(self) -> Option<Raster> {
        let mean = |(sum, count): (f64, u32)| {
            if count == 0 { f32::NAN } else { (sum / f64::from(count)) as f32 }
        };
        let values = self.sums.into_iter().zip(self.counts).map(mean).collect();
        Raster::new(usize::try_from(self.width).ok()?, usize::try_from(self.height).ok()?, values)
    }
}
