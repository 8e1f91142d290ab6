//! What a frame of the image viewer costs the page's thread.

use std::process::Command;

use anyhow::Result;

use crate::run::run;
use crate::site::{self, Profile};
use crate::{paths, tools};

/// Pans and zooms a large generated image in a headless browser, with each graphics API.
pub fn measure() -> Result<()> {
    site::build(Profile::Release)?;
    let dir = paths::root().join("e2e");
    tools::npm_install(&dir)?;
    let chromium = tools::chromium()?;
    run(Command::new("node")
        .current_dir(&dir)
        .arg("bench/frame.mjs")
        .arg(paths::site())
        .env("TENKYU_CHROMIUM", chromium))
}
