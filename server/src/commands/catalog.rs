//! `tenkyu catalog`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use tenkyu_engine::{EngineError, ImportOptions, ImportPhase, ImportProgress, ImportReport};

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::failed;
use crate::rooms::open_engine;

#[derive(Subcommand, Clone, Debug)]
pub(crate) enum Command {
    /// Import FITS, VOTable, CSV, Parquet or IPAC tables as one catalogue
    Import(Import),
    /// Register a HATS catalogue where it lies: a folder, s3://bucket/prefix or an https URL
    Add {
        /// Where it is
        address: String,
        /// Name in queries, schema.table
        #[arg(long, value_name = "SCHEMA.TABLE")]
        name: String,
    },
    /// List the catalogues
    List,
    /// List the snapshots of a catalogue, oldest first; query one as schema."table@snapshot"
    Snapshots {
        /// schema.table
        name: String,
    },
    /// Remove a catalogue, or one of its snapshots
    Drop {
        /// schema.table, or schema.table@snapshot
        name: String,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Import {
    /// The files; columns meet by name
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Name in queries, schema.table
    #[arg(long, value_name = "SCHEMA.TABLE")]
    name: String,
    /// Column of right ascension [default: by UCD, then by name]
    #[arg(long, value_name = "COLUMN", requires = "dec")]
    ra: Option<String>,
    /// Column of declination [default: by UCD, then by name]
    #[arg(long, value_name = "COLUMN", requires = "ra")]
    dec: Option<String>,
    /// What the table holds [default: the file's own words]
    #[arg(long)]
    description: Option<String>,
    /// Width of the margin cache around each partition, arcseconds; 0 for none
    #[arg(long, value_name = "ARCSEC", default_value_t = 10.0)]
    margin: f64,
    /// Column whose values are indexed, so that rows are found by it at once
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,
    /// Most rows in a partition
    #[arg(long, value_name = "ROWS", default_value_t = 1_000_000)]
    max_rows: u64,
    /// Megabytes of rows to keep in memory at a time
    #[arg(long, value_name = "MB", default_value_t = 256)]
    memory: usize,
}

pub(crate) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let config = config.clone();
    // Reading and writing files blocks for long; no thread of the runtime waits for it.
    tokio::task::spawn_blocking(move || match command {
        Command::List => list(&config),
        Command::Import(import) => import.run(&config),
        Command::Add { address, name } => add(&config, &address, &name),
        Command::Snapshots { name } => snapshots(&config, &name),
        Command::Drop { name } => drop_table(&config, &name),
    })
    .await?
}

impl Import {
    fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let options = ImportOptions {
            ra: self.ra,
            dec: self.dec,
            description: self.description,
            margin_arcsec: Some(self.margin),
            id_column: self.id_column,
            max_rows: self.max_rows,
            memory_bytes: self.memory.saturating_mul(1 << 20),
            ..ImportOptions::new(self.name)
        };
        let engine = open_engine(config)?;
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        let done = engine.import_files(&self.files, &options, &mut |progress| show(&bar, progress));
        bar.finish_and_clear();
        report(&done.map_err(|error| failed(error, terminal_lang()))?);
        Ok(ExitCode::SUCCESS)
    }
}

fn report(report: &ImportReport) {
    for (column, kind) in &report.skipped {
        println!("left out {column}: {kind} has no counterpart in the VO");
    }
    if report.rows_without_position > 0 {
        println!("{} rows have no position", report.rows_without_position);
    }
    match &report.position {
        Some((ra, dec)) => println!("position in {ra}, {dec}"),
        None => println!("no position"),
    }
    if let Some(column) = &report.index {
        println!("index of {column}");
    }
    println!(
        "{}: {} rows in {} partitions, snapshot {}",
        report.table, report.rows, report.partitions, report.snapshot
    );
}

fn show(bar: &ProgressBar, progress: ImportProgress) {
    let what = match progress.phase {
        ImportPhase::Reading => "reading",
        ImportPhase::Writing => "writing",
        ImportPhase::Margin => "writing the margin cache",
        ImportPhase::Index => "writing the index",
    };
    let rows = progress.rows;
    bar.set_message(match progress.total {
        Some(total) => format!("{what}: {rows} of {total} rows"),
        None if rows == 0 => what.to_owned(),
        None => format!("{what}: {rows} rows"),
    });
    bar.tick();
}

fn add(config: &Config, address: &str, name: &str) -> anyhow::Result<ExitCode> {
    let engine = open_engine(config)?;
    let snapshot = engine.link(address, name).map_err(|e| failed(e, terminal_lang()))?;
    println!("{name}: {address}, snapshot {snapshot}");
    Ok(ExitCode::SUCCESS)
}

fn list(config: &Config) -> anyhow::Result<ExitCode> {
    let engine = open_engine(config)?;
    for table in engine.schemas().into_iter().flat_map(|schema| schema.tables) {
        // TAP_SCHEMA and the like are not catalogues: they have no snapshot.
        let Some(snapshot) = table.snapshot else { continue };
        let rows = table.rows.map(|rows| rows.to_string()).unwrap_or_default();
        println!("{}\t{rows} rows\tsnapshot {snapshot}\t{}", table.name, table.description);
    }
    Ok(ExitCode::SUCCESS)
}

fn snapshots(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    let unknown =
        || EngineError::UnknownTable { name: name.to_owned(), place: None, nearest: None };
    let found = open_engine(config)?.snapshots(name);
    for (snapshot, current) in found.ok_or_else(|| failed(unknown(), terminal_lang()))? {
        println!("{snapshot}{}", if current { "\tcurrent" } else { "" });
    }
    Ok(ExitCode::SUCCESS)
}

fn drop_table(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    let (table, snapshot) = match name.split_once('@') {
        Some((table, snapshot)) => (table, Some(snapshot)),
        None => (name, None),
    };
    let engine = open_engine(config)?;
    engine.drop_table(table, snapshot).map_err(|e| failed(e, terminal_lang()))?;
    println!("dropped {name}");
    Ok(ExitCode::SUCCESS)
}
