//! `cargo xtask`: the task runner for users and contributors. `cargo xtask help` lists the tasks.
//!
//! Modules import only from those above them in this list, and none imports from here:
//! `project`, `progress`, `system` (other programs), `data_folder`, `build`, `database`, `run`, `backup` and
//! `restore`, `lab`, `cluster`, `dev`.

mod backup;
mod build;
mod cluster;
mod data_folder;
mod database;
mod dev;
mod lab;
mod progress;
mod project;
mod restore;
mod run;
mod system;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

use progress::say;
use system::{process, signals};

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
    Up(run::UpArgs),
    /// Manage the local database server
    Db {
        #[command(subcommand)]
        action: database::Action,
    },
    /// Write all data to a file while the library runs
    Backup(backup::BackupArgs),
    /// Restore the data from a backup
    Restore(restore::RestoreArgs),
    /// Break the library on purpose, and check that no data is lost
    Lab {
        #[command(subcommand)]
        lab: lab::Lab,
    },
    /// Build the components
    Build,
    /// Build the images for a cluster, and push them to a registry
    Images(cluster::ImagesArgs),
    /// Run the commands of k8s-spinkube/README.md on a cluster
    E2e(cluster::E2eArgs),
    /// Run the tests: all suites, or the named ones
    Test(dev::TestArgs),
    /// Measure the library and compare it with a native program
    Bench(dev::BenchArgs),
    /// Simulate patrons who browse, borrow and return books, and check the ledger
    Load(dev::LoadArgs),
    /// Check formatting, dependencies, words, links, lints, workflows and documentation
    Check,
    /// Write the schemas of the contract's types into docs/openapi.yaml
    Openapi,
    /// Write the software bill of materials (CycloneDX)
    Sbom(dev::SbomArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let task = Cli::parse().task;
    match perform(task).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn perform(task: Task) -> Result<()> {
    signals::listen(process::end_all)?;
    match task {
        Task::Up(args) => run::up(&args).await,
        Task::Db { action } => database::run(action).await,
        Task::Backup(args) => until_stopped(backup::backup(&args)).await,
        Task::Restore(args) => restore::restore(&args).await,
        Task::Lab { lab } => lab::run(&lab).await,
        Task::Build => build::components(),
        Task::Images(args) => cluster::images(&args),
        Task::E2e(args) => cluster::e2e(&args),
        Task::Test(args) => dev::test(&args).await,
        Task::Bench(args) => dev::bench(&args).await,
        Task::Load(args) => dev::load(&args).await,
        Task::Check => dev::check(),
        Task::Openapi => dev::openapi(),
        Task::Sbom(args) => dev::sbom(&args),
    }
}

/// Runs `task` until a signal arrives, for tasks that can be abandoned at any point.
async fn until_stopped(task: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        outcome = task => outcome,
        () = signals::stop_requested() => bail!("stopped"),
    }
}
