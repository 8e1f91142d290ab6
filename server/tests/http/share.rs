use crate::harness::Service;

const JSON: &str = "application/json";

#[tokio::test]
async fn a_view_is_kept_with_its_snapshots_and_found_again() {
    let service = Service::new().await;
    let view = r#"{"path":"/query","query":"v=1&adql=SELECT+*+FROM+test.stars&run=1","title":"x"}"#;
    let saved = service.post("/s", JSON, view).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let saved = saved.json();
    let snapshot = saved["snapshots"]["test.stars"].as_str().unwrap();
    let url = saved["url"].as_str().unwrap();
    let opened = service.get(url).await;
    assert_eq!(opened.status, 303);
    let address =
        format!("/query?v=1&adql=SELECT+*+FROM+test.stars&run=1&snapshot=test.stars%40{snapshot}");
    assert_eq!(opened.header("location"), address);
    let json = service.get_with(url, &[("accept", JSON)]).await.json();
    assert_eq!(json["title"], "x");
}

#[tokio::test]
async fn a_view_of_older_data_stays_with_them_when_it_is_kept_again() {
    let service = Service::new().await;
    let view = r#"{"path":"/query","query":"v=1&adql=SELECT+*+FROM+test.stars&snapshot=Test.Stars%40old"}"#;
    let saved = service.post("/s", JSON, view).await.json();
    assert_eq!(saved["snapshots"]["test.stars"], "old");
    let opened = service.get(saved["url"].as_str().unwrap()).await;
    assert!(opened.header("location").ends_with("&snapshot=Test.Stars%40old"));
}

#[tokio::test]
async fn what_is_no_view_is_refused() {
    let service = Service::new().await;
    for (kind, body, status) in [
        (JSON, r#"{"path":"//evil.example"}"#, 400),
        (JSON, r#"{"path":"https://evil.example"}"#, 400),
        (JSON, r#"{"path":"#, 400),
        (JSON, r#"{}"#, 400),
        ("text/plain", r#"{"path":"/query"}"#, 400),
    ] {
        let answer = service.post("/s", kind, body).await;
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let long = format!(r#"{{"path":"/query","query":"{}"}}"#, "a".repeat(20_000));
    assert_eq!(service.post("/s", JSON, &long).await.status, 413);
    let huge = format!(r#"{{"path":"/query","query":"{}"}}"#, "a".repeat(3_000_000));
    assert_eq!(service.post("/s", JSON, &huge).await.status, 413);
    assert_eq!(service.get("/s/nothing").await.status, 404);
    assert_eq!(service.get("/s/%27%20OR%201=1").await.status, 404);
}
