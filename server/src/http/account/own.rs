//! One's own account: profile, password, sessions, tokens.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tenkyu_accounts::{GroupSummary, NewToken, Profile, Session, Token};
use tenkyu_wire::access::{Scopes, Via};

use super::{App, Ask, DONE};
use crate::http::identity::{cookie, now, outward, session_cookie};

#[derive(Serialize)]
struct Me {
    /// Nothing for somebody who has not signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    groups: Vec<GroupSummary>,
    via: Via,
    scopes: Scopes,
    /// Whether the account's year ends within 30 days.
    expires_soon: bool,
}

/// Seconds before its end at which an account is said to end soon.
const SOON: i64 = 30 * 24 * 3600;

/// `GET /account/me`: who the service takes the caller for.
pub(super) async fn me(State(app): State<Arc<App>>, ask: Ask) -> Response {
    let accounts = &app.rooms.accounts;
    let done = async {
        let profile = match ask.caller.id() {
            Some(id) => Some(accounts.profile(id, now()).await.map_err(outward)?),
            None => None,
        };
        let ends = profile.as_ref().and_then(|profile| profile.expires);
        Ok(Me {
            groups: accounts.groups(&ask.caller, false).await.map_err(outward)?,
            via: ask.caller.via,
            scopes: ask.caller.scopes,
            expires_soon: ends.is_some_and(|at| at.saturating_sub(now()) < SOON),
            profile,
        })
    };
    ask.answer(done.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    display: String,
    email: String,
    affiliation: String,
}

/// `PUT /account/me`.
pub(super) async fn describe(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let about: About = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        accounts
            .describe(ask.person(), &about.display, &about.email, &about.affiliation)
            .await
            .map_err(outward)?;
        ask.note(&app, "profile-changed", ask.person(), "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

/// `POST /account/password`: ends every other session.
pub(super) async fn password(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let password: NewPassword = ask.body(&body)?;
        let keep = cookie(&ask.headers, session_cookie(app.config.is_secure()));
        let accounts = &app.rooms.accounts;
        accounts
            .change_password(ask.person(), &password.old, &password.new, keep, now())
            .await
            .map_err(outward)?;
        ask.note(&app, "password-changed", ask.person(), "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

/// `POST /account/sign-out-everywhere`: this session ends too.
pub(super) async fn sign_out_everywhere(State(app): State<Arc<App>>, ask: Ask) -> Response {
    let done = async {
        app.rooms.accounts.sign_out_everywhere(ask.person(), None).await.map_err(outward)?;
        ask.note(&app, "sign-out-everywhere", ask.person(), "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

#[derive(Serialize)]
struct ShownSession {
    #[serde(flatten)]
    session: Session,
    /// Whether it is the one that asks.
    current: bool,
}

/// `GET /account/sessions`.
pub(super) async fn sessions(State(app): State<Arc<App>>, ask: Ask) -> Response {
    let done = async {
        let own = cookie(&ask.headers, session_cookie(app.config.is_secure()));
        let own = own.map(tenkyu_accounts::digest);
        let found = app.rooms.accounts.sessions(ask.person(), now()).await.map_err(outward)?;
        let shown = found.into_iter().map(|session| ShownSession {
            current: own.as_deref() == Some(session.id.as_str()),
            session,
        });
        Ok(shown.collect::<Vec<_>>())
    };
    ask.answer(done.await)
}

/// `DELETE /account/sessions/{session}`.
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    ask: Ask,
) -> Response {
    let done = async {
        app.rooms.accounts.end_session(ask.person(), &id).await.map_err(outward)?;
        ask.note(&app, "session-ended", &id, "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

/// `GET /account/tokens`.
pub(super) async fn tokens(State(app): State<Arc<App>>, ask: Ask) -> Response {
    ask.answer(app.rooms.accounts.tokens(ask.person()).await.map_err(outward))
}

#[derive(Serialize)]
struct Minted {
    #[serde(flatten)]
    about: Token,
    /// The token itself, told this once.
    token: String,
}

/// `POST /account/tokens`.
pub(super) async fn mint(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let new: NewToken = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        let (about, token) = accounts.mint(&ask.caller, &new, now()).await.map_err(outward)?;
        ask.note(&app, "token-made", &about.id, &about.scopes.words()).await?;
        Ok(Minted { about, token })
    };
    ask.with_status(StatusCode::CREATED, done.await)
}

/// `DELETE /account/tokens/{token}`.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    ask: Ask,
) -> Response {
    let done = async {
        app.rooms.accounts.revoke(ask.person(), &id, now()).await.map_err(outward)?;
        ask.note(&app, "token-revoked", &id, "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}
