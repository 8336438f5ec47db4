//! How a book is lent, renewed and given back: whom to ask for what, and what their answers mean.
//!
//! The rules themselves are `domain::decide`; the borrowing service applies them to its ledger in one
//! step. Here is found out what that step needs to know of the patron and the book.

use domain::{Book, BookId, Date, Patron, PatronId, Refusal};
use futures::join;
use http::{Request, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use service_kit::{
    Problem,
    idempotency::IDEMPOTENCY_KEY,
    peer::{Peer, PeerError, read_json},
    problem::{conflict, fault, unavailable},
};

use crate::policy::{LendPolicy, RenewPolicy};

/// A book and who wants it, keeps it or brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) book: BookId,
    pub(crate) patron: PatronId,
}

/// What the catalogue says of a book: how many copies it ever had, those that were withdrawn among them. So many
/// does the ledger number.
#[derive(Deserialize)]
struct OneBook {
    acquired: u32,
}

/// What the borrowing service said to a wish: `Ok` when it was granted, or why not.
pub(crate) type Decision<T> = Result<T, Refused>;

/// A refusal in the borrowing service's words, which are ours too.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) reason: String,
    pub(crate) detail: String,
}

/// A loan that was renewed.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Renewed {
    pub(crate) date_due: Date,
}

/// Lends the book from `today` on: two questions at the same time, then one step in the ledger.
pub(crate) async fn lend(
    peers: &Peers<impl Peer>,
    pair: Pair,
    policy: &LendPolicy,
    today: Date,
    key: Option<&str>,
) -> Result<Decision<()>, Problem> {
    #[derive(Deserialize)]
    struct OnePatron {
        #[expect(dead_code, reason = "that there is one is all that matters")]
        patron: [Patron; 1],
    }
    let Pair { book, patron } = pair;
    let (patron_target, book_target) = (format!("/patdb/{patron}"), format!("/catdb/{book}"));
    let (known_patron, known_book) = join!(
        find::<OnePatron>(&peers.patrons, &patron_target),
        find::<OneBook>(&peers.catalog, &book_target),
    );
    let (known_patron, known_book) = (known_patron?, known_book?);

    let date_due = today.after_days(policy.days).ok_or_else(|| fault("the calendar has ended"))?;
    // What we know of a patron or a book that does not exist is sent as well: a refusal is as much the
    // one answer to a key as a loan is.
    let wish = json!({ "borrow": {
        "book_id": book,
        "patron_id": patron,
        "date_out": today,
        "date_due": date_due,
        "limits": {
            "patron_exists": known_patron.is_some(),
            "copies": known_book.map(|OneBook { acquired }| acquired),
            "loans": policy.limit,
            "block_when_overdue": policy.block_when_overdue,
        },
    }});
    #[derive(Deserialize)]
    struct Lent {}
    let decision = decided(&peers.borrowing, Request::post("/borrowdb"), &wish, key).await?;
    Ok(decision.map(|Lent {}| ()))
}

/// Takes a copy out of the collection for good: first in the ledger, where it can be neither lent nor withdrawn again
/// from then on, then in the catalogue. How many copies are left to lend.
///
/// A catalogue that did not hear of it is told at the next time, because it is told how many are withdrawn in all.
pub(crate) async fn withdraw(
    peers: &Peers<impl Peer>,
    book: BookId,
    key: Option<&str>,
) -> Result<Decision<u32>, Problem> {
    #[derive(Deserialize)]
    struct Withdrawn {
        withdrawn: u32,
    }
    #[derive(Deserialize)]
    struct Left {
        book: [Book; 1],
    }
    let Some(OneBook { acquired }) = find(&peers.catalog, &format!("/catdb/{book}")).await? else {
        let unknown = Refusal::UnknownBook;
        let (reason, detail) = (unknown.code().to_owned(), unknown.sentence().to_owned());
        return Ok(Err(Refused { reason, detail }));
    };
    let wish = json!({ "withdraw": { "book_id": book, "limits": { "copies": acquired } } });
    let request = Request::post("/borrowdb/withdraw");
    let withdrawn = match decided(&peers.borrowing, request, &wish, key).await? {
        Ok(Withdrawn { withdrawn }) => withdrawn,
        Err(refused) => return Ok(Err(refused)),
    };
    let request = Request::put(format!("/catdb/books/{book}/withdrawn"));
    let wish = json!({ "withdrawn": withdrawn });
    let decision = decided(&peers.catalog, request, &wish, None).await?;
    Ok(decision.map(|Left { book: [book] }| book.copies))
}

/// Makes the pair's loan due later.
pub(crate) async fn renew(
    peers: &Peers<impl Peer>,
    pair: Pair,
    policy: &RenewPolicy,
    key: Option<&str>,
) -> Result<Decision<Renewed>, Problem> {
    let wish = json!({ "renew": {
        "book_id": pair.book,
        "patron_id": pair.patron,
        "limits": { "renewals": policy.limit, "days": policy.days },
    }});
    decided(&peers.borrowing, Request::post("/borrowdb/renew"), &wish, key).await
}

/// Takes the book back; whether the patron had it.
pub(crate) async fn give_back(peers: &Peers<impl Peer>, pair: Pair) -> Result<bool, Problem> {
    #[derive(Deserialize)]
    struct Closed {
        transaction: u64,
    }
    let wish = json!({ "return": { "book_id": pair.book, "patron_id": pair.patron } });
    let decision = decided(&peers.borrowing, Request::delete("/borrowdb"), &wish, None).await?;
    match decision {
        Ok(Closed { transaction }) => Ok(transaction > 0),
        Err(refused) => Err(fault(format!("a return was refused: {}", refused.reason))),
    }
}

/// Whether all the services can do their work, asked at the same time.
pub(crate) async fn health(peers: &Peers<impl Peer>) -> Result<(), Problem> {
    let (patrons, catalog, borrowing) = join!(
        peers.patrons.get_json::<Value>("/patdb/healthz"),
        peers.catalog.get_json::<Value>("/catdb/healthz"),
        peers.borrowing.get_json::<Value>("/borrowdb/healthz"),
    );
    let answers =
        [(&peers.patrons, patrons), (&peers.catalog, catalog), (&peers.borrowing, borrowing)];
    let mut away = Vec::new();
    for (peer, answer) in answers {
        if let Err(error) = answer {
            eprintln!("the {} service: {error}", peer.name());
            away.push(peer.name());
        }
    }
    match away[..] {
        [] => Ok(()),
        _ => Err(unavailable(format!("not well: {}", away.join(", ")), 5)),
    }
}

/// The services that lending needs.
pub struct Peers<P> {
    /// Who has a library card
    pub patrons: P,
    /// Which books there are
    pub catalog: P,
    /// Who has which book
    pub borrowing: P,
}

/// What `peer` has at `target`; `None` when there is nothing.
async fn find<T: DeserializeOwned>(peer: &impl Peer, target: &str) -> Result<Option<T>, Problem> {
    match peer.get_json(target).await {
        Ok(found) => Ok(Some(found)),
        Err(PeerError::Status(StatusCode::NOT_FOUND)) => Ok(None),
        Err(error) => Err(failed(peer, &error)),
    }
}

/// What `peer` decides about `wish`.
async fn decided<T: DeserializeOwned>(
    peer: &impl Peer,
    request: http::request::Builder,
    wish: &Value,
    key: Option<&str>,
) -> Result<Decision<T>, Problem> {
    let mut request = request.header(CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(IDEMPOTENCY_KEY, key);
    }
    let request = request.body(wish.to_string().into_bytes()).map_err(fault)?;
    let response = peer.send(request).await.map_err(|error| failed(peer, &error))?;
    if response.status() != StatusCode::CONFLICT {
        return read_json(&response).map(Ok).map_err(|error| failed(peer, &error));
    }
    #[derive(Deserialize)]
    struct Conflict {
        reason: Option<String>,
        detail: String,
    }
    match serde_json::from_slice(response.body()).map_err(fault)? {
        Conflict { reason: Some(reason), detail } => Ok(Err(Refused { reason, detail })),
        // The key came with another request.
        Conflict { reason: None, detail } => Err(conflict(None, detail)),
    }
}

/// 503 when `peer` may be back soon, else 500. The cause goes to the log.
fn failed(peer: &impl Peer, error: &PeerError) -> Problem {
    let why = format!("the {} service: {error}", peer.name());
    if !error.is_temporary() {
        return fault(why);
    }
    eprintln!("{why}");
    unavailable(format!("the {} service does not answer now", peer.name()), 5)
}
