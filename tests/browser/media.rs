//! The pages in forced colors, at 400% zoom, and on paper.

use serde_json::{Value, json};
use tests::{TestApp, TestDatabase, borrow, loan};

use crate::{librarian::librarian, visitor::Visitor};

#[tokio::test]
async fn in_forced_colors_the_current_link_differs_from_the_others() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let marian = librarian(&app);
    marian.visit("/administrator/loans");
    emulate(&marian, "", &[("forced-colors", "active")]);
    for links in [".menu a", ".tabs a"] {
        let lines = style(&marian, links, "borderBottomWidth + ' ' + style.borderBottomColor");
        let background = style(&marian, "body", "backgroundColor")[0].clone();
        let (current, others): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.starts_with("4px"));
        assert_eq!(current.len(), 1, "one current link in {links}");
        assert!(!current[0].ends_with(&background));
        for line in others {
            assert!(line.ends_with(&background), "{line} is visible, as if it were current");
        }
    }
}

#[tokio::test]
async fn at_400_percent_most_of_the_window_is_the_page() {
    let app = TestApp::start().await;
    let overdue = loan(7, 1, "2026-01-01", "2026-01-15");
    assert_eq!(app.send_json("POST", "/borrowdb", &overdue).status, 201);
    let pete = Visitor::of(&app);
    pete.visit("/login?next=/booklist");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    let window = json!({"width": 320, "height": 256, "deviceScaleFactor": 4, "mobile": false});
    pete.call("Emulation.setDeviceMetricsOverride", window);
    let height = pete.evaluate("document.querySelector('.masthead').offsetHeight");
    assert!(height.as_u64().unwrap() <= 160, "the masthead is {height} of 256 pixels high");
}

#[tokio::test]
async fn paper_has_dates_instead_of_days_from_today() {
    let app = TestApp::start_on(TestDatabase::with_librarian().await, &[]);
    let overdue = loan(7, 1, "2026-01-01", "2026-01-15");
    assert_eq!(app.send_json("POST", "/borrowdb", &overdue).status, 201);
    assert_eq!(app.send_json("POST", "/borrow", &borrow(8, 1)).status, 201);
    let pete = Visitor::of(&app);
    pete.visit("/login?next=/booklist");
    pete.log_in("Pete", "Dymond", "BUFFALOBILL1", "");
    let marian = librarian(&app);
    marian.visit("/administrator/loans?overdue=1");
    marian.sees("OVERDUE for");
    for visitor in [&pete, &marian] {
        emulate(visitor, "print", &[]);
        let paper = visitor.evaluate("document.body.innerText");
        let paper = paper.as_str().unwrap();
        assert!(paper.contains("15 January 2026"), "{paper}");
        for screen in ["OVERDUE", "due in", "Return", "Log out", "Next page"] {
            assert!(!paper.contains(screen), "`{screen}` on paper: {paper}");
        }
    }
    let paper = pete.evaluate("document.body.innerText");
    assert!(paper.as_str().unwrap().contains("Due-date slip for Pete Dymond"), "{paper}");
    for (path, date) in [("/", "was due 15 Jan"), ("/book/7", "15 January 2026")] {
        pete.visit(path);
        let paper = pete.text();
        assert!(paper.contains(date), "{path}: {paper}");
        for screen in ["OVERDUE", "(due in"] {
            assert!(!paper.contains(screen), "`{screen}` on paper of {path}: {paper}");
        }
    }
    let paper = marian.evaluate("document.body.innerText");
    for words in ["Overdue loans", "One overdue loan · ", "Pete Dymond"] {
        assert!(paper.as_str().unwrap().contains(words), "{paper}");
    }
}

/// Emulates this medium and these preferences.
fn emulate(visitor: &Visitor, media: &str, features: &[(&str, &str)]) {
    let features: Vec<_> =
        features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    visitor.call("Emulation.setEmulatedMedia", json!({"media": media, "features": features}));
}

/// The computed style `property` of every element that matches `selector`.
fn style(visitor: &Visitor, selector: &str, property: &str) -> Vec<String> {
    let styles = visitor.evaluate(&format!(
        "[...document.querySelectorAll('{selector}')].map(element => {{
            const style = getComputedStyle(element);
            return style.{property};
        }})"
    ));
    let Value::Array(styles) = styles else { panic!("{styles}") };
    styles.iter().map(|style| style.as_str().unwrap().to_owned()).collect()
}
