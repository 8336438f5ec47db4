//! `/about`: what this library is, and how its services are.

use askama::Template;
use futures::join;
use http::StatusCode;
use serde_json::Value;
use service_kit::peer::Peer;

use super::Answer;
use crate::{
    html::page,
    visit::{Frame, Visit},
};

/// What this library is, and which service does what.
#[derive(Template)]
#[template(path = "pages/about.html")]
struct About {
    frame: Frame,
    services: Vec<Service>,
}

/// A service and whether it can do its work now.
struct Service {
    name: &'static str,
    is_well: bool,
}

impl Service {
    /// The key of the text about it.
    fn text(&self) -> &'static str {
        match self.name {
            "catalog" => "about-catalog",
            "patrons" => "about-patrons",
            "borrowing" => "about-borrowing",
            "lending" => "about-lending",
            _ => "about-frontend",
        }
    }
}

/// `GET /about`.
pub(crate) async fn show(visit: &Visit<'_, impl Peer>) -> Answer {
    let services = visit.services;
    let (catalog, patrons, borrowing, lending, frame) = join!(
        is_well(&services.catalog, "/catdb/healthz"),
        is_well(&services.patrons, "/patdb/healthz"),
        is_well(&services.borrowing, "/borrowdb/healthz"),
        is_well(&services.lending, "/borrow/healthz"),
        visit.counting_frame("/about"),
    );
    let services = [
        ("frontend", true),
        ("catalog", catalog),
        ("patrons", patrons),
        ("borrowing", borrowing),
        ("lending", lending),
    ]
    .map(|(name, is_well)| Service { name, is_well });
    Ok(page(StatusCode::OK, &About { frame, services: services.into() }))
}

async fn is_well(peer: &impl Peer, target: &str) -> bool {
    match peer.get_json::<Value>(target).await {
        Ok(_) => true,
        Err(error) => {
            eprintln!("the {} service: {error}", peer.name());
            false
        }
    }
}
