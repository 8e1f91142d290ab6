//! `tenkyu verify`.

use std::process::ExitCode;

use crate::Config;
use crate::rooms::open_archive;

/// Reads every stored byte; fails when one is missing or has changed.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let report = open_archive(config).await?.verify().await?;
    for name in &report.missing {
        println!("missing   {name}");
    }
    for (name, found) in &report.changed {
        println!("changed   {name} is now {found}");
    }
    for name in &report.unreferenced {
        println!("left over {name}");
    }
    println!(
        "{} good, {} missing, {} changed, {} left over",
        report.good,
        report.missing.len(),
        report.changed.len(),
        report.unreferenced.len()
    );
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
