//! `cargo xtask bench`: builds the programs, starts a database, and runs the driver in `bench/`.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use super::test_database::TestDatabase;
use crate::{
    build::{self, cargo_command},
    project::project,
    run::RuntimeChoice,
    system::{install, process::run},
};

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct BenchArgs {
    /// Measure once, or at growing sizes of the library
    #[arg(value_enum, default_value = "once")]
    what: What,
    /// The runtime for the components
    #[arg(long, value_enum, default_value = "embedded")]
    runtime: RuntimeChoice,
    /// Seconds to measure each route
    #[arg(long, default_value = "5")]
    seconds: u64,
    /// Connections, each with one request at a time
    #[arg(long, default_value = "16")]
    connections: u32,
    /// The largest number of books for `scale`
    #[arg(long, default_value = "1000000")]
    books: u64,
    /// Write the results to this file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure against this server instead of starting one: the URL of an administrator
    #[arg(long, value_name = "URL", env = "LIBRARY_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// The modes of `cargo xtask bench`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Every route, compared with a native program and an empty component
    Once,
    /// Every route with 20, ten thousand and one million books
    Scale,
}

/// The cargo arguments that build the native program for comparison, with the optimizations of the embedded runtime.
const NATIVE_PROGRAM: [&str; 5] =
    ["build", "--profile", build::HOST_PROFILE, "--package", "library-floor"];

/// Measures the library and prints the tables.
///
/// # Errors
/// If something cannot be built or started, or a request fails.
pub async fn bench(args: &BenchArgs) -> Result<()> {
    let wrk = install::find_or_install(&["wrk"], "wrk", "the measurements need a load generator")?;
    let driver = Driver::build_with_library(args.runtime)?;
    build::fixtures()?;
    build::cargo(&NATIVE_PROGRAM)?;
    let mut driver = driver
        .env("LIBRARY_BENCH_WRK", wrk)
        .args(["--seconds", &args.seconds.to_string()])
        .args(["--connections", &args.connections.to_string()]);
    if let Some(file) = &args.json {
        // The driver runs in the project's folder; the path is relative to the caller's.
        driver = driver.path("--json", file)?;
    }
    if args.what == What::Scale {
        driver = driver.args(["scale", "--books", &args.books.to_string()]);
    }
    driver.run_with_database(args.database_url.as_deref()).await
}

/// The program in `bench/`.
pub(super) struct Driver(Command);

impl Driver {
    /// Builds the driver alone, to measure a library that runs elsewhere.
    ///
    /// # Errors
    /// If the build fails.
    pub(super) fn build() -> Result<Driver> {
        build::cargo(&["build", "--workspace", "--bin", "library-bench"])?;
        let mut command = cargo_command();
        command.args(["run", "--quiet", "--bin", "library-bench", "--"]);
        command.current_dir(project());
        Ok(Driver(command))
    }

    /// Builds the driver and the library.
    ///
    /// # Errors
    /// If Spin is asked for and is not installed, or a build fails.
    pub(super) fn build_with_library(runtime: RuntimeChoice) -> Result<Driver> {
        let runtime = runtime.decide()?;
        build::components_and_host()?;
        let driver = Driver::build()?;
        Ok(driver
            .env("LIBRARY_TEST_RUNTIME", runtime.name())
            .env("LIBRARY_TEST_DEPLOYMENT", "one-process"))
    }

    pub(super) fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Driver {
        self.0.args(args);
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Driver {
        self.0.env(name, value);
        self
    }

    /// Passes a path that is relative to the caller's folder.
    pub(super) fn path(mut self, option: &str, file: &Path) -> Result<Driver> {
        self.0.arg(option).arg(std::path::absolute(file)?);
        Ok(self)
    }

    /// Runs the driver to its end.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn run(mut self) -> Result<()> {
        run(&mut self.0).context("the measurement did not finish")
    }

    /// Runs the driver to its end, on the server at `url` or one that is started for it.
    ///
    /// # Errors
    /// If the server can't be used, or the driver fails.
    pub(super) async fn run_with_database(self, url: Option<&str>) -> Result<()> {
        let database = TestDatabase::open(url).await?;
        let outcome = self.env("LIBRARY_TEST_DATABASE_URL", &database.url).run();
        database.close().await?;
        outcome
    }
}
