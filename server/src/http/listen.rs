//! Connections: a time limit on request heads, and an orderly end.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tenkyu_vo::ClientAddress;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// How long a client may take to send the head of a request. Slower ones hold connections open
/// to exhaust them.
const HEAD_SECONDS: u64 = 20;

/// How long running answers may take to end after the server was told to stop.
const GRACE_SECONDS: u64 = 10;

/// Pause after an accept that failed: mostly too many open files, which pass.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stop` ends. `trust_forwarded` takes the client's address from what a
/// proxy says of it.
pub(crate) async fn listen(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    trust_forwarded: bool,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEAD_SECONDS));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        // Pieces of rows go out when they are ready, not when a packet is full.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let router = router.clone();
            let forwarded = trust_forwarded.then(|| forwarded(request.headers())).flatten();
            let address = ClientAddress(forwarded.unwrap_or(peer.ip()));
            request.extensions_mut().insert(address);
            async move { Ok::<_, Infallible>(answer(router, request).await) }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    let grace = Duration::from_secs(GRACE_SECONDS);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = GRACE_SECONDS, "answers that did not end in time are broken off");
    }
}

/// The address that the nearest proxy saw, the last of `X-Forwarded-For`: those before it are what
/// the client claims.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

async fn answer(router: Router, request: Request<Incoming>) -> http::Response<Body> {
    match router.oneshot(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_proxy_is_believed() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded(&headers), None);
        headers.insert("x-forwarded-for", "10.9.9.9, 192.0.2.1".parse().unwrap());
        assert_eq!(forwarded(&headers), Some([192, 0, 2, 1].into()));
        headers.append("x-forwarded-for", "not an address".parse().unwrap());
        assert_eq!(forwarded(&headers), None);
    }
}
