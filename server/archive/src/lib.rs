//! Observations, planes, artifacts, previews, history, names.
//!
//! Files are ingested by [`Archive::ingest`]: read, validated, translated by a dictionary of header
//! rules, stored under the SHA-256 of their content, and entered as Observation → Plane → Artifact
//! (CAOM 2.4) with an event for everything that was done. What is stored is seen as ObsCore rows
//! ([`Archive::obscore`]), as the page of an observation ([`Archive::observation`]) and as files
//! ([`Archive::artifact`]).

mod archive;
mod dictionary;
mod error;
mod fields;
mod footprint;
mod ingest;
mod inspect;
pub mod names;
mod obscore;
mod page;
mod preview;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod time;

pub use archive::{Archive, ArtifactInfo, DEFAULT_AUTHORITY, Preview, PreviewSize, VerifyReport};
pub use error::{ArchiveError, Refusal};
pub use ingest::{IngestOptions, IngestProgress, IngestReport, IngestWarning, RefusedFile};
pub use inspect::Note;
pub use obscore::obscore_meta;
