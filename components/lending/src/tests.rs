//! What lending makes of the other services' answers, whatever these are.

use std::cell::RefCell;

use futures::executor::block_on;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Value, json};
use service_kit::peer::PeerError;

use super::*;

/// A service that always answers the same, and notes what it was asked.
struct Fake {
    name: &'static str,
    answer: Result<(u16, &'static str), PeerError>,
    asked: RefCell<Vec<(String, Option<String>, Value)>>,
}

impl Peer for Fake {
    fn name(&self) -> &str {
        self.name
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PeerError> {
        let line = format!("{} {}", request.method(), request.uri());
        let key = request.headers().get("idempotency-key");
        let key = key.map(|key| key.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        self.asked.borrow_mut().push((line, key, body));
        let (status, body) = self.answer.clone()?;
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }
}

fn fake(name: &'static str, status: u16, body: &'static str) -> Fake {
    Fake { name, answer: Ok((status, body)), asked: RefCell::default() }
}

fn away(name: &'static str) -> Fake {
    Fake { name, answer: Err(PeerError::Unreachable("gone".into())), asked: RefCell::default() }
}

/// Services that know patron 5 and book 7; the ledger answers as given.
fn peers(status: u16, body: &'static str) -> Peers<Fake> {
    Peers {
        patrons: fake(
            "patrons",
            200,
            r#"{"patron":[[5,"Lorelei","Cowher","HANSOLO55555","user"]]}"#,
        ),
        catalog: fake("catalog", 200, r#"{"book":[[7,"t","a",2,""]],"acquired":3}"#),
        borrowing: fake("borrowing", status, body),
    }
}

fn variable(name: &str) -> Result<String, String> {
    match name {
        "loan_limit" => Ok("4".into()),
        "loan_days" => Ok("14".into()),
        "renewal_limit" => Ok("2".into()),
        "block_when_overdue" => Ok("false".into()),
        _ => Err("undefined".into()),
    }
}

fn request(method: &str, target: &str, body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(target);
    let request = request.header(CONTENT_TYPE, "application/json");
    request.body(Body::Whole(body.into())).unwrap()
}

fn tell(peers: &Peers<Fake>, request: &Request<Body>) -> (u16, Value) {
    let response = block_on(answer(request, peers, &variable, "2026-02-20".parse().unwrap()));
    let status = response.status().as_u16();
    assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
    (status, serde_json::from_slice(response.body()).unwrap())
}

const PAIR: &str = r#"{"borrow": {"book_id": 7, "patron_id": 5}}"#;

#[test]
fn a_loan_takes_two_questions_and_one_step_in_the_ledger() {
    let peers = peers(201, r#"{"transaction":1}"#);
    let mut request = request("POST", "/borrow", PAIR);
    request.headers_mut().insert("idempotency-key", "k-1".parse().unwrap());
    assert_eq!(tell(&peers, &request), (201, json!({"transaction": true})));

    assert_eq!(peers.patrons.asked.into_inner()[0].0, "GET /patdb/5");
    assert_eq!(peers.catalog.asked.into_inner()[0].0, "GET /catdb/7");
    let wish = json!({"borrow": {
        "book_id": 7, "patron_id": 5, "date_out": "2026-02-20", "date_due": "2026-03-06",
        "limits": {"patron_exists": true, "copies": 3, "loans": 4, "block_when_overdue": false},
    }});
    let expected = ("POST /borrowdb".to_owned(), Some("k-1".to_owned()), wish);
    assert_eq!(peers.borrowing.asked.into_inner(), [expected]);
}

#[test]
fn an_unknown_patron_or_book_is_for_the_ledger_to_refuse() {
    let refusal = r#"{"error":"Conflict","reason":"unknown_patron","detail":"No."}"#;
    let mut peers = peers(409, refusal);
    peers.patrons = fake("patrons", 404, "{}");
    peers.catalog = fake("catalog", 404, "{}");
    let refused = json!({"transaction": false, "reason": "unknown_patron", "detail": "No."});
    assert_eq!(tell(&peers, &request("POST", "/borrow", PAIR)), (200, refused));
    let limits = &peers.borrowing.asked.into_inner()[0].2["borrow"]["limits"];
    assert_eq!((&limits["patron_exists"], &limits["copies"]), (&json!(false), &Value::Null));
}

#[test]
fn a_refusal_is_200_with_its_reason() {
    let refusal = r#"{"error":"Conflict","reason":"renewal_limit","detail":"No."}"#;
    let refused = json!({"transaction": false, "reason": "renewal_limit", "detail": "No."});
    for target in ["/borrow", "/borrow/renew"] {
        let request = request("POST", target, PAIR);
        assert_eq!(tell(&peers(409, refusal), &request), (200, refused.clone()), "{target}");
    }
}

#[test]
fn a_renewal_says_the_new_day() {
    let peers = peers(201, r#"{"transaction":1,"date_due":"2026-03-20"}"#);
    let renewed = json!({"transaction": true, "date_due": "2026-03-20"});
    assert_eq!(tell(&peers, &request("POST", "/borrow/renew", PAIR)), (201, renewed));
    let (line, _, wish) = &peers.borrowing.asked.into_inner()[0];
    assert_eq!(line, "POST /borrowdb/renew");
    assert_eq!(wish["renew"]["limits"], json!({"renewals": 2, "days": 14}));
}

#[test]
fn a_return_says_whether_there_was_a_loan() {
    for (body, had_it) in [(r#"{"transaction":1}"#, true), (r#"{"transaction":0}"#, false)] {
        let peers = peers(201, body);
        let answer = tell(&peers, &request("DELETE", "/borrow", PAIR));
        assert_eq!(answer, (200, json!({"transaction": had_it})));
        let wish = json!({"return": {"book_id": 7, "patron_id": 5}});
        let expected = ("DELETE /borrowdb".to_owned(), None, wish);
        assert_eq!(peers.borrowing.asked.into_inner(), [expected]);
    }
}

#[test]
fn a_key_that_came_with_another_request_is_409_here_too() {
    let taken = r#"{"error":"Conflict","detail":"another request came with this key"}"#;
    let (status, body) = tell(&peers(409, taken), &request("POST", "/borrow", PAIR));
    assert_eq!((status, &body["error"]), (409, &json!("Conflict")));
}

#[test]
fn without_one_of_the_services_it_is_503_and_nothing_is_lent() {
    for gone in ["patrons", "catalog"] {
        let mut peers = peers(201, r#"{"transaction":1}"#);
        match gone {
            "patrons" => peers.patrons = away(gone),
            _ => peers.catalog = fake(gone, 503, "{}"),
        }
        let (status, body) = tell(&peers, &request("POST", "/borrow", PAIR));
        assert_eq!(status, 503);
        assert!(body["detail"].as_str().unwrap().contains(gone), "{body}");
        assert!(peers.borrowing.asked.into_inner().is_empty());
    }
    let peers = Peers { borrowing: away("borrowing"), ..peers(201, "") };
    for (method, target) in [("POST", "/borrow"), ("DELETE", "/borrow"), ("POST", "/borrow/renew")]
    {
        assert_eq!(tell(&peers, &request(method, target, PAIR)).0, 503, "{method} {target}");
    }
}

#[test]
fn an_answer_that_was_not_agreed_on_is_our_fault() {
    for (status, body) in [(200, "<html>"), (404, "{}"), (409, "{}"), (401, "{}")] {
        let answer = tell(&peers(status, body), &request("POST", "/borrow/renew", PAIR));
        assert_eq!(answer.0, 500, "{status} {body}");
    }
}

#[test]
fn health_names_who_is_not_well() {
    let get = request("GET", "/borrow/healthz", "");
    let mut peers = peers(200, r#"{"status":"ok"}"#);
    assert_eq!(tell(&peers, &get), (200, json!({"status": "ok"})));
    peers.catalog = away("catalog");
    peers.borrowing = fake("borrowing", 503, "{}");
    let (status, body) = tell(&peers, &get);
    assert_eq!(status, 503);
    assert_eq!(body["detail"], "not well: catalog, borrowing");
}

#[test]
fn a_wish_that_makes_no_sense_asks_nobody() {
    let peers = peers(201, "{}");
    let cases: [(&str, &str, &str, u16, &str); 8] = [
        ("POST", "/borrow", "{}", 400, "`borrow`"),
        ("POST", "/borrow", r#"{"borrow":{"book_id":7}}"#, 400, "`borrow.patron_id`"),
        ("DELETE", "/borrow", r#"{"borrow":{"book_id":0,"patron_id":5}}"#, 400, "`borrow.book_id`"),
        (
            "POST",
            "/borrow/renew",
            r#"{"borrow":{"book_id":"7","patron_id":5}}"#,
            400,
            "`borrow.book_id`",
        ),
        ("GET", "/borrow", "", 404, "GET"),
        ("PUT", "/borrow", PAIR, 404, "PUT"),
        ("DELETE", "/borrow/renew", PAIR, 404, "DELETE"),
        ("POST", "/borrow/7", PAIR, 404, "`/borrow/7`"),
    ];
    for (method, target, body, status, named) in cases {
        let answer = tell(&peers, &request(method, target, body));
        assert_eq!(answer.0, status, "{method} {target} {body}");
        assert!(answer.1["detail"].as_str().unwrap().contains(named), "{}", answer.1);
    }
    let mut keyed = request("POST", "/borrow", PAIR);
    keyed.headers_mut().insert("idempotency-key", "a b".parse().unwrap());
    assert_eq!(tell(&peers, &keyed).0, 400);
    assert!(
        peers.patrons.asked.into_inner().is_empty()
            && peers.borrowing.asked.into_inner().is_empty()
    );
}

#[test]
fn a_copy_is_withdrawn_from_the_ledger_and_the_catalogue_hears_of_it() {
    let mut peers = peers(201, r#"{"withdrawn":2}"#);
    // The catalogue's one answer to both: that it is there with so many, and what is left of it.
    peers.catalog = fake("catalog", 201, r#"{"book":[[7,"t","a",1,""]],"acquired":3}"#);
    let mut wish = request("POST", "/borrow/withdraw", r#"{"withdraw": {"book_id": 7}}"#);
    wish.headers_mut().insert("idempotency-key", "k-1".parse().unwrap());
    assert_eq!(tell(&peers, &wish), (201, json!({"transaction": true, "copies": 1})));

    let wish = json!({"withdraw": {"book_id": 7, "limits": {"copies": 3}}});
    let expected = ("POST /borrowdb/withdraw".to_owned(), Some("k-1".to_owned()), wish);
    assert_eq!(peers.borrowing.asked.into_inner(), [expected]);
    let told = peers.catalog.asked.into_inner().pop().unwrap();
    let wish = json!({"withdrawn": 2});
    assert_eq!(told, ("PUT /catdb/books/7/withdrawn".to_owned(), None, wish));
}

#[test]
fn what_can_not_be_withdrawn_leaves_the_catalogue_as_it_is() {
    let wish = request("POST", "/borrow/withdraw", r#"{"withdraw": {"book_id": 7}}"#);
    let refusal = r#"{"error":"Conflict","reason":"no_copy_left","detail":"No."}"#;
    let refusing = peers(409, refusal);
    let refused = json!({"transaction": false, "reason": "no_copy_left", "detail": "No."});
    assert_eq!(tell(&refusing, &wish), (200, refused));
    assert_eq!(refusing.catalog.asked.into_inner().len(), 1);

    let mut unknown = peers(201, r#"{"withdrawn":1}"#);
    unknown.catalog = fake("catalog", 404, "{}");
    let (status, refused) = tell(&unknown, &wish);
    assert_eq!((status, &refused["reason"]), (200, &json!("unknown_book")));
    assert_eq!(unknown.borrowing.asked.into_inner().len(), 0);
}
