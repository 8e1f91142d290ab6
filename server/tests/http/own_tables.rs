//! Users' own tables over HTTP: made of queries and files, used, changed and removed by their
//! owner alone.

use serde_json::json;
use tenkyu_server::Settings;

use crate::functions::Person;
use crate::harness::{Answer, Role, Service};

const FORM: &str = "application/x-www-form-urlencoded";
const CSV: &str = "text/csv";

/// Two objects with 64-bit identifiers that no double holds.
const SAMPLE: &str = "source_id,ra,dec,note\n\
     9007199254740993,88.79,7.41,first\n\
     -9223372036854775807,37.95,89.26,\"<script>alert(1)</script>\"\n";

async fn put(person: &mut Person<'_>, name: &str, kind: &str, body: &[u8]) -> Answer {
    person.send("PUT", &format!("/tap/tables/{name}"), kind, body.to_vec()).await
}

async fn patch(person: &mut Person<'_>, name: &str, change: serde_json::Value) -> Answer {
    let change = serde_json::to_vec(&change).unwrap();
    person.send("PATCH", &format!("/tap/my/{name}"), "application/json", change).await
}

/// Sends a query by POST, as one must that makes a table.
async fn ask(person: &mut Person<'_>, query: &str) -> Answer {
    let form = format!("LANG=ADQL&RESPONSEFORMAT=json&QUERY={}", encoded(query));
    person.send("POST", "/tap/sync", FORM, form.into_bytes()).await
}

/// The names of the tables that a person has.
async fn names(person: &mut Person<'_>) -> Vec<String> {
    let list = person.get("/tap/my").await.json();
    let tables = list["tables"].as_array().unwrap();
    tables.iter().map(|table| table["name"].as_str().unwrap().to_owned()).collect()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_table_is_made_of_a_file_used_and_removed() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    let made = put(&mut me, "my.sample", CSV, SAMPLE.as_bytes()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("location"), "http://archive.example/tap/tables/my.sample");
    assert_eq!(made.json()["name"], "my.sample");
    assert_eq!(names(&mut me).await, ["my.sample"]);

    let joined = "SELECT s.name, m.source_id FROM test.stars s JOIN my.sample m \
         ON DISTANCE(POINT(s.ra, s.dec), POINT(m.ra, m.dec)) < 0.001 ORDER BY s.name";
    let rows = me.adql(joined).await;
    assert_eq!(
        rows.json()["data"],
        json!([
            ["Betelgeuse", 9_007_199_254_740_993_i64],
            ["Polaris", -9_223_372_036_854_775_807_i64]
        ]),
    );
    let described = me.get("/tap/tables/my.sample").await;
    assert_eq!(described.status, 200);
    assert!(described.text().contains("source_id"), "{}", described.text());
    assert!(me.get("/tap/tables").await.text().contains("my.sample"));
    let schema = "SELECT column_name FROM TAP_SCHEMA.columns WHERE table_name = 'my.sample'";
    assert_eq!(me.adql(schema).await.json()["data"].as_array().unwrap().len(), 5);

    let twice = put(&mut me, "my.sample", CSV, SAMPLE.as_bytes()).await;
    assert_eq!((twice.status, twice.json()["code"].as_str()), (409, Some("table-taken")));
    let removed = me.delete("/tap/tables/my.sample").await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(me.delete("/tap/tables/my.sample").await.status, 404);
    assert_eq!(me.adql("SELECT * FROM my.sample").await.json()["code"], "adql-unknown-table");
    assert!(names(&mut me).await.is_empty());
}

#[tokio::test]
async fn identifiers_of_64_bits_survive_every_format() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    put(&mut me, "my.csv", CSV, SAMPLE.as_bytes()).await;
    let query = encoded("SELECT source_id, ra, dec, note FROM my.csv");
    for (name, format, kind) in [
        ("my.vot", "votable", "application/x-votable+xml"),
        ("my.vot2", "votable/td", "text/xml"),
        ("my.fits", "fits", "application/fits"),
        ("my.parquet", "parquet", "application/vnd.apache.parquet"),
        ("my.tsv", "tsv", "text/tab-separated-values"),
    ] {
        let asked = format!("/tap/sync?LANG=ADQL&FORMAT={}&QUERY={query}", encoded(format));
        let file = me.get(&asked).await;
        assert_eq!(file.status, 200, "{format}");
        let made = put(&mut me, name, kind, &file.bytes).await;
        assert_eq!(made.status, 201, "{format}: {}", made.text());
        let back = format!("SELECT source_id, note FROM {name} ORDER BY ra DESC");
        let back = me.adql(&back).await.json();
        assert_eq!(back["data"][0], json!([9_007_199_254_740_993_i64, "first"]), "{format}");
        assert_eq!(back["data"][1][0], json!(-9_223_372_036_854_775_807_i64), "{format}");
    }
}

#[tokio::test]
async fn results_become_tables_by_into() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    let query = "SELECT name, ra, dec, mag INTO my.bright FROM test.stars WHERE mag < 1";
    let by_get = me.adql(query).await;
    assert_eq!((by_get.status, by_get.json()["code"].as_str()), (400, Some("table-by-get")));
    let unknown = ask(&mut me, query).await;
    assert_eq!((unknown.status, unknown.json()["code"].as_str()), (401, Some("table-no-owner")));

    // A job brings the key by which its person is known.
    let form = format!("PHASE=RUN&LANG=ADQL&FORMAT=json&QUERY={}", encoded(query));
    let job = me.send("POST", "/tap/async", FORM, form.into_bytes()).await;
    let job = job.header("location").strip_prefix("http://archive.example").unwrap().to_owned();
    let done = me.get(&format!("{job}/phase?WAIT=20")).await;
    let done = if done.text() == "COMPLETED" {
        done
    } else {
        me.get(&format!("{job}/phase?WAIT=20&PHASE=EXECUTING")).await
    };
    assert_eq!(done.text(), "COMPLETED", "{}", me.get(&format!("{job}/error")).await.text());
    let receipt = me.get(&format!("{job}/results/result")).await.json();
    assert_eq!(receipt["data"][0][0], "my.bright");
    assert_eq!(receipt["data"][0][1], 2);
    let rows = me.adql("SELECT name FROM my.bright ORDER BY mag").await.json();
    assert_eq!(rows["data"], json!([["Rigel"], ["Betelgeuse"]]));

    // Now they are known in immediate queries, too.
    let twice = ask(&mut me, query).await;
    assert_eq!((twice.status, twice.json()["code"].as_str()), (409, Some("table-taken")));
    let fewer = ask(&mut me, "SELECT name INTO my.one FROM my.bright WHERE mag < 0.3").await;
    assert_eq!(fewer.status, 200, "{}", fewer.text());
    assert_eq!(me.adql("SELECT * FROM my.one").await.json()["data"], json!([["Rigel"]]));
    let none = ask(&mut me, "SELECT name INTO my.none FROM my.bright WHERE mag < -9").await;
    assert_eq!((none.status, none.json()["data"][0][1].as_i64()), (200, Some(0)));
    assert_eq!(me.adql("SELECT COUNT(*) FROM my.none").await.json()["data"], json!([[0]]));

    for (bad, code) in [
        ("SELECT name INTO test.stars FROM my.bright", "table-bad-name"),
        ("SELECT name INTO my.\"a/../b\" FROM my.bright", "table-bad-name"),
        ("SELECT name FROM (SELECT name INTO my.x FROM my.bright) AS q", "adql-syntax"),
    ] {
        let refused = ask(&mut me, bad).await;
        assert_eq!((refused.status, refused.json()["code"].as_str()), (400, Some(code)), "{bad}");
    }
    let failed =
        ask(&mut me, "SELECT CAST(name AS INTEGER) AS n INTO my.half FROM my.bright").await;
    assert_eq!(failed.status, 400, "{}", failed.text());
    assert_eq!(names(&mut me).await, ["my.bright", "my.none", "my.one"]);
}

#[tokio::test]
async fn rows_are_added_and_names_changed() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    put(&mut me, "my.sample", CSV, SAMPLE.as_bytes()).await;
    let more = b"source_id,ra,dec,note\n7,78.63,-8.2,third\n".to_vec();
    let added = me.send("POST", "/tap/load/my.sample", CSV, more).await;
    assert_eq!((added.status, added.json()["rows"].as_i64()), (200, Some(3)), "{}", added.text());
    let wrong = b"source_id,ra,dec,note\nseven,1,2,x\n".to_vec();
    let refused = me.send("POST", "/tap/load/my.sample", CSV, wrong).await;
    assert_eq!(refused.status, 400, "{}", refused.text());

    let change = json!({"name": "my.checked", "description": "<b>Seen</b> & checked"});
    let changed = patch(&mut me, "my.sample", change).await;
    assert_eq!((changed.status, changed.json()["rows"].as_i64()), (200, Some(3)));
    assert_eq!(names(&mut me).await, ["my.checked"]);
    let described = me.get("/tap/tables/my.checked").await;
    assert!(described.text().contains("&lt;b>Seen") || described.text().contains("&lt;b&gt;Seen"));
    let ids = "SELECT source_id FROM my.checked ORDER BY source_id";
    assert_eq!(
        me.adql(ids).await.json()["data"],
        json!([[-9_223_372_036_854_775_807_i64], [7], [9_007_199_254_740_993_i64]])
    );
    put(&mut me, "my.other", CSV, SAMPLE.as_bytes()).await;
    let taken = patch(&mut me, "my.other", json!({"name": "my.checked"})).await;
    assert_eq!((taken.status, taken.json()["code"].as_str()), (409, Some("table-taken")));
    let missing = me.send("POST", "/tap/load/my.gone", CSV, SAMPLE.into()).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_table_is_defined_and_then_filled() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    let definition = r#"<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"
        xmlns:vod="http://www.ivoa.net/xml/VODataService/v1.1"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><name>my.seen</name>
        <column><name>id</name><dataType xsi:type="vod:VOTableType">long</dataType></column>
        <column><name>ra</name><unit>deg</unit><ucd>pos.eq.ra;meta.main</ucd>
            <dataType xsi:type="vod:VOTableType">double</dataType></column>
        <column><name>dec</name><unit>deg</unit><ucd>pos.eq.dec;meta.main</ucd>
            <dataType xsi:type="vod:TAPType">DOUBLE</dataType></column>
        </vosi:table>"#;
    let made = put(&mut me, "my.seen", "text/xml", definition.as_bytes()).await;
    assert_eq!((made.status, made.json()["rows"].as_i64()), (201, Some(0)), "{}", made.text());
    assert_eq!(made.json()["columns"][1]["unit"], "deg");
    assert_eq!(me.adql("SELECT id FROM my.seen").await.json()["data"], json!([]));
    for rows in ["id\tra\tdec\n1\t88.79\t7.41\n", "dec\tra\tid\n89\t10\t2\n"] {
        let kind = "text/tab-separated-values";
        let loaded = me.send("POST", "/tap/load/my.seen", kind, rows.into()).await;
        assert_eq!(loaded.status, 200, "{}", loaded.text());
    }
    let near = "SELECT id FROM my.seen WHERE DISTANCE(POINT(ra, dec), POINT(88.79, 7.41)) < 1";
    assert_eq!(me.adql(near).await.json()["data"], json!([[1]]));
    let broken = put(&mut me, "my.broken", "text/xml", b"<table><column></table>").await;
    assert_eq!((broken.status, broken.json()["code"].as_str()), (400, Some("table-definition")));
}

#[tokio::test]
async fn nobody_else_sees_uses_or_changes_it() {
    let service = Service::new().await;
    let mut mine = Person::new(&service);
    put(&mut mine, "my.sample", CSV, SAMPLE.as_bytes()).await;
    let mut other = Person::new(&service);
    put(&mut other, "my.theirs", CSV, SAMPLE.as_bytes()).await;
    let nobody = Person::new(&service);
    let mut guess = Person::new(&service);
    guess.cookie = Some(format!("tenkyu-jobs={}", "0".repeat(32)));
    for mut stranger in [other, nobody, guess] {
        assert!(!names(&mut stranger).await.contains(&"my.sample".to_owned()));
        for answer in [
            stranger.get("/tap/tables/my.sample").await,
            stranger.delete("/tap/tables/my.sample").await,
            stranger.send("POST", "/tap/load/my.sample", CSV, SAMPLE.into()).await,
            patch(&mut stranger, "my.sample", json!({"description": "mine now"})).await,
        ] {
            assert_eq!(answer.status, 404, "{}", answer.text());
        }
        let used = stranger.adql("SELECT * FROM my.sample").await;
        assert_eq!(used.json()["code"], "adql-unknown-table", "{}", used.text());
        assert!(!stranger.get("/tap/tables").await.text().contains("my.sample"));
        let schema = "SELECT * FROM TAP_SCHEMA.tables WHERE table_name = 'my.sample'";
        assert_eq!(stranger.adql(schema).await.json()["data"], json!([]));
    }
    assert_eq!(mine.adql("SELECT COUNT(*) FROM my.sample").await.json()["data"], json!([[2]]));
    // The same name of two people is two tables.
    let mut twin = Person::new(&service);
    assert_eq!(put(&mut twin, "my.sample", CSV, b"a\n1\n").await.status, 201);
    assert_eq!(mine.adql("SELECT COUNT(*) FROM my.sample").await.json()["data"], json!([[2]]));
}

#[tokio::test]
async fn what_is_no_table_is_refused_and_leaves_nothing() {
    let limits =
        Settings { own_table_bytes: Some(20_000), own_tables: Some(2), ..Settings::default() };
    let service = Service::with(limits).await;
    let mut me = Person::new(&service);
    for (name, kind, body, status, code) in [
        ("stars", CSV, SAMPLE.as_bytes(), 400, "table-bad-name"),
        ("my.a b", CSV, SAMPLE.as_bytes(), 400, "table-bad-name"),
        ("other.a", CSV, SAMPLE.as_bytes(), 400, "table-bad-name"),
        ("my.a", FORM, SAMPLE.as_bytes(), 400, "table-body"),
        ("my.a", "application/fits", b"SIMPLE  =                    T", 400, "bad-table-file"),
        ("my.a", "application/x-votable+xml", b"<VOTABLE", 400, "table-definition"),
    ] {
        let path = name.replace(' ', "%20");
        let refused = put(&mut me, &path, kind, body).await;
        assert_eq!(refused.status, status, "{name} {kind}: {}", refused.text());
        if code != "bad-table-file" {
            assert_eq!(refused.json()["code"], code, "{name} {kind}");
        }
    }
    let long: String = (0..20_000).map(|i| format!("{},{}\n", i * 7919 % 104_729, i * i)).collect();
    let full = put(&mut me, "my.long", CSV, format!("a,b\n{long}").as_bytes()).await;
    assert_eq!(full.status, 413, "{}", full.text());
    assert!(names(&mut me).await.is_empty());
    for (name, status) in [("my.a", 201), ("my.b", 201), ("my.c", 409)] {
        let answer = put(&mut me, name, CSV, b"a\n1\n").await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
    // A full room still lets go.
    assert_eq!(me.delete("/tap/tables/my.a").await.status, 204);
    assert_eq!(put(&mut me, "my.c", CSV, b"a\n1\n").await.status, 201);
    let list = me.get("/tap/my").await.json();
    assert!(list["bytes"].as_u64().unwrap() > 0);
    assert_eq!(list["limit"], 20_000);
}

#[tokio::test]
async fn tables_belong_to_the_person_and_a_token_needs_its_scope() {
    let service = Service::new().await;
    service.person("ann", false).await;
    service.person("bob", false).await;
    let (ann, bob) = (service.sign_in("ann").await, service.sign_in("bob").await);
    let reads = Role::Token(service.token(&ann, &["read:tap"]).await);
    let writes = Role::Token(service.token(&ann, &["read:tap", "write:tables"]).await);
    let into = encoded("SELECT name, ra, dec INTO my.every FROM test.stars");
    let form = format!("LANG=ADQL&RESPONSEFORMAT=json&QUERY={into}");
    let put = async |role: &Role| {
        service.ask_as(role, "PUT", "/tap/tables/my.sample", CSV, SAMPLE).await.status
    };
    assert_eq!(put(&reads).await, 403);
    for path in ["/tap/sync", "/tap/async"] {
        let refused = service.ask_as(&reads, "POST", path, FORM, &form).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
    }
    // Nor by a change of a job that only read.
    let plain = "LANG=ADQL&QUERY=SELECT+1+AS+x+FROM+test.stars";
    let job = service.ask_as(&reads, "POST", "/tap/async", FORM, plain).await;
    let job = job.header("location").replace("http://archive.example", "");
    let changed = format!("{job}/parameters");
    let refused = service.ask_as(&reads, "POST", &changed, FORM, &format!("QUERY={into}")).await;
    assert_eq!(refused.status, 403, "{}", refused.text());

    assert_eq!(put(&writes).await, 201);
    let made = service.ask_as(&writes, "POST", "/tap/sync", FORM, &form).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let count = format!(
        "LANG=ADQL&RESPONSEFORMAT=json&QUERY={}",
        encoded("SELECT COUNT(*) FROM my.every AS a JOIN my.sample AS s ON 1 = 1")
    );
    for role in [&ann, &reads] {
        let found = service.ask_as(role, "POST", "/tap/sync", FORM, &count).await;
        assert_eq!(found.json()["data"], json!([[8]]), "{}", found.text());
    }
    let none = service.ask_as(&bob, "POST", "/tap/sync", FORM, &count).await;
    assert_eq!(none.json()["code"], "adql-unknown-table");
    assert_eq!(service.ask(&bob, "GET", "/tap/my", "").await.json()["tables"], json!([]));
}
