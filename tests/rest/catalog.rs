//! The reads of the catalog service, with valid and invalid input.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, TestApp, begins_with};

#[tokio::test]
async fn every_book_comes_as_a_row_in_the_contract_s_order() {
    let app = TestApp::start().await;
    let answer = app.get("/catdb");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let books = answer.json()["books"].as_array().unwrap().clone();
    assert_eq!(books.len(), 20);
    let cover = "https://www.gutenberg.org/cache/epub/60669/pg60669.cover.medium.jpg";
    let first = json!([1, "Around the Wicket Gate", "Spurgeon, C. H.", 2, cover]);
    assert!(begins_with(&books[0], &first), "{}", books[0]);
    assert_eq!(ids(&answer), (1..=20).collect::<Vec<_>>());
    assert_eq!(app.get("/catdb/").body, answer.body, "a trailing slash is tolerated");
}

#[tokio::test]
async fn reads_follow_the_contract() {
    let app = TestApp::start().await;
    let found: &[(&str, &[i64])] = &[
        ("/catdb/author/Piper", &[15]),
        ("/catdb/author/piper,%20h.%20beam", &[15]),
        ("/catdb/author/Thom", &[2, 19]),
        ("/catdb/author/thom/", &[2, 19]),
        ("/catdb/title/the%20i", &[4, 12, 13]),
        ("/catdb/title/Ships%20%26%20Ways", &[5]),
        ("/catdb/title/Florida%27s", &[7]),
        ("/catdb/title/Florida's", &[7]),
        ("/catdb?q=invention", &[11, 12]),
        ("/catdb?q=Invention+of", &[11, 12]),
        ("/catdb?q=anna", &[8]),
        ("/catdb?q=nothing%20has%20this", &[]),
        ("/catdb?q=&unknown=ignored", &(1..=20).collect::<Vec<_>>()),
        ("/catdb?after=18", &[19, 20]),
        ("/catdb?after=20", &[]),
    ];
    for (path, expected) in found {
        let answer = app.get(path);
        assert_eq!((answer.status, ids(&answer).as_slice()), (200, *expected), "{path}");
    }

    let one = app.get("/catdb/7").json();
    assert_eq!(one["book"].as_array().unwrap().len(), 1);
    assert_eq!(one["book"][0][1], "St. Augustine, Florida's Colonial Capital");
    assert_eq!(app.get("/catdb/7/").json(), one);
    assert_eq!(app.get("//catdb//7").json(), one, "repeated slashes count as one");
    assert_eq!(app.get("/catdb/healthz").json(), json!({"status": "ok"}));
}

#[tokio::test]
async fn a_missing_book_or_path_is_a_404_that_names_it() {
    let app = TestApp::start().await;
    let long = "a".repeat(5000);
    let over_long = format!("/catdb/title/{long}");
    for path in [
        "/catdb/21",
        "/catdb/0",
        "/catdb/-1",
        "/catdb/+1",
        "/catdb/007x",
        "/catdb/1.0",
        "/catdb/abc",
        "/catdb/9223372036854775807",
        "/catdb/9223372036854775808",
        "/catdb/99999999999999999999999999",
        "/catdb/author",
        "/catdb/author/",
        "/catdb/author/Nobody",
        "/catdb/author/a/b",
        "/catdb/title/Nothing",
        "/catdb/title/%25",
        "/catdb/title/_",
        "/catdb/title/%5C",
        "/catdb/title/%27%20OR%201=1%20--%20",
        "/catdb/title/%22%3B%20DROP%20TABLE%20books",
        "/catdb/title/%00",
        "/catdb/title/%F0%9F%93%9A",
        "/catdb/title/%zz",
        "/catdb/title/a%2Fb",
        "/catdb/1/copies",
        "/catdb/%E2%80%AE",
        &over_long,
    ] {
        let answer = app.get(path);
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]), (404, &json!("Not found")), "{path}");
        assert!(!body["detail"].as_str().unwrap().is_empty(), "{path}");
        assert_no_secret(&answer);
    }
}

#[tokio::test]
async fn a_search_matches_every_character_literally() {
    let app = TestApp::start().await;
    let mut catalog = app.database.admin(Store::Catalog).await;
    for title in ["100% Proof", "snake_case", r"back\slash", "Zoë's Träume", "本の虫", "📚 Stack"]
    {
        let insert =
            "INSERT INTO books (title, author, count, thumbnailUrl) VALUES (?, 'Odd', 1, '')";
        catalog.exec_drop(insert, (title,)).await.unwrap();
    }
    for (text, title) in [
        ("%25", "100% Proof"),
        ("_", "snake_case"),
        ("%5C", r"back\slash"),
        ("zo%C3%AB%27s", "Zoë's Träume"),
        ("%E6%9C%AC", "本の虫"),
        ("%F0%9F%93%9A", "📚 Stack"),
    ] {
        for path in [format!("/catdb/title/{text}"), format!("/catdb?q={text}")] {
            let answer = app.get(&path);
            let found = answer.json()["books"].clone();
            assert_eq!(
                (answer.status, &found[0][1], found[1].is_null()),
                (200, &json!(title), true),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_list_can_be_read_in_pages() {
    let app = TestApp::start().await;
    let mut seen = Vec::new();
    let mut after = json!(0);
    loop {
        let answer = app.get(&format!("/catdb?limit=7&after={after}"));
        seen.push(ids(&answer));
        after = answer.json()["next"].clone();
        if after.is_null() {
            break;
        }
    }
    let sizes: Vec<usize> = seen.iter().map(Vec::len).collect();
    assert_eq!(sizes, [7, 7, 6]);
    assert_eq!(seen.concat(), (1..=20).collect::<Vec<_>>());

    let exact = app.get("/catdb?limit=20").json();
    assert_eq!(exact["next"], Value::Null, "no page follows a full last one");
    let searched = app.get("/catdb?q=the&limit=2").json();
    assert_eq!(searched["books"].as_array().unwrap().len(), 2);
    assert_eq!(searched["next"], searched["books"][1][0]);
}

#[tokio::test]
async fn an_invalid_parameter_is_named() {
    let app = TestApp::start().await;
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("after=x", "after"),
        ("after=-1", "after"),
        ("q=%FF", "q"),
    ] {
        let answer = app.get(&format!("/catdb?{query}"));
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]), (400, &json!("Bad Request")), "{query}");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains(name), "{query}: {detail}");
    }
    let answer = app.get("/catdb/title/%FF%FE");
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("Bad Request")));
}

#[tokio::test]
async fn other_methods_are_not_found_and_head_is_a_get_without_its_body() {
    let app = TestApp::start().await;
    for path in ["/catdb", "/catdb/7", "/catdb/author/Piper", "/catdb/healthz", "/catdb/nothing"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let answer = app.send(method, path);
            let error = answer.json()["error"].clone();
            assert_eq!((answer.status, error), (404, json!("Not found")), "{method} {path}");
        }
        let (head, get) = (app.send("HEAD", path), app.get(path));
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_database_password_is_503_and_only_the_log_has_the_cause() {
    let database = tests::TestDatabase::loaded().await;
    let app = TestApp::start_on(database, &[("catalog_db_password", "not-the-password")]);
    for path in ["/catdb", "/catdb/healthz"] {
        let answer = app.get(path);
        assert_eq!((answer.status, &answer.json()["error"]), (503, &json!("Service Unavailable")));
        assert_ne!(answer.header("retry-after"), "");
        assert_no_secret(&answer);
    }
    let log = app.log();
    assert!(log.contains("Access denied"), "{log}");
    assert!(!log.contains("not-the-password"), "{log}");
}

/// The query fails after its first row: the answer must be the error, and not a shorter list.
#[tokio::test]
async fn an_error_between_two_rows_fails_the_whole_request() {
    let app = TestApp::start().await;
    let mut session = app.database.admin(Store::Catalog).await;
    // The message has a word that `assert_no_secret` searches for.
    let failing_at = |row: i64, error: u16, state: &str| {
        format!(
            "CREATE FUNCTION fails(id INT) RETURNS INT DETERMINISTIC NO SQL BEGIN IF id = {row} THEN \
             SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {error}, MESSAGE_TEXT = 'row {row} of catalogdb'; \
             END IF; RETURN id; END"
        )
    };
    // No row has this id.
    session.query_drop(failing_at(0, 1, "HY000")).await.unwrap();
    session.query_drop("RENAME TABLE books TO rows_of_books").await.unwrap();
    // The server calls the function when it sends the row, because none of the requests sorts by title.
    let title = "IF(fails(id) > 0, title, title) AS title";
    let columns = "author, count, thumbnailUrl, searchText, withdrawn, changedWith, addedAt";
    let view = format!("CREATE VIEW books AS SELECT id, {title}, {columns} FROM rows_of_books");
    session.query_drop(view).await.unwrap();
    for path in ["/catdb", "/catdb?limit=20", "/"] {
        assert_eq!(app.get(path).status, 200, "{path}");
    }
    for (error, state, status) in
        [(1213, "40001", 503), (1317, "70100", 503), (1690, "22003", 500), (1242, "21000", 500)]
    {
        session.query_drop("DROP FUNCTION fails").await.unwrap();
        session.query_drop(failing_at(10, error, state)).await.unwrap();
        // For a page, a service that fails is unavailable.
        for (path, expected) in [("/catdb", status), ("/catdb?limit=20", status), ("/", 503)] {
            let answer = app.get(path);
            assert_eq!(answer.status, expected, "{error} {path}: {}", answer.body);
            assert_eq!(answer.header("retry-after").is_empty(), expected == 500, "{error} {path}");
            // The first rows in either direction.
            for title in
                ["Around the Wicket Gate", "Humorous Readings and Recitations, in Prose and Verse"]
            {
                assert!(!answer.body.contains(title), "{error} {path}: {}", answer.body);
            }
            assert_no_secret(&answer);
        }
    }
    assert_eq!(app.get("/catdb/7").status, 200, "another row has no error");
}

fn ids(answer: &Answer) -> Vec<i64> {
    let body = answer.json();
    let books = body["books"].as_array().unwrap_or_else(|| panic!("no books: {body}"));
    books.iter().map(|book| book[0].as_i64().unwrap()).collect()
}

/// Checks that an answer reveals no internals.
fn assert_no_secret(answer: &Answer) {
    for secret in ["mysql:", "SELECT", "catalogdb", "password", "Server(", "Io("] {
        assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
    }
}
