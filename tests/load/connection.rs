//! One client's connection, kept open between requests.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
    header::{CONTENT_TYPE, HOST, RETRY_AFTER},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpSocket;

/// No answer may take longer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to the app.
pub struct Connection {
    to: SocketAddr,
    /// An address of this machine, by which the app tells clients apart.
    from: [u8; 4],
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<u32>,
    pub body: Bytes,
    pub duration: Duration,
}

impl Answer {
    /// The body as JSON; null if it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Connection {
    /// A connection that is opened by the first request.
    pub fn new(to: SocketAddr, from: [u8; 4]) -> Connection {
        Connection { to, from, sender: None }
    }

    /// Sends a request, on a new connection if the app closed the last one, and reads the whole answer.
    ///
    /// # Errors
    /// There is no answer: the words say why.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let begin = Instant::now();
        let exchange = async {
            let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
                Some(sender) => sender,
                None => self.open().await.map_err(|error| format!("no connection: {error}"))?,
            };
            sender.ready().await.map_err(|error| format!("not ready: {error}"))?;
            let mut request =
                Request::builder().method(method).uri(path).header(HOST, self.to.to_string());
            if body.is_some() {
                request = request.header(CONTENT_TYPE, "application/json");
            }
            let bytes = body.map_or_else(Bytes::new, |body| body.to_string().into());
            let request = request.body(Full::new(bytes)).map_err(|error| error.to_string())?;
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| format!("no answer: {error}"))?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| format!("cut off: {error}"))?;
            let retry_after =
                head.headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
            self.sender = Some(sender);
            Ok((head.status.as_u16(), retry_after, body.to_bytes()))
        };
        let exchange = tokio::time::timeout(TIMEOUT, exchange).await;
        let exchange = exchange.unwrap_or_else(|_| Err(format!("no answer within {TIMEOUT:?}")));
        let (status, retry_after, body) =
            exchange.map_err(|why| format!("{method} {path}: {why}"))?;
        Ok(Answer { status, retry_after, body, duration: begin.elapsed() })
    }

    async fn open(&self) -> io::Result<SendRequest<Full<Bytes>>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.from, 0).into())?;
        let stream = socket.connect(self.to).await?;
        stream.set_nodelay(true)?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(sender)
    }
}
