use std::collections::BTreeSet;

use tenkyu_server::{openapi, routes};

use crate::harness::Service;

#[test]
fn the_document_names_every_route_and_no_other() {
    let document = openapi::document();
    let named: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let there: BTreeSet<&str> = routes().into_iter().collect();
    assert_eq!(named, there);
}

#[tokio::test]
async fn every_documented_operation_is_answered() {
    let service = Service::new().await;
    let document = service.get("/openapi.json").await.json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let asked = path.replace("{artifact}", "x").replace("{id}", "x").replace("{name}", "x");
        let asked = asked.replace("{job}", "x").replace("{table}", "x");
        let asked = ["{session}", "{token}", "{group}", "{user}", "{person}"]
            .into_iter()
            .fold(asked, |path, name| path.replace(name, "x"));
        for method in methods.as_object().unwrap().keys() {
            let answer = match method.as_str() {
                "get" => service.get(&asked).await,
                "delete" => service.delete(&asked).await,
                "post" | "put" | "patch" => {
                    let form = "application/x-www-form-urlencoded";
                    service.send_body(method, &asked, form, Vec::new()).await
                }
                other => panic!("{other} {path}"),
            };
            assert_ne!(answer.status, 405, "{method} {path}");
            // The answer of the router and not of a handler.
            let fallback = answer.status == 404 && answer.text().contains("\"not-found\"");
            assert!(!fallback, "{method} {path} is not routed");
            assert!(answer.status < 500, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn health_and_counters() {
    let service = Service::new().await;
    assert_eq!(service.get("/healthz").await.text(), "ok\n");
    let ready = service.get("/readyz").await;
    assert_eq!((ready.status, ready.text()), (200, "catalogues ok\narchive ok\nviews ok\n"));
    let _ = service.get("/data/none").await;
    let metrics = service.get("/metrics").await;
    let line = "tenkyu_http_requests_total{group=\"data\",status=\"4xx\"} 1";
    assert!(metrics.text().lines().any(|found| found == line), "{}", metrics.text());
    assert!(metrics.text().contains("tenkyu_http_first_byte_seconds_bucket{le=\"+Inf\"}"));
}
