//! The services of the contract.

#[cfg(feature = "schema")]
use crate::{ErrorBody, schema::Document};
use crate::{Route, borrowing, catalog, lending, patrons};

/// Lists the services.
macro_rules! services {
    ($($service:ident),+) => {
        /// Every service of the contract: its name and its routes.
        pub const SERVICES: &[(&str, &[Route])] = &[$((stringify!($service), $service::ROUTES)),+];

        /// The contract as a document.
        #[cfg(feature = "schema")]
        pub fn document() -> Document {
            let mut document = Document::new();
            $($service::describe(&mut document);)+
            // Answers with another status than that of success.
            document.add_answer::<ErrorBody>();
            document.add_answer::<patrons::NoSession>();
            document.add_answer::<lending::Refused>();
            document
        }
    };
}

services!(catalog, patrons, borrowing, lending);

/// Every route of every service.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    SERVICES.iter().flat_map(|(_, routes)| *routes)
}
