//! `/booklist.ics`: the days on which the patron's books are due, for a calendar (RFC 5545).

use domain::OpenLoan;
use http::{
    HeaderValue, Response,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use ics::{
    Event, ICalendar, escape_text,
    properties::{DtStart, Name, Status, Summary, Transp},
};
use service_kit::peer::Peer;

use super::Answer;
use crate::visit::Visit;

/// `GET /booklist.ics`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let (patron, _) = visit.patron()?;
    let loans = visit.services.shelf(&[], Some(patron.id)).await?.loans;
    let books = visit.services.books_by_id(loans.iter().map(|open| open.loan.book)).await?;
    let frame = visit.frame("/booklist");
    // When this was written; midnight, so that the same loans make the same file for a day.
    let stamp = format!("{}T000000Z", compact(&visit.today().to_string()));
    let mut calendar = ICalendar::new("2.0", "-//Library on Spin//Due dates//EN");
    calendar.push(Name::new(escape_text(frame.t("calendar-name"))));
    for OpenLoan { loan, .. } in &loans {
        let title = books.get(&loan.book).map(|book| book.title.clone());
        let title = title.unwrap_or_else(|| frame.counted("book-number", loan.book.get()));
        // A loan keeps its number when it is renewed, so calendars move the day instead of adding one.
        let mut event = Event::new(format!("loan-{}@library-on-spin", loan.id), stamp.clone());
        let mut day = DtStart::new(compact(&loan.date_due.to_string()));
        day.add(ics::parameters::Value::DATE);
        event.push(day);
        event.push(Summary::new(escape_text(frame.titled("calendar-due", &title))));
        event.push(Status::confirmed());
        event.push(Transp::transparent());
        calendar.add_event(event);
    }
    let mut response = Response::new(calendar.to_string().into_bytes());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    let name = HeaderValue::from_static("attachment; filename=\"my-books.ics\"");
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// `20261208` of `2026-12-08`.
fn compact(day: &str) -> String {
    day.replace('-', "")
}
