//! Answering requests through Spin.

use std::{pin::pin, time::Duration};

use contract::{Route, work::WORK};
use futures::TryStreamExt;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_LENGTH,
    request::Parts,
};
use spin_sdk::http::{Headers, IncomingRequest, OutgoingResponse, ResponseOutparam};

use super::{Spin, clock::within, random_id, stream, token, work};
use crate::{
    Environment, Problem,
    access::check_token,
    body::{Body, MAX_BODY_BYTES},
    call::no_endpoint,
    log,
    problem::bad_request,
    trace::{REQUEST_ID, Trace},
    uri::path_segments,
};

/// The timeout for reading a request body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The time limit for reading and discarding the body of a refused request.
const DISCARD_TIMEOUT: Duration = Duration::from_millis(250);

/// A request that is handled.
#[derive(Clone, Copy, Debug)]
pub struct Admitted {
    /// The path template for the log.
    pub route: &'static str,
    /// Whether the handler needs the body. Otherwise the body is not waited for, and the handler gets an empty one.
    pub reads_body: bool,
}

/// Answers one request to a REST service with [`serve`]. Requests without the API token and requests that match none of
/// the `routes` are answered before their body is read.
pub async fn serve_rest(
    incoming: IncomingRequest,
    out: ResponseOutparam,
    component: &'static str,
    routes: &'static [Route],
    handler: impl AsyncFnOnce(Request<Body>) -> Response<Vec<u8>>,
) {
    #[allow(
        clippy::result_large_err,
        reason = "the future is large only in native builds, and is created once per request"
    )]
    let admit = |head: &Parts| {
        token()
            .and_then(|token| {
                check_token(head.uri.path(), &head.headers, &token)?;
                work::record_if_asked(head, &token)
            })
            .and_then(|()| find_route(head, routes))
            .map(|route| Admitted { route, reads_body: true })
            .map_err(Problem::into_response)
    };
    let handler = async move |request| {
        let mut response = handler(request).await;
        if let Some(value) = work::header(response.status().as_u16(), false) {
            response.headers_mut().insert(WORK, value);
        }
        response
    };
    let trace = |headers: &HeaderMap| Trace::accept(headers, random_id);
    serve_with(incoming, out, component, trace, admit, handler).await;
}

fn find_route(head: &Parts, routes: &'static [Route]) -> Result<&'static str, Problem> {
    let path = path_segments(head.uri.path())?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let route = Route::find(routes, head.method.as_str(), &path);
    route.map(|route| route.path).ok_or_else(|| no_endpoint(&head.method, head.uri.path()))
}

/// Answers one request with `handler` and writes its log line. `admit` gets the head before the body is read, and
/// returns whether and how it is handled, or an answer that ends the request.
///
/// The request gets a new ID, unless the variable `request_id_header` names a trusted proxy's header.
///
/// The handler can answer HEAD like GET: the body is dropped here, and `content-length` is kept.
pub async fn serve(
    incoming: IncomingRequest,
    out: ResponseOutparam,
    component: &'static str,
    admit: impl FnOnce(&Parts) -> Result<Admitted, Response<Vec<u8>>>,
    handler: impl AsyncFnOnce(Request<Body>) -> Response<Vec<u8>>,
) {
    let trace = |headers: &HeaderMap| {
        let trusted = Spin.variable("request_id_header").unwrap_or_default();
        Trace::accept_from(headers, trusted.trim(), random_id)
    };
    serve_with(incoming, out, component, trace, admit, handler).await;
}

async fn serve_with(
    incoming: IncomingRequest,
    mut out: ResponseOutparam,
    component: &'static str,
    trace: impl FnOnce(&HeaderMap) -> Trace,
    admit: impl FnOnce(&Parts) -> Result<Admitted, Response<Vec<u8>>>,
    handler: impl AsyncFnOnce(Request<Body>) -> Response<Vec<u8>>,
) {
    let mut is_head = false;
    let mut response = match head(&incoming) {
        Ok(head) => {
            is_head = head.method == Method::HEAD;
            log::begin(component, trace(&head.headers), head.method.as_str());
            match admit(&head) {
                Ok(Admitted { route, reads_body }) => {
                    log::set_route(route);
                    let body = if reads_body {
                        read_body(&head, incoming).await
                    } else {
                        discard_body(&head, incoming).await;
                        Body::Complete(Vec::new())
                    };
                    stream::keep(out, is_head);
                    let response = handler(Request::from_parts(head, body)).await;
                    let Some(kept) = stream::take() else {
                        return log::finish(StatusCode::OK.as_u16());
                    };
                    out = kept;
                    response
                }
                Err(response) => {
                    discard_body(&head, incoming).await;
                    response
                }
            }
        }
        Err(why) => {
            log::begin(component, Trace::new(random_id()), "");
            bad_request(format!("invalid request: {why}")).into_response()
        }
    };
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_LENGTH, length);
    if let Some(id) = log::request_id().and_then(|id| HeaderValue::from_str(&id).ok()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    log::finish(response.status().as_u16());
    send(out, response, is_head).await;
}

async fn send(out: ResponseOutparam, response: Response<Vec<u8>>, is_head: bool) {
    let outgoing = OutgoingResponse::new(headers(&response));
    if outgoing.set_status_code(response.status().as_u16()).is_err() {
        log::error("invalid status", response.status());
    }
    if is_head {
        // If the body is never opened, it may be shorter than `content-length`.
        out.set(outgoing);
    } else if let Err(error) = out.set_with_body(outgoing, response.into_body()).await {
        log::error("the answer could not be sent", error);
    }
}

/// The request's method, target and headers.
fn head(incoming: &IncomingRequest) -> Result<Parts, http::Error> {
    let mut request = Request::builder()
        .method(incoming.method().to_string().as_str())
        .uri(incoming.path_with_query().unwrap_or_default());
    for (name, value) in incoming.headers().entries() {
        request = request.header(name, value);
    }
    Ok(request.body(())?.into_parts().0)
}

async fn read_body(head: &Parts, incoming: IncomingRequest) -> Body {
    if matches!(head.method, Method::GET | Method::HEAD) {
        return Body::Complete(Vec::new());
    }
    let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse().ok()).is_some_and(|n: usize| n > MAX_BODY_BYTES) {
        return Body::TooLarge;
    }
    within(BODY_TIMEOUT, collect(incoming)).await.unwrap_or(Body::TooSlow)
}

/// Reads and discards a small body, for at most [`DISCARD_TIMEOUT`]. Under Spin, a calling component that is still
/// writing its body when the answer arrives gets an error instead of the answer.
async fn discard_body(head: &Parts, incoming: IncomingRequest) {
    let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let is_large =
        length.and_then(|length| length.parse().ok()).is_some_and(|n: usize| n > MAX_BODY_BYTES);
    if !is_large && !matches!(head.method, Method::GET | Method::HEAD) {
        within(DISCARD_TIMEOUT, collect(incoming)).await;
    }
}

async fn collect(incoming: IncomingRequest) -> Body {
    let mut chunks = pin!(incoming.into_body_stream());
    let mut bytes = Vec::new();
    loop {
        match chunks.try_next().await {
            Ok(Some(chunk)) => bytes.extend(chunk),
            Ok(None) => return Body::Complete(bytes),
            Err(_) => return Body::Incomplete,
        }
        if bytes.len() > MAX_BODY_BYTES {
            return Body::TooLarge;
        }
    }
}

fn headers(response: &Response<Vec<u8>>) -> Headers {
    let fields: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_owned()))
        .collect();
    Headers::from_list(&fields).unwrap_or_else(|error| {
        log::error("a header of the answer was refused", error);
        Headers::new()
    })
}
