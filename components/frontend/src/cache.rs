//! The caching of responses by browsers and proxies.

use http::StatusCode;

/// The caching of a response by browsers and proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachePolicy {
    /// A year: the path contains a hash of the content.
    Immutable,
    /// A day, in shared caches too: the file is the same for everyone who reads the same language.
    Day,
    /// Personal responses are not stored; others are revalidated before each use.
    Page,
    /// Not stored, even without a session: the page contains a CSRF token.
    NoStore,
}

impl CachePolicy {
    /// The `Cache-Control` of a response. `is_personal` tells whether it depends on a cookie or sets one.
    pub(crate) fn cache_control(self, status: StatusCode, is_personal: bool) -> &'static str {
        match self {
            Self::Immutable if status == StatusCode::OK => "public, max-age=31536000, immutable",
            Self::Day if status == StatusCode::OK => "public, max-age=86400",
            Self::NoStore => "no-store",
            Self::Page if is_personal => "no-store",
            Self::Immutable | Self::Day | Self::Page => "no-cache",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_successful_responses_are_cached_without_revalidation() {
        for (policy, cache_control) in [
            (CachePolicy::Immutable, "public, max-age=31536000, immutable"),
            (CachePolicy::Day, "public, max-age=86400"),
        ] {
            assert_eq!(policy.cache_control(StatusCode::OK, false), cache_control);
            assert_eq!(policy.cache_control(StatusCode::NOT_FOUND, false), "no-cache");
        }
    }

    #[test]
    fn personal_pages_are_not_stored() {
        assert_eq!(CachePolicy::Page.cache_control(StatusCode::OK, true), "no-store");
        assert_eq!(CachePolicy::Page.cache_control(StatusCode::OK, false), "no-cache");
        assert_eq!(CachePolicy::NoStore.cache_control(StatusCode::OK, false), "no-store");
    }
}
