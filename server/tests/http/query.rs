use tenkyu_server::Settings;

use crate::harness::Service;

#[tokio::test]
async fn a_query_is_answered_in_each_format() {
    let service = Service::new().await;
    let cone = "SELECT name, mag FROM test.stars WHERE DISTANCE(ra, dec, 83, 0) < 15 ORDER BY name";
    let csv = service.adql(cone, "csv").await;
    assert_eq!(csv.text(), "name,mag\r\nBetelgeuse,0.5\r\n\"Meissa, or λ Ori\",\r\nRigel,0.13\r\n");
    let json = service.adql(cone, "json").await.json();
    assert_eq!(json["data"][1], serde_json::json!(["Meissa, or λ Ori", null]));
    assert!(json["snapshots"]["test.stars"].is_string());
    assert!(service.adql(cone, "votable").await.text().contains("<TD>Rigel</TD>"));
    assert!(service.adql(cone, "arrow").await.bytes.len() > 200);
    assert!(service.adql(cone, "parquet").await.bytes.ends_with(b"PAR1"));
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_said_with_its_place() {
    let service = Service::new().await;
    let wrong = service.adql("SELECT nam FROM test.stars", "json").await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["place"]["column"], 8);
    assert!(wrong.text().contains("name"));
    let unclosed = service.adql("SELECT 'a FROM test.stars", "votable").await;
    assert_eq!(unclosed.status, 400);
    assert!(unclosed.text().contains(r#"value="ERROR""#));
    let deep = format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(service.adql(&deep, "votable").await.status, 400);
}

#[tokio::test]
async fn an_old_snapshot_can_be_named() {
    let service = Service::new().await;
    let query = "/tap/sync?QUERY=SELECT+name+FROM+test.stars+ORDER+BY+name&FORMAT=json";
    let now = service.get(query).await.json();
    let snapshot = now["snapshots"]["test.stars"].as_str().unwrap();
    let again = service.get(&format!("{query}&SNAPSHOT=test.stars@{snapshot}")).await.json();
    assert_eq!(again["data"], now["data"]);
    assert_eq!(service.get(&format!("{query}&SNAPSHOT=test.stars@none")).await.status, 404);
}

#[tokio::test]
async fn observations_are_a_table() {
    let service = Service::new().await;
    let found = service
        .adql("SELECT facility_name, instrument_name, t_exptime FROM ivoa.obscore", "json")
        .await
        .json();
    assert_eq!(found["data"][0], serde_json::json!(["TEST", "CAMERA", 30.0]));
    let tables = service.get("/tap/tables?detail=min").await;
    for name in ["test.stars", "ivoa.obscore", "TAP_SCHEMA.columns"] {
        assert!(tables.text().contains(name), "{name}");
    }
    let capabilities = service.get("/tap/capabilities").await;
    assert!(capabilities.text().contains("ivo://ivoa.net/std/ObsCore#core-1.1"));
}

#[tokio::test]
async fn queries_wait_for_their_turn_and_too_many_are_refused() {
    let settings = Settings { concurrent_queries: Some(1), ..Settings::default() };
    let service = Service::with(settings).await;
    let query = || service.adql("SELECT COUNT(*) FROM test.stars", "csv");
    let answers = futures::future::join_all((0..320).map(|_| query())).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 200);
    // One runs and 256 wait.
    assert!(done.len() >= 257, "{}", done.len());
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    }
}

#[tokio::test]
async fn nul_characters_are_refused_wherever_they_stand() {
    let service = Service::new().await;
    for path in ["/tap/sync?LANG=ADQL&QUERY=SELECT+1%00", "/tap/sync?RUNID=%00&LANG=ADQL"] {
        let refused = service.get_with(path, &[("accept", "application/json")]).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text());
    }
    let form = "LANG=ADQL&RUNID=a%00b&QUERY=SELECT+1";
    let refused = service.post("/tap/async", "application/x-www-form-urlencoded", form).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let view = r#"{"path":"/query","query":"?v=1","title":"a\u0000b"}"#;
    let refused = service.post("/s", "application/json", view).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(service.get("/s/%00").await.status, 404);
}
