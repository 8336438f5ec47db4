//! `/booklist.ics`: the due dates of the patron's books as a calendar file (RFC 5545).

use domain::{Book, Date, Loan};
use http::{
    HeaderValue, Response,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use ics::{
    Alarm, Event, ICalendar, escape_text,
    properties::{Description, DtStart, Name, Status, Summary, Transp, Trigger, URL},
};

use crate::{
    context::RequestContext, cover::gutenberg_page, failure::Failure, handler::PageResult,
    texts::Texts,
};

/// The longest line in bytes, without its line break (RFC 5545, section 3.1).
const MAX_LINE: usize = 75;

/// `GET /booklist.ics`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let (patron, _) = context.patron()?;
    let services = context.services;
    let loans = services.borrowing.loans_of(patron.id).await?;
    // Without the catalog, a book is named by its number, and the dates are still right.
    let books = services.catalog.books_by_id(loans.iter().map(|open| open.loan.book)).await;
    let books = books.unwrap_or_default();
    let texts = context.texts();
    let origin = context.origin();
    let url = (!origin.is_empty()).then(|| format!("{origin}/booklist"));
    // Midnight, so that the file changes only with the loans during a day.
    let stamp = format!("{}T000000Z", compact(context.today()));
    let product = format!("-//Library on Spin//Due dates//{}", texts.tag().to_uppercase());
    let mut calendar = ICalendar::new("2.0", product);
    calendar.push(Name::new(escape_text(texts.text("calendar-name"))));
    for open in &loans {
        let book = books.get(&open.loan.book);
        calendar.add_event(event(open.loan, book, &stamp, url.as_deref(), texts));
    }
    let mut response = Response::new(fold(&calendar.to_string()).into_bytes());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    let name = format!("attachment; filename=\"{}\"", texts.text("calendar-file"));
    headers.insert(CONTENT_DISPOSITION, name.parse().map_err(Failure::internal)?);
    Ok(response)
}

/// An all-day event on the due date, with a reminder on the day before.
fn event<'a>(
    loan: Loan,
    book: Option<&Book>,
    stamp: &str,
    url: Option<&str>,
    texts: &Texts,
) -> Event<'a> {
    let title = book.map_or_else(|| texts.book_number(loan.book), |book| book.title.clone());
    let mut note = texts.text("calendar-note");
    if let Some(address) = book.and_then(|book| gutenberg_page(&book.thumbnail_url)) {
        note.push(' ');
        note += &texts.with("calendar-free-text", &[("address", address.into())]);
    }
    // The UID is stable, so calendars move the event when a loan is renewed.
    let mut event = Event::new(format!("loan-{}@library-on-spin", loan.id), stamp.to_owned());
    let mut day = DtStart::new(compact(loan.date_due));
    day.add(ics::parameters::Value::DATE);
    event.push(day);
    let summary = texts.titled("calendar-due", &title);
    event.push(Summary::new(escape_text(summary.clone())));
    event.push(Description::new(escape_text(note)));
    if let Some(url) = url {
        event.push(URL::new(url.to_owned()));
    }
    event.push(Status::confirmed());
    event.push(Transp::transparent());
    let reminder = Description::new(escape_text(summary));
    event.add_alarm(Alarm::display(Trigger::new("-P1D"), reminder));
    event
}

/// A date in iCalendar's format: `20261208`.
fn compact(date: Date) -> String {
    date.to_string().replace('-', "")
}

/// Folds lines at [`MAX_LINE`] bytes, including the space that begins a continuation line. The `ics` crate's own
/// folding does not count that space.
fn fold(calendar: &str) -> String {
    let unfolded = calendar.replace("\r\n ", "");
    let mut folded = String::with_capacity(calendar.len() + 64);
    for line in unfolded.split("\r\n").filter(|line| !line.is_empty()) {
        let mut length = 0;
        for letter in line.chars() {
            if length + letter.len_utf8() > MAX_LINE {
                folded.push_str("\r\n ");
                length = 1;
            }
            folded.push(letter);
            length += letter.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cover::PICTURE_HOST;

    #[test]
    fn lines_have_at_most_75_bytes_including_the_leading_space() {
        for title in ["漢字".repeat(40), "a".repeat(300), "é, ; \\ é".repeat(30), "ab".into()] {
            let texts = Texts::english();
            let (id, date) = (7.try_into().unwrap(), "2026-03-01".parse::<Date>().unwrap());
            let loan = Loan {
                id,
                book: 7.try_into().unwrap(),
                patron: 7.try_into().unwrap(),
                date_out: date,
                date_due: date,
            };
            let mut calendar = ICalendar::new("2.0", "-//Library on Spin//Due dates//EN");
            let book = Book {
                id: loan.book,
                title: title.clone(),
                author: "A".into(),
                copies: 1,
                thumbnail_url: format!("{PICTURE_HOST}cache/epub/123/pg123.jpg"),
            };
            let (stamp, url) = ("20260301T000000Z", Some("http://a/b"));
            calendar.add_event(event(loan, Some(&book), stamp, url, &texts));
            let text = fold(&calendar.to_string());
            for line in text.split("\r\n") {
                assert!(line.len() <= 75, "{} {line}", line.len());
            }
            let unfolded = text.replace("\r\n ", "");
            let summary = format!("SUMMARY:{}", escape_text(texts.titled("calendar-due", &title)));
            assert!(unfolded.lines().any(|line| line == summary), "{unfolded}");
            assert!(unfolded.contains("TRIGGER:-P1D") && unfolded.contains("URL:http://a/b"));
            assert!(unfolded.contains("www.gutenberg.org/ebooks/123"), "{unfolded}");
        }
    }
}
