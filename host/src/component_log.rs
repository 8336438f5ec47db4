//! Component output: whole lines on our stderr, prefixed with the component's id, and unchanged in
//! `<log-dir>/<component>_{stdout,stderr}.txt`.
use std::{
    fs::{self, File},
    io::{self, Write},
    mem,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use anyhow::Context as _;
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

/// Longer lines are split, so that output without line ends cannot fill memory. In bytes.
const MAX_LINE: usize = 64 * 1024;

/// The destination of one output stream of a component, shared by all its instances.
#[derive(Debug)]
pub struct Sink {
    prefix: Option<String>,
    file: Option<File>,
}

impl Sink {
    /// `stream` is "stdout" or "stderr". `quiet` turns off the echo on our stderr.
    ///
    /// # Errors
    /// The log file cannot be created or opened.
    pub fn open(
        component: &str,
        stream: &str,
        dir: Option<&Path>,
        quiet: bool,
    ) -> anyhow::Result<Self> {
        let open = |dir: &Path| {
            let path = dir.join(format!("{component}_{stream}.txt"));
            fs::create_dir_all(dir)
                .and_then(|()| File::options().create(true).append(true).open(&path))
                .with_context(|| format!("cannot write the log file {}", path.display()))
        };
        Ok(Self {
            prefix: (!quiet).then(|| format!("[{component}] ")),
            file: dir.map(open).transpose()?,
        })
    }

    /// Writes whole lines with one call per destination, so that lines of concurrent requests do not
    /// mix. Errors of stderr or the disk are ignored: logging must not fail a request.
    fn write_lines(&self, lines: &[u8]) {
        if let Some(mut file) = self.file.as_ref() {
            _ = file.write_all(lines);
        }
        if let Some(prefix) = &self.prefix {
            let mut echo = Vec::with_capacity(lines.len() + 64);
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                echo.extend_from_slice(prefix.as_bytes());
                echo.extend_from_slice(line);
            }
            _ = io::stderr().lock().write_all(&echo);
        }
    }
}

/// One output stream of one instance.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<Buffer>>);

struct Buffer {
    sink: Arc<Sink>,
    /// The unfinished last line.
    partial: Vec<u8>,
}

impl Lines {
    /// A new stream that writes to `sink`.
    pub fn new(sink: Arc<Sink>) -> Self {
        Self(Arc::new(Mutex::new(Buffer { sink, partial: Vec::new() })))
    }

    fn push(&self, bytes: &[u8]) {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.partial.extend_from_slice(bytes);
        match buffer.partial.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => {
                let partial = buffer.partial.split_off(end + 1);
                let lines = mem::replace(&mut buffer.partial, partial);
                buffer.sink.write_lines(&lines);
            }
            None if buffer.partial.len() > MAX_LINE => buffer.finish_line(),
            None => {}
        }
    }
}

impl Buffer {
    fn finish_line(&mut self) {
        if !self.partial.is_empty() {
            let mut line = mem::take(&mut self.partial);
            line.push(b'\n');
            self.sink.write_lines(&line);
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.finish_line();
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_LINE)
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_whole_and_a_partial_last_line_on_drop() {
        let dir = tempfile::tempdir().unwrap();
        let sink = Arc::new(Sink::open("catalog", "stdout", Some(dir.path()), true).unwrap());
        let written = || fs::read_to_string(dir.path().join("catalog_stdout.txt")).unwrap();
        let (one, two) = (Lines::new(sink.clone()), Lines::new(sink));
        one.push(b"one ");
        two.push(b"two ");
        one.push(b"ends\nand goes on");
        assert_eq!(written(), "one ends\n");
        two.push(b"ends\n");
        drop(one);
        assert_eq!(written(), "one ends\ntwo ends\nand goes on\n");
    }
}
