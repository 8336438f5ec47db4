//! `/new.atom`: the newest books as an Atom feed (RFC 4287).

use askama::Template;
use domain::Book;
use http::{HeaderValue, Response, header::CONTENT_TYPE};

use crate::{context::RequestContext, failure::Failure, handler::PageResult, texts::Texts};

/// Books in the feed.
const FEED_SIZE: u16 = 20;

#[derive(Template)]
#[template(path = "feeds/new.xml")]
struct Feed<'a> {
    texts: &'a Texts,
    origin: String,
    /// The time of the last addition, or the earliest time if there was none.
    updated: String,
    /// Each book with the time of its addition, the newest first.
    books: Vec<(Book, String)>,
}

/// `GET /new.atom`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let books = context.services.catalog.newest_books(FEED_SIZE).await?;
    let last =
        books.iter().map(|(_, added)| added.as_str()).max().unwrap_or("1970-01-01T00:00:00Z");
    let feed =
        Feed { texts: context.texts(), origin: context.origin(), updated: last.to_owned(), books };
    let xml = feed.render().map_err(Failure::internal)?;
    let mut response = Response::new(xml.into_bytes());
    let content_type = HeaderValue::from_static("application/atom+xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    Ok(response)
}
