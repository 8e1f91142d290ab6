//! The page's files: modules, scripts, style sheet, icons, each beside its compressed forms.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::App;
use super::security::FILE_POLICY;

/// The file at this address, or `None` where there is none.
pub(super) async fn file(app: &App, parts: &Parts) -> Option<Response> {
    if !matches!(parts.method, Method::GET | Method::HEAD) || hidden(parts.uri.path()) {
        return None;
    }
    let mut asked = Request::new(Body::empty());
    *asked.method_mut() = parts.method.clone();
    *asked.uri_mut() = parts.uri.clone();
    *asked.headers_mut() = parts.headers.clone();
    // The validator below knows the length too; a date of whole seconds alone may mislead.
    asked.headers_mut().remove(header::IF_MODIFIED_SINCE);
    let files = ServeDir::new(&app.config.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let response = files.oneshot(asked).await.ok()?;
    if !matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
        return None;
    }
    Some(with_validator(response.map(Body::new), parts))
}

/// Files whose names begin with a dot are nobody's business.
fn hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part.starts_with("%2e"))
}

fn with_validator(mut response: Response, parts: &Parts) -> Response {
    let etag = etag(response.headers());
    let path = parts.uri.path();
    let caching = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = parts
        .headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag));
    if known && response.status() == StatusCode::OK {
        *response.body_mut() = Body::empty();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    // Pages of other origins load the embedding script and its modules.
    let any = HeaderName::from_static("access-control-allow-origin");
    headers.insert(any, HeaderValue::from_static("*"));
    response
}

/// A weak validator of when the file was written, how long it is and how it is packed.
fn etag(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or("");
    let parts = [header::LAST_MODIFIED, header::CONTENT_LENGTH, header::CONTENT_ENCODING].map(text);
    let plain: String =
        parts.join("-").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("W/\"{plain}\"")
}

/// Whether a name carries a hash of its content: `name-0123456789abcdef.ext` or longer.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.rsplit_once('-')
        .is_some_and(|(_, hash)| hash.len() >= 16 && hash.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_told_from_others() {
        assert!(is_hashed("/pkg/tables-0123456789abcdef.wasm"));
        assert!(!is_hashed("/pkg/portal_bg.wasm"));
        assert!(!is_hashed("/pkg/long-name-of-nothing.js"));
    }

    #[test]
    fn dot_files_are_hidden() {
        assert!(hidden("/.git/config") && hidden("/a/%2e%2e/b") && !hidden("/pkg/portal.js"));
    }
}
