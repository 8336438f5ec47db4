//! Requests to the pages with fake services. The browser tests use the real ones.

mod catalog;
mod desk;
mod languages;
mod requests;
mod statements;
mod styles;

use std::{
    cell::RefCell,
    time::{Duration, SystemTime},
};

use futures::executor::block_on;
use http::{
    StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use service_kit::client::{CallError, ServiceClient};

use super::*;
use crate::{
    csrf::csrf_token,
    routes::{ROUTES, Route},
};

/// A fake for all four services: answers by the prefix of method and target, and records the calls.
#[derive(Default)]
struct FakeServices {
    answers: Vec<FakeAnswer>,
    calls: RefCell<Vec<String>>,
}

/// The prefix of method and target, the status and the body.
type FakeAnswer = (&'static str, u16, &'static str);

impl ServiceClient for &FakeServices {
    fn name(&self) -> &str {
        "fake"
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        let call = format!("{} {}", request.method(), request.uri());
        let answer = self.answers.iter().find(|(target, ..)| call.starts_with(target));
        self.calls.borrow_mut().push(call);
        let (_, status, body) = answer.ok_or(CallError::Unreachable("no answer".into()))?;
        let mut response = Response::new((*body).into());
        *response.status_mut() = StatusCode::from_u16(*status).unwrap();
        Ok(response)
    }
}

const PETE: FakeAnswer =
    ("POST /patdb/sessions/use", 200, r#"{"patron":[[1,"Pete","Dymond","BUFFALOBILL1","user"]]}"#);
const MARIAN: FakeAnswer = (
    "POST /patdb/sessions/use",
    200,
    r#"{"patron":[[7,"Marian","Quillfeather","INKANDPAPER7","librarian"]]}"#,
);
const NO_SESSION: FakeAnswer = ("POST /patdb/sessions/use", 200, r#"{"patron":null}"#);
const BOOKS: FakeAnswer = (
    "GET /catdb",
    200,
    r#"{"books":[[1,"<script>alert(1)</script>","\"><img src=x>",2,""]],"next":null,"previous":null,"total":1}"#,
);
const AVAILABILITY: FakeAnswer =
    ("GET /borrowdb/shelf", 200, r#"{"books":[[1,1,"2026-12-08"]],"loans":[]}"#);

/// The response to a request with these cookies and this form, and its service calls.
fn send(
    services: &FakeServices,
    method: &str,
    target: &str,
    cookies: &str,
    form: &str,
) -> (Response<String>, Vec<String>) {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header(COOKIE, cookies)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::Complete(form.into()))
        .unwrap();
    (answer_to(services, &request), services.calls.take())
}

/// The response to a request.
fn answer_to(services: &FakeServices, request: &Request<Body>) -> Response<String> {
    let environment = Environment {
        now: SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 50),
        random: &|| [7; 32],
        secure_cookies: false,
        client_address_header: String::new(),
        demo_mode: false,
        show_work: false,
        variable: &valid_variable,
        process: None,
    };
    let client = || Client::new(services);
    let all = Services::new(client(), client(), client(), client());
    let response = block_on(answer(request, &all, &environment));
    response.map(|body| String::from_utf8_lossy(&body).into_owned())
}

/// A valid value of each variable of the component.
fn valid_variable(name: &str) -> String {
    let value = match name {
        "secure_cookies" | "demo_mode" | "show_work" => "false",
        name if name.ends_with("_url") => "http://x.spin.internal",
        _ => "",
    };
    value.to_owned()
}

fn get(services: &FakeServices, target: &str, cookies: &str) -> (Response<String>, Vec<String>) {
    send(services, "GET", target, cookies, "")
}

fn fake(answers: &[FakeAnswer]) -> FakeServices {
    FakeServices { answers: answers.to_vec(), ..FakeServices::default() }
}

fn path_of(route: &Route) -> String {
    route.path.replace("{id}", "1").replace("{name}", "x").replace("{tag}", "de")
}
