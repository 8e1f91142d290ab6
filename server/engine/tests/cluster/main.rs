//! A cluster on this machine: one scheduler and two executors in processes of their own.

#![allow(clippy::unwrap_used, clippy::panic)]

mod machines;
#[path = "../../../../shared/udf/tests/sandbox/samples.rs"]
mod samples;

use std::time::{Duration, Instant};

use arrow::{
    array::RecordBatch,
    util::display::{ArrayFormatter, FormatOptions},
};
use futures::TryStreamExt as _;
use machines::Machines;
use tenkyu_engine::{
    ClusterOptions, Engine, EngineError, EngineOptions, ImportOptions, QueryRequest, QueryStats,
    generate,
};
use tenkyu_udf::sandbox::{Limits, Module, Pool};
use tenkyu_wire::Explain as _;
use tokio_util::sync::CancellationToken;

/// Not a test: what the processes run that a test starts.
#[test]
#[ignore = "started by the other tests"]
fn machine() {
    machines::be();
}

/// Questions with whether their order is part of the answer.
const QUESTIONS: &[(&str, bool)] = &[
    ("SELECT COUNT(*) AS n FROM sky.stars WHERE g < 20 AND ABS(dec) < 30", false),
    ("SELECT FLOOR(g * 10) AS b, COUNT(*) AS n FROM sky.stars GROUP BY b", false),
    (
        "SELECT FLOOR((g - r) * 20) AS x, FLOOR((r - i) * 20) AS y, COUNT(*) AS n
         FROM sky.stars WHERE g < 21 GROUP BY x, y",
        false,
    ),
    (
        "SELECT ivo_healpix_index(4, ra, dec) AS c, COUNT(*) AS n, MIN(g) AS a, MAX(pmra) AS b
         FROM sky.stars GROUP BY c HAVING COUNT(*) > 10",
        false,
    ),
    ("SELECT ivo_histogram(r, 12, 24, 48) AS h FROM sky.stars", false),
    ("SELECT * FROM sky.stars WHERE DISTANCE(ra, dec, 120, 10) < 3", false),
    ("SELECT COUNT(*) AS n, COUNT(pmra) AS p FROM far.stars WHERE id < 30000", false),
    (
        "SELECT a.id AS x, b.id AS y FROM sky.stars AS a JOIN sky.stars AS b
         ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.01
         WHERE a.id < b.id AND ABS((a.g - a.r) - (b.g - b.r)) < 0.3",
        false,
    ),
    (
        "SELECT a.id AS x, b.id AS y FROM sky.stars AS a JOIN far.stars AS b
         ON 1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, 0.1)) WHERE b.g < 21",
        false,
    ),
    (
        "SELECT a.id AS x, b.id AS y FROM sky.stars AS a JOIN far.stars AS b
         ON 1 = tenkyu_nearest(POINT(a.ra, a.dec), POINT(b.ra, b.dec), 1.5, 2) WHERE a.g < 18",
        false,
    ),
    ("SELECT TOP 100 id, g FROM sky.stars WHERE g IS NOT NULL ORDER BY g DESC, id", true),
    ("SELECT id, r FROM sky.stars WHERE r < 15 ORDER BY r, id", true),
    (
        "SELECT COUNT(*) AS n FROM sky.stars AS a JOIN far.stars AS b ON a.id = b.id
         WHERE a.g < 20 AND b.r < 20",
        false,
    ),
    (
        "SELECT id FROM sky.stars WHERE g < 15 AND id NOT IN (SELECT id FROM far.stars WHERE r < 14)
         UNION SELECT id FROM far.stars WHERE i < 14.5",
        false,
    ),
    (
        "SELECT TOP 7 id, SQRT(g) AS s, ivo_healpix_index(8, ra, dec) AS h,
         COORD1(ivo_geom_transform('ICRS', 'GALACTIC', POINT(ra, dec))) AS l
         FROM sky.stars WHERE g > (SELECT AVG(g) FROM sky.stars) ORDER BY id",
        true,
    ),
    (
        "SELECT FLOOR(g) AS b, ROUND(my.total(r), 6) AS t FROM sky.stars
         WHERE my.plus(g, r) < 40 GROUP BY b",
        false,
    ),
];

/// Pairs of a dense sky: enough work that an executor can be lost in the middle of it.
const LONG: &str = "SELECT COUNT(*) AS n, SUM(b.id - a.id) AS s FROM sky.stars AS a
    JOIN sky.stars AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 15 WHERE a.id < b.id
    AND ABS(a.g - b.g) < ABS(a.r - b.r)";

/// Never done.
const ENDLESS: &str = "SELECT COUNT(*) AS n FROM sky.stars AS a JOIN sky.stars AS b
    ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 150 WHERE SQRT(ABS(a.g - b.g)) < 9";

/// Catalogues in a folder, with an engine that works here and one that asks a cluster.
struct Lab {
    dir: tempfile::TempDir,
    here: Engine,
}

impl Lab {
    /// `sky.stars` and, as a catalogue that lies elsewhere, `far.stars`.
    fn new(rows: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("catalogs");
        let here = Engine::open(&root, EngineOptions::default()).unwrap();
        let import = |root: &std::path::Path, seed, max_rows| {
            let options = ImportOptions { max_rows, ..ImportOptions::new("sky.stars") };
            generate::import(root, rows, seed, &options, &mut |_| {}).unwrap()
        };
        import(&root, 7, rows / 40);
        let elsewhere = dir.path().join("elsewhere");
        let other = Engine::open(&elsewhere, EngineOptions::default()).unwrap();
        let far = import(&elsewhere, 8, rows / 10);
        let path = elsewhere.join("sky/stars").join(&far.snapshot);
        drop(other);
        here.link(path.to_str().unwrap(), "far.stars").unwrap();
        Self { dir, here }
    }

    fn root(&self) -> std::path::PathBuf {
        self.dir.path().join("catalogs")
    }

    fn asking(&self, scheduler: &str, fallback: bool) -> Engine {
        let cluster = ClusterOptions { scheduler: scheduler.to_owned(), partitions: 16, fallback };
        let options = EngineOptions { cluster: Some(cluster), ..EngineOptions::default() };
        Engine::open(&self.root(), options).unwrap()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn request(adql: &str) -> QueryRequest {
    let functions =
        vec![Module::read(&samples::module(), Limits::default(), &Pool::new(1 << 30)).unwrap()];
    let (adql, seconds) = (adql.to_owned(), Some(600));
    QueryRequest { adql, functions, long: true, seconds, ..Default::default() }
}

async fn ask(
    engine: &Engine,
    request: QueryRequest,
) -> Result<(Vec<String>, QueryStats), EngineError> {
    let answer = engine.query(request).await?;
    let stats = answer.stats.clone();
    let batches: Vec<RecordBatch> = answer.batches.try_collect().await?;
    Ok((lines(&batches), stats))
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
    lines
}

#[test]
fn answers_are_the_same_as_here() {
    let lab = Lab::new(60_000);
    let machines = Machines::start(&lab.root());
    let cluster = lab.asking(&machines.scheduler, false);
    runtime().block_on(async {
        let mut read = 0;
        for (adql, ordered) in QUESTIONS {
            // It does go there: what stays here would be right, too.
            let report = ask(&cluster, request(&format!("EXPLAIN {adql}"))).await.unwrap().0;
            let sent = report.iter().any(|l| l.starts_with("cluster |") && l.contains("16 parts"));
            assert!(sent, "{adql}: {report:#?}");
            let start = Instant::now();
            let (there, stats) =
                ask(&cluster, request(adql)).await.unwrap_or_else(|e| panic!("{adql}: {e}"));
            println!("{:.2} s, {} rows: {adql}", start.elapsed().as_secs_f64(), there.len());
            let mut rows = [there, ask(&lab.here, request(adql)).await.unwrap().0];
            if !ordered {
                rows.iter_mut().for_each(|rows| rows.sort());
            }
            let [there, here] = rows;
            assert!(!here.is_empty(), "{adql}");
            assert_eq!(there, here, "{adql}");
            assert_eq!(stats.rows(), here.len() as u64, "{adql}");
            read += stats.scan().bytes;
        }
        // Less than each question's columns, as they stay in memory.
        assert!(read > 500_000, "{read}");
        // Limits are those of a query here.
        let few = QueryRequest { max_rows: Some(10), ..request("SELECT id FROM sky.stars") };
        let (rows, stats) = ask(&cluster, few).await.unwrap();
        assert_eq!((rows.len(), stats.overflow()), (10, true));
        // A value that no kernel can compute is the user's to mend, as it is here.
        let bad = "SELECT SUM(id * 4611686018427387904) AS s FROM sky.stars";
        let there = ask(&cluster, request(bad)).await.unwrap_err();
        let here = ask(&lab.here, request(bad)).await.unwrap_err();
        // Which row comes first is chance.
        assert_eq!(there.code(), here.code(), "{there} / {here}");
        assert!(there.to_string().contains("overflow"), "{there}");
        // So is what the user's own function refuses.
        let refused = "SELECT my.refuse(g) AS x FROM sky.stars";
        let there = ask(&cluster, request(refused)).await.unwrap_err();
        let here = ask(&lab.here, request(refused)).await.unwrap_err();
        assert_eq!(there.to_string(), here.to_string());
        // What only this server has stays here.
        let (rows, _) =
            ask(&cluster, request("SELECT COUNT(*) AS n FROM TAP_SCHEMA.tables")).await.unwrap();
        assert_eq!(rows.len(), 1);
    });
}

#[test]
fn a_lost_executor_costs_time_and_not_the_query() {
    let lab = Lab::new(60_000);
    let mut machines = Machines::start(&lab.root());
    let cluster = std::sync::Arc::new(lab.asking(&machines.scheduler, false));
    runtime().block_on(async {
        let asking = cluster.clone();
        let start = Instant::now();
        let running = tokio::spawn(async move { ask(&asking, request(LONG)).await });
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!running.is_finished(), "the query was done before anything could be lost");
        machines.kill_an_executor();
        let (there, _) = running.await.unwrap().unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let (again, _) = ask(&cluster, request(LONG)).await.unwrap();
        let alone = start.elapsed().as_secs_f64();
        println!("{seconds:.1} s with a loss in the middle, {alone:.1} s on the one that is left");
        let here = ask(&lab.here, request(LONG)).await.unwrap().0;
        assert_eq!((&there, &again), (&here, &here));
    });
}

#[test]
fn a_cancelled_query_ends_at_once_and_frees_the_machines() {
    let lab = Lab::new(60_000);
    let machines = Machines::start(&lab.root());
    let cluster = lab.asking(&machines.scheduler, false);
    runtime().block_on(async {
        let cancel = CancellationToken::new();
        let asked = QueryRequest { cancel: cancel.clone(), ..request(ENDLESS) };
        let waiting = ask(&cluster, asked);
        tokio::pin!(waiting);
        tokio::select! {
            _ = &mut waiting => panic!("done"),
            () = tokio::time::sleep(Duration::from_secs(3)) => {}
        }
        let start = Instant::now();
        cancel.cancel();
        assert!(matches!(waiting.await, Err(EngineError::Cancelled)));
        assert!(start.elapsed() < Duration::from_secs(1));
        // All cores of both executors are there for the next query.
        let quick =
            tokio::time::timeout(Duration::from_secs(20), ask(&cluster, request(QUESTIONS[0].0)));
        quick.await.expect("the machines still work on the cancelled query").unwrap();
        println!("free after {:.2} s", start.elapsed().as_secs_f64());
        // A time limit is the same thing with another reason.
        let short = QueryRequest { seconds: Some(2), ..request(ENDLESS) };
        assert!(matches!(ask(&cluster, short).await, Err(EngineError::TimedOut { seconds: 2 })));
    });
}

#[test]
fn a_scheduler_that_does_not_answer_is_told_or_done_without() {
    let lab = Lab::new(2_000);
    let nobody = "http://127.0.0.1:9";
    runtime().block_on(async {
        let adql = QUESTIONS[0].0;
        let error = ask(&lab.asking(nobody, false), request(adql)).await.unwrap_err();
        assert!(matches!(error, EngineError::ClusterUnreachable { .. }), "{error}");
        let here = ask(&lab.here, request(adql)).await.unwrap().0;
        assert_eq!(ask(&lab.asking(nobody, true), request(adql)).await.unwrap().0, here);
        // Interactive queries never ask.
        let interactive = QueryRequest { long: false, ..request(adql) };
        assert_eq!(ask(&lab.asking(nobody, false), interactive).await.unwrap().0, here);
    });
}
