//! Users' own functions, under `/tap/functions`: WebAssembly modules that queries of the same
//! owner call as `my.name(…)`.
//!
//! Whose they are is told by the cookie that jobs have too; nobody else sees, uses or removes them.
//! TAPRegExt does not list them: capabilities are those of the service, and clients keep them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::{Value, json};
use tenkyu_wire::access::Scope;
use tenkyu_wire::functions::ModuleMeta;

use crate::answer::{Asker, insert, json, problem_response, respond, safe_filename};
use crate::data::{Caching, Served, send};
use crate::error::RequestError;
use crate::owner::Owner;
use crate::params::Params;
use crate::{ModuleFile, ServiceError, Vo};

const MEDIA_TYPE: &str = "application/wasm";

/// Name of a module that was sent without one.
const UNNAMED: &str = "functions.wasm";

/// The functions that queries of an owner may call.
pub(crate) async fn of(vo: &Vo, owner: Option<&Owner>) -> Result<Vec<ModuleFile>, ServiceError> {
    let Some(owner) = owner else { return Ok(Vec::new()) };
    let modules = vo.functions.list(owner.key()).await?;
    let file =
        |module: ModuleMeta| ModuleFile { path: vo.functions.file(&module.id), id: module.id };
    Ok(modules.into_iter().map(file).collect())
}

/// The key of a caller. Without one nothing is found.
fn key(parts: &Parts, scope: Scope) -> Result<String, ServiceError> {
    let owner = Owner::of(&parts.extensions, &parts.headers, scope)?;
    Ok(owner.map(|owner| owner.key().to_owned()).unwrap_or_default())
}

fn answered(done: Result<Response, ServiceError>, asker: &Asker) -> Response {
    let mut response = done.unwrap_or_else(|error| problem_response(&error, asker.lang));
    if !response.headers().contains_key(header::CACHE_CONTROL) {
        insert(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    }
    response
}

fn described(module: &ModuleMeta, asker: &Asker) -> Value {
    let mut value = json!(module);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("url".to_owned(), json!(address(module, asker)));
    }
    value
}

fn address(module: &ModuleMeta, asker: &Asker) -> String {
    format!("{}/tap/functions/{}", asker.base_url, module.id)
}

/// `GET /tap/functions`: the caller's modules with their functions, newest first.
pub(crate) async fn list(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let done = async {
        let modules = vo.functions.list(&key(&parts, Scope::ReadTap)?).await?;
        let modules: Vec<Value> = modules.iter().map(|one| described(one, &asker)).collect();
        Ok(json(&modules, asker.lang))
    };
    answered(done.await, &asker)
}

/// `POST /tap/functions?name=photoz.wasm`: keeps a module, which is the body or a file in a form. A
/// module of the same name is replaced. 201 for a new one, 200 for one that was there.
pub(crate) async fn add(State(vo): State<Arc<Vo>>, request: Request) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    let known = Owner::of(request.extensions(), request.headers(), Scope::WriteTables);
    let done = async {
        let known = known?;
        let owner = match &known {
            Some(owner) => owner.clone(),
            None => Owner::new()?,
        };
        let (name, module) = body(&vo, request).await?;
        let (module, is_new) = vo.functions.add(owner.key(), &name, module).await?;
        let mut response = json(&described(&module, &asker), asker.lang);
        if is_new {
            *response.status_mut() = StatusCode::CREATED;
        }
        insert(response.headers_mut(), header::LOCATION, &address(&module, &asker));
        if known.is_none() {
            owner.remember(&mut response, &asker.base_url);
        }
        Ok(response)
    };
    answered(done.await, &asker)
}

/// `GET /tap/functions/{id}`: the module itself.
pub(crate) async fn module(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let done = async {
        let module = vo.functions.module(&key(&parts, Scope::ReadTap)?, &id).await?;
        let served = Served {
            path: vo.functions.file(&module.id),
            filename: module.name,
            content_type: MEDIA_TYPE.to_owned(),
            bytes: module.bytes,
            tag: module.id.clone(),
            sha256: Some(module.id),
            caching: Caching::Private,
        };
        Ok(send(&served, &parts, asker.lang).await)
    };
    answered(done.await, &asker)
}

/// `DELETE /tap/functions/{id}`. Jobs that were made with the module keep it.
pub(crate) async fn remove(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let done = async {
        vo.functions.remove(&key(&parts, Scope::WriteTables)?, &id).await?;
        Ok(respond(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", Body::empty()))
    };
    answered(done.await, &asker)
}

/// The name and the bytes of a module.
async fn body(vo: &Vo, request: Request) -> Result<(String, Bytes), ServiceError> {
    let params = Params::parse(request.uri().query().unwrap_or_default())?;
    let name = params.one("name")?.map(str::to_owned);
    let named =
        |given: Option<String>| safe_filename(&name.or(given).unwrap_or(UNNAMED.to_owned()));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().trim_start().to_ascii_lowercase();
    let limit = usize::try_from(vo.functions.longest()).unwrap_or(usize::MAX);
    if kind.starts_with("multipart/form-data") {
        let mut parts = Multipart::from_request(request, &()).await.map_err(|e| bad(&e))?;
        while let Some(part) = parts.next_field().await.map_err(|e| bad(&e))? {
            if let Some(file) = part.file_name().map(str::to_owned) {
                return Ok((named(Some(file)), gather(part, limit).await?));
            }
        }
        return Err(RequestError::NoModuleBody.into());
    }
    // Not of a form on a page elsewhere, which can send few types.
    if !kind.starts_with(MEDIA_TYPE) && !kind.starts_with("application/octet-stream") {
        return Err(RequestError::NoModuleBody.into());
    }
    Ok((named(None), gather(request.into_body().into_data_stream(), limit).await?))
}

/// Bytes as they come, up to the first beyond the limit: that one is enough to refuse them.
async fn gather<E: std::fmt::Display>(
    chunks: impl Stream<Item = Result<Bytes, E>>,
    limit: usize,
) -> Result<Bytes, ServiceError> {
    let mut chunks = std::pin::pin!(chunks);
    let mut bytes = Vec::new();
    while bytes.len() <= limit {
        let Some(chunk) = chunks.next().await else { break };
        bytes.extend_from_slice(&chunk.map_err(|e| bad(&e))?);
    }
    Ok(bytes.into())
}

fn bad(error: &dyn std::fmt::Display) -> ServiceError {
    RequestError::BadBody(error.to_string()).into()
}
