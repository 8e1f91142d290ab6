//! Table Access Protocol 1.1: synchronous queries, examples.

mod examples;
mod request;
mod stream;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{StatusCode, header};
use tenkyu_wire::{Explain, Lang};
use tokio_util::sync::CancellationToken;

use crate::answer::{Asker, disposition, insert, problem_response, respond, votable_error};
use crate::error::RequestError;
use crate::layout::Layout;
use crate::params::Params;
use crate::{ServiceError, TapQuery, Vo};
pub(crate) use examples::{examples, landing};
use request::SyncRequest;
use stream::{Answer, Budget};

/// `/tap/sync`: one query, answered in this response.
pub(crate) async fn sync(State(vo): State<Arc<Vo>>, request: Request) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let params = match Params::from_request(request).await {
        Ok(params) => params,
        Err(error) => return refuse(&error, asker.lang, asker.wants_problem),
    };
    let as_problem = asker.wants_problem || request::errors_as_json(&params);
    match answer(&vo, &params, asker.lang).await {
        Ok(response) => response,
        Err(error) => refuse(&error, asker.lang, as_problem),
    }
}

fn refuse(error: &dyn Explain, lang: Lang, as_problem: bool) -> Response {
    if as_problem { problem_response(error, lang) } else { votable_error(error, lang) }
}

async fn answer(vo: &Vo, params: &Params, lang: Lang) -> Result<Response, ServiceError> {
    let request = SyncRequest::parse(params)?;
    let limits = &vo.limits;
    let limit = request.max_rows.unwrap_or(limits.default_rows).min(limits.hard_rows);
    let permit = vo
        .slots
        .clone()
        .try_acquire_owned()
        .map_err(|_| RequestError::Busy { limit: limits.concurrent })?;

    let cancel = CancellationToken::new();
    // Dropped with this future or with the answer's producer: either way nobody waits any more.
    let guard = cancel.clone().drop_guard();
    let mut budget = Budget::new(limits.seconds);
    let query = TapQuery {
        adql: request.query.to_owned(),
        // One row more tells whether there are more.
        max_rows: Some(limit.saturating_add(1)),
        snapshot: request.snapshot.map(str::to_owned),
        cancel,
    };
    let result = budget.spend(vo.tap.query(query)).await??;
    let layout = Layout::of(&result, limit)?;
    let encoder = request.format.encoder(&layout, lang).map_err(ServiceError::internal)?;
    let mut answer = Answer::new(result.batches, layout, encoder, budget, limits, lang);
    // The first rows before the status line: most errors still become a proper answer.
    answer.wait_for_first().await?;

    let mut response =
        respond(StatusCode::OK, request.format.content_type(), answer.into_body(permit, guard));
    let info = request.format.info();
    let headers = response.headers_mut();
    let kind = if info.ivo_id.is_empty() { "attachment" } else { "inline" };
    let filename = format!("result.{}", info.extension);
    insert(headers, header::CONTENT_DISPOSITION, &disposition(kind, &filename));
    insert(headers, header::CACHE_CONTROL, "no-store");
    insert(headers, header::TRAILER, stream::OVERFLOW_TRAILER);
    insert(headers, header::HeaderName::from_static("tenkyu-maxrec"), &limit.to_string());
    Ok(response)
}

/// `/tap/async`: not offered, and said so.
pub(crate) async fn no_async(State(vo): State<Arc<Vo>>, request: Request) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let error = RequestError::NoAsync { sync: format!("{}/tap/sync", asker.base_url) };
    refuse(&error, asker.lang, asker.wants_problem)
}
