//! From paths to files.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::RefusedFile;
use crate::error::Refusal;

/// Deepest folder that is entered; deeper ones are a loop of mounts or links.
const MAX_DEPTH: usize = 64;

/// What the paths hold.
#[derive(Default)]
pub(super) struct Found {
    /// Files to ingest, each path once, in order.
    pub(super) files: Vec<PathBuf>,
    /// What could not be read.
    pub(super) refused: Vec<RefusedFile>,
    /// Files whose names do not say that they are FITS.
    pub(super) skipped: u64,
}

/// Walks folders. A path that was named outright is taken whatever its name.
pub(super) fn walk(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => enter(path, 0, &mut found),
            Ok(_) => found.files.push(path.clone()),
            Err(e) => found.refuse(path, &e),
        }
    }
    found.files.sort();
    found.files.dedup();
    found
}

fn enter(folder: &Path, depth: usize, found: &mut Found) {
    if depth > MAX_DEPTH {
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) => return found.refuse(folder, &e),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) => {
                found.refuse(folder, &e);
                continue;
            }
        };
        let path = entry.path();
        // Links to files are followed; links to folders are not, they can go round in circles.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => enter(&path, depth + 1, found),
            Ok(kind) if kind.is_symlink() && std::fs::metadata(&path).is_ok_and(|m| m.is_dir()) => {
            }
            Ok(_) if is_fits_name(&path) => found.files.push(path),
            Ok(_) => found.skipped += 1,
            Err(e) => found.refuse(&path, &e),
        }
    }
}

impl Found {
    fn refuse(&mut self, path: &Path, error: &io::Error) {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => Refusal::Missing,
            _ => Refusal::Unreadable(error.to_string()),
        };
        let file = path.to_owned();
        self.refused.push(RefusedFile { file, hdu: None, keyword: None, reason });
    }
}

/// Whether a name says that the file is FITS, packed or not.
fn is_fits_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let plain = [".gz", ".z", ".bz2"].iter().find_map(|end| name.strip_suffix(end));
    let endings = [
        ".fits", ".fit", ".fts", ".fz", ".ffits", ".tfits", ".evt", ".ev", ".pha", ".pha2", ".pi",
        ".arf", ".rmf", ".mt",
    ];
    let inner = plain.unwrap_or(&name);
    // OGIP names such as `3c120_pha2.gz` carry the kind without a dot.
    endings.iter().any(|end| inner.ends_with(end))
        || plain.is_some_and(|inner| inner.ends_with("_pha2") || inner.ends_with("_evt2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a.fits", "A.FIT.GZ", "x.fits.fz", "e.evt", "im1.fits.Z", "3c120_pha2.gz"] {
            assert!(is_fits_name(Path::new(name)), "{name}");
        }
        for name in ["README.txt", "data.tar.gz", "a.png", "fits", "x.zip"] {
            assert!(!is_fits_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_reported_and_the_rest_found() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("b.fits"), "").unwrap();
        std::fs::write(dir.path().join("note.txt"), "").unwrap();
        let inner = dir.path().join("night/1");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join("a.fits.gz"), "").unwrap();
        let missing = dir.path().join("nothing");
        // A file where a folder is expected: reading below it fails as for a closed folder.
        let blocked = dir.path().join("b.fits/below");
        let found = walk(&[dir.path().to_owned(), missing.clone(), blocked.clone()]);
        assert_eq!(found.files.len(), 2);
        assert_eq!(found.skipped, 1);
        assert_eq!(found.refused.len(), 2);
        assert_eq!(found.refused[0].reason, Refusal::Missing);
        assert!(matches!(found.refused[1].reason, Refusal::Unreadable(_)));
    }
}
