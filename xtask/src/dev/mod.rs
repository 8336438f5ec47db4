//! Tasks for contributors: checks, test suites, images.

mod audit;
mod bench;
mod browser;
mod check;
mod figures;
mod kubernetes;
mod links;
mod load;
mod messages;
mod metadata;
mod openapi;
mod proofs;
mod python;
mod sbom;
mod suite;
mod test;
mod test_database;
mod text;
mod unused;
mod workflows;

pub use bench::{BenchArgs, bench};
pub use check::check;
pub use load::{LoadArgs, load};
pub use openapi::write as openapi;
pub use sbom::{SbomArgs, sbom};
pub use test::{TestArgs, test};
