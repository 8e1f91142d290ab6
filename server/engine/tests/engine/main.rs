//! The engine as its users see it: files in, queries on them, rows out.
// Helpers outside of `#[test]` functions fail tests the same way.
#![allow(clippy::unwrap_used, clippy::panic)]

mod collections;
mod corpus;
mod explain;
mod foreign;
mod formats;
mod golden;
mod hats;
mod histograms;
mod limits;
mod own_functions;
mod pruning;
mod regions;
mod sky_join;
mod support;
mod truth;
