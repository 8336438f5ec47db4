//! The body of a component's response.
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use ::http::{Response, StatusCode, header::CONTENT_LENGTH};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

use super::progress::Progress;

/// A response body that fails if its instance fails before the body is complete.
pub(super) struct ResponseBody {
    body: WasiBody,
    /// Bytes still to come, if the response has a length.
    remaining: Option<u64>,
    is_complete: bool,
    progress: Arc<Progress>,
}

impl ResponseBody {
    /// Wraps the body of a response. The body of a response to HEAD is never sent.
    pub(super) fn wrap(
        response: Response<WasiBody>,
        is_head: bool,
        progress: Arc<Progress>,
    ) -> Response<WasiBody> {
        let (parts, body) = response.into_parts();
        let length = parts.headers.get(CONTENT_LENGTH);
        let remaining = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let is_never_sent =
            is_head || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let is_complete = is_never_sent || remaining == Some(0);
        let body = Self { body, remaining, is_complete, progress };
        Response::from_parts(parts, body.boxed_unsync())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                this.progress.note();
                let sent = frame.data_ref().map_or(0, |data| data.len() as u64);
                this.remaining = this.remaining.map(|remaining| remaining.saturating_sub(sent));
                this.is_complete |= this.remaining == Some(0);
            }
            Some(Err(_)) => {}
            // Otherwise a response cut short by a trap would look complete.
            None if this.progress.failure().is_some() && !this.is_complete => {
                this.is_complete = true;
                return Poll::Ready(Some(Err(HttpError::HttpResponseIncomplete)));
            }
            None => this.is_complete = true,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
