//! `tenkyu catalog`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use tenkyu_engine::{ImportOptions, ImportPhase, ImportProgress};

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::failed;
use crate::rooms::open_engine;

#[derive(Subcommand, Clone, Debug)]
pub(crate) enum Command {
    /// Import a FITS, VOTable, CSV, Parquet or IPAC table as a catalogue
    Import {
        /// The file
        file: PathBuf,
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
    },
    /// List the catalogues
    List,
}

pub(crate) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let config = config.clone();
    // Reading and writing files blocks for long; no thread of the runtime waits for it.
    tokio::task::spawn_blocking(move || match command {
        Command::List => list(&config),
        Command::Import { file, name, ra, dec, description } => {
            let options = ImportOptions { ra, dec, description, ..ImportOptions::new(name) };
            import(&config, &file, &options)
        }
    })
    .await?
}

fn import(
    config: &Config,
    file: &std::path::Path,
    options: &ImportOptions,
) -> anyhow::Result<ExitCode> {
    let engine = open_engine(config)?;
    let bar = ProgressBar::new_spinner();
    let style = "{spinner} {wide_msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let done = engine.import(file, options, &mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let report = done.map_err(|error| failed(error, terminal_lang()))?;
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
    println!(
        "{}: {} rows in {} partitions, snapshot {}",
        report.table, report.rows, report.partitions, report.snapshot
    );
    Ok(ExitCode::SUCCESS)
}

fn show(bar: &ProgressBar, progress: ImportProgress) {
    let what = match progress.phase {
        ImportPhase::Reading => "reading",
        ImportPhase::Writing => "writing",
    };
    let rows = progress.rows;
    bar.set_message(match progress.total {
        Some(total) => format!("{what}: {rows} of {total} rows"),
        None => format!("{what}: {rows} rows"),
    });
    bar.tick();
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
