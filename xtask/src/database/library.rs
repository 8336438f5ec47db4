//! The contents of the database, and the variables that connect the components to it.

use anyhow::{Context, Result};
use library_db::{Library, Names, Store};

use crate::{
    data_folder::DataFolder,
    progress::{say, step},
};

/// Loads schemas, users and, with `demo_data`, demo data. Prints the changes.
///
/// # Errors
/// See [`library_db::Error`].
pub async fn load(admin_url: &str, data: &DataFolder, demo_data: bool) -> Result<()> {
    let library = library(data, demo_data)?;
    let done = step("schema, users and demo data", async {
        Ok(library_db::load(admin_url, &library).await?)
    })
    .await?;
    done.iter().for_each(|line| say(&format!("  {line}")));
    Ok(())
}

/// The library of a data folder, with the passwords stored there.
///
/// # Errors
/// If they cannot be read.
pub fn library(data: &DataFolder, demo_data: bool) -> Result<Library> {
    let secrets = data.secrets()?;
    Ok(Library {
        names: Names::default(),
        passwords: secrets.services(),
        demo_data,
        librarian_pin: Some(secrets.librarian_pin()?),
    })
}

/// The Spin variables, as `SPIN_VARIABLE_<NAME>` and value, that connect the components to the server at
/// `admin_url`.
///
/// # Errors
/// If the URL is invalid.
pub fn spin_variables(admin_url: &str, data: &DataFolder) -> Result<Vec<(String, String)>> {
    let server = url::Url::parse(admin_url).context("the database URL is invalid")?;
    let host = server.host_str().context("the database URL has no host")?.to_owned();
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
