//! The desk's pages: ends of lists, buttons, repeated forms, and forms that are filled in again.

use super::*;

const RULES: FakeAnswer = (
    "GET /borrow/rules",
    200,
    r#"{"loan_limit":4,"loan_days":14,"renewal_limit":2,"block_when_overdue":false}"#,
);
const BOOK: FakeAnswer =
    ("GET /catdb/1", 200, r#"{"book":[[1,"Title","Author",200,""]],"acquired":200}"#);
const PATRON: FakeAnswer =
    ("GET /patdb/5", 200, r#"{"patron":[[5,"Ada","Lovelace","ADA-1","user"]]}"#);

#[test]
fn a_page_after_the_last_entry_leads_to_the_first() {
    let services = fake(&[
        MARIAN,
        (
            "GET /borrowdb/open",
            200,
            r#"{"transactions":[],"next":null,"previous":null,"total":25}"#,
        ),
        ("GET /borrowdb/history", 200, r#"{"transactions":null,"next":null,"previous":null}"#),
        ("GET /catdb", 200, r#"{"books":[],"next":null,"previous":null,"total":25}"#),
        ("GET /patdb", 200, r#"{"patrons":[],"next":null,"previous":null}"#),
    ]);
    for (path, query, first_page) in [
        ("/administrator/loans", "overdue=1&after=7", "/administrator/loans?overdue=1"),
        ("/administrator/books", "q=a&after=7", "/administrator/books?q=a"),
        ("/administrator/patrons", "q=a&before=7", "/administrator/patrons?q=a"),
        ("/booklist/history", "after=7", "/booklist/history"),
    ] {
        let (page, _) = get(&services, &format!("{path}?{query}"), "session=s");
        assert!(page.body().contains("There are no more entries."), "{path}: {}", page.body());
        let link = format!(r#"<a href="{first_page}">Go to the first page</a>"#);
        assert!(page.body().contains(&link), "{path}: {}", page.body());
        let (page, _) = get(&services, path, "session=s");
        assert!(!page.body().contains("There are no more entries."), "{path}: {}", page.body());
    }
    let (page, _) = get(&services, "/administrator/books", "session=s");
    assert!(page.body().contains("There are no books yet."), "{}", page.body());
}

#[test]
fn titles_tell_searches_and_further_pages_apart() {
    let loans = r#"{"transactions":[[9,1,5,"2019-12-01","2019-12-31",0]],"next":null,"total":1}"#;
    let services = fake(&[
        MARIAN,
        BOOKS,
        ("GET /borrowdb/open", 200, loans),
        ("GET /borrowdb/history", 200, r#"{"transactions":null,"next":null,"previous":null}"#),
        ("GET /patdb", 200, r#"{"patrons":[[5,"Ada","Lovelace","ADA-1","user"]]}"#),
    ]);
    for (target, title) in [
        ("/administrator/loans", "Open loans"),
        ("/administrator/loans?q=ada&overdue=1", "“ada” · Overdue loans"),
        ("/administrator/loans?after=7", "more entries · Open loans"),
        ("/administrator/books?q=a&before=7", "“a” · more entries · Books"),
        ("/administrator/patrons?after=7", "more entries · Patrons"),
        ("/booklist/history?after=7", "more entries · Borrowing history"),
    ] {
        let (page, _) = get(&services, target, "session=s");
        let title = format!("<title>{title} · The Library</title>");
        assert!(page.body().contains(&title), "{target}: {}", page.body());
    }
}

#[test]
fn a_blocked_patrons_loan_is_not_offered_to_be_renewed() {
    let loans = r#"{"transactions":[[9,1,5,"2019-12-01","2019-12-31",0]],"next":null,"total":1}"#;
    let loans = ("GET /borrowdb/open", 200, loans);
    for (blocked, is_offered) in [("[]", true), ("[5]", false)] {
        let patrons =
            format!(r#"{{"patrons":[[5,"Ada","Lovelace","ADA-1","user"]],"blocked":{blocked}}}"#);
        let patrons = ("GET /patdb?ids=5", 200, &*patrons.leak());
        let services = fake(&[MARIAN, BOOKS, loans, patrons, RULES]);
        let (page, _) = get(&services, "/administrator/loans", "session=s");
        assert_eq!(page.body().contains(r#"name="renew""#), is_offered, "{}", page.body());
        assert!(page.body().contains(r#"name="return""#), "{}", page.body());
    }
}

#[test]
fn a_renewed_loan_keeps_its_place_and_the_page_returns_to_it() {
    // The ledger sorts by due date.
    let loans = r#"{"books":[],"loans":[[8,2,5,"2019-12-01","2019-12-20",0],
        [7,1,5,"2019-11-30","2019-12-28",1]]}"#;
    let loans = ("GET /borrowdb/shelf?patron=5", 200, loans);
    let renewed = ("POST /borrow/renew", 201, r#"{"transaction":true,"date_due":"2019-12-28"}"#);
    let services = fake(&[MARIAN, PATRON, BOOKS, loans, renewed, RULES]);
    let (page, _) = get(&services, "/administrator/patrons/5", "session=s");
    let places = [r#"id="loan-7""#, r#"id="loan-8""#].map(|row| page.body().find(row));
    assert!(places[0].is_some() && places[0] < places[1], "{}", page.body());
    let form = |verb: &str, back: &str| {
        format!("csrf_token={}&patron_id=5&{verb}=1&key=k&back={back}", csrf_token("s"))
    };
    for (back, location) in [
        (
            "/administrator/patrons/5?from=/administrator",
            "/administrator/patrons/5?from=/administrator#loan-7",
        ),
        ("/nothing", "/administrator/loans#loan-7"),
    ] {
        let form = form("renew", back);
        let (answer, calls) = send(&services, "POST", "/administrator/loans", "session=s", &form);
        assert_eq!(answer.headers()[LOCATION], location, "{calls:?}");
    }
}

#[test]
fn a_form_repeated_after_the_return_does_not_say_that_the_patron_has_the_book() {
    let done = ("POST /borrow", 201, r#"{"transaction":true}"#);
    let renewed = ("POST /borrow/renew", 201, r#"{"transaction":true,"date_due":"2019-12-28"}"#);
    let none = ("GET /borrowdb/shelf", 200, r#"{"books":[],"loans":[]}"#);
    let patrons = ("GET /patdb?ids=5", 200, r#"{"patrons":[[5,"Ada","Lovelace","A-1","user"]]}"#);
    let books = ("GET /catdb?ids=1", 200, r#"{"books":[[1,"Title","Author",2,""]]}"#);
    let notice = |verb: &str, services: &FakeServices| {
        let form = format!("csrf_token={}&patron_id=5&{verb}=1&key=k", csrf_token("s"));
        let (answer, _) = send(services, "POST", "/administrator/loans", "session=s", &form);
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().to_owned();
        flash::Notice::from_cookie(cookie.split(['=', ';']).nth(1).unwrap()).unwrap()
    };
    let (title, name) = ("Title".to_owned(), "Ada Lovelace".to_owned());
    for verb in ["lend", "renew"] {
        let returned = notice(verb, &fake(&[MARIAN, renewed, done, none, patrons, books]));
        let (title, name) = (title.clone(), name.clone());
        let expected = flash::DeskNotice::AlreadyReturned { title, name };
        assert_eq!(returned, flash::Notice::Desk(expected), "{verb}");
    }
    // Without the ledger, only the date is unknown.
    let lent = notice("lend", &fake(&[MARIAN, done, patrons, books]));
    assert_eq!(lent, flash::Notice::Desk(flash::DeskNotice::Lent { title, name, due: None }));
}

#[test]
fn corrections_sent_after_the_session_ended_are_filled_in_again() {
    let seen =
        "%7B%22title%22%3A%22Old%22%2C%22author%22%3A%22A%22%2C%22thumbnailUrl%22%3A%22%22%7D";
    let edit = format!("title=New+title&author=A&cover=&edit=1&seen={seen}&csrf_token=old");
    let shelf = ("GET /borrowdb/shelf", 200, r#"{"books":[[1,0,null]],"loans":[]}"#);
    for (path, form, values) in [
        (
            "/administrator/books/1",
            edit.as_str(),
            // The values that the librarian saw stay, so that a change by another is not overwritten.
            &[r#"value="New title""#, "&#34;title&#34;:&#34;Old&#34;"][..],
        ),
        ("/administrator/books/1", "add=17&from=200&csrf_token=old", &[r#"name="add" value="17""#]),
        (
            "/administrator/patrons/5",
            "first_name=Augusta&last_name=King&number=ADA-1&action=edit&from_first_name=Anna\
             &from_last_name=Lovelace&from_number=ADA-1&csrf_token=old",
            &[r#"value="Augusta""#, r#"name="from_first_name" value="Anna""#],
        ),
    ] {
        let (answer, _) = send(&fake(&[NO_SESSION]), "POST", path, "session=old", form);
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let mut cookies = cookies.map(|line| line.to_str().unwrap());
        let draft = cookies.find(|line| line.starts_with("draft=")).unwrap();
        let draft = draft.split(';').next().unwrap();
        let services = fake(&[MARIAN, BOOK, PATRON, shelf]);
        let (page, _) = get(&services, path, &format!("session=s; {draft}"));
        assert_eq!(page.status(), 200, "{path}: {}", page.body());
        for value in values {
            assert!(page.body().contains(value), "{path} {value}: {}", page.body());
        }
        assert!(page.headers()[SET_COOKIE].to_str().unwrap().starts_with("draft=;"));
    }
}

#[test]
fn a_correction_that_makes_a_duplicate_is_saved_after_a_confirmation() {
    let duplicate = (
        "PUT /catdb/books/1",
        409,
        r#"{"error":"Conflict","detail":"d","reason":"duplicate_title","duplicate_of":2}"#,
    );
    let seen = "%7B%22title%22%3A%22Title%22%2C%22author%22%3A%22Author%22%2C%22thumbnailUrl%22%3A%22%22%7D";
    let form = |button: &str| {
        format!("csrf_token={}&title=T&author=A&cover=&seen={seen}&{button}=1", csrf_token("s"))
    };
    let send_form = |services: &FakeServices, button: &str| {
        send(services, "POST", "/administrator/books/1", "session=s", &form(button)).0
    };
    let page = send_form(&fake(&[MARIAN, BOOK, duplicate]), "edit");
    assert_eq!(page.status(), 409);
    for text in [
        "Another book in the catalog already has this title by this author.",
        r#"<a href="/administrator/books/2">Show the book</a>"#,
        r#"name="anyway" value="1">Save anyway<"#,
    ] {
        assert!(page.body().contains(text), "{text}: {}", page.body());
    }
    assert!(!page.body().contains("Add copies to it instead"), "{}", page.body());
    let saved = ("PUT /catdb/books/1", 201, r#"{"book":[[1,"T","A",200,""]]}"#);
    let answer = send_form(&fake(&[MARIAN, BOOK, saved]), "anyway");
    assert_eq!(answer.status(), 303, "{}", answer.body());
}

#[test]
fn a_list_that_is_cut_says_so() {
    let loans: Vec<_> =
        (1..=2).map(|id| format!(r#"[{id},1,5,"2019-12-01","2019-12-19",0]"#)).collect();
    let loans = |rest: &str| -> &'static str {
        format!(r#"{{"transactions":[{}],{rest}}}"#, loans.join(",")).leak()
    };
    let due: &str = r#"{"transactions":[[1,1,5,"2019-12-01","2019-12-19"]],"next":NEXT}"#;
    let figures = ("GET /borrowdb/figures", 200, r#"{"out":300,"overdue":0,"days":[]}"#);
    for (next, is_cut) in [("2", true), ("null", false)] {
        let open = loans(&format!(r#""next":{next},"previous":null,"total":60"#));
        let books = format!(r#"{{"books":[[1,"Title","Author",2,""]],"next":{next},"total":11}}"#);
        let services = fake(&[
            MARIAN,
            PATRON,
            BOOK,
            RULES,
            figures,
            ("GET /borrowdb/due/2019%2D12%2D20", 200, due.replace("NEXT", next).leak()),
            ("GET /borrowdb/open", 200, open),
            ("GET /borrowdb/shelf", 200, r#"{"books":[],"loans":[]}"#),
            ("GET /catdb?", 200, books.leak()),
        ]);
        for (target, text) in [
            (
                "/administrator/books/1",
                r#"<a href="/administrator/loans?q=Title">More copies are on loan."#,
            ),
            ("/administrator", r#"<a href="/administrator/loans">More loans are due today."#),
            ("/administrator/patrons/5?q=a", "More titles match."),
        ] {
            let (page, calls) = get(&services, target, "session=s");
            assert_eq!(page.body().contains(text), is_cut, "{target} {calls:?}: {}", page.body());
        }
    }
}

#[test]
fn the_question_before_a_history_is_deleted_has_the_number_of_loans() {
    let past = |count: usize, next: &str| -> FakeAnswer {
        let row = |id| format!(r#"[{id},1,7,"2019-11-01","2019-11-15","2019-11-10"]"#);
        let mut rows: Vec<_> = (1..=count).map(row).collect();
        rows.push(r#"[99,2,7,"2019-12-01","2019-12-31",null]"#.to_owned());
        let list = format!(r#"{{"transactions":[{}],"next":{next}}}"#, rows.join(","));
        ("GET /borrowdb/history/7", 200, list.leak())
    };
    for (history, question) in [
        (past(12, "null"), "Delete 12 past loans?"),
        (past(1, "null"), "Delete one past loan?"),
        (past(12, "12"), "Delete 12 or more past loans?"),
        (past(0, "null"), "You have no past loans to delete."),
    ] {
        let (page, _) = get(&fake(&[MARIAN, history]), "/booklist/history/delete", "session=s");
        assert!(page.body().contains(&format!("<h1>{question}</h1>")), "{}", page.body());
        let has_button = page.body().contains(r#"name="delete""#);
        assert_eq!(has_button, question.contains('?'), "{}", page.body());
    }
}
