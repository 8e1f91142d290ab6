//! `/account/…`: signing in, one's own account, groups and people, in JSON.

mod groups;
mod operator;
mod own;
mod ways_in;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenkyu_vo::{ServiceError, lang, limit_address, problem_response};
use tenkyu_wire::access::Caller;
use tenkyu_wire::messages::accounts as text;
use tenkyu_wire::{Explain, Lang};

use super::App;
use super::identity::{now, outward};

/// The routes; what each needs is in `rules`.
pub(super) fn table() -> Vec<(&'static str, MethodRouter<Arc<App>>)> {
    vec![
        ("/account/sign-in", post(ways_in::sign_in)),
        ("/account/sign-out", post(ways_in::sign_out)),
        ("/account/apply", post(ways_in::apply)),
        ("/account/reset", post(ways_in::reset)),
        ("/account/operator", post(ways_in::operator)),
        ("/account/me", get(own::me).put(own::describe)),
        ("/account/password", post(own::password)),
        ("/account/sign-out-everywhere", post(own::sign_out_everywhere)),
        ("/account/sessions", get(own::sessions)),
        ("/account/sessions/{session}", delete(own::end_session)),
        ("/account/tokens", get(own::tokens).post(own::mint)),
        ("/account/tokens/{token}", delete(own::revoke)),
        ("/account/groups", get(groups::list).post(groups::create)),
        ("/account/groups/{group}", get(groups::one)),
        (
            "/account/groups/{group}/members/{user}",
            put(groups::set_member).delete(groups::remove_member),
        ),
        ("/account/groups/{group}/invitations", post(groups::invite)),
        ("/account/invitations", post(groups::invitation)),
        ("/account/people", get(operator::people)),
        ("/account/people/{person}", post(operator::decide)),
        ("/account/people/{person}/reset", post(operator::reset)),
        ("/account/audit", get(operator::audit)),
    ]
}

/// The body is not what this address takes.
#[derive(Debug, thiserror::Error)]
#[error("not the JSON of this route: {0}")]
struct NotJson(String);

impl Explain for NotJson {
    fn code(&self) -> &'static str {
        "bad-body"
    }
    fn detail(&self, lang: Lang) -> String {
        text::NOT_JSON.with(lang, &[("why", &self.0)])
    }
}

/// Who asks and how; what every handler needs.
struct Ask {
    caller: Caller,
    /// Address that limits count for.
    address: String,
    lang: Lang,
    headers: HeaderMap,
    query: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Ask {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Ask, Self::Rejection> {
        Ok(Ask {
            caller: parts.extensions.get::<Caller>().cloned().unwrap_or_default(),
            address: limit_address(&parts.extensions),
            lang: lang(parts.uri.query(), &parts.headers),
            headers: parts.headers.clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        })
    }
}

impl Ask {
    /// The caller's identifier; the rules let nobody without one come here.
    fn person(&self) -> &str {
        self.caller.id().unwrap_or_default()
    }

    /// The body as JSON. No form of another site can send this type unasked.
    fn body<T: DeserializeOwned>(&self, body: &Bytes) -> Result<T, ServiceError> {
        let refuse = |why: String| ServiceError::new(NotJson(why));
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(refuse("Content-Type: application/json".to_owned()));
        }
        serde_json::from_slice(body).map_err(|error| refuse(error.to_string()))
    }

    /// The answer of a handler.
    fn answer<T: Serialize>(&self, done: Result<T, ServiceError>) -> Response {
        self.with_status(StatusCode::OK, done)
    }

    fn with_status<T: Serialize>(
        &self,
        status: StatusCode,
        done: Result<T, ServiceError>,
    ) -> Response {
        let mut response = match done {
            Ok(value) => (status, axum::Json(value)).into_response(),
            Err(error) => problem_response(&error, self.lang),
        };
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        response
    }

    /// Writes down what the caller did.
    async fn note(
        &self,
        app: &App,
        action: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), ServiceError> {
        let accounts = &app.rooms.accounts;
        let noted = accounts.note(&self.caller, &self.address, action, subject, detail, now());
        noted.await.map_err(outward)
    }
}

/// Done, and there is nothing to tell.
#[derive(Serialize)]
struct Done {
    done: bool,
}

const DONE: Done = Done { done: true };
