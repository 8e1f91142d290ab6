//! Everything of an ingest that needs no transaction: read, hash, validate, translate, draw, store.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{IngestOptions, RefusedFile};
use crate::{
    archive::Archive,
    error::{ArchiveError, Refusal},
    inspect::{self, Note},
    record::FileRecord,
    store,
};

/// A file that is ready to be committed; its bytes are stored.
pub(crate) struct Prepared {
    /// Absolute path.
    pub(crate) path: String,
    /// Last part of the path.
    pub(crate) filename: String,
    /// SHA-256 of the content.
    pub(crate) sha256: String,
    /// Bytes.
    pub(crate) bytes: u64,
    /// Media type.
    pub(crate) content_type: String,
    /// What it holds.
    pub(crate) record: FileRecord,
    /// Headers verbatim.
    pub(crate) headers: Vec<(u32, String)>,
    /// Pictures made of it, stored already.
    pub(crate) derived: Vec<Derived>,
    /// An ingest before began it and did not finish.
    pub(crate) resumed: bool,
}

/// A stored picture.
pub(crate) struct Derived {
    /// `preview` or `thumbnail`.
    pub(crate) kind: &'static str,
    /// SHA-256 of the content.
    pub(crate) sha256: String,
    /// Bytes.
    pub(crate) bytes: u64,
    /// Media type.
    pub(crate) content_type: &'static str,
}

/// What became of a file before its transaction.
pub(super) enum Outcome {
    /// Its content is there already, from the same path and by the same rules.
    Unchanged,
    /// It cannot be ingested.
    Refused(RefusedFile),
    /// It can.
    Ready(Box<Prepared>, Vec<Note>),
}

impl Outcome {
    /// The program failed on a file.
    pub(super) fn failed(path: &Path) -> Outcome {
        let reason = Refusal::Internal;
        Outcome::Refused(RefusedFile { file: path.to_owned(), hdu: None, keyword: None, reason })
    }
}

impl Archive {
    /// Prepares a file. Errors are those that stop the whole ingest.
    pub(super) async fn prepare(
        &self,
        path: &Path,
        options: Arc<IngestOptions>,
        bytes_read: &AtomicU64,
    ) -> Result<Outcome, ArchiveError> {
        let refused = |reason: Refusal| {
            let file = path.to_owned();
            Ok(Outcome::Refused(RefusedFile { file, hdu: None, keyword: None, reason }))
        };
        let (owned, limit) = (path.to_owned(), options.max_bytes);
        let read = tokio::task::spawn_blocking(move || read(&owned, limit)).await;
        let (content, sha256) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(reason)) => return refused(reason),
            Err(_) => return refused(Refusal::Internal),
        };
        bytes_read.fetch_add(content.len() as u64, Ordering::Relaxed);
        let absolute = absolute(path);
        if self.is_current(&absolute, &sha256).await? {
            return Ok(Outcome::Unchanged);
        }
        let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let resumed = self.was_begun(&absolute).await?;
        self.set_stage(path, "started", &sha256).await?;
        let (dictionary, for_inspection) = (Arc::clone(&self.dictionary), content.clone());
        let (name, settings) = (filename.clone(), Arc::clone(&options));
        // A reader that fails on a file fails for that file alone.
        let inspected = tokio::task::spawn_blocking(move || {
            inspect::inspect(&for_inspection, &name, &dictionary, &settings)
        })
        .await;
        let inspected = match inspected {
            Ok(Ok(inspected)) => inspected,
            Ok(Err(fault)) => {
                return Ok(Outcome::Refused(RefusedFile {
                    file: path.to_owned(),
                    hdu: fault.hdu,
                    keyword: fault.keyword,
                    reason: fault.reason,
                }));
            }
            Err(e) => {
                tracing::error!(file = %path.display(), error = %e, "inspection failed");
                return refused(Refusal::Internal);
            }
        };
        let mut derived = Vec::new();
        for picture in inspected.pictures {
            let sha256 = store::hex(&Sha256::digest(&picture.bytes));
            let bytes = picture.bytes.len() as u64;
            self.objects.put(&sha256, Bytes::from(picture.bytes)).await?;
            let (kind, content_type) = (picture.kind, picture.content_type);
            derived.push(Derived { kind, sha256, bytes, content_type });
        }
        let bytes = content.len() as u64;
        self.objects.put(&sha256, content).await?;
        self.set_stage(path, "stored", &sha256).await?;
        let prepared = Prepared {
            path: absolute,
            filename,
            sha256,
            bytes,
            content_type: crate::obscore::FITS.to_owned(),
            record: inspected.record,
            headers: inspected.headers,
            derived,
            resumed,
        };
        Ok(Outcome::Ready(Box::new(prepared), inspected.notes))
    }

    /// Whether the content of a path is what the archive has of it, by the rules of today.
    async fn is_current(&self, path: &str, sha256: &str) -> Result<bool, ArchiveError> {
        let row = sqlx::query(
            "SELECT a.rules FROM artifact a JOIN source s ON s.artifact_id = a.id \
             WHERE a.sha256 = $1 AND s.path = $2",
        )
        .bind(sha256)
        .bind(path)
        .fetch_optional(&self.pool)
        .await?;
        let rules: Option<String> = row.map(|row| row.try_get("rules")).transpose()?;
        Ok(rules.is_some_and(|rules| rules == self.dictionary.version))
    }
}

/// The absolute form of a path, which stays the same wherever the command runs.
pub(super) fn absolute(path: &Path) -> String {
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
        .to_string_lossy()
        .into_owned()
}

/// A file's bytes and their SHA-256.
fn read(path: &Path, limit: u64) -> Result<(Bytes, String), Refusal> {
    let unreadable = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => Refusal::Missing,
        _ => Refusal::Unreadable(e.to_string()),
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(Refusal::Unreadable("it is not a regular file".into()));
    }
    if meta.len() > limit {
        return Err(Refusal::TooLarge { bytes: meta.len(), limit });
    }
    let content = std::fs::read(path).map_err(unreadable)?;
    if content.is_empty() {
        return Err(Refusal::Empty);
    }
    let sha256 = store::hex(&Sha256::digest(&content));
    Ok((Bytes::from(content), sha256))
}
