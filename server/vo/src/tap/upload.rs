//! UPLOAD (TAP 1.1 §2.7.6, DALI 1.1 §3.4.5): tables that come with a query.

use std::path::{Path, PathBuf};

use tenkyu_adql::words::is_reserved;

use crate::error::RequestError;
use crate::form::disk;
use crate::params::{Params, shorten};
use crate::{ServiceError, Upload, Vo};

/// Most tables of one query.
const MAX_TABLES: usize = 16;

/// An uploaded table as the parameter names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    name: String,
    place: Place,
}

/// Where an uploaded table is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// In a part of the request.
    Part(String),
    /// At an address.
    Url(String),
}

/// What came with the request.
pub(super) struct Parts<'a> {
    pub(super) files: &'a [(String, PathBuf)],
    pub(super) params: &'a Params,
}

/// Reads every UPLOAD: `name,place` pairs separated by semicolons.
pub(super) fn sources(params: &Params) -> Result<Vec<Source>, RequestError> {
    let mut sources: Vec<Source> = Vec::new();
    for text in params.all("UPLOAD") {
        let mut rest = text.trim();
        while !rest.is_empty() {
            let bad = || RequestError::BadUpload(shorten(text));
            let (name, after) = name(rest).ok_or_else(bad)?;
            let after = after.trim_start().strip_prefix(',').ok_or_else(bad)?.trim_start();
            let (place, next) = after.split_once(';').unwrap_or((after, ""));
            let place = place.trim();
            let place = match place.split_once(':') {
                Some((scheme, part))
                    if scheme.eq_ignore_ascii_case("param") && !part.is_empty() =>
                {
                    Place::Part(part.to_owned())
                }
                Some((_, address)) if address.starts_with("//") => Place::Url(place.to_owned()),
                _ => return Err(bad()),
            };
            if sources.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
                return Err(RequestError::UploadTwice(name));
            }
            if sources.len() >= MAX_TABLES {
                return Err(RequestError::TooManyParameters(MAX_TABLES));
            }
            sources.push(Source { name, place });
            rest = next.trim_start();
        }
    }
    Ok(sources)
}

/// A table name, regular or delimited, and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut characters = quoted.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if c != '"' {
                name.push(c);
            } else if characters.next_if(|(_, next)| *next == '"').is_some() {
                name.push('"');
            } else {
                let after = quoted.get(at + 1..)?;
                return (!name.trim().is_empty()).then_some((name, after));
            }
        }
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let regular = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_reserved(name);
    regular.then(|| (name.to_owned(), after))
}

/// Brings every table to a file. Files that are made lie in `folder`.
pub(super) async fn gather(
    vo: &Vo,
    sources: Vec<Source>,
    parts: &Parts<'_>,
    folder: &Path,
) -> Result<Vec<Upload>, ServiceError> {
    let mut uploads = Vec::with_capacity(sources.len());
    let mut left = vo.limits.upload_bytes;
    for (number, source) in sources.into_iter().enumerate() {
        let path = match source.place {
            Place::Part(part) => part_file(parts, &part, folder, number).await?,
            Place::Url(url) => {
                let path = folder.join(format!("fetched-{number}"));
                vo.fetcher.fetch(&url, &path, left).await?;
                path
            }
        };
        let bytes = tokio::fs::metadata(&path).await.map_err(disk)?.len();
        left =
            left.checked_sub(bytes).ok_or(RequestError::UploadTooLarge(vo.limits.upload_bytes))?;
        uploads.push(Upload { name: source.name, path });
    }
    Ok(uploads)
}

/// The file of a part; a part without a file name is a parameter and is written to one.
async fn part_file(
    parts: &Parts<'_>,
    part: &str,
    folder: &Path,
    number: usize,
) -> Result<PathBuf, ServiceError> {
    if let Some((_, path)) = parts.files.iter().find(|(name, _)| name.eq_ignore_ascii_case(part)) {
        return Ok(path.clone());
    }
    let text = parts.params.all(part).next();
    let text = text.ok_or_else(|| RequestError::NoUploadPart(shorten(part)))?;
    let path = folder.join(format!("inline-{number}"));
    tokio::fs::write(&path, text).await.map_err(disk)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(values: &[&str]) -> Result<Vec<Source>, RequestError> {
        let pairs: Vec<_> =
            values.iter().map(|value| ("upload".to_owned(), (*value).to_owned())).collect();
        sources(&Params::of(&pairs)?)
    }

    fn part(name: &str, part: &str) -> Source {
        Source { name: name.to_owned(), place: Place::Part(part.to_owned()) }
    }

    #[test]
    fn tables_are_named_by_pairs() {
        let url = Source { name: "b".to_owned(), place: Place::Url("http://h/t?a,b".to_owned()) };
        let read_back = read(&["a,param:x; b,http://h/t?a,b", "c,PARAM:y;"]).unwrap();
        assert_eq!(read_back, [part("a", "x"), url, part("c", "y")]);
        assert_eq!(read(&["\"my, \"\"t\"\"\",param:p"]).unwrap(), [part("my, \"t\"", "p")]);
        assert_eq!(read(&[""]).unwrap(), []);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for bad in [
            "a",
            "a,",
            "a,x",
            "a,param:",
            "1a,param:x",
            "s.a,param:x",
            "\"a,param:x",
            ",param:x",
            "select,param:x",
            "\"\",param:x",
            "a,mailto:x",
        ] {
            assert!(matches!(read(&[bad]), Err(RequestError::BadUpload(_))), "{bad}");
        }
        let twice = read(&["a,param:x", "A,param:y"]);
        assert_eq!(twice, Err(RequestError::UploadTwice("A".to_owned())));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            let _ = read(&[&text]);
        }

        #[test]
        fn any_delimited_name_comes_back(name in "[^\u{0}-\u{1f}]{0,20}[a-z]") {
            let text = format!("\"{}\",param:x", name.replace('"', "\"\""));
            prop_assert_eq!(read(&[&text]).unwrap(), [part(&name, "x")]);
        }
    }
}
