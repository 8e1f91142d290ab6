//! The end of an upload: checked, named, and in the tree, in one transaction.

use std::io::Write as _;

use sqlx::{AnyConnection, Row as _};
use tenkyu_wire::files::{FileNode, NodeKind};

use super::super::account::give_back;
use super::super::blobs::{Hashing, blocking};
use super::super::row::Row;
use super::super::tree::{child, folder};
use super::super::versions::{Content, name_content};
use super::super::{FileError, Files, now, random_id, to_i64, to_u64};
use super::{Expected, NewUpload, Precondition, UploadKind, UploadState, no_upload};

/// Sees that a file may come to a place.
pub(super) fn check_place(
    there: Option<&Row>,
    precondition: &Precondition,
    path: &str,
) -> Result<(), FileError> {
    match (precondition, there) {
        (Precondition::Absent, Some(_)) => Err(FileError::Taken(path.to_owned())),
        (Precondition::Content(sha256), there) => {
            let same = there.is_some_and(|row| row.sha256.as_ref() == Some(sha256));
            if same { Ok(()) } else { Err(FileError::Changed(path.to_owned())) }
        }
        (_, Some(row)) if row.kind != NodeKind::Data => Err(FileError::Taken(path.to_owned())),
        _ => Ok(()),
    }
}

fn check_sums(expected: &Expected, content: &Content) -> Result<(), FileError> {
    let differs = |expected: &Option<String>, found: &str| {
        expected.as_ref().is_some_and(|expected| !expected.eq_ignore_ascii_case(found))
    };
    if differs(&expected.sha256, &content.sums.sha256) {
        return Err(FileError::Checksum("sha256"));
    }
    if differs(&expected.md5, &content.sums.md5) {
        return Err(FileError::Checksum("md5"));
    }
    Ok(())
}

impl Files {
    /// Makes an upload a file; its identifier. A content that is not what was announced is removed
    /// with its upload.
    pub(super) async fn finish(
        &self,
        state: UploadState,
        mut hashing: Hashing,
    ) -> Result<String, FileError> {
        let (inner, id) = (self.inner.clone(), state.id.clone());
        let (bytes, sums) = blocking(move || {
            let path = inner.blobs.upload(&id);
            if hashing.at < inner.blobs.upload_length(&id)? {
                hashing.catch_up(&path)?;
            }
            Ok((hashing.at, hashing.finish()))
        })
        .await?;
        let (content_type, creator) = (state.content_type.clone(), state.creator.clone());
        let content = Content { bytes, sums, content_type, creator };
        let done = match check_sums(&state.expected, &content) {
            Ok(()) => self.name_upload(&state, &content).await,
            Err(error) => Err(error),
        };
        match done {
            Ok((node, freed)) => {
                self.sweep(freed).await?;
                Ok(node)
            }
            Err(error) => {
                // Nothing can make it fit any more but a new upload.
                if !error.is_internal() {
                    self.drop_upload(&state.id).await?;
                }
                Err(error)
            }
        }
    }

    async fn name_upload(
        &self,
        state: &UploadState,
        content: &Content,
    ) -> Result<(String, Vec<String>), FileError> {
        let _naming = self.inner.blobs.naming.read().await;
        let (inner, id, sha256) =
            (self.inner.clone(), state.id.clone(), content.sums.sha256.clone());
        let mut turn = self.turn().await?;
        let to = folder(&mut turn, &state.parent).await?;
        let there = child(&mut turn, &to.id, &state.name).await?;
        let path = format!("{}/{}", to.path, state.name);
        check_place(there.as_ref(), &state.precondition, &path)?;
        self.settle(&mut turn, state, &to, content).await?;
        let (node, freed) = match there {
            Some(row) => {
                let freed = self.replace(&mut turn, &row, content).await?;
                (row.id, freed)
            }
            None => (add(&mut turn, state, &to, content).await?, Vec::new()),
        };
        let done = sqlx::query(
            "UPDATE file_upload SET done = $2, reserved = 0, length = $3 \
             WHERE id = $1 AND done IS NULL",
        )
        .bind(&state.id)
        .bind(&node)
        .bind(to_i64(content.bytes))
        .execute(&mut *turn)
        .await?;
        if done.rows_affected() == 0 {
            return Err(no_upload(&state.id));
        }
        // The bytes are in their place before a row names them.
        blocking(move || inner.blobs.keep(&id, &sha256)).await?;
        turn.commit().await?;
        Ok((node, freed))
    }

    /// Turns what was reserved into what is used. The folder may be another owner's by now.
    async fn settle(
        &self,
        turn: &mut AnyConnection,
        state: &UploadState,
        to: &FileNode,
        content: &Content,
    ) -> Result<(), FileError> {
        give_back(turn, &state.owner, 0, state.reserved).await?;
        self.take(turn, &to.owner, content.bytes, 0).await
    }

    /// Joins finished parts into one upload, which is then a file (tus 1.0, concatenation
    /// extension). The parts are gone afterwards.
    ///
    /// # Errors
    /// [`FileError::NotPartial`], [`FileError::NoUpload`], [`FileError::Busy`]; what
    /// [`Files::begin`] and the end of an upload can meet.
    pub async fn join(
        &self,
        new: NewUpload,
        parts: &[String],
    ) -> Result<(UploadState, String), FileError> {
        let mut length = 0_u64;
        let mut owner = None;
        for id in parts {
            let part = self.upload(id).await?;
            let finished = part.length == Some(part.offset) && part.kind == UploadKind::Part;
            let same_owner = owner.get_or_insert_with(|| part.owner.clone()) == &part.owner;
            if !finished || part.creator != new.creator || !same_owner {
                return Err(FileError::NotPartial(part.id));
            }
            length = length.saturating_add(part.offset);
        }
        // A server that is killed gives it up, and has the parts still.
        let new = NewUpload { length: None, kind: UploadKind::Once, ..new };
        let mut state = self.begin(new).await?;
        if owner.is_some_and(|owner| owner != state.owner) {
            self.give_up(&state.id).await?;
            return Err(FileError::NotPartial(state.id));
        }
        let (inner, id, from) = (self.inner.clone(), state.id.clone(), parts.to_vec());
        let joined = blocking(move || {
            let path = inner.blobs.upload(&id);
            let failed = |error| FileError::io(&path, error);
            let mut whole = std::fs::File::create(&path).map_err(failed)?;
            for part in from {
                let part = inner.blobs.upload(&part);
                let mut part = std::fs::File::open(&part).map_err(|e| FileError::io(&part, e))?;
                std::io::copy(&mut part, &mut whole).map_err(failed)?;
            }
            whole.flush().map_err(failed)
        });
        if let Err(error) = joined.await {
            self.give_up(&state.id).await?;
            return Err(error);
        }
        self.hand_over(&mut state, parts).await?;
        (state.length, state.offset) = (Some(length), length);
        let node = self.finish(state.clone(), Hashing::default()).await?;
        state.done = Some(node.clone());
        for part in parts {
            self.give_up(part).await?;
        }
        Ok((state, node))
    }
}

impl Files {
    /// The space that parts hold is held by the whole.
    async fn hand_over(&self, state: &mut UploadState, parts: &[String]) -> Result<(), FileError> {
        let mut turn = self.turn().await?;
        for part in parts {
            let row = sqlx::query("SELECT reserved FROM file_upload WHERE id = $1")
                .bind(part)
                .fetch_optional(&mut *turn)
                .await?;
            let row = row.ok_or_else(|| no_upload(part))?;
            state.reserved = state.reserved.saturating_add(to_u64(row.try_get("reserved")?));
            sqlx::query("UPDATE file_upload SET reserved = 0 WHERE id = $1")
                .bind(part)
                .execute(&mut *turn)
                .await?;
        }
        sqlx::query("UPDATE file_upload SET reserved = $2 WHERE id = $1")
            .bind(&state.id)
            .bind(to_i64(state.reserved))
            .execute(&mut *turn)
            .await?;
        Ok(turn.commit().await?)
    }
}

/// A new file.
async fn add(
    turn: &mut AnyConnection,
    state: &UploadState,
    to: &FileNode,
    content: &Content,
) -> Result<String, FileError> {
    let id = random_id()?;
    name_content(turn, content).await?;
    sqlx::query(
        "INSERT INTO file_node (id, parent, name, kind, owner, creator, bytes, sha256, md5, \
         content_type, created_at, modified_at, version, trashed) \
         VALUES ($1, $2, $3, 'data', $4, $5, $6, $7, $8, $9, $10, $10, 1, '')",
    )
    .bind(&id)
    .bind(&to.id)
    .bind(&state.name)
    .bind(&to.owner)
    .bind(&content.creator)
    .bind(to_i64(content.bytes))
    .bind(&content.sums.sha256)
    .bind(&content.sums.md5)
    .bind(content.content_type.clone())
    .bind(now())
    .execute(turn)
    .await?;
    Ok(id)
}
