//! Catalogues: HATS on disk, ADQL to plan, execution.

pub mod catalog;
pub mod error;
pub mod hats;
pub mod import;
pub mod meta;
pub mod sphere;

pub use error::EngineError;
