//! The one transaction that makes a file part of the archive.

mod grouping;
mod planes;

use std::path::Path;

use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::{IngestOptions, Prepared, prepare::absolute};
use crate::{
    archive::Archive,
    error::ArchiveError,
    record::FileRecord,
    store::{self, Entry, append},
    time,
};

/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The content is new.
    Ingested,
    /// The path held another content before, or the rules have changed since.
    Updated,
    /// The content was there under another path.
    Unchanged,
}

/// A file's row: its identifier, its plane, and its record as it was settled.
struct ArtifactRow<'a> {
    id: &'a str,
    plane: &'a str,
    record: &'a FileRecord,
    file: &'a Prepared,
}

impl Archive {
    /// Writes down how far a file has come.
    pub(super) async fn set_stage(
        &self,
        path: &Path,
        stage: &str,
        detail: &str,
    ) -> Result<(), ArchiveError> {
        let _writer = self.writer.lock().await;
        let mut tx = self.pool.begin().await?;
        stage_row(&mut tx, &absolute(path), stage, detail).await?;
        tx.commit().await.map_err(|e| ArchiveError::from(e).or_disk_full())
    }

    /// Whether an ingest before began a file and did not finish it.
    pub(super) async fn was_begun(&self, path: &str) -> Result<bool, ArchiveError> {
        let row = sqlx::query("SELECT stage FROM ingest_stage WHERE path = $1")
            .bind(path)
            .fetch_optional(&self.pool)
            .await?;
        let stage: Option<String> = row.map(|row| row.try_get("stage")).transpose()?;
        Ok(stage.is_some_and(|stage| stage == "started" || stage == "stored"))
    }

    /// Makes a prepared file part of the archive, with its plane, observation and events.
    pub(super) async fn commit(
        &self,
        file: &Prepared,
        options: &IngestOptions,
    ) -> Result<Outcome, ArchiveError> {
        self.try_commit(file, options).await.map_err(ArchiveError::or_disk_full)
    }

    async fn try_commit(
        &self,
        file: &Prepared,
        options: &IngestOptions,
    ) -> Result<Outcome, ArchiveError> {
        let _writer = self.writer.lock().await;
        let mut tx = self.pool.begin().await?;
        // A write comes first, so that SQLite takes its lock at once and waits for others.
        stage_row(&mut tx, &file.path, "committed", &file.sha256).await?;
        let id = store::artifact_id(&file.sha256);
        let known = known_artifact(&mut tx, &id, &file.sha256).await?;
        let before = source_of(&mut tx, &file.path).await?;
        let same_rules = known.as_ref().is_some_and(|(_, rules)| *rules == self.dictionary.version);
        let agent = options.agent.as_str();
        let mut touched = Vec::new();
        if !same_rules {
            let record = grouping::settle(&mut tx, file).await?;
            let plane = planes::ensure(&mut tx, &record, options).await?;
            touched.push(plane.clone());
            let row = ArtifactRow { id: &id, plane: &plane, record: &record, file };
            match &known {
                None => self.insert_artifact(&mut tx, &row, agent).await?,
                Some((old_plane, rules)) => {
                    touched.push(old_plane.clone());
                    let detail = format!("rules: {rules} → {}", self.dictionary.version);
                    self.translate_again(&mut tx, &row, agent, &detail).await?;
                }
            }
        }
        let moved = before.as_ref().is_some_and(|(old, _)| *old != id);
        if before.is_none() || moved {
            point_source(&mut tx, &file.path, &id).await?;
        }
        if let Some((old, old_plane)) = before.filter(|_| moved) {
            touched.push(old_plane);
            let detail = format!("{}: {old} → {id}", file.filename);
            for entity in [format!("artifact/{old}"), format!("artifact/{id}")] {
                let entry = Entry { agent, activity: "update", entity: &entity, detail: &detail };
                append(&mut tx, &entry).await?;
            }
        }
        if let Some((plane, _)) = &known {
            touched.push(plane.clone());
        }
        touched.sort();
        touched.dedup();
        planes::refresh(&mut tx, &touched, agent).await?;
        tx.commit().await?;
        Ok(match (known.is_some(), moved, same_rules) {
            (_, true, _) | (true, _, false) => Outcome::Updated,
            (true, false, true) => Outcome::Unchanged,
            (false, false, _) => Outcome::Ingested,
        })
    }

    async fn insert_artifact(
        &self,
        tx: &mut Transaction<'_, Any>,
        row: &ArtifactRow<'_>,
        agent: &str,
    ) -> Result<(), ArchiveError> {
        let ArtifactRow { id, plane, record, file } = *row;
        sqlx::query(
            "INSERT INTO artifact (id, plane_id, sha256, bytes, filename, content_type, \
             product_type, record, rules, ingested) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        )
        .bind(id)
        .bind(plane)
        .bind(&file.sha256)
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
        .bind(&file.filename)
        .bind(&file.content_type)
        .bind(&record.role)
        .bind(record_text(record)?)
        .bind(&self.dictionary.version)
        .bind(time::now_iso())
        .execute(&mut **tx)
        .await?;
        insert_parts(tx, id, file).await?;
        insert_derived(tx, id, file).await?;
        let entity = format!("artifact/{id}");
        let detail = format!(
            "{}: {} bytes, sha256 {}, rules {}",
            file.filename, file.bytes, file.sha256, self.dictionary.version
        );
        append(tx, &Entry { agent, activity: "ingest", entity: &entity, detail: &detail }).await?;
        if !file.derived.is_empty() {
            let kinds: Vec<&str> = file.derived.iter().map(|d| d.kind).collect();
            let detail = kinds.join(", ");
            append(tx, &Entry { agent, activity: "preview", entity: &entity, detail: &detail })
                .await?;
        }
        Ok(())
    }

    /// Replaces what older rules made of a content that is there already.
    async fn translate_again(
        &self,
        tx: &mut Transaction<'_, Any>,
        row: &ArtifactRow<'_>,
        agent: &str,
        detail: &str,
    ) -> Result<(), ArchiveError> {
        let ArtifactRow { id, plane, record, file } = *row;
        sqlx::query(
            "UPDATE artifact SET plane_id = $2, product_type = $3, record = $4, rules = $5 \
             WHERE id = $1",
        )
        .bind(id)
        .bind(plane)
        .bind(&record.role)
        .bind(record_text(record)?)
        .bind(&self.dictionary.version)
        .execute(&mut **tx)
        .await?;
        for table in ["part", "chunk", "header", "derived"] {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE artifact_id = $1")))
                .bind(id)
                .execute(&mut **tx)
                .await?;
        }
        insert_parts(tx, id, file).await?;
        insert_derived(tx, id, file).await?;
        let entity = format!("artifact/{id}");
        append(tx, &Entry { agent, activity: "translate", entity: &entity, detail }).await
    }
}

fn record_text(record: &FileRecord) -> Result<String, ArchiveError> {
    serde_json::to_string(record)
        .map_err(|source| ArchiveError::Record { entity: record.product_id.clone(), source })
}

async fn stage_row(
    tx: &mut Transaction<'_, Any>,
    path: &str,
    stage: &str,
    detail: &str,
) -> Result<(), ArchiveError> {
    sqlx::query(
        "INSERT INTO ingest_stage (path, stage, time, detail) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (path) DO UPDATE SET stage = excluded.stage, time = excluded.time, \
         detail = excluded.detail",
    )
    .bind(path)
    .bind(stage)
    .bind(time::now_iso())
    .bind(detail)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Plane and rules of an artifact, where it is known; an error where its identifier stands for
/// another content.
async fn known_artifact(
    tx: &mut Transaction<'_, Any>,
    id: &str,
    sha256: &str,
) -> Result<Option<(String, String)>, ArchiveError> {
    let row = sqlx::query("SELECT sha256, plane_id, rules FROM artifact WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let stored: String = row.try_get("sha256")?;
    if stored != sha256 {
        return Err(ArchiveError::IdCollision(id.to_owned()));
    }
    Ok(Some((row.try_get("plane_id")?, row.try_get("rules")?)))
}

/// Artifact and plane that a path stood for until now.
async fn source_of(
    tx: &mut Transaction<'_, Any>,
    path: &str,
) -> Result<Option<(String, String)>, ArchiveError> {
    let row = sqlx::query(
        "SELECT s.artifact_id, a.plane_id FROM source s JOIN artifact a ON a.id = s.artifact_id \
         WHERE s.path = $1",
    )
    .bind(path)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| Ok((row.try_get("artifact_id")?, row.try_get("plane_id")?))).transpose()
}

async fn point_source(
    tx: &mut Transaction<'_, Any>,
    path: &str,
    artifact: &str,
) -> Result<(), ArchiveError> {
    sqlx::query(
        "INSERT INTO source (path, artifact_id, since) VALUES ($1, $2, $3) \
         ON CONFLICT (path) DO UPDATE SET artifact_id = excluded.artifact_id, \
         since = excluded.since",
    )
    .bind(path)
    .bind(artifact)
    .bind(time::now_iso())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_parts(
    tx: &mut Transaction<'_, Any>,
    id: &str,
    file: &Prepared,
) -> Result<(), ArchiveError> {
    for hdu in &file.record.hdus {
        let shape: Vec<String> = hdu.shape.iter().map(u64::to_string).collect();
        sqlx::query(
            "INSERT INTO part (artifact_id, hdu, name, kind, shape) VALUES ($1,$2,$3,$4,$5)",
        )
        .bind(id)
        .bind(i64::from(hdu.index))
        .bind(&hdu.name)
        .bind(&hdu.kind)
        .bind(shape.join(","))
        .execute(&mut **tx)
        .await?;
        let outline = file.record.footprints.iter().find(|(index, _)| *index == hdu.index);
        if outline.is_none() && hdu.em.is_none() {
            continue;
        }
        sqlx::query(
            "INSERT INTO chunk (artifact_id, hdu, s_region, em_min, em_max) \
             VALUES ($1,$2,$3,$4,$5)",
        )
        // As with planes: NULL numbers.
        .persistent(false)
        .bind(id)
        .bind(i64::from(hdu.index))
        .bind(outline.map(|(_, outline)| outline.to_stcs()))
        .bind(hdu.em.map(|(low, _)| low))
        .bind(hdu.em.map(|(_, high)| high))
        .execute(&mut **tx)
        .await?;
    }
    for (hdu, text) in &file.headers {
        sqlx::query("INSERT INTO header (artifact_id, hdu, text) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(i64::from(*hdu))
            .bind(text)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn insert_derived(
    tx: &mut Transaction<'_, Any>,
    id: &str,
    file: &Prepared,
) -> Result<(), ArchiveError> {
    for picture in &file.derived {
        sqlx::query(
            "INSERT INTO derived (artifact_id, kind, sha256, bytes, content_type) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(picture.kind)
        .bind(&picture.sha256)
        .bind(i64::try_from(picture.bytes).unwrap_or(i64::MAX))
        .bind(picture.content_type)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
