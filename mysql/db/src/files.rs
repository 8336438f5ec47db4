//! The files that define the database: the migrations of each schema, the users and grants, the demo data.

use std::{
    fs,
    path::{Path, PathBuf},
};

use refinery::{Migration, Runner};

use crate::{Error, Store};

mod catalogdb {
    refinery::embed_migrations!("../catalogdb");
}
mod patronsdb {
    refinery::embed_migrations!("../patronsdb");
}
mod borrowdb {
    refinery::embed_migrations!("../borrowdb");
}

/// The files to load, as text.
#[derive(Debug)]
pub struct Files {
    catalogdb: Vec<Migration>,
    patronsdb: Vec<Migration>,
    borrowdb: Vec<Migration>,
    pub(crate) users: String,
    /// The further grants of a library with demo data.
    pub(crate) users_demo: String,
    pub(crate) catalog_demo: String,
    pub(crate) patrons_demo: String,
}

impl Files {
    /// The compiled-in files of this version.
    #[must_use]
    pub fn built_in() -> Files {
        Files {
            catalogdb: embedded(&catalogdb::migrations::runner()),
            patronsdb: embedded(&patronsdb::migrations::runner()),
            borrowdb: embedded(&borrowdb::migrations::runner()),
            users: include_str!("../../users.sql").to_owned(),
            users_demo: include_str!("../../users_demo.sql").to_owned(),
            catalog_demo: include_str!("../../catalog_demo.csv").to_owned(),
            patrons_demo: include_str!("../../patrons_demo.csv").to_owned(),
        }
    }

    /// The files in `folder`, which has the layout of `mysql/` in the project.
    ///
    /// # Errors
    /// Fails if a file is missing, unreadable or not named like a migration.
    pub fn read(folder: &Path) -> Result<Files, Error> {
        let migrations = |store: Store| read_migrations(&folder.join(store.schema()));
        let text = |name: &str| read_text(&folder.join(name));
        Ok(Files {
            catalogdb: migrations(Store::Catalog)?,
            patronsdb: migrations(Store::Patrons)?,
            borrowdb: migrations(Store::Borrowing)?,
            users: text("users.sql")?,
            users_demo: text("users_demo.sql")?,
            catalog_demo: text("catalog_demo.csv")?,
            patrons_demo: text("patrons_demo.csv")?,
        })
    }

    /// The tables that the migrations of `store` create.
    pub(crate) fn table_names(&self, store: Store) -> Vec<&str> {
        let statements = self.migrations(store).iter().filter_map(Migration::sql);
        let after = statements.flat_map(|sql| sql.split("CREATE TABLE IF NOT EXISTS ").skip(1));
        after.filter_map(|text| text.split([' ', '(']).next()).collect()
    }

    pub(crate) fn migrations(&self, store: Store) -> &[Migration] {
        match store {
            Store::Catalog => &self.catalogdb,
            Store::Patrons => &self.patronsdb,
            Store::Borrowing => &self.borrowdb,
        }
    }
}

/// `migration` with `sql`, but without its comments. refinery stores a checksum of each applied migration and refuses
/// to continue when the file's checksum differs; comments may change without changing the schema.
fn migration(name: &str, sql: &str) -> Result<Migration, refinery::Error> {
    let statements: String = sql
        .lines()
        .filter(|line| !line.starts_with("--") && !line.is_empty())
        .flat_map(|line| [line, "\n"])
        .collect();
    Migration::unapplied(name, &statements)
}

fn embedded(runner: &Runner) -> Vec<Migration> {
    let without_comments = |embedded: &Migration| {
        let sql = embedded.sql().unwrap_or_default();
        // refinery has already parsed this name.
        migration(&embedded.to_string(), sql).unwrap_or_else(|_| embedded.clone())
    };
    runner.get_migrations().iter().map(without_comments).collect()
}

/// The migrations directly in `folder`. Subfolders are ignored, because a mounted Kubernetes ConfigMap has each file a
/// second time in a hidden subfolder, and refinery's own search would find both.
fn read_migrations(folder: &Path) -> Result<Vec<Migration>, Error> {
    let file_error = |file: &Path, what, reason: &dyn std::fmt::Display| Error::File {
        file: file.to_owned(),
        what,
        reason: reason.to_string(),
    };
    let cannot_list = |error: std::io::Error| file_error(folder, "a folder of migrations", &error);
    let mut files = fs::read_dir(folder)
        .map_err(cannot_list)?
        .map(|entry| Ok(entry.map_err(cannot_list)?.path()))
        .collect::<Result<Vec<PathBuf>, Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    if files.is_empty() {
        return Err(file_error(folder, "a folder of migrations", &"it has no .sql file"));
    }
    files
        .iter()
        .map(|file| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            migration(&name, &read_text(file)?)
                .map_err(|error| file_error(file, "a migration (V3__its_name.sql)", &error))
        })
        .collect()
}

fn read_text(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|error| Error::File {
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
    fn a_folder_and_the_compiled_in_files_are_the_same() {
        let (read, built_in) = (Files::read(&mysql()).unwrap(), Files::built_in());
        for store in Store::ALL {
            let sums = |files: &Files| -> Vec<_> {
                files.migrations(store).iter().map(|m| (m.version(), m.checksum())).collect()
            };
            assert_eq!(sums(&read), sums(&built_in));
        }
        assert_eq!(read.users, built_in.users);
        assert_eq!(read.users_demo, built_in.users_demo);
        assert_eq!(read.catalog_demo, built_in.catalog_demo);
        assert_eq!(read.patrons_demo, built_in.patrons_demo);
    }

    #[test]
    fn a_mounted_config_map_yields_each_file_once() {
        let mount = tempfile::tempdir().unwrap();
        let data = mount.path().join("..2026_01_01");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("V1__shelves.sql"), "DO 0").unwrap();
        symlink("..2026_01_01", mount.path().join("..data")).unwrap();
        symlink("..data/V1__shelves.sql", mount.path().join("V1__shelves.sql")).unwrap();
        let migrations = read_migrations(mount.path()).unwrap();
        assert_eq!(migrations.len(), 1);
        assert_eq!(migrations[0].sql(), Some("DO 0\n"));
    }

    #[test]
    fn the_tables_are_those_that_the_migrations_create() {
        let files = Files::built_in();
        assert_eq!(files.table_names(Store::Borrowing), ["loans", "requests", "epochs"]);
        let patrons = ["patrons", "pins", "sessions", "attempts", "demo_patrons", "epochs"];
        assert_eq!(files.table_names(Store::Patrons), patrons);
        assert!(files.table_names(Store::Catalog).starts_with(&["books"]));
    }

    #[test]
    fn comments_do_not_change_a_migration_s_checksum() {
        let plain = migration("V1__shelves", "DO 0;\nDO 1;\n").unwrap();
        let commented = migration("V1__shelves", "-- why\nDO 0;\n\n-- and\nDO 1;\n").unwrap();
        assert_eq!(plain.checksum(), commented.checksum());
        assert_ne!(plain.checksum(), migration("V1__shelves", "DO 0;\n").unwrap().checksum());
    }

    #[test]
    fn a_missing_or_misnamed_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file_error = || read_migrations(folder.path()).unwrap_err().to_string();
        assert!(file_error().contains("it has no .sql file"), "{}", file_error());
        fs::write(folder.path().join("shelves.sql"), "DO 0").unwrap();
        assert!(
            file_error().contains("shelves.sql can't be read as a migration"),
            "{}",
            file_error()
        );
        let nowhere = Files::read(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(nowhere.contains("/no/such/folder/catalogdb"), "{nowhere}");
    }
}
