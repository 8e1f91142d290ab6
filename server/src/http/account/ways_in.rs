//! Signing in and out, applying, and links that are used once.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use tenkyu_accounts::{AccountError, Application, Attempt, NewPerson};
use tenkyu_vo::{ServiceError, problem_response};
use tenkyu_wire::access::{Caller, Person, Scopes, Via};

use super::{App, Ask, DONE, Done};
use crate::http::identity::{self, cookie, device_cookie, now, outward, session_cookie};

/// Seconds for which a browser keeps that it signed in before.
const DEVICE_SECONDS: i64 = 365 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    user: String,
    password: String,
    /// Where to go then.
    #[serde(default)]
    next: Option<String>,
}

#[derive(Serialize)]
struct SignedIn {
    person: Person,
    /// Where to go: a path of this service, whatever was asked.
    next: String,
}

/// `POST /account/sign-in`.
pub(super) async fn sign_in(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    match enter(&app, &ask, &body).await {
        Ok(response) => response,
        Err(Refusal { error, wait }) => {
            let mut response = problem_response(&error, ask.lang);
            if let Some(value) = wait.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
    }
}

/// An error of signing in, with the seconds to wait where there are some.
struct Refusal {
    error: ServiceError,
    wait: Option<i64>,
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Refusal { error, wait: None }
    }
}

async fn enter(app: &App, ask: &Ask, body: &Bytes) -> Result<Response, Refusal> {
    // Without a session there is no cookie to protect, but a site that signs its visitor in under
    // its own name would read what they then save.
    if !identity::is_own(app, &ask.headers) && ask.headers.contains_key("sec-fetch-site") {
        return Err(ServiceError::new(identity::Foreign).into());
    }
    let wanted: SignIn = ask.body(body)?;
    let secure = app.config.is_secure();
    let agent = ask.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let attempt = Attempt {
        user: &wanted.user,
        password: &wanted.password,
        address: &ask.address,
        device: cookie(&ask.headers, device_cookie(secure)),
        agent: agent.unwrap_or_default(),
    };
    let session = match app.rooms.accounts.sign_in(&attempt, now()).await {
        Ok(session) => session,
        Err(error) => {
            let wait = match error {
                AccountError::TooOften(seconds) => Some(seconds),
                _ => None,
            };
            if wait.is_none() && !error.is_internal() {
                let user: String = wanted.user.chars().take(40).collect();
                ask.note(app, "sign-in-refused", &user, "").await?;
            }
            return Err(Refusal { error: outward(error), wait });
        }
    };
    // What the browser had before ends: a session that somebody planted is worth nothing.
    if let Some(old) = cookie(&ask.headers, session_cookie(secure)) {
        app.rooms.accounts.sign_out(old).await.map_err(outward)?;
    }
    let caller = Caller {
        person: Some(session.person.clone()),
        scopes: Scopes::all(),
        via: Via::Cookie,
        ..Caller::default()
    };
    if let (Some(from), Some(to)) = (tenkyu_vo::cookie_owner(&ask.headers), caller.owner_key()) {
        app.rooms.adopt(&from, &to).await?;
    }
    let accounts = &app.rooms.accounts;
    let noted = accounts.note(&caller, &ask.address, "sign-in", &session.person.user, "", now());
    noted.await.map_err(outward)?;
    let answer = SignedIn { person: session.person, next: safe_next(wanted.next.as_deref()) };
    let mut response = ask.answer(Ok(answer));
    let headers = response.headers_mut();
    for (name, value, seconds) in [
        (session_cookie(secure), &session.secret, session.seconds),
        (device_cookie(secure), &session.device, DEVICE_SECONDS),
    ] {
        if let Ok(value) = HeaderValue::from_str(&set_cookie(name, value, seconds, secure)) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

fn set_cookie(name: &str, value: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// A path of this service, or the start page: no other origin, by whatever spelling browsers take
/// for one (`//`, `/\`, control characters that they leave out, a scheme).
fn safe_next(next: Option<&str>) -> String {
    let safe = next.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.len() <= 2000
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    });
    let resolved = safe.and_then(|path| {
        let base = url::Url::parse("https://service.invalid/").ok()?;
        let joined = base.join(path).ok()?;
        (joined.origin() == base.origin()).then(|| path.to_owned())
    });
    resolved.unwrap_or_else(|| "/".to_owned())
}

/// `POST /account/sign-out`.
pub(super) async fn sign_out(State(app): State<Arc<App>>, ask: Ask) -> Response {
    let secure = app.config.is_secure();
    let done: Result<Done, ServiceError> = async {
        if let Some(secret) = cookie(&ask.headers, session_cookie(secure)) {
            app.rooms.accounts.sign_out(secret).await.map_err(outward)?;
            ask.note(&app, "sign-out", "", "").await?;
        }
        Ok(DONE)
    }
    .await;
    let mut response = ask.answer(done);
    if let Ok(value) = HeaderValue::from_str(&set_cookie(session_cookie(secure), "", 0, secure)) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// `POST /account/apply`: waits for an operator.
pub(super) async fn apply(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let application: Application = ask.body(&body)?;
        let profile =
            app.rooms.accounts.apply(&application, &ask.address, now()).await.map_err(outward)?;
        ask.note(&app, "applied", &profile.person.id, &profile.person.user).await?;
        Ok(DONE)
    };
    ask.with_status(StatusCode::ACCEPTED, done.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    link: String,
    password: String,
}

/// `POST /account/reset`: a new password by the secret of a link.
pub(super) async fn reset(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let reset: Reset = ask.body(&body)?;
        let accounts = &app.rooms.accounts;
        let person =
            accounts.use_reset_link(&reset.link, &reset.password, now()).await.map_err(outward)?;
        ask.note(&app, "password-reset", &person, "").await?;
        Ok(DONE)
    };
    ask.answer(done.await)
}

#[derive(Deserialize)]
struct FirstOperator {
    link: String,
    #[serde(flatten)]
    about: serde_json::Map<String, serde_json::Value>,
}

/// `POST /account/operator`: the first operator, by the link that the first start printed.
pub(super) async fn operator(State(app): State<Arc<App>>, ask: Ask, body: Bytes) -> Response {
    let done = async {
        let first: FirstOperator = ask.body(&body)?;
        let about = serde_json::from_value(serde_json::Value::Object(first.about))
            .map_err(|error| ServiceError::new(super::NotJson(error.to_string())))?;
        let person = NewPerson { about, operator: true };
        let accounts = &app.rooms.accounts;
        let profile =
            accounts.use_operator_link(&first.link, &person, now()).await.map_err(outward)?;
        ask.note(&app, "operator-made", &profile.person.id, &profile.person.user).await?;
        Ok(profile)
    };
    ask.with_status(StatusCode::CREATED, done.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_here() {
        for good in ["/", "/query?adql=SELECT+1#x", "/s/abc", "/a//b"] {
            assert_eq!(safe_next(Some(good)), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil",
            " /x",
            "evil.example",
            "/日本",
        ] {
            assert_eq!(safe_next(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(safe_next(None), "/");
    }
}
