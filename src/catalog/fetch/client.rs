//! Downloads one file: connects, follows redirects, enforces limits and rejects everything that cannot be a
//! feed.

use std::sync::Arc;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Proxy, Response};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::Limits;
use super::error::{Fault, SetupError, cause};
use super::plan::WebAddress;
use crate::diag::{Progress, TaskId};

/// The maximum number of redirects that are followed.
pub(super) const REDIRECTS: usize = 3;

/// The HTTP client for one run, with its limits.
pub(super) struct Client {
    http: reqwest::Client,
    limits: Limits,
}

impl Client {
    /// Creates a client with the system's certificates, which are read only if `https` is needed.
    pub(super) fn new(limits: Limits, proxy: Option<&str>, https: bool) -> Result<Self, SetupError> {
        Self::with_tls(limits, proxy, tls(https)?)
    }

    fn with_tls(limits: Limits, proxy: Option<&str>, tls: ClientConfig) -> Result<Self, SetupError> {
        // Proxy environment variables are ignored, so a proxy is used only if it is given explicitly.
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .connect_timeout(limits.connect)
            .user_agent(concat!("peerpath/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if let Some(proxy) = proxy {
            let proxy = Proxy::all(proxy)
                .map_err(|error| SetupError::Proxy { source: cause(error.without_url()) })?;
            builder = builder.proxy(proxy);
        }
        let http =
            builder.build().map_err(|error| SetupError::Client { source: cause(error.without_url()) })?;
        Ok(Self { http, limits })
    }

    /// Returns the whole body of the response. The response must have status 200 and at most `max_bytes`
    /// bytes, be complete within the total timeout, and not be a web page.
    pub(super) async fn get(
        &self,
        address: &WebAddress,
        max_bytes: u64,
        watcher: Watcher<'_>,
    ) -> Result<Vec<u8>, Fault> {
        let limit = self.limits.total;
        match tokio::time::timeout(limit, self.get_untimed(address, max_bytes, watcher)).await {
            Ok(body) => body,
            Err(_) => Err(Fault::TimedOut { limit }),
        }
    }

    async fn get_untimed(
        &self,
        address: &WebAddress,
        max_bytes: u64,
        watcher: Watcher<'_>,
    ) -> Result<Vec<u8>, Fault> {
        let response = self.follow(address).await?;
        refuse_by_head(&response)?;
        let announced = response.content_length();
        if announced.is_some_and(|bytes| bytes > max_bytes) {
            return Err(Fault::TooLarge { limit: max_bytes, announced });
        }
        let body = read_body(response, max_bytes, &watcher.begin(announced)).await?;
        if is_markup(&body) { Err(Fault::WebPage) } else { Ok(body) }
    }

    /// Returns the first response that is not a redirect.
    async fn follow(&self, address: &WebAddress) -> Result<Response, Fault> {
        let mut address = address.clone();
        for _ in 0..=REDIRECTS {
            let response = self.send(&address).await?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let Some(location) = header(&response, &LOCATION) else {
                return Err(Fault::Status { status: response.status().as_u16() });
            };
            address = address.redirected(&location)?;
        }
        Err(Fault::TooManyRedirects { limit: REDIRECTS })
    }

    async fn send(&self, address: &WebAddress) -> Result<Response, Fault> {
        self.http.get(address.url().clone()).send().await.map_err(|error| {
            let error = error.without_url();
            if !error.is_connect() {
                Fault::Broken { received: 0, source: cause(error) }
            } else if error.is_timeout() {
                Fault::ConnectTimedOut { limit: self.limits.connect }
            } else {
                Fault::Connect { source: cause(error) }
            }
        })
    }
}

/// Receives the progress of a download.
#[derive(Clone, Copy)]
pub(super) struct Watcher<'a> {
    pub(super) progress: &'a dyn Progress,
    pub(super) name: &'a str,
}

impl<'a> Watcher<'a> {
    fn begin(self, total: Option<u64>) -> Task<'a> {
        Task { progress: self.progress, id: self.progress.begin(self.name, total) }
    }
}

/// A running task of a watcher; it ends when dropped, also when cancelled.
struct Task<'a> {
    progress: &'a dyn Progress,
    id: TaskId,
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.progress.end(self.id);
    }
}

/// Returns a TLS configuration with ring and the system's certificates. Everything is passed by value: no
/// process-wide provider is installed. If https is not needed, no certificates are loaded, so that nothing
/// can be trusted by accident.
fn tls(https: bool) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::Client { source: cause(error) })?;
    let builder = if https {
        builder.with_platform_verifier().map_err(|error| SetupError::Certificates { source: cause(error) })?
    } else {
        builder.with_root_certificates(rustls::RootCertStore::empty())
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn refuse_by_head(response: &Response) -> Result<(), Fault> {
    let status = response.status().as_u16();
    if status != 200 {
        return Err(Fault::Status { status });
    }
    if let Some(encoding) = header(response, &CONTENT_ENCODING).filter(|encoding| encoding != "identity") {
        return Err(Fault::Encoded { encoding });
    }
    let page = header(response, &CONTENT_TYPE).is_some_and(|content_type| {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence == "text/html" || essence == "application/xhtml+xml"
    });
    if page { Err(Fault::WebPage) } else { Ok(()) }
}

async fn read_body(mut response: Response, max_bytes: u64, task: &Task<'_>) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    let mut received = 0_u64;
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(body),
            Err(error) => return Err(Fault::Broken { received, source: cause(error.without_url()) }),
        };
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        received = received.saturating_add(length);
        if received > max_bytes {
            return Err(Fault::TooLarge { limit: max_bytes, announced: None });
        }
        body.extend_from_slice(&chunk);
        task.progress.advance(task.id, length);
    }
}

/// Returns whether the body starts like HTML or XML, whatever its content type. No feed starts with `<`.
fn is_markup(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    body.trim_ascii_start().first() == Some(&b'<')
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::diag::Silent;

    /// The server accepts the connection but does not speak TLS: the handshake counts towards the connect
    /// timeout.
    #[tokio::test]
    async fn https_begins_a_handshake_and_gives_up_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: WebAddress = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let limits = Limits { connect: Duration::from_millis(200), ..Limits::default() };
        let client = Client::with_tls(limits, None, tls(false).unwrap()).unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let handshake = stream.read_u8().await.unwrap();
            (stream, handshake)
        };
        let watcher = Watcher { progress: &Silent, name: "x" };
        let (response, (_stream, handshake)) = tokio::join!(client.get(&address, 1, watcher), server);
        assert!(matches!(response, Err(Fault::ConnectTimedOut { .. })), "{response:?}");
        assert_eq!(handshake, 22, "a TLS handshake record (RFC 8446 section 5.1)");
    }

    #[test]
    fn no_process_wide_provider_is_installed() {
        assert!(tls(false).is_ok());
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    }

    #[test]
    fn a_bad_proxy_is_refused_without_repeating_it() {
        let error = Client::with_tls(Limits::default(), Some("http://user:secret@["), tls(false).unwrap())
            .err()
            .unwrap();
        assert!(matches!(error, SetupError::Proxy { .. }));
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }

    #[test]
    fn markup_is_known_by_its_first_byte() {
        assert!(is_markup(b"\xEF\xBB\xBF\r\n <!doctype html>"));
        assert!(!is_markup(b"{\"values\":[]}"));
        assert!(!is_markup(b""));
    }
}
