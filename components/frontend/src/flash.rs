//! What the next page says: a notice that travels in a cookie from the form's answer to the page that
//! the browser is led to, and is shown there once.
//!
//! Only its reader could forge one, and it is text wherever it is shown.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::texts::Texts;

/// Something that happened.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    LoggedIn {
        name: String,
    },
    LoggedOut,
    Borrowed {
        title: String,
    },
    Returned {
        title: String,
    },
    /// It was not the patron's any more.
    ReturnedBefore {
        title: String,
    },
    Renewed {
        title: String,
    },
    RenewedAll {
        count: usize,
    },
    RenewedSome {
        renewed: usize,
        refused: usize,
    },
    /// A rule of lending said no; `reason` is its code.
    Refused {
        title: String,
        reason: String,
    },
    /// The service gave no answer, so it may have been done or not.
    Unknown,
    Forgotten {
        count: u64,
    },
    BookAdded {
        title: String,
    },
    CopiesAdded {
        title: String,
    },
    CopiesChanged {
        title: String,
    },
    CopyWithdrawn {
        title: String,
    },
    PatronAdded {
        name: String,
    },
    Reset {
        loans: u64,
    },
}

/// Whether it is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
}

impl Tone {
    pub(crate) fn is_good(self) -> bool {
        self == Self::Good
    }

    /// The icon that goes with it.
    pub(crate) fn icon(self) -> &'static str {
        if self.is_good() { "yes" } else { "late" }
    }
}

impl Notice {
    /// As a cookie's value.
    pub(crate) fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// From a cookie's value.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    pub(crate) fn tone(&self) -> Tone {
        match self {
            Self::Refused { .. }
            | Self::Unknown
            | Self::RenewedSome { .. }
            | Self::CopiesChanged { .. }
            | Self::ReturnedBefore { .. } => Tone::Bad,
            _ => Tone::Good,
        }
    }

    /// In words.
    pub(crate) fn sentence(&self, texts: &Texts) -> String {
        match self {
            Self::LoggedIn { name } => texts.with("logged-in", &[("name", name.into())]),
            Self::LoggedOut => texts.text("logged-out"),
            Self::Borrowed { title } => texts.titled("borrowed", title),
            Self::Returned { title } => texts.titled("returned", title),
            Self::ReturnedBefore { title } => texts.titled("returned-before", title),
            Self::Renewed { title } => texts.titled("renewed", title),
            Self::RenewedAll { count } => texts.counted("renewed-all", *count),
            Self::RenewedSome { renewed, refused } => {
                let numbers = [("renewed", (*renewed).into()), ("refused", (*refused).into())];
                texts.with("renewed-some", &numbers)
            }
            Self::Refused { title, reason } => texts.refusal(reason, title),
            Self::Unknown => texts.text("outcome-unknown"),
            Self::Forgotten { count } => texts.counted("forgotten", *count),
            Self::BookAdded { title } => texts.titled("book-added", title),
            Self::CopiesAdded { title } => texts.titled("copies-added", title),
            Self::CopiesChanged { title } => texts.titled("copies-changed", title),
            Self::CopyWithdrawn { title } => texts.titled("copy-withdrawn", title),
            Self::PatronAdded { name } => texts.with("patron-added", &[("name", name.into())]),
            Self::Reset { loans } => texts.counted("demo-reset", *loans),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_comes_through_a_cookie() {
        let notice =
            Notice::Refused { title: "A; \"B\"\n<c> é".into(), reason: "no_copy_left".into() };
        let written = notice.written();
        assert!(written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(Notice::read(&written), Some(notice));
        assert_eq!(Notice::read("e30"), None);
        assert_eq!(Notice::read("%"), None);
    }
}
