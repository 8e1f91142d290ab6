//! Headers that every answer carries.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::App;

/// What the page may not use.
const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), \
     interest-cohort=()";

/// The path below which pages may stand in frames of other origins.
const EMBED: &str = "/embed/";

/// Adds the headers to an answer. A page has set its policy with its nonce already.
pub(super) async fn headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let embedded = request.uri().path().starts_with(EMBED);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    set(headers, header::SERVER, concat!("Tenkyu/", env!("CARGO_PKG_VERSION")));
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        // Not a page of ours: nothing in it may run or load anything.
        let policy = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";
        set(headers, header::CONTENT_SECURITY_POLICY, policy);
    }
    if !embedded {
        set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
    // Public data and the embedding script are there for other origins too.
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    if app.config.base_url.as_deref().is_some_and(|url| url.starts_with("https:")) {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// The policy of a page: its own scripts, the inline ones with this answer's nonce, WebAssembly;
/// no inline style, no other origin.
pub(super) fn page_policy(nonce: &str, frame_ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; connect-src 'self'; \
         worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors {frame_ancestors}"
    )
}

/// The policy of the page's files. A worker is bound by that of its own script, and needs to fetch
/// and to compile modules.
pub(super) const FILE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     connect-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Who may show the page of this path in a frame.
pub(super) fn frame_ancestors(path: &str, embed_origins: &[String]) -> String {
    if path.starts_with(EMBED) { embed_origins.join(" ") } else { "'self'".to_owned() }
}
