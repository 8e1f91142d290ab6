//! The folder of files that the server hands out: browser modules, scripts, style sheet, icons,
//! each beside its compressed forms.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::step;
use crate::{paths, style, wasm};

/// How to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run and small to send.
    Release,
}

impl Profile {
    /// The profile for a `--dev` flag.
    pub fn of(dev: bool) -> Self {
        if dev { Profile::Dev } else { Profile::Release }
    }
}

/// Builds everything under [`paths::site`].
pub fn build(profile: Profile) -> Result<()> {
    let site = paths::site();
    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg).with_context(|| format!("cannot create {}", pkg.display()))?;
    wasm::build(profile, &pkg)?;
    copy_tree(&paths::root().join("public"), &site)?;
    for module in ["portal", "viewers", "tables"] {
        copy_tree(&paths::root().join("app").join(module).join("js"), &pkg)?;
    }
    write_if_new(
        &pkg.join("portal.css"),
        style::bundle(&paths::root().join("style/main.css"))?.as_bytes(),
    )?;
    if profile == Profile::Release {
        step("compressing the site", || compress_tree(&site))?;
    } else {
        remove_compressed(&site)?;
    }
    Ok(())
}

/// The files below a folder.
pub fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        write_if_new(&target, &fs::read(&file)?)?;
    }
    Ok(())
}

/// Writes only what differs, so that compressed forms stay current.
fn write_if_new(file: &Path, content: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

const COMPRESSIBLE: [&str; 7] = ["wasm", "js", "css", "svg", "json", "html", "webmanifest"];

fn compress_tree(site: &Path) -> Result<()> {
    for file in files(site)? {
        let extension = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if COMPRESSIBLE.contains(&extension) {
            compress(&file)?;
        }
    }
    Ok(())
}

/// Writes `file.br` and `file.gz` unless they are newer than the file.
fn compress(file: &Path) -> Result<()> {
    let changed = fs::metadata(file)?.modified()?;
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let current = |path: &Path| {
        fs::metadata(path).and_then(|m| m.modified()).is_ok_and(|made| made >= changed)
    };
    let (br, gz) = (beside(".br"), beside(".gz"));
    if current(&br) && current(&gz) {
        return Ok(());
    }
    let content = fs::read(file)?;
    let mut out = Vec::new();
    let options = brotli::enc::BrotliEncoderParams { quality: 10, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut content.as_slice(), &mut out, &options)?;
    fs::write(&br, out)?;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&content)?;
    fs::write(&gz, encoder.finish()?)?;
    Ok(())
}

/// A compressed file of an earlier build would be served in place of the new one.
fn remove_compressed(site: &Path) -> Result<()> {
    for file in files(site)? {
        if file.extension().is_some_and(|e| e == "br" || e == "gz") {
            fs::remove_file(&file)?;
        }
    }
    Ok(())
}
