//! The links under a list to its other pages.

use contract::paging::Cursor;

/// A link to another page of a list.
pub(crate) struct PageLink {
    /// The link's relation to this page, in HTML's words.
    pub(crate) relation: &'static str,
    /// The key of its text.
    pub(crate) key: &'static str,
    /// Path and query.
    pub(crate) address: String,
}

impl PageLink {
    /// The path and query of the first page, if this page begins after the last entry: it was returned or removed since
    /// the link was made.
    pub(crate) fn beyond_end(
        cursor: Cursor,
        is_empty: bool,
        first_page: impl FnOnce() -> String,
    ) -> Option<String> {
        (is_empty && cursor != Cursor::Start).then(first_page)
    }

    /// To the page before this one.
    pub(crate) fn previous(address: String) -> Self {
        Self { relation: "prev", key: "pages-previous", address }
    }

    /// To the page after this one.
    pub(crate) fn next(address: String) -> Self {
        Self { relation: "next", key: "pages-next", address }
    }
}
