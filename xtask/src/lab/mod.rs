//! `cargo xtask lab persistence`: breaks the library in every way that could lose a loan, and then checks that none was
//! lost.

mod checksums;
mod client;
mod cluster;
mod environment;
mod laptop;
mod steps;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::run::RuntimeChoice;

/// The demonstrations of `cargo xtask lab`.
#[derive(Subcommand)]
pub enum Lab {
    /// Kill the database, delete the app, lose the volume, and find every loan again
    Persistence(PersistenceArgs),
}

/// Options of `cargo xtask lab persistence`.
#[derive(Args)]
pub struct PersistenceArgs {
    /// Use the cluster that kubectl reaches instead of a fresh library on this machine
    #[arg(long)]
    cluster: bool,
    #[command(flatten)]
    on_cluster: cluster::ClusterArgs,
    /// The runtime for the components on this machine
    #[arg(long, value_enum, default_value = "auto", conflicts_with = "cluster")]
    runtime: RuntimeChoice,
    /// Run the last build instead of building
    #[arg(long, conflicts_with = "cluster")]
    no_build: bool,
}

/// Runs the lab.
///
/// # Errors
/// If a step fails or data was lost.
pub async fn run(lab: &Lab) -> Result<()> {
    let Lab::Persistence(args) = lab;
    if args.cluster {
        cluster::persistence(&args.on_cluster).await
    } else {
        laptop::persistence(args.runtime, args.no_build).await
    }
}
