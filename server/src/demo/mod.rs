//! `tenkyu demo`: real observations and catalogues, taken in exactly as a user's own would be.
//!
//! The packages of `manifest.toml` are fetched once into a cache. What cannot be had is said and
//! left out; running the command again adds it. Catalogues that are there already stay.

mod columns;
mod gaia;
mod hipparcos;
mod openngc;
mod package;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use tenkyu_archive::IngestOptions;
use tenkyu_engine::{Engine, ImportOptions};
use tenkyu_wire::Explain;

use crate::Config;
use crate::cli::terminal_lang;
use crate::rooms::{open_archive, open_engine};

use package::{Taken, Usage};

/// A catalogue of the demo: its table and what it says of itself.
struct Table {
    name: &'static str,
    description: &'static str,
}

const GAIA: Table = Table {
    name: "gaia.dr3_bright",
    description: "Gaia DR3 stars brighter than G = 10 (ESA/Gaia/DPAC, CC BY-SA 3.0 IGO), with Hipparcos proper motions",
};
const HIPPARCOS: Table = Table {
    name: "hipparcos.hip2",
    description: "Hipparcos, the New Reduction (van Leeuwen 2007, A&A 474, 653; CDS I/311)",
};
const OPENNGC: Table = Table {
    name: "openngc.objects",
    description: "OpenNGC: NGC, IC and other deep-sky objects (M. Verga, CC BY-SA 4.0)",
};

/// Where packages are kept.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Folder that keeps the fetched packages [default: tenkyu/demo in the user's cache folder]
    #[arg(long, env = "TENKYU_DEMO_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
}

/// Fetches what the manifest names and takes it into the archive, the catalogues and the name
/// resolver's folder.
///
/// # Errors
/// When nothing at all could be had, or the data directory cannot be written.
pub(crate) async fn run(config: &Config, options: Options) -> Result<ExitCode> {
    let cache = options.cache.unwrap_or_else(default_cache);
    let (files, missing) = tokio::task::spawn_blocking({
        let cache = cache.clone();
        move || fetch(&cache)
    })
    .await??;
    copy_names(&files, &config.data_dir.join("names"))?;
    import_catalogues(config, &files, &cache).await?;
    ingest(config, &files).await?;
    for reason in &missing {
        eprintln!("missing: {reason}");
    }
    if files.is_empty() {
        bail!(
            "none of the demo data could be had; the server works with your own files all the same"
        );
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The user's cache folder by the XDG base directory specification.
fn default_cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    base.unwrap_or_else(std::env::temp_dir).join("tenkyu").join("demo")
}

type Files = Vec<Taken>;

/// Every file that could be had, and why the others could not.
fn fetch(cache: &Path) -> Result<(Files, Vec<String>)> {
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for package in package::manifest()? {
        eprintln!("  {}: {} [{}]", package.name, package.about, package.licence);
        match package.take(cache) {
            Ok(taken) => files.extend(taken),
            Err(error) => missing.push(format!("{}: {error:#}", package.name)),
        }
    }
    Ok((files, missing))
}

fn of(files: &Files, usage: Usage) -> impl Iterator<Item = &PathBuf> {
    files.iter().filter(move |file| file.usage == usage).map(|file| &file.path)
}

fn copy_names(files: &Files, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for usage in [Usage::Names, Usage::Openngc, Usage::Hipparcos] {
        for file in of(files, usage) {
            let name = file.file_name().context("a file without a name")?;
            fs::copy(file, folder.join(name))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    Ok(())
}

async fn import_catalogues(config: &Config, files: &Files, cache: &Path) -> Result<()> {
    let openngc = match of(files, Usage::Openngc).next() {
        Some(path) => Some(openngc::columns(path).await?),
        None => None,
    };
    let first = |usage| of(files, usage).next().cloned();
    let (hipparcos, gaia) = (first(Usage::Hipparcos), first(Usage::Gaia));
    let (config, cache) = (config.clone(), cache.to_path_buf());
    // Reading and writing files blocks for long; no thread of the runtime waits for it.
    tokio::task::spawn_blocking(move || {
        let engine = open_engine(&config)?;
        let stars = hipparcos.map_or_else(|| Ok(Vec::new()), |path| hipparcos::read(&path))?;
        if !stars.is_empty() {
            import(&engine, &HIPPARCOS, &cache, || Ok(hipparcos::columns(&stars)))?;
        }
        if let Some(path) = gaia {
            import(&engine, &GAIA, &cache, || gaia::columns(&path, &stars))?;
        }
        if let Some(columns) = openngc {
            import(&engine, &OPENNGC, &cache, || Ok(columns))?;
        }
        Ok(())
    })
    .await?
}

/// Converts a catalogue to Parquet and imports it, unless the table is there.
fn import(
    engine: &Engine,
    table: &Table,
    cache: &Path,
    columns: impl FnOnce() -> Result<Vec<columns::Column>>,
) -> Result<()> {
    let there = engine.schemas().iter().flat_map(|s| &s.tables).any(|t| t.name == table.name);
    if there {
        return Ok(());
    }
    let file = cache.join("files").join(format!("{}.parquet", table.name));
    columns::write(&file, columns()?)?;
    let description = Some(table.description.to_owned());
    let options = ImportOptions { description, ..ImportOptions::new(table.name) };
    let report = engine.import(&file, &options, &mut |_| {})?;
    eprintln!("  {}: {} rows in {} partitions", report.table, report.rows, report.partitions);
    Ok(())
}

async fn ingest(config: &Config, files: &Files) -> Result<()> {
    let mut by_defaults = BTreeMap::<_, Vec<PathBuf>>::new();
    for file in files.iter().filter(|file| file.usage == Usage::Archive) {
        by_defaults.entry(file.defaults.clone()).or_default().push(file.path.clone());
    }
    if by_defaults.is_empty() {
        return Ok(());
    }
    let archive = open_archive(config).await?;
    let (mut ingested, mut unchanged) = (0, 0);
    for (defaults, paths) in by_defaults {
        let agent = "tenkyu demo".to_owned();
        let options = IngestOptions { agent, defaults, ..IngestOptions::default() };
        let report = archive.ingest(&paths, options, |_| {}).await?;
        ingested += report.ingested;
        unchanged += report.unchanged;
        for refused in &report.refused {
            let reason = refused.reason.detail(terminal_lang());
            eprintln!("  refused: {}: {reason}", refused.file.display());
        }
    }
    eprintln!("  archive: {ingested} files ingested, {unchanged} unchanged");
    Ok(())
}
