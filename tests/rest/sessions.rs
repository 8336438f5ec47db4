//! Sessions: their start and end, and the limits of failed logins.

use library_db::Store;
use mysql_async::{Conn, prelude::Queryable};
use serde_json::{Value, json};
use tests::{Answer, Client, PIN, TestApp, TestDatabase};

#[tokio::test]
async fn a_login_starts_a_session_of_the_patron_until_logout() {
    let app = TestApp::start().await;
    let pete = json!([1, "Pete", "Dymond", "BUFFALOBILL1", "user"]);
    let begun = log_in(&app, "pete", " DYMOND ", "BUFFALOBILL1", json!({}));
    assert_eq!((begun.status, &begun.json()["patron"]), (201, &json!([pete])));
    let token = token(&begun);
    let other = self::token(&log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({})));
    assert_ne!(token, other, "each login has its own token");
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
    assert_eq!(subjects.len(), 2, "the card and the address");
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
    assert_eq!(marian(json!({})).status, 200, "the card alone is still not enough");
    let patron = log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({"pin": "any"}));
    assert_eq!(patron.status, 201, "an unnecessary PIN is ignored");
}

#[tokio::test]
async fn a_librarian_without_a_stored_pin_cannot_log_in() {
    let app = TestApp::start().await;
    for pin in ["", "000000", PIN] {
        let answer = log_in(&app, "Marian", "Quillfeather", "INKANDPAPER7", json!({"pin": pin}));
        assert_eq!(answer.status, 200, "{pin}");
    }
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_use_or_eight_hours() {
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
    // Its use is recorded at most once a minute, and does not extend the eight hours.
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
async fn after_five_failed_attempts_a_card_has_to_wait_whether_it_exists_or_not() {
    let app = TestApp::start().await;
    for card in ["BUFFALOBILL1", "NOBODY-HAS-IT"] {
        for attempt in 1..=5 {
            assert_eq!(wrong(&app, card, "").status, 200, "{card} {attempt}");
        }
        let refused = wrong(&app, card, "");
        assert_eq!((refused.status, &refused.json()["reason"]), (429, &json!("too_many_attempts")));
        assert_eq!(refused.json()["limit"], "card");
        let wait: u32 = refused.header("retry-after").parse().unwrap();
        assert!((880..=900).contains(&wait), "{wait}");
    }
    let right = || log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({}));
    assert_eq!(right().status, 429, "now even the right names are refused");
    assert_eq!(log_in(&app, "Laine", "Scheidegger", "DEADBEEF2222", json!({})).status, 201);
    // The first slot is free again, and a successful login clears the failed attempts.
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
async fn after_twenty_failed_attempts_an_address_has_to_wait() {
    let app = TestApp::start().await;
    for attempt in 1..=20 {
        assert_eq!(wrong(&app, &format!("CARD-{attempt}"), "2001:db8::1").status, 200, "{attempt}");
    }
    let here = |address: &str| {
        log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({"address": address})).status
    };
    assert_eq!(here("2001:db8::ffff:1"), 429, "the same network");
    assert_eq!(wrong(&app, "CARD-21", "2001:db8::2").json()["limit"], "address");
    assert_eq!(here("2001:db8:0:1::1"), 201, "another");
    assert_eq!(here("192.0.2.1"), 201);
    // An attempt that is refused because of its address does not count for the card.
    for _ in 1..=5 {
        assert_eq!(wrong(&app, "BUFFALOBILL1", "2001:db8::1").status, 429);
    }
    assert_eq!(here("192.0.2.1"), 201);
    // A successful login does not clear the address's attempts, so that the holder of one card can't continue to guess
    // others.
    for attempt in 1..=19 {
        assert_eq!(wrong(&app, &format!("MORE-{attempt}"), "192.0.2.2").status, 200);
    }
    assert_eq!((here("192.0.2.2"), here("192.0.2.2")), (201, 201));
    assert_eq!(wrong(&app, "MORE-20", "192.0.2.2").status, 200);
    assert_eq!(here("192.0.2.2"), 429);
}

#[tokio::test]
async fn of_forty_concurrent_guesses_five_are_checked() {
    let app = TestApp::start().await;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> =
            (0..40).map(|_| scope.spawn(|| wrong(&app, "BUFFALOBILL1", "").status)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn concurrent_successful_logins_do_not_count_as_failed() {
    let app = TestApp::start().await;
    let cards = [
        ("Pete", "Dymond", "BUFFALOBILL1"),
        ("Laine", "Scheidegger", "DEADBEEF2222"),
        ("Reid", "Koffler", "BUMBLEBEE333"),
        ("Wilfred", "Hatter", "SKYWALKER444"),
    ];
    // Like a class: many logins from one address, and several with one card.
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let app = &app;
        let logins: Vec<_> = (0..40)
            .map(|login| {
                let (first, last, number) = cards[login % cards.len()];
                let from = json!({"address": "192.0.2.9"});
                scope.spawn(move || log_in(app, first, last, number, from).status)
            })
            .collect();
        logins.into_iter().map(|login| login.join().unwrap()).collect()
    });
    assert_eq!(statuses, [201; 40]);
    let mut patrons = app.database.admin(Store::Patrons).await;
    let left: Option<i64> = patrons.query_first("SELECT COUNT(*) FROM attempts").await.unwrap();
    assert_eq!(left, Some(0));
}

#[tokio::test]
async fn concurrent_guesses_get_no_more_attempts_than_sequential_ones() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let guesses: Vec<(u16, bool)> = std::thread::scope(|scope| {
        let app = &app;
        let guess = move |number: usize| {
            // The last one is right, but the card is already refused.
            let pin = if number == 29 { PIN.to_owned() } else { format!("{number:06}") };
            std::thread::sleep(std::time::Duration::from_millis(if number == 29 {
                900
            } else {
                0
            }));
            let more = json!({"pin": pin});
            let answer = log_in(app, "Marian", "Quillfeather", "INKANDPAPER7", more);
            (answer.status, number == 29)
        };
        let guesses: Vec<_> = (0..30).map(|number| scope.spawn(move || guess(number))).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let checked = guesses.iter().filter(|(status, _)| [200, 201].contains(status)).count();
    assert_eq!(checked, 5, "{guesses:?}");
}

#[tokio::test]
async fn an_aborted_attempt_frees_its_slot() {
    let app = TestApp::start().await;
    let mut patrons = app.database.admin(Store::Patrons).await;
    for slot in 1..=5 {
        let cut_off = "INSERT INTO attempts (subject, slot, madeAt, claim) \
            VALUES (UNHEX(SHA2('card buffalobill1', 256)), ?, UTC_TIMESTAMP() - INTERVAL 11 SECOND, 'x')";
        patrons.exec_drop(cut_off, (slot,)).await.unwrap();
    }
    assert_eq!(log_in(&app, "Pete", "Dymond", "BUFFALOBILL1", json!({})).status, 201);
}

#[tokio::test]
async fn the_case_of_a_card_number_is_ignored_unless_two_differ_only_by_it() {
    let app = TestApp::start().await;
    for number in ["buffalobill1", "BuffaloBill1", " BUFFALOBILL1 "] {
        assert_eq!(log_in(&app, "Pete", "Dymond", number, json!({})).status, 201, "{number}");
    }
    // As phones and word processors write it.
    for number in ["ＢＵＦＦＡＬＯＢＩＬＬ１", "ｂuffalobill１"] {
        assert_eq!(log_in(&app, "Pete", "Dymond", number, json!({})).status, 201, "{number}");
    }
    // Attempts count for the card, regardless of the number's case and spelling.
    for number in ["deadbeef2222", "Deadbeef2222", "ｄEADBEEF2222", "DEADbeef２222", "DEADBEEF2222"]
    {
        assert_eq!(wrong(&app, number, "").status, 200, "{number}");
    }
    assert_eq!(wrong(&app, "deadBEEF2222", "").status, 429);

    for (last, number) in [("Lower", "abcde-1"), ("Upper", "ABCDE-1")] {
        let patron = json!({"first_name": "Case", "last_name": last, "number": number});
        let added = app.send_json("POST", "/patdb/patrons", &json!({"patron": patron}));
        assert_eq!(added.status, 201);
    }
    for (last, number, status) in [
        ("Lower", "abcde-1", 201),
        ("Lower", "abcde\u{2011}1", 201),
        ("Upper", "ＡＢＣＤＥ\u{2013}１", 201),
        ("Upper", "ABCDE-1", 201),
        ("Lower", "ABCDE-1", 200),
        ("Lower", "Abcde-1", 200),
        ("Upper", "Abcde-1", 200),
    ] {
        assert_eq!(log_in(&app, "Case", last, number, json!({})).status, status, "{last} {number}");
    }
}

#[tokio::test]
async fn names_are_accepted_as_people_type_them() {
    let app = TestApp::start().await;
    for (first, last, number) in [
        ("Siobhán", "O'Malley", "NAME-1"),
        ("Jörg", "Groß", "NAME-2"),
        ("İpek", "Şahin", "NAME-3"),
        ("Anne-Marie", "de la Cruz", "NAME-4"),
        ("Madonna", "", "NAME-5"),
        ("", "Björk", "NAME-6"),
    ] {
        let patron = json!({"first_name": first, "last_name": last, "number": number});
        let added = app.send_json("POST", "/patdb/patrons", &json!({"patron": patron}));
        assert_eq!(added.status, 201, "{}", added.body);
    }
    for (first, last, number) in [
        ("siobhán", "O\u{2019}MALLEY", "NAME-1"),
        ("Siobha\u{301}n", "o\u{2bc}malley", "NAME-1"),
        ("JÖRG", "GROSS", "NAME-2"),
        ("Jo\u{308}rg", "groß", "NAME-2"),
        ("ipek", "şahin", "NAME-3"),
        ("İPEK", "ŞAHİN", "NAME-3"),
        ("Anne\u{2011}Marie", "de  la\u{a0}Cruz", "NAME-4"),
        ("Ａｎｎｅ－Ｍａｒｉｅ", "De La Cruz", "NAME-4"),
        ("Madonna", "", "NAME-5"),
        ("", "madonna", "NAME-5"),
        ("björk", "", "name-6"),
    ] {
        let answer = log_in(&app, first, last, number, json!({}));
        assert_eq!(answer.status, 201, "{first} {last}: {}", answer.body);
    }
    for (first, last, number) in [
        ("Siobhan", "O'Malley", "NAME-1"),
        ("Anne", "Marie de la Cruz", "NAME-4"),
        ("", "", "NAME-5"),
    ] {
        assert_eq!(log_in(&app, first, last, number, json!({})).status, 200, "{first} {last}");
    }
}

#[tokio::test]
async fn the_limits_of_failed_attempts_are_variables() {
    let limits = [
        ("login_attempts_per_card", "2"),
        ("login_attempts_per_address", "3"),
        ("demo_mode", "true"),
    ];
    let app = TestApp::start_on(TestDatabase::loaded().await, &limits);
    for status in [200, 200, 429] {
        assert_eq!(wrong(&app, "CARD-1", "").status, status);
    }
    for (number, status) in [("A-1", 200), ("A-2", 200), ("A-3", 200), ("A-4", 429)] {
        assert_eq!(wrong(&app, number, "192.0.2.7").status, status, "{number}");
    }
    // A class that shares a demo machine: attempts count only for the card.
    for number in 1..=5 {
        assert_eq!(wrong(&app, &format!("B-{number}"), "127.0.0.1").status, 200);
    }
    let invalid = [("login_attempts_per_card", "0")];
    let app = TestApp::start_on(TestDatabase::loaded().await, &invalid);
    let health = app.get("/patdb/healthz");
    assert_eq!(health.status, 503);
    assert!(health.detail().contains("login_attempts_per_card"), "{}", health.body);
}

fn log_in(client: &Client, first: &str, last: &str, number: &str, more: Value) -> Answer {
    let mut login = json!({"first_name": first, "last_name": last, "number": number});
    for (key, value) in more.as_object().unwrap() {
        login[key] = value.clone();
    }
    client.send_json("POST", "/patdb/sessions", &json!({"login": login}))
}

/// A login with wrong names, from `address` if it is not empty.
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
