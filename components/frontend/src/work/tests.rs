use askama::Template;
use contract::work::{ServiceCall, Statement, Work};

use super::{
    panel::{Section, figures},
    previous, server_timing,
    timeline::Timeline,
};
use crate::texts::Texts;

fn statement(sql: &str, start: u64) -> Statement {
    let file = "components/catalog/src/store.rs".to_owned();
    Statement { sql: sql.to_owned(), file, rows: 24, start, micros: 800 }
}

fn call(service: &str, start: u64, micros: u64, work: Option<Work>) -> ServiceCall {
    let (service, endpoint) = (service.to_owned(), format!("GET /{service}/{{id}}"));
    ServiceCall { service, endpoint, status: Some(200), start, micros, work }
}

/// Lending, which called two services at the same time and a third one later.
fn borrow() -> Work {
    let catalog = Work {
        micros: 1000,
        statements: vec![statement("SELECT \"<b>\" FROM books WHERE id = ?", 100)],
        ..Work::default()
    };
    let calls = vec![
        call("patrons", 100, 2000, Some(Work::default())),
        call("catalog", 110, 1500, Some(catalog)),
        call("borrowing", 3000, 4000, Some(Work { omitted: 3, ..Work::default() })),
    ];
    let lending = Work { micros: 8000, calls, ..Work::default() };
    let calls = vec![call("lending", 1000, 9000, Some(lending))];
    Work { endpoint: "POST /".into(), micros: 14_200, calls, ..Work::default() }
}

#[test]
fn calls_are_listed_under_their_caller_with_what_ran_at_the_same_time() {
    let texts = Texts::english();
    let section = Section::new(&texts, figures(&texts, "work-summary", &borrow()), &borrow());
    assert_eq!(section.heading, "How this page was made: 4 calls, 4 statements, 14.2 ms");
    let html = section.calls[0].render().unwrap();
    for part in [
        "frontend calls lending",
        "lending calls patrons",
        "at the same time as catalog",
        "GET /catalog/{id}",
        "SELECT &#34;&#60;b&#62;&#34; FROM books",
        "24 rows, 0.8 ms",
        "components/catalog/src/store.rs",
        "3 more statements",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert_eq!(html.matches("at the same time").count(), 2, "borrowing came later: {html}");
    for (tag, why) in [("ol", "what lending called"), ("ul", "the statement of the catalog")] {
        let count = |tag: &str| html.matches(tag).count();
        assert_eq!(
            (count(&format!("<{tag}>")), count(&format!("</{tag}>"))),
            (1, 1),
            "{why}: {html}"
        );
    }
}

#[test]
fn the_timeline_places_statements_inside_their_call() {
    let timeline = Timeline::new(&Texts::english(), &borrow());
    let labels: Vec<&str> = timeline.lines.iter().map(|line| &*line.label).collect();
    let expected = [
        "frontend 14.2 ms",
        "lending 9.0 ms",
        "patrons 2.0 ms",
        "catalog 1.5 ms",
        "borrowing 4.0 ms",
    ];
    assert_eq!(labels, expected);
    let number = |text: &str| text.parse::<f64>().unwrap();
    for line in &timeline.lines {
        let call = &line.bars[0];
        for bar in &line.bars[1..] {
            assert!(number(&bar.x) >= number(&call.x), "{}", line.label);
            assert!(number(&bar.x) + number(&bar.width) <= number(&call.x) + number(&call.width));
        }
        assert!(number(&call.x) + number(&call.width) <= 100.01, "{}", line.label);
    }
}

#[test]
fn server_timing_has_every_call_and_statement_and_a_bounded_length() {
    let header = server_timing(&borrow()).unwrap();
    let header = header.to_str().unwrap();
    assert!(
        header.starts_with("frontend;dur=14.200;desc=\"POST /\", lending;dur=9.000;"),
        "{header}"
    );
    assert!(header.contains(r#"catalog-sql;dur=0.800;desc="SELECT \"<b>\" FROM"#), "{header}");
    let mut long = borrow();
    long.calls = vec![long.calls[0].clone(); 100];
    assert!(server_timing(&long).unwrap().len() <= 4096);
}

#[test]
fn the_work_of_a_form_survives_its_cookie() {
    let cookie = previous::to_cookie(borrow()).unwrap();
    assert!(cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(previous::from_cookie(&cookie), Some(borrow()));
    for other in ["", "%", "e30", "AAAA"] {
        assert_eq!(previous::from_cookie(other), None, "{other}");
    }
    let mut forged = borrow();
    forged.calls[0].work.as_mut().unwrap().calls[0].service = "<made up>".to_owned();
    assert_eq!(previous::from_cookie(&previous::to_cookie(forged).unwrap()), None);
    let mut long = borrow();
    let sql = |index: u64| statement(&format!("SELECT {index} {}", index.wrapping_pow(9)), index);
    long.calls[0].work.as_mut().unwrap().statements = (0..2000).map(sql).collect();
    let cookie = previous::to_cookie(long.clone()).unwrap();
    assert!(cookie.len() <= 3500, "{}", cookie.len());
    let read = previous::from_cookie(&cookie).unwrap();
    assert_eq!(read.statement_count(), long.statement_count());
}
