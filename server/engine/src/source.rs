//! Tables that do not lie on disk as catalogues: the archive's `ivoa.obscore`, `TAP_SCHEMA`.

use std::{fmt, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{MemTable, Session, TableProvider},
    common::{DataFusionError, Result},
    logical_expr::{Expr, TableType},
    physical_plan::ExecutionPlan,
};
use tenkyu_wire::tables::TableMeta;

use crate::meta;

/// A table whose rows somebody else keeps.
#[async_trait]
pub trait TableSource: Send + Sync {
    /// Its description. Columns must be those of the batches, in their order.
    fn meta(&self) -> TableMeta;

    /// All rows as they are now.
    async fn batches(&self) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error + Send + Sync>>;
}

/// The Arrow schema of a described table.
pub fn schema_of(table: &TableMeta) -> SchemaRef {
    let fields: Vec<_> = table.columns.iter().map(meta::field_of).collect();
    Arc::new(Schema::new(fields))
}

/// A source for one query.
pub(crate) struct SourceTable {
    source: Arc<dyn TableSource>,
    schema: SchemaRef,
}

impl SourceTable {
    pub(crate) fn new(source: Arc<dyn TableSource>) -> Self {
        let schema = schema_of(&source.meta());
        Self { source, schema }
    }
}

impl fmt::Debug for SourceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceTable").field("name", &self.source.meta().name).finish()
    }
}

#[async_trait]
impl TableProvider for SourceTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batches = self.source.batches().await.map_err(DataFusionError::External)?;
        // The source's batches may carry other field metadata; the description wins.
        let batches =
            batches.into_iter().map(|b| conform(&b, &self.schema)).collect::<Result<Vec<_>>>()?;
        let table = MemTable::try_new(self.schema.clone(), vec![batches])?;
        table.scan(state, projection, filters, limit).await
    }
}

fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| arrow::compute::cast(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
