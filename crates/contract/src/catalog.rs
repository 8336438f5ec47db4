//! The catalog service, `/catdb`: the books.

use std::{collections::BTreeSet, fmt, str::FromStr};

use domain::{Author, Book, BookId, CopyCount, CoverUrl, Title, Total, Whole};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    Endpoint, Healthy, Method, One, PageRequest, Query, Text,
    demo::{Epoch, InEpoch, RowsSinceFirstDay, StartEpochRequest},
    endpoint::{Input, Outgoing, json_input},
    json::{is_false, is_zero},
    paging::CursorRequest,
    query::{InvalidParameter, Parameters},
    routes::routes,
};

/// All books or a page of them, in one of four orders.
pub const LIST_BOOKS: Endpoint<BookQuery, Books> = Endpoint::get("/catdb");
/// One book.
pub const GET_BOOK: Endpoint<BookId, OneBook> = Endpoint::get("/catdb/{id}");
/// The books whose author contains the text; 404 if there are none.
pub const FIND_BY_AUTHOR: Endpoint<(String, PageRequest), Books> =
    Endpoint::get("/catdb/author/{name}");
/// The books whose title contains the text; 404 if there are none.
pub const FIND_BY_TITLE: Endpoint<(String, PageRequest), Books> =
    Endpoint::get("/catdb/title/{text}");
/// The numbers of titles and copies.
pub const STATISTICS: Endpoint<(), CatalogStatistics> = Endpoint::get("/catdb/figures");
/// Adds a title, at most once per idempotency key.
pub const ADD_BOOK: Endpoint<AddBookRequest, ChangedBook> =
    Endpoint::change(Method::Post, "/catdb/books");
/// Corrects title, author and cover if they still have the expected values; otherwise 409
/// [`BOOK_CHANGED`](crate::error::BOOK_CHANGED).
pub const EDIT_BOOK: Endpoint<(BookId, EditBookRequest), ChangedBook> =
    Endpoint::change(Method::Put, "/catdb/books/{id}");
/// Removes a book without copies. Idempotent. 409 [`HAS_COPIES`](crate::error::HAS_COPIES).
pub const REMOVE_BOOK: Endpoint<BookId, RemovedBooks> =
    Endpoint::change(Method::Delete, "/catdb/books/{id}").with_success(StatusCode::OK);
/// Sets the number of copies if it still has the expected value.
pub const SET_COPIES: Endpoint<(BookId, SetCopiesRequest), ChangedBook> =
    Endpoint::change(Method::Put, "/catdb/books/{id}/copies");
/// Raises the number of withdrawn copies to the ledger's count. For the lending service.
pub const SET_WITHDRAWN: Endpoint<(BookId, SetWithdrawnRequest), ChangedBook> =
    Endpoint::change(Method::Put, "/catdb/books/{id}/withdrawn");
/// The differences between the books and those of the first day: 403 unless `demo_mode` is on, 409
/// [`NO_DEMO_DATA`](crate::error::NO_DEMO_DATA) where no demo books were loaded.
pub const SINCE_FIRST_DAY: Endpoint<(), RowsSinceFirstDay> = Endpoint::get("/catdb/demo");
/// Starts an epoch: the books are those of the first day again. For the lending service; refused as
/// [`SINCE_FIRST_DAY`].
pub const START_EPOCH: Endpoint<StartEpochRequest, InEpoch> =
    Endpoint::change(Method::Put, "/catdb/demo");
/// The health check.
pub const HEALTH: Endpoint<(), Healthy> = Endpoint::get("/catdb/healthz");

routes! {
    LIST_BOOKS, GET_BOOK, FIND_BY_AUTHOR, FIND_BY_TITLE, STATISTICS, ADD_BOOK, EDIT_BOOK,
    REMOVE_BOOK, SET_COPIES, SET_WITHDRAWN, SINCE_FIRST_DAY, START_EPOCH, HEALTH
}

/// Selects and orders books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookQuery {
    /// `q`: only books that have each word of this text in title or author.
    pub text: Option<String>,
    /// `author`: only books by this author.
    pub author: Option<String>,
    /// `ids`: only these books.
    pub ids: Option<BTreeSet<BookId>>,
    /// `sort`
    pub order: BookOrder,
    /// The page; without a limit, all books.
    pub page: CursorRequest,
    /// `total`: whether to count the books on all pages.
    pub total: bool,
    /// `skipped`: whether to count the books on previous pages.
    pub skipped: bool,
    /// `added_at`: whether to say when each book was added.
    pub added_at: bool,
}

/// The order of a list of books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BookOrder {
    /// By id, the order in which they were added.
    #[default]
    Id,
    /// By title.
    Title,
    /// By author.
    Author,
    /// The newest first.
    Newest,
}

impl BookOrder {
    /// The value of the query parameter `sort`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Title => "title",
            Self::Author => "author",
            Self::Newest => "newest",
        }
    }
}

impl FromStr for BookOrder {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, &'static str> {
        [Self::Id, Self::Title, Self::Author, Self::Newest]
            .into_iter()
            .find(|order| order.as_str() == name)
            .ok_or("be id, title, author or newest")
    }
}

impl fmt::Display for BookOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Parameters for BookQuery {
    fn read(query: &Query) -> Result<Self, InvalidParameter> {
        Ok(Self {
            text: query.text("q")?.map(str::to_owned),
            author: query.text("author")?.map(str::to_owned),
            ids: query.ids("ids")?,
            order: query.value("sort")?.unwrap_or_default(),
            page: CursorRequest::read(query)?,
            total: query.flag("total")?,
            skipped: query.flag("skipped")?,
            added_at: query.flag("added_at")?,
        })
    }
}

impl Input for BookQuery {
    fn write(&self, request: &mut Outgoing) {
        request.parameter("q", self.text.as_ref());
        request.parameter("author", self.author.as_ref());
        request.list("ids", self.ids.as_ref());
        request.parameter("sort", Some(self.order));
        self.page.write(request);
        request.parameter("total", self.total.then_some(true));
        request.parameter("skipped", self.skipped.then_some(true));
        request.parameter("added_at", self.added_at.then_some(true));
    }
}

/// A page of books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Books {
    /// The books of this page.
    pub books: Vec<Book>,
    /// The `after` of the next page; null on the last page, absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next: Option<Option<BookId>>,
    /// With a limit: the `before` of the previous page; null on the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub previous: Option<Option<BookId>>,
    /// The number of books on all pages, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
    /// The number of books on the previous pages, if requested, with a limit. Absent on an empty page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Total>,
    /// When each book of this page was added, in the order of `books`, if requested, with a limit: RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_at: Option<Vec<String>>,
}

/// One book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OneBook {
    /// The book.
    pub book: One<Book>,
    /// The number of copies ever acquired, including withdrawn ones.
    pub acquired: u32,
    /// The number of times that a demo was reset; absent before the first reset.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub epoch: u32,
}

/// The size of the collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogStatistics {
    /// Titles.
    pub titles: u64,
    /// Copies of all titles.
    pub copies: u64,
}

/// `{"book": {title, author, count[, thumbnailUrl]}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct AddBookRequest {
    /// The title to add.
    pub book: NewBook,
}

/// A new title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct NewBook {
    /// As printed.
    pub title: Title,
    /// In catalog order.
    pub author: Author,
    /// The number of copies.
    #[serde(rename = "count")]
    pub copies: CopyCount,
    /// A cover image.
    #[serde(rename = "thumbnailUrl", default)]
    pub cover: CoverUrl,
    /// Whether to refuse a title and author that are already in the catalog: 409 `duplicate_title` with `duplicate_of`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refuse_duplicate: bool,
}

/// `{"book": {from: {title, author, thumbnailUrl}, to: {title, author[, thumbnailUrl]}}}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct EditBookRequest {
    /// The correction.
    pub book: BookCorrection,
}

/// A correction of a book's catalog entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct BookCorrection {
    /// The values that the caller saw.
    pub from: SeenBook,
    /// The values to set.
    pub to: BookDescription,
    /// Whether to refuse a title and author that another book has: 409 `duplicate_title` with `duplicate_of`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refuse_duplicate: bool,
}

/// A description as it was read. It is not validated: an old book may break today's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SeenBook {
    /// The title.
    pub title: Text,
    /// The author.
    pub author: Text,
    /// The cover image's URL; empty if there is none.
    #[serde(rename = "thumbnailUrl")]
    pub cover: Text,
}

/// The description of a book: all that a librarian can correct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct BookDescription {
    /// As printed.
    pub title: Title,
    /// In catalog order.
    pub author: Author,
    /// A cover image.
    #[serde(rename = "thumbnailUrl", default)]
    pub cover: CoverUrl,
}

impl NewBook {
    /// A book with this description, which the catalog must not have already.
    pub fn new(description: BookDescription, copies: CopyCount) -> Self {
        let BookDescription { title, author, cover } = description;
        Self { title, author, copies, cover, refuse_duplicate: true }
    }
}

impl From<&Book> for SeenBook {
    fn from(book: &Book) -> Self {
        Self {
            title: book.title.as_str().into(),
            author: book.author.as_str().into(),
            cover: book.thumbnail_url.as_str().into(),
        }
    }
}

impl From<&BookDescription> for SeenBook {
    fn from(book: &BookDescription) -> Self {
        Self {
            title: book.title.as_str().into(),
            author: book.author.as_str().into(),
            cover: book.cover.as_str().into(),
        }
    }
}

/// The number of removed books: 0 if no book has this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemovedBooks {
    /// Books.
    #[cfg_attr(feature = "schema", schemars(range(max = 1)))]
    pub removed: u64,
}

/// `{"copies": {from, to}}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SetCopiesRequest {
    /// The change.
    pub copies: CopiesChange,
}

/// A change of the number of copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct CopiesChange {
    /// The number that the caller saw.
    pub from: CopyCount,
    /// The number to set.
    pub to: CopyCount,
}

/// `{"withdrawn": 2}`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object")]
pub struct SetWithdrawnRequest {
    /// The ledger's number of withdrawn copies.
    pub withdrawn: Whole<0, 2_147_483_647>,
    /// The epoch in which it counted. 409 `copies_changed` in another one; not checked without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

/// A book after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangedBook {
    /// The book.
    pub book: One<Book>,
}

json_input!(AddBookRequest, EditBookRequest, SetCopiesRequest, SetWithdrawnRequest);
