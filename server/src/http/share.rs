//! `/s`: views under short links.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::json;
use tenkyu_vo::{ServiceError, lang, problem_response};
use tenkyu_wire::access::{Caller, Denial, Reason, Scope, Via};
use tenkyu_wire::messages::workspace as text;
use tenkyu_wire::view::Fields;
use tenkyu_wire::{Explain, Lang};
use tenkyu_workspace::{NewView, WorkspaceError};

use super::App;

/// What can be wrong with a request for a saved view.
#[derive(Debug, thiserror::Error)]
enum ShareError {
    #[error("the body is not the JSON of a view: {0}")]
    NotJson(String),
    #[error("no saved view {0}")]
    NoView(String),
}

impl Explain for ShareError {
    fn code(&self) -> &'static str {
        match self {
            ShareError::NotJson(_) => "view-body",
            ShareError::NoView(_) => "view-unknown",
        }
    }
    fn detail(&self, lang: Lang) -> String {
        match self {
            ShareError::NotJson(_) => text::NOT_JSON.text(lang).to_owned(),
            ShareError::NoView(id) => text::NO_VIEW.with(lang, &[("id", id)]),
        }
    }
    fn help(&self, lang: Lang) -> Option<String> {
        match self {
            ShareError::NotJson(_) => None,
            ShareError::NoView(_) => Some(text::NO_VIEW_HELP.text(lang).to_owned()),
        }
    }
    fn status(&self) -> u16 {
        match self {
            ShareError::NotJson(_) => 400,
            ShareError::NoView(_) => 404,
        }
    }
}

/// `POST /s` with `{"path", "query", "title"?}`: keeps the view with the snapshots of the tables
/// that it shows, and answers `{"id", "url", "snapshots"}`.
pub(super) async fn save(State(app): State<Arc<App>>, parts: Parts, body: Bytes) -> Response {
    let lang = lang(parts.uri.query(), &parts.headers);
    match keep(&app, &parts, &body).await {
        Ok(response) => response,
        Err(error) => problem_response(&error, lang),
    }
}

async fn keep(app: &App, parts: &Parts, body: &[u8]) -> Result<Response, ServiceError> {
    let headers = &parts.headers;
    let owner = owner(parts, Scope::WriteFiles)?;
    let refuse = |why: String| ServiceError::new(ShareError::NotJson(why));
    // A form on a page of another origin cannot send this type unasked.
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(refuse(format!("content type {kind:?}")));
    }
    let mut view: NewView =
        serde_json::from_slice(body).map_err(|error| refuse(error.to_string()))?;
    view.snapshots = snapshots(app, &view.query).await?;
    let saved = app.rooms.workspace.save(&view).await.map_err(outward)?;
    if let Some(owner) = owner {
        app.rooms.workspace.own_view(&saved, &owner).await.map_err(outward)?;
    }
    let url = format!("/s/{}", saved.id);
    let answer = json!({ "id": saved.id, "url": url, "snapshots": saved.snapshots });
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    if let Ok(location) = HeaderValue::from_str(&url) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The snapshots of the tables that the view's query names: those that the view itself is tied
/// to, else the current ones.
async fn snapshots(app: &App, query: &str) -> Result<BTreeMap<String, String>, ServiceError> {
    let fields = Fields::new(query);
    let adql = fields.text("adql").unwrap_or_default().to_ascii_lowercase();
    let pinned: BTreeMap<String, String> = fields
        .text("snapshot")
        .unwrap_or_default()
        .split(',')
        .filter_map(|part| part.trim().split_once('@'))
        .map(|(table, snapshot)| (table.to_ascii_lowercase(), snapshot.to_owned()))
        .collect();
    if adql.is_empty() {
        return Ok(BTreeMap::new());
    }
    let schemas = app.rooms.vo.tap.schemas().await?;
    Ok(schemas
        .into_iter()
        .flat_map(|schema| schema.tables)
        .filter(|table| names_table(&adql, &table.name.to_ascii_lowercase()))
        .filter_map(|table| {
            let tied = pinned.get(&table.name.to_ascii_lowercase()).cloned();
            Some((table.name, tied.or(table.snapshot)?))
        })
        .collect())
}

/// Whether a query in lower case names a table, as a word of its own.
fn names_table(adql: &str, table: &str) -> bool {
    let plain: String = adql.chars().filter(|c| *c != '"').collect();
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    plain.match_indices(table).any(|(at, _)| {
        let before = plain.get(..at).and_then(|text| text.chars().next_back());
        let after = plain.get(at + table.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The person who asks, who may list and remove their views; nobody for the anonymous, whose views
/// stay for whoever has their links.
fn owner(parts: &Parts, scope: Scope) -> Result<Option<String>, ServiceError> {
    let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
    if caller.via == Via::Token && !caller.scopes.has(scope) {
        let reason = Reason::Scope(scope);
        let denial = Denial { reason, until: None, owner: None, groups: Vec::new() };
        return Err(ServiceError::new(denial));
    }
    Ok(caller.owner_key())
}

/// `GET /s`: the person's views, newest first.
pub(super) async fn list(State(app): State<Arc<App>>, parts: Parts) -> Response {
    let lang = lang(parts.uri.query(), &parts.headers);
    let done = async {
        match owner(&parts, Scope::ReadFiles)? {
            Some(owner) => app.rooms.workspace.views(&owner).await.map_err(outward),
            None => Ok(Vec::new()),
        }
    };
    match done.await {
        Ok(views) => ([(header::CACHE_CONTROL, "no-store")], Json(views)).into_response(),
        Err(error) => problem_response(&error, lang),
    }
}

/// `DELETE /s/{id}`: removes one of the person's views.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let lang = lang(parts.uri.query(), &parts.headers);
    let short: String = id.chars().take(40).collect();
    let done = async {
        let owner = owner(&parts, Scope::WriteFiles)?.unwrap_or_default();
        app.rooms.workspace.remove_view(&owner, &short).await.map_err(outward)
    };
    match done.await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => problem_response(&ShareError::NoView(short), lang),
        Err(error) => problem_response(&error, lang),
    }
}

/// `GET /s/{id}`: to where the view is; as JSON for programs that ask for it.
pub(super) async fn open(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let lang = lang(uri.query(), &headers);
    let short: String = id.chars().take(40).collect();
    let found = match app.rooms.workspace.view(&short).await {
        Ok(Some(found)) => found,
        Ok(None) => return problem_response(&ShareError::NoView(short), lang),
        Err(error) => return problem_response(&outward(error), lang),
    };
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.starts_with("application/json") {
        return Json(found).into_response();
    }
    match HeaderValue::from_str(&found.address()) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(error) => problem_response(&ServiceError::internal(error), lang),
    }
}

fn outward(error: WorkspaceError) -> ServiceError {
    if error.is_internal() {
        ServiceError::internal(anyhow::Error::from(error).to_string())
    } else {
        ServiceError::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_as_words() {
        let adql = "select * from gaia.dr3 as a join \"hip\".\"main\" on 1=1";
        assert!(names_table(adql, "gaia.dr3") && names_table(adql, "hip.main"));
        assert!(!names_table(adql, "gaia.dr"));
        assert!(!names_table("select x from mygaia.dr3", "gaia.dr3"));
        assert!(names_table("select gaia.dr3.ra from gaia.dr3", "gaia.dr3"));
    }
}
