//! Changes by librarians: titles, corrections, copies. Each can safely be sent again.

use contract::{
    One,
    catalog::{
        AddBookRequest, ChangedBook, EditBookRequest, RemovedBooks, SetCopiesRequest,
        SetWithdrawnRequest,
    },
    error::{BOOK_CHANGED, COPIES_CHANGED, DUPLICATE_TITLE, HAS_COPIES},
};
use domain::BookId;
use http::StatusCode;
use service_kit::{
    Answer, Call, Environment, Problem,
    call::{no_such, path_id},
    json, json_with,
    problem::{bad_request, conflict},
};

use crate::store::{
    changes::{self, Change},
    requests::KeyedRequest,
    row,
};

/// `POST /catdb/books`
pub(crate) fn add(call: &Call<impl Environment>) -> Answer {
    let (AddBookRequest { book }, key) = (call.json()?, call.idempotency_key()?);
    let key = key.map(|key| KeyedRequest::new(key, "add", &row::parts(&book)));
    let change = changes::add(&call.database()?, &book, key.as_ref())?;
    answer(
        change,
        || conflict(None, "the book that this `Idempotency-Key` added has been removed"),
        "",
    )
}

/// `PUT /catdb/books/{id}`
pub(crate) fn edit(call: &Call<impl Environment>, id: &str) -> Answer {
    let EditBookRequest { book } = call.json()?;
    let change = match path_id::<BookId>(id, "book")? {
        Some(id) => changes::edit(&call.database()?, id, &book)?,
        None => Change::NoBook,
    };
    answer(change, || no_such("book", id), BOOK_CHANGED)
}

/// `DELETE /catdb/books/{id}`
pub(crate) fn remove(call: &Call<impl Environment>, id: &str) -> Answer {
    let removed = match path_id::<BookId>(id, "book")? {
        Some(id) => changes::remove(&call.database()?, id)?,
        None => Some(0),
    };
    let detail = "the book still has copies; withdraw them first";
    json(&RemovedBooks { removed: removed.ok_or_else(|| conflict(Some(HAS_COPIES), detail))? })
}

/// `PUT /catdb/books/{id}/copies`
pub(crate) fn set_copies(call: &Call<impl Environment>, id: &str) -> Answer {
    let (SetCopiesRequest { copies }, key) = (call.json()?, call.idempotency_key()?);
    if copies.to < copies.from {
        return Err(bad_request(
            "`copies.to` must not be less than `from`; withdraw copies with `POST /borrow/withdraw`",
        ));
    }
    let what = [id.to_owned(), copies.from.to_string(), copies.to.to_string()];
    let key = key.map(|key| KeyedRequest::new(key, "copies", &what));
    let change = match path_id::<BookId>(id, "book")? {
        Some(id) => changes::set_copies(&call.database()?, id, copies, key.as_ref())?,
        None => Change::NoBook,
    };
    answer(change, || no_such("book", id), COPIES_CHANGED)
}

/// `PUT /catdb/books/{id}/withdrawn`
pub(crate) fn set_withdrawn(call: &Call<impl Environment>, id: &str) -> Answer {
    let SetWithdrawnRequest { withdrawn, epoch } = call.json()?;
    let change = match path_id::<BookId>(id, "book")? {
        Some(id) => changes::set_withdrawn(&call.database()?, id, withdrawn.get(), epoch)?,
        None => Change::NoBook,
    };
    answer(change, || no_such("book", id), COPIES_CHANGED)
}

/// 201 with the book, or the problem. `changed` is the reason code if the book is not as the caller saw it.
fn answer(change: Change, no_book: impl FnOnce() -> Problem, changed: &'static str) -> Answer {
    match change {
        Change::Done(book) => json_with(StatusCode::CREATED, &ChangedBook { book: One(book) }),
        Change::NoBook => Err(no_book()),
        Change::Changed => {
            let detail = "the book has changed since it was read; read it again";
            Err(conflict(Some(changed), detail))
        }
        Change::Duplicate(id) => {
            let detail = "the catalog already has a book with this title and author";
            Err(conflict(Some(DUPLICATE_TITLE), detail).with(|body| body.duplicate_of = Some(id)))
        }
        Change::KeyTaken => Err(conflict(
            None,
            "this `Idempotency-Key` was used for another request; use a new key",
        )),
    }
}
