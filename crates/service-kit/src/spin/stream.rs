//! The answer of the current request, which is either sent whole or streamed by the handler.

use std::cell::RefCell;

use contract::work::WORK;
use http::{StatusCode, header::CONTENT_TYPE};
use spin_sdk::http::{Headers, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasi::io::streams::{OutputStream, StreamError};

use super::work;
use crate::{
    environment::{BodySink, Closed},
    log,
    trace::REQUEST_ID,
};

// An instance answers one request.
thread_local! {
    static ANSWER: RefCell<Option<(ResponseOutparam, bool)>> = const { RefCell::new(None) };
}

/// Stores the answer's outparam while the handler runs.
pub(super) fn keep(out: ResponseOutparam, is_head: bool) {
    ANSWER.set(Some((out, is_head)));
}

/// The answer's outparam, unless the handler streamed the answer.
pub(super) fn take() -> Option<ResponseOutparam> {
    ANSWER.take().map(|(out, _)| out)
}

/// Sends the head of a streamed answer: 200, JSON.
pub(super) fn start() -> Option<Box<dyn BodySink>> {
    let (out, is_head) = ANSWER.take()?;
    let json = (CONTENT_TYPE.to_string(), b"application/json".to_vec());
    let id = log::request_id().map(|id| (REQUEST_ID.to_string(), id.into_bytes()));
    let work = work::header(StatusCode::OK.as_u16(), true);
    let work = work.map(|work| (WORK.to_string(), work.as_bytes().to_owned()));
    let headers: Vec<_> = [json].into_iter().chain(id).chain(work).collect();
    let response =
        OutgoingResponse::new(Headers::from_list(&headers).unwrap_or_else(|_| Headers::new()));
    if is_head {
        out.set(response);
        return Some(Box::new(NoBody));
    }
    let body = response.body().ok();
    let stream = body.as_ref().and_then(|body| body.write().ok());
    out.set(response);
    match (body, stream) {
        (Some(body), Some(stream)) => Some(Box::new(StreamedBody { stream, body })),
        _ => Some(Box::new(NoBody)),
    }
}

struct NoBody;

impl BodySink for NoBody {
    fn write(&mut self, _: &[u8]) -> Result<(), Closed> {
        Err(Closed)
    }

    fn finish(self: Box<Self>) {}
}

/// Fields drop in order, and the stream must be dropped before the body.
struct StreamedBody {
    stream: OutputStream,
    body: OutgoingBody,
}

impl BodySink for StreamedBody {
    fn write(&mut self, mut part: &[u8]) -> Result<(), Closed> {
        while !part.is_empty() {
            let permit = self.stream.check_write().map_err(closed)?;
            if permit == 0 {
                self.stream.subscribe().block();
                continue;
            }
            let length = usize::try_from(permit).unwrap_or(usize::MAX).min(part.len());
            let (now, later) = part.split_at(length);
            self.stream.write(now).map_err(closed)?;
            part = later;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) {
        let Self { stream, body } = *self;
        if let Err(error) = stream.blocking_flush() {
            closed(error);
        }
        drop(stream);
        if let Err(error) = OutgoingBody::finish(body, None) {
            log::error("the answer could not be sent", error);
        }
    }
}

fn closed(_: StreamError) -> Closed {
    Closed
}
