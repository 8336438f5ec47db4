//! `/administrator`: the librarian's desk. This module has its first page, with the loans due today and the overdue
//! ones.

pub(crate) mod book;
mod book_fields;
pub(crate) mod book_questions;
pub(crate) mod books;
mod chart;
mod loan_row;
pub(crate) mod loans;
pub(crate) mod patron;
mod patron_fields;
pub(crate) mod patrons;
pub(crate) mod reset;

use askama::Template;
use contract::{borrowing::LoanStatistics, catalog::CatalogStatistics};
use domain::OpenLoan;
use futures::join;
use http::StatusCode;

use crate::{
    context::RequestContext, handler::PageResult, html::page, layout::Layout, services::LoanQuery,
};
use chart::Chart;
use loan_row::{LoanRow, Shown, loan_rows};

/// The number of days in the chart.
const CHART_DAYS: u16 = 30;

/// The number of listed loans due today.
const MAX_DUE_TODAY: u16 = 100;

/// The number of listed overdue loans, the longest overdue first. A link leads to all.
const MAX_OVERDUE: u16 = 10;

#[derive(Template)]
#[template(path = "pages/desk/index.html")]
struct DeskPage<'a> {
    layout: Layout<'a>,
    tab: &'static str,
    /// `None` if the catalog is unavailable.
    collection: Option<CatalogStatistics>,
    /// `None` if the ledger is unavailable.
    ledger: Option<LedgerToday>,
}

/// The ledger's data for today.
struct LedgerToday {
    statistics: LoanStatistics,
    chart: Option<Chart>,
    due_today: Vec<LoanRow>,
    /// The number of loans due today, in words.
    due_today_count: String,
    /// Whether more loans are due today than are listed.
    has_more_due_today: bool,
    overdue: Vec<LoanRow>,
}

/// `GET /administrator`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let (collection, layout) = join!(
        context.services.catalog.statistics(),
        Layout::new_with_loans(context, "/administrator"),
    );
    let ledger = ledger_today(context, &layout).await;
    let collection = collection.ok();
    Ok(page(StatusCode::OK, &DeskPage { layout, tab: "", collection, ledger }))
}

async fn ledger_today(context: &RequestContext<'_>, layout: &Layout<'_>) -> Option<LedgerToday> {
    let (borrowing, today) = (&context.services.borrowing, context.today());
    let overdue = LoanQuery {
        today: Some(today),
        only_overdue: true,
        limit: MAX_OVERDUE,
        ..LoanQuery::default()
    };
    let (statistics, due_today, overdue, rules) = join!(
        borrowing.statistics(today, CHART_DAYS),
        borrowing.loans_due_on(today, MAX_DUE_TODAY),
        borrowing.open_loans(overdue),
        context.services.lending.rules(),
    );
    let (statistics, (due_today, has_more), overdue) =
        (statistics.ok()?, due_today.ok()?, overdue.ok()?);
    let due_today: Vec<_> =
        due_today.into_iter().map(|loan| OpenLoan { loan, renewals: 0 }).collect();
    let due_today_count = if has_more {
        layout.counted("more-than", due_today.len())
    } else {
        due_today.len().to_string()
    };
    let (mut due_today, overdue) =
        join!(loan_rows(context, &due_today, rules), loan_rows(context, &overdue.loans, rules));
    // This list does not have the number of renewals, so it can't offer another one. The patron's page can.
    for row in &mut due_today {
        row.can_renew = false;
    }
    Some(LedgerToday {
        chart: Chart::new(&statistics.days, layout),
        statistics,
        due_today,
        due_today_count,
        has_more_due_today: has_more,
        overdue,
    })
}
