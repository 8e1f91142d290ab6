//! Bytes as they come.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tokio::sync::{MutexGuard, mpsc};
use tokio_util::sync::CancellationToken;

use super::super::blobs::{Hashing, blocking};
use super::super::{FileError, Files, Inner, now, to_i64};
use super::{Active, Appended, UploadKind, UploadState};

/// A body; its errors are ends of the connection.
pub type Body = BoxStream<'static, Result<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

/// How long the next piece of a body may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the one before may take to stop writing.
const HANDOVER: Duration = Duration::from_secs(20);

/// Pieces between the network and the disk.
const AHEAD: usize = 64;

/// Space is reserved in steps of so many bytes where no length is announced.
const STEP: u64 = 64 << 20;

/// Waits until nobody else writes.
pub(super) async fn turn_of(active: &Active) -> Result<MutexGuard<'_, Hashing>, FileError> {
    let waited = tokio::time::timeout(HANDOVER, active.writing.lock()).await;
    waited.map_err(|_| FileError::Busy)
}

/// A checksum of one request's bytes (tus 1.0, checksum extension).
enum Check {
    Sha256(Sha256),
    Sha1(Sha1),
    Md5(Md5),
}

impl Check {
    fn new(algorithm: &str) -> Result<(Check, &'static str), FileError> {
        match algorithm {
            "sha256" => Ok((Check::Sha256(Sha256::new()), "sha256")),
            "sha1" => Ok((Check::Sha1(Sha1::new()), "sha1")),
            "md5" => Ok((Check::Md5(Md5::new()), "md5")),
            other => Err(FileError::BadChecksum(other.chars().take(80).collect())),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Check::Sha256(sum) => sum.update(bytes),
            Check::Sha1(sum) => sum.update(bytes),
            Check::Md5(sum) => sum.update(bytes),
        }
    }

    fn is(self, digest: &[u8]) -> bool {
        match self {
            Check::Sha256(sum) => sum.finalize().as_slice() == digest,
            Check::Sha1(sum) => sum.finalize().as_slice() == digest,
            Check::Md5(sum) => sum.finalize().as_slice() == digest,
        }
    }
}

impl Files {
    /// Writes a body at `offset`, where the upload must stand. Once all bytes are there, the upload
    /// becomes a file. `checksum` is an algorithm and a digest of this body: where it differs, or
    /// the body ends early, nothing of it stays. Whoever was writing before is stopped.
    ///
    /// It goes on when the caller is dropped, so that a connection that ends leaves what came.
    ///
    /// # Errors
    /// [`FileError::Offset`], [`FileError::Longer`], [`FileError::Interrupted`],
    /// [`FileError::Checksum`], [`FileError::Quota`], [`FileError::Busy`]; what the end of the
    /// upload can meet; a store or a disk that fails.
    pub async fn append(
        &self,
        id: &str,
        offset: u64,
        body: Body,
        checksum: Option<(String, Vec<u8>)>,
    ) -> Result<Appended, FileError> {
        let (files, id) = (self.clone(), id.to_owned());
        let work = async move { files.append_all(&id, offset, body, checksum).await };
        let done = tokio::spawn(work).await;
        done.unwrap_or_else(|error| Err(FileError::Internal(error.to_string())))
    }

    async fn append_all(
        &self,
        id: &str,
        offset: u64,
        body: Body,
        checksum: Option<(String, Vec<u8>)>,
    ) -> Result<Appended, FileError> {
        let check = match &checksum {
            Some((algorithm, _)) => Some(Check::new(algorithm)?),
            None => None,
        };
        let active = self.active_of(id);
        let stop = active.take_over();
        let mut hashing = turn_of(&active).await?;
        let mut state = self.stand(id).await?;
        if state.done.is_some() || state.offset != offset {
            return Err(FileError::Offset { have: state.offset, asked: offset });
        }
        let digest = checksum.map(|(_, digest)| digest);
        let mut check = check.zip(digest);
        if check.is_some() {
            self.set_floor(id, Some(offset)).await?;
        }
        let written = self.receive(&mut state, body, &mut hashing, &stop, &mut check).await;
        let kept = match (written, check) {
            (Ok(()), Some(((check, algorithm), digest))) => match check.is(&digest) {
                true => self.set_floor(id, None).await,
                false => Err(FileError::Checksum(algorithm)),
            },
            (written, None) => written,
            (written, Some(_)) => written,
        };
        if let Err(error) = kept {
            self.put_right(&mut state, offset, &mut hashing, &error).await?;
            return Err(match error {
                FileError::Interrupted(_) => FileError::Interrupted(state.offset),
                other => other,
            });
        }
        self.after(state, &mut hashing).await
    }

    /// Bytes from the body to the file, no more than were announced.
    async fn receive(
        &self,
        state: &mut UploadState,
        mut body: Body,
        hashing: &mut Hashing,
        stop: &CancellationToken,
        check: &mut Option<((Check, &'static str), Vec<u8>)>,
    ) -> Result<(), FileError> {
        let writer = Writer::start(&self.inner, &state.id, state.offset, hashing);
        let mut came = Ok(());
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => Err(FileError::Interrupted(0)),
                next = tokio::time::timeout(PATIENCE, body.next()) => match next {
                    Err(_) | Ok(Some(Err(_))) => Err(FileError::Interrupted(0)),
                    Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
                    Ok(None) => Ok(None),
                },
            };
            let bytes = match next {
                Ok(Some(bytes)) => bytes,
                Ok(None) => break,
                Err(error) => {
                    came = Err(error);
                    break;
                }
            };
            came = self.make_room(state, bytes.len() as u64).await;
            if came.is_err() {
                break;
            }
            if let Some(((check, _), _)) = check {
                check.update(&bytes);
            }
            if writer.queue.send(bytes).await.is_err() {
                break;
            }
        }
        writer.finish(hashing).await?;
        came
    }

    /// Sees that so many more bytes fit into what was announced, or into the quota.
    async fn make_room(&self, state: &mut UploadState, bytes: u64) -> Result<(), FileError> {
        let end = state.offset.saturating_add(bytes);
        match state.length {
            Some(length) if end > length => return Err(FileError::Longer(length)),
            None if end > state.reserved => {
                let wanted = (end - state.reserved).max(STEP);
                let mut taken = self.reserve_more(state, wanted).await;
                if matches!(taken, Err(FileError::Quota { .. })) {
                    // The last step may be shorter.
                    taken = self.reserve_more(state, end - state.reserved).await;
                }
                taken?;
            }
            _ => {}
        }
        state.offset = end;
        Ok(())
    }

    async fn reserve_more(&self, state: &mut UploadState, bytes: u64) -> Result<(), FileError> {
        let mut turn = self.turn().await?;
        self.take(&mut turn, &state.owner, 0, bytes).await?;
        let reserved = state.reserved.saturating_add(bytes);
        sqlx::query("UPDATE file_upload SET reserved = $2 WHERE id = $1")
            .bind(&state.id)
            .bind(to_i64(reserved))
            .execute(&mut *turn)
            .await?;
        turn.commit().await?;
        state.reserved = reserved;
        Ok(())
    }

    /// After a failure: what may stay stays, the rest goes.
    async fn put_right(
        &self,
        state: &mut UploadState,
        offset: u64,
        hashing: &mut Hashing,
        error: &FileError,
    ) -> Result<(), FileError> {
        let floor = self.stand(&state.id).await?.floor;
        if floor.is_some() || !matches!(error, FileError::Interrupted(_)) {
            let (inner, id) = (self.inner.clone(), state.id.clone());
            blocking(move || inner.blobs.truncate(&id, offset)).await?;
            // The checksums have run ahead; they are made anew from the file.
            *hashing = Hashing::default();
            self.set_floor(&state.id, None).await?;
        }
        state.offset = self.stand(&state.id).await?.offset;
        Ok(())
    }

    /// The answer to bytes that are all there: with the file where the upload is whole.
    async fn after(
        &self,
        state: UploadState,
        hashing: &mut Hashing,
    ) -> Result<Appended, FileError> {
        let whole = state.kind == UploadKind::Once || state.length == Some(state.offset);
        let expires = now().saturating_add(self.inner.limits.upload_ms);
        if whole && state.kind != UploadKind::Part {
            let (offset, id) = (state.offset, state.id.clone());
            let done = self.finish(state, std::mem::take(hashing)).await?;
            self.active().remove(&id);
            return Ok(Appended { offset, done: Some(done), expires });
        }
        sqlx::query("UPDATE file_upload SET expires_at = $2 WHERE id = $1")
            .bind(&state.id)
            .bind(expires)
            .execute(&self.inner.pool)
            .await?;
        Ok(Appended { offset: state.offset, done: None, expires })
    }

    async fn set_floor(&self, id: &str, floor: Option<u64>) -> Result<(), FileError> {
        sqlx::query("UPDATE file_upload SET floor = $2 WHERE id = $1")
            .bind(id)
            .bind(floor.map(to_i64))
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }
}

/// A thread that writes and sums up while the next bytes come.
struct Writer {
    queue: mpsc::Sender<Bytes>,
    thread: tokio::task::JoinHandle<Result<Hashing, FileError>>,
}

impl Writer {
    fn start(inner: &Arc<Inner>, id: &str, offset: u64, hashing: &Hashing) -> Writer {
        let (queue, mut pieces) = mpsc::channel::<Bytes>(AHEAD);
        let (path, mut hashing) = (inner.blobs.upload(id), hashing.clone());
        let thread = tokio::task::spawn_blocking(move || {
            let failed = |error| FileError::io(&path, error);
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(failed)?;
            // After a restart the sums are behind; they catch up at the end.
            let runs = hashing.at == offset;
            while let Some(bytes) = pieces.blocking_recv() {
                file.write_all(&bytes).map_err(failed)?;
                if runs {
                    hashing.update(&bytes);
                }
            }
            Ok(hashing)
        });
        Writer { queue, thread }
    }

    /// Waits until all is written.
    async fn finish(self, hashing: &mut Hashing) -> Result<(), FileError> {
        drop(self.queue);
        let done = self.thread.await;
        *hashing = done.unwrap_or_else(|error| Err(FileError::Internal(error.to_string())))?;
        Ok(())
    }
}
