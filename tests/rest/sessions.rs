//! Logging in and staying so: what opens a session, what ends it, and who may try how often.

use loader::Store;
use mysql_async::{Conn, prelude::Queryable};
use serde_json::{Value, json};
use tests::{Answer, Client, PIN, TestApp, TestDatabase};

#[tokio::test]
async fn a_card_opens_a_session_that_is_the_patron_s_until_it_is_ended() {
    let app = TestApp::start().await;
    let pete = json!([1, "Pete", "Dymond", "BUFFALOBILL1", "user"]);
    let begun = log_in(&app, "pete", " DYMOND ", "BUFFALOBILL1", json!({}));
    assert_eq!((begun.status, &begun.json()["patron"]), (201, &json!([pete])));
    let token = token(&begun);
    let other = self::token(&log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({})));
    assert_ne!(token, other, "each login has its own");
    assert_eq!(who(&app, &token), json!([pete]));
    assert_eq!(end(&app, &token), 1);
    assert_eq!((end(&app, &token), who(&app, &token)), (0, Value::Null));
    assert_eq!(who(&app, &other), json!([pete]));

    for wrong in ["", "x", &token.to_lowercase(), &format!("{other} "), &other[1..]] {
        assert_eq!(who(&app, wrong), Value::Null, "{wrong}");
    }
    let reset = app.send_json("POST", "/patdb/sessions/reset", &json!({"reset": {}}));
    assert_eq!((reset.both(), who(&app, &other)), ((201, json!({"ended": 1})), Value::Null));
}

#[tokio::test]
async fn only_hashes_of_tokens_and_addresses_are_kept() {
    let app = TestApp::start().await;
    let begun = log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({"address": "192.0.2.7"}));
    assert_eq!(wrong(&app, "DEADBEEF2222", "192.0.2.7").status, 200);
    let mut patrons = app.database.admin(Store::Patrons).await;
    let kept: Vec<(Vec<u8>, i64)> =
        patrons.query("SELECT tokenHash, patronId FROM sessions").await.unwrap();
    assert_eq!((kept.len(), kept[0].0.len(), kept[0].1), (1, 32, 1));
    assert_ne!(kept[0].0, token(&begun).as_bytes()[..32]);
    let subjects: Vec<Vec<u8>> = patrons.query("SELECT subject FROM attempts").await.unwrap();
    assert_eq!(subjects.len(), 2, "the card's and the address's");
    let log = app.log();
    for secret in [token(&begun).as_str(), "DEADBEEF2222", "192.0.2.7"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn every_cause_of_a_refusal_has_the_same_answer() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = |pin: Value| log_in(&app, "Marian", "Quillfeather", "INKANDPAPER7", pin);
    let answers = [
        log_in(&app, "Pete", "Dymond", "NOBODY-HAS-IT", json!({})),
        log_in(&app, "Pete", "Diamond", "BUFFALOBILL1", json!({})),
        log_in(&app, "", "", "BUFFALOBILL1", json!({})),
        log_in(&app, "Pete", "Dymond", "buffalobill1", json!({})),
        marian(json!({})),
        marian(json!({"pin": null})),
        marian(json!({"pin": ""})),
        marian(json!({"pin": "271829"})),
    ];
    for answer in &answers {
        assert_eq!(answer.both(), answers[0].both());
        assert_eq!((answer.status, &answer.json()["session"]), (200, &Value::Null));
    }
    assert_eq!(marian(json!({"pin": PIN})).status, 201);
    assert_eq!(marian(json!({})).status, 200, "the card alone opens nothing still");
    let patron = log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({"pin": "any"}));
    assert_eq!(patron.status, 201, "who needs no PIN may have typed one");
}

#[tokio::test]
async fn a_librarian_without_a_pin_in_the_database_gets_in_by_none() {
    let app = TestApp::start().await;
    for pin in ["", "000000", PIN] {
        let answer = log_in(&app, "Marian", "Quillfeather", "INKANDPAPER7", json!({"pin": pin}));
        assert_eq!(answer.status, 200, "{pin}");
    }
}

#[tokio::test]
async fn a_session_is_over_after_half_an_hour_without_use_or_eight_hours() {
    let app = TestApp::start().await;
    let token = token(&log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({})));
    let mut patrons = app.database.admin(Store::Patrons).await;
    for (begun, used, is_open) in
        [(29, 29, true), (60, 31, false), (7 * 60 + 59, 1, true), (8 * 60 + 1, 0, false)]
    {
        let old = format!(
            "UPDATE sessions SET begunAt = UTC_TIMESTAMP() - INTERVAL {begun} MINUTE, \
             usedAt = UTC_TIMESTAMP() - INTERVAL {used} MINUTE"
        );
        patrons.query_drop(old).await.unwrap();
        assert_eq!(!who(&app, &token).is_null(), is_open, "{begun} {used}");
    }
    // Its use is noted, at most once a minute, and doesn't make it any younger.
    for (used, noted) in [(20, 0), (0, 0)] {
        set_used(&mut patrons, used).await;
        assert!(!who(&app, &token).is_null());
        let ago: Option<i64> = patrons
            .query_first("SELECT TIMESTAMPDIFF(MINUTE, usedAt, UTC_TIMESTAMP()) FROM sessions")
            .await
            .unwrap();
        assert_eq!(ago, Some(noted), "used {used} minutes ago");
    }
}

async fn set_used(patrons: &mut Conn, minutes: u8) {
    let sql = format!(
        "UPDATE sessions SET begunAt = UTC_TIMESTAMP() - INTERVAL 7 HOUR, \
         usedAt = UTC_TIMESTAMP() - INTERVAL {minutes} MINUTE"
    );
    patrons.query_drop(sql).await.unwrap();
}

#[tokio::test]
async fn after_five_wrong_tries_a_card_has_to_wait_whether_it_exists_or_not() {
    let app = TestApp::start().await;
    for card in ["BUFFALOBILL1", "NOBODY-HAS-IT"] {
        for try_ in 1..=5 {
            assert_eq!(wrong(&app, card, "").status, 200, "{card} {try_}");
        }
        let refused = wrong(&app, card, "");
        assert_eq!((refused.status, &refused.json()["reason"]), (429, &json!("too_many_attempts")));
        let wait: u32 = refused.header("retry-after").parse().unwrap();
        assert!((880..=900).contains(&wait), "{wait}");
    }
    let right = || log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({}));
    assert_eq!(right().status, 429, "the right names don't help now");
    assert_eq!(log_in(&app, "Laine", "Scheidegger", "DEADBEEF2222", json!({})).status, 201);
    // The first slot is free again, and the right one among the tries after that ends the count.
    let mut patrons = app.database.admin(Store::Patrons).await;
    let later = "UPDATE attempts SET madeAt = madeAt - INTERVAL 15 MINUTE WHERE slot = 1";
    patrons.query_drop(later).await.unwrap();
    assert_eq!(right().status, 201);
    for _ in 1..=5 {
        assert_eq!(wrong(&app, "BUFFALOBILL1", "").status, 200);
    }
    assert_eq!(right().status, 429);
}

#[tokio::test]
async fn after_twenty_wrong_tries_an_address_has_to_wait() {
    let app = TestApp::start().await;
    for try_ in 1..=20 {
        assert_eq!(wrong(&app, &format!("CARD-{try_}"), "2001:db8::1").status, 200, "{try_}");
    }
    let here = |address: &str| {
        log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({"address": address})).status
    };
    assert_eq!(here("2001:db8::ffff:1"), 429, "the same network");
    assert_eq!(here("2001:db8:0:1::1"), 201, "another");
    assert_eq!(here("192.0.2.1"), 201);
    // What was refused was no try of the card's.
    for _ in 1..=5 {
        assert_eq!(wrong(&app, "BUFFALOBILL1", "2001:db8::1").status, 429);
    }
    assert_eq!(here("192.0.2.1"), 201);
    // Who has a card can't use it to go on guessing: a right login takes back only itself.
    for try_ in 1..=19 {
        assert_eq!(wrong(&app, &format!("MORE-{try_}"), "192.0.2.2").status, 200);
    }
    assert_eq!((here("192.0.2.2"), here("192.0.2.2")), (201, 201));
    assert_eq!(wrong(&app, "MORE-20", "192.0.2.2").status, 200);
    assert_eq!(here("192.0.2.2"), 429);
}

#[tokio::test]
async fn of_forty_guesses_at_once_five_are_looked_at() {
    let app = TestApp::start().await;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> =
            (0..40).map(|_| scope.spawn(|| wrong(&app, "BUFFALOBILL1", "").status)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
}

fn log_in(client: &Client, first: &str, last: &str, number: &str, more: Value) -> Answer {
    let mut login = json!({"first_name": first, "last_name": last, "number": number});
    for (key, value) in more.as_object().unwrap() {
        login[key] = value.clone();
    }
    client.send_json("POST", "/patdb/sessions", &json!({"login": login}))
}

/// A try with the wrong names, from `address` if it is one.
fn wrong(client: &Client, number: &str, address: &str) -> Answer {
    let more = if address.is_empty() { json!({}) } else { json!({"address": address}) };
    log_in(client, "No", "Body", number, more)
}

fn token(answer: &Answer) -> String {
    answer.json()["session"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

fn who(client: &Client, token: &str) -> Value {
    let answer = client.send_json("POST", "/patdb/sessions/use", &json!({"session": token}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["patron"].clone()
}

fn end(client: &Client, token: &str) -> u64 {
    let answer = client.send_json("DELETE", "/patdb/sessions", &json!({"session": token}));
    answer.json()["ended"].as_u64().unwrap()
}
