//! `cargo xtask load`: simulates patrons of a library that it starts for the test, or of one that runs elsewhere.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::bench::Driver;
use crate::run::RuntimeChoice;

/// Options of `cargo xtask load`.
#[derive(Args)]
pub struct LoadArgs {
    /// Patrons in the library at a time, on average
    #[arg(long, default_value = "100")]
    users: u32,
    /// Minutes during which new patrons arrive
    #[arg(long, default_value = "2")]
    minutes: f64,
    /// The address of a running library, `http://host:port`; without it, one is started for the test
    #[arg(long, value_name = "URL")]
    against: Option<String>,
    /// The API token of the library at --against, if it has one
    #[arg(long, value_name = "TOKEN", env = "LIBRARY_API_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The file to write the report to
    #[arg(long, value_name = "FILE", default_value = "load-report.html")]
    report: PathBuf,
    /// The runtime for the library that is started
    #[arg(long, value_enum, default_value = "embedded")]
    runtime: RuntimeChoice,
    /// Use this server instead of starting one: the URL of an administrator
    #[arg(long, value_name = "URL", env = "LIBRARY_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// Runs the load test.
///
/// # Errors
/// If something cannot be built or started, or an invariant of the ledger does not hold.
pub async fn load(args: &LoadArgs) -> Result<()> {
    let driver = match &args.against {
        Some(url) => Driver::build()?.args(["load", "--against", url]),
        None => Driver::build_with_library(args.runtime)?.args(["load"]),
    };
    let mut driver = driver
        .args(["--users", &args.users.to_string(), "--minutes", &args.minutes.to_string()])
        // The driver runs in the project's folder; the path is relative to the caller's.
        .path("--report", &args.report)?;
    if let Some(token) = &args.token {
        driver = driver.env("LIBRARY_API_TOKEN", token);
    }
    match &args.against {
        Some(_) => driver.run(),
        None => driver.run_with_database(args.database_url.as_deref()).await,
    }
}
