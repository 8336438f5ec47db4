//! The pages of the catalog: available books, pages beyond the end, links and canonical addresses.

use super::*;

const OUT: &str = r#"{"books":[[1,2,"2020-01-07"],[2,2,"2020-01-07"]]}"#;

/// A list of books with 2 copies each, and the rest of its answer.
fn list(ids: std::ops::RangeInclusive<u32>, rest: &str) -> &'static str {
    let rows: Vec<_> = ids.map(|id| format!(r#"[{id},"Title {id}","Author",2,""]"#)).collect();
    format!(r#"{{"books":[{}],{rest}}}"#, rows.join(",")).leak()
}

#[test]
fn every_page_of_available_books_has_its_range() {
    // Titles 1 and 2 are on loan, so 60 are available.
    let all = list(1..=62, r#""next":null,"previous":null,"total":62"#);
    let services = fake(&[("GET /catdb", 200, all), ("GET /borrowdb/shelf", 200, OUT)]);
    for (target, range, links) in [
        ("/?available=1", "1 to 24 of 60", &["after=26"][..]),
        ("/?available=1&after=26", "25 to 48 of 60", &["before=27", "after=50"]),
        ("/?available=1&after=50", "49 to 60 of 60", &["before=51"]),
        ("/?available=1&before=51", "25 to 48 of 60", &["before=27", "after=50"]),
    ] {
        let (page, calls) = get(&services, target, "");
        assert!(page.body().contains(&format!("60 titles available now · {range}")), "{target}");
        let pages =
            page.body().split("rel=\"").skip(1).filter_map(|rest| {
                rest.split_once("href=\"/?available=1&#38;")?.1.split('"').next()
            });
        let pages: Vec<_> = pages.filter(|link| !link.contains('/')).collect();
        assert_eq!(pages, links, "{target}");
        assert_eq!(calls.len(), 2, "{calls:?}");
    }
    let (page, _) = get(&services, "/?available=1&after=9999", "");
    for text in [
        "60 titles available now",
        "There are no more titles.",
        r#"href="/?available=1"><bdi>Go to"#,
    ] {
        assert!(page.body().contains(text), "{text}: {}", page.body());
    }
}

#[test]
fn in_a_large_catalog_only_the_titles_that_were_searched_are_said_to_be_on_loan() {
    let first = list(1..=2, r#""next":2,"previous":null,"total":900"#);
    let later = list(1..=2, r#""next":null,"previous":3,"total":900"#);
    let services = fake(&[
        ("GET /catdb?sort=newest&limit=200&after=", 200, later),
        ("GET /catdb", 200, first),
        ("GET /borrowdb/shelf", 200, OUT),
    ]);
    let (page, _) = get(&services, "/?available=1", "");
    for text in ["None of these 2 titles is available right now.", "Show all 900 titles found"] {
        assert!(page.body().contains(text), "{text}: {}", page.body());
    }
    assert!(page.body().contains(r#"href="/?available=1&#38;after=2""#), "{}", page.body());
    let (page, calls) = get(&services, "/?available=1&after=2", "");
    assert!(page.body().contains("None of these 2 titles is available"), "{}", page.body());
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[test]
fn a_search_for_one_of_the_words_keeps_order_and_filter() {
    let none = ("GET /catdb", 200, r#"{"books":[],"next":null,"previous":null,"total":0}"#);
    let (page, _) = get(&fake(&[none]), "/?q=moby+zzz&sort=title&available=1", "");
    let link = r#"<a href="/?q=moby&#38;sort=title&#38;available=1">"#;
    assert!(page.body().contains(link), "{}", page.body());
}

#[test]
fn the_canonical_address_has_only_what_changes_the_page() {
    for (target, canonical) in [
        ("/?from=/book/7&utm_source=a", "/"),
        ("/?available=1&q=+war+&sort=newest&x=y", "/?q=war&available=1"),
        ("/?sort=title&after=7&before=9", "/?sort=title&after=7"),
        ("/?sort=price&before=9", "/?before=9"),
    ] {
        let request = Request::builder()
            .uri(target)
            .header("spin-full-url", "http://forged.example/x")
            .header("spin-full-url", "http://a.example/x");
        let request = request.body(Body::Complete(Vec::new())).unwrap();
        let services = fake(&[BOOKS, AVAILABILITY]);
        let page = answer_to(&services, &request);
        let link = format!(
            r#"<link rel="canonical" href="http://a.example{}">"#,
            canonical.replace('&', "&#38;")
        );
        assert!(page.body().contains(&link), "{link}: {}", page.body());
    }
}

#[test]
fn on_paper_a_card_has_a_date_instead_of_a_number_of_days() {
    let overdue = r#"{"books":[[1,1,null]],"loans":[[9,1,1,"2019-11-20","2019-12-05",0]]}"#;
    let overdue = ("GET /borrowdb/shelf", 200, overdue);
    let (page, _) = get(&fake(&[PETE, BOOKS, overdue]), "/", "session=s");
    for text in [
        r#"<span class="no-print">You have it, OVERDUE for 15 days</span>"#,
        r#"<span class="only-print" hidden>You have it, was due 5 Dec</span>"#,
    ] {
        assert!(page.body().contains(text), "{text}: {}", page.body());
    }
}
