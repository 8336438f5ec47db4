//! The lab on this machine: a library of its own, in a folder that is deleted afterwards.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use library_db::Library;
use tempfile::TempDir;

use super::{
    client::LibraryClient,
    environment::{DatabaseAccess, Environment},
    steps,
};
use crate::{
    data_folder::DataFolder,
    database::{self, Owner, Server, ServerSource},
    progress::{say, step},
    run::{App, LogFormat, Runtime, RuntimeChoice, free_address},
    system::{signals, temporary},
};

/// Runs the lab on a fresh library.
///
/// # Errors
/// If a step fails or data was lost.
pub async fn persistence(runtime: RuntimeChoice, no_build: bool) -> Result<()> {
    let runtime = runtime.decide()?;
    if !no_build {
        runtime.build()?;
    }
    let folder = temporary::folder()?;
    let data = DataFolder::open(&folder.path().join("data"))?;
    println!("the lab uses its own data folder, {}; yours is not changed", data.path().display());
    let file = folder.path().join("library.jsonl.gz");
    let listen = free_address(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let mut laptop = Laptop { folder, data, runtime, listen, server: None, app: None };
    let outcome = tokio::select! {
        outcome = laptop.lab(&file) => outcome,
        () = signals::stop_requested() => Err(anyhow!("stopped before the end")),
    };
    let closed = laptop.close().await;
    outcome.and(closed)
}

struct Laptop {
    folder: TempDir,
    data: DataFolder,
    runtime: Runtime,
    listen: SocketAddr,
    server: Option<Server>,
    app: Option<App>,
}

impl Laptop {
    async fn lab(&mut self, file: &Path) -> Result<()> {
        self.start_database().await?;
        database::load(&self.admin_url()?, &self.data, true).await?;
        self.deploy_app().await?;
        steps::perform(self, file).await
    }

    fn admin_url(&self) -> Result<String> {
        Ok(self.server.as_ref().context("the database is not running")?.admin_url())
    }

    /// Stops everything and deletes the folder.
    async fn close(mut self) -> Result<()> {
        if let Some(app) = self.app.take() {
            step("stopping the app", app.stop()).await?;
        }
        let server = match self.server.take() {
            Some(server) => Some(server),
            // An interrupted step may have started one.
            None => Server::running(&self.data).await?,
        };
        if let Some(server) = server {
            step("stopping the database", server.stop(&self.data)).await?;
        }
        let path = self.folder.path().to_owned();
        self.folder.close().with_context(|| format!("cannot delete {}", path.display()))?;
        say(&format!("deleted {}", path.display()));
        Ok(())
    }
}

impl Environment for Laptop {
    async fn client(&self) -> Result<LibraryClient> {
        Ok(LibraryClient::new(format!("http://{}", self.listen), String::new(), None))
    }

    async fn database(&self) -> Result<DatabaseAccess> {
        Ok(DatabaseAccess { admin_url: self.admin_url()?, _tunnel: None })
    }

    async fn library(&self) -> Result<Library> {
        database::library(&self.data, false)
    }

    async fn kill_database(&mut self) -> Result<()> {
        let Some(server) = self.server.take() else { bail!("the database is not running") };
        println!("kill -9: {server}");
        server.kill(&self.data).await
    }

    async fn start_database(&mut self) -> Result<()> {
        self.server =
            Some(ServerSource::find_local(&self.data)?.start(&self.data, Owner::Up).await?);
        Ok(())
    }

    async fn delete_app(&mut self) -> Result<()> {
        let Some(app) = self.app.take() else { bail!("the app is not running") };
        step("stopping the app", app.stop()).await?;
        if let Ok(health) = self.client().await?.health().await {
            bail!("the app was stopped but still responds: {health}");
        }
        println!("http://{} no longer responds", self.listen);
        Ok(())
    }

    async fn deploy_app(&mut self) -> Result<()> {
        let mut variables = database::spin_variables(&self.admin_url()?, &self.data)?;
        // The user's .env may set a token; the lab's library has none.
        variables.push(("SPIN_VARIABLE_API_TOKEN".to_owned(), String::new()));
        let logs = self.data.path().join("logs");
        let app = App::spawn(self.runtime, self.listen, variables, logs, LogFormat::Quiet)?;
        step("starting the app", self.app.insert(app).wait_until_ready(self.listen)).await
    }

    async fn lose_volume(&mut self) -> Result<()> {
        let Some(server) = self.server.take() else { bail!("the database is not running") };
        println!("kill -9, and delete all files: {server}");
        server.destroy(&self.data).await?;
        self.start_database().await
    }
}
