//! One request and who makes it: what every page is given to work with.

use std::{net::SocketAddr, time::SystemTime};

use domain::{BookId, Date, OpenLoan, Patron};
use http::{HeaderMap, Method, Request};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use service_kit::{
    body::Body,
    peer::Peer,
    target::{Query, segments},
};

use crate::{
    failure::Failure,
    flash::{Notice, Tone},
    form::Form,
    routes::{self, Match, Page, Route},
    services::Services,
    session::{self, Cookie, Cookies},
    texts::Texts,
};

/// What the component is set up with, and what only its host can tell.
pub struct Host<'a> {
    /// The time.
    pub now: SystemTime,
    /// 256 bits that nobody can guess.
    pub random: &'a dyn Fn() -> [u8; 32],
    /// Whether browsers come over https.
    pub secure_cookies: bool,
    /// The header in which our own proxy names the client, empty when there is none.
    pub client_address_header: String,
}

impl Host<'_> {
    /// Whether the variable `secure_cookies` says so. What makes no sense is taken for yes: over http nobody can log in
    /// then, and who looks for the reason finds it in the log; the other way nobody would notice.
    pub fn has_secure_cookies(variable: &str) -> bool {
        match variable {
            "true" => true,
            "false" => false,
            other => {
                eprintln!("the variable secure_cookies: `{other}` is neither true nor false");
                true
            }
        }
    }
}

/// Who makes a request.
#[derive(Debug)]
pub(crate) enum Who {
    /// Nobody we know.
    Stranger,
    /// Somebody who is logged in.
    Patron { token: String, patron: Patron },
    /// Somebody with a session, but who that is can't be told: the patrons service is away.
    Unknown,
}

/// One request, where it leads, and who makes it.
pub(crate) struct Visit<'a, P> {
    pub(crate) request: &'a Request<Body>,
    pub(crate) services: &'a Services<P>,
    pub(crate) host: &'a Host<'a>,
    pub(crate) route: &'static Route,
    /// The segment that stands at `{id}` in the route.
    pub(crate) variable: String,
    pub(crate) who: Who,
    pub(crate) cookies: Cookies,
}

impl<P: Peer> Visit<'_, P> {
    /// The day it is.
    pub(crate) fn today(&self) -> Date {
        self.host.now.into()
    }

    /// The values after the `?`.
    ///
    /// # Errors
    /// When they can't be read; no link of ours is so.
    pub(crate) fn query(&self) -> Result<Query, Failure> {
        Query::parse(self.request.uri().query()).map_err(|_| Failure::NotFound)
    }

    /// The book whose number is in the path.
    ///
    /// # Errors
    /// Not found when it is none.
    pub(crate) fn book_in_path(&self) -> Result<BookId, Failure> {
        self.variable.parse().map_err(|_| Failure::NotFound)
    }

    /// Who is logged in, and the session's token. The route has seen to it that somebody is.
    ///
    /// # Errors
    /// When nobody is.
    pub(crate) fn patron(&self) -> Result<(&Patron, &str), Failure> {
        match &self.who {
            Who::Patron { patron, token } => Ok((patron, token)),
            _ => Err(Failure::Forbidden),
        }
    }

    /// The frame for a page; `here` is the menu's entry that leads to it, if one does.
    pub(crate) fn frame(&self, here: &'static str) -> Frame {
        let texts = Texts::english();
        let flash = self.cookies.read(self.request.headers(), Cookie::Flash);
        let notice = flash.as_deref().and_then(Notice::read);
        let notice = notice.map(|notice| (notice.tone(), notice.sentence(&texts)));
        let member = match &self.who {
            Who::Patron { patron, token } => Some(Member {
                name: patron.first_name.clone(),
                librarian: patron.role == "librarian",
                form_token: session::form_token(token),
                counts: None,
            }),
            _ => None,
        };
        // Two renderings of a page are two wishes; the same one sent twice is one.
        let page_key = session::visit((self.host.random)());
        Frame {
            texts,
            here,
            notice,
            member,
            is_unknown: matches!(self.who, Who::Unknown),
            today: self.today(),
            page_key,
            search: String::new(),
        }
    }

    /// As [`frame`](Self::frame), and the menu says how many books the patron has, as far as it can be
    /// told: one more question to the services, for pages that have no other to the ledger.
    pub(crate) async fn counting_frame(&self, here: &'static str) -> Frame {
        let patron = self.patron().ok().map(|(patron, _)| patron.id);
        let shelf = self.services.shelf(&[], patron).await.ok();
        let frame = self.frame(here);
        match (patron, shelf) {
            (Some(_), Some(shelf)) => frame.with_loans(&shelf.loans),
            _ => frame,
        }
    }

    /// The address that the request comes from, as far as it can be told.
    pub(crate) fn client_address(&self) -> Option<String> {
        client_address(self.request.headers(), &self.host.client_address_header)
    }

    /// The login, which leads back here; to the book, if there is one that was to be borrowed.
    pub(crate) fn to_login(&self) -> String {
        let form = (self.route.page == Page::Borrow).then(|| Form::read(self.request).ok());
        let book = form.flatten().and_then(|form| form.value::<BookId>("book_id").ok()?);
        let next = book.map_or_else(|| self.here(), |book| format!("/book/{book}"));
        format!("/login?next={}", query_value(&next))
    }

    /// The page that was asked for, as a link to it; for a form, the page it is sent to.
    pub(crate) fn here(&self) -> String {
        let uri = self.request.uri();
        let target = match *self.request.method() {
            Method::GET | Method::HEAD => uri.path_and_query().map_or("/", |t| t.as_str()),
            _ => uri.path(),
        };
        // With two slashes, which are no other page to us, a link would lead to another host.
        format!("/{}", target.trim_start_matches('/'))
    }
}

/// A proxy of ours adds the address it sees at the end of its header; what stands before came from outside.
/// Spin adds its own header at the end as well. Its port, which Spin and some proxies add, is another for each connection.
fn client_address(headers: &HeaderMap, proxy_header: &str) -> Option<String> {
    let name = if proxy_header.is_empty() { "spin-client-addr" } else { proxy_header };
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let address = value.rsplit(',').next()?.trim();
    let without_port = address.parse().map(|at: SocketAddr| at.ip().to_string());
    (!address.is_empty()).then(|| without_port.unwrap_or_else(|_| address.to_owned()))
}

/// `text` as a query's value that stays readable: a path in it keeps its slashes.
pub(crate) fn query_value(text: &str) -> String {
    const UNFIT: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'&')
        .add(b'+')
        .add(b'<')
        .add(b'>')
        .add(b'=')
        .add(b'?');
    utf8_percent_encode(text, UNFIT).to_string()
}

/// A page of ours that `target` is the path and query of; the catalogue when it is none, so that nobody
/// can be led elsewhere.
pub(crate) fn own_page(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    let is_own = target.starts_with('/')
        && !target.starts_with("//")
        && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && segments(path).is_ok_and(|path| {
            matches!(routes::find(&Method::GET, &path), Match::Route(route, _) if route.access != routes::Access::Public)
        });
    if is_own && !matches!(path, "/login" | "/logout") { target } else { "/" }
}

/// What is around every page: the words, the menu, who is logged in.
pub(crate) struct Frame {
    texts: Texts,
    here: &'static str,
    notice: Option<(Tone, String)>,
    member: Option<Member>,
    is_unknown: bool,
    pub(crate) today: Date,
    /// Tells this rendering of the page from every other.
    pub(crate) page_key: String,
    /// What stands in the search box.
    pub(crate) search: String,
}

/// Who is logged in, as the pages show it.
struct Member {
    name: String,
    librarian: bool,
    form_token: String,
    /// Books, and how many of them are overdue.
    counts: Option<(usize, usize)>,
}

/// An entry of the menu.
pub(crate) struct Entry {
    pub(crate) path: &'static str,
    pub(crate) label: String,
    /// In the entry but not in its name: how many books.
    pub(crate) count: Option<usize>,
    pub(crate) overdue: Option<String>,
}

impl Frame {
    /// The frame of a page that is nobody's.
    pub(crate) fn plain(host: &Host<'_>) -> Self {
        Self {
            texts: Texts::english(),
            here: "",
            notice: None,
            member: None,
            is_unknown: false,
            today: host.now.into(),
            page_key: String::new(),
            search: String::new(),
        }
    }

    /// Has the menu say how many books the patron has.
    pub(crate) fn with_loans(mut self, loans: &[OpenLoan]) -> Self {
        let overdue = loans.iter().filter(|open| open.loan.date_due < self.today).count();
        if let Some(member) = &mut self.member {
            member.counts = Some((loans.len(), overdue));
        }
        self
    }

    /// The words.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The text called `key`.
    pub(crate) fn t(&self, key: &str) -> String {
        self.texts.text(key)
    }

    /// The text called `key` about so many things.
    pub(crate) fn counted(&self, key: &str, count: impl TryInto<i64>) -> String {
        self.texts.counted(key, count)
    }

    /// The text called `key` about a book.
    pub(crate) fn titled(&self, key: &str, title: &str) -> String {
        self.texts.titled(key, title)
    }

    /// The entries of the menu that are for this visitor.
    pub(crate) fn menu(&self) -> Vec<Entry> {
        let entry = |path, key| Entry { path, label: self.t(key), count: None, overdue: None };
        let counts = self.member.as_ref().and_then(|member| member.counts);
        let mut menu = vec![entry("/", "menu-catalog")];
        menu.push(Entry {
            count: counts.map(|(books, _)| books).filter(|books| *books > 0),
            overdue: counts
                .map(|(_, overdue)| overdue)
                .filter(|overdue| *overdue > 0)
                .map(|overdue| self.counted("menu-overdue", overdue)),
            ..entry("/booklist", "menu-my-books")
        });
        if self.member.as_ref().is_some_and(|member| member.librarian) {
            menu.push(entry("/administrator", "menu-desk"));
        }
        menu.push(entry("/about", "menu-about"));
        menu
    }

    /// Whether the menu's entry for `path` leads here.
    pub(crate) fn is_here(&self, path: &str) -> bool {
        self.here == path
    }

    /// The first name of who is logged in.
    pub(crate) fn name(&self) -> Option<&str> {
        self.member.as_ref().map(|member| member.name.as_str())
    }

    /// What happened before this page.
    pub(crate) fn notice(&self) -> Option<&(Tone, String)> {
        self.notice.as_ref()
    }

    /// Whether somebody has a session and can't be told who that is.
    pub(crate) fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// The token of this visitor's forms, empty for a stranger, whose only form has its own.
    pub(crate) fn form_token(&self) -> &str {
        self.member.as_ref().map_or("", |member| &member.form_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_library() {
        for fine in ["/booklist", "/book/7", "/?q=a%20b&sort=title", "/administrator/loans"] {
            assert_eq!(own_page(fine), fine);
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
            assert_eq!(own_page(other), "/", "{other}");
        }
    }

    #[test]
    fn an_address_is_taken_from_who_added_it_last() {
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

    #[test]
    fn only_who_says_so_has_cookies_without_protection() {
        for (variable, is_secure) in
            [("true", true), ("false", false), ("True", true), ("1", true), ("", true)]
        {
            assert_eq!(Host::has_secure_cookies(variable), is_secure, "{variable}");
        }
    }

    #[test]
    fn a_path_stays_readable_in_a_query() {
        assert_eq!(query_value("/book/7"), "/book/7");
        assert_eq!(query_value("/?q=a&b"), "/%3Fq%3Da%26b");
    }
}
