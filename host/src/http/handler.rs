//! From a request to a response: routing, admission and the component.
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CONNECTION, CONTENT_TYPE, EXPECT},
};
use hyper::body::Incoming;
use wasmtime_wasi_http::WasiBody;

use super::{
    admission::{Class, Rejection, Slot},
    body::full,
    headers,
    problem::Problem,
    queue::{Kind, network},
    request_body::{BodyFailure, BodyTracker, RequestBody},
};
use crate::{
    app::App,
    guest::{progress::NoResponse, run},
    routes::{Match, WELL_KNOWN},
    telemetry::Served,
};

/// The client address that components see in calls from other components.
const NO_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Answers a request from outside. Errors of the runtime are logged and become JSON responses.
pub(crate) async fn handle(
    app: &Arc<App>,
    request: Request<Incoming>,
    client: SocketAddr,
    served: &mut Served,
) -> Response<WasiBody> {
    let (parts, body) = request.into_parts();
    let (body, mut tracker) = RequestBody::new(body);
    let request = Request::from_parts(parts, body);
    let result = respond(app, request, &mut tracker, client, served).await;
    let mut response = result.unwrap_or_else(|problem| {
        app.problems.record(&problem, client);
        let mut response = problem.into_response();
        // After an invalid request, the boundary of the next one is uncertain.
        if matches!(response.status(), StatusCode::BAD_REQUEST | StatusCode::NOT_IMPLEMENTED) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    });
    tracker.close_if_unread(&mut response);
    response
}

async fn respond(
    app: &Arc<App>,
    mut request: Request<RequestBody>,
    tracker: &mut BodyTracker,
    client: SocketAddr,
    served: &mut Served,
) -> Result<Response<WasiBody>, Problem> {
    headers::normalize(&mut request, &app.own_authority())?;
    let path = request.uri().path();
    match path.strip_prefix(WELL_KNOWN) {
        Some("health") => return Ok(Response::new(full("OK"))),
        Some("info") => return Ok(info(app)),
        Some(_) => return Err(not_found()),
        None => {}
    }
    if let Some(authority) = request.uri().authority() {
        app.served_hosts.check(authority, path)?;
    }
    let found = app.router.find(path).ok_or_else(not_found)?;
    served.matched(&found.raw_route);
    let slot = admit(app, &mut request, &found, client).await?;
    let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    headers::append_spin_headers(&mut request, &found, &host, client);
    let component = app.components.get(&found.component).ok_or_else(internal_error)?;
    let response = run::respond(app, component, request, Some(slot));
    tokio::select! {
        // The failed body is usually the reason for the component's response.
        biased;
        failure = tracker.failed() => Err(body_problem(failure)),
        // It may have failed while the component ran.
        response = response => match tracker.failure() {
            Some(failure) => Err(body_problem(failure)),
            None => response.map_err(|error| no_response(app, &error)),
        },
    }
}

/// Waits for a slot. Reads a short body first, so that no slot waits for it.
async fn admit(
    app: &App,
    request: &mut Request<RequestBody>,
    found: &Match,
    client: SocketAddr,
) -> Result<Slot, Problem> {
    // A client that sent `Expect: 100-continue` sends its body only when the component reads it.
    let is_complete = !request.headers().contains_key(EXPECT)
        && request.body_mut().read_ahead().await.map_err(body_problem)?;
    let class = match (is_complete, request.method().is_safe()) {
        (false, _) => Class::Upload,
        (true, true) => Class::Read,
        (true, false) => Class::Write,
    };
    let slot = app.admission.admit(kind(request, found, class, client), class).await;
    slot.map_err(|rejection| {
        Problem::overloaded(match rejection {
            Rejection::QueueFull => "too many requests are waiting; try again later",
            Rejection::TimedOut => "the request waited too long for its turn; try again later",
        })
    })
}

/// The number of lines for the paths of one component, with one method and class. A client that makes up paths gets no
/// more of them.
const PATHS: u64 = 16;

/// Requests of one client for one component, method and path form one kind. Digits are ignored, so that `/book/1` and
/// `/book/2` are one kind.
fn kind(request: &Request<RequestBody>, found: &Match, class: Class, client: SocketAddr) -> Kind {
    let line = line(&found.component, request.method(), class, request.uri().path());
    Kind { client: network(client.ip()), line }
}

fn line(component: &str, method: &Method, class: Class, path: &str) -> u64 {
    // Without random keys, so that the same paths share a line in each run.
    let mut of_path = DefaultHasher::new();
    path.bytes().filter(|byte| !byte.is_ascii_digit()).for_each(|byte| of_path.write_u8(byte));
    let mut hasher = DefaultHasher::new();
    component.hash(&mut hasher);
    // Extension methods, of which a client can make up any number, are one.
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
    methods.iter().position(|known| known == method).hash(&mut hasher);
    (class as u8).hash(&mut hasher);
    (of_path.finish() % PATHS).hash(&mut hasher);
    hasher.finish()
}

/// Answers a call from one component to another in this process, without looking at routes.
///
/// # Errors
/// There is no such component.
pub async fn call_component(
    app: Arc<App>,
    mut request: Request<WasiBody>,
    id: String,
) -> anyhow::Result<Response<WasiBody>> {
    let Some(component) = app.components.get(&id) else {
        anyhow::bail!("there is no component {id}");
    };
    let found = Match::for_internal_call(&id, request.uri().path());
    headers::append_spin_headers(&mut request, &found, "localhost", NO_CLIENT);
    let response = run::respond(&app, component, request, None).await;
    Ok(response.unwrap_or_else(|error| no_response(&app, &error).into_response()))
}

fn info(app: &App) -> Response<WasiBody> {
    let mut info = serde_json::json!({ "name": app.name });
    if let Some(version) = &app.version {
        info["version"] = version.as_str().into();
    }
    let mut response = Response::new(full(format!("{info:#}")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no route matches this path")
}

fn internal_error() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal error; the log of the runtime has the cause",
    )
}

fn body_problem(failure: BodyFailure) -> Problem {
    match failure {
        BodyFailure::TimedOut => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "the request body took too long to arrive")
        }
        BodyFailure::Malformed => Problem::bad_request("the request body is invalid or incomplete"),
    }
}

fn no_response(app: &App, error: &NoResponse) -> Problem {
    match error {
        NoResponse::Failed => internal_error(),
        NoResponse::NoInstance => Problem::overloaded("too many instances; try again later"),
        NoResponse::TimedOut => Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!(
                "no response within {} seconds; the outcome is unknown",
                app.request_deadline.as_secs_f32()
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn paths_of_one_kind_share_a_line() {
        let line = |method, class, path| line("catalog", &method, class, path);
        let get = |path| line(Method::GET, Class::Read, path);
        assert_eq!(get("/book/1"), get("/book/22"));
        assert_ne!(get("/book/1"), line(Method::POST, Class::Write, "/book/1"));
        assert_ne!(get("/book/1"), line(Method::GET, Class::Upload, "/book/1"));
        assert_ne!(get("/book/1"), super::line("frontend", &Method::GET, Class::Read, "/book/1"));
    }

    #[test]
    fn made_up_paths_and_methods_get_a_bounded_number_of_lines() {
        let lines: BTreeSet<u64> = (0..5000_u32)
            .map(|number| {
                let name: String =
                    number.to_string().bytes().map(|digit| char::from(digit + 49)).collect();
                let method = Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
                line("frontend", &method, Class::Write, &format!("/{name}"))
            })
            .collect();
        assert_eq!(lines.len(), 16);
    }
}
