//! What travels between the machines of a cluster beside what DataFusion and Ballista send.
//!
//! Descriptions, never state: an executor builds from them what it runs.

/// First bytes of every node of ours, with the version of what follows: Ballista's own nodes are
/// told apart by them, and a machine of another version is told instead of misread.
pub const MARK: &[u8] = b"tenkyu1:";

/// A node of a plan.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Node {
    /// Which.
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4")]
    pub kind: Option<Kind>,
}

/// The nodes of ours that can be sent.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Kind {
    /// Some partitions of a part of the plan.
    #[prost(message, tag = "1")]
    Share(Share),
    /// A scan by row groups.
    #[prost(message, tag = "2")]
    Scan(Scan),
    /// A join on the sky, over two inputs.
    #[prost(message, tag = "3")]
    SkyJoin(SkyJoin),
    /// An aggregation by whole numbers, over one input.
    #[prost(message, tag = "4")]
    Dense(Dense),
}

/// Some partitions of a part of a plan that is worked on as a whole.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Share {
    /// The part, as a plan.
    #[prost(bytes = "vec", tag = "1")]
    pub plan: Vec<u8>,
    /// An empty plan of the same columns.
    #[prost(bytes = "vec", tag = "2")]
    pub empty: Vec<u8>,
    /// Which of its partitions.
    #[prost(uint32, repeated, tag = "3")]
    pub partitions: Vec<u32>,
    /// About how many rows the whole part has.
    #[prost(uint64, optional, tag = "4")]
    pub rows: Option<u64>,
    /// The part's name in plans.
    #[prost(string, tag = "5")]
    pub name: String,
}

/// A scan of a catalogue.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Scan {
    /// `schema.table`.
    #[prost(string, tag = "1")]
    pub table: String,
    /// Its snapshot.
    #[prost(string, tag = "2")]
    pub snapshot: String,
    /// Files of the snapshot, by which a copy of another state is noticed.
    #[prost(uint32, tag = "3")]
    pub files: u32,
    /// The files that are read, by number.
    #[prost(uint32, repeated, tag = "4")]
    pub kept: Vec<u32>,
    /// The columns that are read, by number.
    #[prost(uint32, repeated, tag = "5")]
    pub columns: Vec<u32>,
    /// The condition that statistics are compared with.
    #[prost(bytes = "vec", optional, tag = "6")]
    pub pruning: Option<Vec<u8>>,
    /// Partitions of the scan.
    #[prost(uint32, tag = "7")]
    pub partitions: u32,
}

/// A join on the sky.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SkyJoin {
    /// The nested loop that it took the place of, over empty inputs.
    #[prost(bytes = "vec", tag = "1")]
    pub nested_loop: Vec<u8>,
    /// Partitions of the join.
    #[prost(uint32, tag = "2")]
    pub partitions: u32,
}

/// An aggregation by whole numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Dense {
    /// The aggregation that it took the place of, over an empty input.
    #[prost(bytes = "vec", tag = "1")]
    pub aggregate: Vec<u8>,
}

/// A function of the user who asks.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OwnFunction {
    /// The function's name within its module.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The module, WebAssembly.
    #[prost(bytes = "vec", tag = "2")]
    pub module: Vec<u8>,
    /// What it may use, as JSON.
    #[prost(bytes = "vec", tag = "3")]
    pub limits: Vec<u8>,
}

/// The aggregate of `ivo_histogram`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Histogram {
    /// Where the first bin begins.
    #[prost(double, tag = "1")]
    pub lower: f64,
    /// Where the last bin ends.
    #[prost(double, tag = "2")]
    pub upper: f64,
    /// How many there are.
    #[prost(uint32, tag = "3")]
    pub bins: u32,
}
