//! Files and observations of the archive.

use std::path::Path;

use async_trait::async_trait;
use tenkyu_archive::{Archive, ArtifactInfo, PreviewSize};
use tenkyu_vo::{
    Access, ArtifactFile, Artifacts, HeaderText, LinkedFile, Observations, PreviewImage,
    ServiceError,
};
use tenkyu_wire::observation::Observation;

use super::outward;

/// The archive behind `/data`, `/datalink` and `/archive`.
pub(crate) struct ArchiveRoom {
    archive: Archive,
}

impl ArchiveRoom {
    pub(crate) fn new(archive: Archive) -> Self {
        ArchiveRoom { archive }
    }

    async fn linked(&self, info: ArtifactInfo) -> Result<LinkedFile, ServiceError> {
        let preview = self.archive.preview(&info.id, PreviewSize::Full).await.map_err(outward)?;
        Ok(LinkedFile {
            semantics: semantics(&info.role),
            preview: preview.is_some(),
            obs_id: info.obs_id.clone(),
            product_id: info.product_id.clone(),
            file: file(info),
        })
    }

    /// The files of an observation that was named by its `obs_id`.
    async fn of_observation(&self, id: &str) -> Result<Vec<ArtifactInfo>, ServiceError> {
        let Some(observation) = self.archive.observation(id).await.map_err(outward)? else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for artifact in observation.planes.iter().flat_map(|plane| &plane.artifacts) {
            files.extend(self.archive.artifact(&artifact.id).await.map_err(outward)?);
        }
        Ok(files)
    }
}

/// The term of the DataLink core vocabulary for a CAOM product type.
fn semantics(role: &str) -> &'static str {
    match role {
        "weight" => "#weight",
        "noise" => "#noise",
        "mask" | "auxiliary" => "#auxiliary",
        "calibration" => "#calibration",
        _ => "#this",
    }
}

fn file(info: ArtifactInfo) -> ArtifactFile {
    let access = access(&info.data_release);
    ArtifactFile {
        id: info.id,
        path: info.path,
        filename: info.filename,
        content_type: info.content_type,
        bytes: info.bytes,
        sha256: info.sha256,
        access,
    }
}

/// Dates in ISO 8601 UTC are in order as texts are. A file without a date is public, as one that
/// was ingested without asking for a period is.
fn access(release: &str) -> Access {
    // To the second: fractions and zone letters would not be in the order of time.
    if release.get(..19).unwrap_or(release) <= now().as_str() {
        return Access::Public;
    }
    Access::Proprietary { reason: "proprietary period".to_owned(), until: Some(release.to_owned()) }
}

/// Now in UTC, as `2026-11-22T12:34:56`, by the calendar of H. Hinnant's `civil_from_days`.
fn now() -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map(|since| since.as_secs())
        .unwrap_or_default();
    date(since)
}

fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[async_trait]
impl Artifacts for ArchiveRoom {
    async fn artifact(&self, id: &str) -> Result<Option<ArtifactFile>, ServiceError> {
        Ok(self.archive.artifact(id).await.map_err(outward)?.map(file))
    }

    async fn preview(
        &self,
        id: &str,
        size: Option<u32>,
    ) -> Result<Option<PreviewImage>, ServiceError> {
        let small = size.is_some_and(|size| size <= PreviewSize::Thumbnail.pixels());
        let size = if small { PreviewSize::Thumbnail } else { PreviewSize::Full };
        let Some(preview) = self.archive.preview(id, size).await.map_err(outward)? else {
            return Ok(None);
        };
        let bytes = read(&preview.path).await?.into();
        Ok(Some(PreviewImage { content_type: preview.content_type, bytes }))
    }

    async fn headers(&self, id: &str) -> Result<Option<Vec<HeaderText>>, ServiceError> {
        if self.archive.artifact(id).await.map_err(outward)?.is_none() {
            return Ok(None);
        }
        let headers = self.archive.headers(id).await.map_err(outward)?;
        Ok(Some(
            headers
                .into_iter()
                .map(|(index, text)| {
                    let cards = cards(&text);
                    HeaderText { index, name: extension_name(&cards), cards }
                })
                .collect(),
        ))
    }

    async fn links(&self, id: &str) -> Result<Vec<LinkedFile>, ServiceError> {
        let mut found = self.archive.links(id).await.map_err(outward)?;
        if found.is_empty() {
            found = self.of_observation(id).await?;
        }
        let mut links = Vec::with_capacity(found.len());
        for info in found {
            links.push(self.linked(info).await?);
        }
        Ok(links)
    }
}

#[async_trait]
impl Observations for ArchiveRoom {
    async fn observation(&self, id: &str) -> Result<Option<Observation>, ServiceError> {
        if let Some(found) = self.archive.observation(id).await.map_err(outward)? {
            return Ok(Some(found));
        }
        // An identifier of one of its planes or files stands for the observation too.
        match self.archive.links(id).await.map_err(outward)?.first() {
            Some(info) => {
                let full = format!("{}/{}", info.collection, info.obs_id);
                self.archive.observation(&full).await.map_err(outward)
            }
            None => Ok(None),
        }
    }
}

async fn read(path: &Path) -> Result<Vec<u8>, ServiceError> {
    tokio::fs::read(path)
        .await
        .map_err(|error| ServiceError::internal(format!("{}: {error}", path.display())))
}

/// The cards of a header as the archive keeps it: one a line, without END.
fn cards(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn extension_name(cards: &[String]) -> String {
    cards
        .iter()
        .find_map(|card| card.strip_prefix("EXTNAME =")?.trim().strip_prefix('\''))
        .and_then(|value| value.split('\'').next())
        .map(|name| name.trim_end().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        // From `date -u -d @… +%FT%T`.
        assert_eq!(date(0), "1970-01-01T00:00:00");
        assert_eq!(date(951_782_400), "2000-02-29T00:00:00");
        assert_eq!(date(1_795_350_896), "2026-11-22T12:34:56");
        assert_eq!(date(4_107_542_399), "2100-02-28T23:59:59");
    }

    #[test]
    fn files_are_public_from_their_date_on() {
        assert_eq!(access("1999-01-01T00:00:00"), Access::Public);
        assert_eq!(access(&format!("{}.999Z", now())), Access::Public);
        assert_eq!(access(""), Access::Public);
        assert!(matches!(access("2999-01-01"), Access::Proprietary { .. }));
    }

    #[test]
    fn headers_are_cut_into_cards() {
        let cards = cards("XTENSION= 'IMAGE   '\nEXTNAME = 'SCI     '           / name\n");
        assert_eq!(cards.len(), 2);
        assert_eq!(extension_name(&cards), "SCI");
    }
}
