//! Every route of the app, asked by everyone: the endpoints of the REST contract and the frontend's routing table, by
//! each kind of caller, with and without a required token. A refused request changes no row.
//!
//! The routes come from the contract and the routing table themselves. A new one has no entry in the tables here, and
//! the suite fails until it gets one.

mod caller;
mod disguises;
mod forms;
mod pages;
mod requests;
mod rest;
mod show_work;
mod valid_forms;

/// The token where one is required.
const TOKEN: &str = "s3cret-Token.with~signs/+=";

/// The variable that allows a demo to be reset.
const DEMO: (&str, &str) = ("demo_mode", "true");
