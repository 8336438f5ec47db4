//! The database: the loader, backups, the services' privileges, and the constraints of the ledger.

mod backup;
mod foreign;
mod ledger;
mod loading;
mod program;
mod rights;
