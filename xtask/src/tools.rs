//! What is installed on demand: npm packages, a Python environment, Debian packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths;
use crate::run::{exists, output, run, step};

/// The features that rustc and wasm-bindgen use. Not `--all-features`: with it binaryen writes
/// compact imports, which no browser loads without a flag.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Shrinks a wasm file in place with binaryen's `wasm-opt` from npm. Debian's is quicker, but its
/// version 108 does not know every instruction that wasm-bindgen writes.
pub fn wasm_opt(file: &Path) -> Result<()> {
    if !exists("npm") {
        eprintln!("  npm is missing: {} stays larger than it could be", file.display());
        return Ok(());
    }
    let wasm_opt = paths::root().join("xtask/npm/node_modules/binaryen/bin/wasm-opt");
    // With -Oz the files are 2 to 7 % smaller, compressed no smaller at all, and take up to ten times
    // as long.
    run(Command::new("node").arg(wasm_opt).arg("-O1").args(FEATURES).arg(file).arg("-o").arg(file))
}

/// Installs what [`wasm_opt`] needs, where npm is there.
pub fn install_wasm_opt() -> Result<()> {
    if exists("npm") { npm_install(&paths::root().join("xtask/npm")) } else { Ok(()) }
}

/// Installs what a folder's `package-lock.json` pins, unless it is installed.
pub fn npm_install(dir: &Path) -> Result<()> {
    let lock = dir.join("package-lock.json");
    let stamp = dir.join("node_modules/.tenkyu-lock");
    let wanted = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step(&format!("installing npm packages in {}", dir.display()), || {
        run(Command::new("npm")
            .current_dir(dir)
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .args(["ci", "--silent", "--no-fund", "--no-audit"]))
    })?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The Python of a virtual environment with what `tests/requirements.txt` pins.
pub fn python() -> Result<PathBuf> {
    python_with("requirements.txt", "venv")
}

/// The Python of an environment with the HATS tools, which take a gigabyte.
pub fn python_hats() -> Result<PathBuf> {
    python_with("requirements-hats.txt", "venv-hats")
}

fn python_with(requirements: &str, venv: &str) -> Result<PathBuf> {
    let requirements = paths::root().join("tests").join(requirements);
    let wanted = std::fs::read(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let venv = paths::cache().join(venv);
    let python = venv.join("bin/python");
    let stamp = venv.join("tenkyu-requirements.txt");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) && python.is_file() {
        return Ok(python);
    }
    step("preparing the Python environment of the tests", || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&requirements))
    })?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

/// Chromium or Chrome; installed from Debian's package when missing and we may.
pub fn chromium() -> Result<PathBuf> {
    if let Some(found) =
        find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
    {
        if !has_japanese_font() {
            apt_install(&["fonts-noto-cjk"])?;
        }
        return Ok(found);
    }
    apt_install(&["chromium", "fonts-noto-cjk"])?;
    find(&["chromium"]).context("chromium was installed but is not on the PATH")
}

/// STILTS, the reference validator of VO services; `None` where it cannot be had.
pub fn stilts() -> Option<PathBuf> {
    find(&["stilts"]).or_else(|| {
        apt_install(&["stilts"]).ok()?;
        find(&["stilts"])
    })
}

/// The folder of PostgreSQL's programs; installed from Debian's package when missing and we may.
pub fn postgres() -> Result<PathBuf> {
    if let Some(found) = postgres_bin() {
        return Ok(found);
    }
    apt_install(&["postgresql"])?;
    postgres_bin().context("PostgreSQL was installed, but its programs are not found")
}

/// Debian keeps the programs of each version in a folder of their own.
fn postgres_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|version| version.path().join("bin")).max();
    newest
        .filter(|bin| bin.join("postgres").is_file())
        .or_else(|| find(&["postgres"])?.parent().map(Path::to_owned))
}

fn has_japanese_font() -> bool {
    output(Command::new("fc-list").arg(":lang=ja")).is_ok_and(|list| !list.trim().is_empty())
}

fn find(programs: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|dir| programs.iter().map(move |program| dir.join(program)))
        .find(|candidate| candidate.is_file())
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || !exists("apt-get") {
        bail!("missing: {}; install them with the system's package manager", packages.join(", "));
    }
    step(&format!("installing {}", packages.join(", ")), || {
        let apt = |args: &[&str]| {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(args);
            command
        };
        output(&mut apt(&["update"]))?;
        output(apt(&["install", "-y", "--no-install-recommends"]).args(packages)).map(drop)
    })
}
