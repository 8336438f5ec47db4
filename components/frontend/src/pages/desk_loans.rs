//! `/administrator/loans`: what is out, and taking it back for somebody.

use std::collections::BTreeMap;

use askama::Template;
use domain::{BookId, LoanId, OpenLoan, Patron, PatronId};
use futures::join;
use http::StatusCode;
use serde::Deserialize;
use service_kit::peer::{Peer, PeerError};

use super::{Answer, loans::title, see_with};
use crate::{
    failure::Failure,
    flash::Notice,
    form::Form,
    html::page,
    services::{Loans, encoded, get, list},
    visit::{Frame, Visit, query_value},
};

/// Loans on one page.
const ON_A_PAGE: usize = 25;

/// Patrons or books that a search is carried on with; who finds more is told to say more. The ledger takes no more.
const MOST_FOUND: usize = 1000;

/// The open loans.
#[derive(Template)]
#[template(path = "pages/desk_loans.html")]
struct LoansPage {
    frame: Frame,
    tab: &'static str,
    text: String,
    only_overdue: bool,
    /// The same search among all of them or among the overdue ones.
    other_loans: String,
    /// How many there are, in words.
    found: String,
    /// More patrons or books fit the search than it is carried on with.
    is_partial: bool,
    rows: Vec<Row>,
    next: Option<String>,
    /// Where the form leads back to.
    here: String,
}

struct Row {
    book: BookId,
    patron: PatronId,
    title: String,
    name: String,
    number: String,
    due: domain::Date,
    due_in_words: String,
    is_overdue: bool,
}

/// What the desk looks for.
struct Wish {
    text: String,
    only_overdue: bool,
    after: Option<LoanId>,
}

impl Wish {
    fn of(visit: &Visit<'_, impl Peer>) -> Result<Self, Failure> {
        let query = visit.query()?;
        let text = |name| query.text(name).map_err(|_| Failure::NotFound);
        let after = match text("after")? {
            None => None,
            Some(id) => Some(id.parse().map_err(|_| Failure::NotFound)?),
        };
        let only_overdue = text("overdue")? == Some("1");
        Ok(Self { text: text("q")?.unwrap_or_default().trim().to_owned(), only_overdue, after })
    }

    /// The address of the list with this search, of all or of the overdue, after this loan.
    fn link(&self, only_overdue: bool, after: Option<LoanId>) -> String {
        let q = (!self.text.is_empty()).then(|| format!("q={}", query_value(&self.text)));
        let overdue = only_overdue.then(|| "overdue=1".to_owned());
        let after = after.map(|id| format!("after={id}"));
        let query: Vec<_> = [q, overdue, after].into_iter().flatten().collect();
        match query[..] {
            [] => "/administrator/loans".to_owned(),
            _ => format!("/administrator/loans?{}", query.join("&")),
        }
    }
}

/// `GET /administrator/loans`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let wish = Wish::of(visit)?;
    let services = visit.services;
    let mut target = format!("/borrowdb/open?limit={ON_A_PAGE}&total=true&on={}", visit.today());
    if wish.only_overdue {
        target += "&overdue=true";
    }
    if let Some(after) = wish.after {
        target += &format!("&after={after}");
    }
    let (mut found_any, mut is_partial) = (true, false);
    if !wish.text.is_empty() {
        let (patrons, books) =
            join!(patrons_like(visit, &wish.text), books_like(visit, &wish.text));
        let (patrons, books) = (patrons?, books?);
        is_partial = patrons.goes_on || books.goes_on;
        let patrons = list(patrons.ids).map(|ids| format!("&patrons={ids}"));
        let books = list(books.ids).map(|ids| format!("&books={ids}"));
        found_any = patrons.is_some() || books.is_some();
        target += &[patrons, books].into_iter().flatten().collect::<String>();
    }
    let Loans { loans, next, total } = match found_any {
        true => get(&services.borrowing, &target).await?,
        false => Loans { loans: Vec::new(), next: None, total: 0 },
    };
    let (books, patrons, frame) = join!(
        services.books_by_id(loans.iter().map(|open| open.loan.book)),
        patrons_by_id(visit, loans.iter().map(|open| open.loan.patron)),
        visit.counting_frame("/administrator"),
    );
    let (books, patrons) = (books.unwrap_or_default(), patrons.unwrap_or_default());
    let rows = loans.iter().map(|OpenLoan { loan, .. }| {
        let patron = patrons.get(&loan.patron);
        let unnamed_book = || frame.counted("book-number", loan.book.get());
        let unnamed_patron = || frame.counted("patron-number", loan.patron.get());
        Row {
            book: loan.book,
            patron: loan.patron,
            title: books.get(&loan.book).map_or_else(unnamed_book, |book| book.title.clone()),
            name: patron
                .map_or_else(unnamed_patron, |p| format!("{} {}", p.first_name, p.last_name)),
            number: patron.map(|patron| patron.number.clone()).unwrap_or_default(),
            due: loan.date_due,
            due_in_words: frame.texts().due(frame.today, loan.date_due),
            is_overdue: loan.date_due < frame.today,
        }
    });
    let rows = rows.collect();
    let loans_page = LoansPage {
        tab: "loans",
        other_loans: wish.link(!wish.only_overdue, None),
        found: in_words(&frame, wish.only_overdue, total),
        is_partial,
        rows,
        next: next.map(|id| wish.link(wish.only_overdue, Some(id))),
        here: wish.link(wish.only_overdue, wish.after),
        text: wish.text,
        only_overdue: wish.only_overdue,
        frame,
    };
    Ok(page(StatusCode::OK, &loans_page))
}

/// `POST /administrator/loans`: takes a book back that somebody else has.
pub(crate) async fn give_back(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    let (Some(book), Some(patron)) = (form.value("return")?, form.value("patron_id")?) else {
        return Err(Failure::BadForm);
    };
    let (returned, title) = join!(visit.services.give_back(book, patron), title(visit, book));
    let notice = match returned {
        Ok(true) => Notice::Returned { title },
        Ok(false) => Notice::ReturnedBefore { title },
        Err(Failure::Away) => Notice::Unknown,
        Err(failure) => return Err(failure),
    };
    let back = crate::visit::own_page(form.text("back")?);
    let back = if back.starts_with("/administrator/loans") { back } else { "/administrator/loans" };
    Ok(see_with(visit, back, &notice))
}

/// How many loans there are.
fn in_words(frame: &Frame, only_overdue: bool, total: u64) -> String {
    /// The service counts no further.
    const MOST: u64 = 10_000;
    match (only_overdue, total > MOST) {
        (false, false) => frame.counted("loans-open", total),
        (false, true) => frame.t("many-loans-open"),
        (true, false) => frame.counted("loans-overdue", total),
        (true, true) => frame.t("many-loans-overdue"),
    }
}

/// What fits a search, as far as it is carried on with.
struct Fitting<T> {
    ids: Vec<T>,
    goes_on: bool,
}

/// The patrons who have the text in a name, or exactly as their number.
async fn patrons_like(
    visit: &Visit<'_, impl Peer>,
    text: &str,
) -> Result<Fitting<PatronId>, Failure> {
    #[derive(Default, Deserialize)]
    struct Named {
        patrons: Vec<Patron>,
        next: Option<PatronId>,
    }
    #[derive(Deserialize)]
    struct Numbered {
        patron: [(PatronId, String, String, String); 1],
    }
    let patrons = &visit.services.patrons;
    // One less, so that there is room for who shows the card.
    let by_name = format!("/patdb/key/{}?limit={}", encoded(text), MOST_FOUND - 1);
    let by_number = format!("/patdb/pnum/{}", encoded(text));
    let (named, numbered) =
        join!(patrons.get_json::<Named>(&by_name), patrons.get_json::<Numbered>(&by_number),);
    let Named { patrons: named, next } = none_if_missing(patrons, named)?.unwrap_or_default();
    let numbered = none_if_missing(patrons, numbered)?.map(|found| found.patron[0].0);
    let ids = named.into_iter().map(|patron| patron.id).chain(numbered).collect();
    Ok(Fitting { ids, goes_on: next.is_some() })
}

async fn books_like(visit: &Visit<'_, impl Peer>, text: &str) -> Result<Fitting<BookId>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        books: Vec<domain::Book>,
        next: Option<BookId>,
    }
    let target = format!("/catdb?q={}&limit={MOST_FOUND}", encoded(text));
    let Found { books, next } = get(&visit.services.catalog, &target).await?;
    let ids = books.into_iter().map(|book| book.id).collect();
    Ok(Fitting { ids, goes_on: next.is_some() })
}

/// These patrons, by id.
async fn patrons_by_id(
    visit: &Visit<'_, impl Peer>,
    ids: impl IntoIterator<Item = PatronId>,
) -> Result<BTreeMap<PatronId, Patron>, Failure> {
    #[derive(Deserialize)]
    struct Found {
        patrons: Vec<Patron>,
    }
    let Some(ids) = list(ids) else { return Ok(BTreeMap::new()) };
    let Found { patrons } = get(&visit.services.patrons, &format!("/patdb?ids={ids}")).await?;
    Ok(patrons.into_iter().map(|patron| (patron.id, patron)).collect())
}

/// An answer, or none where the service has nothing.
pub(super) fn none_if_missing<T>(
    peer: &impl Peer,
    answer: Result<T, PeerError>,
) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(PeerError::Status(StatusCode::NOT_FOUND)) => Ok(None),
        Err(error) => Err(Failure::of(peer, error)),
    }
}
