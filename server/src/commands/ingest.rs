//! `tenkyu ingest`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tenkyu_archive::{IngestOptions, IngestProgress, IngestReport};
use tenkyu_wire::Lang;

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::{explain, failed};
use crate::rooms::open_archive;

/// What to ingest and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// FITS files (also .gz and .fz) and folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Collection of everything, whatever the headers say
    #[arg(long)]
    collection: Option<String>,
    /// Value of a field for files whose headers have none, as in facility_name=Subaru
    #[arg(long = "default", value_name = "FIELD=VALUE", value_parser = pair)]
    defaults: Vec<(String, String)>,
    /// From when on anyone may read the data, ISO 8601 [default: now]
    #[arg(long, value_name = "DATE")]
    release: Option<String>,
    /// Files that are worked on at a time [default: one per processor]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write FIELD=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Ingests and prints a report; fails when a file was refused.
pub(crate) async fn run(config: &Config, options: &Options) -> anyhow::Result<ExitCode> {
    let lang = terminal_lang();
    let archive = open_archive(config).await?;
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    let how = IngestOptions {
        collection: options.collection.clone(),
        defaults: options.defaults.iter().cloned().collect(),
        release: options.release.clone(),
        agent: "tenkyu ingest".to_owned(),
        workers: options.workers,
        ..IngestOptions::default()
    };
    let done = archive.ingest(&options.paths, how, |progress| show(&bar, &progress)).await;
    bar.finish_and_clear();
    match done {
        Ok(report) => {
            print(&report, lang);
            let refused = !report.refused.is_empty();
            Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Err(error) => Err(failed(error, lang)),
    }
}

fn show(bar: &ProgressBar, progress: &IngestProgress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    let name = progress.file.file_name().unwrap_or_default().to_string_lossy();
    bar.set_message(format!("{:.1} files/s  {name}", progress.files_per_second()));
}

fn print(report: &IngestReport, lang: Lang) {
    for warning in &report.warnings {
        println!("warning  {}: {}", warning.file.display(), warning.text.text(lang));
    }
    for refused in &report.refused {
        let mut place = refused.file.display().to_string();
        if let Some(hdu) = refused.hdu {
            place.push_str(&format!(" [HDU {hdu}]"));
        }
        if let Some(keyword) = &refused.keyword {
            place.push_str(&format!(" {keyword}"));
        }
        println!("refused  {place}: {}", explain(&refused.reason, lang));
    }
    println!(
        "{} ingested, {} updated, {} unchanged, {} resumed, {} refused, {} skipped",
        report.ingested,
        report.updated,
        report.unchanged,
        report.resumed,
        report.refused.len(),
        report.skipped
    );
    println!(
        "{:.1} s, {:.1} files/s, {:.1} MB/s",
        report.seconds,
        report.files_per_second(),
        report.megabytes_per_second()
    );
}
