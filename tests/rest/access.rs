//! The token in front of the services.

use serde_json::json;
use tests::{TestApp, TestDatabase, borrow};

const TOKEN: &str = "s3cret-Token.with~signs/+=";

#[tokio::test]
async fn without_the_right_token_there_is_nothing_but_health() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("api_token", TOKEN)]);
    let lower = format!("Bearer {}", TOKEN.to_lowercase());
    let longer = format!("Bearer {TOKEN}x");
    let shorter = format!("Bearer {}", &TOKEN[1..]);
    let basic = format!("Basic {TOKEN}");
    let twice = format!("Bearer {TOKEN} {TOKEN}");
    for authorization in
        ["", "Bearer", "Bearer ", TOKEN, &lower, &longer, &shorter, &basic, &twice, "Bearer X"]
    {
        let client = app.with("authorization", authorization);
        let answer = client.get("/catdb");
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (401, &json!("Unauthorized")),
            "{authorization}"
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.body.contains(TOKEN), "{}", answer.body);
        assert_eq!(
            client.send_json("POST", "/borrow", &borrow(1, 1)).status,
            401,
            "{authorization}"
        );
    }
    // Nobody learns which paths there are, nor gets a body read.
    for (method, path) in [
        ("GET", "/catdb/nothing/here"),
        ("PUT", "/catdb"),
        ("GET", "/patdb/%FF"),
        ("GET", "/borrowdb?limit=0"),
        ("DELETE", "/borrowdb"),
        ("POST", "/borrowdb/renew"),
        ("POST", "/borrow/renew"),
        ("GET", "/borrow"),
        ("HEAD", "/patdb/1"),
        ("GET", "/catdb/healthz/more"),
        ("GET", "/patdb/test/healthz"),
        ("GET", "/catdb/title/healthz"),
    ] {
        assert_eq!(app.send(method, path).status, 401, "{method} {path}");
    }
    let large = vec![b' '; 70_000];
    assert_eq!(app.send_bytes("POST", "/borrow", &large).status, 401);
    for service in ["catdb", "patdb", "borrowdb", "borrow"] {
        assert_eq!(
            app.get(&format!("/{service}/healthz")).both(),
            (200, json!({"status": "ok"})),
            "{service}"
        );
        assert_eq!(app.send("HEAD", &format!("/{service}/healthz/")).status, 200, "{service}");
    }
    let client = app.with("authorization", format!("Bearer {TOKEN}"));
    assert!(client.get("/borrowdb").json()["transactions"].is_null(), "nothing was written");
}

#[tokio::test]
async fn with_the_token_everything_works_and_services_send_it_to_each_other() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("api_token", TOKEN)]);
    for scheme in ["Bearer", "bearer"] {
        let client = app.with("authorization", format!("{scheme} {TOKEN}"));
        assert_eq!(client.get("/catdb/1").status, 200, "{scheme}: its case is no matter");
    }
    let client = app.with("authorization", format!("Bearer {TOKEN}"));
    assert_eq!(client.get("/patdb/1").status, 200);
    assert_eq!(client.get("/catdb/nothing").status, 404);
    assert_eq!(client.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    assert_eq!(client.send_json("POST", "/borrow/renew", &borrow(1, 1)).status, 201);
    assert_eq!(
        client.send_json("DELETE", "/borrow", &borrow(1, 1)).json(),
        json!({"transaction": true})
    );
    assert_eq!(app.get("/").status, 200, "pages are for browsers and have no token");
    assert!(app.get("/").body.contains("Wild Kindred"));
    assert!(!app.log().contains(TOKEN));
}
