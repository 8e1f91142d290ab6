//! Connections between executors, which are kept: a shuffle opens one for each part otherwise.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use ballista_core::{
    client::BallistaClient,
    client_pool::{BallistaClientPool, PooledClient},
    error::Result,
    extension::BallistaConfigGrpcEndpoint,
    utils::GrpcClientConfig,
};

/// Unused connections that are kept to each executor.
const KEPT: usize = 8;

type Idle = HashMap<(String, u16), Vec<BallistaClient>>;

/// Connections that nobody uses at the moment, by host and port. One that broke meanwhile is made
/// anew by its owner's next request.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Idle>>);

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

impl Connections {
    fn with<T>(&self, use_it: impl FnOnce(&mut Idle) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait::async_trait]
impl BallistaClientPool for Connections {
    async fn acquire(
        &self,
        host: &str,
        port: u16,
        config: &GrpcClientConfig,
        endpoint: Option<Arc<BallistaConfigGrpcEndpoint>>,
    ) -> Result<PooledClient> {
        let key = (host.to_owned(), port);
        let idle = self.with(|idle| idle.get_mut(&key).and_then(Vec::pop));
        let client = match idle {
            Some(client) => client,
            None => {
                BallistaClient::try_new(
                    host,
                    port,
                    super::nodes::MESSAGE_BYTES,
                    false,
                    endpoint,
                    config.io_retries_times,
                    config.io_retry_wait_time_ms,
                    config.initial_connection_window_size,
                    config.initial_stream_window_size,
                )
                .await?
            }
        };
        let all = self.clone();
        let give_back = move |client| {
            all.with(|idle| {
                let kept = idle.entry(key).or_default();
                if kept.len() < KEPT {
                    kept.push(client);
                }
            });
        };
        Ok(PooledClient::new(client, Box::new(give_back)))
    }

    async fn evict_idle(&self) {
        self.with(HashMap::clear);
    }
}
