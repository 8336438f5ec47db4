//! A request's body that tells whether it was read: what is left of it stands in the way of the next request on the
//! same connection, so the answer then has to say that the connection ends here (RFC 9112, 9.3).

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONNECTION};
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// A body from outside that notes its end.
pub struct Noted {
    body: Incoming,
    is_read: Arc<AtomicBool>,
}

/// Whether a body has come to its end.
pub struct End(Arc<AtomicBool>);

/// Notes the end of the request's body.
pub fn note(request: Request<Incoming>) -> (Request<Noted>, End) {
    let is_read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let end = End(Arc::clone(&is_read));
    (request.map(|body| Noted { body, is_read }), end)
}

impl End {
    /// Has the answer close the connection if the body is not read to its end.
    pub fn settle<B>(&self, response: &mut Response<B>) {
        if !self.0.load(Ordering::Relaxed) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl Body for Noted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
