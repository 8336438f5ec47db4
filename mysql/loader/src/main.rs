//! `library-loader`: brings schemas, users and demo data into a running server, from a container as from a shell.
//! Passwords come from the environment alone, because everybody on a machine can read command lines.

use std::{env, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Parser;
use loader::{Files, Library, Names, Passwords, Pin};
use url::Url;

/// Brings the library's schemas, users and demo data into a MySQL-compatible server, or up to date there.
/// Run again, it finds nothing to do.
///
/// From the environment:
/// LIBRARY_ADMIN_URL, mysql://user:password@host:port/ of an account that may create schemas and users, or instead
/// LIBRARY_DB_HOST, LIBRARY_DB_PORT (3306), LIBRARY_DB_ADMIN_USER (root) and LIBRARY_DB_ADMIN_PASSWORD;
/// CATALOG_DB_PASSWORD, PATRONS_DB_PASSWORD and BORROWING_DB_PASSWORD, which the services' users get;
/// LIBRARIAN_PIN, which the demo's librarian gets, if it is set.
#[derive(Parser)]
#[command(name = "library-loader", version, verbatim_doc_comment)]
struct Cli {
    /// A folder like `mysql/` in the project, instead of the files that were compiled in
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// How long a server that is still starting is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    wait: u64,
    /// Leave empty tables empty: no demo books and patrons
    #[arg(long)]
    no_demo_data: bool,
    /// What the names of schemas and users end in, so that several libraries can share a server
    #[arg(long, value_name = "TEXT", default_value = "")]
    suffix: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<()> {
    let files = cli.files.as_deref().map_or_else(|| Ok(Files::built_in()), Files::read)?;
    let library = Library {
        names: Names::with_suffix(&cli.suffix)?,
        passwords: Passwords {
            catalog: required("CATALOG_DB_PASSWORD")?,
            patrons: required("PATRONS_DB_PASSWORD")?,
            borrowing: required("BORROWING_DB_PASSWORD")?,
        },
        demo_data: !cli.no_demo_data,
        librarian_pin: given("LIBRARIAN_PIN")
            .map(|pin| Pin::new(&pin).context("LIBRARIAN_PIN"))
            .transpose()?,
    };
    let admin_url = admin_url()?;
    println!("waiting up to {} s for the database", cli.wait);
    loader::await_server(&admin_url, Duration::from_secs(cli.wait)).await?;
    let done = loader::load_from(&files, &admin_url, &library).await?;
    for line in &done {
        println!("{line}");
    }
    println!("{}", if done.is_empty() { "all was there: nothing to do" } else { "done" });
    Ok(())
}

/// The administrator's URL: as it is given, or made of its parts, in which any character may be.
fn admin_url() -> Result<String> {
    if let Some(url) = given("LIBRARY_ADMIN_URL") {
        return Ok(url);
    }
    let host = given("LIBRARY_DB_HOST").context(
        "there is no address of a database; set LIBRARY_ADMIN_URL, or LIBRARY_DB_HOST and \
         LIBRARY_DB_ADMIN_PASSWORD (`library-loader --help` says more)",
    )?;
    let port = given("LIBRARY_DB_PORT").unwrap_or_else(|| "3306".to_owned());
    let user = given("LIBRARY_DB_ADMIN_USER").unwrap_or_else(|| "root".to_owned());
    let password = required("LIBRARY_DB_ADMIN_PASSWORD")?;
    let mut url = Url::parse(&format!("mysql://{host}:{port}/")).with_context(|| {
        format!("LIBRARY_DB_HOST and LIBRARY_DB_PORT give no address: {host}:{port}")
    })?;
    if url.set_username(&user).is_err() || url.set_password(Some(&password)).is_err() {
        bail!("LIBRARY_DB_HOST is no host: {host}");
    }
    Ok(url.into())
}

/// The value of an environment variable; an empty one is none.
fn given(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn required(name: &str) -> Result<String> {
    given(name).with_context(|| format!("{name} is not set; give it in the environment"))
}
