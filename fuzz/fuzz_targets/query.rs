//! Any bytes as a query: `cargo +nightly fuzz run query fuzz/corpus/query -- -max_total_time=600`.

#![no_main]

#[path = "../../shared/adql/tests/support/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| invariants::hold(bytes));
