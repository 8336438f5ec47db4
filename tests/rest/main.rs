//! The running app over HTTP: the REST contract, and the pages as responses.

mod access;
mod borrowing;
mod borrowing_input;
mod borrowing_lists;
mod catalog;
mod corrections;
mod desk;
mod document;
mod first_day;
mod forms;
mod guide;
mod idempotency;
mod lab;
mod languages;
mod lending;
mod logs;
mod page_sessions;
mod page_statements;
mod pages;
mod patrons;
mod search;
mod sessions;
mod telemetry;
