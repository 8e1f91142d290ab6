//! Fuzzing on the stable toolchain: queries of the corpus, cut, doubled, mixed and sprinkled with
//! foreign bytes. It takes three seconds; `TENKYU_FUZZ_SECONDS` makes it take as long as wanted,
//! and `TENKYU_FUZZ_SEED` begins elsewhere.

#[path = "support/invariants.rs"]
mod invariants;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

/// No query may keep the parser longer than this, even where the machine is busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pieces that make a parser think.
const PIECES: &[&str] = &[
    "(",
    ")",
    "((((((((",
    "))))",
    "'",
    "\"",
    "''",
    "--",
    "\n",
    ",",
    ".",
    ";",
    "*",
    "||",
    "++++++++++++++++",
    "- - - - - - - - ",
    "<>",
    "!=",
    "1e",
    "1e999",
    "18446744073709551616",
    "9223372036854775808",
    "0x1",
    "NOT ",
    "AND ",
    "SELECT ",
    "FROM ",
    "WITH a AS (",
    "UNION ALL ",
    "IN (",
    "BETWEEN ",
    "EXISTS (",
    "CAST(",
    " AS ",
    "POINT(",
    "CIRCLE(",
    "POLYGON(",
    "TIMESTAMP '",
    "INTERVAL '",
    "_healpix_29",
    "\u{feff}",
    "天",
    "＝",
    "\0",
    "\r",
    "é",
    "🔭",
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (limit.max(1) as u64)).unwrap_or(0)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..(start + self.below(24)).min(length)
    }
}

fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let range = random.range(bytes.len());
        match random.below(7) {
            0 => drop(bytes.drain(range)),
            1 => {
                let piece = bytes[range.clone()].to_vec();
                let times = 1 + random.below(40);
                bytes.splice(range, piece.repeat(times));
            }
            2 => drop(
                bytes.splice(range.start..range.start, PIECES[random.below(PIECES.len())].bytes()),
            ),
            3 => drop(bytes.splice(range, PIECES[random.below(PIECES.len())].bytes())),
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let piece = other[random.range(other.len())].to_vec();
                bytes.splice(range.start..range.start, piece);
            }
            5 => bytes.truncate(range.start),
            _ => {
                if let Some(byte) = bytes.get_mut(range.start) {
                    *byte = u8::try_from(random.below(256)).unwrap_or(0);
                }
            }
        }
        bytes.truncate(20_000);
    }
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    for folder in ["tests/corpus", "tests/cases", "../../fuzz/corpus/query"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let text = std::fs::read(entry.path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            seeds.extend(text.split("\n\n").map(|case| case.as_bytes().to_vec()));
        }
    }
    seeds
}

#[test]
fn nothing_that_is_like_a_query_breaks_the_parser() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = Duration::from_secs(number("TENKYU_FUZZ_SECONDS").unwrap_or(3));
    let mut random = Random(number("TENKYU_FUZZ_SEED").unwrap_or(1));
    let seeds = seeds();
    assert!(seeds.len() > 60, "{}", seeds.len());
    let start = Instant::now();
    let mut tried = 0u64;
    while start.elapsed() < time {
        let bytes = mutated(&seeds, &mut random);
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| invariants::hold(&bytes)));
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        assert!(outcome.is_ok(), "after {tried}: {:?}", shown());
        assert!(begun.elapsed() < PATIENCE, "took {:?}: {:?}", begun.elapsed(), shown());
        tried += 1;
    }
    println!("{tried} queries");
    assert!(tried > 100, "{tried}");
}
