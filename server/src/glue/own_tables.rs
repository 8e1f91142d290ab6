//! Users' own tables: entered by the workspace, written and read by the engine.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use tenkyu_engine::{Engine, EngineError, OwnTable, QueryStream, Rows};
use tenkyu_vo::{ServiceError, TableChange, TableRoom};
use tenkyu_wire::functions::is_own;
use tenkyu_wire::messages::workspace as text;
use tenkyu_wire::tables::{OwnTableMeta, OwnTables};
use tenkyu_wire::{Explain, Lang};
use tenkyu_workspace::{KeptTable, TableLimits, Workspace, WorkspaceError, table_date};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// The tables behind `my.…` and `/tap/my`.
pub(crate) struct OwnTableRoom {
    engine: Arc<Engine>,
    workspace: Workspace,
    limits: TableLimits,
}

/// What is to become a table.
pub(crate) struct Content {
    schema: arrow::datatypes::SchemaRef,
    description: Option<String>,
    rows: Rows,
}

impl Content {
    /// The rows of a query, which end with an error when it is cancelled.
    pub(crate) fn of_query(answer: QueryStream, cancel: CancellationToken) -> Content {
        let (runtime, mut batches) = (Handle::current(), answer.batches);
        let rows = std::iter::from_fn(move || {
            if cancel.is_cancelled() {
                return Some(Err(EngineError::Cancelled));
            }
            runtime.block_on(batches.next())
        });
        Content { schema: answer.schema, description: None, rows: Box::new(rows) }
    }

    fn of_file(file: &std::path::Path) -> Result<Content, EngineError> {
        let (schema, description, rows) = Engine::read_table(file)?;
        Ok(Content { schema, description, rows })
    }
}

impl OwnTableRoom {
    /// Opens what is kept, and removes what a killed server left unfinished.
    pub(crate) async fn open(
        engine: Arc<Engine>,
        workspace: Workspace,
        limits: TableLimits,
    ) -> Result<OwnTableRoom, WorkspaceError> {
        let removed = workspace.sweep_tables().await?;
        if removed > 0 {
            tracing::info!(removed, "removed what unfinished tables had left");
        }
        Ok(OwnTableRoom { engine, workspace, limits })
    }

    /// The tables that queries of an owner see.
    pub(crate) async fn of(&self, owner: Option<&str>) -> Result<Vec<OwnTable>, ServiceError> {
        let Some(owner) = owner else { return Ok(Vec::new()) };
        let tables = self.workspace.tables(owner).await.map_err(outward)?;
        Ok(tables.iter().map(|table| self.own(table)).collect())
    }

    fn own(&self, table: &KeptTable) -> OwnTable {
        let folder = self.workspace.table_folder(&table.id);
        OwnTable { name: table.meta.table.name.clone(), folder }
    }

    /// Refuses a name that is taken, before anything is computed for it.
    pub(crate) async fn check_free(&self, owner: &str, name: &str) -> Result<(), ServiceError> {
        match self.workspace.table(owner, name).await {
            Ok(_) => Err(outward(WorkspaceError::TableTaken(name.to_owned()))),
            Err(WorkspaceError::NoTable(_)) => Ok(()),
            Err(error) => Err(outward(error)),
        }
    }

    /// Writes a table, which takes the place of `replaced`.
    pub(crate) async fn keep(
        &self,
        owner: &str,
        name: &str,
        replaced: Option<&KeptTable>,
        content: impl FnOnce() -> Result<Content, EngineError> + Send + 'static,
    ) -> Result<OwnTableMeta, ServiceError> {
        let known = self.workspace.tables(owner).await.map_err(outward)?;
        let others = known.iter().filter(|one| Some(&one.id) != replaced.map(|r| &r.id));
        let used: u64 = others.map(|one| one.meta.bytes).sum();
        let free = self.limits.owner_bytes.saturating_sub(used);
        let id = self.workspace.new_table_id().map_err(outward)?;
        let own = OwnTable { name: name.to_owned(), folder: self.workspace.table_folder(&id) };
        let (engine, at) = (self.engine.clone(), own.clone());
        let kept = tokio::task::spawn_blocking(move || {
            let Content { schema, description, rows } = content()?;
            engine.keep(&at, schema, rows, description, free)
        });
        let kept = kept.await.map_err(ServiceError::internal)?.map_err(engines)?;
        let modified = table_date();
        let created = replaced.map_or(modified, |old| old.meta.created);
        let mut table = kept.meta;
        if let Some(old) = replaced {
            table.description.clone_from(&old.meta.table.description);
        }
        let meta = OwnTableMeta { table, bytes: kept.bytes, created, modified };
        let table = KeptTable { id, meta };
        let replaced = replaced.map(|old| old.id.as_str());
        let entered = self.workspace.enter_table(owner, &table, replaced, self.limits).await;
        match (&entered, replaced) {
            (Err(_), _) => self.discard(&table.id).await?,
            (Ok(()), Some(old)) => self.discard(old).await?,
            (Ok(()), None) => {}
        }
        entered.map(|()| table.meta).map_err(outward)
    }

    async fn discard(&self, id: &str) -> Result<(), ServiceError> {
        let (engine, folder) = (self.engine.clone(), self.workspace.table_folder(id));
        let dropped = tokio::task::spawn_blocking(move || engine.drop_own(&folder)).await;
        dropped.map_err(ServiceError::internal)?.map_err(engines)
    }
}

/// A name of an own table as it is kept: `my.` and a regular identifier.
pub(crate) fn own_name(name: &str) -> Result<String, ServiceError> {
    let bad = || ServiceError::new(BadName(name.chars().take(100).collect()));
    let (schema, table) = name.split_once('.').ok_or_else(bad)?;
    if !is_own(schema) {
        return Err(bad());
    }
    let name = format!("{}.{table}", tenkyu_wire::functions::SCHEMA);
    Engine::check_own_name(&name).map(|()| name).map_err(|_| bad())
}

#[async_trait]
impl TableRoom for OwnTableRoom {
    async fn list(&self, owner: &str) -> Result<OwnTables, ServiceError> {
        let tables = self.workspace.tables(owner).await.map_err(outward)?;
        let tables: Vec<_> = tables.into_iter().map(|table| table.meta).collect();
        let bytes = tables.iter().map(|table| table.bytes).sum();
        Ok(OwnTables { tables, bytes, limit: self.limits.owner_bytes })
    }

    async fn create(
        &self,
        owner: &str,
        name: &str,
        file: PathBuf,
    ) -> Result<OwnTableMeta, ServiceError> {
        let name = own_name(name)?;
        self.check_free(owner, &name).await?;
        self.keep(owner, &name, None, move || Content::of_file(&file)).await
    }

    async fn append(
        &self,
        owner: &str,
        name: &str,
        file: PathBuf,
    ) -> Result<OwnTableMeta, ServiceError> {
        let old = self.workspace.table(owner, &own_name(name)?).await.map_err(outward)?;
        let (engine, own) = (self.engine.clone(), self.own(&old));
        let name = own.name.clone();
        let content = move || {
            let (schema, description, rows) = engine.read_with(&own, &file)?;
            Ok(Content { schema, description, rows })
        };
        self.keep(owner, &name, Some(&old), content).await
    }

    async fn describe(
        &self,
        owner: &str,
        name: &str,
        change: &TableChange,
    ) -> Result<OwnTableMeta, ServiceError> {
        let (name, new) = (own_name(name)?, change.name.as_deref().map(own_name).transpose()?);
        let description = change.description.as_deref();
        let changed = self.workspace.describe_table(owner, &name, new.as_deref(), description);
        changed.await.map_err(outward)
    }

    async fn remove(&self, owner: &str, name: &str) -> Result<(), ServiceError> {
        let id = self.workspace.forget_table(owner, &own_name(name)?).await.map_err(outward)?;
        self.discard(&id).await
    }
}

/// No name of a user's own table.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no name of an own table")]
struct BadName(String);

impl Explain for BadName {
    fn code(&self) -> &'static str {
        "table-bad-name"
    }

    fn detail(&self, lang: Lang) -> String {
        text::BAD_TABLE_NAME.with(lang, &[("name", &self.0)])
    }

    fn help(&self, lang: Lang) -> Option<String> {
        Some(text::BAD_TABLE_NAME_HELP.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        400
    }
}

/// A query with `INTO` of somebody who is not known.
#[derive(Debug, thiserror::Error)]
#[error("an own table without an owner")]
pub(crate) struct NoOwner;

impl Explain for NoOwner {
    fn code(&self) -> &'static str {
        "table-no-owner"
    }

    fn detail(&self, lang: Lang) -> String {
        text::NO_OWNER.text(lang).to_owned()
    }

    fn help(&self, lang: Lang) -> Option<String> {
        Some(text::NO_OWNER_HELP.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        401
    }
}

/// A query with `INTO` in an address.
#[derive(Debug, thiserror::Error)]
#[error("INTO by GET")]
pub(crate) struct NotByPost;

impl Explain for NotByPost {
    fn code(&self) -> &'static str {
        "table-by-get"
    }

    fn detail(&self, lang: Lang) -> String {
        text::INTO_BY_GET.text(lang).to_owned()
    }

    fn help(&self, lang: Lang) -> Option<String> {
        Some(text::INTO_BY_GET_HELP.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        400
    }
}

fn engines(error: EngineError) -> ServiceError {
    super::tap::outward(error)
}

fn outward(error: WorkspaceError) -> ServiceError {
    super::functions::outward(error)
}
