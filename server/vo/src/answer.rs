//! Responses that several services share.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use tenkyu_wire::{Explain, Lang, Problem};

use crate::error::RETRY_SECONDS;
use crate::{Vo, params, votable};

/// Who asks and how: what every handler needs of a request besides its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// Language of texts.
    pub(crate) lang: Lang,
    /// Address of the service, without a slash at its end.
    pub(crate) base_url: String,
    /// The client reads problem details.
    pub(crate) wants_problem: bool,
}

impl Asker {
    pub(crate) fn of(vo: &Vo, uri: &Uri, headers: &HeaderMap) -> Asker {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        Asker {
            lang: params::lang(uri.query(), headers),
            base_url: vo.base_url.clone().unwrap_or_else(|| base_of(headers)),
            wants_problem: accept.is_some_and(|value| value.contains(Problem::MEDIA_TYPE)),
        }
    }

    pub(crate) fn of_parts(vo: &Vo, parts: &Parts) -> Asker {
        Asker::of(vo, &parts.uri, &parts.headers)
    }
}

/// The address that the client used, from its Host header; a relative one where that is no host.
fn base_of(headers: &HeaderMap) -> String {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| host.parse::<http::uri::Authority>().is_ok() && !host.contains('@'))
        .map(|host| format!("http://{host}"))
        .unwrap_or_default()
}

/// A response with a content type.
pub(crate) fn respond(status: StatusCode, content_type: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    insert(response.headers_mut(), header::CONTENT_TYPE, content_type);
    response
}

/// An answer in XML.
pub(crate) fn xml(text: String) -> Response {
    respond(StatusCode::OK, "text/xml; charset=utf-8", text)
}

/// A value as JSON.
pub(crate) fn json<T: serde::Serialize>(value: &T, lang: Lang) -> Response {
    match serde_json::to_vec(value) {
        Ok(text) => respond(StatusCode::OK, "application/json", text),
        Err(error) => problem_response(&crate::ServiceError::internal(error), lang),
    }
}

/// Sets a header; a value that cannot be one is left out.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn status_of(error: &dyn Explain) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn with_retry(mut response: Response) -> Response {
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        insert(response.headers_mut(), header::RETRY_AFTER, &RETRY_SECONDS.to_string());
    }
    insert(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// An error as RFC 9457 problem details.
pub fn problem_response(error: &dyn Explain, lang: Lang) -> Response {
    let text = serde_json::to_vec(&error.problem(lang)).unwrap_or_default();
    with_retry(respond(status_of(error), Problem::MEDIA_TYPE, text))
}

/// An error as DALI has it: a VOTable with QUERY_STATUS ERROR.
pub(crate) fn votable_error(error: &dyn Explain, lang: Lang) -> Response {
    let text = votable::error_document(error, lang);
    with_retry(respond(status_of(error), votable::MEDIA_TYPE, text))
}

/// A file name that is safe in a header and on a disk: no folders, no control characters, no
/// quotes, not hidden, at most 200 bytes.
pub fn safe_filename(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut safe: String = last
        .chars()
        .map(|c| if c.is_control() || "\"<>:|?*;%".contains(c) { '_' } else { c })
        .collect();
    while safe.len() > 200 {
        safe.pop();
    }
    let safe = safe.trim_start_matches('.').trim();
    if safe.is_empty() { "file".to_owned() } else { safe.to_owned() }
}

/// `Content-Disposition` with the name in ASCII and, where that differs, in UTF-8 (RFC 6266).
pub(crate) fn disposition(kind: &str, filename: &str) -> String {
    let safe = safe_filename(filename);
    let ascii: String = safe.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    if ascii == safe {
        return format!("{kind}; filename=\"{ascii}\"");
    }
    let mut encoded = String::new();
    for byte in safe.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn file_names_lose_what_is_dangerous() {
        assert_eq!(safe_filename("../../etc/passwd"), "passwd");
        assert_eq!(safe_filename("a\r\nSet-Cookie: x\".fits"), "a__Set-Cookie_ x_.fits");
        assert_eq!(safe_filename("..\\.hidden"), "hidden");
        assert_eq!(safe_filename(""), "file");
        assert_eq!(
            disposition("attachment", "天球.fits"),
            "attachment; filename=\"__.fits\"; filename*=UTF-8''%E5%A4%A9%E7%90%83.fits"
        );
    }

    #[test]
    fn a_host_that_is_none_is_not_echoed() {
        let mut headers = HeaderMap::new();
        assert_eq!(base_of(&headers), "");
        headers.insert(header::HOST, HeaderValue::from_static("archive.example:3000"));
        assert_eq!(base_of(&headers), "http://archive.example:3000");
        headers.insert(header::HOST, HeaderValue::from_static("a b<c>"));
        assert_eq!(base_of(&headers), "");
    }

    proptest! {
        #[test]
        fn any_name_fits_in_a_header(name in ".{0,300}") {
            prop_assert!(HeaderValue::from_str(&disposition("attachment", &name)).is_ok());
            prop_assert!(!safe_filename(&name).contains('/'));
        }
    }
}
