//! The lab's access to the place where the library runs.

use anyhow::Result;
use library_db::Library;
use tokio::process::Child;

use super::client::LibraryClient;

/// The place where the library runs, with methods that break and repair it. Each prints its actions, and returns when
/// they are complete.
pub trait Environment {
    /// A client of the running app. Later steps may need a new one.
    async fn client(&self) -> Result<LibraryClient>;
    /// Access to the running database.
    async fn database(&self) -> Result<DatabaseAccess>;
    /// The names and passwords for a restored database.
    async fn library(&self) -> Result<Library>;
    /// Kills the database without letting it write anything.
    async fn kill_database(&mut self) -> Result<()>;
    /// Starts the database again on the same volume.
    async fn start_database(&mut self) -> Result<()>;
    /// Deletes the app, but not the volume.
    async fn delete_app(&mut self) -> Result<()>;
    /// Deploys the app again and waits until it responds.
    async fn deploy_app(&mut self) -> Result<()>;
    /// Deletes the database's volume, and starts the database on an empty one.
    async fn lose_volume(&mut self) -> Result<()>;
}

/// Access to the database as its administrator, while this value exists.
pub struct DatabaseAccess {
    /// The administrator's URL
    pub admin_url: String,
    /// The process of the tunnel, if the database is behind one
    pub _tunnel: Option<Child>,
}
