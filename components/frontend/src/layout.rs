//! The layout of every page: the menu, the account, the search field and the notice.

use contract::{paging::Cursor, work::Work};
use domain::{BookId, Date, OpenLoan};

use crate::{
    context::{RequestContext, Visitor},
    cookies::Cookie,
    csrf::{csrf_token, random_id},
    flash::{Notice, Tone},
    frame::{Footer, Navigation, Notices},
    lab::{Lab, text_key},
    language::{LANGUAGES, Language},
    links::link,
    texts::Texts,
    work::{WorkPanel, previous},
};

/// The layout's values, which every template needs besides its own.
pub(crate) struct Layout<'a> {
    pub(crate) texts: &'a Texts,
    /// Today (UTC).
    pub(crate) today: Date,
    /// Identifies this rendered page, so that each of its forms is executed at most once.
    pub(crate) page_key: String,
    /// The text in the search field.
    pub(crate) search: String,
    /// Hidden parameters of the search: the order and filter of the current list.
    pub(crate) search_filters: Vec<(&'static str, String)>,
    /// Path and query of this page, for forms to return to.
    pub(crate) here: String,
    /// The page that led to this one.
    pub(crate) from: Option<String>,
    /// The library's scheme and host, for absolute links; empty if unknown.
    pub(crate) origin: String,
    /// The path of this page's menu entry; empty if it has none.
    current: &'static str,
    notice: Option<(Tone, String)>,
    /// The book that the notice's Undo button borrows again.
    undo: Option<BookId>,
    /// Path and text of the notice's link.
    notice_link: Option<(String, String)>,
    account: Account,
    /// The numbers of the patron's books and of overdue ones, if the ledger was queried.
    loan_counts: Option<(usize, usize)>,
    shows_work: bool,
    /// The work of the form before this page.
    work_before: Option<Work>,
    /// The broken services in words, and the CSRF token of the form that repairs them.
    broken: Option<(String, String)>,
}

/// The visitor's account in the masthead.
enum Account {
    LoggedOut,
    LoggedIn {
        name: String,
        is_librarian: bool,
        csrf_token: String,
    },
    /// The patrons service is unavailable.
    Unresolved,
}

/// A link that switches the language of the pages.
pub(crate) struct LanguageLink {
    pub(crate) tag: &'static str,
    /// The language's name in itself.
    pub(crate) name: &'static str,
    pub(crate) path: String,
}

/// An entry of the menu.
pub(crate) struct MenuEntry {
    pub(crate) path: &'static str,
    pub(crate) label: String,
    /// The number of the patron's books.
    pub(crate) count: Option<usize>,
    /// The number of overdue books.
    pub(crate) overdue: Option<usize>,
}

impl<'a> Layout<'a> {
    /// The layout of a page with the menu entry `current`.
    pub(crate) fn new(context: &'a RequestContext<'_>, current: &'static str) -> Self {
        let texts = context.texts();
        let notice = context.cookie(Cookie::Flash).as_deref().and_then(Notice::from_cookie);
        let notice = notice.filter(|_| context.shows_notices());
        let has_ended = notice.is_none() && context.has_ended_session();
        let notice = notice.or(has_ended.then_some(Notice::SessionEnded { is_unsaved: false }));
        let here = context.return_page();
        let notice_link = match &notice {
            Some(_) if has_ended => {
                Some((link("/login", &[("next", Some(&here))]), texts.text("log-in-again")))
            }
            Some(notice) => notice.link().map(|(path, key)| (path, texts.text(key))),
            None => None,
        };
        // No link to the page that the reader is on.
        let is_elsewhere = |(path, _): &(String, String)| path.split('?').next() != Some(current);
        let account = match &context.visitor {
            Visitor::Anonymous => Account::LoggedOut,
            Visitor::Unresolved => Account::Unresolved,
            Visitor::Patron { patron, token, .. } => Account::LoggedIn {
                name: [&patron.first_name, &patron.last_name]
                    .into_iter()
                    .find(|name| !name.is_empty())
                    .cloned()
                    .unwrap_or_default(),
                is_librarian: context.visitor.is_librarian(),
                csrf_token: csrf_token(token),
            },
        };
        Self {
            texts,
            today: context.today(),
            page_key: random_id((context.environment.random)()),
            search: String::new(),
            search_filters: Vec::new(),
            here,
            from: context.from(),
            origin: context.origin(),
            undo: notice.as_ref().and_then(Notice::undo).filter(|_| !context.visitor.is_blocked()),
            notice_link: notice_link.filter(is_elsewhere),
            current,
            notice: notice.map(|notice| (notice.tone(), notice.sentence(texts, context.today()))),
            account,
            loan_counts: None,
            shows_work: context.environment.show_work,
            broken: context.lab().and_then(|lab| Some((broken(texts, &lab)?, lab.csrf_token()))),
            work_before: context.work_before().as_deref().and_then(previous::from_cookie),
        }
    }

    /// Like [`new`](Self::new), with the patron's number of books in the menu. Costs one service call, so it is for
    /// pages that do not query the ledger anyway.
    pub(crate) async fn new_with_loans(
        context: &'a RequestContext<'_>,
        current: &'static str,
    ) -> Self {
        let layout = Self::new(context, current);
        let Some(patron) = context.patron_id() else { return layout };
        match context.services.borrowing.loans_of(patron).await {
            Ok(loans) => layout.with_loans(&loans),
            Err(_) => layout,
        }
    }

    /// Shows the number of the patron's books in the menu.
    pub(crate) fn with_loans(mut self, loans: &[OpenLoan]) -> Self {
        let overdue = loans.iter().filter(|open| open.loan.date_due < self.today).count();
        self.loan_counts = Some((loans.len(), overdue));
        self
    }

    /// The `<title>` of a page of a list: its search, whether it is a further page, and the heading.
    pub(crate) fn list_title(&self, search: &str, cursor: Cursor, heading: &str) -> String {
        let search = (!search.is_empty()).then(|| self.texts.titled("quoted", search));
        let further = (cursor != Cursor::Start).then(|| self.text("further-entries"));
        let parts = [search, further, Some(heading.to_owned())];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The link to `path`, whose page can lead back here. It omits the page that led here, so that links don't grow.
    pub(crate) fn link_from_here(&self, path: &str) -> String {
        let (page, query) = self.here.split_once('?').unwrap_or((&self.here, ""));
        let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("from=")).collect();
        let kept = kept.join("&");
        let here = if kept.is_empty() { page.to_owned() } else { format!("{page}?{kept}") };
        link(path, &[("from", Some(&here))])
    }

    /// The menu and the account, in HTML.
    pub(crate) fn navigation(&self) -> Navigation<'_, 'a> {
        Navigation { layout: self }
    }

    /// The notices, in HTML.
    pub(crate) fn notices(&self) -> Notices<'_, 'a> {
        Notices { layout: self }
    }

    /// The footer, in HTML.
    pub(crate) fn footer(&self) -> Footer<'_, 'a> {
        Footer { layout: self }
    }

    /// The message `key`.
    pub(crate) fn text(&self, key: &str) -> String {
        self.texts.text(key)
    }

    /// The message `key` with a `$count`.
    pub(crate) fn counted(&self, key: &str, count: impl TryInto<i64>) -> String {
        self.texts.counted(key, count)
    }

    /// The attributes of a field for a whole number.
    pub(crate) fn number_attributes(&self, min: u32, max: u32) -> String {
        format!("type=\"number\" required min=\"{min}\" max=\"{max}\"")
    }

    /// The broken services in words, and the CSRF token of the form that repairs them.
    pub(crate) fn broken(&self) -> Option<&(String, String)> {
        self.broken.as_ref()
    }

    /// Whether the page shows how it was made.
    pub(crate) fn shows_work(&self) -> bool {
        self.shows_work
    }

    /// The panel with the work until now. All calls have ended when the template is rendered.
    pub(crate) fn work(&self) -> Option<WorkPanel<'_>> {
        WorkPanel::new(self.texts, self.work_before.as_ref()).filter(|_| self.shows_work)
    }

    /// The menu's entries for this visitor.
    pub(crate) fn menu(&self) -> Vec<MenuEntry> {
        let entry =
            |path, key| MenuEntry { path, label: self.text(key), count: None, overdue: None };
        let is_librarian = matches!(self.account, Account::LoggedIn { is_librarian: true, .. });
        let (books, overdue) = self.loan_counts.unwrap_or_default();
        let mut menu = vec![
            entry("/", "menu-catalog"),
            MenuEntry {
                count: (books > 0).then_some(books),
                overdue: (overdue > 0).then_some(overdue),
                ..entry("/booklist", "menu-my-books")
            },
        ];
        if is_librarian {
            menu.push(entry("/administrator", "menu-desk"));
        }
        menu.push(entry("/about", "menu-about"));
        menu
    }

    /// The links to this page in the other languages.
    pub(crate) fn languages(&self) -> Vec<LanguageLink> {
        let others = LANGUAGES.iter().filter(|other| other.tag != self.texts.language.tag);
        let entry = |language: &'static Language| LanguageLink {
            tag: language.tag,
            name: language.name,
            path: link(
                &format!("/language/{}", language.tag),
                &[("next", Some(self.here.as_str()))],
            ),
        };
        others.map(entry).collect()
    }

    /// Whether the menu entry for `path` is this page's.
    pub(crate) fn is_current(&self, path: &str) -> bool {
        self.current == path
    }

    /// The patron's name, if logged in.
    pub(crate) fn account_name(&self) -> Option<&str> {
        match &self.account {
            Account::LoggedIn { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The notice to show.
    pub(crate) fn notice(&self) -> Option<&(Tone, String)> {
        self.notice.as_ref()
    }

    /// The book that the notice offers to borrow again.
    pub(crate) fn undo(&self) -> Option<BookId> {
        self.undo.filter(|_| matches!(self.account, Account::LoggedIn { .. }))
    }

    /// Path and text of the notice's link.
    pub(crate) fn notice_link(&self) -> Option<&(String, String)> {
        self.notice_link.as_ref()
    }

    /// Whether the browser has a session that cannot be looked up.
    pub(crate) fn is_account_unresolved(&self) -> bool {
        matches!(self.account, Account::Unresolved)
    }

    /// The CSRF token of the patron's forms. Anonymous visitors have only the login form, with its own token.
    pub(crate) fn csrf_token(&self) -> &str {
        match &self.account {
            Account::LoggedIn { csrf_token, .. } => csrf_token,
            _ => "",
        }
    }
}

/// The broken services in words.
fn broken(texts: &Texts, lab: &Lab) -> Option<String> {
    let of_service = |(service, fault): (&'static str, _)| {
        let state = texts.text(text_key(Some(fault)));
        texts.with("lab-state", &[("service", service.into()), ("state", state.into())])
    };
    let broken: Vec<String> = lab.broken().map(of_service).collect();
    let list = broken.join(", ");
    (!broken.is_empty()).then(|| texts.with("lab-broken", &[("services", list.into())]))
}
