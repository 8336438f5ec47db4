//! What the service says before it has a database, and when the database is away; and what it makes of a row.

use http::header::RETRY_AFTER;
use spin_sdk::mysql::{DbValue, ParameterValue, RowSet};

use super::*;

/// A database with one patron, who is found whatever is asked; with none, it is away.
struct Fake(Option<[&'static str; 4]>);

impl Database for Fake {
    fn query(&self, _: &str, _: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        let texts = self.0.ok_or_else(lost)?.map(|text| DbValue::Str(text.into()));
        let row = [DbValue::Int64(5)].into_iter().chain(texts).collect();
        Ok(RowSet { columns: Vec::new(), rows: vec![row] })
    }
}

const ELODIE: Fake = Fake(Some(["Élodie", "de_la_Cruz", "HANSOLO55555", "user"]));

fn lost() -> DatabaseError {
    DatabaseError::Unreachable("Io(refused)".into())
}

fn ask(method: &str, target: &str, open: Result<Fake, DatabaseError>) -> (u16, String) {
    let body = Body::Whole(Vec::new());
    let request = Request::builder().method(method).uri(target).body(body).unwrap();
    let response = answer(&request, || open, || [7; 32]);
    let status = response.status().as_u16();
    assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503, "{target}");
    (status, String::from_utf8(response.into_body()).unwrap())
}

#[test]
fn every_route_that_needs_the_database_says_503_without_one() {
    for target in [
        "/patdb",
        "/patdb/?limit=20&after=7",
        "/patdb/5",
        "/patdb/pnum/HANSOLO55555",
        "/patdb/key/o%27?limit=1",
        "/patdb/test/Lorelei_Cowher_HANSOLO55555",
        "/patdb/healthz",
    ] {
        for open in [Ok(Fake(None)), Err(lost())] {
            assert_eq!(ask("GET", target, open).0, 503, "{target}");
        }
    }
}

#[test]
fn what_cannot_be_there_is_404_without_asking_the_database() {
    for target in ["/patdb/abc", "/patdb/0", "/patdb/-1", "/patdb/pnum", "/patdb/pnum/a/b", "/"] {
        let (status, body) = ask("GET", target, Err(lost()));
        assert_eq!(status, 404, "{target}");
        assert!(body.starts_with(r#"{"error":"Not found","detail":""#), "{body}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(ask(method, "/patdb", Err(lost())).0, 404, "{method}");
    }
    let (_, body) = ask("GET", &format!("/patdb/{}", "x".repeat(5000)), Err(lost()));
    assert!(body.len() < 200, "{body}");
}

#[test]
fn a_bad_query_or_card_is_400() {
    for target in [
        "/patdb?limit=0",
        "/patdb?after=x",
        "/patdb/key/a?limit=1001",
        "/patdb/test/Lorelei_HANSOLO55555",
        "/patdb/test/Lorelei",
        "/patdb/key/%ff",
    ] {
        assert_eq!(ask("GET", target, Err(lost())).0, 400, "{target}");
    }
}

#[test]
fn a_patron_is_a_row_and_the_row_by_number_has_no_number() {
    for (target, body) in [
        ("/patdb", r#"{"patrons":[[5,"Élodie","de_la_Cruz","HANSOLO55555","user"]]}"#),
        (
            "/patdb?limit=1",
            r#"{"patrons":[[5,"Élodie","de_la_Cruz","HANSOLO55555","user"]],"next":null}"#,
        ),
        ("/patdb/key/e", r#"{"patrons":[[5,"Élodie","de_la_Cruz","HANSOLO55555","user"]]}"#),
        ("/patdb/5", r#"{"patron":[[5,"Élodie","de_la_Cruz","HANSOLO55555","user"]]}"#),
        ("/patdb/pnum/HANSOLO55555", r#"{"patron":[[5,"Élodie","de_la_Cruz","user"]]}"#),
    ] {
        assert_eq!(ask("GET", target, Ok(ELODIE)), (200, body.into()), "{target}");
    }
    // The database finds a number with blanks behind it; it is another number all the same.
    assert_eq!(ask("GET", "/patdb/pnum/HANSOLO55555%20", Ok(ELODIE)).0, 404);
}

#[test]
fn a_card_is_tested_with_names_that_have_underscores() {
    for (card, belongs) in [
        ("%C3%89lodie_de_la_Cruz_HANSOLO55555", true),
        ("%C3%A9LODIE_DE_LA_CRUZ_HANSOLO55555", true),
        ("%C3%89lodie_de_la_Cruz_hansolo55555", false),
        ("%C3%89lodie_Cruz_HANSOLO55555", false),
        ("__HANSOLO55555", false),
    ] {
        let body = format!(r#"{{"patron":{belongs}}}"#);
        assert_eq!(ask("GET", &format!("/patdb/test/{card}"), Ok(ELODIE)), (200, body), "{card}");
    }
}

#[test]
fn what_makes_no_sense_is_named_before_the_database_is_asked() {
    let send = |method: &str, target: &str, body: &str| {
        let request = Request::builder().method(method).uri(target);
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::Whole(body.into())).unwrap();
        let response = answer(&request, || Err::<Fake, _>(lost()), || [7; 32]);
        (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
    };
    for (method, target, body, named) in [
        (
            "POST",
            "/patdb/sessions",
            r#"{"login":{"first_name":"a","last_name":"b"}}"#,
            "login.number",
        ),
        (
            "POST",
            "/patdb/sessions",
            r#"{"login":{"first_name":"a","last_name":"b","number":"c","pin":7}}"#,
            "login.pin",
        ),
        ("POST", "/patdb/sessions/use", r#"{"session":null}"#, "session"),
        ("POST", "/patdb/sessions/reset", "{}", "reset"),
        ("DELETE", "/patdb/sessions", r#"{"session":7}"#, "session"),
        (
            "POST",
            "/patdb/patrons",
            r#"{"patron":{"first_name":" ","last_name":"b"}}"#,
            "first_name",
        ),
        (
            "POST",
            "/patdb/patrons",
            r#"{"patron":{"first_name":"a","last_name":"b","number":"a b c"}}"#,
            "patron.number",
        ),
    ] {
        let (status, answer) = send(method, target, body);
        assert_eq!(status, 400, "{method} {target} {body}");
        assert!(answer.contains(named), "{answer}");
    }
    let (status, _) = send("POST", "/patdb/sessions/use", r#"{"session":"any text"}"#);
    assert_eq!(status, 503);
}
