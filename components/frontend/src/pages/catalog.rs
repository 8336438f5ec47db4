//! `/`: the front page and the paged catalog.

mod available;

use askama::Template;
use contract::{catalog::BookOrder, paging::Cursor};
use domain::{Book, BookId, Total};
use futures::join;
use http::StatusCode;

use super::book_card::{BookAction, BookCard, CardContext, rules_for};
use crate::{
    context::RequestContext,
    handler::PageResult,
    html::page,
    layout::Layout,
    links::link,
    page_links::PageLink,
    services::{BookList, BookQuery},
    texts::isolated,
};
use available::Window;

/// Books on one page. Fills rows of 2, 3, 4 and 6.
const PAGE_SIZE: u16 = 24;

/// The number of books on each of the front page's first two shelves.
const SHELF_SIZE: usize = 6;

/// The orders that the page offers, the default first.
const ORDERS: [BookOrder; 3] = [BookOrder::Newest, BookOrder::Title, BookOrder::Author];

/// The maximum number of words that a search without results offers as separate searches: as many as the catalog uses.
const MAX_WORDS: usize = 8;

/// New books on a page that found nothing.
const NEW_BOOKS: u16 = 6;

#[derive(Template)]
#[template(path = "pages/catalog.html")]
struct CatalogPage<'a> {
    layout: Layout<'a>,
    /// The part of `<title>` before the name of the page.
    title: Option<String>,
    /// Path and query of this page, without the parameters that don't change it.
    canonical: String,
    /// The author whose books are shown; empty for all.
    author: String,
    /// The number of matching books, in words.
    summary: String,
    /// The range of this page, in words, if there are several pages.
    range: Option<String>,
    is_front: bool,
    is_anonymous: bool,
    only_available: bool,
    /// The same list with or without the filter.
    toggle_available: String,
    orders: Vec<OrderLink>,
    /// The books in groups: three shelves on the front page, otherwise one.
    shelves: Vec<Shelf>,
    /// The text of a page without books.
    empty: Option<EmptyPage>,
    page_links: Vec<PageLink>,
    is_ledger_unavailable: bool,
}

struct OrderLink {
    link: String,
    label: String,
    is_current: bool,
}

/// A group of books under a heading, if it has one.
struct Shelf {
    heading: Option<String>,
    cards: Vec<BookCard>,
}

/// A text and links: URLs and labels.
struct EmptyPage {
    text: String,
    links: Vec<(String, String)>,
}

/// The parameters of the page.
#[derive(Default)]
struct CatalogQuery {
    text: String,
    author: String,
    order: BookOrder,
    only_available: bool,
    cursor: Cursor,
}

impl CatalogQuery {
    fn parse(context: &RequestContext<'_>) -> Self {
        let query = context.query();
        Self {
            text: query.text("q").to_owned(),
            author: query.text("author").to_owned(),
            order: query.value("sort").unwrap_or(ORDERS[0]),
            only_available: query.text("available") == "1",
            cursor: query.cursor(),
        }
    }

    /// The link to this page.
    fn canonical(&self) -> String {
        let cursor = match self.cursor {
            Cursor::Start => None,
            Cursor::After(id) => Some(("after", id)),
            Cursor::Before(id) => Some(("before", id)),
        };
        let cursor = cursor.and_then(|(name, id)| Some((name, BookId::try_from(id).ok()?)));
        self.link(self.order, self.only_available, cursor)
    }

    /// Whether this is the front page: no search, no filter, the default order, the first page.
    fn is_front(&self) -> bool {
        self.canonical() == "/"
    }

    /// The link to a search for one word, in the same order and with the same filter.
    fn link_to_word(&self, word: &str) -> String {
        let (text, author) = (word.to_owned(), String::new());
        Self { text, author, ..*self }.link(self.order, self.only_available, None)
    }

    /// The link to this search in another order or with another filter, at this cursor.
    fn link(
        &self,
        order: BookOrder,
        only_available: bool,
        cursor: Option<(&str, BookId)>,
    ) -> String {
        let (name, id) = match cursor {
            Some((name, id)) => (name, Some(id.to_string())),
            None => ("after", None),
        };
        let text = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
        let (q, author) = (text(&self.text), text(&self.author));
        let parameters = [
            ("q", q.as_deref()),
            ("author", author.as_deref()),
            ("sort", (order != ORDERS[0]).then_some(order.as_str())),
            ("available", only_available.then_some("1")),
            (name, id.as_deref()),
        ];
        link("/", &parameters)
    }

    /// Order and filter as hidden parameters of a new search.
    fn filters(&self) -> Vec<(&'static str, String)> {
        let sort = (self.order != ORDERS[0]).then(|| ("sort", self.order.to_string()));
        let available = self.only_available.then(|| ("available", "1".to_owned()));
        sort.into_iter().chain(available).collect()
    }
}

/// `GET /`. Costs two service calls, three for a patron, four for a patron with books, regardless of the number of
/// books; one more on a further page of available books in a large catalog.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let query = CatalogQuery::parse(context);
    let services = context.services;
    let book_query = BookQuery {
        text: &query.text,
        author: &query.author,
        order: query.order,
        cursor: query.cursor,
        limit: PAGE_SIZE,
    };
    let mut window = if query.only_available {
        Window::read(&services.catalog, book_query).await?
    } else {
        Window { list: services.catalog.books(&book_query).await?, is_complete: false }
    };
    let ids: Vec<_> = window.list.books.iter().map(|book| book.id).collect();
    // Without books, the ledger is asked about the patron only.
    let (availability, new_books) = join!(
        services.borrowing.availability(&ids, context.patron_id()),
        new_books(context, &window.list),
    );
    let availability = availability.ok();
    let availability = availability.as_ref();
    let rules = rules_for(context, availability).await;

    // Without the ledger, the list has all books, and its summary must not claim that they are available.
    let only_available = query.only_available && availability.is_some();
    let is_first = window.list.previous.is_none();
    let mut skipped = if is_first { Some(Total::Exactly(0)) } else { window.list.skipped };
    let (mut total, matches) = (window.list.total, window.list.total);
    if query.only_available {
        let counted = window.cut(availability, query.cursor);
        if only_available || counted.is_some() {
            (total, skipped) = counted.map(|(all, before)| (all.into(), before.into())).unzip();
        }
    }
    let list = window.list;
    let loans = availability.map(|availability| availability.loans.as_slice());
    let mut layout = Layout::new(context, "/").with_loans(loans.unwrap_or_default());
    layout.search.clone_from(&query.text);
    layout.search_filters = query.filters();
    let range = range(&layout, total, skipped, list.books.len());
    let is_front = query.is_front();
    let address = |name, id| query.link(query.order, query.only_available, Some((name, id)));
    let previous = list.previous.map(|id| PageLink::previous(address("before", id)));
    let next = list.next.map(|id| PageLink::next(address("after", id)));
    let here = layout.here.clone();
    let cards = CardContext {
        visitor: &context.visitor,
        layout: &layout,
        availability,
        rules,
        from: (!is_front).then_some(here.as_str()),
    };
    let new_books: Vec<_> =
        new_books.into_iter().map(|book| cards.card_without_state(book)).collect();
    let cards: Vec<_> = list.books.into_iter().map(|book| cards.card(book)).collect();
    let found = Matches { all: matches.map_or(0, u32::from), searched: ids.len(), shown: total };
    let empty = cards.is_empty().then(|| empty_page(&layout, &query, only_available, &found));
    let catalog = CatalogPage {
        title: title(&layout, &query, range.as_deref()),
        canonical: query.canonical(),
        summary: summary(&layout, &query.text, only_available, total),
        range,
        is_front: is_front && !cards.is_empty(),
        is_anonymous: matches!(context.visitor, crate::context::Visitor::Anonymous),
        only_available: query.only_available,
        toggle_available: query.link(query.order, !query.only_available, None),
        orders: ORDERS
            .map(|order| OrderLink {
                link: query.link(order, query.only_available, None),
                label: layout.text(&format!("sort-{order}")),
                is_current: order == query.order,
            })
            .into(),
        shelves: shelves(&layout, cards, new_books, is_front),
        empty,
        page_links: previous.into_iter().chain(next).collect(),
        is_ledger_unavailable: availability.is_none(),
        author: query.author,
        layout,
    };
    Ok(page(StatusCode::OK, &catalog))
}

/// Some new books for a page that found nothing; none if the catalog does not answer.
async fn new_books(context: &RequestContext<'_>, list: &BookList) -> Vec<Book> {
    if !list.books.is_empty() {
        return Vec::new();
    }
    let query = BookQuery { order: ORDERS[0], limit: NEW_BOOKS, ..BookQuery::default() };
    context.services.catalog.books(&query).await.map(|list| list.books).unwrap_or_default()
}

/// Groups the books of the front page: the newest, some that are available, and the rest. Each book is on one shelf.
/// A page that found nothing has new books instead.
fn shelves(
    layout: &Layout<'_>,
    mut cards: Vec<BookCard>,
    new_books: Vec<BookCard>,
    is_front: bool,
) -> Vec<Shelf> {
    let shelf = |key, cards| Shelf { heading: Some(layout.text(key)), cards };
    if !new_books.is_empty() {
        return vec![shelf("shelf-new", new_books)];
    }
    if !is_front {
        return vec![Shelf { heading: None, cards }];
    }
    let mut rest = cards.split_off(cards.len().min(SHELF_SIZE));
    let mut available = Vec::new();
    let mut index = 0;
    while index < rest.len() && available.len() < SHELF_SIZE {
        match rest[index].is_available {
            Some(true) => available.push(rest.remove(index)),
            _ => index += 1,
        }
    }
    let shelves =
        [shelf("shelf-new", cards), shelf("shelf-available", available), shelf("shelf-more", rest)];
    shelves.into_iter().filter(|shelf| !shelf.cards.is_empty()).collect()
}

/// The number of matching books, in words. `total` is `None` if only a part of the catalog was searched.
fn summary(layout: &Layout<'_>, text: &str, only_available: bool, total: Option<Total>) -> String {
    let kind = match (text.is_empty(), only_available) {
        (true, false) => "titles",
        (true, true) => "titles-available",
        (false, false) => "titles-with",
        (false, true) => "titles-with-available",
    };
    let text = ("text", isolated(text));
    match total {
        None => layout.texts.with(&format!("some-{kind}"), &[text]),
        Some(Total::MoreThanCounted) => layout.texts.with(&format!("many-{kind}"), &[text]),
        Some(Total::Exactly(count)) => layout.texts.with(kind, &[("count", count.into()), text]),
    }
}

/// The range of this page, if known and if there are other pages.
fn range(
    layout: &Layout<'_>,
    total: Option<Total>,
    skipped: Option<Total>,
    shown: usize,
) -> Option<String> {
    let (Total::Exactly(total), Total::Exactly(skipped)) = (total?, skipped?) else { return None };
    let shown = u32::try_from(shown).ok().filter(|shown| *shown > 0 && *shown < total)?;
    let (first, last) = (skipped + 1, skipped + shown);
    let values = [("first", first.into()), ("last", last.into()), ("total", total.into())];
    Some(layout.texts.with("titles-range", &values))
}

/// The part of `<title>` that distinguishes this page from the other pages of the catalog.
fn title(layout: &Layout<'_>, query: &CatalogQuery, range: Option<&str>) -> Option<String> {
    let text = (!query.text.is_empty()).then(|| layout.texts.titled("quoted", &query.text));
    let author = (!query.author.is_empty()).then(|| query.author.clone());
    let is_later = query.cursor != Cursor::Start;
    let page = is_later.then(|| range.map_or_else(|| layout.text("further-titles"), str::to_owned));
    let parts: Vec<_> = [text, author, page].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The numbers of books that a page without books was made from.
struct Matches {
    /// The books that match the search.
    all: u32,
    /// Those that were searched for available ones.
    searched: usize,
    /// The books on all pages of the list; `None` if only a part of the catalog was searched.
    shown: Option<Total>,
}

/// The reason why this page has no books, and a link.
fn empty_page(
    layout: &Layout<'_>,
    query: &CatalogQuery,
    only_available: bool,
    found: &Matches,
) -> EmptyPage {
    let one = |text: String, address: String, label: String| EmptyPage {
        text,
        links: vec![(address, label)],
    };
    let is_beyond_end =
        found.searched == 0 || found.shown.is_some_and(|total| u32::from(total) > 0);
    if found.all > 0 && query.cursor != Cursor::Start && is_beyond_end {
        let first_page = query.link(query.order, query.only_available, None);
        return one(layout.text("no-more-titles"), first_page, layout.text("link-first-page"));
    }
    if found.all > 0 && only_available {
        let text = match found.shown {
            Some(_) => layout.text("nothing-available"),
            None => layout.counted("nothing-available-here", found.searched),
        };
        let all = query.link(query.order, false, None);
        return one(text, all, layout.counted("show-all-found", found.all));
    }
    let words: Vec<_> = query.text.split_whitespace().take(MAX_WORDS).collect();
    if words.len() > 1 {
        let link = |word: &str| (query.link_to_word(word), word.to_owned());
        let links = words.into_iter().map(link).collect();
        return EmptyPage { text: layout.text("nothing-found-words"), links };
    }
    if !query.text.is_empty() || !query.author.is_empty() {
        return one(layout.text("nothing-found"), "/".to_owned(), layout.text("link-catalog"));
    }
    one(layout.text("empty-catalog"), "/about".to_owned(), layout.text("link-about"))
}
