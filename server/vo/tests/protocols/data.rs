use axum::body::Body;
use base64::Engine as _;
use http::Request;
use tenkyu_wire::observation::Observation;

use crate::fake::{Answer, CONTENT, SHA256, Service};

fn etag() -> String {
    format!("\"{SHA256}\"")
}

#[tokio::test]
async fn a_whole_file_with_its_checksum() {
    let service = Service::new();
    let answer = service.get("/data/pub").await;
    assert_eq!((answer.status, answer.bytes()), (200, CONTENT));
    assert_eq!(answer.header("etag"), etag());
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("content-length"), CONTENT.len().to_string());
    let digest = answer.header("repr-digest").strip_prefix("sha-256=:").unwrap();
    let digest = digest.strip_suffix(':').unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(digest).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, SHA256);
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"__ _1_.fits"));
    let head = Request::head("/data/pub").body(Body::empty()).unwrap();
    let head = Answer::of(service.send(head).await).await;
    assert_eq!(head.header("content-length"), CONTENT.len().to_string());
    assert!(head.bytes().is_empty());
}

#[tokio::test]
async fn parts_of_a_file() {
    let service = Service::new();
    let part = async |range| service.get_with("/data/pub", &[("range", range)]).await;
    let answer = part("bytes=2-5").await;
    assert_eq!((answer.status, answer.bytes()), (206, &CONTENT[2..6]));
    assert_eq!(answer.header("content-range"), format!("bytes 2-5/{}", CONTENT.len()));
    let answer = part("bytes=-4").await;
    assert_eq!(answer.bytes(), &CONTENT[CONTENT.len() - 4..]);
    let answer = part("bytes=9999-").await;
    assert_eq!(answer.status, 416);
    assert_eq!(answer.header("content-range"), format!("bytes */{}", CONTENT.len()));
    let answer = part("bytes=0-1,10-11").await;
    assert!(answer.header("content-type").starts_with("multipart/byteranges; boundary="));
    assert_eq!(answer.header("content-length"), answer.bytes().len().to_string());
    let text = answer.text();
    assert!(text.contains("Content-Range: bytes 0-1/") && text.contains("\r\n\r\nSI\r\n--"));
    assert!(text.contains("Content-Range: bytes 10-11/") && text.ends_with("--\r\n"));
}

#[tokio::test]
async fn conditions_are_kept() {
    let service = Service::new();
    let tag = etag();
    let answer = service.get_with("/data/pub", &[("if-none-match", &tag)]).await;
    assert_eq!((answer.status, answer.bytes().len()), (304, 0));
    let headers = [("range", "bytes=0-1"), ("if-range", "\"other\"")];
    assert_eq!(service.get_with("/data/pub", &headers).await.status, 200);
    let headers = [("range", "bytes=0-1"), ("if-range", tag.as_str())];
    assert_eq!(service.get_with("/data/pub", &headers).await.status, 206);
}

#[tokio::test]
async fn what_is_not_public_is_refused_with_reason_and_date() {
    let service = Service::new();
    for path in ["/data/secret", "/data/secret/preview"] {
        let answer = service.get(path).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (403, Some("data-proprietary"))
        );
        assert!(answer.text().contains("proposal o99") && answer.text().contains("2027-01-01"));
    }
    assert_eq!(service.get("/data/none").await.status, 404);
    assert_eq!(service.get("/data/..%2F..%2Fetc%2Fpasswd").await.status, 404);
}

#[tokio::test]
async fn previews_and_headers() {
    let service = Service::new();
    let answer = service.get("/data/pub/preview?size=256").await;
    assert_eq!((answer.header("content-type"), answer.text()), ("image/png", "picture 256"));
    let tag = answer.header("etag").to_owned();
    let again = service.get_with("/data/pub/preview?size=256", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, 304);
    assert_eq!(service.get("/data/pub/preview?size=huge").await.status, 400);
    let text = service.get("/data/pub/header").await;
    assert_eq!(text.text(), "SIMPLE  =                    T\nEND\n");
    let json = service.get("/data/pub/header?format=json").await.json();
    assert_eq!(json[0]["cards"][1], "END");
}

#[tokio::test]
async fn links_of_observations_and_of_nothing() {
    let service = Service::new();
    let answer = service.get("/datalink/links?ID=obs+1&ID=nothing").await;
    assert_eq!(answer.header("content-type"), "application/x-votable+xml;content=datalink");
    let text = answer.text();
    assert!(text.contains("<TD>http://archive.example/data/pub</TD>"));
    assert!(text.contains("<TD>#this</TD>") && text.contains("<TD>#preview</TD>"));
    assert!(text.contains("http://archive.example/archive/observations/obs%201"));
    assert!(text.contains("<TD>NotFoundFault: There is no observation nothing."));
    assert_eq!(service.get("/datalink/links").await.status, 400);
}

#[tokio::test]
async fn observations_and_names_are_json() {
    let service = Service::new();
    let found: Observation =
        serde_json::from_slice(service.get("/archive/observations/obs%201").await.bytes()).unwrap();
    assert_eq!(found.planes[0].artifacts[0].id, "pub");
    let none = service.get("/archive/observations/x").await;
    assert_eq!((none.status, none.json()["code"].as_str()), (404, Some("archive-no-observation")));
    let unknown = service.get("/resolve?q=M+32").await.json();
    assert_eq!(unknown["suggestions"][0], "M 31");
    assert_eq!(service.get("/resolve").await.status, 400);
    assert_eq!(service.get("/resolve/complete?q=M").await.json(), serde_json::json!([]));
}
