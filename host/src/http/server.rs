//! The server: from a connection to a component and back.
use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Empty, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::TcpListener;
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

use super::{headers, unread};
use crate::{
    app::App,
    guest::{self, NoResponse},
    routes::{Match, WELL_KNOWN},
};

/// The client address components see when another component calls them.
const NO_CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Serves the app until `stop` is ready; then accepts nothing more and gives the running requests
/// `grace` to end.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    grace: Duration,
) {
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let (stream, client) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, say: wait for some to be given back.
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Small answers go out at once instead of waiting for more to send.
        _ = stream.set_nodelay(true);
        let app = app.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let app = app.clone();
            async move {
                let (request, end) = unread::note(request);
                let request = request.map(|body| body.map_err(HttpError::from).boxed_unsync());
                let mut response = handle(&app, request, client).await?;
                end.settle(&mut response);
                anyhow::Ok(response)
            }
        });
        // With a clock, a client that does not finish its request's head is not waited for: 30 s, hyper's default.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests still running");
    }
}

/// Answers a request from outside. An error closes the connection without an answer.
async fn handle(
    app: &Arc<App>,
    mut request: Request<WasiBody>,
    client: SocketAddr,
) -> anyhow::Result<Response<WasiBody>> {
    headers::strip_internal_host(request.headers_mut());
    let path = request.uri().path();
    match path.strip_prefix(WELL_KNOWN) {
        Some("health") => return Ok(Response::new(full("OK"))),
        Some("info") => return Ok(info(app)),
        Some(_) => return Ok(empty(StatusCode::NOT_FOUND)),
        None => {}
    }
    match app.router.find(path) {
        Some(found) => run(app, request, &found, client).await,
        None => Ok(empty(StatusCode::NOT_FOUND)),
    }
}

/// Answers a call from one component to another inside the process, without a look at the routes.
///
/// # Errors
/// The request could not even be handed on.
pub async fn call_component(
    app: &Arc<App>,
    request: Request<WasiBody>,
    component: &str,
) -> anyhow::Result<Response<WasiBody>> {
    let found = Match::of_component(component, request.uri().path());
    run(app, request, &found, NO_CLIENT).await
}

async fn run(
    app: &Arc<App>,
    mut request: Request<WasiBody>,
    found: &Match,
    client: SocketAddr,
) -> anyhow::Result<Response<WasiBody>> {
    headers::complete_uri(&mut request)?;
    let Some(component) = app.components.get(&found.component) else {
        anyhow::bail!("there is no component {}", found.component);
    };
    if let Err(error) = headers::append_spin_headers(&mut request, found, client) {
        tracing::error!("a request for {} is refused: {error:#}", component.id);
        return Ok(empty(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let response = guest::respond(app, component, request).await;
    Ok(response.unwrap_or_else(|NoResponse| empty(StatusCode::INTERNAL_SERVER_ERROR)))
}

fn info(app: &App) -> Response<WasiBody> {
    let mut info = serde_json::json!({ "name": app.name });
    if let Some(version) = &app.version {
        info["version"] = version.as_str().into();
    }
    let mut response = Response::new(full(format!("{info:#}")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn empty(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(Empty::new().map_err(never).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn full(text: impl Into<Bytes>) -> WasiBody {
    Full::new(text.into()).map_err(never).boxed_unsync()
}

fn never(impossible: Infallible) -> HttpError {
    match impossible {}
}
