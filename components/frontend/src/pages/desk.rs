//! `/administrator`: the librarian's desk, its figures, and the reset of the demo.

use askama::Template;
use domain::Date;
use futures::join;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use service_kit::peer::Peer;

use super::{Answer, see_with};
use crate::{
    flash::Notice,
    html::page,
    services::{get, send},
    visit::{Frame, Visit},
};

/// Days that the chart shows.
const DAYS: usize = 30;

/// The desk.
#[derive(Template)]
#[template(path = "pages/desk.html")]
struct Desk {
    frame: Frame,
    tab: &'static str,
    collection: Option<Collection>,
    lending: Option<Lending>,
}

/// What the library owns.
#[derive(Deserialize)]
struct Collection {
    titles: u64,
    copies: u64,
}

/// How lending goes.
struct Lending {
    out: u64,
    overdue: u64,
    chart: Chart,
}

/// Loans per day, drawn: in a box of 600 × 120 with a bar for each day.
struct Chart {
    bars: Vec<Bar>,
    total: u64,
    /// Loans on the best day, at which the highest bar ends.
    most: u64,
    first: Date,
    last: Date,
}

struct Bar {
    x: usize,
    y: u64,
    height: u64,
    label: String,
}

impl Chart {
    const WIDTH: usize = 600;
    const HEIGHT: u64 = 120;

    fn of(days: &[(Date, u64)], frame: &Frame) -> Option<Self> {
        let most = days.iter().map(|(_, loans)| *loans).max()?;
        let step = Self::WIDTH / days.len();
        let bars = days.iter().enumerate().map(|(index, &(date, loans))| {
            // Two for a day without any: a bar that can be seen and is clearly none.
            let height = if loans == 0 { 2 } else { (loans * Self::HEIGHT / most).max(4) };
            let day = ("date", frame.texts().date(date).into());
            let count = i64::try_from(loans).unwrap_or(i64::MAX);
            let label = frame.texts().with("loans-on", &[day, ("count", count.into())]);
            Bar { x: index * step, y: Self::HEIGHT - height, height, label }
        });
        Some(Self {
            bars: bars.collect(),
            total: days.iter().map(|(_, loans)| loans).sum(),
            most,
            first: days.first()?.0,
            last: days.last()?.0,
        })
    }
}

/// `GET /administrator`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    #[derive(Deserialize)]
    struct Figures {
        out: u64,
        overdue: u64,
        days: Vec<(Date, u64)>,
    }
    let services = visit.services;
    let target = format!("/borrowdb/figures?on={}&days={DAYS}", visit.today());
    let (collection, figures, frame) = join!(
        get::<Collection>(&services.catalog, "/catdb/figures"),
        get::<Figures>(&services.borrowing, &target),
        visit.counting_frame("/administrator"),
    );
    let lending = figures.ok().and_then(|Figures { out, overdue, days }| {
        Some(Lending { out, overdue, chart: Chart::of(&days, &frame)? })
    });
    Ok(page(StatusCode::OK, &Desk { frame, tab: "", collection: collection.ok(), lending }))
}

/// Asks whether it is meant.
#[derive(Template)]
#[template(path = "pages/desk_reset.html")]
struct ResetPage {
    frame: Frame,
    tab: &'static str,
    out: Option<u64>,
}

/// `GET /administrator/reset`.
pub(crate) async fn show_reset(visit: &Visit<'_, impl Peer>) -> Answer {
    #[derive(Deserialize)]
    struct Figures {
        out: u64,
    }
    let target = format!("/borrowdb/figures?on={}&days=1", visit.today());
    let (figures, frame) = join!(
        get::<Figures>(&visit.services.borrowing, &target),
        visit.counting_frame("/administrator"),
    );
    let out = figures.ok().map(|figures| figures.out);
    Ok(page(StatusCode::OK, &ResetPage { frame, tab: "reset", out }))
}

/// `POST /administrator/reset`: every book is back, and everyone logged out.
pub(crate) async fn reset(visit: &Visit<'_, impl Peer>) -> Answer {
    #[derive(Deserialize)]
    struct Returned {
        transactions: u64,
    }
    #[derive(Deserialize)]
    struct Ended {}
    let wish = json!({ "reset": {} });
    let services = visit.services;
    // The sessions last: who asked for it can ask again as long as there is something left to do.
    let Returned { transactions: loans } =
        send(&services.borrowing, Method::POST, "/borrowdb/reset", &wish, None).await?;
    let Ended {} =
        send(&services.patrons, Method::POST, "/patdb/sessions/reset", &wish, None).await?;
    let mut response = see_with(visit, "/", &Notice::Reset { loans });
    visit.cookies.clear(response.headers_mut(), crate::session::Cookie::Session);
    Ok(response)
}
