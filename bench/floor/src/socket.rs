//! A socket as hyper's input and output, for a thread that serves this one connection and may wait for it.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::rt::ReadBufCursor;

/// A socket that reads without waiting, and waits while it writes.
pub struct Socket(TcpStream);

impl Socket {
    /// Wraps an accepted socket.
    ///
    /// # Errors
    /// If the system refuses to change its mode.
    pub fn new(stream: TcpStream) -> io::Result<Socket> {
        stream.set_nonblocking(true)?;
        Ok(Socket(stream))
    }
}

/// Waits until there is something to read from the socket that `stream` is a clone of.
///
/// # Errors
/// If the connection broke.
pub fn wait_for_input(stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.peek(&mut [0])?;
    stream.set_nonblocking(true)
}

impl hyper::rt::Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut part = [0; 8192];
        let room = buffer.remaining().min(part.len());
        match self.0.read(&mut part[..room]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Poll::Pending,
            count => Poll::Ready(count.map(|count| buffer.put_slice(&part[..count]))),
        }
    }
}

impl hyper::rt::Write for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.0.write(data) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.0.set_nonblocking(false)?;
                let count = self.0.write(data);
                self.0.set_nonblocking(true)?;
                Poll::Ready(count)
            }
            count => Poll::Ready(count),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.shutdown(std::net::Shutdown::Write))
    }
}
