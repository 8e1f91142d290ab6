//! The event log: who did what to what, and when. Append-only.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Any, Transaction};

use crate::{error::ArchiveError, time};

/// One thing that was done.
pub(crate) struct Entry<'a> {
    /// Who.
    pub(crate) agent: &'a str,
    /// What: `ingest`, `update`, `preview`, ….
    pub(crate) activity: &'a str,
    /// To what: `observation/…`, `plane/…`, `artifact/…`.
    pub(crate) entity: &'a str,
    /// What changed.
    pub(crate) detail: &'a str,
}

/// Appends an event within the transaction of the change that it describes.
pub(crate) async fn append(
    tx: &mut Transaction<'_, Any>,
    entry: &Entry<'_>,
) -> Result<(), ArchiveError> {
    let (id, time) = stamp();
    sqlx::query(
        "INSERT INTO event (id, time, agent, activity, entity, detail) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(time)
    .bind(entry.agent)
    .bind(entry.activity)
    .bind(entry.entity)
    .bind(entry.detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An identifier that sorts by time, and the time itself.
fn stamp() -> (String, String) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mjd = time::now_mjd();
    let micros = (mjd * time::DAY * 1e6) as u64;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    (format!("{micros:016x}-{count:08x}-{:08x}", std::process::id()), time::iso_from_mjd(mjd))
}
