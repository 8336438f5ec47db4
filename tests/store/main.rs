//! The database itself: what the loader makes, who may do what, and what the ledger refuses.

mod ledger;
mod loading;
mod program;
mod rights;
