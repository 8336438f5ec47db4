//! `/language/{tag}`: switches the language of the pages.

use crate::{
    context::RequestContext, cookies::Cookie, failure::Failure, handler::PageResult,
    html::see_other, language::Language, links::own_path_or,
};

/// `GET /language/{tag}`: remembers the language in this browser and returns to the page of the link.
///
/// A link is enough, because nothing changes but the browser's own cookie. From another site's link, that stays, too.
pub(crate) async fn choose(context: &RequestContext<'_>) -> PageResult {
    let language = Language::from_tag(&context.path_segment).ok_or(Failure::NotFound)?;
    let query = context.query();
    let mut response = see_other(own_path_or(query.text("next"), "/"));
    if !context.is_from_another_site() {
        context.cookies.set_for_a_year(response.headers_mut(), Cookie::Language, language.tag);
    }
    Ok(response)
}
