//! The rooms in the shapes that the protocols ask for.

mod archive;
mod features;
mod fetch;
mod functions;
mod jobs;
mod names;
mod obscore;
mod own_tables;
mod tap;

pub(crate) use archive::ArchiveRoom;
pub(crate) use fetch::WebFetcher;
pub use functions::FunctionLimits;
pub(crate) use functions::ModuleRoom;
pub(crate) use jobs::{QueryWorker, QueueRoom};
pub(crate) use names::NameRoom;
pub(crate) use obscore::ObscoreTable;
pub(crate) use own_tables::OwnTableRoom;
pub(crate) use tap::EngineRoom;

use tenkyu_archive::ArchiveError;
use tenkyu_vo::ServiceError;
use tenkyu_wire::Explain;

/// An archive's error: what the user can mend is told, the rest goes to the log.
fn outward(error: ArchiveError) -> ServiceError {
    if error.status() < 500 || error.code() == "disk-full" {
        ServiceError::new(error)
    } else {
        ServiceError::internal(format!("{:#}", anyhow::Error::from(error)))
    }
}
