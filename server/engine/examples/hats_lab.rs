//! What the conformance tests with other HATS tools ask of the engine.
//!
//! - `hats_lab stars ROOT TABLE ROWS`: a catalogue of generated stars with a margin cache of 600″
//!   and an index of `id`; prints its folder.
//! - `hats_lab link ROOT ADDRESS TABLE`: registers a catalogue where it lies.
//! - `hats_lab query ROOT ADQL`: prints the rows as CSV, then on standard error the partitions
//!   that were read and those there are.

use std::path::Path;

use futures::TryStreamExt;
use tenkyu_engine::{Engine, EngineOptions, ImportOptions, QueryRequest, generate};

type Failure = Box<dyn std::error::Error>;

#[allow(clippy::print_stdout)] // results go to standard output
fn stars(root: &Path, table: &str, rows: u64) -> Result<(), Failure> {
    let options = ImportOptions {
        max_rows: rows / 40,
        margin_arcsec: Some(600.0),
        id_column: Some("id".to_owned()),
        ..ImportOptions::new(table)
    };
    std::fs::create_dir_all(root)?;
    let report = generate::import(root, rows, 7, &options, &mut |_| {})?;
    println!("{}", root.join(table.replace('.', "/")).join(report.snapshot).display());
    Ok(())
}

#[allow(clippy::print_stdout, clippy::print_stderr)] // results and counts
async fn query(engine: &Engine, adql: &str) -> Result<(), Failure> {
    let request = QueryRequest { adql: adql.to_owned(), ..QueryRequest::default() };
    let answer = engine.query(request).await?;
    let stats = answer.stats.clone();
    let batches: Vec<_> = answer.batches.try_collect().await?;
    let mut writer = arrow::csv::Writer::new(std::io::stdout());
    for batch in &batches {
        writer.write(batch)?;
    }
    let scan = stats.scan();
    eprintln!("{} {}", scan.partitions_read, scan.partitions);
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["stars", root, table, rows] => stars(Path::new(root), table, rows.parse()?),
        ["link", root, address, table] => {
            let engine = Engine::open(Path::new(root), EngineOptions::default())?;
            engine.link(address, table)?;
            Ok(())
        }
        ["query", root, adql] => {
            let engine = Engine::open(Path::new(root), EngineOptions::default())?;
            tokio::runtime::Runtime::new()?.block_on(query(&engine, adql))
        }
        _ => {
            Err("hats_lab stars ROOT TABLE ROWS | link ROOT ADDRESS TABLE | query ROOT ADQL".into())
        }
    }
}
