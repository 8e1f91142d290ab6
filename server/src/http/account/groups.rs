//! Groups and invitations to them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tenkyu_wire::access::GroupRole;

use super::{App, Ask, DONE};
use crate::http::identity::{now, outward};

/// `GET /account/groups`: the caller's; `?all=1` for operators.
pub(super) async fn list(State(app): State<Arc<App>>, ask: Ask) -> Response {
    let all = ask.query.split('&').any(|pair| pair == "all=1");
    ask.answer(app.rooms.accounts.groups(&ask.caller, all).await.map_err(outward))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    name: String,
    #[serde(default)]
    description: String,
}

/// `POST /account/groups`.
pub(super) async fn create(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let new: NewGroup = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        let made = accounts.create_group(&ask.caller, &new.name, &new.description, now()).await;
        let group = made.map_err(outward)?;
        ask.note(&app, "group-made", &group.id, &group.name).await?;
        Ok(group)
    };
    ask.with_status(StatusCode::CREATED, done.await)
}

/// `GET /account/groups/{group}`.
pub(super) async fn one(State(app): State<Arc<App>>, Path(id): Path<String>, ask: Ask) -> Response {
    ask.answer(app.rooms.accounts.group(&ask.caller, &id).await.map_err(outward))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    role: GroupRole,
}

/// `PUT /account/groups/{group}/members/{user}`.
pub(super) async fn set_member(
    State(app): State<Arc<App>>,
    Path((group, user)): Path<(String, String)>,
    ask: Ask,
    body: Bytes,
) -> Response {
    let done = async {
        let Role { role } = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        accounts.set_member(&ask.caller, &group, &user, role, now()).await.map_err(outward)?;
        ask.note(&app, "member-set", &group, &format!("{user} {}", role.word())).await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

/// `DELETE /account/groups/{group}/members/{user}`.
pub(super) async fn remove_member(
    State(app): State<Arc<App>>,
    Path((group, user)): Path<(String, String)>,
    ask: Ask,
) -> Response {
    let done = async {
        let accounts = &app.rooms.accounts;
        accounts.remove_member(&ask.caller, &group, &user, now()).await.map_err(outward)?;
        ask.note(&app, "member-removed", &group, &user).await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invite {
    /// Days that it is good for, 1 to 30.
    days: i64,
    /// People who may use it, 1 to 1000.
    uses: i64,
}

#[derive(Serialize)]
struct Invited {
    /// The secret, told this once.
    link: String,
    /// Page of the portal that takes it. It stands behind `#`, which browsers do not send.
    path: String,
}

/// `POST /account/groups/{group}/invitations`.
pub(super) async fn invite(
    State(app): State<Arc<App>>,
    Path(group): Path<String>,
    ask: Ask,
    body: Bytes,
) -> Response {
    let done = async {
        let Invite { days, uses } = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        let link = accounts.invite(&ask.caller, &group, days, uses, now()).await;
        let link = link.map_err(outward)?;
        ask.note(&app, "invitation-made", &group, "").await?;
        Ok(Invited { path: format!("/groups#invitation={link}"), link })
    };
    ask.with_status(StatusCode::CREATED, done.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitation {
    link: String,
    /// Join, and not just look.
    #[serde(default)]
    join: bool,
}

/// `POST /account/invitations`: looks at an invitation, or takes it.
pub(super) async fn invitation(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let Invitation { link, join } = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        if !join {
            return accounts.invited_to(&link, now()).await.map_err(outward);
        }
        let group = accounts.join(&ask.caller, &link, now()).await.map_err(outward)?;
        ask.note(&app, "group-joined", &group.id, "").await?;
        Ok(group)
    };
    ask.answer(done.await)
}
