//! The engine's side of `cargo xtask bench engine`.
//!
//! `bench_engine DIR ROWS [THREADS]` makes a catalogue of generated stars in DIR when it is not
//! there, and prints where its files are. Then every line of standard input is a query to run,
//! `FILE TAB QUERY`, and is answered by one line of JSON with its time. The rows go to FILE as
//! Arrow IPC, so that a peer can compare them with its own; `-` throws them away. `cold` in place of
//! a file forgets what queries left in memory.

use std::{
    fs::File,
    io::{BufRead as _, Write as _},
    path::Path,
    time::Instant,
};

use arrow::{array::RecordBatch, datatypes::SchemaRef, ipc::writer::FileWriter};
use futures::TryStreamExt;
use tenkyu_engine::{Engine, EngineOptions, ImportOptions, QueryRequest, generate};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TABLE: &str = "bench.stars";
/// The same stars seen again, with errors of position of 0.3″.
const AGAIN: &str = "bench.again";
/// What the margin caches hold, which a peer needs: more than the radius of any join.
const MARGIN_ARCSEC: f64 = 5.0;
const ERROR_DEG: f64 = 0.3 / 3600.0;
/// Clock ticks of `/proc/self/stat`, a constant of Linux's interface on every machine.
const TICKS: f64 = 100.0;

type Failure = Box<dyn std::error::Error>;

/// Peak resident memory since [`reset_peak`], megabytes.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn reset_peak() {
    // Where this is not allowed the peak is that of the process, which is no less true.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Seconds that all threads have computed.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in parentheses, which may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks = fields.skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

async fn run(engine: &Engine, adql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
    let request = QueryRequest { adql: adql.to_owned(), ..QueryRequest::default() };
    let answer = engine.query(request).await?;
    Ok((answer.schema, answer.batches.try_collect().await?))
}

fn save(file: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(), Failure> {
    let mut writer = FileWriter::try_new(File::create(file)?, schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    Ok(())
}

/// Runs one query, saves its rows and describes the run.
async fn answer(engine: &Engine, line: &str) -> Result<String, Failure> {
    let (file, adql) = line.split_once('\t').ok_or("a line is FILE TAB QUERY")?;
    reset_peak();
    let (cpu, start) = (cpu_seconds(), Instant::now());
    let (schema, batches) = run(engine, adql).await?;
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let peak = peak_mb();
    if file != "-" {
        save(file, &schema, &batches)?;
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    Ok(format!(
        "{{\"seconds\":{seconds:.6},\"cpu_seconds\":{cpu:.2},\"peak_mb\":{peak:.1},\"answer_rows\":{rows}}}"
    ))
}

fn with_margin(table: &str) -> ImportOptions {
    ImportOptions { margin_arcsec: Some(MARGIN_ARCSEC), ..ImportOptions::new(table) }
}

#[allow(clippy::print_stdout)] // the answers
fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: bench_engine DIR ROWS [THREADS]";
    let (dir, rows) = (args.next().ok_or(usage)?, args.next().ok_or(usage)?);
    let mut options = EngineOptions::default();
    if let Some(threads) = args.next() {
        options.threads = threads.parse()?;
    }
    let (dir, rows): (&Path, u64) = (Path::new(&dir), rows.parse()?);
    let mut engine = Engine::open(dir, options.clone())?;
    let mut import_seconds = None;
    if engine.snapshots(TABLE).is_none() {
        let start = Instant::now();
        generate::import(dir, rows, 1, &with_margin(TABLE), &mut |_| {})?;
        import_seconds = Some(start.elapsed().as_secs_f64());
    }
    if engine.snapshots(AGAIN).is_none() {
        generate::import_seen(dir, rows, 1, ERROR_DEG, &with_margin(AGAIN), &mut |_| {})?;
    }
    engine.reload()?;
    let files = |table: &str| -> Result<std::path::PathBuf, Failure> {
        let snapshots = engine.snapshots(table).unwrap_or_default();
        let current = snapshots.into_iter().find(|s| s.1).ok_or("no current snapshot")?;
        let (schema, name) = table.split_once('.').ok_or("no schema")?;
        let snapshot = dir.join(schema).join(name).join(current.0);
        // Beside a margin cache the catalogue has a folder of its own.
        let own = snapshot.join(name);
        Ok(if own.is_dir() { own } else { snapshot })
    };
    let (files, again) = (files(TABLE)?, files(AGAIN)?);
    let import = import_seconds.map_or(String::new(), |s| format!(",\"import_seconds\":{s:.3}"));
    println!(
        "{{\"files\":{:?},\"again\":{:?},\"peak_mb\":{:.1}{import}}}",
        files.display(),
        again.display(),
        peak_mb()
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.starts_with("cold\t") {
            engine = Engine::open(dir, options.clone())?;
            println!("{{}}");
        } else {
            println!("{}", runtime.block_on(answer(&engine, &line))?);
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}
