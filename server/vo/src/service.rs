//! What the query protocols need of a catalogue engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use tenkyu_wire::functions::ModuleMeta;
use tenkyu_wire::jobs::{Job, JobFilter, NewJob, Phase};
use tenkyu_wire::tables::{ColumnMeta, OwnTableMeta, OwnTables, SchemaMeta};
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
    /// Seconds that the engine may work on it; the engine's own limit if absent.
    pub seconds: Option<u64>,
    /// Tables that were sent along, as the schema `TAP_UPLOAD`.
    pub uploads: Vec<Upload>,
    /// Modules with functions of the user who asks.
    pub functions: Vec<ModuleFile>,
    /// Key of the user who asks: their own tables are seen, and `INTO` makes one.
    pub owner: Option<String>,
    /// Whether `INTO` may make a table: not for a GET, which a link on any page can have sent.
    pub may_write: bool,
    /// Whether it waited in the long queue: an engine may work on it elsewhere than here.
    pub long: bool,
    /// Cancelled when nobody waits for the answer any more.
    pub cancel: CancellationToken,
}

/// A table that was sent with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Name in `TAP_UPLOAD`, without delimiters.
    pub name: String,
    /// A file in VOTable, FITS, Parquet, CSV or another format that says what it is.
    pub path: PathBuf,
}

/// A module with a user's own functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// SHA-256 of the file, in hexadecimal digits.
    pub id: String,
    /// The WebAssembly module.
    pub path: PathBuf,
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
    /// Bytes of tables read so far, where the engine counts them.
    pub scanned: Option<Scanned>,
}

/// Tells how many bytes of tables were read so far.
pub type Scanned = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Keeps users' own tables. Names are `my.table`, and compared without case.
#[async_trait]
pub trait TableRoom: Send + Sync + 'static {
    /// The tables of an owner.
    async fn list(&self, owner: &str) -> Result<OwnTables, ServiceError>;
    /// Makes a table of a file in any format that says what it is.
    ///
    /// # Errors
    /// A name that is taken or that no table can have; a file that is no table; limits.
    async fn create(
        &self,
        owner: &str,
        name: &str,
        file: PathBuf,
    ) -> Result<OwnTableMeta, ServiceError>;
    /// Adds the rows of a file to a table, columns by name.
    ///
    /// # Errors
    /// No such table of the owner; a file that is no table or has columns of other types; limits.
    async fn append(
        &self,
        owner: &str,
        name: &str,
        file: PathBuf,
    ) -> Result<OwnTableMeta, ServiceError>;
    /// Gives a table another name or description.
    ///
    /// # Errors
    /// No such table of the owner; a name that is taken or that no table can have.
    async fn describe(
        &self,
        owner: &str,
        name: &str,
        change: &TableChange,
    ) -> Result<OwnTableMeta, ServiceError>;
    /// Removes a table.
    ///
    /// # Errors
    /// No such table of the owner.
    async fn remove(&self, owner: &str, name: &str) -> Result<(), ServiceError>;
}

/// What a table is to be called from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableChange {
    /// Its name, `my.table`.
    pub name: Option<String>,
    /// What it holds.
    pub description: Option<String>,
}

/// Keeps the modules with users' own functions.
#[async_trait]
pub trait FunctionRoom: Send + Sync + 'static {
    /// Keeps a module, and says whether it is new to the owner. It replaces one of the same name.
    ///
    /// # Errors
    /// What is wrong with the module; limits that are reached.
    async fn add(
        &self,
        owner: &str,
        name: &str,
        module: Bytes,
    ) -> Result<(ModuleMeta, bool), ServiceError>;
    /// The modules of an owner, newest first.
    async fn list(&self, owner: &str) -> Result<Vec<ModuleMeta>, ServiceError>;
    /// A module of an owner; an error with status 404 where the owner has no such one.
    async fn module(&self, owner: &str, id: &str) -> Result<ModuleMeta, ServiceError>;
    /// Removes a module of an owner.
    async fn remove(&self, owner: &str, id: &str) -> Result<(), ServiceError>;
    /// The file of a module that is kept.
    fn file(&self, id: &str) -> PathBuf;
    /// Bytes that a module may have.
    fn longest(&self) -> u64;
}

/// A durable queue of jobs (UWS 1.1).
#[async_trait]
pub trait JobRoom: Send + Sync + 'static {
    /// Makes a PENDING job and moves its attachments to its folder.
    async fn create(&self, new: NewJob) -> Result<Job, ServiceError>;
    /// A job, with its progress as it is now; an error with status 404 where there is none.
    async fn job(&self, id: &str) -> Result<Job, ServiceError>;
    /// The key of a job's owner; an error with status 404 where there is no such job.
    async fn owner(&self, id: &str) -> Result<String, ServiceError>;
    /// The phase of a job, in a time that does not depend on how many there are.
    async fn phase(&self, id: &str) -> Result<Phase, ServiceError>;
    /// The jobs of an owner, newest first.
    async fn list(&self, owner: &str, filter: &JobFilter) -> Result<Vec<Job>, ServiceError>;
    /// Waits until the job has left `phase` (by default the one it is in), has ended, or the time
    /// is over; its phase then.
    async fn wait(
        &self,
        id: &str,
        phase: Option<Phase>,
        longest: Duration,
    ) -> Result<Phase, ServiceError>;
    /// PENDING to QUEUED.
    async fn enqueue(&self, id: &str) -> Result<(), ServiceError>;
    /// Stops a job.
    async fn abort(&self, id: &str) -> Result<(), ServiceError>;
    /// Stops a job and removes it with all that it made.
    async fn remove(&self, id: &str) -> Result<(), ServiceError>;
    /// Changes parameters of a PENDING job, and adds attachments.
    async fn change(
        &self,
        id: &str,
        parameters: Vec<(String, String)>,
        attachments: &[(String, PathBuf)],
    ) -> Result<Job, ServiceError>;
    /// Sets the seconds that a PENDING job may run.
    async fn set_seconds(&self, id: &str, seconds: u64) -> Result<(), ServiceError>;
    /// Sets when a job is removed, milliseconds since 1970.
    async fn set_destruction(&self, id: &str, at: i64) -> Result<(), ServiceError>;
    /// The folder of a job's files.
    fn folder(&self, id: &str) -> PathBuf;
    /// The file of a part that was sent with a job.
    fn attachment(&self, id: &str, number: usize) -> PathBuf;
    /// The file of a module with functions that a job was made with.
    fn function_module(&self, id: &str, number: usize) -> PathBuf;
    /// Limits of time, for capabilities.
    fn times(&self) -> JobTimes;
}

/// Limits of time on jobs, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobTimes {
    /// That a job may run which asked for no other time.
    pub default_seconds: u64,
    /// That no job can exceed.
    pub hard_seconds: u64,
    /// After which a job is removed that asked for no other time.
    pub keep_seconds: u64,
    /// After which every job is removed.
    pub hard_keep_seconds: u64,
}

/// Brings files from elsewhere, as far as the operator allows it.
#[async_trait]
pub trait Fetcher: Send + Sync + 'static {
    /// Writes what an address holds to a new file.
    ///
    /// # Errors
    /// An address that may not be used or does not answer; more than `limit` bytes.
    async fn fetch(&self, url: &str, to: &Path, limit: u64) -> Result<(), ServiceError>;
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
    /// Queries that wait for their turn.
    pub waiting: usize,
    /// Seconds that a query waits for its turn.
    pub patience_seconds: u64,
    /// Rows of all tables that a query sends along.
    pub upload_rows: u64,
    /// Bytes of all files that a query sends along.
    pub upload_bytes: u64,
    /// Bytes of a result that is kept.
    pub result_bytes: u64,
}

impl Default for QueryLimits {
    fn default() -> Self {
        QueryLimits {
            default_rows: 100_000,
            hard_rows: 20_000_000,
            seconds: 300,
            stall_seconds: 120,
            concurrent: 8,
            waiting: 256,
            patience_seconds: 30,
            upload_rows: 1_000_000,
            upload_bytes: 200_000_000,
            result_bytes: 20_000_000_000,
        }
    }
}
