//! The table worker: a query's result arrives as an Arrow IPC stream; filters, marks, order,
//! histograms, plot points and files are made of it here, beside the page's own thread.
//!
//! [`TableStore`] holds the rows and answers [`tenkyu_wire::table`]'s requests. The network part,
//! opening and cancelling, is in `js/tables-worker.js`, which drives the class `Table` that the
//! wasm build exports. Natively the same store is plain Rust, which is how it is tested.

#[cfg(target_arch = "wasm32")]
mod bindings;
#[cfg(target_arch = "wasm32")]
mod browser;
mod cells;
mod error;
mod export;
mod frames;
mod meta;
mod numbers;
mod sort;
mod store;
mod summary;
mod view;

pub use error::TableError;
pub use store::{Buffers, MAX_ROWS, TableStore};
