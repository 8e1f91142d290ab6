//! Catalogues of the engine behind TAP.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use tenkyu_engine::{Engine, EngineError, QueryRequest, UploadLimits, UploadTable};
use tenkyu_vo::{FeatureGroup, ServiceError, TapQuery, TapResult, TapService, Upload};
use tenkyu_wire::Explain;
use tenkyu_wire::tables::SchemaMeta;

use super::{ModuleRoom, features};

/// The engine behind `/tap`.
pub(crate) struct EngineRoom {
    engine: Arc<Engine>,
    functions: Arc<ModuleRoom>,
    upload_rows: u64,
}

/// Memory that one uploaded table may take, bytes.
const UPLOAD_MEMORY: usize = 512 << 20;

impl EngineRoom {
    /// `upload_rows` is how many rows a query may send along.
    pub(crate) fn new(engine: Arc<Engine>, functions: Arc<ModuleRoom>, upload_rows: u64) -> Self {
        EngineRoom { engine, functions, upload_rows }
    }

    /// Reads uploaded tables, which share one limit of rows.
    async fn read(&self, uploads: Vec<Upload>) -> Result<Vec<Arc<UploadTable>>, ServiceError> {
        let mut rows = self.upload_rows;
        let mut tables = Vec::with_capacity(uploads.len());
        for upload in uploads {
            let limits = UploadLimits { rows, bytes: UPLOAD_MEMORY };
            let read = move || UploadTable::read(&upload.name, &upload.path, limits);
            let table = tokio::task::spawn_blocking(read).await.map_err(ServiceError::internal)?;
            let table = table.map_err(outward)?;
            rows = rows.saturating_sub(table.rows() as u64);
            tables.push(Arc::new(table));
        }
        Ok(tables)
    }
}

#[async_trait]
impl TapService for EngineRoom {
    async fn schemas(&self) -> Result<Vec<SchemaMeta>, ServiceError> {
        Ok(self.engine.schemas())
    }

    async fn query(&self, query: TapQuery) -> Result<TapResult, ServiceError> {
        let request = QueryRequest {
            uploads: self.read(query.uploads).await?,
            functions: self.functions.modules(&query.functions).await?,
            adql: query.adql,
            max_rows: query.max_rows,
            snapshot: query.snapshot,
            seconds: query.seconds,
            long: query.long,
            cancel: query.cancel,
        };
        let answer = self.engine.query(request).await.map_err(outward)?;
        let stats = answer.stats.clone();
        Ok(TapResult {
            columns: answer.columns,
            schema: answer.schema,
            batches: answer.batches.map(|batch| batch.map_err(outward)).boxed(),
            snapshots: answer.snapshots,
            scanned: Some(Arc::new(move || stats.scan().bytes)),
        })
    }

    fn features(&self) -> Vec<FeatureGroup> {
        features::of_engine()
    }
}

/// An engine's error: what the user can mend is told, faults of ours go to the log.
fn outward(error: EngineError) -> ServiceError {
    if error.status() == 500 {
        ServiceError::internal(format!("{:#}", anyhow::Error::from(error)))
    } else {
        ServiceError::new(error)
    }
}
