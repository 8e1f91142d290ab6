//! Catalogues of the engine behind TAP.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use futures::StreamExt;
use tenkyu_adql::ast::TableName;
use tenkyu_engine::{Engine, EngineError, QueryRequest, UploadLimits, UploadTable};
use tenkyu_udf::sandbox::Module;
use tenkyu_vo::{FeatureGroup, ServiceError, TapQuery, TapResult, TapService, Upload};
use tenkyu_wire::Explain;
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind, OwnTableMeta, SchemaMeta};

use super::own_tables::{Content, NoOwner, NotByPost, OwnTableRoom, own_name};
use super::{ModuleRoom, features};

/// The engine behind `/tap`.
pub(crate) struct EngineRoom {
    engine: Arc<Engine>,
    functions: Arc<ModuleRoom>,
    tables: Arc<OwnTableRoom>,
    upload_rows: u64,
}

/// Memory that one uploaded table may take, bytes.
const UPLOAD_MEMORY: usize = 512 << 20;

impl EngineRoom {
    /// `upload_rows` is how many rows a query may send along.
    pub(crate) fn new(
        engine: Arc<Engine>,
        functions: Arc<ModuleRoom>,
        tables: Arc<OwnTableRoom>,
        upload_rows: u64,
    ) -> Self {
        EngineRoom { engine, functions, tables, upload_rows }
    }

    /// Keeps the rows of a query as a table, and answers with one row that says so.
    async fn keep(
        &self,
        owner: Option<String>,
        into: &TableName,
        request: QueryRequest,
    ) -> Result<TapResult, ServiceError> {
        let parts: Vec<&str> = into.parts.iter().map(|part| part.text.as_str()).collect();
        let name = own_name(&parts.join("."))?;
        let owner = owner.ok_or_else(|| ServiceError::new(NoOwner))?;
        self.tables.check_free(&owner, &name).await?;
        let cancel = request.cancel.clone();
        // A table is whole: what bounds it is its owner's space.
        let answer = self.engine.query(QueryRequest { max_rows: None, ..request }).await;
        let answer = answer.map_err(outward)?;
        let (stats, snapshots) = (answer.stats.clone(), answer.snapshots.clone());
        let content = Content::of_query(answer, cancel);
        let kept = self.tables.keep(&owner, &name, None, move || Ok(content)).await?;
        let (columns, schema, row) = receipt(&kept)?;
        Ok(TapResult {
            columns,
            schema,
            batches: futures::stream::iter([Ok(row)]).boxed(),
            snapshots,
            scanned: Some(Arc::new(move || stats.scan().bytes)),
        })
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
        let functions = self.functions.modules(&query.functions).await?;
        let into = into(&query.adql, &functions);
        let request = QueryRequest {
            uploads: self.read(query.uploads).await?,
            functions,
            tables: self.tables.of(query.owner.as_deref()).await?,
            adql: query.adql,
            max_rows: query.max_rows,
            snapshot: query.snapshot,
            seconds: query.seconds,
            long: query.long,
            cancel: query.cancel,
        };
        if let Some(into) = into {
            if !query.may_write {
                return Err(ServiceError::new(NotByPost));
            }
            return self.keep(query.owner, &into, request).await;
        }
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

/// The table that a query is to make. What is wrong with the query is told when it runs.
fn into(adql: &str, functions: &[Module]) -> Option<TableName> {
    let metas: Vec<_> = functions.iter().flat_map(Module::functions).cloned().collect();
    let query = tenkyu_adql::parse_with(adql, &metas).ok()?;
    query.body.first_select().into.clone()
}

/// The one row that tells of a table that was made.
fn receipt(kept: &OwnTableMeta) -> Result<(Vec<ColumnMeta>, SchemaRef, RecordBatch), ServiceError> {
    let column = |name: &str, description: &str, kind, size| ColumnMeta {
        name: name.to_owned(),
        description: description.to_owned(),
        datatype: Datatype { kind, size },
        principal: true,
        ..ColumnMeta::default()
    };
    let columns = vec![
        column("table_name", "The table that was made", Kind::Char, ArraySize::Variable),
        column("table_rows", "Its rows", Kind::Long, ArraySize::Scalar),
        column("table_bytes", "Its bytes on disk", Kind::Long, ArraySize::Scalar),
    ];
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![kept.table.name.as_str()])),
        Arc::new(Int64Array::from(vec![number(kept.table.rows.unwrap_or_default())])),
        Arc::new(Int64Array::from(vec![number(kept.bytes)])),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .zip(&arrays)
        .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let row = RecordBatch::try_new(schema.clone(), arrays).map_err(ServiceError::internal)?;
    Ok((columns, schema, row))
}

/// An engine's error: what the user can mend is told, faults of ours go to the log.
pub(super) fn outward(error: EngineError) -> ServiceError {
    if error.status() == 500 {
        ServiceError::internal(format!("{:#}", anyhow::Error::from(error)))
    } else {
        ServiceError::new(error)
    }
}
