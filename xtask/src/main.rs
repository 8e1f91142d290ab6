//! `cargo xtask`: build, run, test and measure Tenkyu. Run `cargo xtask help` for the commands.
//!
//! Everything that a command needs beyond rustup's cargo, Python 3 with pip and Node with npm is
//! installed by the command itself, pinned in lock files, into folders that git ignores.

mod bench;
mod paths;
mod run;
mod serve;
mod site;
mod style;
mod test;
mod tools;
mod wasm;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, run, test and measure Tenkyu")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the browser modules and the server
    Build {
        /// Quick build: unoptimised, larger files
        #[arg(long)]
        dev: bool,
    },
    /// Build, load the demo data into an empty data directory, and serve
    Serve(serve::Options),
    /// Run the tests: all of them, or the named groups
    Test {
        /// Groups to run; all when none is named
        groups: Vec<test::Group>,
    },
    /// Measure; prints one JSON line a figure
    Bench(bench::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Build { dev } => serve::build_all(site::Profile::of(dev)).map(drop),
        Command::Serve(options) => serve::serve(&options),
        Command::Test { groups } => test::test(&groups),
        Command::Bench(options) => bench::bench(&options),
    }
}
