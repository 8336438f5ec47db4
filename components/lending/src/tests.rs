//! Lending's handling of the other services' answers.

use futures::executor::block_on;
use http::header::RETRY_AFTER;
use serde_json::{Value, json};
use service_kit::{
    database::DatabaseError,
    testing::{FakeService, SentRequest, TestEnvironment, request},
};

use super::*;

/// Services with patron 5 and book 7, and a ledger with a fixed answer.
fn services(status: u16, body: &'static str) -> Services<FakeService> {
    Services {
        patrons: FakeService::new(
            "patrons",
            200,
            r#"{"patron":[[5,"Lorelei","Cowher","HANSOLO55555","user"]]}"#,
        ),
        catalog: FakeService::new("catalog", 200, r#"{"book":[[7,"t","a",2,""]],"acquired":3}"#)
            .with("PUT", 201, r#"{"book":[[7,"t","a",1,""]]}"#),
        borrowing: FakeService::new("borrowing", status, body),
    }
}

pub(crate) fn variables() -> Vec<(&'static str, String)> {
    [
        ("loan_limit", "4"),
        ("loan_days", "14"),
        ("renewal_limit", "2"),
        ("block_when_overdue", "false"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn send(services: &Services<FakeService>, request: &Request<Body>) -> (u16, Value) {
    let mut environment = TestEnvironment::new(Err(DatabaseError::internal("none")));
    environment.variables = variables();
    environment.now += std::time::Duration::from_secs(1_771_545_600); // 2026-02-20
    let response = block_on(answer(request, &environment, services));
    let status = response.status().as_u16();
    assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
    (status, serde_json::from_slice(response.body()).unwrap())
}

fn sent(line: &str, key: Option<&str>, body: Value) -> SentRequest {
    SentRequest { line: line.into(), key: key.map(str::to_owned), body }
}

const PAIR: &str = r#"{"borrow": {"book_id": 7, "patron_id": 5}}"#;

#[test]
fn a_loan_is_two_reads_and_one_step_in_the_ledger() {
    let services = services(201, r#"{"transaction":1}"#);
    let mut request = request("POST", "/borrow", PAIR);
    request.headers_mut().insert("idempotency-key", "k-1".parse().unwrap());
    assert_eq!(send(&services, &request), (201, json!({"transaction": true})));

    assert_eq!(services.patrons.requests()[0].line, "GET /patdb/5");
    assert_eq!(services.catalog.requests()[0].line, "GET /catdb/7");
    let body = json!({"borrow": {
        "book_id": 7, "patron_id": 5, "date_out": "2026-02-20", "date_due": "2026-03-06",
        "limits": {"patron_exists": true, "copies": 3, "loans": 4, "block_when_overdue": false, "epoch": 0},
    }});
    let expected = sent("POST /borrowdb", Some("k-1"), body);
    assert_eq!(services.borrowing.requests(), [expected]);
}

#[test]
fn lending_depends_on_no_more_of_a_patron_than_existence_and_block() {
    let services = Services {
        patrons: FakeService::new("patrons", 200, r#"{"patron":"in another form"}"#),
        ..services(201, r#"{"transaction":1}"#)
    };
    assert_eq!(send(&services, &request("POST", "/borrow", PAIR)).0, 201);
    let limits = &services.borrowing.requests()[0].body["borrow"]["limits"];
    assert_eq!((&limits["patron_exists"], limits.get("patron_blocked")), (&json!(true), None));
}

#[test]
fn the_ledger_refuses_an_unknown_patron_or_book() {
    let refusal = r#"{"error":"Conflict","reason":"unknown_patron","detail":"No."}"#;
    let mut services = services(409, refusal);
    services.patrons = FakeService::new("patrons", 404, "{}");
    services.catalog = FakeService::new("catalog", 404, "{}");
    let refused = json!({"transaction": false, "reason": "unknown_patron", "detail": "No."});
    assert_eq!(send(&services, &request("POST", "/borrow", PAIR)), (200, refused));
    let limits = &services.borrowing.requests()[0].body["borrow"]["limits"];
    assert_eq!((&limits["patron_exists"], &limits["copies"]), (&json!(false), &Value::Null));
}

#[test]
fn a_refusal_is_200_with_its_reason() {
    let refusal = r#"{"error":"Conflict","reason":"renewal_limit","detail":"No."}"#;
    let refused = json!({"transaction": false, "reason": "renewal_limit", "detail": "No."});
    for target in ["/borrow", "/borrow/renew"] {
        let request = request("POST", target, PAIR);
        assert_eq!(send(&services(409, refusal), &request), (200, refused.clone()), "{target}");
    }
}

#[test]
fn a_renewal_says_the_new_due_date() {
    let services = services(201, r#"{"transaction":1,"date_due":"2026-03-20"}"#);
    let renewed = json!({"transaction": true, "date_due": "2026-03-20"});
    assert_eq!(send(&services, &request("POST", "/borrow/renew", PAIR)), (201, renewed));
    let renewal = &services.borrowing.requests()[0];
    assert_eq!(renewal.line, "POST /borrowdb/renew");
    assert_eq!(renewal.body["renew"]["limits"], json!({"renewals": 2, "days": 14}));
}

#[test]
fn a_return_says_whether_there_was_a_loan() {
    for (body, had_it) in [(r#"{"transaction":1}"#, true), (r#"{"transaction":0}"#, false)] {
        let services = services(201, body);
        let answer = send(&services, &request("DELETE", "/borrow", PAIR));
        assert_eq!(answer, (200, json!({"transaction": had_it})));
        let body = json!({"return": {"book_id": 7, "patron_id": 5}});
        let expected = sent("DELETE /borrowdb", None, body);
        assert_eq!(services.borrowing.requests(), [expected]);
    }
}

#[test]
fn a_key_of_another_request_is_409_here_too() {
    let taken = r#"{"error":"Conflict","detail":"another request used this key"}"#;
    let (status, body) = send(&services(409, taken), &request("POST", "/borrow", PAIR));
    assert_eq!((status, &body["error"]), (409, &json!("Conflict")));
}

#[test]
fn without_one_of_the_services_it_is_503_and_nothing_is_lent() {
    for gone in ["patrons", "catalog"] {
        let mut services = services(201, r#"{"transaction":1}"#);
        match gone {
            "patrons" => services.patrons = FakeService::unreachable(gone),
            _ => services.catalog = FakeService::new(gone, 503, "{}"),
        }
        let (status, body) = send(&services, &request("POST", "/borrow", PAIR));
        assert_eq!(status, 503);
        assert!(body["detail"].as_str().unwrap().contains(gone), "{body}");
        assert!(services.borrowing.requests().is_empty());
    }
    let services =
        Services { borrowing: FakeService::unreachable("borrowing"), ..services(201, "") };
    for (method, target) in [("POST", "/borrow"), ("DELETE", "/borrow"), ("POST", "/borrow/renew")]
    {
        assert_eq!(send(&services, &request(method, target, PAIR)).0, 503, "{method} {target}");
    }
}

#[test]
fn an_answer_outside_the_contract_is_an_internal_error() {
    for (status, body) in [(200, "<html>"), (404, "{}"), (409, "{}"), (401, "{}")] {
        let answer = send(&services(status, body), &request("POST", "/borrow/renew", PAIR));
        assert_eq!(answer.0, 500, "{status} {body}");
    }
}

#[test]
fn health_names_what_is_unavailable_and_why() {
    let get = request("GET", "/borrow/healthz", "");
    let mut services = services(200, r#"{"status":"ok"}"#);
    assert_eq!(send(&services, &get), (200, json!({"status": "ok"})));
    services.catalog = FakeService::unreachable("catalog");
    services.borrowing = FakeService::new(
        "borrowing",
        503,
        r#"{"error":"Service Unavailable","detail":"the database has no space left"}"#,
    );
    let (status, body) = send(&services, &get);
    assert_eq!(status, 503);
    assert_eq!(
        body["detail"],
        "unavailable: catalog (no answer), borrowing (the database has no space left)"
    );
}

#[test]
fn an_invalid_request_calls_no_service() {
    let services = services(201, "{}");
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
        let answer = send(&services, &request(method, target, body));
        assert_eq!(answer.0, status, "{method} {target} {body}");
        assert!(answer.1["detail"].as_str().unwrap().contains(named), "{}", answer.1);
    }
    let mut keyed = request("POST", "/borrow", PAIR);
    keyed.headers_mut().insert("idempotency-key", "a b".parse().unwrap());
    assert_eq!(send(&services, &keyed).0, 400);
    assert!(services.patrons.requests().is_empty() && services.borrowing.requests().is_empty());
}

#[test]
fn a_withdrawal_goes_to_the_ledger_and_then_to_the_catalog() {
    let services = services(201, r#"{"withdrawn":2}"#);
    let mut withdraw = request("POST", "/borrow/withdraw", r#"{"withdraw": {"book_id": 7}}"#);
    withdraw.headers_mut().insert("idempotency-key", "k-1".parse().unwrap());
    assert_eq!(send(&services, &withdraw), (201, json!({"transaction": true, "copies": 1})));

    let body = json!({"withdraw": {"book_id": 7, "limits": {"copies": 3, "epoch": 0}}});
    let expected = sent("POST /borrowdb/withdraw", Some("k-1"), body);
    assert_eq!(services.borrowing.requests(), [expected]);
    let told = services.catalog.requests().pop().unwrap();
    let body = json!({"withdrawn": 2, "epoch": 0});
    assert_eq!(told, sent("PUT /catdb/books/7/withdrawn", None, body));
}

#[test]
fn a_refused_withdrawal_leaves_the_catalog_unchanged() {
    let withdraw = request("POST", "/borrow/withdraw", r#"{"withdraw": {"book_id": 7}}"#);
    let refusal = r#"{"error":"Conflict","reason":"no_copy_left","detail":"No."}"#;
    let refusing = services(409, refusal);
    let refused = json!({"transaction": false, "reason": "no_copy_left", "detail": "No."});
    assert_eq!(send(&refusing, &withdraw), (200, refused));
    assert_eq!(refusing.catalog.requests().len(), 1);

    let mut unknown = services(201, r#"{"withdrawn":1}"#);
    unknown.catalog = FakeService::new("catalog", 404, "{}");
    let (status, refused) = send(&unknown, &withdraw);
    assert_eq!((status, &refused["reason"]), (200, &json!("unknown_book")));
    assert_eq!(unknown.borrowing.requests().len(), 0);
}

#[test]
fn the_next_request_corrects_a_catalog_that_missed_a_withdrawal() {
    // The catalog counts 2 of 3 copies, and the ledger has withdrawn 2.
    let refusal = r#"{"error":"Conflict","reason":"no_copy_left","detail":"No.","withdrawn":2}"#;
    let told = sent("PUT /catdb/books/7/withdrawn", None, json!({"withdrawn": 2, "epoch": 0}));
    let requests = [
        ("/borrow", PAIR, 201, r#"{"transaction":1,"withdrawn":2}"#),
        ("/borrow", PAIR, 409, refusal),
        ("/borrow/withdraw", r#"{"withdraw": {"book_id": 7}}"#, 409, refusal),
    ];
    for (target, body, status, answer) in requests {
        let services = services(status, answer);
        send(&services, &request("POST", target, body));
        assert_eq!(services.catalog.requests().pop().unwrap(), told, "{target} {status}");
    }
}

#[test]
fn a_withdrawal_from_another_number_of_copies_is_a_conflict() {
    let changed = r#"{"error":"Conflict","reason":"copies_changed","detail":"No.","withdrawn":2}"#;
    let services = services(409, changed);
    let body = r#"{"withdraw": {"book_id": 7, "from": 2}}"#;
    let (status, answer) = send(&services, &request("POST", "/borrow/withdraw", body));
    assert_eq!((status, &answer["reason"]), (409, &json!("copies_changed")));
    let limits = json!({"copies": 3, "left": 2, "epoch": 0});
    assert_eq!(services.borrowing.requests()[0].body["withdraw"]["limits"], limits);
    assert_eq!(services.catalog.requests()[1].body, json!({"withdrawn": 2, "epoch": 0}));
}

#[test]
fn a_blocked_patron_cannot_borrow_or_renew() {
    for (target, key) in [("/borrow", "borrow"), ("/borrow/renew", "renew")] {
        let refusal = r#"{"error":"Conflict","reason":"patron_blocked","detail":"No."}"#;
        let mut services = services(409, refusal);
        let blocked = r#"{"patron":[[5,"a","b","HANSOLO55555","user"]],"blocked":true}"#;
        services.patrons = FakeService::new("patrons", 200, blocked);
        let (status, answer) = send(&services, &request("POST", target, PAIR));
        assert_eq!((status, &answer["reason"]), (200, &json!("patron_blocked")));
        let limits = &services.borrowing.requests()[0].body[key]["limits"];
        assert_eq!(limits["patron_blocked"], true);
    }
}

#[test]
fn the_rules_are_those_of_the_variables() {
    let rules = json!({
        "loan_limit": 4, "loan_days": 14, "renewal_limit": 2, "block_when_overdue": false,
    });
    let services = services(200, "{}");
    assert_eq!(send(&services, &request("GET", "/borrow/rules", "")), (200, rules));
}

#[test]
fn every_endpoint_of_the_contract_is_answered() {
    for route in contract::lending::ROUTES {
        let request = request(route.method.as_str(), route.path, "{}");
        let (_, answer) = send(&services(200, "{}"), &request);
        assert!(!answer.to_string().contains("no endpoint"), "{route:?}: {answer}");
    }
}

#[test]
fn facts_of_different_epochs_are_not_combined() {
    let mut services = services(201, r#"{"transaction":1}"#);
    let patron = r#"{"patron":[[5,"a","b","HANSOLO55555","user"]],"epoch":1}"#;
    services.patrons = FakeService::new("patrons", 200, patron);
    let (status, answer) = send(&services, &request("POST", "/borrow", PAIR));
    let detail = answer["detail"].as_str().unwrap();
    assert_eq!((status, detail.contains("is being reset")), (503, true), "{detail}");
    assert!(services.borrowing.requests().is_empty());
}

/// The three services of a demo, with their answers; a change succeeds.
fn demo(catalog: (u16, &'static str), borrowing: (u16, &'static str)) -> Services<FakeService> {
    let fake = |name, (status, body)| FakeService::new(name, status, body).with("PUT", 201, body);
    let patrons = (200, r#"{"epoch":2,"added":0,"changed":0,"removed":0}"#);
    Services {
        patrons: fake("patrons", patrons),
        catalog: fake("catalog", catalog),
        borrowing: fake("borrowing", borrowing),
    }
}

#[test]
fn a_reset_starts_a_new_epoch_in_every_service_and_ends_sessions_last() {
    let rows = r#"{"epoch":3,"added":0,"changed":0,"removed":0}"#;
    let services = demo((200, rows), (200, r#"{"epoch":2,"loans":0,"open":0}"#));
    let reset = request("POST", "/borrow/demo", r#"{"reset": {}}"#);
    // The fakes answer with the epoch that they were in.
    assert_eq!(send(&services, &reset), (201, json!({"epoch": 2})));
    let start = json!({"demo": {"epoch": 4}});
    for (service, path) in [
        (&services.catalog, "/catdb/demo"),
        (&services.borrowing, "/borrowdb/demo"),
        (&services.patrons, "/patdb/demo"),
    ] {
        let requests = service.requests();
        assert_eq!(requests[0].line, format!("GET {path}"));
        assert_eq!(requests[1..], [sent(&format!("PUT {path}"), None, start.clone())]);
    }
}

#[test]
fn nothing_is_reset_when_a_service_refuses() {
    let rows = (200, r#"{"epoch":3,"added":0,"changed":0,"removed":0}"#);
    let refusal = r#"{"error":"Forbidden","detail":"Not a demonstration."}"#;
    let none = r#"{"error":"Conflict","reason":"no_demo_data","detail":"None."}"#;
    for (borrowing, status) in [((403, refusal), 403), ((409, none), 409), ((500, "{}"), 503)] {
        let services = demo(rows, borrowing);
        let reset = request("POST", "/borrow/demo", r#"{"reset": {}}"#);
        assert_eq!(send(&services, &reset).0, status);
        assert!(services.catalog.requests().iter().all(|sent| sent.line.starts_with("GET ")));
    }
}
