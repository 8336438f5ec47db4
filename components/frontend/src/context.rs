//! The context of a request: the request, its sender, and everything that its handler needs.

use std::{cell::OnceCell, net::SocketAddr};

use domain::{BookId, Date, Patron, PatronId};
use http::{HeaderMap, Method, Request, Response};
use service_kit::body::Body;

use crate::{
    access::Access,
    cookies::{Cookie, Cookies},
    draft,
    environment::Environment,
    failure::Failure,
    flash::Notice,
    form::Form,
    html::see_other,
    lab::{Lab, lab},
    language::Language,
    links::{link, own_page_or},
    query::PageQuery,
    services::Services,
    texts::Texts,
};

/// The sender of a request.
#[derive(Debug)]
pub(crate) enum Visitor {
    /// Not logged in.
    Anonymous,
    /// Logged in; `token` is the session's. A librarian may have blocked the card.
    Patron { token: String, patron: Patron, is_blocked: bool },
    /// The browser has a session, but the patrons service is unavailable.
    Unresolved,
}

impl Visitor {
    pub(crate) fn is_librarian(&self) -> bool {
        matches!(self, Self::Patron { patron, .. } if patron.is_librarian())
    }

    /// Whether the patron can't borrow or renew until a librarian unblocks the card.
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(self, Self::Patron { is_blocked: true, .. })
    }
}

/// One request and everything its handler needs.
pub(crate) struct RequestContext<'a> {
    pub(crate) request: &'a Request<Body>,
    pub(crate) services: &'a Services<'a>,
    pub(crate) environment: &'a Environment<'a>,
    pub(crate) cookies: Cookies,
    /// The access rule of the route; `None` for an unknown path or method.
    pub(crate) access: Option<Access>,
    /// The path segment that matched `{…}` in the route, empty without one.
    pub(crate) path_segment: String,
    pub(crate) visitor: Visitor,
    /// Looks up in the routing table whether the segments of a path lead to a page.
    is_page: fn(&[String]) -> bool,
    /// Parsed when the first text is needed, in one language; assets need none.
    texts: OnceCell<Texts>,
}

impl<'a> RequestContext<'a> {
    pub(crate) fn new(
        request: &'a Request<Body>,
        services: &'a Services<'a>,
        environment: &'a Environment<'a>,
        access: Option<Access>,
        path_segment: String,
        is_page: fn(&[String]) -> bool,
    ) -> Self {
        Self {
            request,
            services,
            environment,
            cookies: Cookies { secure: environment.secure_cookies },
            access,
            path_segment,
            visitor: Visitor::Anonymous,
            is_page,
            texts: OnceCell::new(),
        }
    }

    /// Today (UTC).
    pub(crate) fn today(&self) -> Date {
        self.environment.now.into()
    }

    /// The pages' texts in the language that the reader chose, else in the one that the browser asks for.
    pub(crate) fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| {
            let chosen = self.cookie(Cookie::Language).and_then(|tag| Language::from_tag(&tag));
            Texts::new(chosen.unwrap_or_else(|| Language::accepted(self.request.headers())))
        })
    }

    /// The language of the texts, if any were needed.
    pub(crate) fn language_of_texts(&self) -> Option<&'static Language> {
        self.texts.get().map(|texts| texts.language)
    }

    /// Whether this page shows notices, which deletes them. Assets and unknown paths do not, because browsers also
    /// request files that nobody sees.
    pub(crate) fn shows_notices(&self) -> bool {
        self.access.is_some_and(|access| access != Access::Static)
    }

    /// Whether the browser's session has ended, and this page can say so.
    pub(crate) fn has_ended_session(&self) -> bool {
        matches!(self.visitor, Visitor::Anonymous)
            && self.shows_notices()
            && self.cookie(Cookie::Session).is_some()
    }

    /// The value of a cookie, if the browser sent it.
    pub(crate) fn cookie(&self, cookie: Cookie) -> Option<String> {
        self.cookies.read(self.request.headers(), cookie)
    }

    /// The cookie with the work of the form before this page, if the page shows it.
    pub(crate) fn work_before(&self) -> Option<String> {
        self.cookie(Cookie::Work).filter(|_| self.environment.show_work && self.shows_notices())
    }

    /// The visitor's lab, if there is one.
    pub(crate) fn lab(&self) -> Option<Lab> {
        lab(self.request.headers(), self.environment)
    }

    /// The query parameters.
    pub(crate) fn query(&self) -> PageQuery {
        PageQuery::parse(self.request.uri().query())
    }

    /// The book id in the path.
    ///
    /// # Errors
    /// Not found if the segment is not an id.
    pub(crate) fn book_in_path(&self) -> Result<BookId, Failure> {
        self.path_segment.parse().map_err(|_| Failure::NotFound)
    }

    /// The patron who is logged in, and the token of the session.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] if nobody is logged in. The route's access rule already ensures that somebody is.
    pub(crate) fn patron(&self) -> Result<(&Patron, &str), Failure> {
        match &self.visitor {
            Visitor::Patron { patron, token, .. } => Ok((patron, token)),
            _ => Err(Failure::Forbidden),
        }
    }

    /// The id of the patron who is logged in, if any.
    pub(crate) fn patron_id(&self) -> Option<PatronId> {
        self.patron().ok().map(|(patron, _)| patron.id)
    }

    /// The title of a book for a notice, or its number if the catalog is unavailable.
    pub(crate) async fn book_title(&self, book: BookId) -> String {
        let title = self.services.catalog.title(book).await;
        title.unwrap_or_else(|| self.texts().book_number(book))
    }

    /// Redirects to `target`, which shows `notice`.
    pub(crate) fn redirect_with_notice(&self, target: &str, notice: &Notice) -> Response<Vec<u8>> {
        let mut response = see_other(target);
        self.cookies.set(response.headers_mut(), Cookie::Flash, &notice.to_cookie());
        response
    }

    /// Whether a page of another site caused this request. Browsers report it since 2023; older ones count as this site.
    pub(crate) fn is_from_another_site(&self) -> bool {
        let site = self.request.headers().get("sec-fetch-site");
        site.is_some_and(|site| site != "same-origin" && site != "none")
    }

    /// The client's address, if known.
    pub(crate) fn client_address(&self) -> Option<String> {
        client_address(self.request.headers(), &self.environment.client_address_header)
    }

    /// Redirects to the login page, which redirects back to [`return_page`](Self::return_page). If the browser's
    /// session has ended, the login page says so.
    pub(crate) fn redirect_to_login(&self) -> Response<Vec<u8>> {
        let target = link("/login", &[("next", Some(&self.return_page()))]);
        if self.cookie(Cookie::Session).is_none() {
            return see_other(&target);
        }
        let is_form = *self.request.method() == Method::POST;
        let notice = Notice::SessionEnded { is_unsaved: is_form };
        let mut response = self.redirect_with_notice(&target, &notice);
        self.cookies.clear(response.headers_mut(), Cookie::Session);
        if is_form && self.is_desk_page() {
            let draft = draft::to_cookie(self.request.uri().path(), self.request.body());
            if let Some(draft) = draft {
                self.cookies.set(response.headers_mut(), Cookie::Draft, &draft);
            }
        }
        response
    }

    /// The form that was sent to this page after the session had ended, to restore its fields.
    pub(crate) fn draft(&self) -> Option<Form> {
        draft::from_cookie(&self.cookie(Cookie::Draft)?, self.request.uri().path())
    }

    /// Whether this is a page for librarians.
    pub(crate) fn is_desk_page(&self) -> bool {
        self.access == Some(Access::Librarian)
    }

    /// The scheme and host in the browser's address bar, for absolute links; empty if unknown.
    pub(crate) fn origin(&self) -> String {
        // Spin adds the full URL to each request, after any that the client sent.
        let urls = self.request.headers().get_all("spin-full-url");
        let url = urls.iter().next_back().and_then(|url| url.to_str().ok());
        let host = url.and_then(|url| url.split_once("://")?.1.split('/').next());
        let is_host = |host: &&str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
            !host.is_empty() && host.bytes().all(allowed)
        };
        let scheme = if self.environment.secure_cookies { "https" } else { "http" };
        host.filter(is_host).map(|host| format!("{scheme}://{host}")).unwrap_or_default()
    }

    /// `target` if it is the path and query of one of our pages, else `otherwise`. Prevents open redirects.
    pub(crate) fn own_page_or<'t>(&self, target: &'t str, otherwise: &'t str) -> &'t str {
        own_page_or(target, otherwise, self.is_page)
    }

    /// The page that led to this one, if the address names it.
    pub(crate) fn from(&self) -> Option<String> {
        let from = self.query();
        let from = self.own_page_or(from.text("from"), "");
        (!from.is_empty()).then(|| from.to_owned())
    }

    /// The link to `path`, which keeps the page that led here.
    pub(crate) fn link_with_from(&self, path: &str) -> String {
        link(path, &[("from", self.from().as_deref())])
    }

    /// The page to go back to after a login or an error: the requested one; for a form that borrows a book, that
    /// book's page; for any other form, the page it is sent to.
    pub(crate) fn return_page(&self) -> String {
        let uri = self.request.uri();
        if !matches!(*self.request.method(), Method::GET | Method::HEAD) {
            let form = Form::read(self.request).ok();
            if let Some(book) = form.and_then(|form| form.value::<BookId>("book_id").ok()?) {
                return format!("/book/{book}");
            }
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        // A link that begins with two slashes would go to another host.
        format!("/{}", target.trim_start_matches('/'))
    }
}

/// The client's address. A trusted proxy and Spin append the address that they see to the header; anything before it
/// may be forged. The port is removed, because it differs for each connection.
fn client_address(headers: &HeaderMap, proxy_header: &str) -> Option<String> {
    let name = if proxy_header.is_empty() { "spin-client-addr" } else { proxy_header };
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let address = value.rsplit(',').next()?.trim();
    let without_port = address.parse().map(|address: SocketAddr| address.ip().to_string());
    (!address.is_empty()).then(|| without_port.unwrap_or_else(|_| address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_address_is_the_one_appended_last() {
        let mut headers = HeaderMap::new();
        for value in ["6.6.6.6:1", "[2001:db8::7]:51234"] {
            headers.append("spin-client-addr", value.parse().unwrap());
        }
        headers.append("x-forwarded-for", "6.6.6.6, 192.0.2.7".parse().unwrap());
        assert_eq!(client_address(&headers, "").as_deref(), Some("2001:db8::7"));
        assert_eq!(client_address(&headers, "x-forwarded-for").as_deref(), Some("192.0.2.7"));
        assert_eq!(client_address(&headers, "x-real-ip"), None);
        for (with_port, address) in
            [("192.0.2.7:4711", "192.0.2.7"), ("[2001:db8::7]:1", "2001:db8::7")]
        {
            headers.insert("x-forwarded-for", with_port.parse().unwrap());
            assert_eq!(client_address(&headers, "X-Forwarded-For").as_deref(), Some(address));
        }
    }
}
