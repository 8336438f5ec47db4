//! `cargo xtask`: the one tool a user or contributor needs. `cargo xtask help` lists what it does.

mod audit;
mod backup;
mod browser;
mod build;
mod check;
mod data;
mod database;
mod install;
mod kubernetes;
mod lab;
mod programs;
mod progress;
mod push;
mod restore;
mod runtime;
mod signals;
mod test;
mod up;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

/// The library's task runner.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the library, find or start a database, and run the app until Ctrl-C
    Up(up::UpArgs),
    /// Look after the local database server
    Db {
        #[command(subcommand)]
        action: database::Action,
    },
    /// Write all of the library's data to a file, while it runs
    Backup(backup::BackupArgs),
    /// Bring the data of a backup back
    Restore(restore::RestoreArgs),
    /// Break the library on purpose, and see what survives
    Lab {
        #[command(subcommand)]
        lab: lab::Lab,
    },
    /// Build the components
    Build,
    /// Push the app to a registry, for a cluster
    Push(push::PushArgs),
    /// Run the tests: all rings, or the named ones
    Test(test::TestArgs),
    /// Formatting, lints, documentation, and what can be audited offline
    Check,
}

/// Where the local data lie.
#[derive(Args, Clone)]
struct DataArgs {
    /// Folder that holds the local database and outlives every run [default: .library in the project]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataArgs {
    fn path(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| project().join(".library"))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Up(args) => up::up(&args).await,
        Task::Db { action } => database::run(action).await,
        Task::Backup(args) => backup::backup(&args).await,
        Task::Restore(args) => restore::restore(&args).await,
        Task::Lab { lab } => lab::run(&lab).await,
        Task::Build => build::components(),
        Task::Push(args) => push::push(&args),
        Task::Test(args) => test::test(&args).await,
        Task::Check => check::check(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The project's folder, where `spin.toml` is.
fn project() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}
