//! The engine as its users see it: files in, queries on them, rows out.

mod formats;
mod golden;
mod hats;
mod limits;
mod regions;
mod support;
