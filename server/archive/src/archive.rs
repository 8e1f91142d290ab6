//! The archive as others see it: open it, look things up, check it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{AnyPool, AssertSqlSafe, Row, any::AnyRow};
use tenkyu_store::Store;
use tenkyu_wire::observation::Event;
use tokio::sync::Mutex;

use crate::{
    dictionary::Dictionary,
    error::ArchiveError,
    store::{self, ObjectCheck, Objects},
};

/// An observatory's archive in one data directory. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Archive {
    pub(crate) pool: AnyPool,
    pub(crate) objects: Objects,
    pub(crate) dictionary: Arc<Dictionary>,
    pub(crate) authority: Arc<str>,
    /// Held by whoever writes to the database: SQLite knows one writer at a time, and within a
    /// process waiting here is cheaper than asking it again and again.
    pub(crate) writer: Arc<Mutex<()>>,
}

/// The authority of IVOA identifiers where the operator names none.
pub const DEFAULT_AUTHORITY: &str = "tenkyu.local";

/// What is needed to serve a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactInfo {
    /// Identifier, the last part of `/data/{artifact}`.
    pub id: String,
    /// Where the bytes are on this machine; they never change.
    pub path: PathBuf,
    /// Name of the file as it was ingested.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the content, lower-case hex; a strong ETag.
    pub sha256: String,
    /// Role in its plane: `science`, `weight`, `noise`, `mask`, `auxiliary` (CAOM ProductType).
    pub role: String,
    /// From when on anyone may read it, ISO 8601 UTC.
    pub data_release: String,
    /// `obs_id` of its observation.
    pub obs_id: String,
    /// `obs_collection` of its observation.
    pub collection: String,
    /// Its plane within the observation.
    pub product_id: String,
    /// Superseded by a later version of the same file.
    pub superseded: bool,
}

/// Pictures that the archive makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PreviewSize {
    /// At most 256 pixels along the longer side.
    Thumbnail,
    /// At most 1024 pixels along the longer side.
    Full,
}

impl PreviewSize {
    /// The longest side in pixels.
    pub const fn pixels(self) -> u32 {
        match self {
            PreviewSize::Thumbnail => 256,
            PreviewSize::Full => 1024,
        }
    }

    /// The word under which it is stored.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            PreviewSize::Thumbnail => "thumbnail",
            PreviewSize::Full => "preview",
        }
    }
}

/// A picture of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Where the bytes are on this machine; they never change.
    pub path: PathBuf,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the content; a strong ETag.
    pub sha256: String,
}

/// What a check of all stored bytes found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Objects whose bytes hash to their name.
    pub good: u64,
    /// Objects that the database names and the store lacks.
    pub missing: Vec<String>,
    /// Objects whose bytes have changed: the recorded SHA-256 and the one found.
    pub changed: Vec<(String, String)>,
    /// Objects that the database does not name: left by an ingest that was stopped, harmless.
    pub unreferenced: Vec<String>,
}

impl VerifyReport {
    /// Whether every recorded object is there and intact.
    pub fn is_good(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty()
    }
}

impl Archive {
    /// Opens the archive: bytes in a data directory that exists, rows in the metadata store.
    ///
    /// # Errors
    /// [`ArchiveError::DataDir`] where the directory cannot be used, [`ArchiveError::Migrate`]
    /// where the tables cannot.
    pub async fn open(data_dir: &Path, store: &Store) -> Result<Archive, ArchiveError> {
        let objects = Objects::open(data_dir)?;
        let migrated = store.migrate(&store::TABLES).await;
        migrated.map_err(|error| ArchiveError::from(error).or_disk_full())?;
        Ok(Archive {
            pool: store.pool().clone(),
            objects,
            dictionary: Arc::new(Dictionary::built_in()?),
            authority: DEFAULT_AUTHORITY.into(),
            writer: Arc::default(),
        })
    }

    /// The same archive with another authority in its IVOA identifiers.
    pub fn with_authority(mut self, authority: &str) -> Archive {
        self.authority = authority.into();
        self
    }

    /// A file by its identifier.
    ///
    /// # Errors
    /// [`ArchiveError::Store`].
    pub async fn artifact(&self, id: &str) -> Result<Option<ArtifactInfo>, ArchiveError> {
        let row = sqlx::query(AssertSqlSafe(format!("{ARTIFACT} WHERE a.id = $1")))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| self.artifact_info(&row)).transpose()
    }

    /// The files that an identifier stands for, as DataLink asks: an `obs_publisher_did`, or the
    /// identifier of one file. Files of science come first; superseded ones are left out.
    ///
    /// # Errors
    /// [`ArchiveError::Store`].
    pub async fn links(&self, id: &str) -> Result<Vec<ArtifactInfo>, ArchiveError> {
        let Some((collection, obs_id, product_id)) = self.parse_did(id) else {
            return Ok(self.artifact(id).await?.into_iter().collect());
        };
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{ARTIFACT} WHERE o.collection = $1 AND o.obs_id = $2 AND p.product_id = $3 \
             AND EXISTS (SELECT 1 FROM source s WHERE s.artifact_id = a.id) \
             ORDER BY CASE WHEN a.product_type = 'science' THEN 0 ELSE 1 END, a.filename"
        )))
        .bind(collection)
        .bind(obs_id)
        .bind(product_id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| self.artifact_info(row)).collect()
    }

    fn artifact_info(&self, row: &AnyRow) -> Result<ArtifactInfo, ArchiveError> {
        let sha256: String = row.try_get("sha256")?;
        let bytes: i64 = row.try_get("bytes")?;
        let sources: i64 = row.try_get("sources")?;
        Ok(ArtifactInfo {
            id: row.try_get("id")?,
            path: self.objects.path(&sha256),
            filename: row.try_get("filename")?,
            content_type: row.try_get("content_type")?,
            bytes: u64::try_from(bytes).unwrap_or(0),
            sha256,
            role: row.try_get("role")?,
            data_release: row.try_get("data_release")?,
            obs_id: row.try_get("obs_id")?,
            collection: row.try_get("collection")?,
            product_id: row.try_get("product_id")?,
            superseded: sources == 0,
        })
    }

    /// The headers of a file, verbatim, by header-data unit.
    ///
    /// # Errors
    /// [`ArchiveError::Store`].
    pub async fn headers(&self, artifact: &str) -> Result<Vec<(u32, String)>, ArchiveError> {
        let rows = sqlx::query("SELECT hdu, text FROM header WHERE artifact_id = $1 ORDER BY hdu")
            .bind(artifact)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let hdu: i64 = row.try_get("hdu")?;
                Ok((u32::try_from(hdu).unwrap_or(0), row.try_get("text")?))
            })
            .collect()
    }

    /// A picture of a file, where one could be made.
    ///
    /// # Errors
    /// [`ArchiveError::Store`].
    pub async fn preview(
        &self,
        artifact: &str,
        size: PreviewSize,
    ) -> Result<Option<Preview>, ArchiveError> {
        let row = sqlx::query(
            "SELECT sha256, bytes, content_type FROM derived WHERE artifact_id = $1 AND kind = $2",
        )
        .bind(artifact)
        .bind(size.kind())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let sha256: String = row.try_get("sha256")?;
            let bytes: i64 = row.try_get("bytes")?;
            Ok(Preview {
                path: self.objects.path(&sha256),
                content_type: row.try_get("content_type")?,
                bytes: u64::try_from(bytes).unwrap_or(0),
                sha256,
            })
        })
        .transpose()
    }

    /// The target names of the archive's own observations with their positions (ICRS, degrees):
    /// one of each name, from the observation with the smallest field.
    ///
    /// # Errors
    /// [`ArchiveError::Store`].
    pub async fn targets(&self) -> Result<Vec<(String, f64, f64)>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT target_name, s_ra, s_dec FROM plane \
             WHERE is_current = 1 AND target_name IS NOT NULL AND s_ra IS NOT NULL \
             ORDER BY target_name, COALESCE(s_fov, 0), id",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut targets: Vec<(String, f64, f64)> = Vec::new();
        for row in &rows {
            let name: String = row.try_get("target_name")?;
            if targets.last().is_none_or(|(last, _, _)| *last != name) {
                targets.push((name, row.try_get("s_ra")?, row.try_get("s_dec")?));
            }
        }
        Ok(targets)
    }

    /// The event log of one entity (`observation/…`, `plane/…`, `artifact/…`), oldest first.
    ///
    /// # Errors
    /// [`ArchiveError::Store`].
    pub async fn events(&self, entity: &str) -> Result<Vec<Event>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT time, agent, activity, entity, detail FROM event WHERE entity = $1 ORDER BY id",
        )
        .bind(entity)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(event_of).collect()
    }

    /// Reads every stored byte and compares it with the database.
    ///
    /// # Errors
    /// [`ArchiveError::Store`], [`ArchiveError::Objects`].
    pub async fn verify(&self) -> Result<VerifyReport, ArchiveError> {
        let rows = sqlx::query(
            "SELECT sha256 FROM artifact UNION SELECT sha256 FROM derived ORDER BY sha256",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut report = VerifyReport::default();
        let mut known = std::collections::HashSet::new();
        for row in &rows {
            let sha256: String = row.try_get("sha256")?;
            match self.objects.check(&sha256).await? {
                ObjectCheck::Good => report.good += 1,
                ObjectCheck::Missing => report.missing.push(sha256.clone()),
                ObjectCheck::Changed(found) => report.changed.push((sha256.clone(), found)),
            }
            known.insert(sha256);
        }
        report.unreferenced =
            self.objects.list().await?.into_iter().filter(|name| !known.contains(name)).collect();
        Ok(report)
    }

    /// The IVOA identifier of a plane (ObsCore `obs_publisher_did`).
    pub(crate) fn did(&self, collection: &str, obs_id: &str, product_id: &str) -> String {
        format!(
            "ivo://{}/archive?{}/{}/{}",
            self.authority,
            escape(collection),
            escape(obs_id),
            escape(product_id)
        )
    }

    /// Collection, observation and product of an identifier that [`Archive::did`] made.
    fn parse_did(&self, id: &str) -> Option<(String, String, String)> {
        let rest = id.strip_prefix(&format!("ivo://{}/archive?", self.authority))?;
        let mut parts = rest.splitn(3, '/').map(unescape);
        Some((parts.next()?, parts.next()?, parts.next()?))
    }
}

/// The rows that [`ArtifactInfo`] is read from.
const ARTIFACT: &str = "SELECT a.id, a.sha256, a.bytes, a.filename, a.content_type, \
     a.product_type AS role, p.data_release, o.obs_id, o.collection, p.product_id, \
     (SELECT COUNT(*) FROM source s WHERE s.artifact_id = a.id) AS sources \
     FROM artifact a JOIN plane p ON p.id = a.plane_id \
     JOIN observation o ON o.id = p.observation_id";

/// An event from its row.
pub(crate) fn event_of(row: &AnyRow) -> Result<Event, ArchiveError> {
    Ok(Event {
        time: row.try_get("time")?,
        agent: row.try_get("agent")?,
        activity: row.try_get("activity")?,
        entity: row.try_get("entity")?,
        detail: row.try_get("detail")?,
    })
}

/// Percent-encodes what RFC 3986 does not let stand in a query, and `/`, which parts ours.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'()*,;:@+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Undoes [`escape`]; a `%` that begins no code stays.
fn unescape(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                out.push(code);
                bytes.nth(1);
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_survive_odd_names() {
        for text in ["u59n0201r", "a b/c%d", "天球", "100%", "G10.5+0.0", "%zz"] {
            assert_eq!(unescape(&escape(text)), text);
            assert!(!escape(text).contains(['/', ' ']));
        }
    }
}
