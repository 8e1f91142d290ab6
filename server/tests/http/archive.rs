use crate::harness::{Service, image};

#[tokio::test]
async fn a_file_comes_back_as_it_was_ingested() {
    let service = Service::new().await;
    let id = service.artifact().await;
    let whole = service.get(&format!("/data/{id}")).await;
    assert_eq!(whole.status, 200);
    assert!(whole.bytes == image(), "{} bytes", whole.bytes.len());
    assert!(whole.header("repr-digest").starts_with("sha-256=:"));
    let part = service.get_with(&format!("/data/{id}"), &[("range", "bytes=0-5")]).await;
    assert_eq!((part.status, part.bytes.as_slice()), (206, &b"SIMPLE"[..]));
    assert!(part.headers.get("content-encoding").is_none());
}

#[tokio::test]
async fn header_preview_and_links_of_a_file() {
    let service = Service::new().await;
    let id = service.artifact().await;
    let header = service.get(&format!("/data/{id}/header?format=json")).await.json();
    assert!(header[0]["cards"].as_array().unwrap().iter().any(|c| c == "INSTRUME= 'CAMERA  '"));
    let picture = service.get(&format!("/data/{id}/preview?size=256")).await;
    assert_eq!(picture.status, 200);
    assert!(picture.header("content-type").starts_with("image/"));
    let did = service.adql("SELECT obs_publisher_did FROM ivoa.obscore", "json").await.json();
    let did = did["data"][0][0].as_str().unwrap();
    let did: String = url::form_urlencoded::byte_serialize(did.as_bytes()).collect();
    let links = service.get(&format!("/datalink/links?ID={did}")).await;
    assert!(links.text().contains("<TD>#this</TD>"), "{}", links.text());
    assert!(links.text().contains(&format!("http://archive.example/data/{id}")));
}

#[tokio::test]
async fn an_observation_with_its_history() {
    let service = Service::new().await;
    let obs = service.adql("SELECT obs_id FROM ivoa.obscore", "json").await.json();
    let obs_id = obs["data"][0][0].as_str().unwrap();
    let found = service.get(&format!("/archive/observations/{obs_id}")).await.json();
    assert_eq!(found["obs_id"], obs_id);
    assert_eq!(found["planes"][0]["artifacts"][0]["id"], service.artifact().await);
    assert!(!found["events"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn paths_do_not_leave_the_store() {
    let service = Service::new().await;
    for path in ["/data/..%2f..%2ftenkyu.sqlite", "/data/%00", "/data/../../etc/passwd"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn positions_are_resolved() {
    let service = Service::new().await;
    let found = service.get("/resolve?q=83.8+-5.4").await.json();
    let first = &found["matches"][0];
    assert!((first["ra_deg"].as_f64().unwrap() - 83.8).abs() < 1e-9, "{found}");
    assert!((first["dec_deg"].as_f64().unwrap() + 5.4).abs() < 1e-9);
    let own = service.get("/resolve?q=m42").await.json();
    let first = &own["matches"][0];
    assert!((first["ra_deg"].as_f64().unwrap() - 83.8).abs() < 0.2, "{own}");
    let outside = service.get("/resolve?q=83.8+-95.4").await;
    assert_eq!(outside.status, 400);
    assert!(outside.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    let unknown = service.get("/resolve?q=qqqqqq").await;
    assert_eq!(unknown.status, 200);
    assert_eq!(unknown.json()["matches"], serde_json::json!([]));
}
