//! Table Access Protocol 1.1: queries in the answer or as jobs, uploads, examples.

mod examples;
mod job;
mod request;
mod stream;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{StatusCode, header};
use tenkyu_wire::tables::ColumnMeta;
use tenkyu_wire::{Explain, Lang};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::{CancellationToken, DropGuard};

use tenkyu_wire::access::Scope;

use crate::answer::{Asker, disposition, insert, problem_response, respond, votable_error};
use crate::error::RequestError;
use crate::form::Form;
use crate::formats::FormatInfo;
use crate::functions;
use crate::layout::Layout;
use crate::owner::{self, Owner};
use crate::{ModuleFile, Scanned, ServiceError, TapQuery, Upload, Vo};
pub(crate) use examples::{examples, landing};
pub use job::run_job;
pub(crate) use request::{QueryRequest, makes_table};
use stream::{Answer, Budget};

/// `/tap/sync`: one query, answered in this response.
pub(crate) async fn sync(State(vo): State<Arc<Vo>>, request: Request) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let owner = match Owner::of(request.extensions(), request.headers(), Scope::ReadTap) {
        Ok(owner) => owner,
        Err(error) => return refuse(&error, asker.lang, asker.wants_problem),
    };
    let may_write = request.method() == http::Method::POST;
    let caller = owner::caller(request.extensions());
    let mut form = match Form::read(&vo, request).await {
        Ok(form) => form,
        Err(error) => return refuse(&error, asker.lang, asker.wants_problem),
    };
    let as_problem = asker.wants_problem || request::errors_as_json(&form.params);
    if makes_table(&form.params)
        && let Err(error) = owner::need(&caller, Scope::WriteTables)
    {
        return refuse(&error, asker.lang, as_problem);
    }
    match answer(&vo, &mut form, (owner, may_write), asker.lang).await {
        Ok(response) => response,
        Err(error) => refuse(&error, asker.lang, as_problem),
    }
}

/// An error in the form that the client reads.
pub(crate) fn refuse(error: &dyn Explain, lang: Lang, as_problem: bool) -> Response {
    if as_problem { problem_response(error, lang) } else { votable_error(error, lang) }
}

async fn answer(
    vo: &Vo,
    form: &mut Form,
    (owner, may_write): (Option<Owner>, bool),
    lang: Lang,
) -> Result<Response, ServiceError> {
    QueryRequest::parse(&form.params)?;
    let functions = functions::of(vo, owner.as_ref()).await?;
    let owner = owner.map(|owner| owner.key().to_owned());
    let sources = upload::sources(&form.params)?;
    let run = Run::begin(vo).await?;
    let mut budget = Budget::new(vo.limits.seconds);
    let mut uploads = Vec::new();
    if !sources.is_empty() {
        let folder = form.folder(&vo.scratch)?;
        let parts = upload::Parts { files: &form.files, params: &form.params };
        uploads = budget.spend(upload::gather(vo, sources, &parts, &folder)).await??;
    }
    let request = QueryRequest::parse(&form.params)?;
    let cancel = run.cancel.clone();
    let relabel = &|_: &mut [ColumnMeta]| {};
    let ask = Ask {
        request: &request,
        uploads,
        functions,
        owner,
        may_write,
        seconds: None,
        long: false,
        relabel,
        cancel,
    };
    run.respond(vo, ask, budget, lang).await
}

/// Answers a query of another protocol. `relabel` may change how columns are described.
pub(crate) async fn stream_query(
    vo: &Vo,
    request: &QueryRequest<'_>,
    relabel: &Relabel<'_>,
    lang: Lang,
) -> Result<Response, ServiceError> {
    let run = Run::begin(vo).await?;
    let cancel = run.cancel.clone();
    let (uploads, functions) = (Vec::new(), Vec::new());
    let ask = Ask {
        request,
        uploads,
        functions,
        owner: None,
        may_write: false,
        seconds: None,
        long: false,
        relabel,
        cancel,
    };
    run.respond(vo, ask, Budget::new(vo.limits.seconds), lang).await
}

/// Changes how the columns of an answer are described.
pub(crate) type Relabel<'a> = dyn Fn(&mut [ColumnMeta]) + Send + Sync + 'a;

/// A query that is about to start.
struct Ask<'a> {
    request: &'a QueryRequest<'a>,
    uploads: Vec<Upload>,
    functions: Vec<ModuleFile>,
    owner: Option<String>,
    may_write: bool,
    seconds: Option<u64>,
    /// Whether it waited in the long queue.
    long: bool,
    relabel: &'a Relabel<'a>,
    cancel: CancellationToken,
}

/// A place among the queries that run at the same time.
struct Run {
    permit: OwnedSemaphorePermit,
    cancel: CancellationToken,
    /// Dropped with this value or with the answer's producer: either way nobody waits any more.
    guard: DropGuard,
}

impl Run {
    /// Waits for a place, first come first served.
    async fn begin(vo: &Vo) -> Result<Run, RequestError> {
        let permit = Self::place(vo).await;
        let permit = permit.ok_or(RequestError::Busy { limit: vo.limits.concurrent })?;
        let cancel = CancellationToken::new();
        let guard = cancel.clone().drop_guard();
        Ok(Run { permit, cancel, guard })
    }

    async fn place(vo: &Vo) -> Option<OwnedSemaphorePermit> {
        let slots = vo.slots.clone();
        if let Ok(permit) = slots.clone().try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = vo.queue.try_acquire().ok()?;
        let patience = Duration::from_secs(vo.limits.patience_seconds);
        tokio::time::timeout(patience, slots.acquire_owned()).await.ok()?.ok()
    }

    async fn respond(
        self,
        vo: &Vo,
        ask: Ask<'_>,
        budget: Budget,
        lang: Lang,
    ) -> Result<Response, ServiceError> {
        let (mut answer, info, _) = start(vo, ask, budget, lang).await?;
        // The first rows before the status line: most errors still become a proper answer.
        answer.wait_for_first().await?;

        let limit = answer.limit();
        let body = answer.into_body(self.permit, self.guard);
        let mut response = respond(StatusCode::OK, info.format.content_type(), body);
        let headers = response.headers_mut();
        let kind = if info.ivo_id.is_empty() { "attachment" } else { "inline" };
        let filename = format!("result.{}", info.extension);
        insert(headers, header::CONTENT_DISPOSITION, &disposition(kind, &filename));
        insert(headers, header::CACHE_CONTROL, "no-store");
        insert(headers, header::TRAILER, stream::OVERFLOW_TRAILER);
        insert(headers, header::HeaderName::from_static("tenkyu-maxrec"), &limit.to_string());
        Ok(response)
    }
}

/// Plans and starts a query.
async fn start(
    vo: &Vo,
    ask: Ask<'_>,
    mut budget: Budget,
    lang: Lang,
) -> Result<(Answer, FormatInfo, Option<Scanned>), ServiceError> {
    let limits = &vo.limits;
    let request = ask.request;
    let limit = request.max_rows.unwrap_or(limits.default_rows).min(limits.hard_rows);
    let query = TapQuery {
        adql: request.query.to_owned(),
        // One row more tells whether there are more.
        max_rows: Some(limit.saturating_add(1)),
        snapshot: request.snapshot.map(str::to_owned),
        seconds: ask.seconds,
        uploads: ask.uploads,
        functions: ask.functions,
        owner: ask.owner,
        may_write: ask.may_write,
        long: ask.long,
        cancel: ask.cancel,
    };
    let mut result = budget.spend(vo.tap.query(query)).await??;
    (ask.relabel)(&mut result.columns);
    let layout = Layout::of(&result, limit)?;
    let encoder = request.format.encoder(&layout, lang, &vo.scratch);
    let encoder = encoder.map_err(ServiceError::internal)?;
    let answer = Answer::new(result.batches, layout, encoder, budget, limits, lang);
    Ok((answer, request.format.info(), result.scanned))
}
