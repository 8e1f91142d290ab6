//! Catalogues: HATS on disk, ADQL to plan, execution. The only crate that names DataFusion.
//!
//! ```no_run
//! # async fn run() -> Result<(), tenkyu_engine::EngineError> {
//! use futures::TryStreamExt;
//! use tenkyu_engine::{Engine, EngineOptions, ImportOptions, QueryRequest};
//!
//! let engine = Engine::open("catalogs".as_ref(), EngineOptions::default())?;
//! let options = ImportOptions::new("gaia.dr3");
//! engine.import("gaia.parquet".as_ref(), &options, &mut |_| {})?;
//! let adql = "SELECT TOP 10 * FROM gaia.dr3 WHERE DISTANCE(ra, dec, 56.75, 24.12) < 1";
//! let request = QueryRequest { adql: adql.to_owned(), ..QueryRequest::default() };
//! let answer = engine.query(request).await?;
//! let batches: Vec<_> = answer.batches.try_collect().await?;
//! # Ok(()) }
//! ```

pub mod catalog;
pub mod cluster;
mod counts;
mod dense;
mod engine;
pub mod error;
mod explain;
mod floats;
mod functions;
pub mod generate;
pub mod hats;
pub mod import;
mod lookup;
pub mod meta;
mod own;
mod plan;
mod provider;
mod prune;
mod query;
mod scan;
mod sky_join;
mod source;
pub mod sphere;
mod stop;
mod tap_schema;
mod unit;
mod upload;

pub use cluster::ClusterOptions;
pub use engine::{Engine, EngineOptions, NameResolver};
pub use error::EngineError;
pub use import::{ImportOptions, ImportPhase, ImportProgress, ImportReport};
pub use own::{Kept, OwnTable, Rows};
pub use query::{QueryRequest, QueryStats, QueryStream, ScanReport};
pub use source::TableSource;
pub use unit::{UnitError, factor as convert_unit};
pub use upload::{UploadLimits, UploadTable};
