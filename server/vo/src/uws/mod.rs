//! Universal Worker Service 1.1: queries as jobs, under `/tap/async`.
//!
//! A job of somebody who has signed in, or sent a token, is theirs alone. Else its random name is
//! the key to it: the list shows a caller the jobs that were made with the same cookie; a client that
//! keeps no cookies sees an empty list and its jobs by their addresses.

mod document;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{Extensions, HeaderMap, StatusCode, header};
use tenkyu_wire::access::{Action, Kind, Resource, Rule, Scope, allowed};
use tenkyu_wire::jobs::{Job, JobFilter, NewJob, Phase};
use tenkyu_wire::messages::jobs as texts;

use crate::answer::{Asker, insert, respond, xml};
use crate::data::{Caching, Served, send};
use crate::error::{Allowed, RequestError};
use crate::form::Form;
use crate::functions;
use crate::owner::{self, Owner};
use crate::params::{Params, shorten};
use crate::tap::{makes_table, refuse};
use crate::{ServiceError, Vo, votable};

/// Name of the file of a result in its job's folder.
pub(crate) const RESULT_FILE: &str = "result";

/// Longest wait of one request (UWS 1.1 §2.2.1.1 leaves it to the service), seconds.
const LONGEST_WAIT: f64 = 120.0;

/// Parameters of the request and not of the query.
const OWN: [&str; 6] = ["PHASE", "ACTION", "WAIT", "EXECUTIONDURATION", "DESTRUCTION", "LAST"];

/// Who asks for which jobs.
struct Caller {
    asker: Asker,
    /// Address of the list of jobs.
    list: String,
    wants_json: bool,
}

impl Caller {
    fn of(vo: &Vo, uri: &http::Uri, headers: &HeaderMap) -> Caller {
        let asker = Asker::of(vo, uri, headers);
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        Caller {
            list: format!("{}/tap/async", asker.base_url),
            wants_json: accept.is_some_and(|accept| accept.contains("application/json")),
            asker,
        }
    }

    fn of_request(vo: &Vo, request: &Request) -> Caller {
        Caller::of(vo, request.uri(), request.headers())
    }

    fn of_parts(vo: &Vo, parts: &Parts) -> Caller {
        Caller::of(vo, &parts.uri, &parts.headers)
    }

    fn answer(&self, done: Result<Response, ServiceError>) -> Response {
        let as_problem = self.asker.wants_problem || self.wants_json;
        let mut response = done.unwrap_or_else(|error| refuse(&error, self.asker.lang, as_problem));
        if !response.headers().contains_key(header::CACHE_CONTROL) {
            insert(response.headers_mut(), header::CACHE_CONTROL, "no-store");
        }
        response
    }

    /// To the job, as every change of it ends (UWS 1.1 §2.2.3).
    fn to_job(&self, id: &str) -> Response {
        see_other(&format!("{}/{id}", self.list))
    }
}

/// Whether a caller may do something with a job. The name of an anonymous job is the key to it;
/// that of a person is theirs alone. Gives the person's identifier.
async fn admit(
    vo: &Vo,
    extensions: &Extensions,
    id: &str,
    action: Action,
) -> Result<Option<String>, ServiceError> {
    let owner = vo.jobs.owner(id).await?;
    let Some(person) = owner.strip_prefix("person:") else { return Ok(None) };
    let rule = Rule::of(person);
    // Nothing in such a rule depends on the time.
    let verdict =
        allowed(&owner::caller(extensions), action, &Resource::new(Kind::Query, &rule), 0);
    verdict.ok().map_err(ServiceError::new)?;
    Ok(Some(person.to_owned()))
}

fn see_other(address: &str) -> Response {
    let mut response = respond(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    insert(response.headers_mut(), header::LOCATION, address);
    response
}

fn text(value: &str) -> Response {
    respond(StatusCode::OK, "text/plain; charset=utf-8", value.to_owned())
}

fn bad(name: &'static str, value: &str, allowed: tenkyu_wire::Message) -> ServiceError {
    let allowed = Allowed::Text(allowed);
    RequestError::BadValue { name, value: shorten(value), allowed }.into()
}

/// `GET /tap/async`: the caller's jobs.
pub(crate) async fn list(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let caller = Caller::of_parts(&vo, &parts);
    let done = async {
        let filter = filter(&Params::parse(parts.uri.query().unwrap_or_default())?)?;
        let jobs = match Owner::of(&parts.extensions, &parts.headers, Scope::ReadTap)? {
            Some(owner) => vo.jobs.list(owner.key(), &filter).await?,
            None => Vec::new(),
        };
        if !caller.wants_json {
            return Ok(xml(document::jobs(&jobs, &caller.list)));
        }
        let jobs: Vec<_> =
            jobs.iter().map(|job| document::json(job, &caller.list, caller.asker.lang)).collect();
        Ok(crate::answer::json(&jobs, caller.asker.lang))
    };
    caller.answer(done.await)
}

fn filter(params: &Params) -> Result<JobFilter, ServiceError> {
    let mut filter = JobFilter::default();
    for word in params.all("PHASE") {
        // Phases of the standard that do not occur here are met by no job.
        let known = ["HELD", "SUSPENDED", "UNKNOWN", "ARCHIVED"];
        match Phase::parse(word) {
            Some(phase) => filter.phases.push(phase),
            None if known.iter().any(|known| known.eq_ignore_ascii_case(word)) => {}
            None => return Err(bad("PHASE", word, texts::ALLOWED_PHASES)),
        }
    }
    if params.all("PHASE").next().is_some() && filter.phases.is_empty() {
        filter.last = Some(0);
    }
    if let Some(text) = params.one("AFTER")? {
        let after = document::parse_time(text);
        filter.after = Some(after.ok_or_else(|| bad("AFTER", text, texts::ALLOWED_TIME))?);
    }
    if let Some(last) = params.count("LAST")? {
        filter.last = Some(filter.last.unwrap_or(u32::try_from(last).unwrap_or(u32::MAX)));
    }
    Ok(filter)
}

/// `POST /tap/async`: makes a job, and starts it with PHASE=RUN.
pub(crate) async fn create(State(vo): State<Arc<Vo>>, request: Request) -> Response {
    let caller = Caller::of_request(&vo, &request);
    let known = Owner::of(request.extensions(), request.headers(), Scope::ReadTap);
    let address = owner::limit_address(request.extensions());
    let who = owner::caller(request.extensions());
    let done = async {
        let known = known?;
        let owner = match &known {
            Some(owner) => owner.clone(),
            None => Owner::new()?,
        };
        let form = Form::read(&vo, request).await?;
        may_ask(&who, &form.params)?;
        let run = wants_run(&form.params)?;
        let modules = functions::of(&vo, known.as_ref()).await?;
        let new = NewJob {
            owner: owner.key().to_owned(),
            address,
            run_id: form.params.one("RUNID")?.map(str::to_owned),
            seconds: seconds(&form.params)?,
            destruction: destruction_of(&form.params)?,
            parameters: of_query(&form.params),
            attachments: form.files.clone(),
            functions: modules.into_iter().map(|module| (module.id, module.path)).collect(),
            lang: caller.asker.lang,
        };
        let job = vo.jobs.create(new).await?;
        if run {
            vo.jobs.enqueue(&job.id).await?;
        }
        let mut response = caller.to_job(&job.id);
        if known.is_none() {
            owner.remember(&mut response, &caller.asker.base_url);
        }
        Ok(response)
    };
    caller.answer(done.await)
}

/// A token that only reads makes no table.
fn may_ask(who: &tenkyu_wire::access::Caller, params: &Params) -> Result<(), ServiceError> {
    if makes_table(params) { owner::need(who, Scope::WriteTables) } else { Ok(()) }
}

fn of_query(params: &Params) -> Vec<(String, String)> {
    params
        .pairs()
        .filter(|(name, _)| !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn wants_run(params: &Params) -> Result<bool, ServiceError> {
    match params.one("PHASE")? {
        None => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("RUN") => Ok(true),
        Some(word) => Err(bad("PHASE", word, texts::ALLOWED_PHASE)),
    }
}

fn seconds(params: &Params) -> Result<Option<u64>, ServiceError> {
    let Some(text) = params.one("EXECUTIONDURATION")? else { return Ok(None) };
    let seconds = text.trim().parse();
    seconds.map(Some).map_err(|_| bad("EXECUTIONDURATION", text, texts::ALLOWED_SECONDS))
}

fn destruction_of(params: &Params) -> Result<Option<i64>, ServiceError> {
    let Some(text) = params.one("DESTRUCTION")? else { return Ok(None) };
    let time = document::parse_time(text);
    time.map(Some).ok_or_else(|| bad("DESTRUCTION", text, texts::ALLOWED_TIME))
}

/// WAIT and PHASE of a request that may block (UWS 1.1 §2.2.1.1).
async fn wait(vo: &Vo, id: &str, parts: &Parts) -> Result<Option<Phase>, ServiceError> {
    let params = Params::parse(parts.uri.query().unwrap_or_default())?;
    let Some(text) = params.one("WAIT")? else { return Ok(None) };
    let seconds: f64 = text.trim().parse().unwrap_or(f64::NAN);
    if !seconds.is_finite() || (seconds < 0.0 && seconds != -1.0) {
        return Err(bad("WAIT", text, texts::ALLOWED_WAIT));
    }
    let longest = if seconds < 0.0 { LONGEST_WAIT } else { seconds.min(LONGEST_WAIT) };
    let phase = match params.one("PHASE")? {
        None => None,
        Some(word) => {
            let phase = Phase::parse(word);
            Some(phase.ok_or_else(|| bad("PHASE", word, texts::ALLOWED_PHASES))?)
        }
    };
    Ok(Some(vo.jobs.wait(id, phase, Duration::from_secs_f64(longest)).await?))
}

/// `GET /tap/async/{job}`.
pub(crate) async fn job(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let caller = Caller::of_parts(&vo, &parts);
    let done = async {
        admit(&vo, &parts.extensions, &id, Action::Read).await?;
        wait(&vo, &id, &parts).await?;
        let job = vo.jobs.job(&id).await?;
        let lang = caller.asker.lang;
        Ok(if caller.wants_json {
            crate::answer::json(&document::json(&job, &caller.list, lang), lang)
        } else {
            xml(document::job(&job, &caller.list, lang))
        })
    };
    caller.answer(done.await)
}

/// `POST /tap/async/{job}` and its `/parameters`, `/phase`, `/destruction`,
/// `/executionduration`: each takes what it names, and the job itself takes all of them.
pub(crate) async fn post(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let caller = Caller::of_request(&vo, &request);
    let extensions = request.extensions().clone();
    let done = async {
        admit(&vo, &extensions, &id, Action::Write).await?;
        let form = Form::read(&vo, request).await?;
        may_ask(&owner::caller(&extensions), &form.params)?;
        let params = &form.params;
        if let Some(action) = params.one("ACTION")? {
            if !action.eq_ignore_ascii_case("DELETE") {
                return Err(bad("ACTION", action, texts::ALLOWED_ACTION));
            }
            vo.jobs.remove(&id).await?;
            return Ok(see_other(&caller.list));
        }
        // Everything is read before anything is changed.
        let (seconds, destruction) = (seconds(params)?, destruction_of(params)?);
        let abort = params.one("PHASE")?.is_some_and(|word| word.eq_ignore_ascii_case("ABORT"));
        let run = !abort && wants_run(params)?;
        let changes = of_query(params);
        if !changes.is_empty() || !form.files.is_empty() {
            vo.jobs.change(&id, changes, &form.files).await?;
        }
        if let Some(seconds) = seconds {
            vo.jobs.set_seconds(&id, seconds).await?;
        }
        if let Some(at) = destruction {
            vo.jobs.set_destruction(&id, at).await?;
        }
        if run {
            vo.jobs.enqueue(&id).await?;
        }
        if abort {
            vo.jobs.abort(&id).await?;
        }
        vo.jobs.phase(&id).await?;
        Ok(caller.to_job(&id))
    };
    caller.answer(done.await)
}

/// `DELETE /tap/async/{job}`.
pub(crate) async fn delete(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let caller = Caller::of_parts(&vo, &parts);
    let done = async {
        admit(&vo, &parts.extensions, &id, Action::Delete).await?;
        vo.jobs.remove(&id).await?;
        Ok(see_other(&caller.list))
    };
    caller.answer(done.await)
}

/// `GET /tap/async/{job}/phase`: one look into an index.
pub(crate) async fn phase(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let caller = Caller::of_parts(&vo, &parts);
    let done = async {
        admit(&vo, &parts.extensions, &id, Action::Read).await?;
        let phase = match wait(&vo, &id, &parts).await? {
            Some(phase) => phase,
            None => vo.jobs.phase(&id).await?,
        };
        Ok(text(phase.word()))
    };
    caller.answer(done.await)
}

/// One property of a job.
async fn property(
    vo: &Vo,
    id: &str,
    parts: &Parts,
    show: impl Fn(&Job, &Caller) -> Result<Response, ServiceError>,
) -> Response {
    let caller = Caller::of_parts(vo, parts);
    let done = async {
        admit(vo, &parts.extensions, id, Action::Read).await?;
        show(&vo.jobs.job(id).await?, &caller)
    };
    caller.answer(done.await)
}

/// `GET /tap/async/{job}/executionduration`: seconds.
pub(crate) async fn execution_duration(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    property(&vo, &id, &parts, |job, _| Ok(text(&job.seconds.to_string()))).await
}

/// `GET /tap/async/{job}/destruction`.
pub(crate) async fn destruction(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    property(&vo, &id, &parts, |job, _| Ok(text(&document::time(job.destruction)))).await
}

/// `GET /tap/async/{job}/quote`: empty where nobody knows.
pub(crate) async fn quote(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    property(&vo, &id, &parts, |job, _| Ok(text(&document::quote(job).unwrap_or_default()))).await
}

/// `GET /tap/async/{job}/owner`: the person's user name; empty for an anonymous job, whose cookie is a
/// key.
pub(crate) async fn owner(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let caller = Caller::of_parts(&vo, &parts);
    let done = async {
        let owner = admit(&vo, &parts.extensions, &id, Action::Read).await?;
        let person = owner::caller(&parts.extensions).person;
        // An operator, who may see it too, is not told a name that this room does not know.
        let own = person.filter(|person| owner.as_deref() == Some(person.id.as_str()));
        Ok(text(own.map(|person| person.user).unwrap_or_default().as_str()))
    };
    caller.answer(done.await)
}

/// `GET /tap/async/{job}/parameters`.
pub(crate) async fn parameters(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    property(&vo, &id, &parts, |job, _| Ok(xml(document::parameters(job)))).await
}

/// `GET /tap/async/{job}/results`.
pub(crate) async fn results(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    property(&vo, &id, &parts, |job, caller| Ok(xml(document::results(job, &caller.list)))).await
}

/// `GET /tap/async/{job}/error`: a VOTable (TAP 1.1 §2.8).
pub(crate) async fn error(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    property(&vo, &id, &parts, |job, caller| {
        let error = job.error.as_ref().ok_or(RequestError::NoJobError(job.phase))?;
        let text = votable::failure(error.text(caller.asker.lang), &error.code);
        Ok(respond(StatusCode::OK, votable::MEDIA_TYPE, text))
    })
    .await
}

fn not_there(parts: &Parts) -> ServiceError {
    RequestError::NotThere(shorten(parts.uri.path())).into()
}

/// `GET /tap/async/{job}/results/{name}`: the file, whole or in parts.
pub(crate) async fn result(
    State(vo): State<Arc<Vo>>,
    Path((id, name)): Path<(String, String)>,
    parts: Parts,
) -> Response {
    let caller = Caller::of_parts(&vo, &parts);
    let done = async {
        admit(&vo, &parts.extensions, &id, Action::Read).await?;
        let job = vo.jobs.job(&id).await?;
        if name != document::RESULT {
            return Err(not_there(&parts));
        }
        let result = job.result.as_ref().ok_or(RequestError::NoResult(job.phase))?;
        let served = Served {
            path: vo.jobs.folder(&id).join(RESULT_FILE),
            filename: result.filename.clone(),
            content_type: result.content_type.clone(),
            bytes: result.bytes,
            // A job has one result, which never changes.
            tag: job.id.clone(),
            sha256: None,
            caching: Caching::Private,
        };
        Ok(send(&served, &parts, caller.asker.lang).await)
    };
    caller.answer(done.await)
}
