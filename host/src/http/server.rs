//! The server: accepts connections, serves the requests on them and shuts down.
use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

use super::{
    connections::{Busy, Connection, Connections},
    handler,
    problem::Problem,
    stream::ClientStream,
};
use crate::{app::App, telemetry::Served};

/// The timeout for a request head and for an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum size of a request head in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The time and the number of bytes to keep reading after a last response. Closing earlier would reset the connection,
/// and the client could lose the response.
const LINGER: (Duration, usize) = (Duration::from_secs(1), 1024 * 1024);

/// Serves the app until `stop` completes. Then accepts no more connections and gives the running
/// requests `shutdown_timeout` to finish.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    max_connections: u32,
    stop: impl Future<Output = ()>,
    shutdown_timeout: Duration,
) {
    let connections = Connections::new(max_connections);
    let (stopping, _) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let connection = connections.open().await;
            (connection, listener.accept().await)
        };
        let (connection, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((socket, client)) => {
                let stopping = stopping.subscribe();
                tokio::spawn(serve_connection(app.clone(), connection, socket, client, stopping));
            }
            Err(error) => {
                // Possibly out of file descriptors: wait until some are closed.
                tracing::warn!("cannot accept a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let finished = async {
        connections.wait_until_closed().await;
        // Requests run to their end even if their client has disconnected.
        app.admission.wait_until_idle().await;
    };
    if timeout(shutdown_timeout, finished).await.is_err() {
        tracing::warn!("requests were still running after the shutdown timeout");
    }
}

async fn serve_connection(
    app: Arc<App>,
    connection: Arc<Connection>,
    socket: TcpStream,
    client: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    // Send small responses at once.
    _ = socket.set_nodelay(true);
    let service = service_fn(|mut request: Request<Incoming>| {
        let (app, busy) = (app.clone(), connection.begin_request());
        Box::pin(async move {
            let mut served = app.telemetry.serve(&mut request);
            let response = handler::handle(&app, request, client, &mut served).await;
            served.answered(&response);
            let body = |body| ServedBody { body, _served: served, _busy: busy };
            Ok::<_, Infallible>(response.map(body))
        })
    });
    let mut http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        // A client may close its sending side and still wait for the response.
        .half_close(true)
        .serve_connection(TokioIo::new(ClientStream::new(socket)), service);
    let mut is_closing = false;
    let result = loop {
        tokio::select! {
            result = poll_fn(|context| http.poll_without_shutdown(context)) => break result,
            () = close_requested(&connection, &mut stopping), if !is_closing => {
                if connection.is_idle() {
                    return;
                }
                is_closing = true;
                Pin::new(&mut http).graceful_shutdown();
            }
        }
    };
    let parts = http.into_parts();
    let (socket, held_back) = parts.io.into_inner().into_parts();
    let problem = match &result {
        Ok(()) => None,
        Err(error) => connection_problem(error, held_back.as_deref(), !parts.read_buf.is_empty()),
    };
    let last_response = match problem {
        Some(problem) => {
            app.problems.record(&problem, client);
            problem.into_closing_bytes()
        }
        None => held_back.unwrap_or_default(),
    };
    if let Err(error) = result {
        tracing::debug!("a connection from {client} ended early: {error}");
    }
    close(socket, &last_response).await;
}

/// Completes when the connection must close: the server stops, or another connection needs the room.
async fn close_requested(connection: &Connection, stopping: &mut watch::Receiver<bool>) {
    tokio::select! {
        _ = stopping.wait_for(|stopping| *stopping) => {}
        () = connection.evicted() => {}
    }
}

/// The error response for a request that hyper could not parse. `held_back` is hyper's own response.
fn connection_problem(
    error: &hyper::Error,
    held_back: Option<&[u8]>,
    has_partial_head: bool,
) -> Option<Problem> {
    if error.is_timeout() && has_partial_head {
        return Some(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "the request head took too long to arrive",
        ));
    }
    if error.is_parse_version_h2() {
        return Some(Problem::new(
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            "this server speaks HTTP/1.1",
        ));
    }
    let status = held_back?.get(9..12).and_then(|status| StatusCode::from_bytes(status).ok())?;
    Some(Problem::new(
        status,
        match status {
            StatusCode::URI_TOO_LONG => "the request target is too long",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the request headers are too large",
            _ => "the request is not valid HTTP/1.1",
        },
    ))
}

/// Sends the last bytes, closes the sending side, and discards what the client still sends for a moment.
async fn close(mut socket: TcpStream, last_response: &[u8]) {
    let (time, limit) = LINGER;
    let closing = async {
        socket.write_all(last_response).await?;
        socket.shutdown().await?;
        let (mut buffer, mut received) = ([0; 4096], 0);
        while received < limit {
            match socket.read(&mut buffer).await? {
                0 => break,
                count => received += count,
            }
        }
        std::io::Result::Ok(())
    };
    _ = timeout(time, closing).await;
}

/// A response body. Its request is being served, and its connection is busy, until it is sent.
struct ServedBody {
    body: WasiBody,
    _served: Served,
    _busy: Busy,
}

impl Body for ServedBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
