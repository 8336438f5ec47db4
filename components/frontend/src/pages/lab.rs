//! `/lab`: break the services for yourself.

use askama::Template;
use http::StatusCode;
use service_kit::client::Fault;

use crate::{
    context::RequestContext,
    cookies::Cookie,
    csrf::random_id,
    failure::Failure,
    form::Form,
    handler::PageResult,
    html::{page, see_other},
    lab::{Lab, PATH, SERVICES, code, fault_of, text_key},
    layout::Layout,
};

#[derive(Template)]
#[template(path = "pages/lab.html")]
struct LabPage<'a> {
    layout: Layout<'a>,
    csrf_token: String,
    services: Vec<ServiceChoice>,
}

/// A service and what can be done to it.
struct ServiceChoice {
    name: &'static str,
    choices: Vec<Choice>,
}

struct Choice {
    code: &'static str,
    label: String,
    is_chosen: bool,
}

/// `GET /lab`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    if !context.environment.show_work {
        return Err(Failure::NotFound);
    }
    let known = context.lab();
    let is_new = known.is_none();
    let lab = known.unwrap_or_else(|| Lab::new(random_id((context.environment.random)())));
    let layout = Layout::new(context, PATH);
    let services = SERVICES.map(|name| {
        let choices = [None, Some(Fault::Slow), Some(Fault::Silent), Some(Fault::Error)];
        let choices = choices.map(|fault| Choice {
            code: code(fault),
            label: layout.text(text_key(fault)),
            is_chosen: lab.fault(name) == fault,
        });
        ServiceChoice { name, choices: choices.into() }
    });
    let csrf_token = lab.csrf_token();
    let lab_page = LabPage { layout, csrf_token, services: services.into() };
    let mut response = page(StatusCode::OK, &lab_page);
    if is_new {
        context.cookies.set(response.headers_mut(), Cookie::Lab, &lab.to_cookie());
    }
    Ok(response)
}

/// `POST /lab`: breaks the services as chosen, or repairs all of them and goes back.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let mut lab = context.lab().ok_or(Failure::InvalidCsrfToken)?;
    if !form.text("repair")?.is_empty() {
        let mut response = see_other(context.own_page_or(form.text("back")?, PATH));
        context.cookies.clear(response.headers_mut(), Cookie::Lab);
        return Ok(response);
    }
    for service in SERVICES {
        let fault = fault_of(form.text(service)?).ok_or(Failure::InvalidForm)?;
        lab.set_fault(service, fault);
    }
    let mut response = see_other(PATH);
    context.cookies.set(response.headers_mut(), Cookie::Lab, &lab.to_cookie());
    Ok(response)
}
