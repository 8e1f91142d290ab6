//! An engine and an archive in memory, for the protocols alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, ListArray,
    RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Float32Type, Schema};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response};
use http_body_util::BodyExt;
use tenkyu_vo::{
    Access, ArtifactFile, Artifacts, FeatureGroup, Fetcher, FunctionRoom, HeaderText, JobRoom,
    JobTimes, LinkedFile, Observations, PreviewImage, QueryLimits, Resolver, ServiceError,
    Services, TableChange, TableRoom, TapQuery, TapResult, TapService, Vo,
};
use tenkyu_wire::functions::ModuleMeta;
use tenkyu_wire::jobs::{Job, JobFilter, NewJob, Phase};
use tenkyu_wire::observation::{Artifact, Observation, Plane};
use tenkyu_wire::resolve::{Resolution, Target};
use tenkyu_wire::tables::{
    ArraySize, ColumnMeta, Datatype, Kind, OwnTableMeta, OwnTables, SchemaMeta, TableMeta,
};
use tenkyu_wire::{Explain, Lang, Place};
use tower::ServiceExt;

/// Bytes of the one public file.
pub const CONTENT: &[u8] = b"SIMPLE  =                    T and some more bytes of a file";
/// SHA-256 of [`CONTENT`].
pub const SHA256: &str = "8f011964966382a82f7a8e3441fc1194eacb2b4421f8573ef9e2d1c550500072";

/// An error of the engine with a place.
#[derive(Debug)]
pub struct BadQuery;

impl std::fmt::Display for BadQuery {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("unknown column")
    }
}

impl Explain for BadQuery {
    fn code(&self) -> &'static str {
        "adql-unknown-column"
    }
    fn detail(&self, lang: Lang) -> String {
        match lang {
            Lang::En => "no column <raa>".to_owned(),
            Lang::Ja => "列 <raa> はありません".to_owned(),
        }
    }
    fn help(&self, _: Lang) -> Option<String> {
        Some("ra?".to_owned())
    }
    fn place(&self) -> Option<Place> {
        Some(Place { line: 1, column: 8, start: 7, end: 10 })
    }
}

/// Answers by the first word of the query: `rows N`, `endless`, `bad`, `late`, `slow`.
#[derive(Default)]
pub struct Engine {
    pub cancelled: Arc<AtomicBool>,
}

fn column(name: &str, kind: Kind, ucd: &str) -> ColumnMeta {
    ColumnMeta {
        name: name.to_owned(),
        ucd: ucd.to_owned(),
        datatype: Datatype { kind, size: ArraySize::Scalar },
        ..ColumnMeta::default()
    }
}

pub fn columns() -> Vec<ColumnMeta> {
    let mut columns = vec![
        column("id", Kind::Long, "meta.id;meta.main"),
        ColumnMeta { unit: "deg".to_owned(), ..column("ra", Kind::Double, "pos.eq.ra;meta.main") },
        column("mag", Kind::Float, "phot.mag"),
        column("n", Kind::Int, ""),
        column("good", Kind::Boolean, "meta.code.qual"),
        ColumnMeta {
            description: "A name & more <b>".to_owned(),
            ..column("name", Kind::Char, "meta.id")
        },
        column("flux", Kind::Float, "phot.flux"),
    ];
    columns[6].datatype.size = ArraySize::Variable;
    columns
}

/// Row 0 has values, row 1 nulls, row 2 what is hard to write; then again.
pub fn batch(first: usize, rows: usize) -> RecordBatch {
    let pick = |row: usize| (first + row) % 3;
    let ids: Int64Array =
        (0..rows).map(|r| (pick(r) != 1).then_some(9_007_199_254_740_993)).collect();
    let ra: Float64Array = (0..rows).map(|r| [Some(0.1), None, Some(f64::NAN)][pick(r)]).collect();
    let mag: Float32Array =
        (0..rows).map(|r| [Some(17.25), None, Some(f32::INFINITY)][pick(r)]).collect();
    let n: Int32Array = (0..rows).map(|r| [Some(-1), None, Some(i32::MIN)][pick(r)]).collect();
    let good: BooleanArray = (0..rows).map(|r| [Some(true), None, Some(false)][pick(r)]).collect();
    let name: StringArray =
        (0..rows).map(|r| [Some("M 31"), None, Some("a,\"b\"\t<天>&\n")][pick(r)]).collect();
    let flux = ListArray::from_iter_primitive::<Float32Type, _, _>(
        (0..rows).map(|r| [Some(vec![Some(1.5), Some(2.0)]), None, Some(vec![])][pick(r)].clone()),
    );
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(ids),
        Arc::new(ra),
        Arc::new(mag),
        Arc::new(n),
        Arc::new(good),
        Arc::new(name),
        Arc::new(flux),
    ];
    let fields: Vec<Field> = columns()
        .iter()
        .zip(&arrays)
        .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

#[async_trait]
impl TapService for Engine {
    async fn schemas(&self) -> Result<Vec<SchemaMeta>, ServiceError> {
        Ok(vec![SchemaMeta {
            name: "cat".to_owned(),
            description: "A catalogue".to_owned(),
            functions: Vec::new(),
            tables: vec![TableMeta {
                name: "cat.stars".to_owned(),
                description: "Stars & more".to_owned(),
                rows: Some(3),
                columns: columns(),
                position: Some(("ra".to_owned(), "dec".to_owned())),
                ..TableMeta::default()
            }],
        }])
    }

    async fn query(&self, query: TapQuery) -> Result<TapResult, ServiceError> {
        let mut words = query.adql.split_whitespace();
        let word = words.next().unwrap_or_default().to_owned();
        let rows: usize = words.next().and_then(|n| n.parse().ok()).unwrap_or(3);
        let cap = usize::try_from(query.max_rows.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let cancelled = self.cancelled.clone();
        let token = query.cancel.clone();
        tokio::spawn(async move {
            token.cancelled().await;
            cancelled.store(true, Ordering::SeqCst);
        });
        let batches = match word.as_str() {
            "bad" => return Err(ServiceError::new(BadQuery)),
            "slow" => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                return Err(ServiceError::new(BadQuery));
            }
            "late" => stream::iter([Ok(batch(0, 3)), Err(ServiceError::new(BadQuery))]).boxed(),
            "endless" => stream::repeat_with(|| Ok(batch(0, 1000))).boxed(),
            // Such a stream panics when it is polled after its end.
            "none" => stream::unfold((), |()| async { None }).boxed(),
            _ => stream::iter([Ok(batch(0, rows.min(cap)))]).boxed(),
        };
        Ok(TapResult {
            columns: columns(),
            schema: batch(0, 0).schema(),
            batches,
            snapshots: vec![("cat.stars".to_owned(), "2026-11-22".to_owned())],
            scanned: None,
        })
    }

    fn features(&self) -> Vec<FeatureGroup> {
        vec![FeatureGroup {
            kind: "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo".to_owned(),
            features: vec![("POINT".to_owned(), String::new())],
        }]
    }
}

/// One observation with one public file (`pub`), and a file that is not public (`secret`).
pub struct Archive {
    pub path: PathBuf,
}

#[async_trait]
impl Artifacts for Archive {
    async fn artifact(&self, id: &str) -> Result<Option<ArtifactFile>, ServiceError> {
        let access = match id {
            "pub" => Access::Public,
            "secret" => Access::Proprietary {
                reason: "proposal o99".to_owned(),
                until: Some("2027-01-01".to_owned()),
            },
            _ => return Ok(None),
        };
        Ok(Some(ArtifactFile {
            id: id.to_owned(),
            path: self.path.clone(),
            filename: "天球 \"1\".fits".to_owned(),
            content_type: "application/fits".to_owned(),
            bytes: CONTENT.len() as u64,
            sha256: SHA256.to_owned(),
            access,
        }))
    }

    async fn preview(
        &self,
        id: &str,
        size: Option<u32>,
    ) -> Result<Option<PreviewImage>, ServiceError> {
        let bytes = Bytes::from(format!("picture {}", size.unwrap_or(0)));
        let image = PreviewImage { content_type: "image/png".to_owned(), bytes };
        Ok((id == "pub").then_some(image))
    }

    async fn headers(&self, id: &str) -> Result<Option<Vec<HeaderText>>, ServiceError> {
        let cards = vec!["SIMPLE  =                    T".to_owned(), "END".to_owned()];
        let header = HeaderText { index: 0, name: String::new(), cards };
        Ok((id == "pub").then_some(vec![header]))
    }

    async fn links(&self, id: &str) -> Result<Vec<LinkedFile>, ServiceError> {
        if id != "obs 1" {
            return Ok(Vec::new());
        }
        let file = self.artifact("pub").await?.unwrap();
        Ok(vec![LinkedFile {
            file,
            semantics: "#this",
            preview: true,
            obs_id: id.to_owned(),
            product_id: "p1".to_owned(),
        }])
    }
}

#[async_trait]
impl Observations for Archive {
    async fn observation(&self, id: &str) -> Result<Option<Observation>, ServiceError> {
        let artifact = Artifact {
            id: "pub".to_owned(),
            filename: "x.fits".to_owned(),
            content_type: "application/fits".to_owned(),
            bytes: CONTENT.len() as u64,
            sha256: SHA256.to_owned(),
            hdus: Vec::new(),
            preview: true,
        };
        let plane = Plane {
            product_id: "p1".to_owned(),
            product_type: "image".to_owned(),
            calib_level: 2,
            s_region: None,
            artifacts: vec![artifact],
        };
        Ok((id == "obs 1").then(|| Observation {
            obs_id: id.to_owned(),
            collection: "TEST".to_owned(),
            access: "public".to_owned(),
            groups: Vec::new(),
            planes: vec![plane],
            events: Vec::new(),
        }))
    }
}

#[async_trait]
impl Resolver for Archive {
    async fn resolve(&self, text: &str) -> Result<Resolution, ServiceError> {
        Ok(Resolution {
            query: text.to_owned(),
            matches: Vec::new(),
            radius_deg: None,
            suggestions: vec!["M 31".to_owned()],
        })
    }

    async fn complete(&self, _: &str, _: usize) -> Result<Vec<Target>, ServiceError> {
        Ok(Vec::new())
    }
}

/// No jobs and nothing elsewhere: jobs are tested with the queue behind them.
pub struct Nothing;

fn nothing<T>() -> Result<T, ServiceError> {
    Err(ServiceError::internal("nothing here"))
}

#[async_trait]
impl FunctionRoom for Nothing {
    async fn add(&self, _: &str, _: &str, _: Bytes) -> Result<(ModuleMeta, bool), ServiceError> {
        nothing()
    }
    async fn list(&self, _: &str) -> Result<Vec<ModuleMeta>, ServiceError> {
        nothing()
    }
    async fn module(&self, _: &str, _: &str) -> Result<ModuleMeta, ServiceError> {
        nothing()
    }
    async fn remove(&self, _: &str, _: &str) -> Result<(), ServiceError> {
        nothing()
    }
    fn file(&self, _: &str) -> PathBuf {
        PathBuf::new()
    }
    fn longest(&self) -> u64 {
        0
    }
}

#[async_trait]
impl JobRoom for Nothing {
    async fn create(&self, _: NewJob) -> Result<Job, ServiceError> {
        nothing()
    }
    async fn job(&self, _: &str) -> Result<Job, ServiceError> {
        nothing()
    }
    async fn owner(&self, _: &str) -> Result<String, ServiceError> {
        nothing()
    }
    async fn phase(&self, _: &str) -> Result<Phase, ServiceError> {
        nothing()
    }
    async fn list(&self, _: &str, _: &JobFilter) -> Result<Vec<Job>, ServiceError> {
        nothing()
    }
    async fn wait(&self, _: &str, _: Option<Phase>, _: Duration) -> Result<Phase, ServiceError> {
        nothing()
    }
    async fn enqueue(&self, _: &str) -> Result<(), ServiceError> {
        nothing()
    }
    async fn abort(&self, _: &str) -> Result<(), ServiceError> {
        nothing()
    }
    async fn remove(&self, _: &str) -> Result<(), ServiceError> {
        nothing()
    }
    async fn change(
        &self,
        _: &str,
        _: Vec<(String, String)>,
        _: &[(String, PathBuf)],
    ) -> Result<Job, ServiceError> {
        nothing()
    }
    async fn set_seconds(&self, _: &str, _: u64) -> Result<(), ServiceError> {
        nothing()
    }
    async fn set_destruction(&self, _: &str, _: i64) -> Result<(), ServiceError> {
        nothing()
    }
    fn folder(&self, _: &str) -> PathBuf {
        PathBuf::new()
    }
    fn attachment(&self, _: &str, _: usize) -> PathBuf {
        PathBuf::new()
    }
    fn function_module(&self, _: &str, _: usize) -> PathBuf {
        PathBuf::new()
    }
    fn times(&self) -> JobTimes {
        JobTimes {
            default_seconds: 600,
            hard_seconds: 6000,
            keep_seconds: 86_400,
            hard_keep_seconds: 864_000,
        }
    }
}

#[async_trait]
impl TableRoom for Nothing {
    async fn list(&self, _: &str) -> Result<OwnTables, ServiceError> {
        Ok(OwnTables::default())
    }
    async fn create(&self, _: &str, _: &str, _: PathBuf) -> Result<OwnTableMeta, ServiceError> {
        nothing()
    }
    async fn append(&self, _: &str, _: &str, _: PathBuf) -> Result<OwnTableMeta, ServiceError> {
        nothing()
    }
    async fn describe(
        &self,
        _: &str,
        _: &str,
        _: &TableChange,
    ) -> Result<OwnTableMeta, ServiceError> {
        nothing()
    }
    async fn remove(&self, _: &str, _: &str) -> Result<(), ServiceError> {
        nothing()
    }
}

#[async_trait]
impl Fetcher for Nothing {
    async fn fetch(&self, _: &str, _: &Path, _: u64) -> Result<(), ServiceError> {
        nothing()
    }
}

/// A service to send requests to.
pub struct Service {
    pub router: Router,
    pub vo: Arc<Vo>,
    pub cancelled: Arc<AtomicBool>,
    _folder: tempfile::TempDir,
}

impl Service {
    pub fn new() -> Service {
        Service::with(QueryLimits { default_rows: 10, hard_rows: 50, ..QueryLimits::default() })
    }

    pub fn with(limits: QueryLimits) -> Service {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, CONTENT).unwrap();
        let engine = Arc::new(Engine::default());
        let archive = Arc::new(Archive { path });
        let cancelled = engine.cancelled.clone();
        let services = Services {
            tap: engine,
            artifacts: archive.clone(),
            observations: archive.clone(),
            resolver: archive,
            jobs: Arc::new(Nothing),
            functions: Arc::new(Nothing),
            tables: Arc::new(Nothing),
            fetcher: Arc::new(Nothing),
        };
        let vo = Vo::new(services, limits, None, folder.path().to_owned());
        Service { router: tenkyu_vo::routes(vo.clone()), vo, cancelled, _folder: folder }
    }

    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path).header("host", "archive.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(self.send(request.body(Body::empty()).unwrap()).await).await
    }

    /// A synchronous query with more parameters.
    pub async fn query(&self, adql: &str, more: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("QUERY", adql)
            .append_pair("LANG", "ADQL")
            .extend_pairs(more)
            .finish();
        self.get(&format!("/tap/sync?{form}")).await
    }
}

/// An answer that was read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Result<Vec<u8>, String>,
    pub trailers: Option<http::HeaderMap>,
}

impl Answer {
    pub async fn of(response: Response<Body>) -> Answer {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let (body, trailers) = match response.into_body().collect().await {
            Ok(collected) => {
                let trailers = collected.trailers().cloned();
                (Ok(collected.to_bytes().to_vec()), trailers)
            }
            Err(error) => (Err(error.to_string()), None),
        };
        Answer { status, headers, body, trailers }
    }

    pub fn bytes(&self) -> &[u8] {
        self.body.as_ref().unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.bytes()).unwrap()
    }

    pub fn overflow(&self) -> &str {
        self.trailers.as_ref().map(|t| t["tenkyu-overflow"].to_str().unwrap()).unwrap_or("none")
    }
}
