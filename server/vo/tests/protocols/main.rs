//! The protocols against an engine and an archive in memory.

mod data;
mod fake;
mod sync;
mod vosi;
