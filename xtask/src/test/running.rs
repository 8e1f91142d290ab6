//! A server for the tests that need one: built, filled with the demo data, on a free port.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result};

use crate::site::{self, Profile};
use crate::{paths, serve};

/// A running server; it stops when this is dropped.
pub struct Server {
    child: Child,
    url: String,
    binary: PathBuf,
    /// Removed when the server stops.
    scratch: Option<PathBuf>,
}

impl Server {
    /// The server that all groups share, started by the first that asks: the site as it is served
    /// to users, a quick build of the server, and the demo data.
    pub fn shared(slot: &mut Option<Server>) -> Result<&Server> {
        if slot.is_none() {
            site::build(Profile::Release)?;
            let binary = serve::build_server(Profile::Dev)?;
            let data_dir = Server::demo_data(&binary)?;
            let mut server = Server::start(&binary, &data_dir)?;
            server.scratch = Some(data_dir);
            *slot = Some(server);
        }
        slot.as_ref().context("no server")
    }

    /// A new data directory with the demo data.
    pub fn demo_data(binary: &Path) -> Result<PathBuf> {
        let data_dir = paths::target().join(format!("test-data-{}", std::process::id()));
        serve::load_demo(binary, &data_dir)?;
        Ok(data_dir)
    }

    /// Starts a server on a free port and waits until it listens.
    pub fn start(binary: &Path, data_dir: &Path) -> Result<Server> {
        let mut child = serve::tenkyu(binary, data_dir)
            .arg("serve")
            .env("TENKYU_ADDR", "127.0.0.1:0")
            // Tests serve tables to upload from this machine, by this name and no other.
            .env("TENKYU_UPLOAD_HOSTS", "127.0.0.1")
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
        Ok(Server { child, url, binary: binary.to_owned(), scratch: None })
    }

    /// The program that runs, for tests that start one of their own.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its base address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done about a server that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(scratch) = &self.scratch {
            let _ = std::fs::remove_dir_all(scratch);
        }
    }
}
