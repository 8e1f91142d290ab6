//! Catalogue queries on generated stars, side by side with DuckDB and Polars on the same Parquet
//! files, and joins with astropy, STILTS and LSDB too.
//!
//! Runs alternate between the two, so that other work on the machine disturbs both alike, and
//! every answer is compared row by row.

mod queries;
mod worker;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::run::{cargo, run, step};
use crate::{paths, tools};
use queries::{JOINS, Join, Query, SCANS, cone, positions};
use worker::{Ready, Run, Worker};

/// Counts up when the generator or the layout of catalogues changes, so that nothing old is timed.
const GENERATION: u32 = 2;
const WARM_RUNS: usize = 7;
const COLD_RUNS: usize = 5;
const CONE: &str = "cone";
const CONES: u32 = 100;
const JOIN_RUNS: usize = 5;
const STILTS: &str = "stilts_peer.py";
const LSDB: &str = "lsdb_peer.py";

/// Both engines on one catalogue.
struct Bench {
    rows: u64,
    engine: Worker,
    peer: Peer,
    /// The folders of the snapshots of both catalogues.
    files: [String; 2],
    /// Where an answer is put to be compared.
    answer: PathBuf,
}

/// A program that we are compared with.
struct Peer {
    worker: Worker,
    name: String,
}

impl Peer {
    /// Starts `tests/bench/{script}` on a snapshot.
    fn start(script: &str, files: &[String; 2]) -> Result<Self> {
        let python = if script == LSDB { tools::python_hats()? } else { tools::python()? };
        let mut command = Command::new(python);
        command.arg(paths::root().join("tests/bench").join(script)).args(files);
        if script == STILTS {
            command.arg(tools::stilts().context("STILTS cannot be had here")?);
        }
        let (worker, ready) = Worker::start(&mut command)?;
        Ok(Self { worker, name: ready.peer.context("the peer does not say its name")? })
    }
}

/// Takes the figures named in `only`, or all, on a catalogue of so many rows, which is made when it
/// is not there.
pub fn measure(rows: u64, only: &[String]) -> Result<()> {
    let chosen = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
    let scans: Vec<_> = SCANS.iter().filter(|query| chosen(query.name)).collect();
    let joins: Vec<_> = JOINS.iter().filter(|join| chosen(join.query.name)).collect();
    let mut bench = Bench::start(rows)?;
    for query in &scans {
        bench.scan(query)?;
    }
    if chosen(CONE) {
        bench.cones()?;
    }
    if !scans.is_empty() {
        bench.peer = Peer::start("polars_peer.py", &bench.files)?;
    }
    for query in &scans {
        bench.scan(query)?;
    }
    bench.joins(&joins)
}

fn build() -> Result<PathBuf> {
    let example = "bench_engine";
    step("compiling the engine", || {
        run(cargo()
            .args(["build", "--release", "--quiet", "--example", example])
            // With the server beside it, whose features its dependencies have been built with.
            .args(["-p", "tenkyu-engine", "-p", "tenkyu-server"]))
    })?;
    Ok(paths::target().join("release/examples").join(example))
}

/// The folder of the generated catalogues, made when they are not there, with a worker on them.
fn open(rows: u64) -> Result<(PathBuf, Worker, Ready)> {
    let binary = build()?;
    let dir = paths::cache().join(format!("bench/stars-{GENERATION}-{rows}"));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let (engine, ready) = step(&format!("opening a catalogue of {rows} stars"), || {
        Worker::start(Command::new(binary).arg(&dir).arg(rows.to_string()))
    })?;
    Ok((dir, engine, ready))
}

/// The folder of the generated catalogues and that of the snapshot of `bench.stars` in it.
pub fn catalogue(rows: u64) -> Result<(PathBuf, String)> {
    let (dir, _, ready) = open(rows)?;
    Ok((dir, ready.files.context("the engine does not say where its files are")?))
}

impl Bench {
    fn start(rows: u64) -> Result<Self> {
        let (dir, engine, ready) = open(rows)?;
        if let Some(seconds) = ready.import_seconds {
            println!(
                "{}",
                json!({ "name": "engine/import", "rows": rows, "seconds": seconds, "peak_mb": ready.peak_mb })
            );
        }
        let files = ready.files.zip(ready.again).map(|(first, second)| [first, second]);
        let files = files.context("the engine does not say where its files are")?;
        let peer = Peer::start("duckdb_peer.py", &files)?;
        let answer = dir.join("answer.arrow");
        Ok(Self { rows, engine, peer, files, answer })
    }

    /// One run of each, with the answers compared.
    fn both(&mut self, name: &str, ours: &str, theirs: &str) -> Result<(Run, Run)> {
        let file = self.answer.to_string_lossy().into_owned();
        let own = self.engine.run(&file, ours)?;
        let peer = self.peer.worker.run(&file, theirs)?;
        if let Some(different) = &peer.different {
            bail!("{name}: our answer and that of {} differ: {different}", self.peer.name);
        }
        Ok((own, peer))
    }

    /// A query over all rows, from memory and from disk.
    fn scan(&mut self, query: &Query) -> Result<()> {
        let mut cold = Vec::new();
        for _ in 0..COLD_RUNS {
            self.cool()?;
            let own = self.engine.run("-", query.adql)?;
            self.cool()?;
            cold.push((own, self.peer.worker.run("-", query.sql)?));
        }
        let warm = (0..WARM_RUNS)
            .map(|_| self.both(query.name, query.adql, query.sql))
            .collect::<Result<Vec<_>>>()?;
        self.figure(query.name, &warm, 0.5);
        self.figure(&format!("{}-cold", query.name), &cold, 0.5);
        Ok(())
    }

    /// Takes the catalogue out of everybody's memory.
    fn cool(&mut self) -> Result<()> {
        self.engine.cool()?;
        self.peer.worker.cool()
    }

    /// Joins on the sky, beside others, which need minutes: they run once.
    fn joins(&mut self, joins: &[&Join]) -> Result<()> {
        let peers = ["duckdb_peer.py", "astropy_peer.py", STILTS, LSDB];
        for script in peers.into_iter().filter(|_| !joins.is_empty()) {
            self.peer = Peer::start(script, &self.files)?;
            for join in joins {
                let Query { name, adql, sql } = join.query;
                let text = if script.starts_with("duckdb") { sql } else { join.astropy };
                let mut own = (1..JOIN_RUNS)
                    .map(|_| self.engine.run("-", adql))
                    .collect::<Result<Vec<_>>>()?;
                let (last, peer) = self.both(name, adql, text)?;
                own.push(last);
                let runs: Vec<_> = own.into_iter().map(|run| (run, peer.clone())).collect();
                self.figure(name, &runs, 0.5);
            }
        }
        Ok(())
    }

    /// Cone searches at positions all over the sky, each of which is timed once.
    fn cones(&mut self) -> Result<()> {
        let runs = positions(CONES)
            .map(|(ra, dec)| {
                let (ours, theirs) = cone(ra, dec);
                self.both(CONE, &ours, &theirs)
            })
            .collect::<Result<Vec<_>>>()?;
        self.figure("cone-p50", &runs, 0.5);
        self.figure("cone-p99", &runs, 0.99);
        Ok(())
    }

    fn figure(&self, name: &str, runs: &[(Run, Run)], quantile: f64) {
        let of = |pick: &dyn Fn(&(Run, Run)) -> f64| at(quantile, runs.iter().map(pick).collect());
        let (seconds, peer_seconds) = (of(&|r| r.0.seconds), of(&|r| r.1.seconds));
        let peak = |pick: fn(&(Run, Run)) -> f64| runs.iter().map(pick).fold(0.0, f64::max);
        println!(
            "{}",
            json!({
                "name": format!("engine/{name}"),
                "rows": self.rows,
                "seconds": rounded(seconds),
                "cpu_seconds": rounded(of(&|r| r.0.cpu_seconds)),
                "peak_mb": peak(|r| r.0.peak_mb).round(),
                "peer": self.peer.name,
                "peer_seconds": rounded(peer_seconds),
                "peer_cpu_seconds": rounded(of(&|r| r.1.cpu_seconds)),
                "peer_peak_mb": peak(|r| r.1.peak_mb).round(),
                "ratio": (peer_seconds / seconds * 100.0).round() / 100.0,
                "answer_rows": runs.iter().map(|r| r.0.answer_rows).sum::<u64>() / runs.len().max(1) as u64,
                "runs": runs.len(),
            })
        );
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // It is written anew by the next query, if it is there at all.
        let _ = std::fs::remove_file(&self.answer);
    }
}

/// The value at a quantile in [0, 1]; 0 for no values.
fn at(quantile: f64, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((quantile * last as f64).round() as usize).copied().unwrap_or_default()
}

/// To ten microseconds: more digits are noise.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e5).round() / 1e5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_of_the_sample() {
        let times = vec![3.0, 1.0, 2.0];
        assert!((at(0.5, times.clone()) - 2.0).abs() < 1e-12);
        assert!((at(0.99, times) - 3.0).abs() < 1e-12);
        assert!(at(0.5, Vec::new()).abs() < 1e-12);
    }
}
