//! `cargo xtask bench`: one JSON line a figure.

mod engine;
mod figure;
mod frame;
mod ingest;
mod service;
mod start;
mod table;
mod transfer;

use anyhow::Result;
use clap::{Args, ValueEnum};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Figures to take; all when none is named
    names: Vec<Name>,
    /// Rows of the generated catalogue of `engine`, `output` and `users`
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// Queries of `engine` to take; all when none is named. With 10⁸ rows the peers' joins take hours
    #[arg(long, value_delimiter = ',', value_name = "QUERY")]
    only: Vec<String>,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Compressed bytes of the landing page and of each module, against their budgets
    Transfer,
    /// Time until the server listens on the demo data
    Start,
    /// Files and bytes taken into the archive in a second
    Ingest,
    /// Cone searches and scans of a generated catalogue, beside DuckDB on the same files
    Engine,
    /// All rows out of the server in each form, beside pyarrow and STILTS
    Output,
    /// A mixed load by 1 to 64 people at a time
    Users,
    /// Filters and counts over 10⁶ rows in the table worker's module
    Table,
    /// What a frame of the image viewer costs the page's thread
    Frame,
}

/// Takes the named figures, or all of them.
pub fn bench(options: &Options) -> Result<()> {
    let names = if options.names.is_empty() { Name::value_variants() } else { &options.names };
    for name in names {
        match name {
            Name::Transfer => transfer::measure()?,
            Name::Start => start::measure()?,
            Name::Ingest => ingest::measure()?,
            Name::Engine => engine::measure(options.rows, &options.only)?,
            Name::Output => service::output(options.rows)?,
            Name::Users => service::users(options.rows)?,
            Name::Table => table::measure()?,
            Name::Frame => frame::measure()?,
        }
    }
    Ok(())
}
