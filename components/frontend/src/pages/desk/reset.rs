//! `/administrator/reset`: returns every book, or resets a demo to its first day, after a confirmation.

use askama::Template;
use contract::demo::SinceFirstDay;
use futures::join;
use http::StatusCode;

use crate::{
    context::RequestContext,
    cookies::Cookie,
    failure::Failure,
    flash::{DeskNotice, Notice},
    form::Form,
    handler::PageResult,
    html::page,
    layout::Layout,
};

#[derive(Template)]
#[template(path = "pages/desk/reset.html")]
struct ResetPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    /// Open loans; `None` if the ledger is unavailable.
    out: Option<u64>,
    first_day: FirstDay,
}

/// The state of the reset to the first day, as the page shows it.
enum FirstDay {
    /// The library is not a demo.
    None,
    /// A service is unavailable.
    Unavailable,
    /// The data that the reset discards, in words; empty if nothing has changed.
    Discards(Vec<String>),
    /// The last reset stopped halfway.
    Interrupted,
}

impl FirstDay {
    /// Whether a reset would do something.
    fn can_reset(&self) -> bool {
        match self {
            Self::None | Self::Unavailable => false,
            Self::Discards(lost) => !lost.is_empty(),
            Self::Interrupted => true,
        }
    }
}

/// `GET /administrator/reset`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let services = context.services;
    let since = async {
        if !context.environment.demo_mode {
            return Ok(None);
        }
        services.lending.since_first_day().await
    };
    let (statistics, since, layout) = join!(
        services.borrowing.statistics(context.today(), 1),
        since,
        Layout::new_with_loans(context, "/administrator"),
    );
    let out = statistics.ok().map(|statistics| statistics.out);
    let first_day = match since {
        Err(_) => FirstDay::Unavailable,
        Ok(None) => FirstDay::None,
        Ok(Some(since)) if since.epochs().iter().any(|epoch| *epoch != since.loans.epoch) => {
            FirstDay::Interrupted
        }
        Ok(Some(since)) => FirstDay::Discards(discards(&layout, &since)),
    };
    Ok(page(StatusCode::OK, &ResetPage { layout, tab: "reset", out, first_day }))
}

fn discards(layout: &Layout<'_>, since: &SinceFirstDay) -> Vec<String> {
    let SinceFirstDay { books, patrons, loans } = since;
    [
        ("lost-loans", loans.loans),
        ("lost-books-added", books.added),
        ("lost-books-changed", books.changed),
        ("lost-books-removed", books.removed),
        ("lost-patrons-added", patrons.added),
        ("lost-patrons-changed", patrons.changed),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(key, count)| layout.counted(key, count))
    .collect()
}

/// `POST /administrator/reset`.
pub(crate) async fn submit(context: &RequestContext<'_>, form: &Form) -> PageResult {
    let services = context.services;
    let notice = match form.text("reset")? {
        "returns" => {
            // Sessions end last, so that the librarian can repeat an incomplete reset.
            let loans = services.borrowing.return_all().await?;
            services.patrons.end_all_sessions().await?;
            DeskNotice::AllReturned { loans }
        }
        "first-day" if services.lending.reset_to_first_day().await? => DeskNotice::FirstDay,
        _ => return Err(Failure::InvalidForm),
    };
    let mut response = context.redirect_with_notice("/", &Notice::Desk(notice));
    context.cookies.clear(response.headers_mut(), Cookie::Session);
    Ok(response)
}
