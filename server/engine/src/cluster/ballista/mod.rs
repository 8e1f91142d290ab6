//! Long queries on several machines.
//!
//! This server plans a query as it does for itself, for as many partitions as the cluster is asked
//! to work in, and sends the plan to a scheduler; executors work on its partitions beside the data.
//! What is ours in the plan travels by name: a catalogue as table and snapshot, a function as which
//! it is, a join on the sky as the condition that it was made of.
//!
//! The answer is fetched whole before the first row is handed on, so that an executor that is lost
//! with a part of it costs time and not the query.

mod abort;
mod catalogs;
mod client;
mod codec;
mod connections;
mod failure;
mod messages;
mod nodes;
mod run;
mod share;
mod spread;
#[cfg(test)]
mod tests;

use super::{ClusterOptions, ExecutorOptions, SchedulerOptions};
pub use nodes::{executor, scheduler};
