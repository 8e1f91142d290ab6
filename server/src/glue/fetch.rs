//! Tables at addresses that users give. Such an address must not open a way into the network that
//! the server stands in: every address that a name stands for is checked, after each redirect
//! anew, and the connection goes to an address that was checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tenkyu_vo::{Fetcher, RequestError, ServiceError};
use tenkyu_wire::messages::vo as texts;
use tenkyu_wire::{Explain, Lang};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// How long a name, a connection, an answer or the next piece of it may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads addresses of the public network, and hosts that the operator has named.
pub(crate) struct WebFetcher {
    /// `host` or `host:port`, in lower case.
    allowed: Vec<String>,
    tls: TlsConnector,
}

/// Why an address was not read.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("{0} may not be read")]
    Refused(String),
    #[error("{url}: {reason}")]
    Failed { url: String, reason: String },
}

impl Explain for FetchError {
    fn code(&self) -> &'static str {
        match self {
            FetchError::Refused(_) => "upload-address-refused",
            FetchError::Failed { .. } => "upload-address-failed",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            FetchError::Refused(url) => texts::FETCH_REFUSED.with(lang, &[("url", url)]),
            FetchError::Failed { url, reason } => {
                texts::FETCH_FAILED.with(lang, &[("url", url), ("reason", reason)])
            }
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            FetchError::Refused(_) => texts::FETCH_REFUSED_HELP,
            FetchError::Failed { .. } => texts::FETCH_FAILED_HELP,
        };
        Some(help.text(lang).to_owned())
    }
}

impl WebFetcher {
    /// A fetcher that also reads `allowed` hosts, each as `host` or `host:port`, wherever they
    /// are.
    pub(crate) fn new(allowed: Vec<String>) -> Self {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            tracing::warn!(
                "no certificates on this machine: tables at https addresses stay unread"
            );
        }
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots.clone()).with_no_client_auth())
            // The provider has every version that is asked for.
            .unwrap_or_else(|_| {
                ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
            });
        let allowed = allowed.iter().map(|host| host.to_ascii_lowercase()).collect();
        WebFetcher { allowed, tls: TlsConnector::from(Arc::new(config)) }
    }

    fn is_allowed(&self, host: &str, port: u16) -> bool {
        let full = format!("{host}:{port}");
        self.allowed.iter().any(|allowed| *allowed == host || *allowed == full)
    }

    /// The addresses of a URL's host, if every one of them may be read.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        let refused = || FetchError::Refused(shown(url));
        let port = url.port_or_known_default().ok_or_else(refused)?;
        let found: Vec<SocketAddr> = match url.host().ok_or_else(refused)? {
            Host::Ipv4(ip) => vec![(ip, port).into()],
            Host::Ipv6(ip) => vec![(ip, port).into()],
            Host::Domain(name) => timeout(PATIENCE, tokio::net::lookup_host((name, port)))
                .await
                .map_err(|_| failed(url, "its name is not answered for"))?
                .map_err(|error| failed(url, error))?
                .collect(),
        };
        let name = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let open = self.is_allowed(&name, port);
        if !open && !found.iter().all(|address| is_public(address.ip())) {
            return Err(refused());
        }
        if found.is_empty() {
            return Err(failed(url, "its name stands for no address"));
        }
        Ok(found)
    }

    async fn get(&self, url: &Url) -> Result<Response<Incoming>, FetchError> {
        let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
        if !plain || url.password().is_some() {
            return Err(FetchError::Refused(shown(url)));
        }
        let addresses = self.addresses(url).await?;
        let stream = timeout(PATIENCE, TcpStream::connect(addresses.as_slice()))
            .await
            .map_err(|_| failed(url, "no connection in time"))?
            .map_err(|error| failed(url, error))?;
        if url.scheme() == "http" {
            return ask(url, stream).await;
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|error| failed(url, error))?;
        let stream = timeout(PATIENCE, self.tls.connect(name, stream))
            .await
            .map_err(|_| failed(url, "no secure connection in time"))?
            .map_err(|error| failed(url, error))?;
        ask(url, stream).await
    }
}

fn failed(url: &Url, reason: impl std::fmt::Display) -> FetchError {
    FetchError::Failed { url: shown(url), reason: reason.to_string() }
}

/// An address for a message: without a password, not too long.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    let text = format!("{}://{host}{port}{}", url.scheme(), url.path());
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

async fn ask<S>(url: &Url, stream: S) -> Result<Response<Incoming>, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let fault = |error: hyper::Error| failed(url, error);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(fault)?;
    // Ends with the answer's body.
    tokio::spawn(connection);
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let request = Request::get(target)
        .header(header::HOST, url.authority())
        .header(header::USER_AGENT, concat!("Tenkyu/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed(url, error))?;
    timeout(PATIENCE, sender.send_request(request))
        .await
        .map_err(|_| failed(url, "no answer in time"))?
        .map_err(fault)
}

#[async_trait]
impl Fetcher for WebFetcher {
    async fn fetch(&self, url: &str, to: &Path, limit: u64) -> Result<(), ServiceError> {
        let bad = || FetchError::Refused(url.chars().take(200).collect());
        let mut url = Url::parse(url).map_err(|_| ServiceError::new(bad()))?;
        for _ in 0..=REDIRECTS {
            let answer = self.get(&url).await.map_err(ServiceError::new)?;
            match answer.status() {
                status if status.is_redirection() => {
                    url = redirected(&url, &answer).map_err(ServiceError::new)?;
                }
                StatusCode::OK => return write(&url, answer, to, limit).await,
                status => return Err(ServiceError::new(failed(&url, status))),
            }
        }
        Err(ServiceError::new(failed(&url, "too many redirects")))
    }
}

fn redirected(url: &Url, answer: &Response<Incoming>) -> Result<Url, FetchError> {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| failed(url, "a redirect to nowhere"))?;
    url.join(location).map_err(|error| failed(url, error))
}

/// Writes the body to a new file, piece by piece.
async fn write(
    url: &Url,
    answer: Response<Incoming>,
    to: &Path,
    limit: u64,
) -> Result<(), ServiceError> {
    let disk = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => RequestError::DiskFull.into(),
        _ => ServiceError::internal(error),
    };
    let mut file = tokio::fs::File::create(to).await.map_err(disk)?;
    let (mut body, mut bytes) = (answer.into_body(), 0_u64);
    loop {
        let next = timeout(PATIENCE, body.frame()).await;
        let next = next.map_err(|_| ServiceError::new(failed(url, "it stopped sending")))?;
        let Some(frame) = next else { break };
        let frame = frame.map_err(|error| ServiceError::new(failed(url, error)))?;
        let Some(data) = frame.data_ref() else { continue };
        bytes = bytes.saturating_add(data.len() as u64);
        if bytes > limit {
            return Err(RequestError::UploadTooLarge(limit).into());
        }
        file.write_all(data).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)
}

/// Whether an address belongs to the public network (IANA's special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // Addresses that stand for one of IPv4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo, benchmarks, documentation, ORCHID and others of 2001::/23; documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_addresses_are_told_from_public_ones() {
        for internal in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
        ] {
            assert!(!is_public(internal.parse().unwrap()), "{internal}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "100.128.0.1"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn addresses_within_are_refused_however_they_are_written() {
        let fetcher = WebFetcher::new(Vec::new());
        let folder = tempfile::tempdir().unwrap();
        for url in [
            "http://127.0.0.1/t",
            "http://localhost/t",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]:80/t",
            "http://[::ffff:127.0.0.1]/",
            "file:///etc/passwd",
            "ftp://example.org/t",
            "http://user:secret@example.org/t",
            "nonsense",
        ] {
            let error = fetcher.fetch(url, &folder.path().join("t"), 10).await.unwrap_err();
            assert_eq!(error.code(), "upload-address-refused", "{url}");
            assert!(!error.detail(Lang::En).contains("secret"));
        }
    }

    /// Answers every request with the same text.
    async fn serve(answer: &'static str) -> SocketAddr {
        use tokio::io::AsyncReadExt;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn named_hosts_are_read_up_to_the_limit() {
        let address = serve("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\na\n1\n2").await;
        let fetcher = WebFetcher::new(vec![address.to_string()]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t");
        let url = format!("http://{address}/t.csv");
        fetcher.fetch(&url, &file, 5).await.unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\n1\n2");
        assert_eq!(fetcher.fetch(&url, &file, 4).await.unwrap_err().code(), "too-large");
    }

    #[tokio::test]
    async fn a_redirect_does_not_lead_within() {
        let answer =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n";
        let address = serve(answer).await;
        let fetcher = WebFetcher::new(vec![address.to_string()]);
        let folder = tempfile::tempdir().unwrap();
        let url = format!("http://{address}/");
        let error = fetcher.fetch(&url, &folder.path().join("t"), 10).await.unwrap_err();
        assert_eq!(error.code(), "upload-address-refused");
    }
}
