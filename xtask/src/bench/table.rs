//! Filters and counts of the table worker's module on generated rows, beside plain JavaScript.

use std::process::Command;

use anyhow::Result;

use crate::run::{run, step};
use crate::site::{self, Profile};
use crate::{paths, tools};

const ROWS: u32 = 1_000_000;

/// Runs the module as the browser gets it under node, whose engine is Chromium's.
pub fn measure() -> Result<()> {
    site::build(Profile::Release)?;
    let scripts = paths::root().join("tests/bench");
    let dir = std::env::temp_dir().join(format!("tenkyu-bench-table-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let done = fill(&scripts, &dir).and_then(|()| {
        run(Command::new("node")
            .arg(scripts.join("table.mjs"))
            .arg(paths::site().join("pkg"))
            .arg(&dir))
    });
    std::fs::remove_dir_all(&dir)?;
    done
}

fn fill(scripts: &std::path::Path, dir: &std::path::Path) -> Result<()> {
    let python = tools::python()?;
    step("generating rows", || {
        run(Command::new(python).arg(scripts.join("table_rows.py")).arg(dir).arg(ROWS.to_string()))
    })
}
