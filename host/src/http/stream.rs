//! A client's socket for hyper, with two additions: a client that stops reading loses its connection, and hyper's own
//! error responses, which have no body, are held back so that the server can send one with a body.
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// The timeout for a client that does not read while there is data for it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A client's socket.
pub struct ClientStream {
    socket: TcpStream,
    /// Runs while the client reads nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// A last response without a body. The result of the connection tells whether it is hyper's.
    held_back: Option<Vec<u8>>,
}

impl ClientStream {
    /// Wraps an accepted socket.
    pub fn new(socket: TcpStream) -> Self {
        Self { socket, stalled: None, held_back: None }
    }

    /// The socket, and the response that was held back.
    pub fn into_parts(self) -> (TcpStream, Option<Vec<u8>>) {
        (self.socket, self.held_back)
    }

    fn check_progress(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        timer.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Returns whether the data is a whole 4xx response that closes the connection and has no body, exactly
/// as hyper writes it when it cannot parse a request.
fn is_bare_error(data: &[u8]) -> bool {
    let Some(rest) = data.strip_prefix(b"HTTP/1.1 4") else { return false };
    let Ok(rest) = std::str::from_utf8(rest) else { return false };
    let Some((_, headers)) = rest.split_once("\r\n") else { return false };
    let Some(date) = headers.strip_prefix("connection: close\r\ncontent-length: 0\r\n") else {
        return false;
    };
    date.starts_with("date: ") && date.find("\r\n\r\n") == Some(date.len() - 4)
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if is_bare_error(data) {
            self.held_back = Some(data.to_vec());
            return Poll::Ready(Ok(data.len()));
        }
        let written = Pin::new(&mut self.socket).poll_write(context, data);
        self.check_progress(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [data] = slices {
            return self.poll_write(context, data);
        }
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.check_progress(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_closing_error_without_a_body_is_held_back() {
        let bare = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\
            date: Thu, 26 Nov 2026 00:00:00 GMT\r\n\r\n";
        assert!(is_bare_error(bare.as_bytes()));
        for other in [
            "",
            "HTTP/1.1 4",
            &bare.replace("400 Bad Request", "200 OK"),
            &bare.replace("connection: close\r\n", ""),
            &bare.replace("content-length: 0", "content-length: 5"),
            &format!("{bare}more"),
            &format!("{bare}\r\n\r\n"),
        ] {
            assert!(!is_bare_error(other.as_bytes()), "{other:?}");
        }
    }
}
