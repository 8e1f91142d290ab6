//! The protocols against an engine and an archive in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod data;
mod fake;
mod sync;
mod vosi;
