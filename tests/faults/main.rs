//! What goes wrong: a database that dies under the app, starts that can't work, processes that are killed.

mod backup;
mod backup_on_cluster;
mod bad_starts;
mod database_dies;
mod lab;
mod storm;
mod up;
