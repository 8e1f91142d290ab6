use quick_xml::Reader;
use quick_xml::events::Event;

use crate::fake::Service;

/// Checks that a document is well-formed and returns the names of its elements.
fn elements(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                names.push(tag.name().as_ref().to_owned());
            }
            Event::Eof => return names,
            _ => {}
        }
    }
}

#[tokio::test]
async fn capabilities_declare_what_is_there() {
    let answer = Service::new().get("/tap/capabilities").await;
    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    let text = answer.text();
    assert!(elements(text).contains(&"languageFeatures".to_owned()));
    assert!(text.contains("<accessURL use=\"base\">http://archive.example/tap</accessURL>"));
    assert!(text.contains("<default unit=\"row\">10</default><hard unit=\"row\">50</hard>"));
    assert!(text.contains("TAPRegExt#upload-inline") && text.contains("TAPRegExt#upload-https"));
    assert!(text.contains("<executionDuration><default>600</default><hard>6000</hard>"));
    assert!(!text.contains("ObsCore"), "declared without the table");
}

#[tokio::test]
async fn tables_come_with_and_without_columns() {
    let service = Service::new();
    let all = service.get("/tap/tables").await;
    assert_eq!(elements(all.text()).iter().filter(|name| *name == "column").count(), 7);
    assert!(all.text().contains("<nrows>3</nrows>"));
    let names = service.get("/tap/tables?detail=min").await;
    assert!(!elements(names.text()).contains(&"column".to_owned()));
    assert_eq!(service.get("/tap/tables?detail=some").await.status, 400);
    let one = service.get("/tap/tables/CAT.Stars").await;
    assert!(one.text().contains("<name>cat.stars</name>"));
    let none = service.get("/tap/tables/cat.galaxies").await;
    assert_eq!((none.status, none.json()["code"].as_str()), (404, Some("vo-no-table")));
}

#[tokio::test]
async fn availability_and_the_landing_page_answer() {
    let service = Service::new();
    assert!(service.get("/tap/availability").await.text().contains(">true<"));
    let landing = service.get("/tap").await;
    assert!(elements(landing.text()).contains(&"ul".to_owned()));
}

#[tokio::test]
async fn examples_are_rdfa_with_queries() {
    let answer = Service::new().get("/tap/examples").await;
    let text = answer.text();
    elements(text);
    assert!(text.contains(r#"vocab="http://www.ivoa.net/rdf/examples#""#));
    assert!(text.contains(r#"<pre property="query">SELECT TOP 20 *"#));
    assert!(text.contains("CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 83.82, -5.39, 1)) = 1"));
    assert!(text.contains("http://archive.example/tap/sync?QUERY="));
}

#[tokio::test]
async fn any_origin_may_read() {
    let answer = Service::new().get_with("/tap/tables", &[("origin", "https://a.example")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}
