//! What operators do: applications, people, the audit log.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tenkyu_accounts::{AuditFilter, State as AccountState};

use super::{App, Ask, DONE};
use crate::http::identity::{now, outward};

#[derive(Deserialize)]
pub(super) struct Filter {
    state: Option<AccountState>,
    #[serde(default)]
    q: String,
}

/// `GET /account/people?state=applied&q=…`.
pub(super) async fn people(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
    ask: Ask,
) -> Response {
    let found = app.rooms.accounts.people(filter.state, &filter.q, now()).await;
    ask.answer(found.map_err(outward))
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    /// Approve an application, renew a year, or unlock.
    Approve,
    /// Refuse an application, or lock.
    Lock,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    decision: Decision,
}

/// `POST /account/people/{person}`.
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    Path(person): Path<String>,
    ask: Ask,
    body: Bytes,
) -> Response {
    let done = async {
        let Decide { decision } = ask.body(&body)?;
        let active = matches!(decision, Decision::Approve);
        app.rooms.accounts.decide(&person, active, now()).await.map_err(outward)?;
        let action = if active { "person-approved" } else { "person-locked" };
        ask.note(&app, action, &person, "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

#[derive(Serialize)]
struct ResetLink {
    /// The secret, told this once.
    link: String,
    /// Page of the portal that takes it. It stands behind `#`, which browsers do not send.
    path: String,
}

/// `POST /account/people/{person}/reset`: a link by which they set a new password.
pub(super) async fn reset(
    State(app): State<Arc<App>>,
    Path(person): Path<String>,
    ask: Ask,
) -> Response {
    let done = async {
        let link = app.rooms.accounts.reset_link(&person, ask.person(), now()).await;
        let link = link.map_err(outward)?;
        ask.note(&app, "reset-link-made", &person, "").await?;
        Ok(ResetLink { path: format!("/sign-in#reset={link}"), link })
    };
    ask.answer(done.await)
}

/// `GET /account/audit?person=&action=&subject=&after=&before=`.
pub(super) async fn audit(
    State(app): State<Arc<App>>,
    Query(filter): Query<AuditFilter>,
    ask: Ask,
) -> Response {
    ask.answer(app.rooms.accounts.audit(&filter).await.map_err(outward))
}
