//! What the query protocols need of a catalogue engine.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::stream::BoxStream;
use tenkyu_wire::tables::{ColumnMeta, SchemaMeta};
use tokio_util::sync::CancellationToken;

use crate::ServiceError;

/// A catalogue engine behind TAP.
#[async_trait]
pub trait TapService: Send + Sync + 'static {
    /// Every schema that may be queried, TAP_SCHEMA included, in the order in which it is shown.
    async fn schemas(&self) -> Result<Vec<SchemaMeta>, ServiceError>;

    /// Plans a query and starts it.
    ///
    /// Returns as soon as the columns are known; the rows follow on the stream. The engine stops
    /// early when `query.cancel` is cancelled or the stream is dropped.
    ///
    /// # Errors
    /// Anything that is wrong with the query, with its place.
    async fn query(&self, query: TapQuery) -> Result<TapResult, ServiceError>;

    /// Optional language features and user-defined functions, for TAPRegExt.
    fn features(&self) -> Vec<FeatureGroup> {
        Vec::new()
    }
}

/// A query as the protocol hands it over.
#[derive(Clone, Debug)]
pub struct TapQuery {
    /// ADQL text, as the user wrote it.
    pub adql: String,
    /// The most rows that will be read; an engine may stop there. `None` for all.
    pub max_rows: Option<u64>,
    /// Snapshots to read instead of the current ones, as written in the SNAPSHOT parameter.
    pub snapshot: Option<String>,
    /// Cancelled when nobody waits for the answer any more.
    pub cancel: CancellationToken,
}

/// A running query.
pub struct TapResult {
    /// Columns in the order of the batches.
    pub columns: Vec<ColumnMeta>,
    /// Arrow schema of the batches.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: BoxStream<'static, Result<RecordBatch, ServiceError>>,
    /// Snapshot that is read of each catalogue, as (table, snapshot).
    pub snapshots: Vec<(String, String)>,
}

/// Optional language features of one kind (TAPRegExt 1.0 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureGroup {
    /// Kind, such as `ivo://ivoa.net/std/TAPRegExt#features-adqlgeo`.
    pub kind: String,
    /// Forms (a function name, or a UDF's signature) with a description, which may be empty.
    pub features: Vec<(String, String)>,
}

/// Limits on queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// Rows of a query that names no MAXREC.
    pub default_rows: u64,
    /// Rows that no MAXREC can exceed.
    pub hard_rows: u64,
    /// Seconds that the engine may work on one query.
    pub seconds: u64,
    /// Seconds after which an answer that nobody takes is given up.
    pub stall_seconds: u64,
    /// Queries that run at the same time.
    pub concurrent: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        QueryLimits {
            default_rows: 100_000,
            hard_rows: 20_000_000,
            seconds: 300,
            stall_seconds: 120,
            concurrent: 8,
        }
    }
}
