//! VO protocols over small traits: TAP 1.1, UWS 1.1, SCS 1.03, VOSI 1.1, DALI 1.1, DataLink 1.1, VOTable 1.4; and the
//! archive's own file, observation and name services.
//!
//! The crate knows no engine and no archive. It asks for a [`TapService`], [`Artifacts`],
//! [`Observations`] and a [`Resolver`], and gives an axum router ([`routes`]).

mod answer;
mod archive;
mod artifacts;
mod data;
mod datalink;
mod error;
mod form;
mod formats;
mod functions;
mod layout;
mod own_tables;
mod owner;
mod params;
mod scs;
mod service;
mod tap;
mod uws;
mod vosi;
pub mod votable;
mod xml;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, patch, post};
use http::{HeaderName, Method, header};
use tokio::sync::Semaphore;
use tower_http::cors::{Any, CorsLayer};

pub use answer::{problem_response, safe_filename};
pub use artifacts::{
    Access, ArtifactFile, Artifacts, HeaderText, LinkedFile, Observations, PreviewImage, Resolver,
};
pub use error::{Allowed, RETRY_SECONDS, RequestError, ServiceError};
pub use formats::{FORMATS, Format, FormatInfo};
pub use owner::{ClientAddress, cookie_owner, limit_address};
pub use params::{MAX_BODY, Params, lang};
pub use service::{
    FeatureGroup, Fetcher, FunctionRoom, JobRoom, JobTimes, ModuleFile, QueryLimits, Scanned,
    TableChange, TableRoom, TapQuery, TapResult, TapService, Upload,
};
pub use tap::run_job;

/// The rooms behind the protocols.
pub struct Services {
    /// Catalogues.
    pub tap: Arc<dyn TapService>,
    /// Files.
    pub artifacts: Arc<dyn Artifacts>,
    /// Observations.
    pub observations: Arc<dyn Observations>,
    /// Names.
    pub resolver: Arc<dyn Resolver>,
    /// Jobs.
    pub jobs: Arc<dyn JobRoom>,
    /// Users' own functions.
    pub functions: Arc<dyn FunctionRoom>,
    /// Users' own tables.
    pub tables: Arc<dyn TableRoom>,
    /// Files of other services.
    pub fetcher: Arc<dyn Fetcher>,
}

/// What the protocols work with.
pub struct Vo {
    /// Catalogues.
    pub tap: Arc<dyn TapService>,
    /// Files.
    pub artifacts: Arc<dyn Artifacts>,
    /// Observations.
    pub observations: Arc<dyn Observations>,
    /// Names.
    pub resolver: Arc<dyn Resolver>,
    /// Jobs.
    pub jobs: Arc<dyn JobRoom>,
    /// Users' own functions.
    pub functions: Arc<dyn FunctionRoom>,
    /// Users' own tables.
    pub tables: Arc<dyn TableRoom>,
    /// Files of other services.
    pub fetcher: Arc<dyn Fetcher>,
    /// Limits on queries.
    pub limits: QueryLimits,
    /// Address under which the service is reached, without a slash at its end; taken from each
    /// request's Host when absent.
    pub base_url: Option<String>,
    /// Folder for what requests bring, on the same disk as the jobs' folders.
    scratch: PathBuf,
    slots: Arc<Semaphore>,
    /// Places of those who wait for a slot.
    queue: Semaphore,
}

impl Vo {
    /// Ties the rooms together. `scratch` is a folder that exists.
    pub fn new(
        services: Services,
        limits: QueryLimits,
        base_url: Option<String>,
        scratch: PathBuf,
    ) -> Arc<Vo> {
        let slots = Arc::new(Semaphore::new(limits.concurrent));
        let queue = Semaphore::new(limits.waiting);
        let base_url = base_url.map(|url| url.trim_end_matches('/').to_owned());
        let Services { tap, artifacts, observations, resolver, jobs, functions, tables, fetcher } =
            services;
        Arc::new(Vo {
            tap,
            artifacts,
            observations,
            resolver,
            jobs,
            functions,
            tables,
            fetcher,
            limits,
            base_url,
            scratch,
            slots,
            queue,
        })
    }

    /// Queries that run now.
    pub fn running(&self) -> usize {
        self.limits.concurrent.saturating_sub(self.slots.available_permits())
    }
}

/// Every route of the protocols. Any origin may read them: they serve what is public.
pub fn routes(vo: Arc<Vo>) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers([
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::IF_RANGE,
            header::RANGE,
        ])
        .expose_headers([
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            header::ETAG,
            HeaderName::from_static("repr-digest"),
            header::LOCATION,
            HeaderName::from_static("tenkyu-maxrec"),
        ]);
    table()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            // Requests that may bring tables count their bytes themselves, as they come.
            let methods = match path.starts_with("/tap/") {
                true => methods.layer(DefaultBodyLimit::disable()),
                false => methods,
            };
            router.route(path, methods)
        })
        .layer(cors)
        .with_state(vo)
}

/// The path of every route of [`routes`].
pub fn paths() -> impl Iterator<Item = &'static str> {
    table().into_iter().map(|(path, _)| path)
}

fn table() -> Vec<(&'static str, MethodRouter<Arc<Vo>>)> {
    vec![
        ("/tap", get(tap::landing)),
        ("/tap/sync", get(tap::sync).post(tap::sync)),
        ("/tap/async", get(uws::list).post(uws::create)),
        ("/tap/async/{job}", get(uws::job).post(uws::post).delete(uws::delete)),
        ("/tap/async/{job}/phase", get(uws::phase).post(uws::post)),
        ("/tap/async/{job}/parameters", get(uws::parameters).post(uws::post)),
        ("/tap/async/{job}/destruction", get(uws::destruction).post(uws::post)),
        ("/tap/async/{job}/executionduration", get(uws::execution_duration).post(uws::post)),
        ("/tap/async/{job}/quote", get(uws::quote)),
        ("/tap/async/{job}/owner", get(uws::owner)),
        ("/tap/async/{job}/error", get(uws::error)),
        ("/tap/async/{job}/results", get(uws::results)),
        ("/tap/async/{job}/results/{name}", get(uws::result)),
        ("/tap/functions", get(functions::list).post(functions::add)),
        ("/tap/functions/{id}", get(functions::module).delete(functions::remove)),
        ("/tap/examples", get(tap::examples)),
        ("/tap/capabilities", get(vosi::capabilities)),
        ("/tap/tables", get(vosi::tables)),
        ("/tap/tables/{name}", get(vosi::table).put(own_tables::create).delete(own_tables::remove)),
        ("/tap/load/{name}", post(own_tables::load)),
        ("/tap/my", get(own_tables::list)),
        ("/tap/my/{name}", patch(own_tables::describe)),
        ("/tap/availability", get(vosi::availability)),
        ("/scs/{table}", get(scs::search).post(scs::search)),
        ("/scs/{table}/capabilities", get(scs::capabilities)),
        ("/scs/{table}/availability", get(vosi::availability)),
        ("/data/{artifact}", get(data::file)),
        ("/data/{artifact}/preview", get(data::preview)),
        ("/data/{artifact}/header", get(data::headers)),
        ("/datalink/links", get(datalink::links).post(datalink::links)),
        ("/archive/observations/{id}", get(archive::observation)),
        ("/resolve", get(archive::resolve)),
        ("/resolve/complete", get(archive::complete)),
    ]
}
