//! Requests of components to external servers.
use std::time::Duration;

use anyhow::anyhow;
use http::{Request, Response, uri::Scheme};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error as HttpError, RequestOptions, WasiBody};

/// The timeout for connecting to an external server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The timeout for the start of its response, unless the component sets one.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);

/// A client with pooled connections to external servers.
pub(crate) struct Client(legacy::Client<HttpConnector, WasiBody>);

impl Default for Client {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        Self(legacy::Client::builder(TokioExecutor::new()).build(connector))
    }
}

impl Client {
    /// Sends a request to the server that its URL names.
    ///
    /// # Errors
    /// As `wasi:http` reports them to the component.
    pub(crate) async fn send(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, HttpError> {
        if request.uri().scheme() != Some(&Scheme::HTTP) {
            return Err(not_implemented("https requests"));
        }
        let first_byte =
            options.and_then(|options| options.first_byte_timeout).unwrap_or(FIRST_BYTE_TIMEOUT);
        match timeout(first_byte, self.0.request(request)).await {
            Ok(Ok(response)) => {
                Ok(response.map(|body| body.map_err(HttpError::from).boxed_unsync()))
            }
            Ok(Err(error)) if error.is_connect() => {
                tracing::debug!("cannot connect to an external server: {:#}", anyhow!(error));
                Err(HttpError::ConnectionRefused)
            }
            Ok(Err(error)) => {
                tracing::debug!("a request to an external server failed: {:#}", anyhow!(error));
                Err(HttpError::HttpProtocolError)
            }
            Err(_) => Err(HttpError::ConnectionReadTimeout),
        }
    }
}

fn not_implemented(what: &str) -> HttpError {
    let message = format!("{what} are not implemented by this runtime");
    tracing::error!("{message}");
    HttpError::InternalError(Some(message))
}
