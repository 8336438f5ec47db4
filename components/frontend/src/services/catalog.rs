//! The catalog service: the library's titles.

use std::collections::BTreeMap;

use contract::{
    One,
    catalog::{
        ADD_BOOK, AddBookRequest, BookCorrection, BookOrder, Books, CatalogStatistics,
        CopiesChange, EDIT_BOOK, EditBookRequest, GET_BOOK, HEALTH, LIST_BOOKS, NewBook, OneBook,
        REMOVE_BOOK, SET_COPIES, STATISTICS, SetCopiesRequest,
    },
    error::{BOOK_CHANGED, DUPLICATE_TITLE},
    paging::{Cursor, CursorRequest, PageSize},
};
use domain::{Book, BookId, CopyCount, Total};
use http::StatusCode;
use service_kit::client::CallError;

use super::{Client, HealthCheck};
use crate::failure::Failure;

/// The client of the catalog service.
pub(crate) struct Catalog<'a>(pub(super) Client<'a>);

/// A page of a list of books.
#[derive(Debug, Default)]
pub(crate) struct BookList {
    pub(crate) books: Vec<Book>,
    /// The cursor of the next page.
    pub(crate) next: Option<BookId>,
    /// The cursor of the previous page.
    pub(crate) previous: Option<BookId>,
    /// The number of matching books on all pages.
    pub(crate) total: Option<Total>,
    /// The number of books on the previous pages.
    pub(crate) skipped: Option<Total>,
}

impl From<Books> for BookList {
    fn from(list: Books) -> Self {
        Self {
            books: list.books,
            next: list.next.flatten(),
            previous: list.previous.flatten(),
            total: list.total,
            skipped: list.skipped,
        }
    }
}

/// Selects books.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BookQuery<'a> {
    /// Words of titles and authors; empty for all books.
    pub(crate) text: &'a str,
    /// Only books by this author; empty for all authors.
    pub(crate) author: &'a str,
    pub(crate) order: BookOrder,
    pub(crate) cursor: Cursor,
    pub(crate) limit: u16,
}

/// A book, and the number of copies ever acquired.
#[derive(Debug)]
pub(crate) struct BookDetails {
    pub(crate) book: Book,
    pub(crate) acquired: u32,
}

/// The outcome of adding a book.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AddBook {
    Added(BookId),
    /// The catalog already has this book with the same title and author.
    Duplicate(BookId),
    /// The catalog refused the values, or the form was already sent with other values.
    Rejected,
}

/// The outcome of changing the number of copies.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ChangeCopies {
    Changed,
    /// The number has changed since the form was shown.
    Conflict,
}

/// The outcome of correcting a book.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EditBook {
    Edited,
    /// The book has changed since the form was shown, or was removed.
    Conflict,
    /// The catalog already has this book with the same title and author.
    Duplicate(BookId),
    /// The catalog refused the values.
    Rejected,
}

/// The outcome of removing a book.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RemoveBook {
    Removed,
    /// The book still has copies.
    HasCopies,
}

impl Catalog<'_> {
    /// A page of the list.
    pub(crate) async fn books(&self, query: &BookQuery<'_>) -> Result<BookList, Failure> {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let query = contract::catalog::BookQuery {
            text: text(query.text),
            author: text(query.author),
            order: query.order,
            page: CursorRequest { cursor: query.cursor, limit: page_size(query.limit) },
            total: true,
            skipped: query.cursor != Cursor::Start,
            ..Default::default()
        };
        self.0.call(LIST_BOOKS, &query).await.map(BookList::from)
    }

    /// The newest books, each with the time of its addition.
    pub(crate) async fn newest_books(&self, limit: u16) -> Result<Vec<(Book, String)>, Failure> {
        let query = contract::catalog::BookQuery {
            order: BookOrder::Newest,
            page: CursorRequest { limit: page_size(limit), ..CursorRequest::default() },
            added_at: true,
            ..Default::default()
        };
        let list = self.0.call(LIST_BOOKS, &query).await?;
        let times = list.added_at.unwrap_or_default();
        // A book without a time was removed after it was read.
        let books = list.books.into_iter().zip(times);
        Ok(books.filter(|(_, added)| !added.is_empty()).collect())
    }

    /// The ids of at most `limit` books that match `text`, and whether there are more.
    pub(crate) async fn find_ids(
        &self,
        text: &str,
        limit: u16,
    ) -> Result<(Vec<BookId>, bool), Failure> {
        let query = contract::catalog::BookQuery {
            text: Some(text.to_owned()),
            page: CursorRequest { limit: page_size(limit), ..CursorRequest::default() },
            ..Default::default()
        };
        let list = BookList::from(self.0.call(LIST_BOOKS, &query).await?);
        Ok((list.books.into_iter().map(|book| book.id).collect(), list.next.is_some()))
    }

    /// One book; `None` if the id is unknown.
    pub(crate) async fn book(&self, id: BookId) -> Result<Option<BookDetails>, Failure> {
        let found = self.0.find(GET_BOOK, &id).await?;
        Ok(found.map(|OneBook { book: One(book), acquired, .. }| BookDetails { book, acquired }))
    }

    /// These books by id; unknown ids are missing.
    pub(crate) async fn books_by_id(
        &self,
        ids: impl IntoIterator<Item = BookId>,
    ) -> Result<BTreeMap<BookId, Book>, Failure> {
        let ids: std::collections::BTreeSet<_> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = contract::catalog::BookQuery { ids: Some(ids), ..Default::default() };
        let list = self.0.call(LIST_BOOKS, &query).await?;
        Ok(list.books.into_iter().map(|book| (book.id, book)).collect())
    }

    /// The title of a book; `None` if it cannot be looked up.
    pub(crate) async fn title(&self, id: BookId) -> Option<String> {
        Some(self.books_by_id([id]).await.ok()?.remove(&id)?.title)
    }

    /// The numbers of titles and copies.
    pub(crate) async fn statistics(&self) -> Result<CatalogStatistics, Failure> {
        self.0.call(STATISTICS, &()).await
    }

    /// Adds a book.
    pub(crate) async fn add_book(&self, book: NewBook, key: &str) -> Result<AddBook, Failure> {
        let request = AddBookRequest { book };
        match self.0.try_call(ADD_BOOK, &request, Some(key)).await {
            Ok(added) => Ok(AddBook::Added(added.book.0.id)),
            Err(CallError::Rejected { body, .. })
                if body.reason.as_deref() == Some(DUPLICATE_TITLE) =>
            {
                Ok(body.duplicate_of.map_or(AddBook::Rejected, AddBook::Duplicate))
            }
            Err(CallError::Rejected {
                status: StatusCode::BAD_REQUEST | StatusCode::CONFLICT,
                ..
            }) => Ok(AddBook::Rejected),
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// Corrects title, author and cover.
    pub(crate) async fn edit_book(
        &self,
        id: BookId,
        correction: BookCorrection,
    ) -> Result<EditBook, Failure> {
        let request = EditBookRequest { book: correction };
        match self.0.try_call(EDIT_BOOK, &(id, request), None).await {
            Ok(_) => Ok(EditBook::Edited),
            Err(CallError::Rejected { status, body, .. }) => match body.reason.as_deref() {
                Some(DUPLICATE_TITLE) => {
                    Ok(body.duplicate_of.map_or(EditBook::Rejected, EditBook::Duplicate))
                }
                Some(BOOK_CHANGED) => Ok(EditBook::Conflict),
                _ if status == StatusCode::NOT_FOUND => Ok(EditBook::Conflict),
                _ => Ok(EditBook::Rejected),
            },
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// Removes a book without copies.
    pub(crate) async fn remove_book(&self, id: BookId) -> Result<RemoveBook, Failure> {
        match self.0.try_call(REMOVE_BOOK, &id, None).await {
            Ok(_) => Ok(RemoveBook::Removed),
            Err(CallError::Rejected { status: StatusCode::CONFLICT, .. }) => {
                Ok(RemoveBook::HasCopies)
            }
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// Changes the number of copies from `from` to `to`.
    pub(crate) async fn change_copies(
        &self,
        id: BookId,
        from: CopyCount,
        to: CopyCount,
        key: &str,
    ) -> Result<ChangeCopies, Failure> {
        let request = SetCopiesRequest { copies: CopiesChange { from, to } };
        match self.0.try_call(SET_COPIES, &(id, request), Some(key)).await {
            Ok(_) => Ok(ChangeCopies::Changed),
            Err(CallError::Rejected { status: StatusCode::CONFLICT, .. }) => {
                Ok(ChangeCopies::Conflict)
            }
            Err(error) => Err(self.0.failure(error)),
        }
    }

    /// The state of the service, and how long it took to answer.
    pub(crate) async fn health(&self) -> HealthCheck {
        self.0.health(HEALTH).await
    }
}

/// `limit` as the size of a page; `None`, which means all rows, if the contract does not allow it.
pub(super) fn page_size(limit: u16) -> Option<PageSize> {
    PageSize::try_from(u32::from(limit)).ok()
}
