//! Plans that go to other machines and come back, without the machines.

use std::sync::Arc;

use arrow::{
    array::RecordBatch,
    util::display::{ArrayFormatter, FormatOptions},
};
use datafusion::{
    common::tree_node::{Transformed, TreeNode},
    datasource::{
        physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder},
        source::DataSourceExec,
    },
    execution::runtime_env::RuntimeEnvBuilder,
    physical_plan::{ExecutionPlan, collect, displayable, union::UnionExec},
    prelude::{SessionConfig, SessionContext},
};
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec as from_bytes,
    physical_plan_to_bytes_with_extension_codec as to_bytes,
};
use futures::TryStreamExt as _;
use tenkyu_udf::sandbox::{Limits, Module, Pool};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::{
    ClusterOptions,
    catalogs::{Catalogs, NoFiles, OnlyCatalogs},
    codec::Codec,
    messages::MARK,
    share::Closed,
    spread::{Stays, spread},
};
use crate::{
    Engine, EngineOptions, ImportOptions, QueryRequest, engine::Used, functions::OwnFunctions,
    generate, query,
};

#[path = "../../../../../shared/udf/tests/sandbox/samples.rs"]
mod samples;

struct Lab {
    engine: Engine,
    dir: tempfile::TempDir,
    runtime: Runtime,
}

/// Questions of every kind of node and function that a plan can hold.
const QUESTIONS: &[&str] = &[
    "SELECT COUNT(*) AS n FROM sky.stars WHERE g < 20",
    "SELECT id, ra, dec FROM sky.stars WHERE DISTANCE(ra, dec, 120, 10) < 5",
    "SELECT * FROM sky.stars WHERE id < 50",
    "SELECT FLOOR(g * 2) AS b, COUNT(*) AS n FROM sky.stars WHERE r < 21 GROUP BY b",
    "SELECT ivo_healpix_index(3, ra, dec) AS c, COUNT(*) AS n, ROUND(AVG(g), 6) AS m
     FROM sky.stars GROUP BY c",
    "SELECT ROUND(g - r, 1) AS c, MIN(i) AS a, MAX(i) AS b FROM sky.stars GROUP BY c",
    "SELECT TOP 20 id, g FROM sky.stars ORDER BY g, id",
    "SELECT a.id AS x, b.id AS y FROM sky.stars AS a JOIN sky.stars AS b
     ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.02 WHERE a.id < b.id AND ABS(a.g - b.g) < 1",
    "SELECT a.id AS x, b.id AS y FROM sky.stars AS a LEFT JOIN sky.stars AS b
     ON 1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, 0.01)) AND a.id <> b.id
     WHERE a.g < 17",
    "SELECT COUNT(*) AS n FROM sky.stars AS a WHERE EXISTS (SELECT 1 FROM sky.stars AS b
     WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01 AND a.id <> b.id)",
    "SELECT COUNT(*) AS n FROM sky.stars AS a JOIN sky.stars AS b ON a.id = b.id + 1
     WHERE b.g < 18",
    "SELECT ivo_histogram(g, 10, 25, 30) AS h FROM sky.stars",
    "SELECT COUNT(*) AS n FROM sky.stars WHERE id NOT IN (SELECT id FROM sky.stars WHERE g < 19)",
    "SELECT id FROM sky.stars WHERE g < 15 UNION SELECT id FROM sky.stars WHERE r < 15",
    "SELECT COUNT(DISTINCT FLOOR(ra)) AS n, ROUND(SUM(pmra), 2) AS s FROM sky.stars WHERE pmra IS NOT NULL",
    "SELECT TOP 5 id, SQRT(g) AS s, COORD1(POINT(ra, dec)) AS lon, UPPER('a') AS u
     FROM sky.stars WHERE g > (SELECT AVG(g) FROM sky.stars) ORDER BY id",
    "SELECT COUNT(*) AS n FROM sky.stars WHERE 1 = CONTAINS(POINT(ra, dec),
     POLYGON(10, -5, 60, -5, 60, 40, 10, 40))",
    "SELECT FLOOR(g) AS b, ROUND(my.total(r), 6) AS t FROM sky.stars
     WHERE my.plus(g, r) < 40 GROUP BY b",
];

/// What a user has uploaded.
fn functions() -> Vec<Module> {
    let pool = Pool::new(1 << 30);
    vec![Module::read(&samples::module(), Limits::default(), &pool).unwrap()]
}

impl Lab {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), EngineOptions::default()).unwrap();
        let import = ImportOptions { max_rows: 1500, ..ImportOptions::new("sky.stars") };
        generate::import(dir.path(), 20_000, 7, &import, &mut |_| {}).unwrap();
        engine.reload().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .unwrap();
        Self { engine, dir, runtime }
    }

    /// The plan of a query as a server sends it.
    fn sent(&self, adql: &str) -> Result<Vec<u8>, Stays> {
        let cluster = cluster();
        let functions = OwnFunctions::new(functions(), CancellationToken::new());
        let tables = self.engine.view(None, Vec::new(), functions, Vec::new());
        let output = query::output(query::plan(adql, &tables).unwrap()).unwrap();
        let session = self.engine.session_with(super::run::config(&cluster));
        let state = session.state();
        let plan = self.runtime.block_on(state.create_physical_plan(&output.plan)).unwrap();
        let named = |used: Used| (used.catalog, (used.table, used.snapshot));
        spread(plan, tables.used().into_iter().map(named).collect()).unwrap()
    }

    fn executor(&self) -> (Codec, SessionContext) {
        let handle = self.runtime.handle().clone();
        let catalogs = Arc::new(Catalogs::new(self.dir.path(), 1 << 20, handle).unwrap());
        let stores = Arc::new(OnlyCatalogs(catalogs.clone()));
        let runtime =
            RuntimeEnvBuilder::new().with_object_store_registry(stores).build_arc().unwrap();
        let context = SessionContext::new_with_config_rt(SessionConfig::new(), runtime);
        (Codec::running(catalogs, 1 << 30), context)
    }

    fn here(&self, adql: &str) -> Vec<String> {
        let (adql, functions) = (adql.to_owned(), functions());
        let request = QueryRequest { adql, functions, ..QueryRequest::default() };
        self.runtime.block_on(async {
            let answer = self.engine.query(request).await.unwrap();
            lines(&answer.batches.try_collect::<Vec<_>>().await.unwrap())
        })
    }
}

fn cluster() -> ClusterOptions {
    ClusterOptions { scheduler: "http://127.0.0.1:1".to_owned(), partitions: 5, fallback: false }
}

fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let format = FormatOptions::default().with_null("∅");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &format).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            lines.push(cells.join(" | "));
        }
    }
    lines.sort();
    lines
}

/// The partitions of each part dealt to two tasks, as a scheduler does it.
fn dealt(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    let cut = |node: &Arc<dyn ExecutionPlan>, keep: &dyn Fn(usize) -> bool| {
        let source: &dyn std::any::Any =
            node.downcast_ref::<DataSourceExec>().unwrap().data_source().as_ref();
        let config = source.downcast_ref::<FileScanConfig>().unwrap();
        let groups: Vec<FileGroup> = config
            .file_groups
            .iter()
            .enumerate()
            .filter(|(i, _)| keep(*i))
            .map(|g| g.1.clone())
            .collect();
        let config = FileScanConfigBuilder::from(config.clone()).with_file_groups(groups).build();
        DataSourceExec::from_data_source(config) as Arc<dyn ExecutionPlan>
    };
    let done = plan.transform_up(|node| {
        if Closed::of(&node).is_none() {
            return Ok(Transformed::no(node));
        }
        let (odd, even) = (cut(&node, &|i| i % 2 == 1), cut(&node, &|i| i % 2 == 0));
        Ok(Transformed::yes(UnionExec::try_new(vec![odd, even])?))
    });
    done.unwrap().data
}

#[test]
fn a_plan_answers_the_same_after_its_way_through_scheduler_and_executor() {
    let lab = Lab::new();
    let (executor, machine) = lab.executor();
    let dealer = Codec::dealing();
    let stores = RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(NoFiles));
    let context =
        SessionContext::new_with_config_rt(SessionConfig::new(), stores.build_arc().unwrap());
    let mut nodes = ["of RowGroupScan", "of SkyJoinExec", "DenseAggregateExec", "DataSourceExec"]
        .map(|node| (node, 0));
    for adql in QUESTIONS {
        let bytes = lab.sent(adql).unwrap_or_else(|stays| panic!("{adql}: {stays:?}"));
        let plan = from_bytes(&bytes, &context.task_ctx(), &dealer).unwrap();
        let bytes = to_bytes(dealt(plan), &dealer).unwrap();
        let plan = from_bytes(&bytes, &machine.task_ctx(), &executor).unwrap();
        let shown = displayable(plan.as_ref()).indent(false).to_string();
        nodes.iter_mut().for_each(|(node, seen)| *seen += usize::from(shown.contains(*node)));
        let rows = lab.runtime.block_on(collect(plan, machine.task_ctx()));
        let rows = rows.unwrap_or_else(|e| panic!("{adql}: {e}\n{shown}"));
        let expected = lab.here(adql);
        assert!(!expected.is_empty(), "{adql}");
        assert_eq!(lines(&rows), expected, "{adql}\n{shown}");
    }
    assert!(nodes.iter().all(|(_, seen)| *seen > 1), "{nodes:?}");
}

#[test]
fn what_other_machines_do_not_have_stays() {
    let lab = Lab::new();
    for (adql, stays) in [
        ("SELECT id FROM sky.stars WHERE id < -5", Stays::NoCatalog),
        ("SELECT table_name FROM TAP_SCHEMA.tables", Stays::InMemory),
        ("SELECT id FROM sky.stars, TAP_SCHEMA.tables WHERE table_name = 'x'", Stays::InMemory),
        ("SELECT id, RAND() AS x FROM sky.stars", Stays::NotSendable),
    ] {
        assert_eq!(lab.sent(adql).unwrap_err(), stays, "{adql}");
    }
}

#[test]
fn plans_name_catalogues_and_no_files() {
    let lab = Lab::new();
    for adql in QUESTIONS {
        let bytes = lab.sent(adql).unwrap();
        let folder = lab.dir.path().file_name().unwrap().to_str().unwrap().as_bytes();
        assert!(!bytes.windows(folder.len()).any(|w| w == folder), "{adql}");
        // What a task is sent is of this order, too.
        assert!(bytes.len() < 100_000, "{adql}: {} bytes", bytes.len());
    }
}

#[test]
fn broken_messages_are_errors() {
    let lab = Lab::new();
    let (executor, machine) = lab.executor();
    let context = machine.task_ctx();
    let whole = lab.sent(QUESTIONS[0]).unwrap();
    for end in (0..whole.len()).step_by(7) {
        let _ = from_bytes(&whole[..end], &context, &executor);
    }
    for at in 0..whole.len() {
        let mut other = whole.clone();
        other[at] ^= 0x55;
        let _ = from_bytes(&other, &context, &executor);
    }
    let mut other = whole.clone();
    // Of another version.
    let at = whole.windows(MARK.len()).position(|w| w == MARK).unwrap();
    other[at + MARK.len() - 2] = b'9';
    assert!(from_bytes(&other, &context, &executor).is_err());
    // A table that this machine does not have.
    let empty = tempfile::tempdir().unwrap();
    let handle = lab.runtime.handle().clone();
    let elsewhere = Codec::running(Arc::new(Catalogs::new(empty.path(), 0, handle).unwrap()), 0);
    let error = from_bytes(&whole, &context, &elsewhere).unwrap_err().to_string();
    assert!(error.contains("sky.stars@"), "{error}");
}
