//! The server on which tests and benchmarks create their schemas.

use anyhow::Result;
use tempfile::TempDir;

use crate::{
    data_folder::DataFolder,
    database::{Owner, Server, ServerSource},
    system::temporary,
};

/// The server on which the tests create their schemas.
pub struct TestDatabase {
    /// An administrator's URL.
    pub url: String,
    own: Option<(Server, DataFolder, TempDir)>,
}

impl TestDatabase {
    /// The server at `url`, or one of our own on a temporary folder.
    ///
    /// # Errors
    /// If it cannot be reached or started.
    pub async fn open(url: Option<&str>) -> Result<TestDatabase> {
        if let Some(url) = url {
            library_db::check_connection(url).await?;
            return Ok(TestDatabase { url: url.to_owned(), own: None });
        }
        let folder = temporary::folder()?;
        let data = DataFolder::open(folder.path())?;
        let server = ServerSource::find_local(&data)?.start(&data, Owner::Up).await?;
        Ok(TestDatabase { url: server.admin_url(), own: Some((server, data, folder)) })
    }

    /// Stops the server if it is our own.
    ///
    /// # Errors
    /// If it does not stop.
    pub async fn close(self) -> Result<()> {
        match self.own {
            Some((server, data, _folder)) => server.stop(&data).await,
            None => Ok(()),
        }
    }
}
