//! Request bodies: read ahead of the component, limited in time, and tracked to their end.
//!
//! The rest of an unread body would precede the next request on the same connection, so the response must close the
//! connection (RFC 9112, section 9.3).
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, header::CONNECTION};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::{
    sync::watch,
    time::{Instant, Sleep, sleep_until, timeout},
};
use wasmtime_wasi_http::Error as HttpError;

/// Maximum time between two parts of a body.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum time for a whole body. Less than the deadline of a component, so that a slow client gets the
/// right error.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum number of bytes to read ahead.
const READ_AHEAD: usize = 16 * 1024;

/// The wait for the rest of a short body before the request counts as an upload.
const READ_AHEAD_TIMEOUT: Duration = Duration::from_millis(250);

/// A body from outside.
pub struct RequestBody {
    body: Incoming,
    /// Parts that were read ahead.
    buffered: VecDeque<Bytes>,
    started: Instant,
    /// Runs while we wait for the client.
    timer: Option<Pin<Box<Sleep>>>,
    failure: watch::Sender<Option<BodyFailure>>,
    is_read: Arc<AtomicBool>,
}

/// The reason why a body did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFailure {
    /// The client was too slow.
    TimedOut,
    /// The transfer coding is not valid, or the connection closed early.
    Malformed,
}

/// The state of a body that a component reads.
pub struct BodyTracker {
    failure: watch::Receiver<Option<BodyFailure>>,
    is_read: Arc<AtomicBool>,
}

impl RequestBody {
    /// Starts to track a body.
    pub fn new(body: Incoming) -> (Self, BodyTracker) {
        let is_read = Arc::new(AtomicBool::new(body.is_end_stream()));
        let (failure, failures) = watch::channel(None);
        let tracker = BodyTracker { failure: failures, is_read: is_read.clone() };
        let (buffered, started) = (VecDeque::new(), Instant::now());
        (Self { body, buffered, started, timer: None, failure, is_read }, tracker)
    }

    /// Reads a short body completely, if it arrives soon. Returns whether the body is complete.
    ///
    /// # Errors
    /// The body is not valid.
    pub async fn read_ahead(&mut self) -> Result<bool, BodyFailure> {
        if self.is_read.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let (mut parts, mut size) = (VecDeque::new(), 0);
        let reading = async {
            while size < READ_AHEAD {
                match self.body.frame().await {
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            size += data.len();
                            parts.push_back(data);
                        }
                    }
                    Some(Err(_)) => return Err(BodyFailure::Malformed),
                    None => return Ok(true),
                }
                if self.body.is_end_stream() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        // A timeout means that the rest is still to come.
        let is_complete = timeout(READ_AHEAD_TIMEOUT, reading).await.unwrap_or(Ok(false))?;
        self.buffered = parts;
        self.is_read.store(is_complete, Ordering::Relaxed);
        Ok(is_complete)
    }

    fn fail(&self, failure: BodyFailure) -> HttpError {
        self.failure.send_replace(Some(failure));
        match failure {
            BodyFailure::TimedOut => HttpError::ConnectionReadTimeout,
            BodyFailure::Malformed => HttpError::HttpProtocolError,
        }
    }
}

impl BodyTracker {
    /// Completes when the body can no longer arrive. Never completes if the body arrives or is dropped.
    pub async fn failed(&mut self) -> BodyFailure {
        match self.failure.wait_for(Option::is_some).await.map(|failure| *failure) {
            Ok(Some(failure)) => failure,
            _ => std::future::pending().await,
        }
    }

    /// The failure of the body so far.
    pub fn failure(&self) -> Option<BodyFailure> {
        *self.failure.borrow()
    }

    /// Closes the connection after the response if the body was not read to its end.
    pub fn close_if_unread<B>(&self, response: &mut Response<B>) {
        if !self.is_read.load(Ordering::Relaxed) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if let Some(data) = self.buffered.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() {
            let next = (Instant::now() + IDLE_TIMEOUT).min(self.started + TOTAL_TIMEOUT);
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
            ready!(timer.as_mut().poll(context));
            self.timer = None;
            return Poll::Ready(Some(Err(self.fail(BodyFailure::TimedOut))));
        }
        self.timer = None;
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(|_| self.fail(BodyFailure::Malformed))))
    }

    fn is_end_stream(&self) -> bool {
        self.buffered.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let buffered: u64 = self.buffered.iter().map(|data| data.len() as u64).sum();
        let rest = self.body.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(buffered + upper);
        }
        hint.set_lower(buffered + rest.lower());
        hint
    }
}
