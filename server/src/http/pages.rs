//! The pages: rendered here, taken over by the browser.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;
use tenkyu_portal::{App as Portal, module_of, shell};

use super::{App, security};

/// One route for each of the portal's.
pub(super) fn routes() -> Router<Arc<App>> {
    leptos_axum::generate_route_list(Portal)
        .iter()
        .fold(Router::new(), |router, listing| router.route(listing.path(), get(page)))
}

/// A page of the portal.
async fn page(State(app): State<Arc<App>>, request: Request) -> Response {
    render(&app, request).await
}

/// The page that says that there is nothing at this address.
pub(super) async fn missing(app: &App, request: Request) -> Response {
    let mut response = render(app, request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

async fn render(app: &App, request: Request) -> Response {
    let options = LeptosOptions::builder().output_name(module_of(request.uri().path())).build();
    let ancestors = security::frame_ancestors(request.uri().path(), &app.config.embed_origins);
    let set_policy = move || {
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        let policy = security::page_policy(&nonce, &ancestors);
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            expect_context::<ResponseOptions>()
                .insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    };
    let handler =
        leptos_axum::render_app_to_stream_with_context(set_policy, move || shell(options.clone()));
    let mut response = handler(request).await;
    // The nonce is for this answer alone, and the language depends on the request.
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    response
}
