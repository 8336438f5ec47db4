//! `/new.atom`: the newest books as an Atom feed (RFC 4287).

use askama::Template;
use contract::catalog::BookOrder;
use domain::Book;
use http::{HeaderValue, Response, header::CONTENT_TYPE};

use crate::{
    context::RequestContext, failure::Failure, handler::PageResult, services::BookQuery,
    texts::Texts,
};

/// Books in the feed.
const FEED_SIZE: u16 = 20;

#[derive(Template)]
#[template(path = "feeds/new.xml")]
struct Feed<'a> {
    texts: &'a Texts,
    origin: String,
    /// Today. The catalog has no dates of addition, so the entries have a constant date.
    today: String,
    books: Vec<Book>,
}

/// `GET /new.atom`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let query = BookQuery { order: BookOrder::Newest, limit: FEED_SIZE, ..BookQuery::default() };
    let list = context.services.catalog.books(&query).await?;
    let feed = Feed {
        texts: context.texts(),
        origin: context.origin(),
        today: context.today().to_string(),
        books: list.books,
    };
    let xml = feed.render().map_err(Failure::internal)?;
    let mut response = Response::new(xml.into_bytes());
    let content_type = HeaderValue::from_static("application/atom+xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    Ok(response)
}
