//! A book in the lists and on its page: cover, availability and the visitor's action.

use contract::lending::Rules;
use domain::{Book, Date};

use crate::{
    context::{RequestContext, Visitor},
    cover::Cover,
    layout::Layout,
    links::link,
    services::{Availability, CopyStatus},
};

/// A book with its availability for this visitor.
pub(super) struct BookCard {
    pub(super) book: Book,
    /// The book's page, which can lead back to the list.
    pub(super) link: String,
    pub(super) cover: Cover,
    /// `None` if the ledger is unavailable.
    pub(super) state: Option<BookState>,
    pub(super) action: BookAction,
    /// Whether the patron can renew it too.
    pub(super) can_renew: bool,
    /// Whether a copy is available; `None` if the ledger is unavailable.
    pub(super) is_available: Option<bool>,
}

/// The availability of a book in words.
pub(super) struct BookState {
    pub(super) text: String,
    /// The same on paper, where the number of days is wrong tomorrow; `None` for the same text.
    pub(super) on_paper: Option<String>,
    /// The icon and color: `yes`, `last`, `no`, `mine` or `late`.
    pub(super) kind: &'static str,
}

/// The action that a visitor can take on a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BookAction {
    None,
    Borrow,
    Return,
    LogIn,
    /// The patron's number of books, and the limit.
    LimitReached(usize, u16),
    /// An overdue book must be returned first.
    OverdueFirst,
    /// A librarian blocked the card.
    CardBlocked,
}

/// The visitor, and the data for the cards.
pub(super) struct CardContext<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) layout: &'a Layout<'a>,
    /// `None` if the ledger is unavailable.
    pub(super) availability: Option<&'a Availability>,
    /// The lending rules, if they are needed and available.
    pub(super) rules: Option<Rules>,
    /// The list to which the book pages link back.
    pub(super) from: Option<&'a str>,
}

/// The rules, for patrons with loans. Without loans no limit is reached, which saves a call.
pub(super) async fn rules_for(
    context: &RequestContext<'_>,
    availability: Option<&Availability>,
) -> Option<Rules> {
    let has_loans = availability.is_some_and(|availability| !availability.loans.is_empty());
    if !has_loans { None } else { context.services.lending.rules().await }
}

impl CardContext<'_> {
    /// The card of `book`.
    pub(super) fn card(&self, book: Book) -> BookCard {
        let availability = self.availability;
        let status = availability.map(|availability| availability.copies_of(book.id));
        let loan = availability.and_then(|availability| availability.loan_of(book.id));
        let available = status.map(|status| book.copies.saturating_sub(status.out));
        let state = match (loan, status) {
            (Some(open), _) => Some(self.state_of_loan(open.loan.date_due)),
            (None, Some(status)) => Some(self.state_of_copies(book.copies, status)),
            (None, None) => None,
        };
        let action = match (self.visitor, loan, available) {
            (_, Some(_), _) => BookAction::Return,
            (Visitor::Patron { .. }, None, Some(1..)) => self.borrow_action(),
            (Visitor::Anonymous, None, Some(1..)) => BookAction::LogIn,
            _ => BookAction::None,
        };
        let can_renew = !self.visitor.is_blocked()
            && loan.is_some_and(|open| {
                self.rules.is_none_or(|rules| open.renewals < u32::from(rules.renewal_limit))
            });
        BookCard {
            link: link(&format!("/book/{}", book.id), &[("from", self.from)]),
            cover: Cover::of(&book),
            book,
            state,
            action,
            can_renew,
            is_available: available.map(|available| available > 0),
        }
    }

    /// The card of a book whose availability was not looked up: a link to its page.
    pub(super) fn card_without_state(&self, book: Book) -> BookCard {
        BookCard {
            link: link(&format!("/book/{}", book.id), &[("from", self.from)]),
            cover: Cover::of(&book),
            book,
            state: None,
            action: BookAction::None,
            can_renew: false,
            is_available: None,
        }
    }

    /// Borrow, unless the rules would refuse it.
    fn borrow_action(&self) -> BookAction {
        if self.visitor.is_blocked() {
            return BookAction::CardBlocked;
        }
        let loans = self.availability.map(|availability| availability.loans.as_slice());
        let (Some(rules), Some(loans)) = (self.rules, loans) else { return BookAction::Borrow };
        let has_overdue = loans.iter().any(|open| open.loan.date_due < self.layout.today);
        if rules.block_when_overdue && has_overdue {
            BookAction::OverdueFirst
        } else if loans.len() >= usize::from(rules.loan_limit) {
            BookAction::LimitReached(loans.len(), rules.loan_limit)
        } else {
            BookAction::Borrow
        }
    }

    fn state_of_loan(&self, due: Date) -> BookState {
        let (texts, today) = (self.layout.texts, self.layout.today);
        if due < today {
            let text = texts.with("you-have-it-overdue", &[("due", texts.due(today, due).into())]);
            let date = texts.short_date(today, due).into();
            let on_paper = Some(texts.with("you-have-it-since-due", &[("date", date)]));
            return BookState { text, on_paper, kind: "late" };
        }
        let date = texts.short_date(today, due).into();
        let text = texts.with("you-have-it", &[("date", date)]);
        BookState { text, on_paper: None, kind: "mine" }
    }

    fn state_of_copies(&self, copies: u32, status: CopyStatus) -> BookState {
        let (texts, today) = (self.layout.texts, self.layout.today);
        let available = copies.saturating_sub(status.out);
        let numbers = [("available", available.into()), ("copies", copies.into())];
        let (text, kind) = match (available, copies, status.first_due) {
            (_, 0, _) => (texts.text("no-copies"), "no"),
            (0, _, Some(due)) => {
                // A due date in the past is not a promise.
                let key = if due < today { "on-loan-overdue" } else { "on-loan-until" };
                let date = texts.short_date(today, due).into();
                (texts.with(key, &[("date", date)]), "no")
            }
            (0, _, None) => (texts.text("on-loan"), "no"),
            (1, 2.., _) => (texts.with("last-copy", &numbers), "last"),
            _ => (texts.with("available", &numbers), "yes"),
        };
        BookState { text, on_paper: None, kind }
    }
}
