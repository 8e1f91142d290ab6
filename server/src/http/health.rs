//! Whether the server lives, and whether it can answer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

/// `/healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: catalogues and archive can be read.
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let catalogues = app.rooms.vo.tap.schemas().await.map(drop).map_err(|e| e.to_string());
    let archive = app.rooms.vo.artifacts.artifact("-").await.map(drop).map_err(|e| e.to_string());
    let views = app.rooms.workspace.view("-").await.map(drop).map_err(|e| e.to_string());
    let mut status = StatusCode::OK;
    let mut text = String::new();
    for (name, state) in [("catalogues", catalogues), ("archive", archive), ("views", views)] {
        if let Err(error) = &state {
            tracing::error!(name, error, "not ready");
            status = StatusCode::SERVICE_UNAVAILABLE;
        }
        text.push_str(name);
        text.push_str(if state.is_ok() { " ok\n" } else { " unavailable\n" });
    }
    (status, text)
}
