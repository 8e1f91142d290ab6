//! Who asks: once for every request, before any route.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tenkyu_accounts::AccountError;
use tenkyu_vo::{ServiceError, lang, problem_response};
use tenkyu_wire::access::{Caller, Denial, Reason, Via};
use tenkyu_wire::messages::accounts as text;
use tenkyu_wire::{Explain, Lang};

use super::App;
use super::rules::{self, Need};

/// Header that pages of ours set on every change. Other origins cannot set it unasked: a request
/// with it is preflighted, and no answer of ours allows it.
pub(super) const PAGE_HEADER: &str = "tenkyu-request";

/// Seconds since 1970, UTC.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A request of a browser that another site may have made it send.
#[derive(Debug, thiserror::Error)]
#[error("a change by cookie that does not come from a page of ours")]
pub(super) struct Foreign;

impl Explain for Foreign {
    fn code(&self) -> &'static str {
        "foreign-request"
    }
    fn detail(&self, lang: Lang) -> String {
        text::FOREIGN.text(lang).to_owned()
    }
    fn help(&self, lang: Lang) -> Option<String> {
        Some(text::FOREIGN_HELP.text(lang).to_owned())
    }
    fn status(&self) -> u16 {
        403
    }
}

/// Only operators may.
#[derive(Debug, thiserror::Error)]
#[error("only operators may")]
struct ForOperators;

impl Explain for ForOperators {
    fn code(&self) -> &'static str {
        "operators-only"
    }
    fn detail(&self, lang: Lang) -> String {
        text::FOR_OPERATORS.text(lang).to_owned()
    }
    fn status(&self) -> u16 {
        403
    }
}

/// What a request brings to say who asks.
#[derive(Debug, PartialEq, Eq)]
enum Credential {
    Session(String),
    Token {
        text: String,
        user: Option<String>,
    },
    /// An Authorization header that cannot be read.
    Broken,
}

/// Finds out who asks, refuses what its route's rule does not let them do, and puts the
/// [`Caller`] into the request.
pub(super) async fn identify(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let lang = lang(request.uri().query(), request.headers());
    let browser = request.headers().contains_key("sec-fetch-mode");
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = path.unwrap_or_default();
    let admitted = admit(&app, request.headers(), request.method(), &path).await;
    let user = match admitted {
        Ok(caller) => {
            let user = caller.person.as_ref().map(|person| person.user.clone());
            request.extensions_mut().insert(caller);
            user
        }
        Err(error) => return challenge(problem_response(&error, lang), browser),
    };
    let mut response = next.run(request).await;
    if let Some(user) = user.and_then(|user| HeaderValue::from_str(&user).ok()) {
        // IVOA SSO: clients learn that their credentials were taken.
        response.headers_mut().insert(HeaderName::from_static("x-vo-authenticated"), user);
        response
            .headers_mut()
            .append(header::VARY, HeaderValue::from_static("cookie, authorization"));
    }
    challenge(response, browser)
}

/// Tells programs how to say who they are (RFC 9110 §11.6.1). A browser is spared `Basic`, for
/// which it would open a window of its own.
fn challenge(mut response: Response, browser: bool) -> Response {
    if response.status() == http::StatusCode::UNAUTHORIZED {
        let value = match browser {
            true => "Bearer realm=\"tenkyu\"",
            false => "Bearer realm=\"tenkyu\", Basic realm=\"tenkyu\", charset=\"UTF-8\"",
        };
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(value));
    }
    response
}

async fn admit(
    app: &App,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
) -> Result<Caller, ServiceError> {
    let caller = match credential(headers, app.config.is_secure()) {
        None => Caller::anonymous(),
        Some(Credential::Broken) => return Err(ServiceError::new(AccountError::BadToken)),
        Some(Credential::Token { text, user }) => {
            let found = app.rooms.accounts.of_token(&text, user.as_deref(), now()).await;
            found.map_err(outward)?
        }
        Some(Credential::Session(secret)) => {
            let found = app.rooms.accounts.of_session(&secret, now()).await.map_err(outward)?;
            // A session that has ended is no error: the page is shown as to anybody.
            found.unwrap_or_default()
        }
    };
    if caller.via == Via::Cookie && is_change(method) && !is_own(app, headers) {
        return Err(ServiceError::new(Foreign));
    }
    meet(&caller, rules::need(method, path))?;
    Ok(caller)
}

/// Whether a caller meets the rule of a route.
fn meet(caller: &Caller, need: Need) -> Result<(), ServiceError> {
    let refuse =
        |reason| ServiceError::new(Denial { reason, until: None, owner: None, groups: Vec::new() });
    let scope = match need {
        Need::Anyone => return Ok(()),
        Need::Keyed(scope) | Need::Person(scope) | Need::Operator(scope) => scope,
    };
    if caller.person.is_none() && !matches!(need, Need::Keyed(_)) {
        return Err(refuse(Reason::SignIn));
    }
    if matches!(need, Need::Operator(_)) && !caller.operator {
        return Err(ServiceError::new(ForOperators));
    }
    if caller.via == Via::Token && !caller.scopes.has(scope) {
        return Err(refuse(Reason::Scope(scope)));
    }
    Ok(())
}

fn is_change(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a change that is made by cookie comes from a page of ours.
///
/// A browser sends cookies with whatever another site makes it send, as far as SameSite lets it:
/// other hosts of the same site may still post. So nothing may speak against the request, and
/// something must speak for it. Against: `Sec-Fetch-Site` or `Origin` that name another origin.
/// For: one of the two naming ours, or the header that only pages of ours can set.
pub(super) fn is_own(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text("sec-fetch-site").map(|site| site == "same-origin");
    let origin = headers.contains_key(header::ORIGIN).then(|| {
        let host = text("host").unwrap_or_default();
        let given = text("origin").unwrap_or_default();
        match &app.config.base_url {
            Some(base) => {
                url::Url::parse(base).is_ok_and(|base| base.origin().ascii_serialization() == given)
            }
            None => {
                let own = given.split_once("://").map(|(_, rest)| rest);
                !host.is_empty() && own == Some(host)
            }
        }
    });
    let against = site == Some(false) || origin == Some(false);
    let speaks_for = site == Some(true) || origin == Some(true);
    !against && (speaks_for || headers.contains_key(PAGE_HEADER))
}

fn credential(headers: &HeaderMap, secure: bool) -> Option<Credential> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return Some(value.to_str().ok().and_then(authorization).unwrap_or(Credential::Broken));
    }
    cookie(headers, session_cookie(secure)).map(|secret| Credential::Session(secret.to_owned()))
}

fn authorization(value: &str) -> Option<Credential> {
    let (scheme, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credential::Token { text: rest.to_owned(), user: None });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, text) = pair.split_once(':')?;
    Some(Credential::Token { text: text.to_owned(), user: Some(user.to_owned()) })
}

/// The value of a cookie.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .filter(|value| !value.is_empty() && value.len() <= 100)
}

/// Name of the cookie of a session. With the prefix, a browser takes it only from this very host
/// and over TLS, so that no neighbour can plant one; over plain HTTP it would refuse the name.
pub(super) const fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-tenkyu-session" } else { "tenkyu-session" }
}

/// Name of the cookie by which a browser is known that signed in before.
pub(super) const fn device_cookie(secure: bool) -> &'static str {
    if secure { "__Host-tenkyu-device" } else { "tenkyu-device" }
}

/// An error of accounts: what the user can mend is told, the rest goes to the log.
pub(super) fn outward(error: AccountError) -> ServiceError {
    if error.is_internal() {
        ServiceError::internal(format!("{:#}", anyhow::Error::from(error)))
    } else {
        ServiceError::new(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn credentials_are_read_or_broken_and_never_passed_over() {
        let token = |user: Option<&str>| {
            let user = user.map(str::to_owned);
            Some(Credential::Token { text: "tk_x".to_owned(), user })
        };
        assert_eq!(credential(&HeaderMap::new(), true), None);
        let of = |value| credential(&headers("authorization", value), true);
        assert_eq!(of("Bearer tk_x"), token(None));
        assert_eq!(of("bearer  tk_x "), token(None));
        assert_eq!(of("Basic YW5uOnRrX3g="), token(Some("ann")));
        for broken in ["", "Bearer", "Digest x", "Basic !!", "Basic YW5u"] {
            assert_eq!(of(broken), Some(Credential::Broken), "{broken}");
        }
        let both = "a=b; tenkyu-session=plain; __Host-tenkyu-session=strict";
        let session = |secure| credential(&headers("cookie", both), secure);
        assert_eq!(session(true), Some(Credential::Session("strict".to_owned())));
        assert_eq!(session(false), Some(Credential::Session("plain".to_owned())));
        assert_eq!(credential(&headers("cookie", "xtenkyu-session=1"), false), None);
    }
}
