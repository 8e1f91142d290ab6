//! Users' own tables: `my.name` in queries, made by `SELECT … INTO my.name`, or from a file as
//! pyvo's `create_table`, `load_table` and `remove_table` do it: a file of rows, or a VOTable or
//! `vosi:table` that only says which columns there are.
//!
//! Whose they are is told as for jobs and functions; nobody else sees, reads or removes them.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use futures::StreamExt;
use http::request::Parts;
use http::{Extensions, HeaderMap, StatusCode, header};
use tempfile::TempDir;
use tenkyu_wire::access::Scope;
use tenkyu_wire::tables::OwnTableMeta;
use tokio::io::AsyncWriteExt;

use crate::answer::{Asker, insert, json, problem_response, respond};
use crate::error::RequestError;
use crate::form::disk;
use crate::owner::Owner;
use crate::vosi::as_votable;
use crate::{ServiceError, TableChange, Vo};

/// Longest definition of a table, bytes; what is longer has rows.
const LONGEST_DEFINITION: u64 = 1 << 20;
/// Longest description of a change, bytes.
const LONGEST_CHANGE: usize = 64 << 10;

/// Media types of table files, with the ending by which formats are told that have no mark.
const FORMATS: [(&str, &str); 8] = [
    ("text/tab-separated-values", "tsv"),
    ("text/csv", "csv"),
    ("application/fits", "fits"),
    ("application/x-votable+xml", "vot"),
    ("text/xml", "vot"),
    ("application/xml", "vot"),
    ("application/vnd.apache.parquet", "parquet"),
    ("application/octet-stream", "bin"),
];

/// The key of who asks; empty for nobody, who has no tables.
fn key(extensions: &Extensions, headers: &HeaderMap) -> Result<String, ServiceError> {
    let owner = Owner::of(extensions, headers, Scope::WriteTables)?;
    Ok(owner.map(|owner| owner.key().to_owned()).unwrap_or_default())
}

fn answered(done: Result<Response, ServiceError>, asker: &Asker) -> Response {
    let mut response = done.unwrap_or_else(|error| problem_response(&error, asker.lang));
    insert(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

fn made(table: &OwnTableMeta, status: StatusCode, asker: &Asker) -> Response {
    let mut response = json(table, asker.lang);
    *response.status_mut() = status;
    let place = format!("{}/tap/tables/{}", asker.base_url, table.table.name);
    insert(response.headers_mut(), header::LOCATION, &place);
    response
}

/// `GET /tap/my`: the caller's tables with their columns, the space that they take, and its limit.
///
/// A page of ours that has no key is given one, so that its queries can make tables.
pub(crate) async fn list(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let known = Owner::of(&parts.extensions, &parts.headers, Scope::ReadTap);
    let from_page = parts.headers.get("sec-fetch-site").is_some_and(|v| v == "same-origin");
    let done = async {
        let known = known?;
        let owner = known.as_ref().map(Owner::key).unwrap_or_default();
        let mut response = json(&vo.tables.list(owner).await?, asker.lang);
        if known.is_none() && from_page {
            Owner::new()?.remember(&mut response, &asker.base_url);
        }
        Ok(response)
    };
    answered(done.await, &asker)
}

/// `PUT /tap/tables/my.name`: makes a table of the body, a file in VOTable, FITS, Parquet, CSV, TSV
/// or ECSV.
pub(crate) async fn create(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let known = Owner::of(request.extensions(), request.headers(), Scope::WriteTables);
    let done = async {
        let known = known?;
        let owner = match &known {
            Some(owner) => owner.clone(),
            None => Owner::new()?,
        };
        let file = TableFile::receive(&vo, request).await?;
        let table = vo.tables.create(owner.key(), &name, file.path.clone()).await?;
        let mut response = made(&table, StatusCode::CREATED, &asker);
        if known.is_none() {
            owner.remember(&mut response, &asker.base_url);
        }
        Ok(response)
    };
    answered(done.await, &asker)
}

/// `POST /tap/load/my.name`: adds the rows of the body to a table, columns by name.
pub(crate) async fn load(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let owner = key(request.extensions(), request.headers());
    let done = async {
        let owner = owner?;
        let file = TableFile::receive(&vo, request).await?;
        let table = vo.tables.append(&owner, &name, file.path.clone()).await?;
        Ok(made(&table, StatusCode::OK, &asker))
    };
    answered(done.await, &asker)
}

/// `PATCH /tap/my/my.name` with `{"name": …, "description": …}`.
pub(crate) async fn describe(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let owner = key(request.extensions(), request.headers());
    let done = async {
        let owner = owner?;
        let body = axum::body::to_bytes(request.into_body(), LONGEST_CHANGE).await;
        let body = body.map_err(|e| bad(&e))?;
        let change: TableChange = serde_json::from_slice(&body).map_err(|e| bad(&e))?;
        let table = vo.tables.describe(&owner, &name, &change).await?;
        Ok(made(&table, StatusCode::OK, &asker))
    };
    answered(done.await, &asker)
}

/// `DELETE /tap/tables/my.name`.
pub(crate) async fn remove(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    parts: Parts,
) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let done = async {
        vo.tables.remove(&key(&parts.extensions, &parts.headers)?, &name).await?;
        Ok(respond(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", Body::empty()))
    };
    answered(done.await, &asker)
}

/// A file that came with a request. It is removed with this value.
struct TableFile {
    path: PathBuf,
    _folder: TempDir,
}

impl TableFile {
    async fn receive(vo: &Vo, request: Request) -> Result<TableFile, ServiceError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        // No type that a form on a page elsewhere can send.
        let ending = FORMATS.iter().find(|(name, _)| *name == kind);
        let Some((_, ending)) = ending else {
            return Err(RequestError::NoTableBody.into());
        };
        let folder = TempDir::new_in(&vo.scratch).map_err(disk)?;
        let path = folder.path().join(format!("table.{ending}"));
        write(vo, request, &path).await?;
        if *ending == "vot" {
            define(&path).await?;
        }
        Ok(TableFile { path, _folder: folder })
    }
}

/// Makes a VOTable of a `vosi:table`.
async fn define(path: &FilePath) -> Result<(), ServiceError> {
    let bytes = tokio::fs::metadata(path).await.map_err(disk)?.len();
    if bytes > LONGEST_DEFINITION {
        return Ok(());
    }
    // What is no text is refused when it is read as a VOTable.
    let Ok(text) = tokio::fs::read_to_string(path).await else { return Ok(()) };
    match as_votable(&text) {
        Ok(Some(votable)) => tokio::fs::write(path, votable).await.map_err(disk),
        Ok(None) => Ok(()),
        Err(text) => Err(RequestError::BadDefinition(text).into()),
    }
}

async fn write(vo: &Vo, request: Request, path: &FilePath) -> Result<(), ServiceError> {
    let mut file = tokio::fs::File::create(path).await.map_err(disk)?;
    let mut chunks = request.into_body().into_data_stream();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|e| bad(&e))?;
        bytes += chunk.len() as u64;
        if bytes > vo.limits.upload_bytes {
            return Err(RequestError::UploadTooLarge(vo.limits.upload_bytes).into());
        }
        file.write_all(&chunk).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)
}

fn bad(error: &dyn std::fmt::Display) -> ServiceError {
    RequestError::BadBody(error.to_string()).into()
}
