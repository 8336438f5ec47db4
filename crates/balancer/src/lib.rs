//! A round-robin proxy in front of replicas, for laptops and tests: each request goes to the next replica, even if
//! several arrive on one connection.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, header::HeaderValue, server, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// The header whose last value tells a replica the client's address.
pub const CLIENT_ADDRESS_HEADER: &str = "x-forwarded-for";

/// The addresses of the replicas, which take turns.
#[derive(Debug)]
pub struct Replicas {
    addresses: Vec<SocketAddr>,
    turn: AtomicUsize,
}

impl Replicas {
    /// Replicas at these addresses, at least one. They may not listen yet.
    pub fn new(addresses: Vec<SocketAddr>) -> Self {
        Self { addresses, turn: AtomicUsize::new(0) }
    }

    /// The replica whose turn it is.
    pub fn next(&self) -> SocketAddr {
        self.addresses[self.turn.fetch_add(1, Ordering::Relaxed) % self.addresses.len()]
    }
}

/// Forwards each request that arrives at `listener` to the address that `choose` gives for its path, until `listener`
/// fails.
pub async fn forward_all(
    listener: TcpListener,
    choose: impl Fn(&str) -> SocketAddr + Send + Sync + 'static,
) {
    let choose = Arc::new(choose);
    while let Ok((stream, client)) = listener.accept().await {
        let choose = choose.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let to = choose(request.uri().path());
            forward(request, client, to)
        });
        stream.set_nodelay(true).ok();
        let server = server::conn::http1::Builder::new();
        tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
    }
}

/// Forwards the request over a new connection after its whole body has arrived: a replica may respond before it has read
/// the body, and the client must get that response. If no replica listens, the client's connection is closed without a
/// response.
async fn forward(
    request: Request<Incoming>,
    client: SocketAddr,
    to: SocketAddr,
) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    let (mut head, body) = request.into_parts();
    let client = HeaderValue::from_str(&client.ip().to_string())?;
    head.headers.append(CLIENT_ADDRESS_HEADER, client);
    let request = Request::from_parts(head, Full::new(body.collect().await?.to_bytes()));
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}
