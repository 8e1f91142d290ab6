//! Uploads: begun with their space reserved, continued at any byte, checked at the end.
//!
//! Where an upload stands is the length of its file, so that a byte that was acknowledged is
//! there after the server was killed. Its row holds the reservation.

mod finish;
mod write;

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use tokio_util::sync::CancellationToken;

use super::account::give_back;
use super::blobs::{Hashing, blocking};
use super::name::check_name;
use super::tree::{child, folder};
use super::{FileError, Files, now, random_id, to_i64, to_u64};

pub use write::Body;

/// How an upload is continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadKind {
    /// By its name, until it has all bytes (tus).
    Whole,
    /// By its name; it becomes a part of another upload (tus concatenation).
    Part,
    /// By its place: PUT with Content-Range.
    Ranges,
    /// Not at all: one PUT.
    Once,
}

impl UploadKind {
    const ALL: [(UploadKind, &'static str); 4] = [
        (UploadKind::Whole, "whole"),
        (UploadKind::Part, "part"),
        (UploadKind::Ranges, "ranges"),
        (UploadKind::Once, "once"),
    ];

    fn word(self) -> &'static str {
        UploadKind::ALL.iter().find(|(kind, _)| *kind == self).map_or("whole", |(_, word)| word)
    }

    fn parse(word: &str) -> Result<UploadKind, FileError> {
        let found = UploadKind::ALL.iter().find(|(_, known)| *known == word);
        found.map(|(kind, _)| *kind).ok_or_else(|| FileError::corrupt(word))
    }
}

/// Checksums that the content must have, lower-case hex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// SHA-256.
    pub sha256: Option<String>,
    /// MD5.
    pub md5: Option<String>,
}

/// In which state of the place an upload may end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Any.
    #[default]
    Any,
    /// Nothing is there.
    Absent,
    /// A file with this SHA-256 is there.
    Content(String),
}

impl Precondition {
    fn word(&self) -> String {
        match self {
            Precondition::Any => String::new(),
            Precondition::Absent => "absent".to_owned(),
            Precondition::Content(sha256) => sha256.clone(),
        }
    }

    fn parse(word: &str) -> Precondition {
        match word {
            "" => Precondition::Any,
            "absent" => Precondition::Absent,
            sha256 => Precondition::Content(sha256.to_owned()),
        }
    }
}

/// An upload to be begun.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// How it is continued.
    pub kind: UploadKind,
    /// The folder that it goes into.
    pub parent: String,
    /// The name that it gets.
    pub name: String,
    /// Who sends it.
    pub creator: String,
    /// Bytes; `None` where the client does not say.
    pub length: Option<u64>,
    /// Media type.
    pub content_type: Option<String>,
    /// Checksums that it must have.
    pub expected: Expected,
    /// In which state of the place it may end.
    pub precondition: Precondition,
    /// What the client wants to read again.
    pub metadata: String,
}

/// An upload and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadState {
    /// Its name, which cannot be guessed.
    pub id: String,
    /// How it is continued.
    pub kind: UploadKind,
    /// Whose quota it uses.
    pub owner: String,
    /// Who sends it.
    pub creator: String,
    /// The folder that it goes into.
    pub parent: String,
    /// The name that it gets.
    pub name: String,
    /// Bytes in all, where they were announced.
    pub length: Option<u64>,
    /// Bytes that are there.
    pub offset: u64,
    /// Media type.
    pub content_type: Option<String>,
    /// What the client wanted to read again.
    pub metadata: String,
    /// The node that it became.
    pub done: Option<String>,
    /// When it is given up, milliseconds since 1970, UTC.
    pub expires: i64,
    expected: Expected,
    precondition: Precondition,
    reserved: u64,
    floor: Option<u64>,
}

/// What an upload came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Bytes that are there.
    pub offset: u64,
    /// The node that it became, once all are.
    pub done: Option<String>,
    /// When it is given up, milliseconds since 1970, UTC.
    pub expires: i64,
}

/// An upload that was written to since the server started.
#[derive(Default)]
pub(super) struct Active {
    /// Held by the one who writes.
    writing: tokio::sync::Mutex<Hashing>,
    /// Ends the writing of the one who writes.
    stop: Mutex<CancellationToken>,
}

impl Active {
    /// A token of one's own, after the one before was told to stop: a client that comes again has
    /// lost its old connection, whatever the network still believes.
    fn take_over(&self) -> CancellationToken {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        stop.cancel();
        *stop = CancellationToken::new();
        stop.clone()
    }
}

const COLUMNS: &str = "id, kind, owner, creator, parent, name, length, reserved, floor, \
     content_type, expected, metadata, done, expires_at";

impl Files {
    /// Begins an upload: its space is reserved, or it is refused before a byte is read.
    ///
    /// # Errors
    /// [`FileError::Quota`], [`FileError::NoFolder`], [`FileError::Changed`] where the place is
    /// not in the state wanted, [`FileError::TooManyUploads`]; a bad name; a store that fails.
    pub async fn begin(&self, new: NewUpload) -> Result<UploadState, FileError> {
        let name = check_name(&new.name)?;
        let mut turn = self.turn().await?;
        let to = folder(&mut turn, &new.parent).await?;
        if new.kind != UploadKind::Part {
            let there = child(&mut turn, &to.id, &name).await?;
            let path = format!("{}/{name}", to.path);
            finish::check_place(there.as_ref(), &new.precondition, &path)?;
        }
        self.check_number(&mut turn, &new.creator).await?;
        let reserved = new.length.unwrap_or_default();
        self.take(&mut turn, &to.owner, 0, reserved).await?;
        let state = UploadState {
            id: random_id()?,
            kind: new.kind,
            owner: to.owner,
            creator: new.creator,
            parent: to.id,
            name,
            length: new.length,
            offset: 0,
            content_type: new.content_type,
            metadata: new.metadata,
            done: None,
            expires: now().saturating_add(self.inner.limits.upload_ms),
            expected: new.expected,
            precondition: new.precondition,
            reserved,
            floor: None,
        };
        insert(&mut turn, &state).await?;
        turn.commit().await?;
        Ok(state)
    }

    async fn check_number(&self, turn: &mut AnyConnection, creator: &str) -> Result<(), FileError> {
        let limit = self.inner.limits.uploads;
        let row = sqlx::query(
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM file_upload \
             WHERE creator = $1 AND done IS NULL",
        )
        .bind(creator)
        .fetch_one(turn)
        .await?;
        match to_u64(row.try_get("n")?) >= limit {
            true => Err(FileError::TooManyUploads(limit)),
            false => Ok(()),
        }
    }

    /// Where an upload stands. Whoever is writing to it is stopped first. One whose bytes were all
    /// there when the server was killed becomes a file now.
    ///
    /// # Errors
    /// [`FileError::NoUpload`]; [`FileError::Busy`] while its end is being written; what the end of
    /// an upload can meet; a store or a disk that fails.
    pub async fn upload(&self, id: &str) -> Result<UploadState, FileError> {
        let active = self.active_of(id);
        let _token = active.take_over();
        let mut writing = write::turn_of(&active).await?;
        let found = self.stand(id).await;
        if matches!(found, Err(FileError::NoUpload(_))) {
            self.active().remove(id);
        }
        let mut state = found?;
        let whole = state.length == Some(state.offset) && state.kind != UploadKind::Part;
        if whole && state.done.is_none() {
            let hashing = std::mem::take(&mut *writing);
            state.done = Some(self.finish(state.clone(), hashing).await?);
        }
        if state.done.is_some() {
            self.active().remove(id);
        }
        Ok(state)
    }

    /// Where an upload stands while nobody writes to it.
    async fn stand(&self, id: &str) -> Result<UploadState, FileError> {
        let text = format!("SELECT {COLUMNS} FROM file_upload WHERE id = $1 AND expires_at > $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(id)
            .bind(now())
            .fetch_optional(&self.inner.pool)
            .await?;
        let row = row.ok_or_else(|| no_upload(id))?;
        let mut state = read(&row)?;
        if state.done.is_some() {
            state.offset = state.length.unwrap_or_default();
            return Ok(state);
        }
        let inner = self.inner.clone();
        let (id, floor) = (state.id.clone(), state.floor);
        state.offset = blocking(move || {
            // Bytes that came with a checksum and were not checked before the server ended.
            if let Some(floor) = floor {
                inner.blobs.truncate(&id, floor)?;
            }
            inner.blobs.upload_length(&id)
        })
        .await?;
        Ok(state)
    }

    /// The upload that continues by its place, if one was begun there.
    ///
    /// # Errors
    /// A store or a disk that fails.
    pub async fn upload_at(
        &self,
        creator: &str,
        parent: &str,
        name: &str,
    ) -> Result<Option<UploadState>, FileError> {
        let row = sqlx::query(
            "SELECT id FROM file_upload WHERE creator = $1 AND parent = $2 AND name = $3 \
             AND kind = 'ranges' AND done IS NULL AND expires_at > $4 \
             ORDER BY created_at DESC LIMIT 1",
        )
        .bind(creator)
        .bind(parent)
        .bind(check_name(name)?)
        .bind(now())
        .fetch_optional(&self.inner.pool)
        .await?;
        match row {
            None => Ok(None),
            Some(row) => self.upload(&row.try_get::<String, _>("id")?).await.map(Some),
        }
    }

    /// Says how long an upload is that was begun without a length, and reserves its space.
    ///
    /// # Errors
    /// [`FileError::Quota`], [`FileError::NoUpload`]; a store that fails.
    pub async fn set_length(&self, state: &UploadState, length: u64) -> Result<(), FileError> {
        let mut turn = self.turn().await?;
        let more = length.saturating_sub(state.reserved);
        let done = sqlx::query(
            "UPDATE file_upload SET length = $2, reserved = $2 \
             WHERE id = $1 AND length IS NULL AND reserved = $3 AND done IS NULL",
        )
        .bind(&state.id)
        .bind(to_i64(length))
        .bind(to_i64(state.reserved))
        .execute(&mut *turn)
        .await?;
        if done.rows_affected() == 0 {
            return Err(no_upload(&state.id));
        }
        self.take(&mut turn, &state.owner, 0, more).await?;
        give_back(&mut turn, &state.owner, 0, state.reserved.saturating_sub(length)).await?;
        Ok(turn.commit().await?)
    }

    /// Gives an upload up and frees its space.
    ///
    /// # Errors
    /// [`FileError::NoUpload`]; a store or a disk that fails.
    pub async fn give_up(&self, id: &str) -> Result<(), FileError> {
        let active = self.active_of(id);
        let _token = active.take_over();
        let _writing = write::turn_of(&active).await?;
        self.drop_upload(id).await
    }

    async fn drop_upload(&self, id: &str) -> Result<(), FileError> {
        let mut turn = self.turn().await?;
        let row = sqlx::query("SELECT owner, reserved FROM file_upload WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *turn)
            .await?;
        let row = row.ok_or_else(|| no_upload(id))?;
        let owner: String = row.try_get("owner")?;
        give_back(&mut turn, &owner, 0, to_u64(row.try_get("reserved")?)).await?;
        sqlx::query("DELETE FROM file_upload WHERE id = $1").bind(id).execute(&mut *turn).await?;
        turn.commit().await?;
        self.active().remove(id);
        let (inner, id) = (self.inner.clone(), id.to_owned());
        blocking(move || inner.blobs.remove_upload(&id)).await
    }

    fn active_of(&self, id: &str) -> Arc<Active> {
        self.active().entry(id.to_owned()).or_default().clone()
    }

    /// Gives up what nobody can continue: single requests of a server that was killed.
    pub(super) async fn give_up_interrupted(&self) -> Result<(), FileError> {
        self.drop_where("kind = 'once' AND done IS NULL AND created_at <= $1").await
    }

    pub(super) async fn expire_uploads(&self) -> Result<(), FileError> {
        self.drop_where("expires_at < $1").await
    }

    async fn drop_where(&self, condition: &str) -> Result<(), FileError> {
        let text = format!("SELECT id FROM file_upload WHERE {condition}");
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(text)).bind(now()).fetch_all(&self.inner.pool).await?;
        for row in rows {
            match self.give_up(&row.try_get::<String, _>("id")?).await {
                Ok(()) | Err(FileError::NoUpload(_) | FileError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn no_upload(id: &str) -> FileError {
    FileError::NoUpload(id.chars().filter(|c| !c.is_control()).take(40).collect())
}

async fn insert(turn: &mut AnyConnection, state: &UploadState) -> Result<(), FileError> {
    let expected = [&state.expected.sha256, &state.expected.md5]
        .map(|sum| sum.clone().unwrap_or_default())
        .join(" ");
    sqlx::query(
        "INSERT INTO file_upload (id, kind, owner, creator, parent, name, length, reserved, \
         content_type, expected, metadata, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&state.id)
    .bind(state.kind.word())
    .bind(&state.owner)
    .bind(&state.creator)
    .bind(&state.parent)
    .bind(&state.name)
    .bind(state.length.map(to_i64))
    .bind(to_i64(state.reserved))
    .bind(state.content_type.clone())
    .bind(format!("{expected} {}", state.precondition.word()))
    .bind(&state.metadata)
    .bind(now())
    .bind(state.expires)
    .execute(turn)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<UploadState, FileError> {
    let kind: String = row.try_get("kind")?;
    let expected: String = row.try_get("expected")?;
    let mut sums = expected.splitn(3, ' ');
    let mut sum = || sums.next().filter(|sum| !sum.is_empty()).map(str::to_owned);
    let length: Option<i64> = row.try_get("length")?;
    let floor: Option<i64> = row.try_get("floor")?;
    Ok(UploadState {
        id: row.try_get("id")?,
        kind: UploadKind::parse(&kind)?,
        owner: row.try_get("owner")?,
        creator: row.try_get("creator")?,
        parent: row.try_get("parent")?,
        name: row.try_get("name")?,
        length: length.map(to_u64),
        offset: 0,
        content_type: row.try_get("content_type")?,
        metadata: row.try_get("metadata")?,
        done: row.try_get("done")?,
        expires: row.try_get("expires_at")?,
        expected: Expected { sha256: sum(), md5: sum() },
        precondition: Precondition::parse(&sum().unwrap_or_default()),
        reserved: to_u64(row.try_get("reserved")?),
        floor: floor.map(to_u64),
    })
}
