//! Requests that components make: to another component in the process, or to a server outside.
use std::{fmt::Display, sync::Arc, time::Duration};

use anyhow::anyhow;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header::HOST, uri::Scheme};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{sync::mpsc::UnboundedSender, time::timeout};
use wasmtime_wasi_http::{Error as HttpError, RequestOptions, WasiBody, WasiHttpHooks};

use super::server::call_component;
use crate::{
    app::{App, Component},
    outbound::{Destination, component_of},
};

/// How long a server outside may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take to begin its answer, unless the component says otherwise.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);

/// The host of a request to the app itself.
const OWN_HOST: &str = "self.alt";

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Connections to servers outside, kept for later requests.
pub(crate) struct Client(legacy::Client<HttpConnector, WasiBody>);

impl Default for Client {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        Self(legacy::Client::builder(TokioExecutor::new()).build(connector))
    }
}

/// How one instance's requests are sent.
pub(crate) struct Outgoing {
    app: Arc<App>,
    component: Arc<Component>,
    traceparent: Option<HeaderValue>,
    end: UnboundedSender<String>,
}

type Sent = (Response<WasiBody>, Box<dyn Future<Output = Result<(), HttpError>> + Send>);

impl WasiHttpHooks for Outgoing {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), HttpError>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, HttpError>> + Send> {
        let prepared = self.prepare(request);
        let (app, end) = (self.app.clone(), self.end.clone());
        Box::new(async move {
            let request = prepared?;
            let response = match request.uri().host().and_then(component_of).map(str::to_owned) {
                None => send_outside(&app, request, options).await?,
                Some(id) if !app.is_callable(&id) => {
                    // As in Spin this ends the instance instead of giving it an error to handle.
                    _ = end.send(format!(
                        "it called {id}, but no trigger has a component of that name"
                    ));
                    std::future::pending().await
                }
                Some(id) => call_component(&app, request, &id).await.map_err(|error| {
                    tracing::error!("a call to {id} failed: {error:#}");
                    HttpError::InternalError(None)
                })?,
            };
            Ok((response, Box::new(async { Ok(()) }) as Box<_>))
        })
    }
}

impl Outgoing {
    /// For an instance that answers a request with the headers `incoming`. What comes out of the
    /// other end of `end` is a reason to end the instance.
    pub(crate) fn new(
        app: Arc<App>,
        component: Arc<Component>,
        incoming: &HeaderMap,
        end: UnboundedSender<String>,
    ) -> Self {
        Self { app, component, traceparent: incoming.get(TRACEPARENT).cloned(), end }
    }

    /// Gives the request the trace it belongs to, and checks it against the allow list.
    fn prepare(&self, mut request: Request<WasiBody>) -> Result<Request<WasiBody>, HttpError> {
        if let Some(traceparent) = &self.traceparent
            && !request.headers().contains_key(TRACEPARENT)
        {
            request.headers_mut().insert(TRACEPARENT, traceparent.clone());
        }
        // The client sets its own; a component that is called never sees one.
        request.headers_mut().remove(HOST);
        let uri = request.uri();
        let host = uri.host().unwrap_or_default();
        if host == OWN_HOST {
            return self.to_own_app(request);
        }
        let to = Destination::new(uri.scheme_str().unwrap_or("https"), host, uri.port_u16())
            .map_err(|_| HttpError::HttpRequestUriInvalid)?;
        if !self.component.allowed.allows(&to) {
            self.component.report_denied(&to);
            return Err(HttpError::HttpRequestDenied);
        }
        Ok(request)
    }

    /// A request to the app itself goes over the network to where the app is served, as in Spin.
    fn to_own_app(&self, mut request: Request<WasiBody>) -> Result<Request<WasiBody>, HttpError> {
        if !self.component.allowed.allows_own() {
            self.component.report_denied(&"http://self");
            return Err(HttpError::HttpRequestDenied);
        }
        let address = self.app.own_address.get().ok_or(HttpError::HttpRequestUriInvalid)?;
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("http://{address}{path}").parse();
        *request.uri_mut() = uri.map_err(|_| HttpError::HttpRequestUriInvalid)?;
        Ok(request)
    }
}

impl Component {
    /// Tells the user what was refused and how to allow it.
    pub(crate) fn report_denied(&self, to: &impl Display) {
        tracing::warn!(
            "component {} may not call {to}; to allow this, add '{to}' to its allowed_outbound_hosts",
            self.id
        );
    }
}

async fn send_outside(
    app: &Arc<App>,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Response<WasiBody>, HttpError> {
    if request.uri().scheme() != Some(&Scheme::HTTP) {
        return Err(not_implemented("https requests"));
    }
    let first_byte =
        options.and_then(|options| options.first_byte_timeout).unwrap_or(FIRST_BYTE_TIMEOUT);
    match timeout(first_byte, app.http.0.request(request)).await {
        Ok(Ok(response)) => Ok(response.map(|body| body.map_err(HttpError::from).boxed_unsync())),
        Ok(Err(error)) if error.is_connect() => {
            tracing::debug!("cannot connect: {:#}", anyhow!(error));
            Err(HttpError::ConnectionRefused)
        }
        Ok(Err(error)) => {
            tracing::debug!("a request failed: {:#}", anyhow!(error));
            Err(HttpError::HttpProtocolError)
        }
        Err(_) => Err(HttpError::ConnectionReadTimeout),
    }
}

fn not_implemented(what: &str) -> HttpError {
    let message = format!("{what} are not implemented by this runtime");
    tracing::error!("{message}");
    HttpError::InternalError(Some(message))
}
