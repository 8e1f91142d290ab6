//! Catalogues on disk: HEALPix-partitioned Parquet (IVOA Note "HATS", version 1.0).

pub mod collection;
pub mod partition;
pub mod place;
pub mod properties;
pub mod read;
pub mod stats;
pub mod write;

/// Deepest partition order that is written: cells of 3.4′.
pub const MAX_ORDER: u8 = 10;

/// A HEALPix cell that is one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// HEALPix order, 0 to 29.
    pub order: u8,
    /// Nested index at that order.
    pub pixel: u64,
}

impl Cell {
    /// First and one past the last order-29 index inside the cell.
    pub fn span(self) -> (i64, i64) {
        let shift = 2 * (29 - u32::from(self.order.min(29)));
        // Order 29 has 12·4²⁹ < 2⁶² cells, so neither end can overflow for a valid pixel.
        let low = i64::try_from(self.pixel).unwrap_or(i64::MAX >> 3).saturating_mul(1 << shift);
        (low, low.saturating_add(1 << shift))
    }

    /// Where the note puts the partition below `dataset/`, without the suffix: directories hold
    /// at most 10 000 partitions each.
    pub fn stem(self) -> String {
        let dir = self.pixel / 10_000 * 10_000;
        format!("Norder={}/Dir={dir}/Npix={}", self.order, self.pixel)
    }

    /// Path of the partition file below `dataset/`.
    pub fn file(self) -> String {
        format!("{}.parquet", self.stem())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_note() {
        let cell = Cell { order: 6, pixel: 12_345 };
        assert_eq!(cell.file(), "Norder=6/Dir=10000/Npix=12345.parquet");
    }

    #[test]
    fn spans_tile_the_sky() {
        assert_eq!(Cell { order: 0, pixel: 0 }.span(), (0, 1 << 58));
        assert_eq!(Cell { order: 0, pixel: 11 }.span().1, 12 << 58);
        let (low, high) = Cell { order: 29, pixel: 7 }.span();
        assert_eq!((low, high), (7, 8));
    }
}
