//! Faults: a database that dies under the app, starts that cannot succeed, killed and stopped processes.

mod backup;
mod bad_starts;
mod confined_secrets;
mod database_dies;
mod ipv6;
mod lab;
mod occupied_database;
mod signals;
mod storm;
mod teaching;
mod up;
mod user_environment;
mod viewer;
