//! `wasi:http/outgoing-handler`: a component calls another component in the process or an external server.
use std::{fmt::Display, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header::HOST};
use opentelemetry::trace::SpanKind;
use tokio::sync::mpsc::UnboundedSender;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error as HttpError, RequestOptions, WasiBody, WasiHttpHooks,
};

use crate::{
    app::{App, Component},
    outbound::{Destination, component_of},
    telemetry::{
        Span,
        names::{self, ScrubbedPath},
    },
};

/// The number of parts of a body that wait for the reader, and the size of each in bytes. With room for a second part, a
/// component can finish a body of one part before it is read, without being suspended and woken again.
const BODY_PARTS: usize = 2;
const BODY_PART: usize = 128 * 1024;

/// The host name of the app itself.
const SELF_HOST: &str = "self.alt";

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Sends the requests of one instance.
pub(crate) struct OutgoingHttp {
    app: Arc<App>,
    component: Arc<Component>,
    traceparent: Option<HeaderValue>,
    /// The span of the instance.
    pub(super) span: Span,
    /// Ends the instance for the reason sent.
    abort: UnboundedSender<String>,
}

type Sent = (Response<WasiBody>, Box<dyn Future<Output = Result<(), HttpError>> + Send>);

impl WasiHttpHooks for OutgoingHttp {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        DEFAULT_FORBIDDEN_HEADERS.contains(name)
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        BODY_PARTS
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_PART
    }

    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), HttpError>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, HttpError>> + Send> {
        let mut span = self.start_span(&mut request);
        let prepared = self.prepare(request);
        let (app, abort) = (self.app.clone(), self.abort.clone());
        Box::new(async move {
            let response = match prepared {
                Ok(request) => deliver(app, request, options, abort).await,
                Err(error) => Err(error),
            };
            match &response {
                Ok(response) => {
                    let status = response.status();
                    span.number(names::HTTP_RESPONSE_STATUS_CODE, status.as_u16());
                    if status.is_client_error() || status.is_server_error() {
                        span.fail(&status.as_str());
                    }
                }
                Err(error) => span.fail(&kind(error)),
            }
            Ok((response?, Box::new(async { Ok(()) }) as Box<_>))
        })
    }
}

/// Sends a request to a component in this process, or else over the network.
async fn deliver(
    app: Arc<App>,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
    abort: UnboundedSender<String>,
) -> Result<Response<WasiBody>, HttpError> {
    match request.uri().host().and_then(component_of).map(str::to_owned) {
        None => app.http.send(request, options).await,
        Some(id) if !app.is_callable(&id) => {
            // As in Spin, this ends the instance instead of returning an error to it.
            _ = abort.send(format!("it called {id}, but no trigger names that component"));
            std::future::pending().await
        }
        Some(id) => {
            let response = (app.call_component)(app.clone(), request, id.clone()).await;
            response.map_err(|error| {
                tracing::error!("a call to {id} failed: {error:#}");
                HttpError::InternalError(None)
            })
        }
    }
}

/// The name of an error without its message.
fn kind(error: &HttpError) -> String {
    format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

impl OutgoingHttp {
    /// Creates the hooks of an instance that handles a request with the headers `incoming`. The instance
    /// must end when a reason is sent through `abort`.
    pub(crate) fn new(
        app: Arc<App>,
        component: Arc<Component>,
        incoming: &HeaderMap,
        span: Span,
        abort: UnboundedSender<String>,
    ) -> Self {
        Self { app, component, traceparent: incoming.get(TRACEPARENT).cloned(), span, abort }
    }

    /// Starts the span of a call and adds the trace context. As in Spin, the span's context replaces one that the
    /// component set.
    fn start_span(&self, request: &mut Request<WasiBody>) -> Span {
        let method = names::method(request.method());
        let mut span = self.span.child(SpanKind::Client, &method);
        span.text(names::HTTP_REQUEST_METHOD, &method)
            .text(names::SERVER_ADDRESS, &request.uri().host().unwrap_or_default())
            .text(names::URL_PATH, &ScrubbedPath(request.uri().path()));
        let headers = request.headers_mut();
        if let Some(traceparent) = &self.traceparent
            && !headers.contains_key(TRACEPARENT)
        {
            headers.insert(TRACEPARENT, traceparent.clone());
        }
        span.write(headers);
        span
    }

    /// Checks the allow list.
    fn prepare(&self, mut request: Request<WasiBody>) -> Result<Request<WasiBody>, HttpError> {
        // The client sets its own; a called component never sees one.
        request.headers_mut().remove(HOST);
        let uri = request.uri();
        let host = uri.host().unwrap_or_default();
        if host == SELF_HOST {
            return self.redirect_to_self(request);
        }
        let destination =
            Destination::new(uri.scheme_str().unwrap_or("https"), host, uri.port_u16())
                .map_err(|_| HttpError::HttpRequestUriInvalid)?;
        if !self.component.allowed.allows(&destination) {
            self.component.log_denied(&destination);
            return Err(HttpError::HttpRequestDenied);
        }
        Ok(request)
    }

    /// Sends a request to the app itself over the network to its listen address, as in Spin.
    fn redirect_to_self(
        &self,
        mut request: Request<WasiBody>,
    ) -> Result<Request<WasiBody>, HttpError> {
        if !self.component.allowed.allows_self() {
            self.component.log_denied(&"http://self");
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
    /// Logs a refused destination and how to allow it.
    pub(crate) fn log_denied(&self, destination: &impl Display) {
        tracing::warn!(
            "component {} may not call {destination}; to allow this, add '{destination}' to its allowed_outbound_hosts",
            self.id
        );
    }
}
