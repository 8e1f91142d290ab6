//! An observation with all that is known of it, for its page.

use std::collections::BTreeMap;

use sqlx::{Row, any::AnyRow};
use tenkyu_wire::observation::{Artifact, Event, Field, Group, Hdu, Observation, Plane};

use crate::{
    archive::{Archive, event_of},
    dictionary::{Translated, Value},
    error::ArchiveError,
    fields::{FIELDS, GROUPS, Kind},
    time,
};

impl Archive {
    /// An observation by its ObsCore `obs_id`, or by `collection/obs_id` where several collections
    /// use one; the first collection by name where the text does not tell.
    ///
    /// # Errors
    /// [`ArchiveError::Store`], [`ArchiveError::Record`].
    pub async fn observation(&self, obs_id: &str) -> Result<Option<Observation>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT * FROM observation WHERE obs_id = $1 OR collection || '/' || obs_id = $1 \
             ORDER BY collection",
        )
        .bind(obs_id)
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let id: String = row.try_get("id")?;
        let (planes, release) = self.planes(&id).await?;
        let access = match release {
            Some(release) if release > time::now_iso() => {
                format!("proprietary until {release}")
            }
            _ => "public".to_owned(),
        };
        Ok(Some(Observation {
            obs_id: row.try_get("obs_id")?,
            collection: row.try_get("collection")?,
            access,
            groups: groups(row)?,
            planes,
            events: self.history(&id).await?,
        }))
    }

    /// The current planes of an observation and the latest of their release dates.
    async fn planes(
        &self,
        observation: &str,
    ) -> Result<(Vec<Plane>, Option<String>), ArchiveError> {
        let rows = sqlx::query(
            "SELECT * FROM plane WHERE observation_id = $1 AND is_current = 1 \
             ORDER BY calib_level, product_id",
        )
        .bind(observation)
        .fetch_all(&self.pool)
        .await?;
        let mut planes = Vec::new();
        let mut release: Option<String> = None;
        for row in &rows {
            let id: String = row.try_get("id")?;
            let calib_level: i64 = row.try_get("calib_level")?;
            release = release.max(row.try_get("data_release")?);
            planes.push(Plane {
                product_id: row.try_get("product_id")?,
                product_type: row.try_get::<Option<String>, _>("product_type")?.unwrap_or_default(),
                calib_level: u8::try_from(calib_level).unwrap_or(0),
                s_region: row.try_get("s_region")?,
                artifacts: self.artifacts(&id).await?,
            });
        }
        Ok((planes, release))
    }

    /// The current files of a plane, those of science first.
    async fn artifacts(&self, plane: &str) -> Result<Vec<Artifact>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT a.id, a.filename, a.content_type, a.bytes, a.sha256, \
             (SELECT COUNT(*) FROM derived d WHERE d.artifact_id = a.id) AS pictures \
             FROM artifact a WHERE a.plane_id = $1 \
             AND EXISTS (SELECT 1 FROM source s WHERE s.artifact_id = a.id) \
             ORDER BY CASE WHEN a.product_type = 'science' THEN 0 ELSE 1 END, a.filename",
        )
        .bind(plane)
        .fetch_all(&self.pool)
        .await?;
        let mut artifacts = Vec::new();
        for row in &rows {
            let id: String = row.try_get("id")?;
            let bytes: i64 = row.try_get("bytes")?;
            let pictures: i64 = row.try_get("pictures")?;
            let hdus = self.hdus(&id).await?;
            artifacts.push(Artifact {
                id,
                filename: row.try_get("filename")?,
                content_type: row.try_get("content_type")?,
                bytes: u64::try_from(bytes).unwrap_or(0),
                sha256: row.try_get("sha256")?,
                hdus,
                preview: pictures > 0,
            });
        }
        Ok(artifacts)
    }

    async fn hdus(&self, artifact: &str) -> Result<Vec<Hdu>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT hdu, name, kind, shape FROM part WHERE artifact_id = $1 ORDER BY hdu",
        )
        .bind(artifact)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let index: i64 = row.try_get("hdu")?;
                let shape: String = row.try_get("shape")?;
                Ok(Hdu {
                    index: u32::try_from(index).unwrap_or(0),
                    name: row.try_get("name")?,
                    kind: row.try_get("kind")?,
                    shape: shape.split(',').filter_map(|n| n.parse().ok()).collect(),
                })
            })
            .collect()
    }

    /// Events of an observation, its planes and all their files, oldest first.
    async fn history(&self, observation: &str) -> Result<Vec<Event>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT time, agent, activity, entity, detail FROM event WHERE entity = $1 \
             OR entity IN (SELECT 'plane/' || p.id FROM plane p WHERE p.observation_id = $2) \
             OR entity IN (SELECT 'artifact/' || a.id FROM artifact a \
                JOIN plane p ON p.id = a.plane_id WHERE p.observation_id = $2) \
             ORDER BY id",
        )
        .bind(format!("observation/{observation}"))
        .bind(observation)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(event_of).collect()
    }
}

/// The fields of an observation by group; what has no value is left out.
fn groups(row: &AnyRow) -> Result<Vec<Group>, ArchiveError> {
    let text: String = row.try_get("fields")?;
    let values: BTreeMap<String, Translated> = serde_json::from_str(&text)
        .map_err(|source| ArchiveError::Record { entity: "observation".into(), source })?;
    let group = |name: &&str| {
        let fields: Vec<Field> = FIELDS
            .iter()
            .filter(|meta| meta.group == *name)
            .filter_map(|meta| {
                let value = values.get(meta.name)?;
                let (text, unit) = match (&value.value, meta.kind) {
                    // An instant reads best as a date; the number is in ObsCore.
                    (Value::Number(mjd), Kind::Time) => (time::iso_from_mjd(*mjd), ""),
                    (other, _) => (other.show(), meta.unit),
                };
                Some(Field {
                    name: meta.name.to_owned(),
                    value: text,
                    unit: unit.to_owned(),
                    ucd: meta.ucd.to_owned(),
                    keyword: value.keyword.clone(),
                })
            })
            .collect();
        Group { name: (*name).to_owned(), fields }
    };
    Ok(GROUPS.iter().map(group).filter(|group| !group.fields.is_empty()).collect())
}
