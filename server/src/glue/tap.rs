//! Catalogues of the engine behind TAP.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use tenkyu_engine::{Engine, EngineError, QueryRequest};
use tenkyu_vo::{FeatureGroup, ServiceError, TapQuery, TapResult, TapService};
use tenkyu_wire::Explain;
use tenkyu_wire::tables::SchemaMeta;

use super::features;

/// The engine behind `/tap`.
pub(crate) struct EngineRoom {
    engine: Arc<Engine>,
}

impl EngineRoom {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        EngineRoom { engine }
    }
}

#[async_trait]
impl TapService for EngineRoom {
    async fn schemas(&self) -> Result<Vec<SchemaMeta>, ServiceError> {
        Ok(self.engine.schemas())
    }

    async fn query(&self, query: TapQuery) -> Result<TapResult, ServiceError> {
        let request = QueryRequest {
            adql: query.adql,
            max_rows: query.max_rows,
            snapshot: query.snapshot,
            cancel: query.cancel,
        };
        let answer = self.engine.query(request).await.map_err(outward)?;
        Ok(TapResult {
            columns: answer.columns,
            schema: answer.schema,
            batches: answer.batches.map(|batch| batch.map_err(outward)).boxed(),
            snapshots: answer.snapshots,
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
