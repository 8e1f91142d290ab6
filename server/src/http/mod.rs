//! HTTP: every route, and what stands around all of them.

mod account;
mod health;
pub(crate) mod identity;
mod listen;
mod metrics;
mod not_found;
pub mod openapi;
mod pages;
pub mod rules;
mod security;
mod share;
mod site;
mod template;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

pub(crate) use listen::listen;
use metrics::Metrics;

use crate::{Config, Rooms};

/// What the server's own routes work with.
pub(crate) struct App {
    pub(crate) rooms: Rooms,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
}

/// The server's own routes; those of the protocols are `tenkyu_vo::table`.
fn table() -> Vec<(&'static str, MethodRouter<Arc<App>>)> {
    let mut routes = account::table();
    routes.extend([
        ("/s", get(share::list).post(share::save)),
        ("/s/{id}", get(share::open).delete(share::remove)),
        ("/healthz", get(health::alive)),
        ("/readyz", get(health::ready)),
        ("/metrics", get(metrics::page)),
        ("/openapi.json", get(openapi::page)),
        ("/tenkyu-functions.tar.gz", get(template::page)),
    ]);
    routes
}

/// The path of every route that is not a page or a file.
pub fn routes() -> Vec<&'static str> {
    let own = table().into_iter().map(|(path, _)| path);
    own.chain(tenkyu_vo::paths()).collect()
}

/// The whole service.
pub fn router(rooms: Rooms, config: &Config) -> Router {
    let app = Arc::new(App { rooms, config: config.clone(), metrics: Metrics::default() });
    let own = table()
        .into_iter()
        .fold(pages::routes(), |router, (path, methods)| router.route(path, methods))
        .fallback(not_found::fallback)
        .with_state(app.clone());
    let compressed = CompressionLayer::new().gzip(true).br(true).compress_when(
        SizeAbove::new(1024)
            // Packed already, or of numbers that hardly pack; and rows must leave at once.
            .and(NotForContentType::const_new("image/"))
            .and(NotForContentType::const_new("application/fits"))
            .and(NotForContentType::const_new("application/octet-stream"))
            .and(NotForContentType::const_new("application/gzip"))
            .and(NotForContentType::const_new("multipart/"))
            .and(NotForContentType::const_new("application/vnd.apache")),
    );
    own.merge(tenkyu_vo::routes(app.rooms.vo.clone()))
        .layer(axum::middleware::from_fn_with_state(app.clone(), identity::identify))
        .layer(axum::middleware::from_fn(not_found::without_nul))
        .layer(DefaultBodyLimit::max(tenkyu_vo::MAX_BODY))
        .layer(compressed)
        .layer(CatchPanicLayer::custom(not_found::panicked))
        .layer(axum::middleware::from_fn_with_state(app.clone(), security::headers))
        .layer(axum::middleware::from_fn_with_state(app, metrics::count))
}
