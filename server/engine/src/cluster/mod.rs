//! Long queries on several machines, by Apache Ballista (feature `cluster`).
//!
//! What is here is in every program, so that one that was built without the feature can say so.

#[cfg(feature = "cluster")]
mod ballista;

use std::{net::SocketAddr, path::PathBuf};

use crate::EngineError;

/// Where long queries go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterOptions {
    /// The scheduler, `http://host:port`.
    pub scheduler: String,
    /// Parts that a query is cut into: some for each core of the cluster, so that executors
    /// finish together and little is lost with one.
    pub partitions: usize,
    /// Whether this machine does the work when the scheduler does not answer; the query fails
    /// otherwise.
    pub fallback: bool,
}

impl ClusterOptions {
    /// Parts of a query where nobody says otherwise.
    pub const PARTITIONS: usize = 64;

    /// Whether a cluster can be used as configured.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let authority = self.scheduler.strip_prefix("http://").unwrap_or_default();
        let host = authority.trim_end_matches('/').rsplit_once(':');
        let sound = host.is_some_and(|(host, port)| {
            !host.is_empty() && !host.contains(['/', '@']) && port.parse::<u16>().is_ok()
        });
        if !sound {
            return Err(EngineError::BadScheduler { address: self.scheduler.clone() });
        }
        if cfg!(feature = "cluster") { Ok(()) } else { Err(EngineError::NoCluster) }
    }
}

/// A scheduler: it deals the tasks of queries to executors.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    /// Where it listens. Whoever reaches this address can run plans: keep it private.
    pub addr: SocketAddr,
    /// By which name executors reach it; the address itself if absent.
    pub host: Option<String>,
}

/// An executor: it works on tasks beside a copy of the catalogues.
#[derive(Clone, Debug)]
pub struct ExecutorOptions {
    /// The scheduler, `http://host:port`.
    pub scheduler: String,
    /// Where it hands out results; tasks come to the port after this one. Whoever reaches these
    /// can run plans: keep them private.
    pub addr: SocketAddr,
    /// By which name the others reach it; the address itself if absent.
    pub host: Option<String>,
    /// The folder of the catalogues, which is only read.
    pub catalogs: PathBuf,
    /// Where a folder is made for results that wait for the next stage.
    pub work: PathBuf,
    /// Tasks at a time.
    pub cores: usize,
    /// Memory of all tasks together, bytes.
    pub memory_bytes: usize,
    /// Memory of decoded columns that are kept between tasks, bytes.
    pub hot_bytes: usize,
}

/// Runs a scheduler until it is told to stop. `ready` is called with the address at which it
/// listens.
#[cfg(feature = "cluster")]
pub async fn scheduler(
    options: SchedulerOptions,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), EngineError> {
    ballista::scheduler(options, ready).await
}

/// Runs an executor until it is told to stop.
#[cfg(feature = "cluster")]
pub async fn executor(options: ExecutorOptions) -> Result<(), EngineError> {
    ballista::executor(options).await
}

/// A program that was built without `cluster` says so.
#[cfg(not(feature = "cluster"))]
pub async fn scheduler(_: SchedulerOptions, _: impl FnOnce(SocketAddr)) -> Result<(), EngineError> {
    Err(EngineError::NoCluster)
}

/// A program that was built without `cluster` says so.
#[cfg(not(feature = "cluster"))]
pub async fn executor(_: ExecutorOptions) -> Result<(), EngineError> {
    Err(EngineError::NoCluster)
}

#[cfg(test)]
mod address_tests {
    use super::*;

    #[test]
    fn an_address_of_a_scheduler_is_a_host_and_a_port() {
        let check = |address: &str| {
            let scheduler = address.to_owned();
            ClusterOptions { scheduler, partitions: 4, fallback: false }.check()
        };
        for bad in
            ["", "host:50050", "https://host:1", "http://host", "http://h:99999", "http://:1"]
        {
            assert!(matches!(check(bad), Err(EngineError::BadScheduler { .. })), "{bad}");
        }
        let fine = check("http://scheduler.local:50050");
        assert_eq!(fine.is_ok(), cfg!(feature = "cluster"));
        assert!(fine.is_ok() || matches!(fine, Err(EngineError::NoCluster)));
    }
}
