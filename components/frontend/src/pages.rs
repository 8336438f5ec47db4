//! The pages: each is a template and, right below it, the function that fills it.

use askama::Template;
use domain::Book;
use http::{
    HeaderValue, Response, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use serde::Deserialize;
use service_kit::peer::{Peer, PeerError};

use crate::{cover::Cover, html::page};

/// The catalogue: every book with its cover.
#[derive(Template)]
#[template(path = "pages/catalogue.html")]
struct Catalogue {
    here: &'static str,
    books: Vec<Card>,
}

/// A book as the catalogue shows it.
struct Card {
    title: String,
    author: String,
    copies: u32,
    cover: Cover,
}

impl From<Book> for Card {
    fn from(book: Book) -> Self {
        let cover = Cover::of(&book);
        Self { title: book.title, author: book.author, copies: book.copies, cover }
    }
}

/// `GET /`. One call to the catalog service, however many books it has.
pub(crate) async fn catalogue(catalog: &impl Peer) -> Response<Vec<u8>> {
    #[derive(Deserialize)]
    struct Books {
        books: Vec<Book>,
    }
    match catalog.get_json::<Books>("/catdb").await {
        Ok(Books { books }) => {
            let books = books.into_iter().map(Card::from).collect();
            page(StatusCode::OK, &Catalogue { here: "/", books })
        }
        Err(error) => failed(catalog, &error, "/"),
    }
}

/// What this library is, and which service does what.
#[derive(Template)]
#[template(path = "pages/about.html")]
struct About {
    here: &'static str,
}

/// `GET /about`.
pub(crate) fn about() -> Response<Vec<u8>> {
    page(StatusCode::OK, &About { here: "/about" })
}

#[derive(Template)]
#[template(path = "pages/not_found.html")]
struct NotFound {
    here: &'static str,
}

/// 404, for a path that is no page.
pub(crate) fn not_found() -> Response<Vec<u8>> {
    page(StatusCode::NOT_FOUND, &NotFound { here: "" })
}

#[derive(Template)]
#[template(path = "pages/method_not_allowed.html")]
struct MethodNotAllowed {
    here: &'static str,
    path: &'static str,
}

/// 405, for a page at `path` that takes no form.
pub(crate) fn method_not_allowed(path: &'static str) -> Response<Vec<u8>> {
    let mut response = page(StatusCode::METHOD_NOT_ALLOWED, &MethodNotAllowed { here: "", path });
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

#[derive(Template)]
#[template(path = "pages/unavailable.html")]
struct Unavailable {
    here: &'static str,
    path: &'static str,
}

#[derive(Template)]
#[template(path = "pages/fault.html")]
struct Fault {
    here: &'static str,
    path: &'static str,
}

/// 503 when `service` may be back soon, else 500, for the page at `path`. The cause goes to the log.
fn failed(service: &impl Peer, error: &PeerError, path: &'static str) -> Response<Vec<u8>> {
    eprintln!("fault: the {} service: {error}", service.name());
    if !error.is_temporary() {
        return page(StatusCode::INTERNAL_SERVER_ERROR, &Fault { here: "", path });
    }
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, &Unavailable { here: "", path });
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
