//! `/administrator/books/{id}/withdraw` and `…/remove`: a question before a change that can't be undone.

use askama::Template;
use domain::Book;
use futures::join;
use http::StatusCode;

use super::book::{find, path};
use crate::{context::RequestContext, handler::PageResult, html::page, layout::Layout};

/// A page with a question, a button that answers yes, and a link that answers no.
#[derive(Template)]
#[template(path = "pages/desk/question.html")]
struct Question<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    heading: String,
    /// The label of the button.
    text: String,
    /// The path of the form and of the link back.
    path: String,
    /// The values of hidden fields, by name.
    fields: Vec<(&'static str, String)>,
    /// The name of the button, with the value 1.
    name: &'static str,
    button: String,
    /// The text of the link.
    keep: String,
}

/// `GET /administrator/books/{id}/withdraw`: asks before a copy is withdrawn.
pub(crate) async fn ask_withdraw(context: &RequestContext<'_>) -> PageResult {
    let texts = QuestionTexts {
        heading: "withdraw-question",
        hint: "withdraw-hint",
        button: "withdraw",
        keep: "withdraw-keep",
    };
    // The librarian decides by the number of copies that the page shows.
    let fields = |book: &Book| vec![("from", book.copies.to_string())];
    ask(context, "withdraw", texts, fields).await
}

/// `GET /administrator/books/{id}/remove`: asks before the book is removed from the catalog.
pub(crate) async fn ask_remove(context: &RequestContext<'_>) -> PageResult {
    let texts = QuestionTexts {
        heading: "remove-question",
        hint: "remove-hint",
        button: "remove-book",
        keep: "remove-keep",
    };
    ask(context, "remove", texts, |_| Vec::new()).await
}

/// The keys of a question's texts; the heading has the book's `$title`.
struct QuestionTexts {
    heading: &'static str,
    hint: &'static str,
    button: &'static str,
    keep: &'static str,
}

async fn ask(
    context: &RequestContext<'_>,
    name: &'static str,
    texts: QuestionTexts,
    fields: fn(&Book) -> Vec<(&'static str, String)>,
) -> PageResult {
    let (book, layout) = join!(find(context), Layout::new_with_loans(context, "/administrator"));
    let book = book?;
    let question = Question {
        tab: "books",
        heading: layout.texts.titled(texts.heading, &book.title),
        text: layout.text(texts.hint),
        path: context.link_with_from(&path(book.id)),
        fields: fields(&book),
        name,
        button: layout.text(texts.button),
        keep: layout.text(texts.keep),
        layout,
    };
    Ok(page(StatusCode::OK, &question))
}
