//! `/data/{artifact}`: files with ranges, strong validators and checksums (RFC 9110, RFC 9530).

mod range;

use std::io::SeekFrom;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::stream::{self, StreamExt};
use http::request::Parts;
use http::{HeaderName, Method, StatusCode, header};
use tenkyu_wire::Lang;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::answer::{Asker, disposition, insert, json, problem_response, respond};
use crate::error::{Allowed, RequestError};
use crate::params::{Params, shorten};
use crate::{Access, ArtifactFile, ServiceError, Vo};
use range::{Range, Ranges};

/// Sides of a preview that may be asked for, pixels.
const PREVIEW_SIZES: std::ops::RangeInclusive<u32> = 16..=4096;

/// The file, whole or in parts.
pub(crate) async fn file(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let lang = Asker::of_parts(&vo, &parts).lang;
    match public(&vo, &id).await {
        Ok(artifact) => send(&Served::artifact(artifact), &parts, lang).await,
        Err(error) => problem_response(&error, lang),
    }
}

/// The file if everyone may have it. The one place where a denial is decided for `/data`.
async fn public(vo: &Vo, id: &str) -> Result<ArtifactFile, ServiceError> {
    let found = vo.artifacts.artifact(id).await?;
    let artifact = found.ok_or_else(|| RequestError::NoArtifact(shorten(id)))?;
    match &artifact.access {
        Access::Public => Ok(artifact),
        Access::Proprietary { reason, until } => Err(RequestError::Proprietary {
            id: shorten(id),
            reason: reason.clone(),
            until: until.clone(),
        }
        .into()),
    }
}

/// Who may keep a copy of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Anyone, for ever: the same address never has other bytes.
    Public,
    /// The client alone, and it asks again.
    Private,
}

/// A file as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) path: PathBuf,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) bytes: u64,
    /// Strong validator, without quotes.
    pub(crate) tag: String,
    /// Checksum in hex, where it is known.
    pub(crate) sha256: Option<String>,
    pub(crate) caching: Caching,
}

impl Served {
    fn artifact(artifact: ArtifactFile) -> Served {
        Served {
            path: artifact.path,
            filename: artifact.filename,
            content_type: artifact.content_type,
            bytes: artifact.bytes,
            tag: artifact.sha256.clone(),
            sha256: Some(artifact.sha256),
            caching: Caching::Public,
        }
    }
}

/// The file, whole or in the parts that were asked for.
pub(crate) async fn send(artifact: &Served, parts: &Parts, lang: Lang) -> Response {
    let etag = format!("\"{}\"", artifact.tag);
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| matches_any(tags, &etag)) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut response, artifact, &etag);
        response.headers_mut().remove(header::CONTENT_TYPE);
        return response;
    }
    // A range of another version of the file would be glued to the wrong bytes.
    let usable = text(header::IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    let asked = text(header::RANGE).filter(|_| usable);
    let answer = match asked.map_or(Ranges::Whole, |text| Ranges::parse(text, artifact.bytes)) {
        Ranges::Whole => whole(artifact, parts).await,
        Ranges::One(range) => one_part(artifact, range, parts).await,
        Ranges::Many(ranges) => many_parts(artifact, ranges, parts).await,
        Ranges::Outside => {
            let error = RequestError::BadRange { bytes: artifact.bytes };
            let mut response = problem_response(&error, lang);
            let total = format!("bytes */{}", artifact.bytes);
            insert(response.headers_mut(), header::CONTENT_RANGE, &total);
            return response;
        }
    };
    match answer {
        Ok(mut response) => {
            describe(&mut response, artifact, &etag);
            response
        }
        Err(error) => problem_response(&error, lang),
    }
}

/// Headers that every answer about a file carries.
fn describe(response: &mut Response, artifact: &Served, etag: &str) {
    let headers = response.headers_mut();
    insert(headers, header::ETAG, etag);
    insert(headers, header::ACCEPT_RANGES, "bytes");
    let (caching, kind) = match artifact.caching {
        Caching::Public => ("public, max-age=31536000, immutable", "attachment"),
        Caching::Private => ("private, no-cache", "inline"),
    };
    insert(headers, header::CACHE_CONTROL, caching);
    insert(headers, header::CONTENT_DISPOSITION, &disposition(kind, &artifact.filename));
    if let Some(digest) = artifact.sha256.as_deref().and_then(decode_hex) {
        let digest = STANDARD.encode(digest);
        // The digest of the whole file, whichever part of it this answer carries (RFC 9530 §3).
        let name = HeaderName::from_static("repr-digest");
        insert(headers, name, &format!("sha-256=:{digest}:"));
        insert(headers, HeaderName::from_static("digest"), &format!("SHA-256={digest}"));
    }
}

fn matches_any(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

async fn whole(artifact: &Served, parts: &Parts) -> Result<Response, ServiceError> {
    let range = Range { start: 0, length: artifact.bytes };
    let body = body(artifact, range, parts).await?;
    let mut response = respond(StatusCode::OK, &artifact.content_type, body);
    let length = artifact.bytes.to_string();
    insert(response.headers_mut(), header::CONTENT_LENGTH, &length);
    Ok(response)
}

async fn one_part(
    artifact: &Served,
    range: Range,
    parts: &Parts,
) -> Result<Response, ServiceError> {
    let body = body(artifact, range, parts).await?;
    let mut response = respond(StatusCode::PARTIAL_CONTENT, &artifact.content_type, body);
    let headers = response.headers_mut();
    insert(headers, header::CONTENT_RANGE, &range.content_range(artifact.bytes));
    insert(headers, header::CONTENT_LENGTH, &range.length.to_string());
    Ok(response)
}

/// `multipart/byteranges` (RFC 9110 §14.6).
async fn many_parts(
    artifact: &Served,
    ranges: Vec<Range>,
    parts: &Parts,
) -> Result<Response, ServiceError> {
    // The boundary must not occur in the parts; a piece of the file's own checksum or of a
    // random name does not, but by a chance of less than 2^-96.
    let boundary = format!("tenkyu-{}", artifact.tag.get(..24).unwrap_or("part"));
    let mut length = 0_u64;
    let mut bodies = Vec::with_capacity(ranges.len());
    for range in ranges {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
            artifact.content_type,
            range.content_range(artifact.bytes)
        );
        length += head.len() as u64 + range.length;
        let head = stream::iter([Ok::<_, axum::Error>(Bytes::from(head))]);
        bodies.push(head.chain(body(artifact, range, parts).await?.into_data_stream()));
    }
    let tail = format!("\r\n--{boundary}--\r\n");
    length += tail.len() as u64;
    let tail = stream::iter([Ok::<_, axum::Error>(Bytes::from(tail))]);
    let body = Body::from_stream(stream::iter(bodies).flatten().chain(tail));
    let kind = format!("multipart/byteranges; boundary={boundary}");
    let mut response = respond(StatusCode::PARTIAL_CONTENT, &kind, body);
    insert(response.headers_mut(), header::CONTENT_LENGTH, &length.to_string());
    Ok(response)
}

/// A part of the file as a body; an empty one for HEAD.
async fn body(artifact: &Served, range: Range, parts: &Parts) -> Result<Body, ServiceError> {
    if parts.method == Method::HEAD {
        return Ok(Body::empty());
    }
    let broken = |error: std::io::Error| {
        ServiceError::internal(format!("{}: {error}", artifact.path.display()))
    };
    let mut file = tokio::fs::File::open(&artifact.path).await.map_err(broken)?;
    let length = file.metadata().await.map_err(broken)?.len();
    if length != artifact.bytes {
        return Err(ServiceError::internal(format!(
            "{} has {length} bytes in place of {}",
            artifact.path.display(),
            artifact.bytes
        )));
    }
    file.seek(SeekFrom::Start(range.start)).await.map_err(broken)?;
    Ok(Body::from_stream(ReaderStream::with_capacity(file.take(range.length), 256 * 1024)))
}

/// `/data/{artifact}/preview`: a picture, `size` pixels along its longer side.
pub(crate) async fn preview(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let lang = Asker::of_parts(&vo, &parts).lang;
    match picture(&vo, &id, &parts).await {
        Ok(response) => response,
        Err(error) => problem_response(&error, lang),
    }
}

async fn picture(vo: &Vo, id: &str, parts: &Parts) -> Result<Response, ServiceError> {
    let params = Params::parse(parts.uri.query().unwrap_or_default())?;
    let size = match params.one("size")? {
        None => None,
        Some(text) => Some(preview_size(text)?),
    };
    let artifact = public(vo, id).await?;
    let etag = format!("\"{}-{}\"", artifact.sha256, size.unwrap_or_default());
    let known = parts.headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|tags| matches_any(tags, &etag)) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let picture = vo.artifacts.preview(id, size).await?;
        let picture = picture.ok_or_else(|| RequestError::NoPreview(shorten(id)))?;
        respond(StatusCode::OK, &picture.content_type, picture.bytes)
    };
    insert(response.headers_mut(), header::ETAG, &etag);
    insert(response.headers_mut(), header::CACHE_CONTROL, "public, max-age=86400");
    Ok(response)
}

fn preview_size(text: &str) -> Result<u32, RequestError> {
    text.parse().ok().filter(|size| PREVIEW_SIZES.contains(size)).ok_or_else(|| {
        RequestError::BadValue {
            name: "size",
            value: shorten(text),
            allowed: Allowed::Words(format!("{}–{}", PREVIEW_SIZES.start(), PREVIEW_SIZES.end())),
        }
    })
}

/// `/data/{artifact}/header`: the verbatim headers, as text or, by `format=json` or `Accept`, as
/// JSON.
pub(crate) async fn headers(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let lang = Asker::of_parts(&vo, &parts).lang;
    match header_answer(&vo, &id, &parts, lang).await {
        Ok(response) => response,
        Err(error) => problem_response(&error, lang),
    }
}

async fn header_answer(
    vo: &Vo,
    id: &str,
    parts: &Parts,
    lang: Lang,
) -> Result<Response, ServiceError> {
    let params = Params::parse(parts.uri.query().unwrap_or_default())?;
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let as_json = match params.one("format")? {
        Some(format) if format.eq_ignore_ascii_case("json") => true,
        Some(format) if format.eq_ignore_ascii_case("text") => false,
        Some(other) => {
            return Err(RequestError::BadValue {
                name: "format",
                value: shorten(other),
                allowed: Allowed::Words("text, json".to_owned()),
            }
            .into());
        }
        None => accept.is_some_and(|value| value.contains("application/json")),
    };
    let found = vo.artifacts.headers(id).await?;
    let hdus = found.ok_or_else(|| RequestError::NoArtifact(shorten(id)))?;
    if as_json {
        return Ok(json(&hdus, lang));
    }
    let mut text = String::new();
    for hdu in &hdus {
        if hdu.index > 0 {
            text.push('\n');
        }
        text.push_str(&hdu.cards.join("\n"));
        text.push('\n');
    }
    Ok(respond(StatusCode::OK, "text/plain; charset=utf-8", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenkyu_wire::Explain;

    #[test]
    fn validators_are_compared_as_lists() {
        assert!(matches_any("\"a\", W/\"b\"", "\"b\""));
        assert!(matches_any("*", "\"b\""));
        assert!(!matches_any("\"a\"", "\"b\""));
    }

    #[test]
    fn digests_are_decoded_or_left_out() {
        assert_eq!(decode_hex("00ff"), Some(vec![0, 255]));
        assert_eq!(decode_hex("0"), None);
        assert_eq!(decode_hex("zz"), None);
        assert_eq!(decode_hex("天"), None);
    }

    #[test]
    fn preview_sizes_have_bounds() {
        assert_eq!(preview_size("256").unwrap(), 256);
        for bad in ["0", "-1", "5000", "big"] {
            assert_eq!(preview_size(bad).unwrap_err().status(), 400);
        }
    }
}
