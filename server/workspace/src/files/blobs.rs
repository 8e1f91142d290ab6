//! Bytes on disk: uploads as they come, and contents under their SHA-256.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use md5::Md5;
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use super::FileError;

/// The folder of the files.
#[derive(Debug)]
pub(super) struct Blobs {
    objects: PathBuf,
    uploads: PathBuf,
    /// Shared while a content gets its row, held alone while one without a row is removed: what is
    /// about to be named is never swept away.
    pub(super) naming: RwLock<()>,
}

/// Checksums of a content, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksums {
    /// SHA-256.
    pub sha256: String,
    /// MD5.
    pub md5: String,
}

/// Checksums that are being made.
#[derive(Clone, Default)]
pub(super) struct Hashing {
    sha256: Sha256,
    md5: Md5,
    /// Bytes that went in.
    pub(super) at: u64,
}

impl Hashing {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.at = self.at.saturating_add(bytes.len() as u64);
    }

    /// Takes in what the file has beyond what went in.
    pub(super) fn catch_up(&mut self, path: &Path) -> Result<(), FileError> {
        let failed = |error| FileError::io(path, error);
        let mut file = File::open(path).map_err(failed)?;
        file.seek(SeekFrom::Start(self.at)).map_err(failed)?;
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            match buffer.get(..read) {
                None | Some([]) => return Ok(()),
                Some(bytes) => self.update(bytes),
            }
        }
    }

    pub(super) fn finish(self) -> Checksums {
        Checksums { sha256: hex(&self.sha256.finalize()), md5: hex(&self.md5.finalize()) }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Blobs {
    pub(super) fn open(folder: &Path) -> Result<Blobs, FileError> {
        let blobs = Blobs {
            objects: folder.join("objects"),
            uploads: folder.join("uploads"),
            naming: RwLock::default(),
        };
        for folder in [&blobs.objects, &blobs.uploads] {
            std::fs::create_dir_all(folder).map_err(|e| FileError::io(folder, e))?;
        }
        Ok(blobs)
    }

    /// Where a content lies.
    pub(super) fn object(&self, sha256: &str) -> PathBuf {
        let part = |range| sha256.get(range).unwrap_or("00");
        self.objects.join(part(0..2)).join(part(2..4)).join(sha256)
    }

    /// Where an upload grows.
    pub(super) fn upload(&self, id: &str) -> PathBuf {
        self.uploads.join(id)
    }

    /// Bytes of an upload; 0 where none came.
    pub(super) fn upload_length(&self, id: &str) -> Result<u64, FileError> {
        let path = self.upload(id);
        match std::fs::metadata(&path) {
            Ok(meta) => Ok(meta.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(FileError::io(&path, error)),
        }
    }

    /// Forgets the bytes of an upload from `length` on.
    pub(super) fn truncate(&self, id: &str, length: u64) -> Result<(), FileError> {
        let path = self.upload(id);
        match std::fs::OpenOptions::new().write(true).open(&path) {
            Ok(file) => file.set_len(length).map_err(|e| FileError::io(&path, e)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(FileError::io(&path, error)),
        }
    }

    pub(super) fn remove_upload(&self, id: &str) -> Result<(), FileError> {
        remove(&self.upload(id))
    }

    pub(super) fn remove_object(&self, sha256: &str) -> Result<(), FileError> {
        remove(&self.object(sha256))
    }

    /// Makes an upload the content of this checksum: synced, then renamed, then the folder synced.
    /// One that is there already is left alone. The upload's own file is gone afterwards.
    pub(super) fn keep(&self, id: &str, sha256: &str) -> Result<(), FileError> {
        let (from, to) = (self.upload(id), self.object(sha256));
        let file = match File::open(&from) {
            Ok(file) => file,
            // An empty content, of which no byte ever came.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                File::create(&from).map_err(|e| FileError::io(&from, e))?
            }
            Err(error) => return Err(FileError::io(&from, error)),
        };
        let length = file.metadata().map_err(|e| FileError::io(&from, e))?.len();
        if std::fs::metadata(&to).is_ok_and(|meta| meta.len() == length) {
            return remove(&from);
        }
        file.sync_all().map_err(|e| FileError::io(&from, e))?;
        drop(file);
        let folder = to.parent().unwrap_or(&self.objects);
        std::fs::create_dir_all(folder).map_err(|e| FileError::io(folder, e))?;
        std::fs::rename(&from, &to).map_err(|e| FileError::io(&to, e))?;
        for folder in folder.ancestors().take(3) {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|e| FileError::io(folder, e))?;
        }
        Ok(())
    }

    /// All contents: their names, where they lie.
    pub(super) fn objects(&self) -> Result<Vec<(String, PathBuf)>, FileError> {
        let mut found = Vec::new();
        for first in entries(&self.objects)? {
            for second in entries(&first)? {
                found.extend(entries(&second)?.into_iter().filter_map(named));
            }
        }
        Ok(found)
    }

    /// All uploads that have bytes.
    pub(super) fn uploads(&self) -> Result<Vec<(String, PathBuf)>, FileError> {
        Ok(entries(&self.uploads)?.into_iter().filter_map(named).collect())
    }
}

fn named(path: PathBuf) -> Option<(String, PathBuf)> {
    Some((path.file_name()?.to_str()?.to_owned(), path))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |error| FileError::io(folder, error);
    let listed = std::fs::read_dir(folder).map_err(failed)?;
    listed.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

pub(super) fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError::io(path, error))
        }
        _ => Ok(()),
    }
}

/// Runs what blocks on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(FileError::Internal(error.to_string())))
}
