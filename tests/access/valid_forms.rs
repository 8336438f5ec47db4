//! A valid form for every route that takes one.

use frontend::routes::Route;

/// The page of a route's form, its target, and fields that change something.
pub fn form_of(route: &Route) -> (&'static str, &'static str, Vec<(&'static str, &'static str)>) {
    match route.path {
        "/" => ("/", "/", vec![("book_id", "3")]),
        "/login" => (
            "/login",
            "/login",
            vec![
                ("user_first_name", "Laine"),
                ("user_last_name", "Scheidegger"),
                ("user_lib_id", "DEADBEEF2222"),
            ],
        ),
        "/lab" => (
            "/lab",
            "/lab",
            vec![("catalog", "w"), ("patrons", "w"), ("borrowing", "e"), ("lending", "w")],
        ),
        "/logout" => ("/logout", "/logout", vec![]),
        "/booklist" => ("/booklist", "/booklist", vec![("renew", "1")]),
        "/booklist/history" => ("/booklist/history", "/booklist/history", vec![]),
        "/administrator/loans" => (
            "/administrator/loans",
            "/administrator/loans",
            vec![("return", "1"), ("patron_id", "1")],
        ),
        "/administrator/books" => (
            "/administrator/books",
            "/administrator/books",
            vec![("title", "T"), ("author", "A"), ("copies", "1"), ("cover", "")],
        ),
        "/administrator/books/{id}" => {
            ("/administrator/books/7", "/administrator/books/7", vec![("add", "1"), ("from", "2")])
        }
        "/administrator/patrons" => (
            "/administrator/patrons",
            "/administrator/patrons",
            vec![("first_name", "Tove"), ("last_name", "Jansson"), ("number", "MOOMIN-8")],
        ),
        "/administrator/patrons/{id}" => {
            ("/administrator/patrons/5", "/administrator/patrons/5", vec![("action", "block")])
        }
        "/administrator/reset" => {
            ("/administrator/reset", "/administrator/reset", vec![("reset", "returns")])
        }
        other => panic!("no form is known for {other}"),
    }
}
