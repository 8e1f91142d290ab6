//! Files whose headers name no observation: which one they belong to.

use std::path::Path;

use sqlx::{Any, Row, Transaction};

use crate::{error::ArchiveError, ingest::Prepared, record::FileRecord};

/// A file that is known under the same product name.
struct Namesake {
    collection: String,
    obs_id: String,
    path: String,
}

/// The record of a file with the observation that it ends up in.
///
/// A file whose header names its observation keeps that. Otherwise: a file that was ingested before
/// stays where it was; a weight, noise map or response goes with the product of the same name in the
/// same folder; a name that another folder has taken gets the folder's name added.
pub(super) async fn settle(
    tx: &mut Transaction<'_, Any>,
    file: &Prepared,
) -> Result<FileRecord, ArchiveError> {
    let mut record = file.record.clone();
    if !record.named_by_file {
        return Ok(record);
    }
    let known = namesakes(tx, &record.product_id).await?;
    if let Some(own) = known.iter().find(|other| other.path == file.path) {
        record.collection.clone_from(&own.collection);
        record.obs_id.clone_from(&own.obs_id);
        return Ok(record);
    }
    let folder = Path::new(&file.path).parent();
    let mut beside: Vec<(&str, &str)> = known
        .iter()
        .filter(|other| Path::new(&other.path).parent() == folder)
        .map(|other| (other.collection.as_str(), other.obs_id.as_str()))
        .collect();
    beside.sort_unstable();
    beside.dedup();
    match beside.as_slice() {
        [(collection, obs_id)] if record.role != "science" => {
            record.collection = (*collection).to_owned();
            record.obs_id = (*obs_id).to_owned();
        }
        [] => {
            let taken = known.iter().any(|other| {
                other.collection == record.collection && other.obs_id == record.obs_id
            });
            if taken && let Some(name) = folder.and_then(Path::file_name) {
                record.obs_id = format!("{}@{}", record.obs_id, name.to_string_lossy());
            }
        }
        _ => {}
    }
    Ok(record)
}

/// Current files of products of this name, or of a name that was told apart by its folder.
async fn namesakes(
    tx: &mut Transaction<'_, Any>,
    product_id: &str,
) -> Result<Vec<Namesake>, ArchiveError> {
    let rows = sqlx::query(
        "SELECT o.collection, o.obs_id, s.path FROM plane p \
         JOIN observation o ON o.id = p.observation_id \
         JOIN artifact a ON a.plane_id = p.id JOIN source s ON s.artifact_id = a.id \
         WHERE p.product_id = $1 ORDER BY s.path",
    )
    .bind(product_id)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Namesake {
                collection: row.try_get("collection")?,
                obs_id: row.try_get("obs_id")?,
                path: row.try_get("path")?,
            })
        })
        .collect()
}
