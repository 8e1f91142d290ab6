//! `tenkyu demo`: real observations and catalogues, taken in exactly as a user's own would be.
//!
//! The packages of `manifest.toml` are fetched once into a cache. What cannot be had is said and
//! left out; running the command again adds it. Catalogues that are there already stay.

mod columns;
mod gaia;
mod hipparcos;
mod openngc;
mod package;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tenkyu_archive::{Archive, IngestOptions};
use tenkyu_engine::{Engine, ImportOptions};

use package::Usage;

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

/// Fetches what the manifest names and takes it into the archive, the catalogues and the name
/// resolver's folder.
///
/// # Errors
/// When nothing at all could be had, or the data directory cannot be written.
pub(crate) async fn run(archive: &Archive, engine: &Engine, data_dir: &Path, cache: &Path) -> Result<()> {
    let (files, missing) = fetch(cache)?;
    copy_names(&files, &data_dir.join("names"))?;
    import_catalogues(engine, &files, cache).await?;
    ingest(archive, &files).await?;
    for reason in &missing {
        eprintln!("missing: {reason}");
    }
    if files.is_empty() {
        bail!("none of the demo data could be had; the server works with your own files all the same");
    }
    Ok(())
}

type Files = Vec<(PathBuf, Usage)>;

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
    files.iter().filter(move |(_, u)| *u == usage).map(|(path, _)| path)
}

fn copy_names(files: &Files, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for usage in [Usage::Names, Usage::Openngc, Usage::Hipparcos] {
        for file in of(files, usage) {
            let name = file.file_name().context("a file without a name")?;
            fs::copy(file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    Ok(())
}

async fn import_catalogues(engine: &Engine, files: &Files, cache: &Path) -> Result<()> {
    let stars = match of(files, Usage::Hipparcos).next() {
        Some(path) => hipparcos::read(path)?,
        None => Vec::new(),
    };
    if !stars.is_empty() {
        import(engine, &HIPPARCOS, cache, || Ok(hipparcos::columns(&stars))).await?;
    }
    if let Some(path) = of(files, Usage::Gaia).next() {
        import(engine, &GAIA, cache, || gaia::columns(path, &stars)).await?;
    }
    if let Some(path) = of(files, Usage::Openngc).next() {
        let columns = openngc::columns(path).await?;
        import(engine, &OPENNGC, cache, || Ok(columns)).await?;
    }
    Ok(())
}

/// Converts a catalogue to Parquet and imports it, unless the table is there.
async fn import(
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
    let mut options = ImportOptions::new(table.name);
    options.description = Some(table.description.to_owned());
    let report = engine.import(&file, &options, &mut |_| {})?;
    eprintln!("  {}: {} rows in {} partitions", report.table, report.rows, report.partitions);
    Ok(())
}

async fn ingest(archive: &Archive, files: &Files) -> Result<()> {
    let paths: Vec<PathBuf> = of(files, Usage::Archive).cloned().collect();
    let report = archive.ingest(&paths, &IngestOptions::default(), |_| {}).await?;
    eprintln!("  archive: {} files ingested, {} unchanged", report.ingested, report.unchanged);
    for refused in &report.refused {
        eprintln!("  refused: {}", refused.file.display());
    }
    Ok(())
}
