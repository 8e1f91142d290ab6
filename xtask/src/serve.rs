//! `cargo xtask serve`: from a checkout to a portal with real data.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::paths;
use crate::run::{cargo, run, step};
use crate::site::{self, Profile};

/// How to serve.
#[derive(Args)]
pub struct Options {
    /// Port on the loopback address
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Where the archive, the catalogues and the workspace lie
    #[arg(long, env = "TENKYU_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Leave an empty data directory empty
    #[arg(long)]
    no_demo: bool,
    /// Quick build: unoptimised
    #[arg(long)]
    dev: bool,
}

/// Builds, fills an empty data directory, and serves until stopped.
pub fn serve(options: &Options) -> Result<()> {
    let profile = Profile::of(options.dev);
    let binary = build_all(profile)?;
    let data_dir = options.data_dir.clone().unwrap_or_else(|| paths::root().join("target/data"));
    if !options.no_demo && is_empty(&data_dir)? {
        // A demo that cannot be had must not keep the server from starting.
        if let Err(error) = load_demo(&binary, &data_dir) {
            eprintln!(
                "  {error:#}\n  the server starts without the whole demo; `tenkyu demo` tries again"
            );
        }
    }
    run(tenkyu(&binary, &data_dir)
        .arg("serve")
        .env("TENKYU_ADDR", format!("127.0.0.1:{}", options.port)))
}

/// Builds the site and the server side by side, which keeps both cores busy while one links, and
/// gives the path of the server's binary.
pub fn build_all(profile: Profile) -> Result<PathBuf> {
    std::thread::scope(|scope| {
        let server = scope.spawn(|| build_server(profile));
        let site = site::build(profile);
        let server = server.join().unwrap_or_else(|_| bail!("the build of the server panicked"));
        site.and(server)
    })
}

/// Compiles the server and gives the path of its binary.
pub fn build_server(profile: Profile) -> Result<PathBuf> {
    let mut cargo = cargo();
    cargo.args(["build", "-p", "tenkyu-server", "--bin", "tenkyu"]);
    let folder = match profile {
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
        Profile::Dev => "debug",
    };
    step("compiling the server", || run(&mut cargo))?;
    let binary = paths::target().join(folder).join("tenkyu");
    if !binary.is_file() {
        bail!("{} was not built", binary.display());
    }
    Ok(binary)
}

/// The server's program on a data directory.
pub fn tenkyu(binary: &Path, data_dir: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env("TENKYU_DATA_DIR", data_dir).env("TENKYU_SITE_ROOT", paths::site());
    command
}

/// Fetches and ingests the demo data.
pub fn load_demo(binary: &Path, data_dir: &Path) -> Result<()> {
    step("loading the demo data", || {
        run(tenkyu(binary, data_dir)
            .arg("demo")
            .arg("--cache")
            .arg(paths::cache().join("demo"))
            // Standard output belongs to the figures of a measurement.
            .stdout(std::io::stderr()))
    })
}

fn is_empty(dir: &Path) -> Result<bool> {
    match std::fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", dir.display())),
    }
}
