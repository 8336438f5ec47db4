//! The handlers of routes: functions from a request's context to a response.

use futures::future::LocalBoxFuture;
use http::Response;

use crate::{context::RequestContext, failure::Failure, form::Form};

/// The response of a handler, or its failure.
pub(crate) type PageResult = Result<Response<Vec<u8>>, Failure>;

/// A function that answers GET. It changes nothing.
pub(crate) type PageHandler = for<'a> fn(&'a RequestContext<'a>) -> LocalBoxFuture<'a, PageResult>;

/// A function that executes a form whose CSRF token has been verified.
pub(crate) type FormHandler =
    for<'a> fn(&'a RequestContext<'a>, &'a Form) -> LocalBoxFuture<'a, PageResult>;

/// The handler of a route.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Page(PageHandler),
    Form(FormHandler),
}
