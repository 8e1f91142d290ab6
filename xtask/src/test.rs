//! `cargo xtask test`: every test, or the named groups.

mod postgres;
mod running;

use std::process::Command;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::run::{cargo, run, step};
use crate::{paths, tools, wasm};

pub use running::Server;

/// A group of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Tests beside the code, on this machine
    Unit,
    /// The tests of shared/ and the table worker, compiled to wasm
    Wasm,
    /// The server's routes, by role
    Http,
    /// The rooms that keep rows, and the routes, once more on PostgreSQL
    Storage,
    /// Real clients and independent references: astropy, pyvo, STILTS
    Conformance,
    /// Catalogues of hats-import and lsdb here, and ours there: only when named, as the tools
    /// take a gigabyte
    Hats,
    /// A scheduler and executors on this machine: only when named, as Ballista takes long to build
    Cluster,
    /// A real browser against a real server
    E2e,
}

/// The groups that run when none is named.
const USUAL: &[Group] =
    &[Group::Unit, Group::Wasm, Group::Http, Group::Storage, Group::Conformance, Group::E2e];

/// Crates with tables in the metadata store.
const STORING: [&str; 5] =
    ["tenkyu-store", "tenkyu-accounts", "tenkyu-archive", "tenkyu-jobs", "tenkyu-workspace"];

const WASI: &str = "wasm32-wasip1";

/// Runs the named groups, or all of them, and fails if one fails.
pub fn test(groups: &[Group]) -> Result<()> {
    let groups = if groups.is_empty() { USUAL } else { groups };
    let mut server = None;
    let mut failed = Vec::new();
    for &group in groups {
        let result = match group {
            Group::Unit => unit(),
            Group::Wasm => in_wasm(),
            Group::Http => http(),
            Group::Storage => storage(),
            Group::Conformance => Server::shared(&mut server).and_then(conformance),
            Group::Hats => hats(),
            Group::Cluster => cluster(),
            Group::E2e => Server::shared(&mut server).and_then(e2e),
        };
        if let Err(error) = result {
            eprintln!("{group:?} failed: {error:#}");
            failed.push(format!("{group:?}"));
        }
    }
    let passed = groups.len() - failed.len();
    println!("{passed} passed, {} failed", failed.len());
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn unit() -> Result<()> {
    step("unit tests", || {
        run(cargo().args([
            "test",
            "--workspace",
            "--exclude",
            "tenkyu-server",
            // As the server renders it: the page's own code runs natively only so.
            "--features",
            "tenkyu-portal/ssr",
            "--quiet",
        ]))?;
        run(cargo().args(["test", "-p", "tenkyu-server", "--lib", "--bins", "--quiet"]))?;
        run(cargo()
            .args(["test", "--quiet", "--manifest-path", wasm::FUNCTIONS])
            .env("CARGO_TARGET_DIR", paths::target()))
    })
}

fn http() -> Result<()> {
    step("HTTP tests", || {
        run(cargo().args(["test", "-p", "tenkyu-server", "--test", "*", "--quiet"]))
    })
}

fn storage() -> Result<()> {
    let postgres = postgres::Postgres::start()?;
    step("tests on PostgreSQL", || {
        let on_postgres = || {
            let mut cargo = cargo();
            cargo.env("TENKYU_TEST_DATABASE_URL", postgres.url()).args(["test", "--quiet"]);
            cargo
        };
        run(on_postgres().args(STORING.iter().flat_map(|name| ["-p", name])))?;
        run(on_postgres().args(["-p", "tenkyu-server", "--test", "http"]))
    })
}

/// What runs in both worlds is tested in both; WASI gives the test harness its output.
fn in_wasm() -> Result<()> {
    wasm::add_target(WASI)?;
    step("tests in wasm", || {
        let runner = paths::root().join("xtask/npm/wasi.mjs");
        run(cargo()
            .env("CARGO_TARGET_WASM32_WASIP1_RUNNER", format!("node {}", runner.display()))
            .env("PROPTEST_CASES", "32")
            .args(["test", "--target", WASI, "--lib", "--quiet"])
            .args(["-p", "tenkyu-wire", "-p", "tenkyu-sky", "-p", "tenkyu-fits"])
            .args(["-p", "tenkyu-adql", "-p", "tenkyu-udf", "-p", "tenkyu-tables"]))
    })
}

fn conformance(server: &Server) -> Result<()> {
    let python = tools::python()?;
    let functions = wasm::functions()?;
    step("conformance tests", || {
        let mut pytest = Command::new(python);
        pytest
            .current_dir(paths::root())
            .args(["-m", "pytest", "-q", "tests/conformance"])
            .env("TENKYU_URL", server.url())
            .env("TENKYU_BINARY", server.binary())
            .env("TENKYU_TARGET", paths::target())
            .env("TENKYU_FUNCTIONS", functions);
        if let Some(stilts) = tools::stilts() {
            pytest.env("TENKYU_STILTS", stilts);
        }
        if let Some(data) = paths::shared_data() {
            pytest.env("TENKYU_SHARED_DATA", data);
        }
        run(&mut pytest)
    })
}

fn hats() -> Result<()> {
    let python = tools::python_hats()?;
    step("tests with HATS tools", || {
        run(Command::new(python)
            .current_dir(paths::root())
            .args(["-m", "pytest", "-q", "tests/conformance/test_hats.py"])
            .env("CARGO_TARGET_DIR", paths::target()))
    })
}

fn cluster() -> Result<()> {
    let args = ["-p", "tenkyu-engine", "--features", "cluster"];
    step("tests with a cluster", || {
        run(Command::new("cargo")
            .current_dir(paths::root())
            .args(["clippy", "--all-targets", "--quiet"])
            .args(args)
            .args(["--", "--deny", "warnings"]))?;
        run(Command::new("cargo")
            .current_dir(paths::root())
            .arg("test")
            .args(args)
            .args(["--lib", "--test", "cluster", "--quiet"]))
    })
}

fn e2e(server: &Server) -> Result<()> {
    let dir = paths::root().join("e2e");
    tools::npm_install(&dir)?;
    let chromium = tools::chromium()?;
    let python = tools::python()?;
    let functions = wasm::functions()?;
    step("end-to-end tests", || {
        run(Command::new("npx")
            .current_dir(&dir)
            .args(["playwright", "test"])
            .env("TENKYU_URL", server.url())
            .env("TENKYU_CHROMIUM", chromium)
            .env("TENKYU_PYTHON", python)
            .env("TENKYU_FUNCTIONS", functions))
    })
}
