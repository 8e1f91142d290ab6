//! Addresses at which there is nothing, and faults of ours.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header;
use tenkyu_vo::{ServiceError, lang, problem_response};
use tenkyu_wire::messages::errors;
use tenkyu_wire::{Explain, Lang};

use super::{App, pages, site};

/// Nothing is at this address.
#[derive(Debug, thiserror::Error)]
#[error("nothing at {0}")]
pub(super) struct NotFound(pub(super) String);

impl Explain for NotFound {
    fn code(&self) -> &'static str {
        "not-found"
    }
    fn detail(&self, lang: Lang) -> String {
        errors::NOT_FOUND.with(lang, &[("path", &self.0)])
    }
    fn help(&self, lang: Lang) -> Option<String> {
        Some(errors::NOT_FOUND_HELP.text(lang).to_owned())
    }
    fn status(&self) -> u16 {
        404
    }
}

/// A file of the page; else a page for browsers and a problem for programs.
pub(super) async fn fallback(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(file) = site::file(&app, &parts).await {
        return file;
    }
    let headers = &parts.headers;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if parts.method == http::Method::GET && accept.is_some_and(|a| a.contains("text/html")) {
        return pages::missing(&app, Request::from_parts(parts, body)).await;
    }
    let lang = lang(parts.uri.query(), headers);
    let path = parts.uri.path().chars().take(200).collect();
    problem_response(&NotFound(path), lang)
}

/// Nothing has a NUL in its name, and no database that we know would take one as a key.
pub(super) async fn without_nul(request: Request, next: Next) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    if uri.path().contains("%00") {
        let path = uri.path().chars().take(200).collect();
        return problem_response(&NotFound(path), lang(uri.query(), headers));
    }
    next.run(request).await
}

/// A panic is a fault of ours: it is logged, and the client is told a number.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text");
    problem_response(&ServiceError::internal(format!("panic: {text}")), Lang::En)
}
