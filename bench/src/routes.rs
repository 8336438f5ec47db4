//! The measured routes: those that people and programs use most.

use crate::wrk::Requests;

/// A route and its requests.
pub struct Route {
    /// Its name in the tables.
    pub name: &'static str,
    /// Path and query of one request.
    pub target: &'static str,
    /// The requests to send.
    pub requests: Requests,
    /// Whether the native program has it too. That program has the services, but not the pages.
    pub has_floor: bool,
    /// Whether it returns all rows, so that its cost grows with the library.
    pub is_whole_list: bool,
}

/// Every route; `session` is a patron's session cookie.
pub fn routes(session: &str, books: u64, patrons: u64) -> Vec<Route> {
    let page = |name, target| Route {
        name,
        target,
        requests: Requests::get(),
        has_floor: false,
        is_whole_list: false,
    };
    let rest = |name, target| Route { has_floor: true, ..page(name, target) };
    let mut shelf = page("/booklist", "/booklist");
    shelf.requests.headers = vec![format!("Cookie: session={session}")];
    let mut home = page("/ as a patron", "/");
    home.requests.headers = vec![format!("Cookie: session={session}")];
    let script = |name, target, script, arguments| Route {
        requests: Requests { script, arguments, headers: Vec::new() },
        ..rest(name, target)
    };
    let counts = vec![books.to_string(), patrons.to_string()];
    vec![
        page("/", "/"),
        home,
        page("/?q=", "/?q=war"),
        page("/book/{id}", "/book/7"),
        shelf,
        page("/login (no database)", "/login"),
        Route { is_whole_list: true, ..rest("/catdb", "/catdb") },
        rest("/catdb?limit=20", "/catdb?limit=20"),
        rest("/catdb/{id}", "/catdb/7"),
        rest("/catdb?q=", "/catdb?q=war&limit=20"),
        rest("/borrowdb/count/{id}", "/borrowdb/count/7"),
        rest(
            "/borrowdb/shelf",
            "/borrowdb/shelf?books=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
        ),
        script("login", "/patdb/sessions", "login.lua", vec![patrons.to_string()]),
        script("borrow and return", "/borrow", "borrow.lua", counts),
    ]
}
