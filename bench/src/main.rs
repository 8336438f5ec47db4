//! Measures the running library route by route, and compares it with a native program that has the same services and
//! SQL, and with an empty component on the same runtime. `cargo xtask bench` builds everything and starts this program.

mod data;
mod meter;
mod patrons;
mod report;
mod routes;
mod run;
mod wrk;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures the library. Started by `cargo xtask bench`.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Options {
    #[command(subcommand)]
    what: Option<What>,
    /// The seconds to measure each route
    #[arg(long, global = true, default_value = "5")]
    seconds: u64,
    /// Connections, each with one request at a time
    #[arg(long, global = true, default_value = "16")]
    connections: u32,
    /// Write the results to this file as JSON
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Repeat the table with 20, ten thousand and one million books, and print how each route grows
    Scale {
        /// The largest number of books; patrons and loans grow with it
        #[arg(long, default_value = "1000000")]
        books: u64,
    },
    /// Patrons as they behave, and the ledger at the end
    Load(patrons::LoadOptions),
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let drive = wrk::Drive { connections: options.connections, seconds: options.seconds };
    let json = match options.what {
        None => serde_json::to_string_pretty(&run::once(drive).await?)?,
        Some(What::Scale { books }) => {
            serde_json::to_string_pretty(&run::scale(books, drive).await?)?
        }
        Some(What::Load(load)) => return patrons::load(&load).await,
    };
    if let Some(file) = &options.json {
        std::fs::write(file, json)?;
        println!("written: {}", file.display());
    }
    Ok(())
}
