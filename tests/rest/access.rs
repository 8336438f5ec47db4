//! The services' API token. The suite `access` tests the requests that are refused without it.

use library_db::Store;
use serde_json::json;
use tests::{TestApp, TestDatabase, borrow};

#[tokio::test]
async fn every_variable_may_end_with_the_line_break_of_a_file() {
    let database = TestDatabase::loaded().await;
    let passwords = Store::ALL.map(|store| {
        let name = format!("{}_db_password", store.service());
        (name, format!("{}\n", database.library.passwords.of(store)))
    });
    let mut variables: Vec<(&str, &str)> =
        passwords.iter().map(|(name, password)| (&**name, &**password)).collect();
    let token = format!("{TOKEN}\r\n");
    variables.extend([
        ("api_token", token.as_str()),
        ("loan_limit", "4\n"),
        ("login_attempts_per_card", "5\n"),
        ("login_attempts_per_address", "20\r\n"),
        ("demo_mode", "false\n"),
        ("show_work", "false\n"),
        ("secure_cookies", "false\n"),
        ("client_address_header", "x-forwarded-for\n"),
    ]);
    let app = TestApp::start_on(database, &variables);
    let client = app.with("authorization", format!("Bearer {TOKEN}"));
    for path in ["/borrow/healthz", "/patdb/healthz", "/healthz"] {
        assert_eq!(client.get(path).status, 200, "{path}: {}", client.get(path).body);
    }
    assert_eq!(client.send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
}

#[tokio::test]
async fn health_of_the_pages_tells_a_wrong_address_and_an_invalid_variable() {
    let database = std::sync::Arc::new(TestDatabase::loaded().await);
    for (name, value, detail) in [
        ("lending_url", "http://127.0.0.1:9", "the lending service is unavailable"),
        ("catalog_url", "http://127.0.0.1:9", "catalog"),
        ("client_address_header", "x forwarded for", "`client_address_header`"),
        ("request_id_header", "x-request", "`request_id_header`"),
    ] {
        let app = TestApp::start_on(database.clone(), &[(name, value)]);
        let health = app.get("/healthz");
        assert_eq!(health.status, 503, "{name}: {}", health.body);
        assert!(health.detail().contains(detail), "{name}: {}", health.body);
        if name == "lending_url" {
            assert_eq!(app.get("/borrow/healthz").status, 200, "lending itself is healthy");
        }
    }
}

const TOKEN: &str = "s3cret-Token.with~signs/+=";

#[tokio::test]
async fn with_the_token_everything_works_and_services_send_it_to_each_other() {
    let app = TestApp::start_on(TestDatabase::loaded().await, &[("api_token", TOKEN)]);
    for scheme in ["Bearer", "bearer"] {
        let client = app.with("authorization", format!("{scheme} {TOKEN}"));
        assert_eq!(client.get("/catdb/1").status, 200, "{scheme}: the scheme ignores case");
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
