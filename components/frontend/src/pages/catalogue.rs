//! `/`: the catalogue, a page at a time.

use askama::Template;
use domain::{Book, BookId, OpenLoan};
use http::StatusCode;
use service_kit::peer::Peer;

use super::Answer;
use crate::{
    cover::Cover,
    failure::Failure,
    html::page,
    services::{BookSearch, Books, Shelf},
    texts::Texts,
    visit::{Frame, Visit, Who, query_value},
};

/// Books on one page: rows of 2, 3, 4, 5 and 6 come out even, or nearly.
const ON_A_PAGE: usize = 24;

/// Books that are looked through for those with a copy on the shelf. Which are, only the ledger knows, and it
/// is asked about a page at a time; so a page of what is available may be short, and still leads on.
const LOOKED_THROUGH: usize = 200;

/// Orders that the catalogue comes in: the query's word; the text's key is `sort-` and this.
const SORTS: [&str; 4] = ["id", "title", "author", "newest"];

/// The catalogue.
#[derive(Template)]
#[template(path = "pages/catalogue.html")]
struct Catalogue {
    frame: Frame,
    /// How many there are, in words.
    found: String,
    is_search: bool,
    only_available: bool,
    /// Shows all again, or only what is available.
    other_availability: String,
    sorts: Vec<Sort>,
    cards: Vec<Card>,
    previous: Option<String>,
    next: Option<String>,
    /// The ledger is away, and with it who has what.
    ledger_is_away: bool,
}

/// An order that the catalogue can have.
struct Sort {
    link: String,
    label: String,
    is_chosen: bool,
}

/// A book as lists of books show it.
pub(super) struct Card {
    pub(super) id: BookId,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) cover: Cover,
    pub(super) state: Option<State>,
    pub(super) deed: Deed,
}

/// Whether a book can be had, in words.
pub(super) struct State {
    pub(super) text: String,
    /// `yes`, `last`, `no` or `mine`: the icon and the colour.
    pub(super) kind: &'static str,
}

/// The one thing that this visitor can do with this book.
#[derive(PartialEq, Eq)]
pub(super) enum Deed {
    Nothing,
    Borrow,
    Return,
    LogIn,
}

impl Card {
    /// `shelf` is what the ledger knows, if it can be asked.
    pub(super) fn of(book: Book, shelf: Option<&Shelf>, who: &Who, frame: &Frame) -> Self {
        let cover = Cover::of(&book);
        let out = shelf.map(|shelf| shelf.out(book.id));
        let loan = shelf.and_then(|shelf| shelf.loan_of(book.id));
        let left = out.map(|out| book.copies.saturating_sub(out.copies));
        let texts = frame.texts();
        let state = match (loan, out) {
            (Some(OpenLoan { loan, .. }), _) => {
                let kind = if loan.date_due < frame.today { "late" } else { "mine" };
                let due = texts.due(frame.today, loan.date_due);
                Some(State { text: texts.with("you-have-it", &[("due", due.into())]), kind })
            }
            (None, Some(out)) => Some(State::of(book.copies, out, texts)),
            (None, None) => None,
        };
        let deed = match (who, loan, left) {
            (_, Some(_), _) => Deed::Return,
            (Who::Patron { .. }, None, Some(1..)) => Deed::Borrow,
            (Who::Stranger, None, Some(1..)) => Deed::LogIn,
            _ => Deed::Nothing,
        };
        Self { id: book.id, title: book.title, author: book.author, cover, state, deed }
    }
}

impl State {
    fn of(copies: u32, out: crate::services::Out, texts: &Texts) -> Self {
        let left = copies.saturating_sub(out.copies);
        let numbers = [("left", left.into()), ("copies", copies.into())];
        match (left, copies, out.next_due) {
            (_, 0, _) => Self { text: texts.text("no-copies"), kind: "no" },
            (0, _, Some(due)) => {
                let until = [("date", texts.date(due).into())];
                Self { text: texts.with("on-loan-until", &until), kind: "no" }
            }
            (0, _, None) => Self { text: texts.text("on-loan"), kind: "no" },
            (1, 2.., _) => Self { text: texts.text("last-copy"), kind: "last" },
            _ => Self { text: texts.with("available", &numbers), kind: "yes" },
        }
    }
}

/// What the catalogue was asked for.
struct Wish {
    text: String,
    sort: &'static str,
    only_available: bool,
    after: Option<BookId>,
    before: Option<BookId>,
}

impl Wish {
    fn of(visit: &Visit<'_, impl Peer>) -> Result<Self, Failure> {
        let query = visit.query()?;
        let text = |name| query.text(name).map_err(|_| Failure::NotFound);
        let id = |name| match text(name)? {
            None => Ok(None),
            Some(id) => id.parse().map(Some).map_err(|_| Failure::NotFound),
        };
        let sort = match text("sort")? {
            None => SORTS[0],
            Some(word) => SORTS.into_iter().find(|sort| *sort == word).ok_or(Failure::NotFound)?,
        };
        let (after, before) = (id("after")?, id("before")?);
        Ok(Self {
            text: text("q")?.unwrap_or_default().trim().to_owned(),
            sort,
            only_available: text("available")? == Some("1"),
            after,
            before: before.filter(|_| after.is_none()),
        })
    }

    /// The address of the catalogue as it is wished for here, on the page with this cursor.
    fn link(&self, sort: &str, only_available: bool, cursor: Option<(&str, BookId)>) -> String {
        let q = (!self.text.is_empty()).then(|| format!("q={}", query_value(&self.text)));
        let sort = (sort != SORTS[0]).then(|| format!("sort={sort}"));
        let available = only_available.then(|| "available=1".to_owned());
        let cursor = cursor.map(|(name, id)| format!("{name}={id}"));
        let query: Vec<_> = [q, sort, available, cursor].into_iter().flatten().collect();
        if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
    }
}

/// `GET /`. Two questions to the services, three for a patron, however many books there are.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let wish = Wish::of(visit)?;
    let limit = if wish.only_available { LOOKED_THROUGH } else { ON_A_PAGE };
    let search = BookSearch {
        text: &wish.text,
        sort: wish.sort,
        after: wish.after,
        before: wish.before,
        limit,
    };
    let mut found = visit.services.books(&search).await?;
    let ids: Vec<_> = found.books.iter().map(|book| book.id).collect();
    let patron = visit.patron().ok().map(|(patron, _)| patron.id);
    let shelf = visit.services.shelf(&ids, patron).await.ok();

    let is_whole = found.next.is_none() && found.previous.is_none();
    // Without the ledger it is any books that are shown, and called nothing else.
    let only_available = wish.only_available && shelf.is_some();
    if wish.only_available {
        keep_available(&mut found, shelf.as_ref(), wish.before.is_some());
    }
    let loans = shelf.as_ref().map(|shelf| shelf.loans.as_slice()).unwrap_or_default();
    let mut frame = visit.frame("/").with_loans(loans);
    frame.search.clone_from(&wish.text);
    let count = match (only_available, is_whole) {
        (false, _) => found.total,
        (true, true) => Some(found.books.len() as u64),
        (true, false) => None,
    };
    let link = |cursor| wish.link(wish.sort, wish.only_available, cursor);
    let catalogue = Catalogue {
        found: in_words(&frame, &wish.text, only_available, count),
        is_search: !wish.text.is_empty(),
        only_available: wish.only_available,
        other_availability: wish.link(wish.sort, !wish.only_available, None),
        sorts: SORTS
            .map(|sort| Sort {
                link: wish.link(sort, wish.only_available, None),
                label: frame.t(&format!("sort-{sort}")),
                is_chosen: sort == wish.sort,
            })
            .into(),
        previous: found.previous.map(|id| link(Some(("before", id)))),
        next: found.next.map(|id| link(Some(("after", id)))),
        ledger_is_away: shelf.is_none(),
        cards: found
            .books
            .into_iter()
            .map(|book| Card::of(book, shelf.as_ref(), &visit.who, &frame))
            .collect(),
        frame,
    };
    Ok(page(StatusCode::OK, &catalogue))
}

/// Leaves a page of the books that have a copy on the shelf, as far as that is known, and lets the list go on where
/// that page ends.
fn keep_available(found: &mut Books, shelf: Option<&Shelf>, from_the_end: bool) {
    found.books.retain(|book| shelf.is_none_or(|shelf| book.copies > shelf.out(book.id).copies));
    let more = found.books.len().saturating_sub(ON_A_PAGE);
    if more == 0 {
        return;
    }
    if from_the_end {
        found.books.drain(..more);
        found.previous = found.books.first().map(|book| book.id);
    } else {
        found.books.truncate(ON_A_PAGE);
        found.next = found.books.last().map(|book| book.id);
    }
}

/// How many books there are. `count` is not known where not all were looked through.
fn in_words(frame: &Frame, text: &str, only_available: bool, count: Option<u64>) -> String {
    /// The service counts no further.
    const MOST: u64 = 10_000;
    let kind = match (text.is_empty(), only_available) {
        (true, false) => "titles",
        (true, true) => "titles-available",
        (false, false) => "titles-with",
        (false, true) => "titles-with-available",
    };
    let text = ("text", text.into());
    match count {
        None => frame.texts().with(&format!("some-{kind}"), &[text]),
        Some(count) if count > MOST => frame.texts().with(&format!("many-{kind}"), &[text]),
        Some(count) => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            frame.texts().with(kind, &[("count", count.into()), text])
        }
    }
}
