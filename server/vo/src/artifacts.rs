//! What the file and observation services need of an archive.

use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use tenkyu_wire::observation::Observation;
use tenkyu_wire::resolve::{Resolution, Target};

use crate::ServiceError;

/// Files by identifier.
#[async_trait]
pub trait Artifacts: Send + Sync + 'static {
    /// The file, or `None` where there is none.
    async fn artifact(&self, id: &str) -> Result<Option<ArtifactFile>, ServiceError>;

    /// A picture of the file whose longer side is about `size` pixels; `None` where none exists.
    async fn preview(
        &self,
        id: &str,
        size: Option<u32>,
    ) -> Result<Option<PreviewImage>, ServiceError>;

    /// The verbatim headers of the file, one text an HDU with one line a card; `None` where there
    /// is no such file.
    async fn headers(&self, id: &str) -> Result<Option<Vec<HeaderText>>, ServiceError>;

    /// The files that an identifier stands for: an `obs_publisher_did`, an `obs_id` or the
    /// identifier of one file; those of science first. Empty where there are none.
    async fn links(&self, id: &str) -> Result<Vec<LinkedFile>, ServiceError>;
}

/// Observations by identifier.
#[async_trait]
pub trait Observations: Send + Sync + 'static {
    /// The observation with this `obs_id` or `obs_publisher_did`; `None` where there is none.
    async fn observation(&self, id: &str) -> Result<Option<Observation>, ServiceError>;
}

/// Names and coordinates to positions.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// What a text stands for.
    async fn resolve(&self, text: &str) -> Result<Resolution, ServiceError>;

    /// Targets whose name begins like `prefix`, best first, at most `limit`.
    async fn complete(&self, prefix: &str, limit: usize) -> Result<Vec<Target>, ServiceError>;
}

/// A file as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactFile {
    /// Identifier, as in `/data/{artifact}`.
    pub id: String,
    /// Where its bytes are.
    pub path: PathBuf,
    /// Name under which it was ingested.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// Length.
    pub bytes: u64,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
    /// Who may have it.
    pub access: Access,
}

/// A file with its part in an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedFile {
    /// The file.
    pub file: ArtifactFile,
    /// Term of the DataLink vocabulary, such as `#this` or `#weight`.
    pub semantics: &'static str,
    /// Whether there is a picture of it.
    pub preview: bool,
    /// ObsCore `obs_id` of its observation.
    pub obs_id: String,
    /// Its product within the observation.
    pub product_id: String,
}

/// Who may have a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone.
    Public,
    /// Not everyone yet.
    Proprietary {
        /// Why, in the words of the archive.
        reason: String,
        /// Date of release, ISO 8601, where one is set.
        until: Option<String>,
    },
}

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewImage {
    /// Media type, such as `image/png`.
    pub content_type: String,
    /// The encoded picture.
    pub bytes: Bytes,
}

/// The header of one HDU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeaderText {
    /// Position in the file, the primary being 0.
    pub index: u32,
    /// EXTNAME, or empty.
    pub name: String,
    /// Cards as they stand in the file, without trailing blanks.
    pub cards: Vec<String>,
}
