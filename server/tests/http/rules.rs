//! Every route of the router with every role: who may come in at all.

use tenkyu_server::openapi;
use tenkyu_server::rules::{Need, RULES};

use crate::harness::{Answer, Role, Service};

/// Method, path as it is declared, and its rule.
fn operations() -> Vec<(String, String, Need)> {
    let document = openapi::document();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let rules: Vec<Need> = RULES
                .iter()
                .filter(|(own, methods, _)| own == path && (*methods == "*" || methods == method))
                .map(|(_, _, need)| *need)
                .collect();
            // A new route needs a line in server/src/http/rules.rs.
            assert_eq!(rules.len(), 1, "{method} {path} has {} rules", rules.len());
            found.push((method.to_uppercase(), path.clone(), rules[0]));
        }
    }
    found
}

/// An address of a route at which there is nothing of anybody's.
fn address(path: &str) -> String {
    let mut address = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        address.push_str(before);
        address.push('x');
        rest = after.split_once('}').unwrap().1;
    }
    address + rest
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == 401 || answer.status == 403
}

async fn ask(service: &Service, role: &Role, method: &str, path: &str) -> Answer {
    let kind = match path.starts_with("/account") || path == "/s" {
        true => "application/json",
        false => "application/x-www-form-urlencoded",
    };
    service.ask_as(role, method, &address(path), kind, "").await
}

#[test]
fn every_rule_is_of_a_route() {
    let operations = operations();
    for (path, methods, _) in RULES {
        let meant = |(method, own, _): &&(String, String, Need)| {
            own == path && (*methods == "*" || methods.eq_ignore_ascii_case(method))
        };
        assert!(operations.iter().find(meant).is_some(), "{methods} {path} is no route");
    }
}

#[tokio::test]
async fn each_route_lets_in_whom_its_rule_names() {
    let service = Service::new().await;
    service.person("ann", false).await;
    service.person("boss", true).await;
    let ann = service.sign_in("ann").await;
    let boss = service.sign_in("boss").await;
    // Each with one scope that no route of the table asks for, and one with all.
    let narrow = Role::Token(service.token(&ann, &["read:data"]).await);
    let narrow_boss = Role::Token(service.token(&boss, &["read:data"]).await);
    let scopes = ["read:tap", "read:files", "write:files", "write:tables", "admin:groups"];
    let wide = Role::Token(service.token(&ann, &scopes).await);
    let wide_boss = Role::Token(service.token(&boss, &["admin:people"]).await);
    let ids = async || -> Vec<String> {
        let list = service.ask(&ann, "GET", "/account/tokens", "").await.json();
        let list = list.as_array().unwrap().clone();
        list.iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect()
    };
    let before = ids().await;
    let ended = service.token(&ann, &["read:tap"]).await;
    let id = ids().await.into_iter().find(|id| !before.contains(id)).unwrap();
    let path = format!("/account/tokens/{id}");
    assert_eq!(service.ask(&ann, "DELETE", &path, "").await.status, 200);
    let ended = Role::Token(ended);
    for (method, path, need) in operations() {
        let shown = format!("{method} {path}");
        let status = |role: Role| {
            let (service, method, path) = (&service, &method, &path);
            async move { ask(service, &role, method, path).await }
        };
        // Some routes end sessions: each is asked with a new one.
        let (ann, boss) = (service.sign_in("ann").await, service.sign_in("boss").await);
        let expected = match need {
            //                     anonymous, person, operator, narrow, wide, narrow and wide operator
            Need::Anyone => [0, 0, 0, 0, 0, 0, 0],
            Need::Keyed(_) => [0, 0, 0, 403, 0, 403, 0],
            Need::Person(_) => [401, 0, 0, 403, 0, 403, 0],
            Need::Operator(_) => [401, 403, 0, 403, 403, 403, 0],
        };
        let of_account = matches!(need, Need::Person(tenkyu_wire::access::Scope::Account));
        let roles = [
            Role::Anonymous,
            ann.clone(),
            boss,
            narrow.clone(),
            wide.clone(),
            narrow_boss.clone(),
            wide_boss.clone(),
        ];
        for (n, (role, expected)) in roles.into_iter().zip(expected).enumerate() {
            let answer = status(role).await;
            // No token manages its owner's account; and the operator's has one scope alone.
            let alone = n == 6 && !matches!(need, Need::Operator(_) | Need::Anyone);
            let expected = if (n == 4 && of_account) || alone { 403 } else { expected };
            match expected {
                0 => assert!(!is_refused(&answer), "{shown}, role {n}: {}", answer.text()),
                code => assert_eq!(answer.status, code, "{shown}, role {n}: {}", answer.text()),
            }
            assert!(answer.status < 500, "{shown}, role {n}: {}", answer.text());
            let challenged = answer.header("www-authenticate").starts_with("Bearer ");
            assert_eq!(challenged, answer.status == 401, "{shown}, role {n}");
        }
        assert_eq!(status(ended.clone()).await.status, 401, "{shown} with a revoked token");
        assert_eq!(status(Role::Token("tk_x".into())).await.status, 401, "{shown}");
    }
}

#[tokio::test]
async fn no_route_is_changed_by_another_site() {
    let service = Service::new().await;
    service.person("boss", true).await;
    let Role::Cookie(cookie) = service.sign_in("boss").await else { panic!() };
    for (method, path, _) in operations().into_iter().filter(|(method, ..)| method != "GET") {
        for header in [
            // An old program that is no browser, and what browsers say of other sites.
            None,
            Some(("origin", "https://evil.example")),
            Some(("origin", "null")),
            Some(("sec-fetch-site", "cross-site")),
            Some(("sec-fetch-site", "same-site")),
            Some(("sec-fetch-site", "none")),
        ] {
            let mut request = http::Request::builder()
                .method(method.as_str())
                .uri(address(&path))
                .header("host", "archive.example")
                .header("cookie", &cookie)
                .header("content-type", "text/plain");
            if let Some((name, value)) = header {
                request = request.header(name, value);
                // Even with the header of our own pages.
                request = request.header("tenkyu-request", "1");
            }
            let request = request.body(axum::body::Body::empty()).unwrap();
            let answer = service.send(Role::Anonymous, request).await;
            assert_eq!(answer.status, 403, "{method} {path} {header:?}");
            assert_eq!(answer.json()["code"], "foreign-request", "{method} {path}");
        }
    }
    // The session is what it was, and a page of ours may.
    let own = [("origin", "http://archive.example"), ("cookie", cookie.as_str())];
    assert_eq!(service.get_with("/account/me", &own).await.json()["via"], "cookie");
}
