//! The pages: each module has one area's templates and, right below each, the function that fills it.

mod about;
mod book;
mod calendar;
mod catalogue;
mod desk;
mod desk_books;
mod desk_loans;
mod desk_patrons;
mod history;
mod loans;
mod login;
pub(crate) mod problem;

use http::Response;
use service_kit::peer::Peer;

use crate::{
    assets, failure::Failure, flash::Notice, form::Form, html::see, routes::Page, session::Cookie,
    visit::Visit,
};

/// What a page answers.
pub(crate) type Answer = Result<Response<Vec<u8>>, Failure>;

/// Answers a GET. Nothing here changes anything.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    match visit.route.page {
        // It was not looked who asks, so nothing of theirs is on that page.
        Page::Asset => Ok(assets::find(visit.request.uri().path())
            .unwrap_or_else(|| problem::no_such_page(visit.host))),
        // Where the original showed messages; ours stand on the pages they are about.
        Page::Alert => Ok(see("/")),
        Page::Catalogue => catalogue::show(visit).await,
        Page::Book => book::show(visit).await,
        Page::Login => login::show(visit).await,
        Page::Logout => login::show_logout(visit).await,
        Page::Loans => loans::show(visit).await,
        Page::History => history::show(visit).await,
        Page::Calendar => calendar::show(visit).await,
        Page::About => about::show(visit).await,
        Page::Desk => desk::show(visit).await,
        Page::DeskLoans => desk_loans::show(visit).await,
        Page::DeskBooks => desk_books::show(visit).await,
        Page::DeskBook => desk_books::show_one(visit).await,
        Page::DeskPatrons => desk_patrons::show(visit).await,
        Page::DeskReset => desk::show_reset(visit).await,
        page => Err(Failure::fault(format!("{page:?} is no page to show"))),
    }
}

/// Does what a form asks for. The form is known to be ours and of who sent it.
pub(crate) async fn change(visit: &Visit<'_, impl Peer>, form: &Form) -> Answer {
    match visit.route.page {
        Page::Borrow => loans::borrow(visit, form).await,
        Page::LogIn => login::log_in(visit, form).await,
        Page::LogOut => login::log_out(visit).await,
        Page::ChangeLoans => loans::change(visit, form).await,
        Page::Forget => history::forget(visit).await,
        Page::DeskReturn => desk_loans::give_back(visit, form).await,
        Page::DeskAddBook => desk_books::add(visit, form).await,
        Page::DeskChangeBook => desk_books::change(visit, form).await,
        Page::DeskAddPatron => desk_patrons::add(visit, form).await,
        Page::DeskResetAll => desk::reset(visit).await,
        page => Err(Failure::fault(format!("{page:?} takes no form"))),
    }
}

/// Leads on to `target`, where `notice` is shown.
fn see_with(visit: &Visit<'_, impl Peer>, target: &str, notice: &Notice) -> Response<Vec<u8>> {
    let mut response = see(target);
    visit.cookies.set(response.headers_mut(), Cookie::Flash, &notice.written());
    response
}
