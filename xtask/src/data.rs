//! The data folder: what a local run keeps between starts.
//!
//! ```text
//! .library/
//!   up.lock        held by the `up` that runs here, with its address
//!   app.toml       the process that runs the app
//!   app.env        the Spin variables that lead to the server, for who runs Spin by hand
//!   secrets.toml   passwords and the demo librarian's PIN, made at the first start, readable by the owner alone
//!   server.toml    which database server these data belong to, and its port
//!   server.log     what that server said
//!   mysql/, tmp/   the server's own files, and its temporary ones
//!   logs/          what the components print
//! ```

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use loader::{Passwords, Pin};
use rand::{Rng, distr::Alphanumeric};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The passwords; what makes a folder a data folder.
const SECRETS: &str = "secrets.toml";

/// A data folder that exists and can be written to.
pub struct DataFolder {
    path: PathBuf,
}

/// The passwords of a data folder.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// Of the administrator account `library_admin`.
    pub admin: String,
    catalog: String,
    patrons: String,
    borrowing: String,
    /// Of the demo librarian. Data folders had none at first.
    #[serde(default)]
    librarian_pin: String,
}

impl Secrets {
    /// The demo librarian's.
    ///
    /// # Errors
    /// When somebody made it something that is no PIN.
    pub fn librarian_pin(&self) -> Result<Pin> {
        Pin::new(&self.librarian_pin).with_context(|| format!("`librarian_pin` in {SECRETS}"))
    }

    /// The demo librarian's PIN, to be shown to who sets the library up.
    pub fn librarian_pin_in_words(&self) -> &str {
        &self.librarian_pin
    }

    fn make_pin() -> String {
        let mut chance = rand::rng();
        (0..6).map(|_| char::from(chance.random_range(b'0'..=b'9'))).collect()
    }

    /// Those of the services' database users.
    pub fn services(&self) -> Passwords {
        Passwords {
            catalog: self.catalog.clone(),
            patrons: self.patrons.clone(),
            borrowing: self.borrowing.clone(),
        }
    }

    fn make() -> Secrets {
        // The dash is for servers that want a special character; it is one that needs quoting nowhere.
        let password = || {
            let letters = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from);
            letters.chain(['-']).collect()
        };
        Secrets {
            admin: password(),
            catalog: password(),
            patrons: password(),
            borrowing: password(),
            librarian_pin: Secrets::make_pin(),
        }
    }
}

/// The right to run the app on a data folder. It ends with the process, however that ends.
pub struct UpLock {
    file: File,
}

impl DataFolder {
    /// Makes the folder if need be. A folder with other people's files is left alone.
    ///
    /// # Errors
    /// When it can't be made or written to, or holds something else.
    pub fn open(path: &Path) -> Result<DataFolder> {
        let advice = || {
            format!(
                "can't write to the data folder {}; choose another with --data DIR",
                path.display()
            )
        };
        fs::create_dir_all(path).with_context(advice)?;
        let path = path.canonicalize().with_context(advice)?;
        let is_empty = fs::read_dir(&path).with_context(advice)?.next().is_none();
        let data = DataFolder { path };
        if is_empty {
            data.write(SECRETS, &Secrets::make()).with_context(advice)?;
        } else if !data.path.join(SECRETS).is_file() {
            bail!(
                "{} holds other files and no {SECRETS}: it is no data folder of the library; choose another with \
                 --data DIR",
                data.path.display()
            );
        }
        tempfile::tempfile_in(&data.path).with_context(advice)?;
        let secrets = data.secrets()?;
        if secrets.librarian_pin.is_empty() {
            data.write(SECRETS, &Secrets { librarian_pin: Secrets::make_pin(), ..secrets })?;
        }
        // The server may run as another user and has to reach its own folder in here; nothing can be listed.
        fs::set_permissions(&data.path, Permissions::from_mode(0o711)).with_context(advice)?;
        Ok(data)
    }

    /// The folder, if it was made before.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when there is no such folder.
    pub fn open_existing(path: &Path) -> Result<DataFolder> {
        if !path.is_dir() {
            bail!("there is no data folder {}; `cargo xtask up` makes it", path.display());
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
    /// When the file can't be read.
    pub fn secrets(&self) -> Result<Secrets> {
        self.read(SECRETS)?.with_context(|| format!("{} lost its {SECRETS}", self.path.display()))
    }

    /// Reads a record of this folder; `None` when it was never written.
    ///
    /// # Errors
    /// When the file is there but is no such record.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.path.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("can't read {}", path.display()));
            }
        };
        let record = toml::from_str(&text)
            .with_context(|| format!("{} is damaged; restore or remove it", path.display()))?;
        Ok(Some(record))
    }

    /// Writes a record, whole or not at all, readable by its owner alone.
    ///
    /// # Errors
    /// When the folder can't be written to.
    pub fn write<T: Serialize>(&self, name: &str, record: &T) -> Result<()> {
        self.write_text(name, &toml::to_string(record)?)
    }

    /// Writes a text file as [`write`](Self::write) does.
    ///
    /// # Errors
    /// When the folder can't be written to.
    pub fn write_text(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path.join(name);
        let whole = || format!("can't write {}", path.display());
        let mut file = tempfile::NamedTempFile::new_in(&self.path).with_context(whole)?;
        file.write_all(text.as_bytes()).with_context(whole)?;
        file.persist(&path).with_context(whole)?;
        Ok(())
    }

    /// Takes the right to run the app on these data.
    ///
    /// # Errors
    /// When another `up` has it; the message says which.
    pub fn lock(&self) -> Result<UpLock> {
        let path = self.path.join("up.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("can't write {}", path.display()))?;
        if file.try_lock().is_err() {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            bail!(
                "the library already runs on {}: {}. Use that one, stop it, or give this one its own --data DIR",
                self.path.display(),
                holder.trim()
            );
        }
        Ok(UpLock { file })
    }

    /// Who runs the app on these data, if anybody does.
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
    /// Says who holds it, for who finds it taken.
    ///
    /// # Errors
    /// When the folder can't be written to.
    pub fn note(&mut self, holder: &str) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{holder}")?;
        Ok(())
    }
}
