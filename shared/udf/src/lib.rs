//! Users' own functions: how a WebAssembly module is called on columns.
//!
//! The same module runs on the server, in the [`sandbox`] (feature `sandbox`), and in a browser,
//! which has its own WebAssembly; this crate holds what both share: the description of a module's
//! functions ([`describe`]), and calls on Arrow columns over linear memory ([`Instance`]).
//!
#![doc = include_str!("../../../udf/INTERFACE.md")]

mod columns;
mod describe;
mod error;
mod instance;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use columns::arrow_type;
pub use describe::{MOST_ARGUMENTS, MOST_FUNCTIONS, describe};
pub use error::UdfError;
pub use instance::{Export, Instance, Machine};
