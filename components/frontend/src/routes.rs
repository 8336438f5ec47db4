//! The map of the pages: every path and method, who may use it, and which page answers. What is not in this
//! table does not exist, and nothing is answered without its line being looked at.

use http::Method;

/// A path and a method that this service answers.
#[derive(Debug)]
pub struct Route {
    /// `GET`, which HEAD is answered like, or `POST`.
    pub method: &'static str,
    /// The path; `{id}` stands for one segment.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    pub(crate) page: Page,
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, and it is not even looked who it is.
    Public,
    /// Everyone.
    Everyone,
    /// Who is logged in; others are led to the login.
    Patron,
    /// A librarian who is logged in; patrons are refused, others are led to the login.
    Librarian,
}

/// What answers a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Asset,
    Catalogue,
    Borrow,
    Book,
    Login,
    LogIn,
    Logout,
    LogOut,
    Loans,
    ChangeLoans,
    History,
    Forget,
    Calendar,
    About,
    Alert,
    Desk,
    DeskLoans,
    DeskReturn,
    DeskBooks,
    DeskAddBook,
    DeskBook,
    DeskChangeBook,
    DeskPatrons,
    DeskAddPatron,
    DeskReset,
    DeskResetAll,
}

/// Every route.
pub const ROUTES: &[Route] = &[
    get("/assets/{name}", Access::Public, Page::Asset),
    get("/", Access::Everyone, Page::Catalogue),
    post("/", Access::Patron, Page::Borrow),
    get("/book/{id}", Access::Everyone, Page::Book),
    get("/login", Access::Everyone, Page::Login),
    post("/login", Access::Everyone, Page::LogIn),
    get("/logout", Access::Patron, Page::Logout),
    post("/logout", Access::Patron, Page::LogOut),
    get("/booklist", Access::Patron, Page::Loans),
    post("/booklist", Access::Patron, Page::ChangeLoans),
    get("/booklist/history", Access::Patron, Page::History),
    post("/booklist/history", Access::Patron, Page::Forget),
    get("/booklist.ics", Access::Patron, Page::Calendar),
    get("/about", Access::Everyone, Page::About),
    get("/alert", Access::Public, Page::Alert),
    get("/administrator", Access::Librarian, Page::Desk),
    get("/administrator/loans", Access::Librarian, Page::DeskLoans),
    post("/administrator/loans", Access::Librarian, Page::DeskReturn),
    get("/administrator/books", Access::Librarian, Page::DeskBooks),
    post("/administrator/books", Access::Librarian, Page::DeskAddBook),
    get("/administrator/books/{id}", Access::Librarian, Page::DeskBook),
    post("/administrator/books/{id}", Access::Librarian, Page::DeskChangeBook),
    get("/administrator/patrons", Access::Librarian, Page::DeskPatrons),
    post("/administrator/patrons", Access::Librarian, Page::DeskAddPatron),
    get("/administrator/reset", Access::Librarian, Page::DeskReset),
    post("/administrator/reset", Access::Librarian, Page::DeskResetAll),
];

const fn get(path: &'static str, access: Access, page: Page) -> Route {
    Route { method: "GET", path, access, page }
}

const fn post(path: &'static str, access: Access, page: Page) -> Route {
    Route { method: "POST", path, access, page }
}

/// What a request is for.
#[derive(Debug)]
pub(crate) enum Match {
    /// A route, and the segment that stands at `{id}`.
    Route(&'static Route, Option<String>),
    /// There is such a path, but it is not for this method; these are what it is for.
    OtherMethods(Vec<&'static str>),
    /// There is no such path.
    Nothing,
}

/// Finds the route for a method and the segments of a path.
pub(crate) fn find(method: &Method, path: &[String]) -> Match {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let at_path: Vec<_> =
        ROUTES.iter().filter_map(|route| Some((route, variable(route, path)?))).collect();
    let found = at_path.iter().find(|(route, _)| route.method == method);
    match found {
        Some((route, variable)) => Match::Route(route, variable.map(str::to_owned)),
        None if at_path.is_empty() => Match::Nothing,
        None => Match::OtherMethods(at_path.iter().map(|(route, _)| route.method).collect()),
    }
}

/// Whether `path` is one of the route's; then the segment that its variable stands for, if it has one.
fn variable<'path>(route: &Route, path: &'path [String]) -> Option<Option<&'path str>> {
    let pattern: Vec<_> = route.path.split('/').filter(|segment| !segment.is_empty()).collect();
    if pattern.len() != path.len() {
        return None;
    }
    let mut value = None;
    for (expected, segment) in pattern.iter().zip(path) {
        match expected.starts_with('{') {
            true => value = Some(segment.as_str()),
            false if expected == segment => {}
            false => return None,
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: Method, path: &[&str]) -> Match {
        find(&method, &path.iter().map(|&segment| segment.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_route_is_found_by_method_and_path() {
        let Match::Route(route, Some(id)) = found(Method::HEAD, &["book", "7"]) else { panic!() };
        assert_eq!((route.page, id.as_str()), (Page::Book, "7"));
        let Match::Route(route, None) = found(Method::POST, &[]) else { panic!() };
        assert_eq!(route.page, Page::Borrow);
        let Match::OtherMethods(methods) = found(Method::DELETE, &["booklist"]) else { panic!() };
        assert_eq!(methods, ["GET", "POST"]);
        assert!(matches!(found(Method::GET, &["book", "7", "8"]), Match::Nothing));
        assert!(matches!(found(Method::GET, &["Booklist"]), Match::Nothing));
    }

    #[test]
    fn what_changes_something_is_a_form_and_for_nobody_unknown() {
        for route in ROUTES {
            assert!(matches!(route.method, "GET" | "POST"), "{route:?}");
            let is_of_the_desk = route.path.starts_with("/administrator");
            assert_eq!(is_of_the_desk, route.access == Access::Librarian, "{route:?}");
            let is_for_all = matches!(route.access, Access::Public | Access::Everyone);
            assert!(route.method == "GET" || !is_for_all || route.page == Page::LogIn, "{route:?}");
        }
    }
}
