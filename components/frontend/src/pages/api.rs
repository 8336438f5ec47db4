//! `/api`: the endpoints of the REST services.

use askama::Template;
use contract::{Route, SERVICES};
use http::StatusCode;

use crate::{context::RequestContext, handler::PageResult, html::page, layout::Layout};

#[derive(Template)]
#[template(path = "pages/api.html")]
struct ApiPage<'a> {
    layout: Layout<'a>,
    services: &'static [(&'static str, &'static [Route])],
}

/// `GET /api`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let layout = Layout::new_with_loans(context, "").await;
    Ok(page(StatusCode::OK, &ApiPage { layout, services: SERVICES }))
}
