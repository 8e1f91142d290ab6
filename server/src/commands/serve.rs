//! `tenkyu serve`.

use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::watch::watch;
use crate::{Config, Rooms, http};

/// Serves until it is told to stop, then lets running answers end.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    // The port comes first: rows of the archive name the address at which they are served.
    let listener = TcpListener::bind(config.addr)
        .await
        .with_context(|| format!("cannot listen on {}", config.addr))?;
    let address = listener.local_addr()?;
    let config = &Config { addr: address, ..config.clone() };
    let rooms = Rooms::open(config)
        .await
        .with_context(|| format!("cannot open the data directory {}", config.data_dir.display()))?;
    tokio::spawn(watch(rooms.clone(), config.catalogs().into()));
    if let Some(link) = rooms.accounts.operator_link(http::identity::now()).await? {
        let base = config.public_url();
        eprintln!(
            "nobody runs this service yet; make the operator's account at\n  {base}/apply#operator={link}"
        );
    }
    let jobs = rooms.jobs.clone();
    let router = http::router(rooms, config);
    if !config.site_root.join("pkg").is_dir() {
        tracing::warn!(site = %config.site_root.display(), "no page is built there; pages stay still");
    }
    // Whoever started us waits for this line and nothing else.
    println!("listening on http://{address}");
    let stop = async move {
        stop().await;
        // Before the wait for running answers: some of them wait for jobs.
        jobs.stop().await;
    };
    http::listen(listener, router, stop, config.trust_forwarded).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Ends at the first interrupt or request to terminate.
async fn stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}
