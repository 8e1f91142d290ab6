//! The engine: all catalogues of a folder, tables that others keep, and queries on them.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use datafusion::{
    execution::{
        SessionStateBuilder,
        memory_pool::FairSpillPool,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    physical_optimizer::optimizer::PhysicalOptimizer,
    prelude::{SessionConfig, SessionContext},
};
use tenkyu_adql::{ast, nearest};
use tenkyu_wire::tables::{ColumnMeta, SchemaMeta, TableMeta};
use tokio::runtime::Handle;

use crate::{
    EngineError, TableSource,
    catalog::{self, TableFolder, TableName},
    cluster::ClusterOptions,
    counts::ScanCounts,
    dense::UseDenseAggregate,
    functions::OwnFunctions,
    hats::{
        place::Place,
        read::{self, Catalog},
    },
    import::{self, ImportOptions, ImportProgress, ImportReport},
    meta::{self, HEALPIX_COLUMN},
    own::{self, Opened, OwnTable},
    plan::{ResolvedTable, TableMissing, Tables, barrier::PlanQuery},
    provider::HatsTable,
    scan::cache::ColumnCache,
    sky_join::UseSkyJoin,
    source::SourceTable,
    tap_schema,
    upload::UploadTable,
};

/// Limits of an engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Memory that all queries together may use for sorting, joining and grouping, bytes. What
    /// does not fit is spilled to disk where the operation can.
    pub memory_bytes: usize,
    /// Memory that decoded columns may take between queries, bytes. It comes on top of
    /// `memory_bytes`.
    pub hot_bytes: usize,
    /// Threads that one query uses.
    pub threads: usize,
    /// Seconds after which a query is stopped.
    pub query_seconds: u64,
    /// Where long queries are worked on, if not here.
    pub cluster: Option<ClusterOptions>,
}

impl Default for EngineOptions {
    /// 2 GiB for queries and 1 GiB for columns, every core, ten minutes.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let (memory_bytes, hot_bytes) = (2 << 30, 1 << 30);
        Self { memory_bytes, hot_bytes, threads, query_seconds: 600, cluster: None }
    }
}

/// Positions of named objects.
pub trait NameResolver: Send + Sync {
    /// ICRS right ascension and declination, degrees; `Err` holds names that are spelt like it.
    fn position(&self, name: &str) -> Result<(f64, f64), Vec<String>>;
}

/// All catalogues, ready for queries. Cheap to share behind an `Arc`.
pub struct Engine {
    root: PathBuf,
    pub(crate) options: EngineOptions,
    runtime: Arc<RuntimeEnv>,
    columns: Arc<ColumnCache>,
    /// Threads of their own for queries: a busy query must not keep the server from answering.
    workers: Option<tokio::runtime::Runtime>,
    tables: RwLock<Vec<Table>>,
    sources: RwLock<Vec<Arc<dyn TableSource>>>,
    names: RwLock<Option<Arc<dyn NameResolver>>>,
    pub(crate) opened: Arc<Opened>,
}

/// A table on disk.
#[derive(Clone)]
pub(crate) struct Table {
    folder: TableFolder,
    current: Arc<Catalog>,
}

impl Table {
    /// The same table under another name.
    pub(crate) fn called(mut self, name: TableName) -> Self {
        self.folder.name = name;
        self
    }

    /// Its stored columns.
    pub(crate) fn schema(&self) -> arrow::datatypes::SchemaRef {
        self.current.schema.clone()
    }

    /// Its Parquet files, where it lies in a folder of this machine.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let Place::Folder(root) = &self.current.place else { return Vec::new() };
        self.current.files.iter().map(|file| root.join(&*file.name)).collect()
    }

    pub(crate) fn open(folder: TableFolder, runtime: &Handle) -> Result<Self, EngineError> {
        let current = Arc::new(folder.open(&folder.current, runtime)?);
        Ok(Self { folder, current })
    }

    pub(crate) fn meta(&self) -> TableMeta {
        let columns = columns(&self.current);
        TableMeta {
            name: self.folder.name.to_string(),
            description: self
                .current
                .properties
                .get("obs_description")
                .unwrap_or_default()
                .to_owned(),
            utype: String::new(),
            rows: Some(self.current.rows),
            snapshot: Some(self.folder.current.clone()),
            columns: select_order(&columns)
                .into_iter()
                .filter_map(|i| columns.get(i).cloned())
                .collect(),
            position: self.current.position.clone(),
        }
    }
}

/// Descriptions of the stored columns, in stored order.
fn columns(catalog: &Catalog) -> Vec<ColumnMeta> {
    let mut columns: Vec<ColumnMeta> =
        catalog.schema.fields().iter().map(|f| meta::column_meta(f)).collect();
    let shown_first = catalog.default_columns();
    if !shown_first.is_empty() {
        columns.iter_mut().for_each(|c| c.principal = shown_first.contains(&c.name.as_str()));
    }
    for (indexed, _) in &catalog.indexes {
        columns.iter_mut().filter(|c| c.name == *indexed).for_each(|c| c.indexed = true);
    }
    if let Some((ra, dec)) = &catalog.position {
        // A region search on the position skips partitions, so it is quick.
        columns
            .iter_mut()
            .filter(|c| c.name == *ra || c.name == *dec)
            .for_each(|c| c.indexed = true);
    }
    columns
}

/// `SELECT *` shows the spatial index after the columns that were measured.
fn select_order(columns: &[ColumnMeta]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|&i| columns.get(i).is_some_and(|c| c.name == HEALPIX_COLUMN));
    order
}

impl Engine {
    /// Opens all catalogues below `root`, which is made if it does not exist. What a killed
    /// import left behind is removed. A catalogue that cannot be read is left out with a warning
    /// in the log: the others must not wait for its repair.
    pub fn open(root: &Path, options: EngineOptions) -> Result<Self, EngineError> {
        if let Some(cluster) = &options.cluster {
            cluster.check()?;
        }
        std::fs::create_dir_all(root).map_err(|e| EngineError::io(root, e))?;
        // Plans name files by absolute path.
        let root = root.canonicalize().map_err(|e| EngineError::io(root, e))?;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(options.memory_bytes)))
            .build_arc()
            .map_err(|e| EngineError::Internal(e.to_string()))?;
        let workers = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.threads.max(1))
            .thread_name("query")
            // Plans are deep, and evaluated recursively.
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .map_err(|e| EngineError::Internal(e.to_string()))?;
        let removed = catalog::sweep(&root)?;
        if removed > 0 {
            tracing::info!(removed, "removed what interrupted imports had left");
        }
        let engine = Self {
            root,
            columns: Arc::new(ColumnCache::new(options.hot_bytes)),
            options,
            runtime,
            workers: Some(workers),
            tables: RwLock::default(),
            sources: RwLock::default(),
            names: RwLock::default(),
            opened: Arc::default(),
        };
        engine.reload()?;
        Ok(engine)
    }

    /// Looks again at what is on disk, after another process imported something.
    pub fn reload(&self) -> Result<(), EngineError> {
        let mut tables = Vec::new();
        let known = self.disk_tables();
        let runtime = self.workers()?.handle();
        for folder in catalog::list(&self.root)? {
            let name = folder.name.clone();
            // A snapshot never changes: what was read of it stays true.
            let same = known
                .iter()
                .find(|t| t.folder.dir == folder.dir && t.folder.current == folder.current);
            if let Some(same) = same {
                tables.push(Table { folder, current: same.current.clone() });
                continue;
            }
            match Table::open(folder, runtime) {
                Ok(table) => tables.push(table),
                Err(error) => tracing::warn!(table = %name, %error, "catalogue left out"),
            }
        }
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = tables;
        Ok(())
    }

    /// Adds a table that is not on disk. One of the same name is replaced.
    pub fn register(&self, source: Arc<dyn TableSource>) {
        let name = source.meta().name;
        let mut sources = self.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|s| !s.meta().name.eq_ignore_ascii_case(&name));
        sources.push(source);
    }

    /// Sets who knows the positions of named objects, for `ivo_simbadpoint`.
    pub fn resolve_names_with(&self, names: Arc<dyn NameResolver>) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Some(names);
    }

    /// Imports a file as a new snapshot of `options.name`, which queries read from then on.
    ///
    /// As [`Engine::import_files`] otherwise.
    pub fn import(
        &self,
        file: &Path,
        options: &ImportOptions,
        progress: &mut dyn FnMut(ImportProgress),
    ) -> Result<ImportReport, EngineError> {
        self.import_files(&[file.to_owned()], options, progress)
    }

    /// Imports files, as one table, as a new snapshot of `options.name`. Columns meet by name; one
    /// that a file lacks is NULL in its rows.
    ///
    /// Blocks until it is done: call it outside of asynchronous code. Nothing is visible, and
    /// nothing stays on disk, when it fails.
    pub fn import_files(
        &self,
        files: &[PathBuf],
        options: &ImportOptions,
        progress: &mut dyn FnMut(ImportProgress),
    ) -> Result<ImportReport, EngineError> {
        let report = import::run(&self.root, files, options, progress)?;
        self.reload()?;
        Ok(report)
    }

    /// Makes the catalogue at an address, a folder or a URL, a snapshot of `name`. It stays where
    /// it is. Blocks while its description is read.
    pub fn link(&self, address: &str, name: &str) -> Result<String, EngineError> {
        let name = TableName::parse(name)?;
        let place = Place::parse(address, self.workers()?.handle())?;
        read::open(&place)?;
        let snapshot = catalog::link(&self.root, &name, &place.to_string())?;
        self.reload()?;
        Ok(snapshot)
    }

    /// Removes a snapshot of a table, or the table with all of them. Queries that run on it fail.
    pub fn drop_table(&self, table: &str, snapshot: Option<&str>) -> Result<(), EngineError> {
        let folder = self.folder(table).ok_or_else(|| {
            let all = self.disk_tables();
            let names: Vec<String> = all.iter().map(|t| t.folder.name.to_string()).collect();
            EngineError::UnknownTable {
                name: table.to_owned(),
                place: None,
                nearest: nearest(table, names.iter().map(String::as_str)).map(str::to_owned),
            }
        })?;
        match snapshot {
            None => folder.drop_table(&self.root)?,
            Some(snapshot) if folder.snapshots.iter().any(|s| s == snapshot) => {
                folder.drop_snapshot(&self.root, snapshot)?;
            }
            Some(snapshot) => {
                let (table, snapshot) = (folder.name.to_string(), snapshot.to_owned());
                return Err(EngineError::UnknownSnapshot { table, snapshot });
            }
        }
        self.reload()
    }

    /// The folder of a table on disk.
    fn folder(&self, table: &str) -> Option<TableFolder> {
        let tables = self.disk_tables();
        let is = |t: &&Table| t.folder.name.to_string().eq_ignore_ascii_case(table);
        tables.iter().find(is).map(|t| t.folder.clone())
    }

    /// All schemas with their tables: catalogues, registered tables and `TAP_SCHEMA`.
    pub fn schemas(&self) -> Vec<SchemaMeta> {
        let mut schemas = self.data_schemas();
        schemas.push(tap_schema::description());
        schemas
    }

    fn data_schemas(&self) -> Vec<SchemaMeta> {
        let mut metas: Vec<TableMeta> = self.disk_tables().iter().map(Table::meta).collect();
        metas.extend(self.registered().iter().map(|s| s.meta()));
        let mut schemas: Vec<SchemaMeta> = Vec::new();
        metas.into_iter().for_each(|table| add_table(&mut schemas, table));
        schemas
    }

    /// The snapshots of a table on disk, oldest first, the current one marked.
    pub fn snapshots(&self, table: &str) -> Option<Vec<(String, bool)>> {
        let folder = self.folder(table)?;
        Some(folder.snapshots.iter().map(|s| (s.clone(), *s == folder.current)).collect())
    }

    fn disk_tables(&self) -> Vec<Table> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn registered(&self) -> Vec<Arc<dyn TableSource>> {
        self.sources.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The threads that queries run on.
    pub(crate) fn workers(&self) -> Result<&tokio::runtime::Runtime, EngineError> {
        self.workers.as_ref().ok_or(EngineError::Cancelled)
    }

    /// A session for one query on this machine.
    pub(crate) fn session(&self) -> SessionContext {
        let threads = self.options.threads.max(1);
        self.session_with(SessionConfig::new().with_target_partitions(threads))
    }

    /// A session for one query.
    pub(crate) fn session_with(&self, config: SessionConfig) -> SessionContext {
        let mut config = config.with_information_schema(false);
        // Text leaves the engine as plain UTF-8 arrays, so it is read as such.
        config.options_mut().execution.parquet.schema_force_view_types = false;
        let mut rules = PhysicalOptimizer::new().rules;
        rules.insert(0, Arc::new(UseSkyJoin));
        rules.push(Arc::new(UseDenseAggregate));
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(self.runtime.clone())
            .with_default_features()
            .with_physical_optimizer_rules(rules)
            .with_query_planner(Arc::new(PlanQuery))
            .build();
        SessionContext::new_with_state(state)
    }

    /// The tables as one query sees them.
    pub(crate) fn view(
        &self,
        snapshot: Option<&str>,
        uploads: Vec<Arc<UploadTable>>,
        functions: OwnFunctions,
        own: Vec<OwnTable>,
    ) -> TablesOfQuery {
        self.columns.new_query();
        TablesOfQuery {
            own,
            opened: self.opened.clone(),
            disk: self.disk_tables(),
            sources: self.registered(),
            uploads,
            functions,
            names: self.names.read().unwrap_or_else(PoisonError::into_inner).clone(),
            schemas: self.schemas(),
            wanted: Wanted::parse(snapshot),
            runtime: self.workers.as_ref().map(|w| w.handle().clone()),
            counts: Arc::default(),
            hot: self.columns.clone(),
            used: RwLock::default(),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which asynchronous code must not do.
        if let Some(workers) = self.workers.take() {
            workers.shutdown_background();
        }
    }
}

/// Puts a table into its schema.
fn add_table(schemas: &mut Vec<SchemaMeta>, table: TableMeta) {
    let name = table.name.split_once('.').map_or("", |(schema, _)| schema).to_owned();
    match schemas.iter_mut().find(|s| s.name.eq_ignore_ascii_case(&name)) {
        Some(schema) => schema.tables.push(table),
        None => schemas.push(SchemaMeta {
            description: schema_description(&name),
            name,
            tables: vec![table],
            functions: Vec::new(),
        }),
    }
}

fn schema_description(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        own::SCHEMA => "Your own tables".to_owned(),
        "ivoa" => "Tables defined by the International Virtual Observatory Alliance".to_owned(),
        _ => String::new(),
    }
}

/// Which snapshots a query reads.
#[derive(Debug, Default, PartialEq)]
struct Wanted {
    /// For tables that are not named.
    any: Option<String>,
    /// By table, in lower case.
    by_table: HashMap<String, String>,
}

impl Wanted {
    /// Reads `snapshot` (of every table) or `schema.table@snapshot, …`.
    fn parse(text: Option<&str>) -> Self {
        let mut wanted = Self::default();
        for part in text.unwrap_or_default().split(',').map(str::trim).filter(|p| !p.is_empty()) {
            match part.split_once('@') {
                Some((table, snapshot)) => {
                    wanted.by_table.insert(table.to_lowercase(), snapshot.to_owned());
                }
                None => wanted.any = Some(part.to_owned()),
            }
        }
        wanted
    }
}

/// The tables as one query sees them: a snapshot that becomes current later does not change it.
pub(crate) struct TablesOfQuery {
    disk: Vec<Table>,
    sources: Vec<Arc<dyn TableSource>>,
    uploads: Vec<Arc<UploadTable>>,
    own: Vec<OwnTable>,
    opened: Arc<Opened>,
    functions: OwnFunctions,
    names: Option<Arc<dyn NameResolver>>,
    schemas: Vec<SchemaMeta>,
    wanted: Wanted,
    runtime: Option<Handle>,
    /// What was scanned.
    pub(crate) counts: Arc<ScanCounts>,
    hot: Arc<ColumnCache>,
    used: RwLock<Vec<Used>>,
}

/// A catalogue that a query reads.
#[derive(Clone)]
pub(crate) struct Used {
    /// `schema.table`.
    pub(crate) table: String,
    /// Its snapshot.
    pub(crate) snapshot: String,
    /// The catalogue itself.
    pub(crate) catalog: Arc<Catalog>,
}

impl TablesOfQuery {
    /// Tables on disk that the query read, with their snapshots.
    pub(crate) fn snapshots(&self) -> Vec<(String, String)> {
        self.used().into_iter().map(|used| (used.table, used.snapshot)).collect()
    }

    /// Tables on disk that the query read.
    pub(crate) fn used(&self) -> Vec<Used> {
        self.used.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn catalog(
        &self,
        table: &Table,
        snapshot: Option<&String>,
    ) -> Result<Arc<Catalog>, EngineError> {
        let name = table.folder.name.to_string();
        let wanted = self.wanted.by_table.get(&name.to_lowercase()).or(self.wanted.any.as_ref());
        let snapshot = snapshot.or(wanted).unwrap_or(&table.folder.current);
        // Only names that were found on disk become part of a path.
        if !table.folder.snapshots.contains(snapshot) {
            return Err(EngineError::UnknownSnapshot { table: name, snapshot: snapshot.clone() });
        }
        let catalog = if *snapshot == table.folder.current {
            table.current.clone()
        } else {
            let runtime = self.runtime.as_ref().ok_or(EngineError::Cancelled)?;
            Arc::new(table.folder.open(snapshot, runtime)?)
        };
        let mut used = self.used.write().unwrap_or_else(PoisonError::into_inner);
        let known = used.iter().find(|u| u.table == name && u.snapshot == *snapshot);
        if let Some(known) = known {
            // An older snapshot was read from disk once more; one query needs it once.
            return Ok(known.catalog.clone());
        }
        used.push(Used { table: name, snapshot: snapshot.clone(), catalog: catalog.clone() });
        Ok(catalog)
    }

    fn disk_table(
        &self,
        table: &Table,
        snapshot: Option<String>,
    ) -> Result<ResolvedTable, EngineError> {
        let catalog = self.catalog(table, snapshot.as_ref())?;
        let columns = columns(&catalog);
        let order = select_order(&columns);
        let TableName { schema, table } = table.folder.name.clone();
        let table = match snapshot {
            Some(snapshot) => format!("{table}@{snapshot}"),
            None => table,
        };
        let full_name = format!("{schema}.{table}");
        let provider =
            Arc::new(HatsTable::new(full_name, catalog, self.counts.clone(), self.hot.clone()));
        Ok(ResolvedTable { provider, name: (schema, table), columns, order })
    }

    fn own_table(&self, own: &OwnTable) -> Result<Table, EngineError> {
        self.opened.open(own, self.runtime.as_ref().ok_or(EngineError::Cancelled)?)
    }

    /// Whether the query reads a table that only some see.
    #[cfg(feature = "cluster")]
    pub(crate) fn reads_own(&self) -> bool {
        self.used().iter().any(|used| self.own.iter().any(|own| own.name == used.table))
    }

    /// All schemas, with those of the tables that only some see.
    fn described(&self) -> Result<Vec<SchemaMeta>, EngineError> {
        let mut schemas = self.schemas.clone();
        for own in &self.own {
            add_table(&mut schemas, self.own_table(own)?.meta());
        }
        Ok(schemas)
    }

    fn source_table(&self, source: Arc<dyn TableSource>) -> ResolvedTable {
        let TableMeta { name, columns, .. } = source.meta();
        let (schema, table) = name.split_once('.').unwrap_or(("", &name));
        ResolvedTable {
            provider: Arc::new(SourceTable::new(source)),
            name: (schema.to_owned(), table.to_owned()),
            order: (0..columns.len()).collect(),
            columns,
        }
    }
}

impl Tables for TablesOfQuery {
    fn position(&self, name: &str) -> Result<(f64, f64), Vec<String>> {
        self.names.as_ref().map_or(Err(Vec::new()), |names| names.position(name))
    }

    fn functions(&self) -> &OwnFunctions {
        &self.functions
    }

    fn resolve(&self, name: &ast::TableName) -> Result<ResolvedTable, TableMissing> {
        if let Some(upload) = self.uploads.iter().find(|upload| upload.is_meant(name)) {
            return upload.resolved().map_err(TableMissing::Other);
        }
        if let Some(own) = self.own.iter().find(|own| name.is(&own.name)) {
            return self
                .own_table(own)
                .and_then(|table| self.disk_table(&table, None))
                .map_err(TableMissing::Other);
        }
        if let Some(source) = self.sources.iter().find(|s| name.is(&s.meta().name)) {
            return Ok(self.source_table(source.clone()));
        }
        let described = || self.described().map_err(TableMissing::Other);
        if let Some(source) = tap_schema::source(name, described)? {
            return Ok(self.source_table(source));
        }
        let (plain, snapshot) = name.split_snapshot();
        let found: Vec<&Table> =
            self.disk.iter().filter(|t| plain.is(&t.folder.name.to_string())).collect();
        match found.as_slice() {
            [one] => self.disk_table(one, snapshot).map_err(TableMissing::Other),
            _ => {
                let uploaded = self.uploads.iter().map(|upload| upload.full_name());
                let all = self.schemas.iter().flat_map(|s| &s.tables).map(|t| t.name.as_str());
                let own = self.own.iter().map(|own| own.name.as_str());
                let all = all.chain(uploaded).chain(own);
                Err(TableMissing::Unknown(nearest(&name.to_string(), all).map(str::to_owned)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_asked_for_by_table_or_for_all() {
        let wanted = Wanted::parse(Some("A.b@s1, s0"));
        assert_eq!(wanted.any.as_deref(), Some("s0"));
        assert_eq!(wanted.by_table.get("a.b").map(String::as_str), Some("s1"));
        assert_eq!(Wanted::parse(None), Wanted::default());
    }
}
