//! Broken input: never a panic, never without end, memory within the limits.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod walk;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use proptest::prelude::*;
use tenkyu_fits::{Fits, FitsError, FoundKind, Header, Limits};
use tenkyu_wire::{Explain, Lang};
use walk::walk;

const LIMITS: Limits = Limits { header_bytes: 1 << 20, hdus: 100, bytes: 32 << 20 };

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "fits"))
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    assert!(files.len() > 10);
    files
}

/// A small generator, so that a failing case can be repeated from its number.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    match random.below(6) {
        // Anywhere.
        0 => {
            for _ in 0..=random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
        }
        // A digit of a header becomes another.
        1 | 2 => {
            let digits: Vec<usize> =
                (0..bytes.len().min(14_400)).filter(|i| bytes[*i].is_ascii_digit()).collect();
            for _ in 0..=random.below(3) {
                if let Some(at) = digits.get(random.below(digits.len())) {
                    bytes[*at] = b"0123456789-."[random.below(12)];
                }
            }
        }
        3 => bytes.truncate(random.below(bytes.len())),
        // A piece of another file.
        4 => {
            let (from, to) = (random.below(other.len()), random.below(bytes.len()));
            let length = random.below(400).min(other.len() - from).min(bytes.len() - to);
            bytes[to..to + length].copy_from_slice(&other[from..from + length]);
        }
        // Cards change places.
        _ => {
            let cards = (bytes.len() / 80).min(100);
            let (a, b) = (random.below(cards) * 80, random.below(cards) * 80);
            for i in (0..80).filter(|_| cards > 0) {
                bytes.swap(a + i, b + i);
            }
        }
    }
}

#[test]
fn mutated_files_are_survived() {
    let files = fixtures();
    let mut random = Random(20_261_122);
    let mut errors = 0;
    for round in 0..400 {
        for (name, file) in &files {
            let mut bytes = file.clone();
            let other = &files[random.below(files.len())].1;
            for _ in 0..=random.below(3) {
                if !bytes.is_empty() {
                    mutate(&mut bytes, other, &mut random);
                }
            }
            let start = Instant::now();
            errors += walk(&bytes, LIMITS).errors.len();
            let took = start.elapsed();
            assert!(took < Duration::from_secs(20), "{name} round {round}: {took:?}");
        }
    }
    assert!(errors > 100, "the mutations must hit something: {errors}");
}

#[test]
fn every_truncation_is_survived() {
    for (_, file) in fixtures().iter().step_by(4) {
        for length in (0..file.len()).step_by(97) {
            walk(&file[..length], LIMITS);
        }
    }
}

#[test]
fn whole_files_have_no_errors() {
    for (name, file) in fixtures() {
        let walk = walk(&file, LIMITS);
        assert_eq!(walk.errors, Vec::<String>::new(), "{name}");
        assert!(walk.hdus > 0);
    }
}

fn not_fits(bytes: &[u8]) -> Option<FoundKind> {
    match Fits::open(bytes) {
        Err(FitsError::NotFits { found }) => Some(found),
        _ => None,
    }
}

#[test]
fn other_files_are_named() {
    assert_eq!(not_fits(b""), Some(FoundKind::Empty));
    assert_eq!(not_fits(b"PK\x03\x04rest"), Some(FoundKind::Zip));
    assert_eq!(not_fits(b"<!DOCTYPE html>"), Some(FoundKind::Markup));
    assert_eq!(not_fits(b"ra,dec\n1,2\n"), Some(FoundKind::Text));
    assert_eq!(not_fits(b"\x89PNG\r\n"), Some(FoundKind::Picture));
    assert_eq!(not_fits(&[0, 1, 2, 3]), Some(FoundKind::Binary));
    let error = Fits::open(&b"PK\x03\x04"[..]).unwrap_err();
    assert_eq!(error.code(), "fits-not-fits");
    assert!(error.detail(Lang::Ja).contains("ZIP"));
    assert!(error.help(Lang::En).is_some_and(|help| help.contains(".fits")));
}

fn file(cards: &[&str]) -> Vec<u8> {
    let mut bytes: Vec<u8> = cards.iter().flat_map(|c| format!("{c:<80}").into_bytes()).collect();
    bytes.extend(format!("{:<80}", "END").bytes());
    bytes.resize(bytes.len().next_multiple_of(2880), b' ');
    bytes
}

#[test]
fn errors_name_keyword_and_value() {
    let open = |cards: &[&str]| Fits::open(file(cards)).map_err(|e| e.detail(Lang::En));
    let bad = open(&["SIMPLE  = T", "BITPIX  = 17", "NAXIS   = 0"]).unwrap_err();
    assert!(bad.contains("BITPIX") && bad.contains("17"), "{bad}");
    let bad = open(&["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 3", "NAXIS1  = 2"]).unwrap_err();
    assert!(bad.contains("NAXIS2"), "{bad}");
    let huge = [
        "SIMPLE  = T",
        "BITPIX  = 64",
        "NAXIS   = 2",
        "NAXIS1  = 9000000000000000000",
        "NAXIS2  = 9",
    ];
    assert!(open(&huge).unwrap_err().contains("limit"));
    let short =
        open(&["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = 99", "NAXIS2  = 99"])
            .unwrap();
    assert_eq!(short.warnings().len(), 1);
    let error = short.image(0).unwrap().raw_all().unwrap_err();
    assert!(matches!(error, FitsError::Truncated { hdu: 0, expected: 39_204, actual: 0 }));
    let none = short.image(5).unwrap_err();
    assert!(matches!(none, FitsError::NoSuchHdu { index: 5, count: 1 }));
    assert!(matches!(short.table(0), Err(FitsError::WrongKind { .. })));
}

#[test]
fn what_a_header_claims_is_not_allocated() {
    let mut rows = file(&["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"]);
    rows.extend(file(&[
        "XTENSION= 'BINTABLE'",
        "BITPIX  = 8",
        "NAXIS   = 2",
        "NAXIS1  = 0",
        "NAXIS2  = 4000000000000",
        "PCOUNT  = 0",
        "GCOUNT  = 1",
        "TFIELDS = 1",
        "TFORM1  = '0A'",
    ]));
    let fits = Fits::open(rows).unwrap();
    let table = fits.table(1).unwrap();
    assert!(matches!(table.read(0, 0..table.rows()), Err(FitsError::TooLarge { .. })));
    assert_eq!(table.read(0, 0..3).unwrap().cell(2).as_deref(), Some(""));

    let mut tile = file(&["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"]);
    tile.extend(file(&[
        "XTENSION= 'BINTABLE'",
        "BITPIX  = 8",
        "NAXIS   = 2",
        "NAXIS1  = 8",
        "NAXIS2  = 1",
        "PCOUNT  = 8",
        "GCOUNT  = 1",
        "TFIELDS = 1",
        "TFORM1  = '1PI'",
        "TTYPE1  = 'COMPRESSED_DATA'",
        "ZIMAGE  = T",
        "ZBITPIX = 16",
        "ZNAXIS  = 2",
        "ZNAXIS1 = 1000000",
        "ZNAXIS2 = 1000000",
        "ZTILE1  = 1000000",
        "ZTILE2  = 1000000",
        "ZCMPTYPE= 'PLIO_1'",
    ]));
    tile.extend([0, 0, 0, 4, 0, 0, 0, 0]);
    tile.resize(tile.len() + 2872, 0);
    let fits = Fits::open(tile).unwrap();
    let pixel = fits.image(1).unwrap().raw_section(&[0..1, 0..1]);
    assert!(matches!(pixel, Err(FitsError::TooLarge { .. })));
}

#[test]
fn a_missing_end_and_garbage_after_the_last_hdu_are_warnings() {
    let mut bytes = file(&["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4"]);
    let end = bytes.windows(3).position(|w| w == b"END").unwrap();
    bytes[end..end + 3].fill(b' ');
    bytes.extend([1, 2, 3, 4]);
    bytes.resize(5760, 0);
    bytes.extend([0xAA; 100]);
    let fits = Fits::open(bytes).unwrap();
    let texts: Vec<_> = fits.warnings().iter().map(|w| w.message(Lang::En)).collect();
    assert!(texts.iter().any(|t| t.contains("END")), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("100")), "{texts:?}");
    assert_eq!(fits.image(0).unwrap().raw_all().unwrap().raw(3), Some(4.0));
}

proptest! {
    // What fails is printed in full; nothing is kept beside the sources.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..6000)) {
        walk(&bytes, LIMITS);
        let mut packed = vec![0x1F, 0x9D, 0x90];
        packed.extend(&bytes);
        walk(&packed, LIMITS);
        packed[1] = 0x8B;
        walk(&packed, LIMITS);
        let mut warnings = Vec::new();
        let header = Header::from_text(&bytes, 0, &mut warnings);
        prop_assert!(header.cards().len() <= bytes.len());
    }

    #[test]
    fn any_header_is_survived(cards in proptest::collection::vec("(NAXIS[1-3]?|BITPIX|TFIELDS|TFORM1|PCOUNT|ZIMAGE|ZNAXIS1|[A-Z]{1,8}) {0,4}=? ?('?[ -~]{0,30})", 0..20)) {
        let start = ["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"];
        let cards: Vec<String> = cards
            .iter()
            .map(|card| card.split_once('=').map_or(card.clone(), |(k, v)| format!("{:<8}={v}", k.trim())))
            .collect();
        let mut bytes = file(&start);
        let mut all = vec!["XTENSION= 'BINTABLE'"];
        all.extend(cards.iter().map(String::as_str));
        bytes.extend(file(&all));
        bytes.extend([7; 2880]);
        walk(&bytes, LIMITS);
    }
}
