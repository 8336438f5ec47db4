//! The database behind a local run: which server serves, and `cargo xtask db …`.

mod account;
mod client;
mod server;
mod user;
mod way;

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use loader::{Library, Names, Store};

pub use client::Account;
pub use server::{Owner, Server};
pub use way::Way;

use crate::{
    DataArgs,
    data::DataFolder,
    progress::{say, step},
};

/// What `cargo xtask db` does.
#[derive(Subcommand)]
pub enum Action {
    /// Start the server on the data folder and bring schema and demo data in
    Start(DataArgs),
    /// Stop the server; the data stay
    Stop(DataArgs),
    /// Say whether the server runs, where, and who started it
    Status(DataArgs),
    /// Throw the library's data away and start over with the demo data
    Reset(DataArgs),
    /// Open the MariaDB or MySQL client on the server, as its administrator
    Shell {
        #[command(flatten)]
        data: DataArgs,
        /// Arguments for the client, e.g. `-- -e "SELECT * FROM catalogdb.books"`
        #[arg(last = true)]
        client: Vec<String>,
    },
    /// Print the administrator's URL of the server
    Url(DataArgs),
}

/// Does what `action` says.
///
/// # Errors
/// When it can't; the message says what to do next.
pub async fn run(action: Action) -> Result<()> {
    match action {
        Action::Start(args) => start(&DataFolder::open(&args.path())?).await,
        Action::Stop(args) => stop(&DataFolder::open_existing(&args.path())?).await,
        Action::Status(args) => status(&DataFolder::open_existing(&args.path())?).await,
        Action::Reset(args) => reset(&DataFolder::open_existing(&args.path())?).await,
        Action::Shell { data, client } => {
            shell(&DataFolder::open_existing(&data.path())?, &client).await
        }
        Action::Url(args) => {
            println!("{}", running(&DataFolder::open_existing(&args.path())?).await?.admin_url());
            Ok(())
        }
    }
}

/// Brings schema, users and, if wanted, demo data in, and says what was new.
///
/// # Errors
/// See [`loader::LoadError`].
pub async fn load(admin_url: &str, data: &DataFolder, demo_data: bool) -> Result<()> {
    load_library(admin_url, &library(data, demo_data)?).await
}

/// As [`load`], with what is to be loaded given.
///
/// # Errors
/// As [`load`].
pub async fn load_library(admin_url: &str, library: &Library) -> Result<()> {
    let done =
        step("schema, users and demo data", async { Ok(loader::load(admin_url, library).await?) })
            .await?;
    done.iter().for_each(|line| say(&format!("  {line}")));
    Ok(())
}

/// The library of a data folder, with the passwords there.
///
/// # Errors
/// When they can't be read.
pub fn library(data: &DataFolder, demo_data: bool) -> Result<Library> {
    let secrets = data.secrets()?;
    Ok(Library {
        names: Names::default(),
        passwords: secrets.services(),
        demo_data,
        librarian_pin: Some(secrets.librarian_pin()?),
    })
}

/// The Spin variables, as `SPIN_VARIABLE_<NAME>` and value, that lead the components to the server at
/// `admin_url`.
///
/// # Errors
/// When the URL can't be read.
pub fn spin_variables(admin_url: &str, data: &DataFolder) -> Result<Vec<(String, String)>> {
    let server = url::Url::parse(admin_url).context("the database URL can't be read")?;
    let host = server.host_str().context("the database URL names no host")?.to_owned();
    let port = server.port().unwrap_or(3306).to_string();
    let mut variables = vec![variable("db_host", host), variable("db_port", port)];
    let (names, passwords) = (Names::default(), data.secrets()?.services());
    for store in Store::ALL {
        let service = store.service();
        variables.extend([
            variable(&format!("{service}_db_name"), names.schema(store)),
            variable(&format!("{service}_db_user"), names.user(store)),
            variable(&format!("{service}_db_password"), passwords.of(store).to_owned()),
        ]);
    }
    Ok(variables)
}

fn variable(name: &str, value: String) -> (String, String) {
    (format!("SPIN_VARIABLE_{}", name.to_uppercase()), value)
}

async fn start(data: &DataFolder) -> Result<()> {
    let server = match Server::running(data).await? {
        Some(server) => server,
        None => Way::find_local(data)?.start(data, Owner::DbStart).await?,
    };
    load(&server.admin_url(), data, true).await?;
    let env: String = spin_variables(&server.admin_url(), data)?
        .into_iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    data.write_text("app.env", &env)?;
    say(&format!("the database runs: {server}; `cargo xtask db stop` stops it"));
    say(&format!(
        "to run the app with Spin itself: cp {} .env && spin up --build --runtime-config-file runtime-config.toml",
        data.path().join("app.env").display()
    ));
    Ok(())
}

async fn stop(data: &DataFolder) -> Result<()> {
    refuse_while_up_runs(data)?;
    match Server::running(data).await? {
        Some(server) => step("stopping the database", server.stop(data)).await,
        None => {
            say("the database does not run; its data are untouched");
            Ok(())
        }
    }
}

async fn status(data: &DataFolder) -> Result<()> {
    match Server::running(data).await? {
        Some(server) => println!("running: {server}"),
        None => println!("stopped: data folder {}", data.path().display()),
    }
    Ok(())
}

async fn reset(data: &DataFolder) -> Result<()> {
    refuse_while_up_runs(data)?;
    let question = format!("Delete every book, patron and loan in {}?", data.path().display());
    if std::io::stdin().is_terminal() && !confirmed(&question)? {
        bail!("nothing was changed");
    }
    let found = Server::running(data).await?;
    let was_running = found.is_some();
    let server = match found {
        Some(server) => server,
        None => Way::find_local(data)?.start(data, Owner::DbStart).await?,
    };
    loader::remove(&server.admin_url(), &Names::default()).await?;
    load(&server.admin_url(), data, true).await?;
    if !was_running {
        step("stopping the database", server.stop(data)).await?;
    }
    Ok(())
}

async fn shell(data: &DataFolder, arguments: &[String]) -> Result<()> {
    let account = Account::from_url(&running(data).await?.admin_url())?;
    let status = account.client()?.args(arguments).status()?;
    if status.success() { Ok(()) } else { bail!("the client ended with {status}") }
}

/// The server of the data folder, which has to run.
///
/// # Errors
/// When it does not.
pub async fn running(data: &DataFolder) -> Result<Server> {
    Server::running(data)
        .await?
        .context("the database does not run; `cargo xtask db start` or `cargo xtask up` starts it")
}

fn refuse_while_up_runs(data: &DataFolder) -> Result<()> {
    match data.lock_holder() {
        Some(holder) => {
            bail!("the app runs on these data ({holder}); stop it first, with Ctrl-C where it runs")
        }
        None => Ok(()),
    }
}

fn confirmed(question: &str) -> Result<bool> {
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
