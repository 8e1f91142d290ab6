//! HCOMPRESS_1 (FITS 4.0 §10.4.4; White, Postman & Lattanzi 1992): a two-dimensional Haar
//! transform whose bit planes are coded as quadtrees.
//!
//! `nx` is the slow and `ny` the fast axis, as in the format's own header.

mod inverse;

/// Decodes a tile of `count` pixels; `smooth` reduces blocking at high compression.
pub(super) fn decode(bytes: &[u8], count: usize, smooth: bool) -> Result<Vec<i32>, String> {
    let ended = || "the stream ends early".to_owned();
    let mut input = Input { bytes, at: 0, bits: 0, held: 0 };
    if input.raw::<2>().ok_or_else(ended)? != [0xDD, 0x99] {
        return Err("no HCOMPRESS stream".to_owned());
    }
    let mut int = || input.raw::<4>().map(i32::from_be_bytes).ok_or_else(ended);
    let (nx, ny, scale) = (int()?, int()?, int()?);
    let (nx, ny) = (usize::try_from(nx).unwrap_or(0), usize::try_from(ny).unwrap_or(0));
    if nx.checked_mul(ny) != Some(count) || count == 0 {
        return Err(format!("{nx} × {ny} pixels, {count} expected"));
    }
    let sum = input.raw::<8>().map(i64::from_be_bytes).ok_or_else(ended)?;
    let planes = input.raw::<3>().ok_or_else(ended)?;
    let mut a: Vec<i64> = Vec::new();
    a.try_reserve_exact(count).map_err(|error| error.to_string())?;
    a.resize(count, 0);
    let (nx2, ny2) = (nx.div_ceil(2), ny.div_ceil(2));
    let quadrants = [
        (0, nx2, ny2, planes[0]),
        (ny2, nx2, ny / 2, planes[1]),
        (ny * nx2, nx / 2, ny2, planes[1]),
        (ny * nx2 + ny2, nx / 2, ny / 2, planes[2]),
    ];
    for (start, rows, columns, planes) in quadrants {
        if planes > 62 {
            return Err(format!("{planes} bit planes"));
        }
        let mut tree = Quadtree { a: &mut a, start, stride: ny, rows, columns };
        tree.decode(&mut input, u32::from(planes)).ok_or("a quadtree is broken")?;
    }
    if input.nybble().ok_or_else(ended)? != 0 {
        return Err("the end mark is missing".to_owned());
    }
    input.align();
    for value in a.iter_mut().filter(|value| **value != 0) {
        if input.bit().ok_or_else(ended)? == 1 {
            *value = value.wrapping_neg();
        }
    }
    if let Some(first) = a.first_mut() {
        *first = sum;
    }
    if scale > 1 {
        a.iter_mut().for_each(|value| *value = value.wrapping_mul(i64::from(scale)));
    }
    inverse::transform(&mut a, nx, ny, smooth.then_some(i64::from(scale)));
    Ok(a.into_iter().map(|value| value as i32).collect())
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    bits: u32,
    held: u32,
}

impl Input<'_> {
    fn raw<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(*bytes)
    }

    /// Forgets the rest of the byte.
    fn align(&mut self) {
        self.held = 0;
    }

    /// The next `n` bits, at most 8.
    fn take(&mut self, n: u32) -> Option<u32> {
        if self.held < n {
            self.bits = (self.bits << 8) | u32::from(*self.bytes.get(self.at)?);
            self.at += 1;
            self.held += 8;
        }
        self.held -= n;
        Some((self.bits >> self.held) & ((1 << n) - 1))
    }

    fn bit(&mut self) -> Option<u32> {
        self.take(1)
    }

    fn nybble(&mut self) -> Option<u8> {
        self.take(4).map(|n| n as u8)
    }

    /// A nybble in the fixed Huffman code of the format.
    fn huffman(&mut self) -> Option<u8> {
        let mut code = self.take(3)?;
        if code < 4 {
            return Some(1 << code);
        }
        code = (code << 1) | self.bit()?;
        if let Some(value) = match code {
            8 => Some(3),
            9 => Some(5),
            10 => Some(10),
            11 => Some(12),
            12 => Some(15),
            _ => None,
        } {
            return Some(value);
        }
        code = (code << 1) | self.bit()?;
        if let Some(value) = match code {
            26 => Some(6),
            27 => Some(7),
            28 => Some(9),
            29 => Some(11),
            30 => Some(13),
            _ => None,
        } {
            return Some(value);
        }
        code = (code << 1) | self.bit()?;
        Some(if code == 62 { 0 } else { 14 })
    }
}

/// One quadrant of the transform: `rows` × `columns` values at `start` of a wider array.
struct Quadtree<'a> {
    a: &'a mut [i64],
    start: usize,
    stride: usize,
    rows: usize,
    columns: usize,
}

impl Quadtree<'_> {
    fn decode(&mut self, input: &mut Input<'_>, planes: u32) -> Option<()> {
        let (rows, columns) = (self.rows, self.columns);
        let log2n = log2(rows.max(columns));
        let quads = rows.div_ceil(2) * columns.div_ceil(2);
        for bit in (0..planes).rev() {
            let nybbles = match input.nybble()? {
                0 => {
                    // A nybble takes half a byte: what the input cannot hold is not allocated.
                    (quads / 2 <= input.bytes.len()).then_some(())?;
                    (0..quads).map(|_| input.nybble()).collect::<Option<Vec<u8>>>()?
                }
                15 => tree(input, rows, columns, log2n)?,
                _ => return None,
            };
            self.insert(&nybbles, bit);
        }
        Some(())
    }

    /// Sets one bit of every value from nybbles of 2 × 2 values.
    fn insert(&mut self, nybbles: &[u8], bit: u32) {
        let across = self.columns.div_ceil(2);
        for row in 0..self.rows {
            let start = self.start + row * self.stride;
            let Some(line) = self.a.get_mut(start..start + self.columns) else { return };
            let quads = nybbles.get(row / 2 * across..).unwrap_or_default();
            let high = if row % 2 == 0 { 3 } else { 1 };
            for (pair, nybble) in line.chunks_mut(2).zip(quads) {
                for (value, shift) in pair.iter_mut().zip([high, high - 1]) {
                    *value |= i64::from((nybble >> shift) & 1) << bit;
                }
            }
        }
    }
}

/// Reads a quadtree down to its nybbles of 2 × 2 values.
fn tree(input: &mut Input<'_>, rows: usize, columns: usize, log2n: u32) -> Option<Vec<u8>> {
    let mut level = vec![input.huffman()?];
    let (mut nx, mut ny) = (1_usize, 1_usize);
    let (mut x_left, mut y_left) = (rows, columns);
    let mut c = 1_usize << log2n;
    for _ in 1..log2n {
        c >>= 1;
        nx = grow(nx, &mut x_left, c);
        ny = grow(ny, &mut y_left, c);
        level = expand(input, &level, nx, ny)?;
    }
    Some(level)
}

/// Doubles a size, one less where the axis does not reach into the last half.
fn grow(n: usize, left: &mut usize, c: usize) -> usize {
    if *left <= c {
        n * 2 - 1
    } else {
        *left -= c;
        n * 2
    }
}

/// One level down: each set bit of a nybble is replaced by a nybble of its own. Nybbles come in
/// the order of the encoder, last first.
fn expand(input: &mut Input<'_>, level: &[u8], nx: usize, ny: usize) -> Option<Vec<u8>> {
    let across = ny.div_ceil(2);
    let mut out = vec![0_u8; nx.checked_mul(ny)?];
    for (row, line) in out.chunks_mut(ny.max(1)).enumerate().rev() {
        let quads = level.get(row / 2 * across..).unwrap_or_default();
        let high = if row % 2 == 0 { 3 } else { 1 };
        for (column, value) in line.iter_mut().enumerate().rev() {
            let nybble = quads.get(column / 2).copied().unwrap_or(0);
            if (nybble >> (high - column % 2)) & 1 == 1 {
                *value = input.huffman()?;
            }
        }
    }
    Some(out)
}

/// The least `k` with `2ᵏ ≥ n`.
fn log2(n: usize) -> u32 {
    n.max(1).next_power_of_two().trailing_zeros()
}
