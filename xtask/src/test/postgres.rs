//! A PostgreSQL server for the tests: its own data in a temporary folder, on loopback alone.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::run::{output, step};
use crate::tools;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings that suit data which nobody will miss, and many short connections.
const SETTINGS: [&str; 5] = [
    "fsync=off",
    "synchronous_commit=off",
    "max_connections=400",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
];

/// A running server; it stops, and its data go, when this is dropped.
pub struct Postgres {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Postgres {
    /// Starts one, with Debian's package installed where it is missing and we may.
    pub fn start() -> Result<Postgres> {
        let bin = tools::postgres()?;
        step("starting PostgreSQL", || {
            let folder = std::env::temp_dir().join(format!("tenkyu-pg-{}", std::process::id()));
            std::fs::create_dir_all(&folder)?;
            let root = output(Command::new("id").arg("-u"))?.trim() == "0";
            if root {
                // The server refuses to be root.
                output(Command::new("chown").arg("postgres").arg(&folder))?;
            }
            let program = |name: &str| as_user(root, &bin.join(name));
            let data = folder.join("data");
            output(
                program("initdb")
                    .args(["--username=tenkyu", "--auth=trust", "--encoding=UTF8", "--locale=C"])
                    .arg("--pgdata")
                    .arg(&data),
            )?;
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let child = program("postgres")
                .arg("-D")
                .arg(&data)
                .args(["-p", &port.to_string()])
                .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
                .current_dir(&folder)
                .stdout(Stdio::null())
                .stderr(std::fs::File::create(folder.join("log"))?)
                .spawn()
                .context("cannot start PostgreSQL")?;
            let url = format!("postgres://tenkyu@127.0.0.1:{port}/postgres");
            let server = Postgres { child, folder, url };
            server.wait(&bin, port)?;
            Ok(server)
        })
    }

    fn wait(&self, bin: &Path, port: u16) -> Result<()> {
        let start = Instant::now();
        let mut ready = Command::new(bin.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        while !ready.status().is_ok_and(|status| status.success()) {
            if start.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL does not answer\n{log}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Where it is, `postgres://…`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// A program of the server, run by the user that Debian's package makes for it.
fn as_user(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
