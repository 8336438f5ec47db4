//! The lab on this machine: a library of its own, in a folder that is gone afterwards.

use std::{net::SocketAddr, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use loader::Library;
use tempfile::TempDir;

use super::{Place, Reach, door::Door, walk};
use crate::{
    build,
    data::DataFolder,
    database::{self, Owner, Server, Way},
    progress::{say, step},
    runtime::{App, Runtime, RuntimeChoice},
    signals::StopSignal,
    up,
};

/// Runs the lab on a fresh library.
///
/// # Errors
/// When a step fails, or something was lost.
pub async fn persistence(runtime: RuntimeChoice, no_build: bool) -> Result<()> {
    let runtime = runtime.decide()?;
    if !no_build {
        build::components()?;
        if runtime == Runtime::Embedded {
            build::host()?;
        }
    }
    let folder = tempfile::tempdir()?;
    let data = DataFolder::open(&folder.path().join("data"))?;
    println!(
        "the lab has a data folder of its own, {}; yours is not touched",
        data.path().display()
    );
    let file = folder.path().join("library.sql.gz");
    let listen = up::free_address(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let mut laptop = Laptop { folder, data, runtime, listen, server: None, app: None };
    let mut stop = StopSignal::install()?;
    let outcome = tokio::select! {
        outcome = laptop.lab(&file) => outcome,
        () = stop.wait() => Err(anyhow!("stopped before the end")),
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
        walk(self, file).await
    }

    fn admin_url(&self) -> Result<String> {
        Ok(self.server.as_ref().context("the database does not run")?.admin_url())
    }

    /// Leaves nothing behind.
    async fn close(mut self) -> Result<()> {
        if let Some(app) = self.app.take() {
            step("stopping the app", app.stop()).await?;
        }
        let server = match self.server.take() {
            Some(server) => Some(server),
            // A step that was interrupted may have started one.
            None => Server::running(&self.data).await?,
        };
        if let Some(server) = server {
            step("stopping the database", server.stop(&self.data)).await?;
        }
        let path = self.folder.path().to_owned();
        self.folder.close().with_context(|| format!("can't remove {}", path.display()))?;
        say(&format!("removed {}", path.display()));
        Ok(())
    }
}

impl Place for Laptop {
    async fn door(&self) -> Result<Door> {
        Ok(Door::new(format!("http://{}", self.listen), String::new(), None))
    }

    async fn database(&self) -> Result<Reach> {
        Ok(Reach { admin_url: self.admin_url()?, _tunnel: None })
    }

    async fn library(&self) -> Result<Library> {
        database::library(&self.data, false)
    }

    async fn kill_database(&mut self) -> Result<()> {
        let Some(server) = self.server.take() else { bail!("the database does not run") };
        println!("kill -9: {server}");
        server.kill(&self.data)
    }

    async fn start_database(&mut self) -> Result<()> {
        self.server = Some(Way::find_local(&self.data)?.start(&self.data, Owner::Up).await?);
        Ok(())
    }

    async fn delete_app(&mut self) -> Result<()> {
        let Some(app) = self.app.take() else { bail!("the app does not run") };
        step("stopping the app", app.stop()).await?;
        if let Ok(said) = self.door().await?.health().await {
            bail!("the app was stopped and still answers: {said}");
        }
        println!("nobody answers at http://{} any more", self.listen);
        Ok(())
    }

    async fn deploy_app(&mut self) -> Result<()> {
        let mut variables = database::spin_variables(&self.admin_url()?, &self.data)?;
        // Whatever somebody's .env says, the lab has a library of its own.
        variables.push(("SPIN_VARIABLE_API_TOKEN".to_owned(), String::new()));
        let logs = self.data.path().join("logs");
        let app = App::spawn(self.runtime, self.listen, variables, logs)?;
        step("starting the app", self.app.insert(app).answers(self.listen)).await
    }

    async fn lose_volume(&mut self) -> Result<()> {
        let Some(server) = self.server.take() else { bail!("the database does not run") };
        println!("kill -9, and all its files are deleted: {server}");
        server.lose(&self.data)?;
        self.start_database().await
    }
}
