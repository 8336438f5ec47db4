//! The scripts that back up and restore on a cluster, run here with programs that stand in for MySQL's: what they do with what
//! those say. That a dump brings back what was there is tried with real servers, by `cargo xtask backup` and `restore`.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tests::project;

use crate::manifests::root;

const DUMP: &str = "CREATE TABLE loans;\n-- Dump completed on 2026-01-01\n";

#[test]
fn a_backup_is_kept_when_it_is_whole() {
    let place = Place::new();
    let output = place.run("components/backup/backup.sh", &[("DUMP", DUMP)]);
    assert!(output.status.success(), "{output:?}");
    let [backup] = &place.backups()[..] else { panic!("{:?}", place.backups()) };
    assert!(backup.starts_with("library-") && backup.ends_with("Z.sql.gz"), "{backup}");
}

#[test]
fn half_a_backup_is_none() {
    let place = Place::new();
    for dump in ["CREATE TABLE loans;\n", ""] {
        let output = place.run("components/backup/backup.sh", &[("DUMP", dump)]);
        assert!(!output.status.success(), "{output:?}");
        assert_eq!(place.backups(), Vec::<String>::new());
    }
    let output = place.run("components/backup/backup.sh", &[("DUMP", DUMP), ("DUMP_FAILS", "1")]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(place.backups(), Vec::<String>::new());
}

#[test]
fn backups_of_two_weeks_are_kept() {
    let place = Place::new();
    for (name, age) in [("library-a.sql.gz", "16 days ago"), ("library-b.sql.gz", "13 days ago")] {
        let file = place.backups_folder().join(name);
        fs::write(&file, "").unwrap();
        let touch = Command::new("touch").args(["--date", age]).arg(file).status().unwrap();
        assert!(touch.success());
    }
    place.run("components/backup/backup.sh", &[("DUMP", DUMP)]);
    let backups = place.backups();
    assert!(backups.len() == 2 && backups.contains(&"library-b.sql.gz".into()), "{backups:?}");
}

#[test]
fn the_newest_backup_goes_into_an_empty_database() {
    let place = Place::new();
    place.add("library-2026-01-01T02-17-00Z.sql.gz", "-- the older\n-- Dump completed\n");
    place.add("library-2026-01-02T02-17-00Z.sql.gz", "-- the newer\n-- Dump completed\n");
    let output = place.restore("newest", "no", "0");
    assert!(output.status.success(), "{output:?}");
    assert!(
        place.sent().contains("-- the newer") && !place.sent().contains("DROP"),
        "{}",
        place.sent()
    );
    place.restore("library-2026-01-01T02-17-00Z.sql.gz", "no", "0");
    assert!(place.sent().contains("-- the older"), "{}", place.sent());
}

#[test]
fn what_is_there_is_overwritten_only_when_that_is_said() {
    let place = Place::new();
    place.add("library-a.sql.gz", DUMP);
    let output = place.restore("newest", "no", "7");
    assert!(complaint(&output).contains("7 tables of the library already; nothing was changed"));
    assert_eq!(place.sent(), "");
    let output = place.restore("newest", "yes", "7");
    assert!(output.status.success(), "{output:?}");
    let dropped = place.sent().find("DROP DATABASE IF EXISTS borrowdb");
    assert!(dropped < place.sent().find("CREATE TABLE loans"), "{}", place.sent());
    assert!(dropped.is_some());
}

#[test]
fn a_backup_that_is_missing_or_damaged_changes_nothing() {
    let place = Place::new();
    assert!(complaint(&place.restore("newest", "yes", "7")).contains("there is no library-"));
    place.add("library-a.sql.gz", "CREATE TABLE loans;\n");
    assert!(
        complaint(&place.restore("newest", "yes", "7"))
            .contains("library-a.sql.gz is damaged or cut off")
    );
    place.add("library-b.sql.gz", DUMP);
    let file = place.backups_folder().join("library-b.sql.gz");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(
        complaint(&place.restore("newest", "yes", "7"))
            .contains("library-b.sql.gz is damaged or cut off")
    );
    assert!(
        complaint(&place.restore("library-c.sql.gz", "yes", "7"))
            .contains("there is no library-c.sql.gz")
    );
    assert_eq!(place.sent(), "");
}

#[test]
fn both_dump_what_the_loader_makes() {
    for script in ["components/backup/backup.sh", "restore/restore.sh"] {
        let script = fs::read_to_string(root().join(script)).unwrap();
        for store in loader::Store::ALL {
            assert!(script.contains(store.schema()), "{script}");
        }
    }
}

/// A folder of backups, and MySQL's programs as the scripts see them.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        for folder in ["backups", "bin"] {
            fs::create_dir(place.0.path().join(folder)).unwrap();
        }
        place.program("mysqldump", "printf %s \"$DUMP\"; [[ -z ${DUMP_FAILS:-} ]]");
        // Asked for the number of tables it tells that; what it is sent otherwise it writes down.
        place.program(
            "mysql",
            "case $* in *COUNT*) echo \"$TABLES\" ;; *--execute=*) echo \"$*\" >>\"$SENT\" ;; *) cat >>\"$SENT\" ;; esac",
        );
        place
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.0.path().join("bin").join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn add(&self, name: &str, dump: &str) {
        let plain = self.backups_folder().join(name.strip_suffix(".gz").unwrap());
        fs::write(&plain, dump).unwrap();
        assert!(Command::new("gzip").arg("--force").arg(plain).status().unwrap().success());
    }

    fn restore(&self, backup: &str, overwrite: &str, tables: &str) -> Output {
        fs::remove_file(self.sent_file()).ok();
        let environment = [("BACKUP", backup), ("OVERWRITE", overwrite), ("TABLES", tables)];
        self.run("restore/restore.sh", &environment)
    }

    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new("bash")
            .arg(project().join("k8s-spinkube").join(script))
            .current_dir(self.backups_folder())
            .env("PATH", format!("{}:{path}", self.0.path().join("bin").display()))
            .env("SENT", self.sent_file())
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    fn backups(&self) -> Vec<String> {
        let files = fs::read_dir(self.backups_folder()).unwrap();
        let mut names: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn backups_folder(&self) -> PathBuf {
        self.0.path().join("backups")
    }

    fn sent(&self) -> String {
        fs::read_to_string(self.sent_file()).unwrap_or_default()
    }

    fn sent_file(&self) -> PathBuf {
        Path::new(self.0.path()).join("sent")
    }
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}
