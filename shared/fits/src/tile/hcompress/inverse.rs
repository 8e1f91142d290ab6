//! The inverse Haar transform of HCOMPRESS, with optional smoothing.

use super::log2;

/// Undoes the transform in place. `smooth` holds the scale factor where smoothing is wanted.
///
/// All arithmetic wraps: a broken stream gives wrong pixels, not a panic.
pub(super) fn transform(a: &mut [i64], nx: usize, ny: usize, smooth: Option<i64>) {
    let log2n = log2(nx.max(ny));
    let mut bits = Bits::new(log2n);
    if let Some(first) = a.first_mut() {
        *first = round(*first, bits.bit2 >> 1, 0, !(bits.bit2 - 1));
    }
    let (mut rows, mut columns) = (1_usize, 1_usize);
    let (mut x_left, mut y_left) = (nx, ny);
    let mut c = 1_usize << log2n;
    let mut scratch = Vec::new();
    for level in (0..log2n).rev() {
        c >>= 1;
        rows = super::grow(rows, &mut x_left, c);
        columns = super::grow(columns, &mut y_left, c);
        bits.last = level == 0;
        for row in 0..rows {
            unshuffle(a, row * ny, 1, columns, &mut scratch);
        }
        for column in 0..columns {
            unshuffle(a, column, ny, rows, &mut scratch);
        }
        if let Some(scale) = smooth {
            Smooth { a, rows, columns, stride: ny, limit: scale >> 1 }.run();
        }
        level_up(a, rows, columns, ny, &bits);
        bits.halve();
    }
}

/// The bits that the coefficients of a level are rounded to.
struct Bits {
    bit0: i64,
    bit1: i64,
    bit2: i64,
    /// The last level divides by 4, the others by 2.
    last: bool,
}

impl Bits {
    fn new(log2n: u32) -> Bits {
        let bit0 = if log2n == 0 { 0 } else { 1_i64 << (log2n - 1) };
        let bit1 = 1_i64 << log2n;
        Bits { bit0, bit1, bit2: bit1 << 1, last: false }
    }

    fn halve(&mut self) {
        self.bit2 = self.bit1;
        self.bit1 = self.bit0;
        self.bit0 >>= 1;
    }

    fn shift(&self) -> u32 {
        if self.last { 2 } else { 1 }
    }

    /// To a multiple of `bit1`.
    fn round1(&self, value: i64) -> i64 {
        round(value, self.bit1 >> 1, 0, !(self.bit1 - 1))
    }

    /// To a multiple of `bit0`; nothing is taken off negative numbers at the last level.
    fn round0(&self, value: i64) -> i64 {
        round(value, self.bit0 >> 1, i64::from(self.last), !(self.bit0 - 1))
    }
}

/// Half is rounded away from zero.
fn round(value: i64, half: i64, spare: i64, mask: i64) -> i64 {
    let add = if value >= 0 { half } else { half - 1 + spare };
    value.wrapping_add(add) & mask
}

/// Interleaves the first and the second half of a line.
fn unshuffle(a: &mut [i64], start: usize, step: usize, n: usize, scratch: &mut Vec<i64>) {
    scratch.clear();
    scratch.extend((0..n).filter_map(|i| a.get(start + i * step)));
    let half = n.div_ceil(2);
    for i in 0..n {
        let from = if i % 2 == 0 { i / 2 } else { half + i / 2 };
        if let (Some(to), Some(value)) = (a.get_mut(start + i * step), scratch.get(from)) {
            *to = *value;
        }
    }
}

fn level_up(a: &mut [i64], rows: usize, columns: usize, stride: usize, bits: &Bits) {
    for row in (0..rows).step_by(2) {
        let start = row * stride;
        if row + 1 < rows {
            let Some(pair) = a.get_mut(start..start + stride + columns) else { return };
            let (upper, lower) = pair.split_at_mut(stride);
            let upper = upper.get_mut(..columns).unwrap_or_default();
            two_rows(upper, lower, bits);
        } else {
            let Some(line) = a.get_mut(start..start + columns) else { return };
            for pair in line.chunks_mut(2) {
                match pair {
                    [first, second] => (*first, *second) = halves(*first, *second, bits),
                    [single] => *single >>= bits.shift(),
                    _ => {}
                }
            }
        }
    }
}

fn two_rows(upper: &mut [i64], lower: &mut [i64], bits: &Bits) {
    for (upper, lower) in upper.chunks_mut(2).zip(lower.chunks_mut(2)) {
        match (upper, lower) {
            ([s00, s01], [s10, s11]) => {
                [*s00, *s01, *s10, *s11] = block(*s00, *s10, *s01, *s11, bits);
            }
            ([s00], [s10]) => (*s00, *s10) = halves(*s00, *s10, bits),
            _ => {}
        }
    }
}

/// Four pixels from the sum and the three differences.
fn block(h0: i64, hx: i64, hy: i64, hc: i64, bits: &Bits) -> [i64; 4] {
    let (hx, hy, hc) = (bits.round1(hx), bits.round1(hy), bits.round0(hc));
    let low0 = hc & bits.bit0;
    let inward = |h: i64| if h >= 0 { h.wrapping_sub(low0) } else { h.wrapping_add(low0) };
    let (hx, hy) = (inward(hx), inward(hy));
    let low1 = (hc ^ hx ^ hy) & bits.bit1;
    let h0 = h0.wrapping_add(if h0 >= 0 || low0 != 0 { low0 - low1 } else { low1 });
    let sum =
        |x: i64, y: i64, c: i64| h0.wrapping_add(x).wrapping_add(y).wrapping_add(c) >> bits.shift();
    let neg = i64::wrapping_neg;
    [
        sum(neg(hx), neg(hy), hc),
        sum(neg(hx), hy, neg(hc)),
        sum(hx, neg(hy), neg(hc)),
        sum(hx, hy, hc),
    ]
}

/// Two pixels at the edge of an odd axis from their sum and difference.
fn halves(h0: i64, h1: i64, bits: &Bits) -> (i64, i64) {
    let h1 = bits.round1(h1);
    let low1 = h1 & bits.bit1;
    let h0 = if h0 >= 0 { h0.wrapping_sub(low1) } else { h0.wrapping_add(low1) };
    (h0.wrapping_sub(h1) >> bits.shift(), h0.wrapping_add(h1) >> bits.shift())
}

/// Adjusts differences towards those of a smooth surface, within what quantisation allows.
struct Smooth<'a> {
    a: &'a mut [i64],
    rows: usize,
    columns: usize,
    stride: usize,
    limit: i64,
}

impl Smooth<'_> {
    fn run(&mut self) {
        if self.limit <= 0 {
            return;
        }
        let stride = self.stride;
        for row in inner(self.rows) {
            for column in (0..self.columns).step_by(2) {
                self.slope(row * stride + column, 2 * stride, stride);
            }
        }
        for row in (0..self.rows).step_by(2) {
            for column in inner(self.columns) {
                self.slope(row * stride + column, 2, 1);
            }
        }
        for row in inner(self.rows) {
            for column in inner(self.columns) {
                self.curvature(row * stride + column);
            }
        }
    }

    fn get(&self, at: usize) -> i64 {
        self.a.get(at).copied().unwrap_or(0)
    }

    /// `two` leads to the next sum, `one` to the difference of this one. On an odd last row or
    /// column there is no difference to adjust.
    fn slope(&mut self, at: usize, two: usize, one: usize) {
        let (below, here, above) = (self.get(at - two), self.get(at), self.get(at + two));
        let (up, down) = (above.wrapping_sub(here), here.wrapping_sub(below));
        let most = up.min(down).max(0).wrapping_mul(4);
        let least = up.max(down).min(0).wrapping_mul(4);
        let difference = above.wrapping_sub(below);
        self.adjust(at + one, difference, least, most, 3);
    }

    fn curvature(&mut self, at: usize) {
        let s = self.stride;
        let h0 = self.get(at);
        let mm = self.get(at - 2 * s - 2);
        let pm = self.get(at + 2 * s - 2);
        let mp = self.get(at - 2 * s + 2);
        let pp = self.get(at + 2 * s + 2);
        let hx2 = self.get(at + s).wrapping_mul(2);
        let hy2 = self.get(at + 1).wrapping_mul(2);
        let d = i64::wrapping_sub;
        let both = hx2.wrapping_add(hy2);
        let apart = d(hx2, hy2);
        let most = [
            d(d(pp, h0).max(0), both),
            d(h0, pm).max(0).wrapping_add(apart),
            d(d(h0, mp).max(0), apart),
            d(mm, h0).max(0).wrapping_add(both),
        ];
        let least = [
            d(d(pp, h0).min(0), both),
            d(h0, pm).min(0).wrapping_add(apart),
            d(d(h0, mp).min(0), apart),
            d(mm, h0).min(0).wrapping_add(both),
        ];
        let most = most.into_iter().min().unwrap_or(0).wrapping_mul(16);
        let least = least.into_iter().max().unwrap_or(0).wrapping_mul(16);
        let difference = d(d(pp.wrapping_add(mm), mp), pm);
        self.adjust(at + s + 1, difference, least, most, 6);
    }

    /// Moves a coefficient towards `wanted / 2^shift`, the fraction cut towards zero.
    fn adjust(&mut self, at: usize, wanted: i64, least: i64, most: i64, shift: u32) {
        if least >= most {
            return;
        }
        let limit = self.limit;
        let Some(value) = self.a.get_mut(at) else { return };
        let target = wanted.min(most).max(least);
        let step = target.wrapping_sub(value.wrapping_mul(1 << shift));
        let round = if step >= 0 { 0 } else { (1 << shift) - 1 };
        let step = step.wrapping_add(round) >> shift;
        *value = value.wrapping_add(step.clamp(-limit, limit));
    }
}

/// Every second index, two away from both ends.
fn inner(n: usize) -> std::iter::StepBy<std::ops::Range<usize>> {
    (2..n.saturating_sub(2).max(2)).step_by(2)
}
