//! Times queries on generated stars and prints one JSON line a figure.
//!
//! `bench_engine DIR [ROWS]`: the catalogue is made in DIR when it is not there, so that peers can
//! read the same Parquet files. Every query also prints its answer, so that they can be compared.

use std::{path::Path, time::Instant};

use futures::TryStreamExt;
use tenkyu_engine::{Engine, EngineOptions, ImportOptions, QueryRequest, generate};

const QUERIES: &[(&str, &str)] = &[
    ("engine/count-filter", "SELECT COUNT(*) FROM bench.stars WHERE g - r > 0.5 AND r < 20"),
    (
        "engine/histogram-1d",
        "SELECT FLOOR(r * 2) AS bin, COUNT(*) AS n FROM bench.stars WHERE g < 23 \
         GROUP BY FLOOR(r * 2) ORDER BY bin",
    ),
    (
        "engine/aggregates",
        "SELECT AVG(g), MIN(r), MAX(i), SUM(pmra), COUNT(pmdec) FROM bench.stars",
    ),
];

type Failure = Box<dyn std::error::Error>;

fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

#[allow(clippy::print_stdout)] // figures go to standard output
fn figure(name: &str, rows: u64, seconds: f64, more: &str) {
    println!(
        "{{\"name\":\"{name}\",\"rows\":{rows},\"seconds\":{seconds:.6},\"peak_mb\":{:.1}{more}}}",
        peak_mb()
    );
}

async fn run(engine: &Engine, adql: &str) -> Result<(u64, Option<i64>), Failure> {
    let request = QueryRequest { adql: adql.to_owned(), ..QueryRequest::default() };
    let batches: Vec<_> = engine.query(request).await?.batches.try_collect().await?;
    let rows = batches.iter().map(|b| b.num_rows() as u64).sum();
    let first = batches.first().and_then(|b| {
        let column = b.column(0).as_any().downcast_ref::<arrow::array::Int64Array>()?;
        (!column.is_empty()).then(|| column.value(0))
    });
    Ok((rows, first))
}

/// Positions over the whole sphere: the golden spiral.
fn spiral(index: u32, count: u32) -> (f64, f64) {
    let z = 1.0 - 2.0 * (f64::from(index) + 0.5) / f64::from(count);
    (f64::from(index) * 137.507_764_050_037_85 % 360.0, z.asin().to_degrees())
}

async fn cones(engine: &Engine, rows: u64) -> Result<(), Failure> {
    let (count, mut found) = (100, 0);
    let mut times = Vec::new();
    for index in 0..count {
        let (ra, dec) = spiral(index, count);
        let adql = format!("SELECT * FROM bench.stars WHERE DISTANCE(ra, dec, {ra}, {dec}) < 0.1");
        let start = Instant::now();
        found += run(engine, &adql).await?.0;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let at = |q: usize| times.get(q * (times.len() - 1) / 100).copied().unwrap_or(0.0);
    figure("engine/cone-p50", rows, at(50), &format!(",\"answer\":{found}"));
    figure("engine/cone-p99", rows, at(99), &format!(",\"answer\":{found}"));
    Ok(())
}

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("usage: bench_engine DIR [ROWS]")?;
    let rows: u64 = args.next().map_or(Ok(10_000_000), |n| n.parse())?;
    let dir = Path::new(&dir);
    let engine = Engine::open(dir, EngineOptions::default())?;
    if engine.snapshots("bench.stars").is_none() {
        let start = Instant::now();
        let options = ImportOptions::new("bench.stars");
        generate::import(dir, rows, 1, &options, &mut |_| {})?;
        figure("engine/import", rows, start.elapsed().as_secs_f64(), "");
        engine.reload()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        for (name, adql) in QUERIES {
            let mut best = f64::INFINITY;
            let mut answer = (0, None);
            for _ in 0..3 {
                let start = Instant::now();
                answer = run(&engine, adql).await?;
                best = best.min(start.elapsed().as_secs_f64());
            }
            let value = answer.1.map_or(String::new(), |v| format!(",\"answer\":{v}"));
            figure(name, rows, best, &format!(",\"result_rows\":{}{value}", answer.0));
        }
        cones(&engine, rows).await
    })
}
