//! What the pages ask the other services, and the shapes of the answers.

use std::{collections::BTreeMap, fmt::Display};

use domain::{Book, BookId, Date, LoanId, OpenLoan, PastLoan, Patron, PatronId};
use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use service_kit::{
    idempotency::IDEMPOTENCY_KEY,
    peer::{Peer, PeerError, read_json},
};

use crate::failure::Failure;

/// The four services behind the pages.
pub struct Services<P> {
    /// Which books there are
    pub catalog: P,
    /// Who has a library card, and who is logged in
    pub patrons: P,
    /// Who has which book
    pub borrowing: P,
    /// What lends, renews and takes back
    pub lending: P,
}

/// A part of a list, and where the parts before and after it are.
#[derive(Debug, Deserialize)]
pub(crate) struct Books {
    pub(crate) books: Vec<Book>,
    pub(crate) next: Option<BookId>,
    #[serde(default)]
    pub(crate) previous: Option<BookId>,
    /// How many there are in all; 10001 stands for more than 10000.
    #[serde(default)]
    pub(crate) total: Option<u64>,
}

/// A book and how many copies of it the library ever had.
#[derive(Debug, Deserialize)]
pub(crate) struct OneBook {
    pub(crate) book: [Book; 1],
    pub(crate) acquired: u32,
}

/// Where books are, and what somebody has.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Shelf {
    books: Vec<(BookId, u32, Option<Date>)>,
    #[serde(default)]
    pub(crate) loans: Vec<OpenLoan>,
}

/// How many copies of a book are out, and when the first of them is due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Out {
    pub(crate) copies: u32,
    pub(crate) next_due: Option<Date>,
}

impl Shelf {
    pub(crate) fn out(&self, book: BookId) -> Out {
        let found = self.books.iter().find(|(id, ..)| *id == book);
        found.map_or_else(Out::default, |&(_, copies, next_due)| Out { copies, next_due })
    }

    pub(crate) fn loan_of(&self, book: BookId) -> Option<&OpenLoan> {
        self.loans.iter().find(|open| open.loan.book == book)
    }
}

/// Loans, and where the list goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Loans {
    #[serde(rename = "transactions")]
    pub(crate) loans: Vec<OpenLoan>,
    pub(crate) next: Option<LoanId>,
    pub(crate) total: u64,
}

/// What somebody has and had.
#[derive(Debug, Deserialize)]
pub(crate) struct History {
    #[serde(rename = "transactions")]
    pub(crate) loans: Option<Vec<PastLoan>>,
    pub(crate) next: Option<LoanId>,
}

/// What a rule of lending says to a wish.
#[derive(Debug)]
pub(crate) enum Decision {
    Done,
    /// The reason's code.
    Refused(String),
}

/// What a login comes to.
#[derive(Debug)]
pub(crate) enum Login {
    Session {
        token: String,
        patron: Patron,
    },
    Wrong,
    /// Too many tries; seconds until there may be another.
    Wait(u64),
}

/// What is typed into the login form.
#[derive(Debug)]
pub(crate) struct Card<'a> {
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) number: &'a str,
    pub(crate) pin: &'a str,
}

/// Which books a list is about.
#[derive(Debug, Default)]
pub(crate) struct BookSearch<'a> {
    pub(crate) text: &'a str,
    pub(crate) sort: &'a str,
    pub(crate) after: Option<BookId>,
    pub(crate) before: Option<BookId>,
    pub(crate) limit: usize,
}

impl<P: Peer> Services<P> {
    /// A page of the catalogue, and how many books there are.
    pub(crate) async fn books(&self, search: &BookSearch<'_>) -> Result<Books, Failure> {
        let mut target = format!(
            "/catdb?q={}&sort={}&limit={}&total=true",
            encoded(search.text),
            search.sort,
            search.limit
        );
        for (name, cursor) in [("after", search.after), ("before", search.before)] {
            if let Some(id) = cursor {
                target += &format!("&{name}={id}");
            }
        }
        get(&self.catalog, &target).await
    }

    /// One book, if there is such a one.
    pub(crate) async fn book(&self, id: BookId) -> Result<Option<OneBook>, Failure> {
        match self.catalog.get_json(&format!("/catdb/{id}")).await {
            Err(PeerError::Status(StatusCode::NOT_FOUND)) => Ok(None),
            other => other.map(Some).map_err(|error| Failure::of(&self.catalog, error)),
        }
    }

    /// These books, by id.
    pub(crate) async fn books_by_id(
        &self,
        ids: impl IntoIterator<Item = BookId>,
    ) -> Result<BTreeMap<BookId, Book>, Failure> {
        #[derive(Deserialize)]
        struct Found {
            books: Vec<Book>,
        }
        let Some(ids) = list(ids) else { return Ok(BTreeMap::new()) };
        let Found { books } = get(&self.catalog, &format!("/catdb?ids={ids}")).await?;
        Ok(books.into_iter().map(|book| (book.id, book)).collect())
    }

    /// Where these books are and what this patron has: both in one question.
    pub(crate) async fn shelf(
        &self,
        books: &[BookId],
        patron: Option<PatronId>,
    ) -> Result<Shelf, Failure> {
        let books = list(books.iter().copied()).map(|ids| format!("books={ids}"));
        let patron = patron.map(|id| format!("patron={id}"));
        let query: Vec<_> = books.into_iter().chain(patron).collect();
        match query[..] {
            [] => Ok(Shelf::default()),
            _ => get(&self.borrowing, &format!("/borrowdb/shelf?{}", query.join("&"))).await,
        }
    }

    /// Which copies of a book are out or withdrawn, and when those that are out are due.
    pub(crate) async fn copies(
        &self,
        book: BookId,
    ) -> Result<BTreeMap<u32, Option<Date>>, Failure> {
        #[derive(Deserialize)]
        struct Rows {
            copies: Vec<(u32, Option<Date>)>,
        }
        let Rows { copies } = get(&self.borrowing, &format!("/borrowdb/copies/{book}")).await?;
        Ok(copies.into_iter().collect())
    }

    /// What the patron has and had, the newest first.
    pub(crate) async fn history(
        &self,
        patron: PatronId,
        after: Option<LoanId>,
        limit: usize,
    ) -> Result<History, Failure> {
        let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
        get(&self.borrowing, &format!("/borrowdb/history/{patron}?limit={limit}{after}")).await
    }

    /// Deletes what the patron had, and says how many loans that were.
    pub(crate) async fn forget(&self, patron: PatronId) -> Result<u64, Failure> {
        #[derive(Deserialize)]
        struct Deleted {
            transactions: u64,
        }
        let target = format!("/borrowdb/history/{patron}");
        let Deleted { transactions } =
            send(&self.borrowing, Method::DELETE, &target, &Value::Null, None).await?;
        Ok(transactions)
    }

    /// Lends a book.
    pub(crate) async fn borrow(
        &self,
        book: BookId,
        patron: PatronId,
        key: &str,
    ) -> Result<Decision, Failure> {
        self.wish(Method::POST, "/borrow", book, patron, Some(key)).await
    }

    /// Makes a loan due later.
    pub(crate) async fn renew(
        &self,
        book: BookId,
        patron: PatronId,
        key: &str,
    ) -> Result<Decision, Failure> {
        self.wish(Method::POST, "/borrow/renew", book, patron, Some(key)).await
    }

    /// Takes a book back; whether the patron had it.
    pub(crate) async fn give_back(&self, book: BookId, patron: PatronId) -> Result<bool, Failure> {
        let decision = self.wish(Method::DELETE, "/borrow", book, patron, None).await?;
        Ok(matches!(decision, Decision::Done))
    }

    async fn wish(
        &self,
        method: Method,
        target: &str,
        book: BookId,
        patron: PatronId,
        key: Option<&str>,
    ) -> Result<Decision, Failure> {
        let wish = json!({ "borrow": { "book_id": book, "patron_id": patron } });
        decision(send(&self.lending, method, target, &wish, key).await?)
    }

    /// Takes a copy out of the collection.
    pub(crate) async fn withdraw(&self, book: BookId, key: &str) -> Result<Decision, Failure> {
        let wish = json!({ "withdraw": { "book_id": book } });
        let target = "/borrow/withdraw";
        decision(send(&self.lending, Method::POST, target, &wish, Some(key)).await?)
    }

    /// Who has this session, if anyone still has.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Patron>, Failure> {
        #[derive(Deserialize)]
        struct Used {
            patron: Option<[Patron; 1]>,
        }
        let wish = json!({ "session": token });
        let target = "/patdb/sessions/use";
        let Used { patron } = send(&self.patrons, Method::POST, target, &wish, None).await?;
        Ok(patron.map(|[patron]| patron))
    }

    /// Begins a session for who has this card and asks from `address`.
    pub(crate) async fn log_in(
        &self,
        card: &Card<'_>,
        address: Option<&str>,
    ) -> Result<Login, Failure> {
        #[derive(Deserialize)]
        struct Begun {
            session: Option<String>,
            #[serde(default)]
            patron: Option<[Patron; 1]>,
        }
        let wish = json!({ "login": {
            "first_name": card.first_name,
            "last_name": card.last_name,
            "number": card.number,
            "pin": (!card.pin.is_empty()).then_some(card.pin),
            "address": address,
        }});
        let failed = |error| Failure::of(&self.patrons, error);
        let request = request(Method::POST, "/patdb/sessions", &wish, None).map_err(failed)?;
        let response = self.patrons.send(request).await.map_err(failed)?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let seconds = response.headers().get(http::header::RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
            return Ok(Login::Wait(seconds.unwrap_or(60)));
        }
        Ok(match read_json(&response).map_err(failed)? {
            Begun { session: Some(token), patron: Some([patron]) } => {
                Login::Session { token, patron }
            }
            _ => Login::Wrong,
        })
    }

    /// Ends a session.
    pub(crate) async fn log_out(&self, token: &str) -> Result<(), Failure> {
        let wish = json!({ "session": token });
        let target = "/patdb/sessions";
        send::<Value>(&self.patrons, Method::DELETE, target, &wish, None).await.map(drop)
    }
}

/// The JSON that `peer` answers a GET with.
pub(crate) async fn get<T: DeserializeOwned>(peer: &impl Peer, target: &str) -> Result<T, Failure> {
    peer.get_json(target).await.map_err(|error| Failure::of(peer, error))
}

/// The JSON that `peer` answers with when it is sent `wish`.
pub(crate) async fn send<T: DeserializeOwned>(
    peer: &impl Peer,
    method: Method,
    target: &str,
    wish: &Value,
    key: Option<&str>,
) -> Result<T, Failure> {
    let answer = exchange(peer, method, target, wish, key).await?;
    read_json(&answer).map_err(|error| Failure::of(peer, error))
}

/// What `peer` answers when it is sent `wish`, whatever that is.
pub(crate) async fn exchange(
    peer: &impl Peer,
    method: Method,
    target: &str,
    wish: &Value,
    key: Option<&str>,
) -> Result<Response<Vec<u8>>, Failure> {
    let failed = |error| Failure::of(peer, error);
    let request = request(method, target, wish, key).map_err(failed)?;
    peer.send(request).await.map_err(failed)
}

fn request(
    method: Method,
    target: &str,
    wish: &Value,
    key: Option<&str>,
) -> Result<Request<Vec<u8>>, PeerError> {
    let mut request =
        Request::builder().method(method).uri(target).header(CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(IDEMPOTENCY_KEY, key);
    }
    request.body(wish.to_string().into_bytes()).map_err(|e| PeerError::Malformed(e.to_string()))
}

fn decision(answer: Value) -> Result<Decision, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        transaction: bool,
        #[serde(default)]
        reason: String,
    }
    match serde_json::from_value(answer) {
        Ok(Answer { transaction: true, .. }) => Ok(Decision::Done),
        Ok(Answer { transaction: false, reason }) => Ok(Decision::Refused(reason)),
        Err(error) => Err(Failure::fault(error)),
    }
}

/// Ids with commas between them, each once; `None` when there are none.
pub(crate) fn list<T: Ord + Display>(ids: impl IntoIterator<Item = T>) -> Option<String> {
    let ids: std::collections::BTreeSet<T> = ids.into_iter().collect();
    let ids: Vec<_> = ids.iter().map(T::to_string).collect();
    (!ids.is_empty()).then(|| ids.join(","))
}

/// `text` as the value of a query.
pub(crate) fn encoded(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}
