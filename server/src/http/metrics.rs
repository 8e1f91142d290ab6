//! Counters in the Prometheus text format.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header;

use super::App;

/// Upper edges of the time buckets, seconds.
const EDGES: [f64; 9] = [0.005, 0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0, 300.0];

/// Groups of routes by the first part of their path.
const GROUPS: [&str; 11] = [
    "account", "tap", "scs", "data", "datalink", "archive", "resolve", "s", "embed", "page",
    "other",
];

/// Classes of status.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// What is counted since the start.
#[derive(Debug)]
pub(crate) struct Metrics {
    start: Instant,
    /// Requests by group and class of status.
    requests: [[AtomicU64; CLASSES.len()]; GROUPS.len()],
    /// Requests by the time until their answer began; the last one is beyond all edges.
    times: [AtomicU64; EDGES.len() + 1],
    /// Sum of these times, microseconds.
    total_us: AtomicU64,
    /// Requests whose answer has not begun.
    waiting: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics {
            start: Instant::now(),
            requests: Default::default(),
            times: Default::default(),
            total_us: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
        }
    }
}

fn group(path: Option<&str>) -> usize {
    let name = match path {
        None => "other",
        Some(path) => {
            let first = path.split('/').nth(1).unwrap_or_default();
            if GROUPS.contains(&first) { first } else { "page" }
        }
    };
    GROUPS.iter().position(|group| *group == name).unwrap_or_default()
}

/// Takes one off when the request is done, however it ends.
struct Waiting<'a>(&'a AtomicU64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a request.
pub(super) async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let metrics = &app.metrics;
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    metrics.waiting.fetch_add(1, Ordering::Relaxed);
    let waiting = Waiting(&metrics.waiting);
    let start = Instant::now();
    let response = next.run(request).await;
    drop(waiting);
    let taken = start.elapsed();
    let status = response.status().as_u16();
    let class = usize::from((status / 100).clamp(2, 5) - 2);
    if let Some(counter) =
        metrics.requests.get(group(matched.as_deref())).and_then(|g| g.get(class))
    {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    let seconds = taken.as_secs_f64();
    let bucket = EDGES.iter().position(|edge| seconds <= *edge).unwrap_or(EDGES.len());
    if let Some(counter) = metrics.times.get(bucket) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    let micros = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
    metrics.total_us.fetch_add(micros, Ordering::Relaxed);
    tracing::debug!(%method, path, status, seconds, "request");
    response
}

/// `/metrics`.
pub(super) async fn page(State(app): State<Arc<App>>) -> Response {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut text, &app);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn write_all(out: &mut String, app: &App) -> std::fmt::Result {
    let metrics = &app.metrics;
    head(out, "tenkyu_http_requests_total", "counter", "Requests by group of routes and status")?;
    for (group, counters) in GROUPS.iter().zip(&metrics.requests) {
        for (class, counter) in CLASSES.iter().zip(counters) {
            let count = counter.load(Ordering::Relaxed);
            writeln!(
                out,
                "tenkyu_http_requests_total{{group=\"{group}\",status=\"{class}\"}} {count}"
            )?;
        }
    }
    let name = "tenkyu_http_first_byte_seconds";
    head(out, name, "histogram", "Time until an answer began")?;
    let mut sum = 0;
    let edges = EDGES.iter().map(f64::to_string).chain(std::iter::once("+Inf".to_owned()));
    for (edge, counter) in edges.zip(&metrics.times) {
        sum += counter.load(Ordering::Relaxed);
        writeln!(out, "{name}_bucket{{le=\"{edge}\"}} {sum}")?;
    }
    let total = metrics.total_us.load(Ordering::Relaxed) as f64 / 1e6;
    writeln!(out, "{name}_sum {total}\n{name}_count {sum}")?;
    let waiting = metrics.waiting.load(Ordering::Relaxed);
    gauge(out, "tenkyu_http_waiting", "Requests whose answer has not begun", waiting as f64)?;
    let running = app.rooms.vo.running() as f64;
    gauge(out, "tenkyu_queries_running", "Queries that run now", running)?;
    let limit = app.rooms.vo.limits.concurrent as f64;
    gauge(out, "tenkyu_queries_limit", "Queries that may run at the same time", limit)?;
    let up = metrics.start.elapsed().as_secs_f64();
    gauge(out, "tenkyu_uptime_seconds", "Time since the start", up)
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn gauge(out: &mut String, name: &str, help: &str, value: f64) -> std::fmt::Result {
    head(out, name, "gauge", help)?;
    writeln!(out, "{name} {value}")
}
