//! `ivoa.obscore`: the archive's products as a table of the engine.

use arrow::array::RecordBatch;
use async_trait::async_trait;
use tenkyu_archive::{Archive, obscore_meta};
use tenkyu_engine::TableSource;
use tenkyu_wire::tables::TableMeta;

/// The rows as they are at each query.
pub(crate) struct ObscoreTable {
    archive: Archive,
    base_url: String,
}

impl ObscoreTable {
    /// `base_url` is what the addresses in the rows begin with.
    pub(crate) fn new(archive: Archive, base_url: String) -> Self {
        ObscoreTable { archive, base_url }
    }
}

#[async_trait]
impl TableSource for ObscoreTable {
    fn meta(&self) -> TableMeta {
        obscore_meta()
    }

    async fn batches(&self) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(vec![self.archive.obscore(&self.base_url).await?])
    }
}
