//! What clients want written in the ledger, read from their requests.

use domain::{BookId, Date, PatronId, Terms};
use http::Request;
use service_kit::{
    Problem,
    body::{Body, Object},
};

const AN_ID: &str = "a whole number from 1 to 9223372036854775807";
const A_COUNT: &str = "a whole number from 0 to 4294967295";
const A_DATE: &str = "a day of the calendar, written YYYY-MM-DD";

/// A book and who it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) book: BookId,
    pub(crate) patron: PatronId,
}

impl Pair {
    fn read(object: &Object) -> Result<Self, Problem> {
        Ok(Self {
            book: object.required("book_id", AN_ID)?,
            patron: object.required("patron_id", AN_ID)?,
        })
    }
}

/// To lend a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lend {
    pub(crate) pair: Pair,
    pub(crate) date_out: Date,
    pub(crate) date_due: Date,
    /// `None`: whoever asks has seen to the rules already.
    pub(crate) terms: Option<Terms>,
}

impl Lend {
    /// Reads `{"borrow": {book_id, patron_id, date_out, date_due[, limits]}}`.
    pub(crate) fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let borrow = Object::read(request)?.object("borrow")?;
        let wish = Self {
            pair: Pair::read(&borrow)?,
            date_out: borrow.required("date_out", A_DATE)?,
            date_due: borrow.required("date_due", A_DATE)?,
            terms: borrow.optional_object("limits")?.as_ref().map(terms).transpose()?,
        };
        if wish.date_due < wish.date_out {
            return Err(borrow.problem("date_due", "`date_out` or a later day"));
        }
        Ok(wish)
    }

    /// What makes another request the same one. The lending service takes the dates from its clock: a
    /// request that is sent again after midnight is still the same.
    pub(crate) fn fingerprint(&self) -> String {
        let Pair { book, patron } = self.pair;
        match self.terms {
            Some(_) => format!("lend {book} {patron}"),
            None => format!("lend {book} {patron} {} {}", self.date_out, self.date_due),
        }
    }
}

/// `limits`: what the lending service found out about patron and book.
fn terms(limits: &Object) -> Result<Terms, Problem> {
    Ok(Terms {
        patron_exists: limits.required("patron_exists", "true or false")?,
        copies: limits.required("copies", "a whole number from 0 to 4294967295, or null")?,
        loans: limits.required("loans", A_COUNT)?,
        block_when_overdue: limits.required("block_when_overdue", "true or false")?,
    })
}

/// To take a book back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) pair: Pair,
}

impl Return {
    /// Reads `{"return": {book_id, patron_id}}`.
    pub(crate) fn read(request: &Request<Body>) -> Result<Self, Problem> {
        Ok(Self { pair: Pair::read(&Object::read(request)?.object("return")?)? })
    }
}

/// To leave a book with its patron for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Renew {
    pub(crate) pair: Pair,
    /// How often one loan may be renewed.
    pub(crate) renewals: u16,
    /// By how many days.
    pub(crate) days: u16,
}

impl Renew {
    /// Reads `{"renew": {book_id, patron_id[, limits]}}`; without limits two renewals of 14 days.
    pub(crate) fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let renew = Object::read(request)?.object("renew")?;
        let pair = Pair::read(&renew)?;
        match renew.optional_object("limits")? {
            None => Ok(Self { pair, renewals: 2, days: 14 }),
            Some(limits) => Ok(Self {
                pair,
                renewals: limits.required("renewals", "a whole number from 0 to 65535")?,
                days: limits.required("days", "a whole number from 0 to 65535")?,
            }),
        }
    }

    /// What makes another request the same one.
    pub(crate) fn fingerprint(&self) -> String {
        let Pair { book, patron } = self.pair;
        format!("renew {book} {patron}")
    }
}

/// To take a copy out of the collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Withdraw {
    pub(crate) book: BookId,
    /// How many copies were ever acquired.
    pub(crate) copies: u32,
}

impl Withdraw {
    /// Reads `{"withdraw": {book_id, limits: {copies}}}`.
    pub(crate) fn read(request: &Request<Body>) -> Result<Self, Problem> {
        let withdraw = Object::read(request)?.object("withdraw")?;
        Ok(Self {
            book: withdraw.required("book_id", AN_ID)?,
            copies: withdraw.object("limits")?.required("copies", A_COUNT)?,
        })
    }

    /// What makes another request the same one.
    pub(crate) fn fingerprint(&self) -> String {
        format!("withdraw {}", self.book)
    }
}

/// Reads `{"reset": {}}`, which nobody sends by mistake.
pub(crate) fn read_reset(request: &Request<Body>) -> Result<(), Problem> {
    Object::read(request)?.object("reset").map(drop)
}
