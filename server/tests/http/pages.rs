use tenkyu_server::Settings;

use crate::harness::Service;

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

#[tokio::test]
async fn a_page_has_a_policy_with_a_fresh_nonce() {
    let service = Service::new().await;
    let (one, two) = (service.get("/").await, service.get("/").await);
    assert_eq!(one.status, 200);
    let policy = one.header("content-security-policy");
    let nonce = policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0;
    assert!(nonce.len() >= 16 && one.text().contains(&format!("nonce=\"{nonce}\"")));
    assert!(!two.text().contains(nonce));
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"));
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    for script in one.text().split("<script").skip(1) {
        let tag = script.split_once('>').unwrap().0;
        assert!(tag.contains("nonce=") || tag.contains("src=\"/"), "{tag}");
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let service = Service::new().await;
    for path in ["/", "/healthz", "/tap/tables", "/nothing", "/pkg/portal.js", "/data/none"] {
        let answer = service.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("content-security-policy").is_empty(), "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
}

#[tokio::test]
async fn embedding_follows_the_configuration() {
    let path = "/embed/image/abc";
    let open = Service::new().await.get(path).await;
    assert!(open.header("content-security-policy").contains("frame-ancestors *"));
    let settings = Settings {
        embed_origins: Some(vec!["https://docs.example".to_owned()]),
        ..Settings::default()
    };
    let closed = Service::with(settings).await.get(path).await;
    assert!(
        closed.header("content-security-policy").ends_with("frame-ancestors https://docs.example")
    );
}

#[tokio::test]
async fn the_language_is_the_readers() {
    let service = Service::new().await;
    let japanese = service.get_with("/", &[("accept-language", "ja")]).await;
    assert!(japanese.text().contains("<html lang=\"ja\""));
    let english = service.get_with("/?lang=en", &[("accept-language", "ja")]).await;
    assert!(english.text().contains("<html lang=\"en\""));
    let problem = service.get_with("/data/none", &[("accept-language", "ja")]).await;
    assert!(problem.json()["detail"].as_str().unwrap().contains("ありません"));
}

#[tokio::test]
async fn nothing_is_a_page_for_browsers_and_a_problem_for_programs() {
    let service = Service::new().await;
    let page = service.get_with("/nothing/here", &[HTML]).await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("<html"));
    assert!(page.header("content-security-policy").contains("'nonce-"));
    let problem = service.get("/nothing/here").await;
    assert_eq!((problem.status, problem.json()["code"].as_str()), (404, Some("not-found")));
    assert_eq!(problem.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn files_come_packed_typed_and_validated() {
    let service = Service::new().await;
    let wasm = service.get("/pkg/portal_bg.wasm").await;
    assert_eq!((wasm.status, wasm.header("content-type")), (200, "application/wasm"));
    assert_eq!(wasm.header("cache-control"), "no-cache");
    let policy = wasm.header("content-security-policy");
    assert!(policy.contains("connect-src 'self'") && policy.contains("'wasm-unsafe-eval'"));
    let packed = service.get_with("/pkg/portal_bg.wasm", &[("accept-encoding", "br")]).await;
    assert_eq!(
        (packed.header("content-encoding"), packed.bytes.as_slice()),
        ("br", &b"packed"[..])
    );
    assert_eq!(packed.header("content-type"), "application/wasm");
    let tag = wasm.header("etag").to_owned();
    let again = service.get_with("/pkg/portal_bg.wasm", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let hashed = service.get("/pkg/part-0123456789abcdef.js").await;
    assert!(hashed.header("cache-control").contains("immutable"));
    for path in ["/.secret", "/pkg/../.secret", "/pkg/%2e%2e/.secret", "/..%2f..%2fetc/passwd"] {
        assert_eq!(service.get(path).await.status, 404, "{path}");
    }
}
