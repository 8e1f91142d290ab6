//! A program that answers queries line by line: the engine, or a peer on the same files.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

/// A running worker; it ends when this is dropped.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// What a worker says of itself when it is ready.
#[derive(Deserialize)]
pub struct Ready {
    /// Where the catalogue is, from the engine.
    pub files: Option<String>,
    /// Where the catalogue to match with is, from the engine.
    pub again: Option<String>,
    /// How long the catalogue took to make, if it was made.
    pub import_seconds: Option<f64>,
    /// Peak memory so far, megabytes.
    pub peak_mb: Option<f64>,
    /// Name and version, from a peer.
    pub peer: Option<String>,
}

/// One run of a query.
#[derive(Clone, Deserialize)]
pub struct Run {
    /// Wall-clock time.
    pub seconds: f64,
    /// Time that all cores together computed.
    pub cpu_seconds: f64,
    /// Peak memory of the process, megabytes.
    pub peak_mb: f64,
    /// Rows of the answer.
    pub answer_rows: u64,
    /// What differs from the engine's answer, from a peer that was asked to compare.
    pub different: Option<String>,
}

impl Worker {
    /// Starts a worker and waits until it is ready.
    pub fn start(command: &mut Command) -> Result<(Self, Ready)> {
        let shown = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {shown}"))?;
        let input = child.stdin.take().context("a worker has no standard input")?;
        let output = child.stdout.take().context("a worker has no standard output")?;
        let mut worker = Self { child, input, output: BufReader::new(output).lines() };
        let ready = worker.read().with_context(|| format!("{shown} did not get ready"))?;
        Ok((worker, serde_json::from_str(&ready)?))
    }

    /// Runs a query; `file` is where the engine puts its rows and where a peer reads them.
    pub fn run(&mut self, file: &str, query: &str) -> Result<Run> {
        let answer = self.ask(file, query)?;
        serde_json::from_str(&answer).with_context(|| format!("not a run: {answer}"))
    }

    /// Forgets the catalogue; a peer also drops it from the page cache.
    pub fn cool(&mut self) -> Result<()> {
        self.ask("cold", "").map(drop)
    }

    fn ask(&mut self, file: &str, query: &str) -> Result<String> {
        writeln!(self.input, "{file}\t{query}").context("a worker has gone")?;
        self.input.flush()?;
        self.read().with_context(|| format!("while running: {query}"))
    }

    fn read(&mut self) -> Result<String> {
        self.output
            .next()
            .context("a worker ended early; its message is above")?
            .map_err(Into::into)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Nothing can be done about a worker that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
