//! VO protocols over small traits: TAP 1.1, VOSI 1.1, DALI 1.1, DataLink 1.1, VOTable 1.4; and the
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
mod formats;
mod layout;
mod params;
mod service;
mod tap;
mod vosi;
pub mod votable;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get};
use http::{HeaderName, Method, header};
use tokio::sync::Semaphore;
use tower_http::cors::{Any, CorsLayer};

pub use answer::{problem_response, safe_filename};
pub use artifacts::{
    Access, ArtifactFile, Artifacts, HeaderText, LinkedFile, Observations, PreviewImage, Resolver,
};
pub use error::{Allowed, RETRY_SECONDS, RequestError, ServiceError};
pub use formats::{FORMATS, Format, FormatInfo};
pub use params::{MAX_BODY, Params, lang};
pub use service::{FeatureGroup, QueryLimits, TapQuery, TapResult, TapService};

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
    /// Limits on queries.
    pub limits: QueryLimits,
    /// Address under which the service is reached, without a slash at its end; taken from each
    /// request's Host when absent.
    pub base_url: Option<String>,
    slots: Arc<Semaphore>,
}

impl Vo {
    /// Ties the rooms together.
    pub fn new(
        tap: Arc<dyn TapService>,
        artifacts: Arc<dyn Artifacts>,
        observations: Arc<dyn Observations>,
        resolver: Arc<dyn Resolver>,
        limits: QueryLimits,
        base_url: Option<String>,
    ) -> Arc<Vo> {
        let slots = Arc::new(Semaphore::new(limits.concurrent));
        let base_url = base_url.map(|url| url.trim_end_matches('/').to_owned());
        Arc::new(Vo { tap, artifacts, observations, resolver, limits, base_url, slots })
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
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::OPTIONS])
        .allow_headers([
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
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
            HeaderName::from_static("tenkyu-maxrec"),
        ]);
    table()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
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
        ("/tap/async", get(tap::no_async).post(tap::no_async)),
        ("/tap/examples", get(tap::examples)),
        ("/tap/capabilities", get(vosi::capabilities)),
        ("/tap/tables", get(vosi::tables)),
        ("/tap/tables/{name}", get(vosi::table)),
        ("/tap/availability", get(vosi::availability)),
        ("/data/{artifact}", get(data::file)),
        ("/data/{artifact}/preview", get(data::preview)),
        ("/data/{artifact}/header", get(data::headers)),
        ("/datalink/links", get(datalink::links).post(datalink::links)),
        ("/archive/observations/{id}", get(archive::observation)),
        ("/resolve", get(archive::resolve)),
        ("/resolve/complete", get(archive::complete)),
    ]
}
