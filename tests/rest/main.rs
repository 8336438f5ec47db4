//! The running app over HTTP: the REST contract row by row, and the pages as a browser gets them.

mod access;
mod borrowing;
mod catalog;
mod desk;
mod document;
mod forms;
mod guide;
mod idempotency;
mod lending;
mod pages;
mod patrons;
mod person;
mod sessions;
mod visits;
