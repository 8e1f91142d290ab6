//! Files against the database, both ways.

use std::collections::HashMap;

use sqlx::Row as _;

use super::blobs::{Hashing, blocking, remove};
use super::{FileError, Files, to_i64, to_u64};

/// What a check found. Nothing in the lists: all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Contents whose bytes are what they should be.
    pub good: u64,
    /// Contents that a row names and the disk does not have.
    pub missing: Vec<String>,
    /// Contents whose bytes are others than their name says.
    pub changed: Vec<String>,
    /// Contents that no row names, and uploads' bytes without an upload.
    pub orphans: Vec<String>,
    /// Contents that are named another number of times than is written down: name, written,
    /// found.
    pub counts: Vec<(String, u64, u64)>,
    /// Owners whose use is another than is written down: owner, written, found.
    pub usage: Vec<(String, u64, u64)>,
    /// Owners whose reservations are others than those of their uploads.
    pub reserved: Vec<(String, u64, u64)>,
    /// Nodes whose folder is not there.
    pub lost: Vec<String>,
}

impl FileReport {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        FileReport { good: self.good, ..FileReport::default() } == *self
    }
}

impl Files {
    /// Compares rows and files, and reads every content again where `deep`. With `repair`, orphans
    /// are removed and sums written anew; contents that are missing or changed stay as they are.
    ///
    /// Meant for a server that does not run: what changes meanwhile may be reported.
    ///
    /// # Errors
    /// A store or a disk that fails.
    pub async fn check(&self, deep: bool, repair: bool) -> Result<FileReport, FileError> {
        let mut report = FileReport::default();
        self.check_contents(deep, &mut report).await?;
        self.check_orphans(repair, &mut report).await?;
        self.check_counts(repair, &mut report).await?;
        self.check_space(repair, &mut report).await?;
        let rows = sqlx::query(
            "SELECT n.id FROM file_node n LEFT JOIN file_node p ON p.id = n.parent \
             WHERE p.id IS NULL AND n.parent <> '' AND n.trashed <> n.id",
        )
        .fetch_all(&self.inner.pool)
        .await?;
        for row in rows {
            report.lost.push(row.try_get("id")?);
        }
        Ok(report)
    }

    async fn check_contents(&self, deep: bool, report: &mut FileReport) -> Result<(), FileError> {
        let rows = sqlx::query("SELECT sha256, bytes FROM file_object ORDER BY sha256")
            .fetch_all(&self.inner.pool)
            .await?;
        for row in rows {
            let sha256: String = row.try_get("sha256")?;
            let bytes = to_u64(row.try_get("bytes")?);
            let path = self.inner.blobs.object(&sha256);
            let found = blocking(move || {
                let Ok(meta) = std::fs::metadata(&path) else { return Ok(None) };
                if !deep || meta.len() != bytes {
                    return Ok(Some((meta.len(), None)));
                }
                let mut hashing = Hashing::default();
                hashing.catch_up(&path)?;
                Ok(Some((meta.len(), Some(hashing.finish().sha256))))
            })
            .await?;
            match found {
                None => report.missing.push(sha256),
                Some((length, sum)) => {
                    match length == bytes && sum.is_none_or(|sum| sum == sha256) {
                        true => report.good += 1,
                        false => report.changed.push(sha256),
                    }
                }
            }
        }
        Ok(())
    }

    async fn check_orphans(&self, repair: bool, report: &mut FileReport) -> Result<(), FileError> {
        let inner = self.inner.clone();
        let (objects, uploads) =
            blocking(move || Ok((inner.blobs.objects()?, inner.blobs.uploads()?))).await?;
        let object = "SELECT sha256 FROM file_object WHERE sha256 = $1";
        let upload = "SELECT id FROM file_upload WHERE id = $1 AND done IS NULL";
        let objects = objects.into_iter().map(|(name, path)| (name, path, object));
        for (name, path, query) in
            objects.chain(uploads.into_iter().map(|(name, path)| (name, path, upload)))
        {
            let found = sqlx::query(query).bind(&name).fetch_optional(&self.inner.pool).await?;
            let in_place = path == self.inner.blobs.object(&name) || query == upload;
            if found.is_some() && in_place {
                continue;
            }
            if repair {
                blocking(move || remove(&path)).await?;
            }
            report.orphans.push(name);
        }
        Ok(())
    }

    async fn check_counts(&self, repair: bool, report: &mut FileReport) -> Result<(), FileError> {
        let rows = sqlx::query(
            "SELECT c.sha256, CAST(SUM(c.written) AS BIGINT) AS written, \
             CAST(SUM(c.found) AS BIGINT) AS found FROM (\
             SELECT sha256, refs AS written, 0 AS found FROM file_object UNION ALL \
             SELECT sha256, 0, 1 FROM file_node WHERE sha256 IS NOT NULL UNION ALL \
             SELECT sha256, 0, 1 FROM file_version) AS c GROUP BY c.sha256 \
             HAVING SUM(c.written) <> SUM(c.found)",
        )
        .fetch_all(&self.inner.pool)
        .await?;
        for row in rows {
            let sha256: String = row.try_get("sha256")?;
            let (written, found) = (row.try_get("written")?, row.try_get("found")?);
            if repair {
                sqlx::query("UPDATE file_object SET refs = $2 WHERE sha256 = $1")
                    .bind(&sha256)
                    .bind(found)
                    .execute(&self.inner.pool)
                    .await?;
            }
            report.counts.push((sha256, to_u64(written), to_u64(found)));
        }
        Ok(())
    }

    async fn check_space(&self, repair: bool, report: &mut FileReport) -> Result<(), FileError> {
        let used = self
            .sums(
                "SELECT owner, CAST(SUM(bytes) AS BIGINT) AS n FROM (\
                 SELECT owner, bytes FROM file_node UNION ALL \
                 SELECT n.owner, v.bytes FROM file_version v JOIN file_node n ON n.id = v.node\
                 ) AS b GROUP BY owner",
            )
            .await?;
        let reserved = self
            .sums(
                "SELECT owner, CAST(SUM(reserved) AS BIGINT) AS n FROM file_upload GROUP BY owner",
            )
            .await?;
        let rows = sqlx::query("SELECT owner, used, reserved FROM file_account")
            .fetch_all(&self.inner.pool)
            .await?;
        for row in rows {
            let owner: String = row.try_get("owner")?;
            let of = |sums: &HashMap<String, u64>| sums.get(&owner).copied().unwrap_or_default();
            let found = (of(&used), of(&reserved));
            // A number below zero is wrong, whatever was found.
            let written: (i64, i64) = (row.try_get("used")?, row.try_get("reserved")?);
            if written.0 != to_i64(found.0) {
                report.usage.push((owner.clone(), to_u64(written.0), found.0));
            }
            if written.1 != to_i64(found.1) {
                report.reserved.push((owner.clone(), to_u64(written.1), found.1));
            }
            if repair {
                sqlx::query("UPDATE file_account SET used = $2, reserved = $3 WHERE owner = $1")
                    .bind(&owner)
                    .bind(to_i64(found.0))
                    .bind(to_i64(found.1))
                    .execute(&self.inner.pool)
                    .await?;
            }
        }
        Ok(())
    }

    async fn sums(&self, query: &'static str) -> Result<HashMap<String, u64>, FileError> {
        let rows = sqlx::query(query).fetch_all(&self.inner.pool).await?;
        rows.iter().map(|row| Ok((row.try_get("owner")?, to_u64(row.try_get("n")?)))).collect()
    }
}
