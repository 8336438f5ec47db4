//! Tasks for clusters: the images, and the walk through k8s-spinkube/README.md.

mod e2e;
mod images;
mod registry;

pub use e2e::{E2eArgs, e2e};
pub use images::{ImagesArgs, images};
