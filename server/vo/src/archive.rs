//! The archive's own services: an observation with all that is known of it, and names.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::request::Parts;

use crate::answer::{Asker, json, problem_response};
use crate::error::RequestError;
use crate::params::{Params, shorten};
use crate::{ServiceError, Vo};

/// Completions that are answered at most.
const COMPLETIONS: usize = 20;

/// Longest text that the resolver is asked, characters.
const LONGEST: usize = 500;

/// `/archive/observations/{id}`: a [`tenkyu_wire::observation::Observation`].
pub(crate) async fn observation(
    State(vo): State<Arc<Vo>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    let lang = Asker::of_parts(&vo, &parts).lang;
    match vo.observations.observation(&id).await {
        Ok(Some(found)) => json(&found, lang),
        Ok(None) => problem_response(&RequestError::NoObservation(shorten(&id)), lang),
        Err(error) => problem_response(&error, lang),
    }
}

/// `/resolve?q=`: a [`tenkyu_wire::resolve::Resolution`]; an unknown name is no error.
pub(crate) async fn resolve(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let lang = Asker::of_parts(&vo, &parts).lang;
    let answer = async {
        let text = question(&parts)?;
        vo.resolver.resolve(&text).await
    };
    match answer.await {
        Ok(resolution) => json(&resolution, lang),
        Err(error) => problem_response(&error, lang),
    }
}

/// `/resolve/complete?q=`: a list of [`tenkyu_wire::resolve::Target`].
pub(crate) async fn complete(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let lang = Asker::of_parts(&vo, &parts).lang;
    let answer = async {
        let text = question(&parts)?;
        vo.resolver.complete(&text, COMPLETIONS).await
    };
    match answer.await {
        Ok(targets) => json(&targets, lang),
        Err(error) => problem_response(&error, lang),
    }
}

fn question(parts: &Parts) -> Result<String, ServiceError> {
    let params = Params::parse(parts.uri.query().unwrap_or_default())?;
    Ok(params.required("q")?.chars().take(LONGEST).collect())
}
