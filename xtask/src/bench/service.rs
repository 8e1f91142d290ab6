//! The running service on a large catalogue: whole tables out of it, and many people at a time.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::engine::catalogue;
use crate::run::run;
use crate::serve;
use crate::site::Profile;
use crate::test::Server;
use crate::{paths, tools};

/// All rows in each form, beside pyarrow and STILTS.
pub fn output(rows: u64) -> Result<()> {
    let Some(stilts) = tools::stilts() else { bail!("STILTS cannot be had here") };
    with_server(rows, |server, files, scratch| {
        run(script("output.py", server)?.arg(rows.to_string()).arg(files).arg(&stilts).arg(scratch))
    })
}

/// Throughput and answer times under a mixed load.
pub fn users(rows: u64) -> Result<()> {
    with_server(rows, |server, _, _| run(script("users.py", server)?.arg(rows.to_string())))
}

fn script(name: &str, server: &Server) -> Result<Command> {
    let mut command = Command::new(tools::python()?);
    command
        .arg(paths::root().join("tests/bench").join(name))
        .args([server.url(), &server.pid().to_string()]);
    Ok(command)
}

/// Serves the generated catalogue, and nothing else, from a data directory that is removed.
fn with_server(rows: u64, work: impl FnOnce(&Server, &Path, &Path) -> Result<()>) -> Result<()> {
    let (dir, files) = catalogue(rows)?;
    let binary = serve::build_server(Profile::Release)?;
    let data = std::env::temp_dir().join(format!("tenkyu-bench-{}", std::process::id()));
    std::fs::create_dir_all(&data)?;
    std::os::unix::fs::symlink(&dir, data.join("catalogs"))
        .context("cannot lay the catalogue into the data directory")?;
    let done =
        Server::start(&binary, &data).and_then(|server| work(&server, Path::new(&files), &data));
    std::fs::remove_dir_all(&data)?;
    done
}
