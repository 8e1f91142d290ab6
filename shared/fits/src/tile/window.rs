//! Copying the part that two rectangular windows of one image share.

use std::ops::Range;

use crate::pixels::PixelData;

/// Two windows of one image, one range for each axis, first axis fastest.
pub(super) struct Window<'a> {
    pub(super) from: &'a [Range<u64>],
    pub(super) to: &'a [Range<u64>],
}

impl Window<'_> {
    /// Copies what both have from the pixels of one to the pixels of the other, of one type.
    pub(super) fn copy(&self, source: &PixelData, target: &mut PixelData) {
        match (source, target) {
            (PixelData::U8(s), PixelData::U8(t)) => self.lines(s, t),
            (PixelData::I16(s), PixelData::I16(t)) => self.lines(s, t),
            (PixelData::I32(s), PixelData::I32(t)) => self.lines(s, t),
            (PixelData::I64(s), PixelData::I64(t)) => self.lines(s, t),
            (PixelData::F32(s), PixelData::F32(t)) => self.lines(s, t),
            (PixelData::F64(s), PixelData::F64(t)) => self.lines(s, t),
            // Tiles are decoded to the type of the image.
            _ => {}
        }
    }

    fn lines<T: Copy>(&self, source: &[T], target: &mut [T]) {
        let shared: Vec<Range<u64>> = self
            .from
            .iter()
            .zip(self.to)
            .map(|(a, b)| a.start.max(b.start)..a.end.min(b.end))
            .collect();
        if shared.iter().any(|range| range.start >= range.end) {
            return;
        }
        let Some(first) = shared.first() else { return };
        let length = (first.end - first.start) as usize;
        let mut at: Vec<u64> = shared.iter().map(|range| range.start).collect();
        loop {
            let (s, t) = (offset(&at, self.from), offset(&at, self.to));
            if let (Some(s), Some(t)) = (source.get(s..s + length), target.get_mut(t..t + length)) {
                t.copy_from_slice(s);
            }
            // Over the other axes, line by line.
            if !super::advance(
                at.get_mut(1..).unwrap_or_default(),
                shared.get(1..).unwrap_or_default(),
            ) {
                return;
            }
        }
    }
}

/// Position of a pixel in a window's array.
fn offset(at: &[u64], window: &[Range<u64>]) -> usize {
    at.iter()
        .zip(window)
        .rev()
        .fold(0, |offset, (at, range)| offset * (range.end - range.start) + (at - range.start))
        as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shared_part_is_copied() {
        // A 2 × 2 tile at (1, 1) of a 3 × 3 image, into rows 2..3 of the whole.
        let source = PixelData::U8(vec![11, 21, 12, 22]);
        let mut target = PixelData::U8(vec![0; 3]);
        Window { from: &[1..3, 1..3], to: &[0..3, 2..3] }.copy(&source, &mut target);
        assert_eq!(target, PixelData::U8(vec![0, 12, 22]));
        let mut target = PixelData::U8(vec![0; 1]);
        Window { from: &[1..3, 1..3], to: &[0..1, 0..1] }.copy(&source, &mut target);
        assert_eq!(target, PixelData::U8(vec![0]));
    }
}
