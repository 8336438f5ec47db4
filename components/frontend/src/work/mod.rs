//! "How this page was made": the panel in the footer of every page while the variable `show_work` is true.
//!
//! It shows the calls and SQL statements behind the page, and those of the form before it, as a picture and as a list
//! that says the same. It has route patterns, constant SQL texts, file names and figures, but no values.

mod call;
mod notes;
mod panel;
pub(crate) mod previous;
mod server_timing;
mod timeline;

pub(crate) use panel::WorkPanel;
pub(crate) use server_timing::server_timing;

/// The name of this service among the callers.
const FRONTEND: &str = "frontend";

#[cfg(test)]
mod tests;
