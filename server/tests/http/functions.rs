//! Users' own functions over HTTP: kept, used and removed by their owner alone.

#[path = "../../../shared/udf/tests/sandbox/samples.rs"]
mod samples;

use axum::body::Body;
use http::Request;
use tenkyu_server::Settings;

use crate::harness::{Answer, Role, Service};

const FORM: &str = "application/x-www-form-urlencoded";
const WASM: &str = "application/wasm";

/// A person, by the cookie that their browser keeps.
pub struct Person<'s> {
    service: &'s Service,
    pub cookie: Option<String>,
}

impl<'s> Person<'s> {
    pub fn new(service: &'s Service) -> Person<'s> {
        Person { service, cookie: None }
    }

    pub async fn send(&mut self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("host", "archive.example").header("content-type", kind);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.service.send(Role::Anonymous, request).await;
        if let Some((cookie, _)) = answer.header("set-cookie").split_once(';') {
            self.cookie = Some(cookie.to_owned());
        }
        answer
    }

    async fn upload(&mut self, name: &str, module: Vec<u8>) -> Answer {
        self.send("POST", &format!("/tap/functions?name={name}"), WASM, module).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", Vec::new()).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, "", Vec::new()).await
    }

    pub async fn adql(&mut self, query: &str) -> Answer {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        self.get(&format!("/tap/sync?LANG=ADQL&RESPONSEFORMAT=json&QUERY={query}")).await
    }

    async fn count(&mut self) -> usize {
        self.get("/tap/functions").await.json().as_array().unwrap().len()
    }
}

/// A module with one function of another name.
fn renamed(name: &str) -> Vec<u8> {
    let json = format!(
        r#"{{"abi":1,"functions":[{{"name":"{name}","kind":"scalar","arguments":[{{"name":"a","type":"double"}},{{"name":"b","type":"double"}}],"returns":{{"type":"double"}}}}]}}"#
    );
    wat::parse_str(samples::text(&json)).unwrap()
}

const PLUS: &str = "SELECT name, my.plus(ra, dec) AS x FROM test.stars WHERE my.plus(ra, 0) < 40";
const TOTAL: &str = "SELECT my.total(mag) FROM test.stars";

#[tokio::test]
async fn a_module_is_kept_used_and_removed() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    assert_eq!(me.count().await, 0);
    let module = samples::module();
    let answer = me.upload("samples.wasm", module.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let kept = answer.json();
    assert_eq!(
        (kept["name"].as_str(), kept["bytes"].as_u64()),
        (Some("samples.wasm"), Some(module.len() as u64))
    );
    assert_eq!(kept["functions"][0]["name"], "plus");
    assert_eq!(kept["functions"][12]["kind"], "aggregate");
    let url = kept["url"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), url);
    let path = url.strip_prefix("http://archive.example").unwrap().to_owned();
    assert!(answer.header("set-cookie").contains("HttpOnly; SameSite=Lax"));

    // The same once more is the same, and no new one.
    let again = me.upload("other.wasm", module.clone()).await;
    assert_eq!((again.status, again.json()["id"].clone()), (200, kept["id"].clone()));
    assert_eq!(me.count().await, 1);
    let back = me.get(&path).await;
    assert_eq!((back.status, back.header("content-type")), (200, WASM));
    assert_eq!(back.bytes, module);
    assert!(back.header("cache-control").contains("private"), "{:?}", back.headers);

    let answer = me.adql(PLUS).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["data"], serde_json::json!([["Polaris", 127.21]]));
    let total = me.adql(TOTAL).await.json()["data"][0][0].as_f64().unwrap();
    assert!((total - 2.61).abs() < 1e-9, "{total}");
    let form = format!("LANG=ADQL&FORMAT=csv&QUERY={TOTAL}").replace(' ', "+");
    assert_eq!(me.send("POST", "/tap/sync", FORM, form.into_bytes()).await.status, 200);

    assert_eq!(me.delete(&path).await.status, 204);
    assert_eq!(me.delete(&path).await.status, 404);
    assert_eq!(me.get(&path).await.status, 404);
    let gone = me.adql(PLUS).await;
    assert_eq!((gone.status, gone.json()["code"].as_str()), (400, Some("adql-unknown-function")));
}

#[tokio::test]
async fn nobody_else_sees_uses_or_removes_it() {
    let service = Service::new().await;
    let mut mine = Person::new(&service);
    let kept = mine.upload("samples.wasm", samples::module()).await.json();
    let path = format!("/tap/functions/{}", kept["id"].as_str().unwrap());
    // Somebody with functions of their own, somebody without a key, somebody with a made-up key.
    let mut other = Person::new(&service);
    other.upload("other.wasm", renamed("other")).await;
    let nobody = Person::new(&service);
    let mut guess = Person::new(&service);
    guess.cookie = Some(format!("tenkyu-jobs={}", "0".repeat(32)));
    for mut stranger in [other, nobody, guess] {
        let listed = stranger.get("/tap/functions").await;
        assert!(!listed.text().contains("samples.wasm"));
        for answer in [stranger.get(&path).await, stranger.delete(&path).await] {
            assert_eq!(answer.status, 404);
            assert_eq!(answer.json()["code"], "function-no-module");
        }
        let used = stranger.adql(PLUS).await;
        assert_eq!(used.json()["code"], "adql-unknown-function", "{}", used.text());
    }
    assert_eq!(mine.adql(PLUS).await.status, 200);
    // The same bytes of two owners: one's removal leaves the other's.
    let mut twin = Person::new(&service);
    assert_eq!(twin.upload("samples.wasm", samples::module()).await.status, 201);
    assert_eq!(twin.delete(&path).await.status, 204);
    assert_eq!(mine.get(&path).await.bytes, samples::module());
}

#[tokio::test]
async fn jobs_keep_the_functions_that_they_were_made_with() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    let kept = me.upload("samples.wasm", samples::module()).await.json();
    let form = format!("LANG=ADQL&FORMAT=csv&QUERY={TOTAL}").replace(' ', "+");
    let answer = me.send("POST", "/tap/async", FORM, form.into_bytes()).await;
    let job = answer.header("location").strip_prefix("http://archive.example").unwrap().to_owned();
    me.delete(&format!("/tap/functions/{}", kept["id"].as_str().unwrap())).await;
    me.send("POST", &format!("{job}/phase"), FORM, b"PHASE=RUN".to_vec()).await;
    assert_eq!(me.get(&format!("{job}/phase?WAIT=60&PHASE=QUEUED")).await.status, 200);
    for _ in 0..30 {
        if me.get(&format!("{job}/phase?WAIT=2")).await.text() == "COMPLETED" {
            break;
        }
    }
    let result = me.get(&format!("{job}/results/result")).await;
    assert_eq!(result.status, 200, "{}", me.get(&job).await.text());
    assert!(result.text().contains("2.61"), "{}", result.text());
}

#[tokio::test]
async fn a_new_version_replaces_the_module_of_the_same_name() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    let old = me.upload("mine.wasm", renamed("one")).await.json();
    assert_eq!(me.upload("mine.wasm", renamed("two")).await.status, 201);
    assert_eq!(me.count().await, 1);
    assert_eq!(
        me.get(&format!("/tap/functions/{}", old["id"].as_str().unwrap())).await.status,
        404
    );
    // A function in another module keeps its name.
    let taken = me.upload("more.wasm", samples_with("two")).await;
    assert_eq!((taken.status, taken.json()["code"].as_str()), (409, Some("function-taken")));
    assert!(taken.json()["detail"].as_str().unwrap().contains("mine.wasm"));
}

/// Another module with a function of this name.
fn samples_with(name: &str) -> Vec<u8> {
    let json = samples::description().replacen("\"plus\"", &format!("\"{name}\""), 1);
    wat::parse_str(samples::text(&json)).unwrap()
}

#[tokio::test]
async fn forms_bring_modules_too() {
    let service = Service::new().await;
    let mut me = Person::new(&service);
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"module\"; \
        filename=\"a/b.wasm\"\r\n\r\n"
        .to_vec();
    body.extend(samples::module());
    body.extend(b"\r\n--b--\r\n");
    let answer = me.send("POST", "/tap/functions", "multipart/form-data; boundary=b", body).await;
    assert_eq!((answer.status, answer.json()["name"].as_str()), (201, Some("b.wasm")));
    let empty = me
        .send("POST", "/tap/functions", "multipart/form-data; boundary=b", b"--b--\r\n".to_vec())
        .await;
    assert_eq!((empty.status, empty.json()["code"].as_str()), (400, Some("function-body")));
    let form = me.send("POST", "/tap/functions", FORM, samples::module()).await;
    assert_eq!(form.json()["code"], "function-body");
}

#[tokio::test]
async fn limits_are_said_and_bad_modules_refused() {
    let service = Service::with(Settings {
        function_module_bytes: Some(20_000),
        function_modules: Some(2),
        function_memory: Some(4 << 20),
        ..Settings::default()
    })
    .await;
    let mut me = Person::new(&service);
    for (module, status, code) in [
        (b"MZ not a module".to_vec(), 400, "function-not-wasm"),
        (vec![0; 20_001], 413, "function-too-large"),
        (wat::parse_str("(module)").unwrap(), 400, "function-export"),
        (
            wat::parse_str("(module (import \"env\" \"now\" (func)))").unwrap(),
            400,
            "function-import",
        ),
    ] {
        let answer = me.upload("x.wasm", module).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)));
        assert!(!answer.json()["help"].as_str().unwrap().is_empty());
    }
    assert_eq!(me.count().await, 0);
    me.upload("a.wasm", renamed("a")).await;
    me.upload("b.wasm", renamed("b")).await;
    let third = me.upload("c.wasm", renamed("c")).await;
    assert_eq!((third.status, third.json()["code"].as_str()), (409, Some("functions-too-many")));
    // One of the same name takes the old one's place.
    assert_eq!(me.upload("b.wasm", samples::module()).await.status, 201);
    let failed = me.adql("SELECT my.trap(ra) FROM test.stars").await;
    assert_eq!((failed.status, failed.json()["code"].as_str()), (400, Some("function-trap")));
    let bomb = me.adql("SELECT my.hoard(ra) FROM test.stars").await;
    assert_eq!(bomb.json()["code"], "function-memory", "{}", bomb.text());
    // Nothing of this ends the server.
    assert_eq!(me.adql("SELECT my.plus(1, 1) FROM test.stars").await.status, 200);
}
