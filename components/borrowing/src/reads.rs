//! Reads of the ledger: a handler for each list, count and row.

use contract::{
    Healthy, One, PageRequest,
    borrowing::{
        Availability, AvailabilityQuery, Copies, CopiesOut, CopyStatus, Counts, CountsQuery,
        DayCount, History, LoanStatistics, Loans, OneLoan, OpenLoanQuery, OpenLoans, OverdueQuery,
        StatisticsQuery,
    },
    paging::{Cursor, CursorRequest, PageSize},
};
use domain::{BookId, Date, Loan, LoanId, OpenLoan, PastLoan, PatronId};
use serde::Serialize;
use service_kit::{
    Answer, Call, Environment,
    call::{path_id, path_value},
    database::DatabaseError,
    json,
    paging::{Page, forward, read_page},
    problem::unhealthy,
    stream::{PAGE_ROWS, json_list},
};

use crate::{
    idempotency,
    store::{
        lists::{self, Selection},
        reports::{self, Filter},
    },
};

/// `GET /borrowdb`: the selection's open loans, ordered by id, all or a page; null if there are none.
pub(crate) fn list(call: &Call<impl Environment>, selection: Selection) -> Answer {
    page_of(call, selection, call.query()?)
}

/// `GET /borrowdb/patron/{patronId}`: see [`list`].
pub(crate) fn list_of_patron(call: &Call<impl Environment>, id: &str) -> Answer {
    let page: PageRequest = call.query()?;
    match path_id::<PatronId>(id, "patron")? {
        Some(patron) => page_of(call, Selection::OfPatron(patron), page),
        None => json(&Loans { transactions: None, next: page.limit.map(|_| None) }),
    }
}

/// `GET /borrowdb/due/{date}`: see [`list`].
pub(crate) fn list_due_on(call: &Call<impl Environment>, date: &str) -> Answer {
    list(call, Selection::DueOn(path_value(date, "the date")?))
}

/// `GET /borrowdb/overdue`: see [`list`]; loans due before `on`.
pub(crate) fn list_overdue(call: &Call<impl Environment>) -> Answer {
    let OverdueQuery { on, page } = call.query()?;
    page_of(call, Selection::DueBefore(on.unwrap_or(call.today())), page)
}

fn page_of(call: &Call<impl Environment>, selection: Selection, page: PageRequest) -> Answer {
    let database = call.database()?;
    let read = |after, rows| lists::list(&database, selection, after, rows);
    let answer =
        |loans: Vec<Loan>, next| Loans { transactions: (!loans.is_empty()).then_some(loans), next };
    page_or_all(call, page, |loan| loan.id, read, answer)
}

/// The `answer` with the rows of a page and its `next`; without a limit with all rows, which are sent while they are
/// read. `read` returns that many rows after an id.
fn page_or_all<T: Serialize, I: Copy + Into<i64>, A: Serialize + Default>(
    call: &Call<impl Environment>,
    page: PageRequest,
    id: impl Fn(&T) -> I,
    read: impl Fn(Option<i64>, i64) -> Result<Vec<T>, DatabaseError>,
    answer: impl Fn(Vec<T>, Option<Option<I>>) -> A,
) -> Answer {
    if page.limit.is_some() {
        let mut rows = read(page.after, page.rows_to_read())?;
        let next = page.cut(&mut rows, id);
        return json(&answer(rows, next));
    }
    let mut next = |last: Option<&T>| {
        let after = last.map(|row| id(row).into()).or(page.after);
        read(after, PAGE_ROWS.into())
    };
    json_list(call.environment(), &mut next, &|| Ok(answer(Vec::new(), None)))
}

/// `GET /borrowdb/open`: a page of open loans by due date, and their total.
pub(crate) fn open_loans(call: &Call<impl Environment>) -> Answer {
    let query: OpenLoanQuery = call.query()?;
    let due_before = query.overdue.then(|| query.on.unwrap_or(call.today()));
    let filter = Filter { due_before, patrons: query.patrons, books: query.books };
    let CursorRequest { cursor, limit } = query.page;
    let limit = limit.unwrap_or(PageSize::LARGEST);
    let database = call.database()?;
    let read = |cursor, rows| reports::open(&database, &filter, cursor, rows);
    let Page { rows, next, previous } =
        read_page(cursor, limit, |open: &OpenLoan| open.loan.id, read)?;
    let total = query.total.then(|| reports::count(&database, &filter)).transpose()?;
    json(&OpenLoans { transactions: rows, next, previous, total })
}

/// `GET /borrowdb/figures`: the numbers of open and overdue loans, and of new loans on each day up to a given one.
pub(crate) fn statistics(call: &Call<impl Environment>) -> Answer {
    const DEFAULT_DAYS: u16 = 30;
    let StatisticsQuery { on, days } = call.query()?;
    let on = on.unwrap_or(call.today());
    let days = days.map_or(DEFAULT_DAYS, |days| days.get().try_into().unwrap_or(DEFAULT_DAYS));
    let days: Vec<Date> = (0..days).rev().filter_map(|days| on.before_days(days)).collect();
    let database = call.database()?;
    let made = reports::made(&database, days.first().copied().unwrap_or(on), on)?;
    let count = |day| DayCount { day, loans: made.get(&day).copied().unwrap_or(0) };
    json(&LoanStatistics {
        out: reports::out(&database)?,
        overdue: reports::overdue(&database, on)?,
        days: days.into_iter().map(count).collect(),
    })
}

/// `GET /borrowdb/history/{patronId}`: the patron's loans, newest first, all or a page; null if there are none.
pub(crate) fn history(call: &Call<impl Environment>, id: &str) -> Answer {
    let CursorRequest { cursor, limit } = call.query()?;
    let Some(patron) = path_id::<PatronId>(id, "patron")? else {
        let none = limit.map(|_| None);
        return json(&History { transactions: None, next: none, previous: none });
    };
    let database = call.database()?;
    let read = |cursor, rows| lists::history(&database, patron, cursor, rows);
    if let Some(limit) = limit {
        let page = read_page(cursor, limit, |past: &PastLoan| past.loan.id, read)?;
        let transactions = (!page.rows.is_empty()).then_some(page.rows);
        return json(&History {
            transactions,
            next: Some(page.next),
            previous: Some(page.previous),
        });
    }
    let (first, until) = forward(cursor);
    let mut next = |last: Option<&PastLoan>| {
        let mut loans =
            read(last.map_or(first, |past| Cursor::After(past.loan.id.get())), PAGE_ROWS.into())?;
        loans.retain(|past| until.is_none_or(|until| past.loan.id.get() > until));
        Ok(loans)
    };
    json_list(call.environment(), &mut next, &|| Ok(History::default()))
}

/// `GET /borrowdb/{id}`: one open loan, or null.
pub(crate) fn loan(call: &Call<impl Environment>, id: &str) -> Answer {
    let loan = match path_id::<LoanId>(id, "loan")? {
        Some(id) => lists::by_id(&call.database()?, id)?,
        None => None,
    };
    json(&OneLoan { transaction: loan.map(One) })
}

/// `GET /borrowdb/count/{bookId}`: the number of the book's copies on loan, as one row.
pub(crate) fn count(call: &Call<impl Environment>, id: &str) -> Answer {
    let count = match path_id::<BookId>(id, "book")? {
        Some(book) => lists::copies_out(&call.database()?, book)?,
        None => 0,
    };
    json(&CopiesOut { transactions: One(One(count)) })
}

/// `GET /borrowdb/counts`: the number of copies on loan, for each of `books` or for every book with a copy on loan.
pub(crate) fn counts(call: &Call<impl Environment>) -> Answer {
    let CountsQuery { books, page } = call.query()?;
    let database = call.database()?;
    let read = |after, rows| lists::counts(&database, books.as_ref(), after, rows);
    let answer = |counts, next| Counts { counts, next };
    page_or_all(call, page, |count| count.book, read, answer)
}

/// `GET /borrowdb/copies/{bookId}`: the copies of the book that are on loan or withdrawn.
pub(crate) fn copies(call: &Call<impl Environment>, id: &str) -> Answer {
    let Some(book) = path_id::<BookId>(id, "book")? else {
        return json(&Copies::default());
    };
    let database = call.database()?;
    let mut next = |last: Option<&CopyStatus>| {
        lists::copies(&database, book, last.map_or(0, |copy| copy.number), PAGE_ROWS.into())
    };
    json_list(call.environment(), &mut next, &|| Ok(Copies::default()))
}

/// `GET /borrowdb/shelf`: the availability of `books`, and the loans of `patron`.
pub(crate) fn availability(call: &Call<impl Environment>) -> Answer {
    let AvailabilityQuery { books, patron } = call.query()?;
    let database = call.database()?;
    let books = match books {
        Some(books) => lists::availability(&database, &books)?,
        None => Vec::new(),
    };
    let loans = patron.map(|patron| lists::held(&database, patron)).transpose()?;
    json(&Availability::new(books, loans))
}

/// `GET /borrowdb/healthz`: checks that the service can read and write its tables.
pub(crate) fn health(call: &Call<impl Environment>) -> Answer {
    let check = || {
        let database = call.database()?;
        crate::store::check_readable(&database)?;
        idempotency::check_writable(&database)
    };
    check().map_err(|error| unhealthy(&error))?;
    json(&Healthy::ok())
}
