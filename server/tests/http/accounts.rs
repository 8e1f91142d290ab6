//! Accounts over HTTP, and what belongs to whom.

use serde_json::json;
use tenkyu_server::Settings;

use crate::harness::{PASSWORD, Role, Service, now};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn from_the_first_start_to_an_approved_applicant() {
    let service = Service::new().await;
    let link = service.rooms.accounts.operator_link(now()).await.unwrap().unwrap();
    let about = |user: &str| {
        json!({ "user": user, "display": "花子 <b>x", "email": "hanako@nao.example",
                "affiliation": "NAOJ", "password": PASSWORD })
    };
    let mut operator = about("hanako");
    operator["link"] = json!(link);
    let marked = service.post("/account/operator", JSON, &operator.to_string()).await;
    assert_eq!((marked.status, marked.json()["code"].as_str()), (400, Some("bad-name")));
    operator["display"] = json!("花子");
    let made = service.post("/account/operator", JSON, &operator.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(service.post("/account/operator", JSON, &operator.to_string()).await.status, 410);
    let mut applicant = about("jiro");
    applicant["display"] = json!("二郎");
    let applied = service.post("/account/apply", JSON, &applicant.to_string()).await;
    assert_eq!(applied.status, 202, "{}", applied.text());
    let sign_in = json!({ "user": "jiro", "password": PASSWORD }).to_string();
    let early = service.post("/account/sign-in", JSON, &sign_in).await;
    assert_eq!((early.status, early.json()["code"].as_str()), (403, Some("not-approved")));
    let hanako = service.sign_in("hanako").await;
    let waiting = service.ask(&hanako, "GET", "/account/people?state=applied", "").await.json();
    assert_eq!(waiting[0]["user"], "jiro");
    let path = format!("/account/people/{}", waiting[0]["id"].as_str().unwrap());
    let decided = service.ask(&hanako, "POST", &path, r#"{"decision":"approve"}"#).await;
    assert_eq!(decided.status, 200, "{}", decided.text());
    let jiro = service.sign_in("jiro").await;
    let me = service.ask(&jiro, "GET", "/account/me", "").await.json();
    assert_eq!(
        (me["profile"]["user"].as_str(), me["expires_soon"].as_bool()),
        (Some("jiro"), Some(false))
    );
    // A password by a link, once.
    let reset = service.ask(&hanako, "POST", &format!("{path}/reset"), "").await.json();
    let body = json!({ "link": reset["link"], "password": "a new and longer one" }).to_string();
    assert_eq!(service.post("/account/reset", JSON, &body).await.status, 200);
    assert_eq!(service.post("/account/reset", JSON, &body).await.status, 410);
    assert!(service.ask(&jiro, "GET", "/account/me", "").await.json()["profile"].is_null());
    let log = service.ask(&hanako, "GET", "/account/audit?action=person-approved", "").await.json();
    assert_eq!(log.as_array().unwrap().len(), 1);
    assert!(
        !service.ask(&hanako, "GET", "/account/audit", "").await.text().contains("new and longer")
    );
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_a_safe_cookie() {
    let settings =
        Settings { base_url: Some("https://archive.example".to_owned()), ..Settings::default() };
    let service = Service::with(settings).await;
    service.person("ann", false).await;
    let body =
        json!({ "user": "ann", "password": PASSWORD, "next": "//evil.example/x" }).to_string();
    let planted = "__Host-tenkyu-session=planted-by-somebody-else";
    let request = http::Request::post("/account/sign-in")
        .header("host", "archive.example")
        .header("content-type", JSON)
        .header("cookie", planted)
        .header("origin", "https://archive.example")
        .body(axum::body::Body::from(body.clone()))
        .unwrap();
    let answer = service.send(Role::Anonymous, request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["next"], "/");
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        for part in ["__Host-", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
    let session = answer.session();
    assert_ne!(session, planted);
    // A second sign-in in the same browser ends the first session.
    let request = http::Request::post("/account/sign-in")
        .header("host", "archive.example")
        .header("content-type", JSON)
        .header("cookie", &session)
        .header("sec-fetch-site", "same-origin")
        .body(axum::body::Body::from(body.clone()))
        .unwrap();
    let second = service.send(Role::Anonymous, request).await.session();
    let via = |cookie: String| {
        let service = &service;
        async move {
            service.get_with("/account/me", &[("cookie", &cookie)]).await.json()["via"].clone()
        }
    };
    assert_eq!(via(session).await, "anonymous");
    assert_eq!(via(second.clone()).await, "cookie");
    // Another site cannot sign its visitor in.
    let request = http::Request::post("/account/sign-in")
        .header("host", "archive.example")
        .header("content-type", JSON)
        .header("sec-fetch-site", "cross-site")
        .body(axum::body::Body::from(body))
        .unwrap();
    assert_eq!(service.send(Role::Anonymous, request).await.status, 403);
    let out = service.ask(&Role::Cookie(second.clone()), "POST", "/account/sign-out", "").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(via(second).await, "anonymous");
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_are_told_alike_and_slowed() {
    let service = Service::new().await;
    service.person("ann", false).await;
    let attempt = |user: &str| {
        let body = json!({ "user": user, "password": "wrong wrong wrong" }).to_string();
        let service = &service;
        async move { service.post("/account/sign-in", JSON, &body).await }
    };
    let (wrong, unknown) = (attempt("ann").await, attempt("nobody").await);
    assert_eq!((wrong.status, wrong.text()), (unknown.status, unknown.text()));
    assert_eq!(wrong.status, 401);
    let mut slowed = 0;
    for _ in 0..50 {
        let answer = attempt("ann").await;
        if answer.status == 429 {
            slowed += 1;
            assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
        }
    }
    assert!(slowed > 30, "{slowed}");
}

#[tokio::test]
async fn jobs_functions_and_views_belong_to_the_person_also_by_token() {
    let service = Service::new().await;
    service.person("ann", false).await;
    service.person("bob", false).await;
    service.person("boss", true).await;
    let (ann, bob) = (service.sign_in("ann").await, service.sign_in("bob").await);
    let by_token =
        Role::Token(service.token(&ann, &["read:tap", "write:files", "read:files"]).await);
    let query = "QUERY=SELECT+1+AS+x+FROM+test.stars&LANG=ADQL&PHASE=RUN";
    let made = service.ask_as(&by_token, "POST", "/tap/async", FORM, query).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(made.header("set-cookie"), "");
    assert_eq!(made.header("x-vo-authenticated"), "ann");
    let job = made.header("location").replace("http://archive.example", "");
    let list = service.ask(&ann, "GET", "/tap/async", "").await;
    assert!(list.text().contains(job.rsplit('/').next().unwrap()));
    assert!(!service.ask(&bob, "GET", "/tap/async", "").await.text().contains("jobref"));
    for path in ["", "/phase", "/owner", "/parameters", "/results", "/results/result", "/error"] {
        let path = format!("{job}{path}");
        assert_eq!(service.ask(&bob, "GET", &path, "").await.status, 403, "{path}");
        assert_eq!(service.get(&path).await.status, 401, "{path}");
        let own = service.ask(&ann, "GET", &path, "").await.status;
        assert!(!matches!(own, 401 | 403) && own < 500, "{path}: {own}");
    }
    assert_eq!(service.ask(&ann, "GET", &format!("{job}/owner"), "").await.text(), "ann");
    for (method, path, body) in [("POST", "/phase", "PHASE=ABORT"), ("DELETE", "", "")] {
        let path = format!("{job}{path}");
        assert_eq!(service.ask_as(&bob, method, &path, FORM, body).await.status, 403, "{path}");
    }
    let view = r#"{"path":"/query","query":"v=1"}"#;
    let saved = service.ask(&by_token, "POST", "/s", view).await;
    let url = saved.json()["url"].as_str().unwrap().to_owned();
    assert_eq!(service.ask(&ann, "GET", "/s", "").await.json().as_array().unwrap().len(), 1);
    assert_eq!(service.ask(&bob, "GET", "/s", "").await.json().as_array().unwrap().len(), 0);
    // The link is for everybody who has it; removing is its owner's.
    assert_eq!(service.ask(&bob, "GET", &url, "").await.status, 303);
    assert_eq!(service.ask(&bob, "DELETE", &url, "").await.status, 404);
    assert_eq!(service.ask(&ann, "DELETE", &url, "").await.status, 204);
    assert_eq!(service.ask(&ann, "DELETE", &job, "").await.status, 303);
}

#[tokio::test]
async fn what_a_browser_made_before_goes_to_the_person_who_signs_in() {
    let service = Service::new().await;
    service.person("ann", false).await;
    let query = "QUERY=SELECT+1+AS+x+FROM+test.stars&LANG=ADQL";
    let made = service.post("/tap/async", FORM, query).await;
    let cookie = made.header("set-cookie").split(';').next().unwrap().to_owned();
    let id = made.header("location").rsplit('/').next().unwrap().to_owned();
    let body = json!({ "user": "ann", "password": PASSWORD }).to_string();
    let request = http::Request::post("/account/sign-in")
        .header("host", "archive.example")
        .header("content-type", JSON)
        .header("cookie", &cookie)
        .body(axum::body::Body::from(body))
        .unwrap();
    let ann = Role::Cookie(service.send(Role::Anonymous, request).await.session());
    assert!(service.ask(&ann, "GET", "/tap/async", "").await.text().contains(&id));
    let before = service.get_with("/tap/async", &[("cookie", &cookie)]).await;
    assert!(!before.text().contains(&id));
    assert_eq!(
        service.get_with(&format!("/tap/async/{id}"), &[("cookie", &cookie)]).await.status,
        401
    );
}

#[tokio::test]
async fn groups_tokens_and_sessions_are_their_owners() {
    let service = Service::new().await;
    for user in ["ann", "bob", "eve"] {
        service.person(user, false).await;
    }
    let ann = service.sign_in("ann").await;
    let bob = service.sign_in("bob").await;
    let eve = service.sign_in("eve").await;
    let group = service.ask(&ann, "POST", "/account/groups", r#"{"name":"S24A 001"}"#).await;
    assert_eq!(group.status, 201, "{}", group.text());
    let path = format!("/account/groups/{}", group.json()["id"].as_str().unwrap());
    // What looks like it is refused, in other letters and with hidden ones.
    for like in ["s24a-001", "Ѕ24А 001", "S24A\u{200b} 001"] {
        let body = json!({ "name": like }).to_string();
        let answer = service.ask(&eve, "POST", "/account/groups", &body).await;
        assert!([400, 409].contains(&answer.status), "{like}: {}", answer.text());
    }
    let invite = service
        .ask(&ann, "POST", &format!("{path}/invitations"), r#"{"days":7,"uses":1}"#)
        .await
        .json();
    let join = json!({ "link": invite["link"], "join": true }).to_string();
    assert_eq!(service.ask(&bob, "POST", "/account/invitations", &join).await.status, 200);
    assert_eq!(service.ask(&eve, "POST", "/account/invitations", &join).await.status, 410);
    assert_eq!(service.ask(&bob, "GET", &path, "").await.json()["members"][1]["user"], "bob");
    assert_eq!(service.ask(&eve, "GET", &path, "").await.status, 404);
    let member = format!("{path}/members/eve");
    let role = r#"{"role":"member"}"#;
    assert_eq!(service.ask(&bob, "PUT", &member, role).await.status, 403);
    assert_eq!(service.ask(&eve, "PUT", &member, role).await.status, 404);
    assert_eq!(service.ask(&ann, "PUT", &member, role).await.status, 200);
    let last = format!("{path}/members/ann");
    assert_eq!(service.ask(&ann, "DELETE", &last, "").await.status, 409);
    service.token(&ann, &["read:tap"]).await;
    for list in ["tokens", "sessions"] {
        let own = service.ask(&ann, "GET", &format!("/account/{list}"), "").await.json();
        let id = own[0]["id"].as_str().unwrap();
        let path = format!("/account/{list}/{id}");
        assert_eq!(service.ask(&eve, "DELETE", &path, "").await.status, 404, "{path}");
        assert_eq!(service.ask(&ann, "DELETE", &path, "").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_token_is_taken_as_a_password_and_never_from_an_address() {
    use base64::Engine;
    let service = Service::new().await;
    service.person("ann", false).await;
    let ann = service.sign_in("ann").await;
    let token = service.token(&ann, &["read:tap"]).await;
    let basic = |user: &str, password: &str| {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        format!("Basic {pair}")
    };
    let via = |value: String| {
        let service = &service;
        async move { service.get_with("/account/me", &[("authorization", &value)]).await }
    };
    assert_eq!(via(basic("ann", &token)).await.json()["via"], "token");
    let wrong = via(basic("ann", PASSWORD)).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.header("www-authenticate").contains("Basic"));
    assert_eq!(via(basic("bob", &token)).await.status, 401);
    let path = format!("/account/me?token={token}&access_token={token}");
    assert_eq!(service.get(&path).await.json()["via"], "anonymous");
    // It reads and asks; it does not manage the account that it is of.
    let sync = "/tap/sync?LANG=ADQL&QUERY=SELECT+1+AS+x+FROM+test.stars";
    let bearer = [("authorization", format!("Bearer {token}"))];
    let bearer: Vec<(&str, &str)> = bearer.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(service.get_with(sync, &bearer).await.status, 200);
    assert_eq!(service.get_with("/account/tokens", &bearer).await.status, 403);
}
