//! The query parameters of a page.

use std::str::FromStr;

use contract::paging::Cursor;
use percent_encoding::percent_decode_str;

/// The query parameters of a page. Unlike the REST services, pages ignore invalid parameters: a mistyped URL still
/// shows a page, where the reader can correct it.
#[derive(Debug, Default)]
pub(crate) struct PageQuery(Vec<(String, String)>);

impl PageQuery {
    /// Parses the part of a URL after the `?`. Skips parameters that are not percent-encoded UTF-8.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode_str(&text).decode_utf8().ok().map(|text| text.into_owned())
        };
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((decode(name)?, decode(value)?))
        });
        Self(pairs.collect())
    }

    /// The trimmed value of a parameter; empty if absent. The first one counts.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The value of a parameter, if it parses.
    pub(crate) fn value<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// The cursor at which the page of a list begins: `after` or, without it, `before`.
    pub(crate) fn cursor(&self) -> Cursor {
        let id = |name| self.value::<i64>(name).filter(|id| *id > 0);
        match (id("after"), id("before")) {
            (Some(id), _) => Cursor::After(id),
            (None, Some(id)) => Cursor::Before(id),
            (None, None) => Cursor::Start,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::BookId;

    use super::*;

    #[test]
    fn parameters_that_do_not_decode_are_ignored() {
        let query = PageQuery::parse(Some("q=+a+b%2B&q=c&x=%ff&%ff=1&&y&after=7&before=x"));
        assert_eq!((query.text("q"), query.text("x"), query.text("y")), ("a b+", "", ""));
        assert_eq!(query.value::<BookId>("after"), BookId::try_from(7).ok());
        assert_eq!(query.value::<BookId>("before"), None);
        assert_eq!(PageQuery::parse(None).text("q"), "");
        assert_eq!(query.cursor(), Cursor::After(7));
        assert_eq!(PageQuery::parse(Some("after=x&before=8")).cursor(), Cursor::Before(8));
        assert_eq!(PageQuery::parse(Some("after=-1&before=0")).cursor(), Cursor::Start);
    }
}
