//! The data folder: the state of a local library between runs.
//!
//! ```text
//! .library/
//!   up.lock        held by a running `up`; contains its address
//!   app.toml       the process that runs the app
//!   app.env        the Spin variables that connect to the server, for running Spin by hand
//!   secrets.toml   passwords and the demo librarian's PIN, created at the first start, readable by the owner only
//!   server.lock    held while a database server is being started
//!   server.toml    the database server that this data belongs to, and its port
//!   server.log     the server's log
//!   mysql/, tmp/   the server's data files and temporary files
//!   logs/          the output of the components
//! ```

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use library_db::{Passwords, Pin};
use rand::{Rng, distr::Alphanumeric};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::time::sleep;

use crate::{project::project, system::signals};

/// The file of passwords. Its presence marks a folder as a data folder.
const SECRETS: &str = "secrets.toml";

/// The option that chooses the data folder.
#[derive(Args, Clone)]
pub struct DataArgs {
    /// Folder of the local database, kept between runs [default: .library in the project]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataArgs {
    /// The folder's path.
    pub fn path(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| project().join(".library"))
    }
}

/// An existing, writable data folder.
pub struct DataFolder {
    path: PathBuf,
}

/// The passwords of a data folder.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// The password of the administrator account `library_admin`.
    pub admin: String,
    catalog: String,
    patrons: String,
    borrowing: String,
    /// The demo librarian's PIN. Old data folders have none.
    #[serde(default)]
    librarian_pin: String,
}

impl Secrets {
    /// The demo librarian's PIN.
    ///
    /// # Errors
    /// If the file contains an invalid PIN.
    pub fn librarian_pin(&self) -> Result<Pin> {
        Pin::new(&self.librarian_pin).with_context(|| format!("`librarian_pin` in {SECRETS}"))
    }

    /// The demo librarian's PIN as text, to show to the person who sets the library up.
    pub fn librarian_pin_text(&self) -> &str {
        &self.librarian_pin
    }

    fn random_pin() -> String {
        let mut rng = rand::rng();
        (0..6).map(|_| char::from(rng.random_range(b'0'..=b'9'))).collect()
    }

    /// The passwords of the services' database users.
    pub fn services(&self) -> Passwords {
        Passwords {
            catalog: self.catalog.clone(),
            patrons: self.patrons.clone(),
            borrowing: self.borrowing.clone(),
        }
    }

    fn generate() -> Secrets {
        // The dash satisfies servers that require a special character, and needs no quoting.
        let password = || {
            let letters = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from);
            letters.chain(['-']).collect()
        };
        Secrets {
            admin: password(),
            catalog: password(),
            patrons: password(),
            borrowing: password(),
            librarian_pin: Secrets::random_pin(),
        }
    }
}

/// The lock that lets only one `up` run the app on a data folder. The system releases it when the process ends.
pub struct UpLock {
    file: File,
}

impl DataFolder {
    /// Creates the folder if it is missing. A folder with other files is left unchanged.
    ///
    /// # Errors
    /// If it cannot be created or written to, or contains other files.
    pub fn open(path: &Path) -> Result<DataFolder> {
        let advice = || {
            format!(
                "cannot write to the data folder {}; choose another with --data DIR",
                path.display()
            )
        };
        fs::create_dir_all(path).with_context(advice)?;
        let path = path.canonicalize().with_context(advice)?;
        let is_empty = fs::read_dir(&path).with_context(advice)?.next().is_none();
        let data = DataFolder { path };
        if is_empty {
            data.write(SECRETS, &Secrets::generate()).with_context(advice)?;
        } else if !data.path.join(SECRETS).is_file() {
            bail!(
                "{} contains other files and no {SECRETS}, so it is not a data folder of the library; choose another \
                 with --data DIR",
                data.path.display()
            );
        }
        tempfile::tempfile_in(&data.path).with_context(advice)?;
        let secrets = data.secrets()?;
        if secrets.librarian_pin.is_empty() {
            data.write(SECRETS, &Secrets { librarian_pin: Secrets::random_pin(), ..secrets })?;
        }
        // The server may run as another user and has to reach its own folder in here; others cannot list the folder.
        fs::set_permissions(&data.path, Permissions::from_mode(0o711)).with_context(advice)?;
        Ok(data)
    }

    /// Opens a folder that already exists.
    ///
    /// # Errors
    /// See [`open`](Self::open). Also if the folder does not exist.
    pub fn open_existing(path: &Path) -> Result<DataFolder> {
        if !path.is_dir() {
            bail!("there is no data folder {}; `cargo xtask up` creates it", path.display());
        }
        DataFolder::open(path)
    }

    /// The folder's absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The passwords.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn secrets(&self) -> Result<Secrets> {
        self.read(SECRETS)?.with_context(|| format!(
                "{SECRETS} is missing from the data folder {}; restore it, or choose another folder with --data DIR",
                self.path.display()
            ))
    }

    /// Reads a record from this folder; `None` if it was never written.
    ///
    /// # Errors
    /// If the file exists but is not such a record.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.path.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        match toml::from_str(&text) {
            Ok(record) => Ok(Some(record)),
            // The parser's own message shows the line, which may contain a password.
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start.min(text.len()));
                let line = 1 + text.as_bytes()[..offset].iter().filter(|b| **b == b'\n').count();
                bail!("{} is damaged at line {line}; restore or remove it", path.display())
            }
        }
    }

    /// Writes a record atomically, readable by its owner only.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn write<T: Serialize>(&self, name: &str, record: &T) -> Result<()> {
        self.write_text(name, &toml::to_string(record)?)
    }

    /// Writes a text file like [`write`](Self::write).
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn write_text(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path.join(name);
        let advice = || format!("cannot write {}", path.display());
        let mut file = tempfile::NamedTempFile::new_in(&self.path).with_context(advice)?;
        file.write_all(text.as_bytes()).with_context(advice)?;
        file.persist(&path).with_context(advice)?;
        Ok(())
    }

    /// Takes the lock to run the app on this data.
    ///
    /// # Errors
    /// If another `up` holds it; the message names that one.
    pub fn lock(&self) -> Result<UpLock> {
        let path = self.path.join("up.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        if file.try_lock().is_err() {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            bail!(
                "the library is already running on {}: {}. Use that one, stop it, or give this one its own --data DIR",
                self.path.display(),
                holder.trim()
            );
        }
        Ok(UpLock { file })
    }

    /// Takes the lock to start a server on this data; waits while another process starts one.
    ///
    /// # Errors
    /// If the folder cannot be written to, or this process is asked to stop while it waits.
    pub async fn lock_server(&self) -> Result<File> {
        let path = self.path.join("server.lock");
        let file = File::options().append(true).create(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        while let Err(error) = file.try_lock() {
            if let TryLockError::Error(error) = error {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
            tokio::select! {
                () = sleep(Duration::from_millis(50)) => (),
                () = signals::stop_requested() => bail!("stopped while another process starts the database"),
            }
        }
        Ok(file)
    }

    /// The description of the `up` that is running the app on this data, if there is one.
    pub fn lock_holder(&self) -> Option<String> {
        let mut file = File::open(self.path.join("up.lock")).ok()?;
        if file.try_lock_shared().is_ok() {
            return None;
        }
        let mut holder = String::new();
        file.read_to_string(&mut holder).ok()?;
        Some(holder.trim().to_owned())
    }
}

impl UpLock {
    /// Writes a description of the holder for others that find the lock taken.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn set_holder(&mut self, holder: &str) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{holder}")?;
        Ok(())
    }
}
