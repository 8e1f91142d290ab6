//! A service with one catalogue and one observation, and requests to it by role.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use tenkyu_accounts::{Application, NewPerson};
use tenkyu_engine::ImportOptions;
use tenkyu_server::{Rooms, Settings, router};
use tower::ServiceExt;

/// What a request brings to say who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    Anonymous,
    /// The cookie of a session, in a browser that shows a page of ours.
    Cookie(String),
    /// An access token.
    Token(String),
}

/// The password of everybody in these tests.
pub const PASSWORD: &str = "correct horse battery";

/// A running service.
pub struct Service {
    router: Router,
    pub rooms: Rooms,
    _folder: tempfile::TempDir,
}

/// Rows of the catalogue `test.stars`.
const STARS: &str = "name,ra,dec,mag\n\
     Betelgeuse,88.79,7.41,0.5\n\
     Rigel,78.63,-8.2,0.13\n\
     \"Meissa, or λ Ori\",83.78,9.93,\n\
     Polaris,37.95,89.26,1.98\n";

impl Service {
    pub async fn new() -> Service {
        Service::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Service {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        write_site(&site);
        let data = folder.path().join("data");
        let config = Settings {
            database_url: tenkyu_store::testing::url(&data).await,
            data_dir: Some(data),
            site_root: Some(site),
            ..settings
        };
        let mut config = config.resolve().unwrap();
        // Cheap hashes of passwords: what they cost is not tested here.
        (config.accounts.hash_kib, config.accounts.hash_passes) = (64, 1);
        let rooms = Rooms::open(&config).await.unwrap();
        let csv = folder.path().join("stars.csv");
        std::fs::write(&csv, STARS).unwrap();
        rooms.engine.import(&csv, &ImportOptions::new("test.stars"), &mut |_| {}).unwrap();
        let fits = folder.path().join("field.fits");
        std::fs::write(&fits, image()).unwrap();
        let report = rooms.archive.ingest(&[fits], Default::default(), |_| {}).await.unwrap();
        assert_eq!(report.ingested, 1, "{report:?}");
        Service { router: router(rooms.clone(), &config), rooms, _folder: folder }
    }

    pub async fn send(&self, role: Role, mut request: Request<Body>) -> Answer {
        // The one place where a role's credentials are added.
        let headers = request.headers_mut();
        match role {
            Role::Anonymous => {}
            Role::Cookie(cookie) => {
                headers.insert("cookie", cookie.parse().unwrap());
                headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
            }
            Role::Token(token) => {
                headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
            }
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    /// Makes an active account.
    pub async fn person(&self, user: &str, operator: bool) -> String {
        let about = Application {
            user: user.to_owned(),
            display: format!("{user} example"),
            email: format!("{user}@nao.example"),
            affiliation: "NAOJ".to_owned(),
            password: PASSWORD.to_owned(),
            ..Application::default()
        };
        let new = NewPerson { about, operator };
        self.rooms.accounts.create(&new, now()).await.unwrap().person.id
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, user: &str) -> Role {
        let body = serde_json::json!({ "user": user, "password": PASSWORD }).to_string();
        let answer = self.post("/account/sign-in", "application/json", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Role::Cookie(answer.session())
    }

    /// An access token of somebody who has signed in.
    pub async fn token(&self, role: &Role, scopes: &[&str]) -> String {
        let body = serde_json::json!({ "name": "test", "scopes": scopes, "days": 1 });
        let answer = self.ask(role, "POST", "/account/tokens", &body.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// A request of a role with a body of JSON.
    pub async fn ask(&self, role: &Role, method: &str, path: &str, body: &str) -> Answer {
        self.ask_as(role, method, path, "application/json", body).await
    }

    pub async fn ask_as(
        &self,
        role: &Role,
        method: &str,
        path: &str,
        kind: &str,
        body: &str,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "archive.example")
            .header("content-type", kind)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(role.clone(), request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path).header("host", "archive.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(Role::Anonymous, request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, kind: &str, body: &str) -> Answer {
        self.post_bytes(path, kind, body.as_bytes().to_vec()).await
    }

    pub async fn post_bytes(&self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.send_body("POST", path, kind, body).await
    }

    pub async fn send_body(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(method.to_ascii_uppercase().as_str())
            .uri(path)
            .header("host", "archive.example")
            .header("content-type", kind)
            .body(Body::from(body))
            .unwrap();
        self.send(Role::Anonymous, request).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        let request = Request::delete(path).header("host", "archive.example");
        self.send(Role::Anonymous, request.body(Body::empty()).unwrap()).await
    }

    pub async fn adql(&self, query: &str, format: &str) -> Answer {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        self.get(&format!("/tap/sync?LANG=ADQL&RESPONSEFORMAT={format}&QUERY={query}")).await
    }

    /// Identifier of the one file.
    pub async fn artifact(&self) -> String {
        let json = self.adql("SELECT access_url FROM ivoa.obscore", "json").await.json();
        let url = json["data"][0][0].as_str().unwrap().to_owned();
        url.rsplit('/').next().unwrap().to_owned()
    }
}

/// An answer that was read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The cookie of the session that this answer begins.
    pub fn session(&self) -> String {
        let set = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let mut pairs = set.filter_map(|value| value.split(';').next());
        pairs.rfind(|pair| pair.contains("-session=")).unwrap().to_owned()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }
}

pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn write_site(site: &Path) {
    let pkg = site.join("pkg");
    std::fs::create_dir_all(&pkg).unwrap();
    std::fs::write(pkg.join("portal.js"), "export default 1;").unwrap();
    std::fs::write(pkg.join("portal_bg.wasm"), b"\0asm\x01\0\0\0").unwrap();
    std::fs::write(pkg.join("portal_bg.wasm.br"), b"packed").unwrap();
    std::fs::write(pkg.join("part-0123456789abcdef.js"), "1").unwrap();
    std::fs::write(site.join(".secret"), "no").unwrap();
}

/// A FITS image of 16 × 16 pixels at RA 83.8°, Dec −5.4°.
pub fn image() -> Vec<u8> {
    let cards = [
        "SIMPLE  =                    T",
        "BITPIX  =                   16",
        "NAXIS   =                    2",
        "NAXIS1  =                   16",
        "NAXIS2  =                   16",
        "TELESCOP= 'TEST    '",
        "INSTRUME= 'CAMERA  '",
        "OBJECT  = 'M 42    '",
        "DATE-OBS= '2020-01-02T03:04:05'",
        "EXPTIME =                 30.0",
        "CTYPE1  = 'RA---TAN'",
        "CTYPE2  = 'DEC--TAN'",
        "CRVAL1  =                 83.8",
        "CRVAL2  =                 -5.4",
        "CRPIX1  =                  8.5",
        "CRPIX2  =                  8.5",
        "CDELT1  =                -0.01",
        "CDELT2  =                 0.01",
        "END",
    ];
    let mut bytes: Vec<u8> =
        cards.iter().flat_map(|card| format!("{card:80}").into_bytes()).collect();
    bytes.resize(2880, b' ');
    bytes.extend((0..256_i16).flat_map(i16::to_be_bytes));
    bytes.resize(2880 * 2, 0);
    bytes
}
