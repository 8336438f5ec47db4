//! The routing table: each method and path with its access rule, cache policy and handler.
//!
//! There are no other routes, and the access rule is checked before the handler runs.

use std::fmt;

use http::Method;

pub use crate::{access::Access, cache::CachePolicy};
use crate::{
    assets,
    handler::{FormHandler, Handler, PageHandler},
    html::see_other,
    pages::{
        about, api, book, calendar, catalog, desk, feed, files, health, history, lab, language,
        loans, login,
    },
};

/// A method and path of this service.
pub struct Route {
    /// `GET`, which also answers HEAD, or `POST`.
    pub method: &'static str,
    /// The path; `{…}` matches one segment.
    pub path: &'static str,
    /// The access rule.
    pub access: Access,
    /// The cache policy of the response.
    pub cache: CachePolicy,
    pub(crate) handler: Handler,
}

use Access::{Anyone, Librarian, Patron, Static};
use CachePolicy::{Day, Immutable, NoStore, Page};

/// Every route.
pub const ROUTES: &[Route] = &[
    get("/assets/{name}", Static, Immutable, |c| Box::pin(assets::show(c))),
    get("/", Anyone, Page, |c| Box::pin(catalog::show(c))),
    post("/", Patron, |c, form| Box::pin(loans::borrow(c, form))),
    get("/book/{id}", Anyone, Page, |c| Box::pin(book::show(c))),
    get("/login", Anyone, NoStore, |c| Box::pin(login::show(c))),
    post("/login", Anyone, |c, form| Box::pin(login::submit(c, form))),
    get("/logout", Patron, Page, |c| Box::pin(login::show_logout(c))),
    post("/logout", Patron, |c, _| Box::pin(login::log_out(c))),
    get("/booklist", Patron, Page, |c| Box::pin(loans::show(c))),
    post("/booklist", Patron, |c, form| Box::pin(loans::submit(c, form))),
    get("/booklist/history", Patron, Page, |c| Box::pin(history::show(c))),
    post("/booklist/history", Patron, |c, _| Box::pin(history::delete(c))),
    get("/booklist/history/delete", Patron, Page, |c| Box::pin(history::ask(c))),
    get("/booklist.ics", Patron, Page, |c| Box::pin(calendar::show(c))),
    get("/about", Anyone, Page, |c| Box::pin(about::show(c))),
    get("/lab", Anyone, NoStore, |c| Box::pin(lab::show(c))),
    post("/lab", Anyone, |c, form| Box::pin(lab::submit(c, form))),
    get("/api", Anyone, Page, |c| Box::pin(api::show(c))),
    get("/language/{tag}", Static, NoStore, |c| Box::pin(language::choose(c))),
    get("/openapi.yaml", Static, Day, |_| Box::pin(files::openapi())),
    get("/new.atom", Static, Page, |c| Box::pin(feed::show(c))),
    get("/opensearch.xml", Static, Day, |c| Box::pin(files::opensearch(c))),
    get("/manifest.webmanifest", Static, Day, |c| Box::pin(files::manifest(c))),
    get("/favicon.ico", Static, Day, |_| Box::pin(files::favicon())),
    get("/healthz", Static, NoStore, |c| Box::pin(health::show(c))),
    get("/robots.txt", Static, Day, |_| Box::pin(files::robots())),
    // The original app showed messages here. Ours appear on the page that they concern.
    get("/alert", Static, Page, |_| Box::pin(async { Ok(see_other("/")) })),
    get("/administrator", Librarian, Page, |c| Box::pin(desk::show(c))),
    get("/administrator/loans", Librarian, Page, |c| Box::pin(desk::loans::show(c))),
    post("/administrator/loans", Librarian, |c, form| Box::pin(desk::loans::submit(c, form))),
    get("/administrator/books", Librarian, Page, |c| Box::pin(desk::books::show(c))),
    post("/administrator/books", Librarian, |c, form| Box::pin(desk::books::add(c, form))),
    get("/administrator/books/{id}", Librarian, Page, |c| Box::pin(desk::book::show(c))),
    post("/administrator/books/{id}", Librarian, |c, form| Box::pin(desk::book::submit(c, form))),
    get("/administrator/books/{id}/withdraw", Librarian, Page, |c| {
        Box::pin(desk::book_questions::ask_withdraw(c))
    }),
    get("/administrator/books/{id}/remove", Librarian, Page, |c| {
        Box::pin(desk::book_questions::ask_remove(c))
    }),
    get("/administrator/patrons", Librarian, Page, |c| Box::pin(desk::patrons::show(c))),
    post("/administrator/patrons", Librarian, |c, form| Box::pin(desk::patrons::add(c, form))),
    get("/administrator/patrons/{id}", Librarian, Page, |c| Box::pin(desk::patron::show(c))),
    post("/administrator/patrons/{id}", Librarian, |c, form| {
        Box::pin(desk::patron::submit(c, form))
    }),
    get("/administrator/reset", Librarian, Page, |c| Box::pin(desk::reset::show(c))),
    post("/administrator/reset", Librarian, |c, form| Box::pin(desk::reset::submit(c, form))),
];

const fn get(
    path: &'static str,
    access: Access,
    cache: CachePolicy,
    handler: PageHandler,
) -> Route {
    Route { method: "GET", path, access, cache, handler: Handler::Page(handler) }
}

const fn post(path: &'static str, access: Access, handler: FormHandler) -> Route {
    Route { method: "POST", path, access, cache: NoStore, handler: Handler::Form(handler) }
}

/// The result of routing.
#[derive(Debug)]
pub(crate) enum Match {
    /// A route, and the segment that matched `{…}`.
    Route(&'static Route, Option<String>),
    /// The path exists, for these other methods.
    OtherMethods(Vec<&'static str>),
    /// The path does not exist.
    NotFound,
}

/// Finds the route for a method and the segments of a path.
pub(crate) fn find(method: &Method, path: &[String]) -> Match {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let at_path: Vec<_> =
        ROUTES.iter().filter_map(|route| Some((route, match_path(route, path)?))).collect();
    match at_path.iter().find(|(route, _)| route.method == method) {
        Some((route, segment)) => Match::Route(route, segment.map(str::to_owned)),
        None if at_path.is_empty() => Match::NotFound,
        None => Match::OtherMethods(at_path.iter().map(|(route, _)| route.method).collect()),
    }
}

/// Whether `path` is the address of a page, and not of a file or of nothing.
pub(crate) fn is_page(path: &[String]) -> bool {
    matches!(find(&Method::GET, path), Match::Route(route, _) if route.access != Access::Static)
}

/// The path template of a request, for the log, and whether its handler reads the body: `/book/{id}`, or `unknown` if no
/// route matches.
#[cfg(any(test, target_family = "wasm"))]
pub(crate) fn template(method: &Method, path: &str) -> (&'static str, bool) {
    // A path that does not decode matches no route.
    match service_kit::uri::path_segments(path).map(|path| find(method, &path)) {
        Ok(Match::Route(route, _)) => (route.path, matches!(route.handler, Handler::Form(_))),
        Ok(Match::OtherMethods(_) | Match::NotFound) | Err(_) => ("unknown", false),
    }
}

/// Matches `path` against the route. `Some` if it matches, with the segment for `{…}`, if the route has one.
fn match_path<'path>(route: &Route, path: &'path [String]) -> Option<Option<&'path str>> {
    let pattern: Vec<_> = route.path.split('/').filter(|segment| !segment.is_empty()).collect();
    if pattern.len() != path.len() {
        return None;
    }
    let mut variable = None;
    for (expected, segment) in pattern.iter().zip(path) {
        if expected.starts_with('{') {
            variable = Some(segment.as_str());
        } else if expected != segment {
            return None;
        }
    }
    Some(variable)
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links::own_page_or;

    fn find_path(method: Method, path: &[&str]) -> Match {
        find(&method, &path.iter().map(|&segment| segment.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn routes_are_found_by_method_and_path() {
        let Match::Route(route, Some(id)) = find_path(Method::HEAD, &["book", "7"]) else {
            panic!()
        };
        assert_eq!((route.path, id.as_str()), ("/book/{id}", "7"));
        let Match::Route(route, None) = find_path(Method::POST, &[]) else { panic!() };
        assert_eq!((route.method, route.path), ("POST", "/"));
        let Match::OtherMethods(methods) = find_path(Method::DELETE, &["booklist"]) else {
            panic!()
        };
        assert_eq!(methods, ["GET", "POST"]);
        assert!(matches!(find_path(Method::GET, &["book", "7", "8"]), Match::NotFound));
        assert!(matches!(find_path(Method::GET, &["Booklist"]), Match::NotFound));
    }

    #[test]
    fn only_forms_wait_for_their_body() {
        for (method, path, expected) in [
            (Method::POST, "/login", ("/login", true)),
            (Method::POST, "/administrator/books/7", ("/administrator/books/{id}", true)),
            (Method::GET, "/login", ("/login", false)),
            (Method::POST, "/nothing", ("unknown", false)),
            (Method::POST, "/assets/x", ("unknown", false)),
            (Method::POST, "/about", ("unknown", false)),
            (Method::PUT, "/login", ("unknown", false)),
            (Method::POST, "/%ff", ("unknown", false)),
        ] {
            assert_eq!(template(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn only_post_changes_state_and_requires_login() {
        for route in ROUTES {
            assert_eq!(matches!(route.handler, Handler::Form(_)), route.method == "POST");
            let is_desk = route.path.starts_with("/administrator");
            assert_eq!(is_desk, route.access == Access::Librarian, "{route:?}");
            let needs_login = matches!(route.access, Access::Patron | Access::Librarian);
            let is_open = ["/login", "/lab"].contains(&route.path);
            assert!(route.method == "GET" || needs_login || is_open, "{route:?}");
        }
    }

    #[test]
    fn redirects_stay_inside_the_library() {
        for own in ["/booklist", "/book/7", "/?q=a%20b&sort=title", "/administrator/loans"] {
            assert_eq!(own_page_or(own, "/", is_page), own);
        }
        for other in [
            "",
            "booklist",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/nothing",
            "/catdb",
            "/login",
            "/book/7\r\nset-cookie: a",
            "/assets/library.css",
        ] {
            assert_eq!(own_page_or(other, "/", is_page), "/", "{other}");
        }
    }
}
