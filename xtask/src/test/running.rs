//! A server for the tests that need one: built, filled with the demo data, on a free port.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};

use crate::{paths, serve};

/// A running server; it stops when this is dropped.
pub struct Server {
    child: Child,
    url: String,
    data_dir: PathBuf,
}

impl Server {
    /// The server that all groups share, started by the first that asks.
    pub fn shared(slot: &mut Option<Server>) -> Result<&Server> {
        if slot.is_none() {
            *slot = Some(Server::start()?);
        }
        slot.as_ref().context("no server")
    }

    /// Its base address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start() -> Result<Server> {
        let binary = super::build()?;
        let data_dir = paths::target().join(format!("test-data-{}", std::process::id()));
        super::demo(&binary, &data_dir)?;
        let mut child = serve::tenkyu(&binary, &data_dir)
            .arg("serve")
            .env("TENKYU_ADDR", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let stdout = child.stdout.take().context("the server has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = lines.find_map(|line| {
            Some(line.ok()?.strip_prefix("listening on ")?.trim_end_matches('/').to_owned())
        });
        // Whatever else it prints must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let url = url.context("the server ended before it listened")?;
        Ok(Server { child, url, data_dir })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done about a server that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.data_dir);
    }
}
