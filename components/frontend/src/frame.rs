//! The parts of the layout that are the same code on every page. Each is a template of its own, rendered through
//! [`Layout`]; inside `base.html`, their code would be repeated for every page and make the component larger.

use askama::Template;

use crate::layout::Layout;

/// The menu and the account.
#[derive(Template)]
#[template(path = "parts/navigation.html")]
pub(crate) struct Navigation<'l, 'a> {
    pub(crate) layout: &'l Layout<'a>,
}

/// The result of a form, broken services, and an account that cannot be looked up.
#[derive(Template)]
#[template(path = "parts/notices.html")]
pub(crate) struct Notices<'l, 'a> {
    pub(crate) layout: &'l Layout<'a>,
}

/// The links at the end, and how the page was made.
#[derive(Template)]
#[template(path = "parts/footer.html")]
pub(crate) struct Footer<'l, 'a> {
    pub(crate) layout: &'l Layout<'a>,
}
