//! The files that make a library: the migrations of each schema, the users, the demo data.

use std::{
    fs,
    path::{Path, PathBuf},
};

use refinery::Migration;

use crate::{LoadError, Store};

mod catalogdb {
    refinery::embed_migrations!("../catalogdb");
}
mod patronsdb {
    refinery::embed_migrations!("../patronsdb");
}
mod borrowdb {
    refinery::embed_migrations!("../borrowdb");
}

/// What is to be loaded, as text.
#[derive(Debug)]
pub struct Files {
    catalogdb: Vec<Migration>,
    patronsdb: Vec<Migration>,
    borrowdb: Vec<Migration>,
    pub(crate) users: String,
    pub(crate) catalog_demo: String,
    pub(crate) patrons_demo: String,
}

impl Files {
    /// Those of this version.
    #[must_use]
    pub fn built_in() -> Files {
        Files {
            catalogdb: catalogdb::migrations::runner().get_migrations().clone(),
            patronsdb: patronsdb::migrations::runner().get_migrations().clone(),
            borrowdb: borrowdb::migrations::runner().get_migrations().clone(),
            users: include_str!("../../users.sql").to_owned(),
            catalog_demo: include_str!("../../catalog_demo.csv").to_owned(),
            patrons_demo: include_str!("../../patrons_demo.csv").to_owned(),
        }
    }

    /// Those in `folder`, which looks like `mysql/` in the project.
    ///
    /// # Errors
    /// When a file is missing, can't be read or has a name that no migration has.
    pub fn read(folder: &Path) -> Result<Files, LoadError> {
        let migrations = |store: Store| read_migrations(&folder.join(store.schema()));
        let text = |name: &str| read_text(&folder.join(name));
        Ok(Files {
            catalogdb: migrations(Store::Catalog)?,
            patronsdb: migrations(Store::Patrons)?,
            borrowdb: migrations(Store::Borrowing)?,
            users: text("users.sql")?,
            catalog_demo: text("catalog_demo.csv")?,
            patrons_demo: text("patrons_demo.csv")?,
        })
    }

    pub(crate) fn migrations(&self, store: Store) -> &[Migration] {
        match store {
            Store::Catalog => &self.catalogdb,
            Store::Patrons => &self.patronsdb,
            Store::Borrowing => &self.borrowdb,
        }
    }
}

/// The migrations right in `folder`. What lies in folders below does not count: where Kubernetes mounts a
/// ConfigMap, a hidden folder holds each file a second time, and refinery's own search would find both.
fn read_migrations(folder: &Path) -> Result<Vec<Migration>, LoadError> {
    let complaint = |file: &Path, what, reason: &dyn std::fmt::Display| LoadError::File {
        file: file.to_owned(),
        what,
        reason: reason.to_string(),
    };
    let unlisted = |error: std::io::Error| complaint(folder, "a folder of migrations", &error);
    let mut files = fs::read_dir(folder)
        .map_err(unlisted)?
        .map(|entry| Ok(entry.map_err(unlisted)?.path()))
        .collect::<Result<Vec<PathBuf>, LoadError>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    if files.is_empty() {
        return Err(complaint(folder, "a folder of migrations", &"it has no .sql file"));
    }
    files
        .iter()
        .map(|file| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            Migration::unapplied(&name, &read_text(file)?)
                .map_err(|error| complaint(file, "a migration (V3__its_name.sql)", &error))
        })
        .collect()
}

fn read_text(file: &Path) -> Result<String, LoadError> {
    fs::read_to_string(file).map_err(|error| LoadError::File {
        file: file.to_owned(),
        what: "text",
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mysql() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn a_folder_gives_what_is_built_in() {
        let (read, built_in) = (Files::read(&mysql()).unwrap(), Files::built_in());
        for store in Store::ALL {
            let sums = |files: &Files| -> Vec<_> {
                files.migrations(store).iter().map(|m| (m.version(), m.checksum())).collect()
            };
            assert_eq!(sums(&read), sums(&built_in));
        }
        assert_eq!(read.users, built_in.users);
        assert_eq!(read.catalog_demo, built_in.catalog_demo);
        assert_eq!(read.patrons_demo, built_in.patrons_demo);
    }

    #[test]
    fn a_mounted_config_map_has_each_file_once() {
        let mount = tempfile::tempdir().unwrap();
        let data = mount.path().join("..2026_01_01");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("V1__shelves.sql"), "DO 0").unwrap();
        symlink("..2026_01_01", mount.path().join("..data")).unwrap();
        symlink("..data/V1__shelves.sql", mount.path().join("V1__shelves.sql")).unwrap();
        let migrations = read_migrations(mount.path()).unwrap();
        assert_eq!(migrations.len(), 1);
        assert_eq!(migrations[0].sql(), Some("DO 0"));
    }

    #[test]
    fn what_is_missing_or_misnamed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let complaint = || read_migrations(folder.path()).unwrap_err().to_string();
        assert!(complaint().contains("it has no .sql file"), "{}", complaint());
        fs::write(folder.path().join("shelves.sql"), "DO 0").unwrap();
        assert!(
            complaint().contains("shelves.sql can't be read as a migration"),
            "{}",
            complaint()
        );
        let nowhere = Files::read(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(nowhere.contains("/no/such/folder/catalogdb"), "{nowhere}");
    }
}
