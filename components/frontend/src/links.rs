//! Links between the pages, and the check that a redirect stays inside the library.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use service_kit::uri::path_segments;

/// The path `path` with these query parameters; parameters without a value are omitted.
pub(crate) fn link(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let query: Vec<_> =
        given.map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// `text` as a readable query value: slashes are not escaped.
pub(crate) fn query_value(text: &str) -> String {
    const ESCAPED: &AsciiSet = &CONTROLS
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
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// `target` if it is the path and query of one of our pages, otherwise `otherwise`. Prevents open redirects.
///
/// `is_page` looks up the segments of a path in the routing table.
pub(crate) fn own_page_or<'a>(
    target: &'a str,
    otherwise: &'a str,
    is_page: fn(&[String]) -> bool,
) -> &'a str {
    let path = target.split('?').next().unwrap_or_default();
    let is_own = is_own_path(target) && path_segments(path).is_ok_and(|path| is_page(&path));
    if is_own && !matches!(path, "/login" | "/logout") { target } else { otherwise }
}

/// `target` if it is a path and query of this host, whatever is there, else `otherwise`. Prevents open redirects.
pub(crate) fn own_path_or<'a>(target: &'a str, otherwise: &'a str) -> &'a str {
    if is_own_path(target) { target } else { otherwise }
}

/// Whether `target` is a path and query of this host. Browsers read `//name` and `/\name` as another host.
fn is_own_path(target: &str) -> bool {
    target.starts_with('/')
        && !target.starts_with("//")
        && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_host_leads_to_no_other() {
        for own in ["/", "/nothing", "/login?next=/booklist", "/?q=http://evil.example//"] {
            assert_eq!(own_path_or(own, "/other"), own);
        }
        for other in [
            "",
            "nothing",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example/",
            "/\t/evil.example",
            "/a\r\nset-cookie: b",
            "/é",
        ] {
            assert_eq!(own_path_or(other, "/"), "/", "{other}");
        }
    }

    #[test]
    fn a_path_in_a_query_is_readable() {
        assert_eq!(query_value("/book/7"), "/book/7");
        assert_eq!(query_value("/?q=a&b"), "/%3Fq%3Da%26b");
    }

    #[test]
    fn a_link_has_the_parameters_that_have_a_value() {
        assert_eq!(link("/", &[("q", None), ("sort", None)]), "/");
        assert_eq!(link("/", &[("q", Some("a b")), ("after", Some("7"))]), "/?q=a%20b&after=7");
    }
}
