//! Names and coordinates.

use async_trait::async_trait;
use tenkyu_archive::Archive;
use tenkyu_vo::{Resolver, ServiceError};
use tenkyu_wire::resolve::{Resolution, Target};

pub(crate) struct NameRoom;

impl NameRoom {
    pub(crate) async fn open(_archive: Archive) -> anyhow::Result<NameRoom> {
        Ok(NameRoom)
    }
}

#[async_trait]
impl Resolver for NameRoom {
    async fn resolve(&self, text: &str) -> Result<Resolution, ServiceError> {
        Ok(Resolution {
            query: text.to_owned(),
            matches: vec![],
            radius_deg: None,
            suggestions: vec![],
        })
    }
    async fn complete(&self, _: &str, _: usize) -> Result<Vec<Target>, ServiceError> {
        Ok(vec![])
    }
}
