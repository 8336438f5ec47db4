//! The reads of the patrons service, with valid and invalid input.

use library_db::Store;
use mysql_async::prelude::Queryable;
use serde_json::{Value, json};
use tests::{Answer, TestApp};

#[tokio::test]
async fn every_patron_comes_as_a_row_in_the_contract_s_order() {
    let app = TestApp::start().await;
    let answer = app.get("/patdb");
    assert_eq!(ids(&answer), (1..=7).collect::<Vec<_>>());
    let pete = json!([1, "Pete", "Dymond", "BUFFALOBILL1", "user"]);
    assert_eq!(answer.json()["patrons"][0], pete);
    assert_eq!(answer.json()["patrons"][6][4], "librarian");
    assert!(answer.json().get("next").is_none(), "only pages have a next one");
    assert_eq!(app.get("/patdb/").body, answer.body, "a trailing slash is tolerated");

    assert_eq!(app.get("/patdb/1").both(), (200, json!({"patron": [pete]})));
    let without_number = json!({"patron": [[1, "Pete", "Dymond", "user"]]});
    assert_eq!(app.get("/patdb/pnum/BUFFALOBILL1").both(), (200, without_number));
    assert_eq!(app.get("/patdb/healthz").both(), (200, json!({"status": "ok"})));
}

#[tokio::test]
async fn a_name_is_found_by_any_part_ignoring_case() {
    let app = TestApp::start().await;
    let found: &[(&str, &[i64])] = &[
        ("/patdb/key/Pete", &[1]),
        ("/patdb/key/pETE/", &[1]),
        ("/patdb/key/mond", &[1]),
        ("/patdb/key/an", &[6, 7]),
        ("/patdb/key/an?limit=1", &[6]),
        ("/patdb/key/an?limit=1&after=6", &[7]),
        ("/patdb/key/K%6Fffler", &[3]),
        ("/patdb?after=5", &[6, 7]),
        ("/patdb?after=7", &[]),
        ("/patdb?limit=2&after=1", &[2, 3]),
    ];
    for (path, expected) in found {
        let answer = app.get(path);
        assert_eq!((answer.status, ids(&answer).as_slice()), (200, *expected), "{path}");
    }
    for path in [
        "/patdb/key/Nobody",
        "/patdb/key/Pete%20Dymond",
        "/patdb/key/BUFFALOBILL1",
        "/patdb/key/user",
        "/patdb/key/%25",
        "/patdb/key/_",
        "/patdb/key/%5C",
        "/patdb/key/%27%20OR%20%27%27=%27",
        "/patdb/key/%00",
        "/patdb/key/a%2Fb",
        "/patdb/key/%F0%9F%93%9A",
        "/patdb/key",
        "/patdb/key/",
        "/patdb/key/a/b",
        "/patdb/key/an?after=7",
    ] {
        assert_not_found(&app.get(path), path);
    }
}

#[tokio::test]
async fn a_card_number_matches_exactly() {
    let app = TestApp::start().await;
    let long = format!("/patdb/pnum/{}", "9".repeat(3000));
    for path in [
        "/patdb/pnum/buffalobill1",
        "/patdb/pnum/BUFFALOBILL",
        "/patdb/pnum/BUFFALOBILL1%20",
        "/patdb/pnum/%20BUFFALOBILL1",
        "/patdb/pnum/BUFFALOBILL1%00",
        "/patdb/pnum/BUFFALOBILL_",
        "/patdb/pnum/%25",
        "/patdb/pnum/%27%20OR%201=1%20--%20",
        "/patdb/pnum/%C3%84",
        "/patdb/pnum",
        "/patdb/pnum/",
        "/patdb/pnum/a/b",
        &long,
    ] {
        assert_not_found(&app.get(path), path);
    }
}

#[tokio::test]
async fn a_number_is_tested_against_the_names_of_its_patron() {
    let app = TestApp::start().await;
    let mut patrons = app.database.admin(Store::Patrons).await;
    for (first, last, number) in [
        ("Mary_Ann", "van_Dyke", "UNDER1"),
        ("Zoë", "O'Neill", "Äpfel-7"),
        ("李", "小龍", "功夫"),
        ("100%", "Back\\slash", "a%b"),
        ("Αθηνά", "ΣΟΦΊΑ", "GREEK1"),
    ] {
        let insert =
            "INSERT INTO patrons (firstName, lastName, patronNum, role) VALUES (?, ?, ?, 'user')";
        patrons.exec_drop(insert, (first, last, number)).await.unwrap();
    }
    for (person, belongs) in [
        ("Pete_Dymond_BUFFALOBILL1", true),
        ("pete_DYMOND_BUFFALOBILL1", true),
        ("Pete_Dymond_BUFFALOBILL1/", true),
        ("Pete_Dymond_buffalobill1", false),
        ("Pete_Dymond_DEADBEEF2222", false),
        ("Laine_Dymond_BUFFALOBILL1", false),
        ("Dymond_Pete_BUFFALOBILL1", false),
        ("Pete_Dymond_BUFFALOBILL1%20", false),
        ("Pete_Dymond%20_BUFFALOBILL1", false),
        ("Pete__Dymond_BUFFALOBILL1", false),
        ("Pet%25_Dymond_BUFFALOBILL1", false),
        ("Pete_Dymond_%25", false),
        ("Pete_Dymond_", false),
        ("__BUFFALOBILL1", false),
        ("Mary_Ann_van_Dyke_UNDER1", true),
        ("mary_ann_VAN_dyke_UNDER1", true),
        ("Mary_Ann_Dyke_UNDER1", false),
        ("zO%C3%8B_o%27neill_%C3%84pfel-7", true),
        ("Zo%C3%AB_O'Neill_%C3%84pfel-7", true),
        ("Zoe_O'Neill_%C3%84pfel-7", false),
        ("Zo%C3%AB_O'Neill_%C3%A4pfel-7", false),
        ("%E6%9D%8E_%E5%B0%8F%E9%BE%8D_%E5%8A%9F%E5%A4%AB", true),
        ("100%25_Back%5Cslash_a%25b", true),
        ("100%25_Back%5Cslash_a_b", false),
        ("%CE%B1%CE%B8%CE%B7%CE%BD%CE%AC_%CF%83%CE%BF%CF%86%CE%AF%CE%B1_GREEK1", true),
        ("a%00_b_c", false),
    ] {
        let answer = app.get(&format!("/patdb/test/{person}"));
        assert_eq!(answer.both(), (200, json!({"patron": belongs})), "{person}");
    }
    for person in ["Pete", "Pete_BUFFALOBILL1", "_", "a", "%00", "%FF_a_b"] {
        let answer = app.get(&format!("/patdb/test/{person}"));
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (400, &json!("Bad Request")),
            "{person}"
        );
    }
    assert_not_found(&app.get("/patdb/test"), "/patdb/test");
    assert_not_found(&app.get("/patdb/test/a_b_c/d"), "/patdb/test/a_b_c/d");

    for text in ["zo%C3%AB", "ZOE", "o'n", "O%27N"] {
        let odd = app.get(&format!("/patdb/key/{text}")).json();
        assert_eq!(odd["patrons"][0][1], "Zoë", "{text}: a search takes accents easily too");
    }
    assert_eq!(app.get("/patdb/pnum/%E5%8A%9F%E5%A4%AB").json()["patron"][0][1], "李");
    assert_eq!(app.get("/patdb/key/_").json()["patrons"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/patdb/key/%25").json()["patrons"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_missing_patron_or_path_is_a_404_and_an_invalid_parameter_a_400() {
    let app = TestApp::start().await;
    for path in [
        "/patdb/8",
        "/patdb/0",
        "/patdb/-1",
        "/patdb/1.0",
        "/patdb/abc",
        "/patdb/9223372036854775807",
        "/patdb/9223372036854775808",
        "/patdb/%D9%A1",
        "/patdb/1/role",
    ] {
        assert_not_found(&app.get(path), path);
    }
    for (query, name) in
        [("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after=-1", "after")]
    {
        for path in ["/patdb", "/patdb/key/an"] {
            let answer = app.get(&format!("{path}?{query}"));
            assert_eq!(answer.status, 400, "{path}?{query}");
            assert!(answer.detail().contains(name), "{query}: {}", answer.body);
        }
    }
    for path in ["/patdb/%FF", "/patdb/pnum/%FF", "/patdb/key/%C3"] {
        assert_eq!(app.get(path).status, 400, "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_not_found_and_head_is_a_get_without_its_body() {
    let app = TestApp::start().await;
    for path in ["/patdb", "/patdb/1", "/patdb/pnum/BUFFALOBILL1", "/patdb/test/a_b_c"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            assert_not_found(&app.send(method, path), &format!("{method} {path}"));
        }
        let (head, get) = (app.send("HEAD", path), app.get(path));
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn patrons_can_be_read_in_pages() {
    let app = TestApp::start().await;
    let (mut seen, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let page = app.get(&format!("/patdb?limit=3&after={after}"));
        seen.push(ids(&page));
        after = page.json()["next"].clone();
    }
    assert_eq!(seen, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(app.get("/patdb?limit=7").json()["next"], Value::Null);
    assert_eq!(app.get("/patdb/key/an?limit=1").json()["next"], 6);
}

fn ids(answer: &Answer) -> Vec<i64> {
    let body = answer.json();
    let rows = body["patrons"].as_array().unwrap_or_else(|| panic!("no patrons: {body}"));
    rows.iter().map(|row| row[0].as_i64().unwrap()).collect()
}

fn assert_not_found(answer: &Answer, what: &str) {
    assert_eq!((answer.status, &answer.json()["error"]), (404, &json!("Not found")), "{what}");
    assert!(!answer.body.contains("SELECT") && !answer.body.contains("mysql"), "{}", answer.body);
}
