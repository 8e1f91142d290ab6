//! Names and coordinates.

use async_trait::async_trait;
use tenkyu_archive::{Archive, ArchiveError};
use tenkyu_vo::{Resolver, ServiceError};
use tenkyu_wire::resolve::{Resolution, Target};

pub(crate) struct NameRoom;

impl NameRoom {
    pub(crate) async fn open(_: Archive, _: std::path::PathBuf) -> Result<NameRoom, ArchiveError> {
        Ok(NameRoom)
    }
    pub(crate) async fn refresh(&self) -> Result<(), ArchiveError> {
        Ok(())
    }
}

#[async_trait]
impl Resolver for NameRoom {
    async fn resolve(&self, text: &str) -> Result<Resolution, ServiceError> {
        Ok(Resolution { query: text.to_owned(), matches: vec![], radius_deg: None, suggestions: vec![] })
    }
    async fn complete(&self, _: &str, _: usize) -> Result<Vec<Target>, ServiceError> {
        Ok(vec![])
    }
}
