//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tenkyu_wire::Lang;

use crate::commands::{adql, catalog, cluster, ingest, serve, user, verify};
use crate::{Config, Settings, demo};

/// Archive, catalogues and images of the sky, served through VO protocols and a web portal.
#[derive(Parser)]
#[command(name = "tenkyu", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal and the protocols
    Serve,
    /// Fetch real observations and catalogues and take them in
    Demo(demo::Options),
    /// Take FITS files and folders of them into the archive
    Ingest(ingest::Options),
    /// Import and list catalogues
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Work with queries
    #[command(subcommand)]
    Adql(adql::Command),
    /// Run a machine of a cluster that works on long jobs
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Make, list, approve and lock accounts
    #[command(subcommand)]
    User(user::Command),
    /// Read every stored file again and compare checksums
    Verify,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = cli.settings.resolve().map_err(anyhow::Error::from).and_then(|config| {
        log_to_stderr(&config);
        let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        threads.block_on(run(cli.command, &config))
    });
    done.unwrap_or_else(|error| {
        eprintln!("tenkyu: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command, config: &Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::run(config).await,
        Command::Demo(options) => demo::run(config, options).await,
        Command::Ingest(options) => ingest::run(config, &options).await,
        Command::Catalog(command) => catalog::run(config, command).await,
        Command::Adql(command) => adql::run(config, command).await,
        Command::Cluster(command) => cluster::run(config, command).await,
        Command::User(command) => user::run(config, command).await,
        Command::Verify => verify::run(config).await,
    }
}

/// The language of the terminal, by the usual variables.
pub(crate) fn terminal_lang() -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .and_then(|value| Lang::from_tag(value.split('.').next().unwrap_or_default()))
        .unwrap_or_default()
}

/// Logs go to stderr: what a command prints on stdout is its result.
fn log_to_stderr(config: &Config) {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second subscriber in one process is refused; the first one goes on.
    let _ = if config.log_json { lines.json().try_init() } else { lines.try_init() };
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        for line in [
            &["tenkyu", "serve", "--addr", "127.0.0.1:0"][..],
            &["tenkyu", "--data-dir", "x", "ingest", "a", "b"],
            &["tenkyu", "catalog", "import", "f.csv", "g.fits", "--name", "a.b", "--margin", "5"],
            &["tenkyu", "catalog", "drop", "a.b@20261123T000000Z"],
            &["tenkyu", "adql", "explain", "--analyze", "-"],
            &["tenkyu", "adql", "check", "--syntax", "-"],
            &["tenkyu", "serve", "--cluster", "http://127.0.0.1:50050", "--cluster-fallback"],
            &["tenkyu", "user", "create", "ann", "--name", "A", "--email", "a@b.c", "--operator"],
            &["tenkyu", "user", "reset-link", "ann"],
            &["tenkyu", "cluster", "scheduler", "--listen", "127.0.0.1:0"],
            &["tenkyu", "cluster", "executor", "--scheduler", "http://a:1", "--cores", "4"],
        ] {
            assert!(Cli::try_parse_from(line).is_ok(), "{line:?}");
        }
        assert!(Cli::try_parse_from(["tenkyu", "serve", "--addr", "nowhere"]).is_err());
    }
}
