//! The scripts that back up and restore on a cluster, run here with programs that stand in for MySQL's: what they do with what
//! those say. That a dump brings back what was there is tried with a real server, in the faults ring.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tests::project;

use crate::manifests::root;

const DUMP: &str = "CREATE DATABASE `borrowdb`;\nUSE `borrowdb`;\nCREATE TABLE loans;\nUSE `catalogdb`;\nUSE `patronsdb`;\n\
                    -- Dump completed on 2026-01-01\n";

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
    place.add("library-2026-01-01T02-17-00Z.sql.gz", &format!("-- the older\n{DUMP}"));
    place.add("library-2026-01-02T02-17-00Z.sql.gz", &format!("-- the newer\n{DUMP}"));
    let output = place.restore("newest", "no", "");
    assert!(output.status.success() && !complained(&output), "{output:?}");
    assert!(place.sent().contains("-- the newer"), "{}", place.sent());
    place.restore("library-2026-01-01T02-17-00Z.sql.gz", "no", "");
    assert!(place.sent().contains("-- the older"), "{}", place.sent());
}

#[test]
fn what_is_there_is_overwritten_only_when_that_is_said() {
    let place = Place::new();
    place.add("library-a.sql.gz", DUMP);
    let output = place.restore("newest", "no", "loans");
    assert!(complaint(&output).contains("3 tables of the library already"), "{output:?}");
    assert_eq!(place.sent(), "");
    let output = place.restore("newest", "yes", "loans");
    assert!(output.status.success() && !complained(&output), "{output:?}");
}

#[test]
fn the_tables_change_places_in_one_statement_when_the_backup_is_in() {
    let place = Place::new();
    place.add("library-a.sql.gz", DUMP);
    place.restore("newest", "yes", "loans");
    let mut rest = place.sent();
    for said in [
        "CREATE DATABASE `borrowdb_restore`",
        "USE `borrowdb_restore`;\nCREATE TABLE loans;\nUSE `catalogdb_restore`;",
        "RENAME TABLE `catalogdb`.`loans` TO `catalogdb_before`.`loans`,",
        "`borrowdb_restore`.`loans` TO `borrowdb`.`loans`\n",
        "DROP DATABASE `borrowdb_before`",
    ] {
        let found = rest.find(said).unwrap_or_else(|| panic!("no {said}: {}", place.sent()));
        rest.drain(..found + said.len());
    }
    assert!(!place.sent().contains("CREATE DATABASE `borrowdb`;"), "{}", place.sent());
}

#[test]
fn a_restore_that_fails_half_way_moves_nothing() {
    let place = Place::new();
    place.add("library-a.sql.gz", DUMP);
    for refused in ["CREATE TABLE loans", "catalogdb_restore`.`", "RENAME TABLE"] {
        fs::write(place.refused_file(), refused).unwrap();
        let output = place.restore("newest", "yes", "loans");
        assert!(complained(&output), "{refused}: {output:?}");
        assert!(!place.sent().contains("RENAME"), "{refused}: {}", place.sent());
        assert!(!place.sent().contains("DROP DATABASE `"), "{refused}: {}", place.sent());
    }
}

#[test]
fn a_backup_that_is_missing_or_damaged_changes_nothing() {
    let place = Place::new();
    assert!(complaint(&place.restore("newest", "yes", "")).contains("there is no library-"));
    place.add("library-a.sql.gz", DUMP.split_once("--").unwrap().0);
    place.add("library-b.sql.gz", DUMP);
    let file = place.backups_folder().join("library-b.sql.gz");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    place.add("library-c.sql.gz", &DUMP.replace("catalogdb", "mysql"));
    place.add("library-d.sql.gz", &format!("USE `mysql`;\n{DUMP}"));
    for (backup, said) in [
        ("library-a.sql.gz", "is damaged or cut off"),
        ("library-b.sql.gz", "is damaged or cut off"),
        ("library-c.sql.gz", "is no backup of the library"),
        ("library-d.sql.gz", "is no backup of the library"),
        ("library-e.sql.gz", "there is no library-e.sql.gz"),
    ] {
        let output = place.restore(backup, "yes", "loans");
        assert!(complaint(&output).contains(said), "{backup}: {output:?}");
        assert_eq!(place.sent(), "", "{backup}");
    }
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
        // Asked for a schema's tables it tells one, or none; what it is sent otherwise it writes down, or refuses.
        place.program(
            "mysql",
            r#"for said in "$@"; do :; done
            case $said in --execute=*) said=${said#--execute=} ;; *) said=$(cat) ;; esac
            if [[ -f $REFUSED && $said == *"$(cat "$REFUSED")"* ]]; then exit 1; fi
            case $said in
              *CONCAT*) sed --quiet "s/', table_name, '/loans/g; s/.*CONCAT('\(.*\)')$/\1/p" <<<"$said" ;;
              SELECT*) [[ -z $TABLES ]] || echo "$TABLES" ;;
              *) echo "$said" >>"$SENT" ;;
            esac"#,
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
            .env("REFUSED", self.refused_file())
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

    /// What the server says no to, when it holds that.
    fn refused_file(&self) -> PathBuf {
        self.0.path().join("refused")
    }

    fn sent_file(&self) -> PathBuf {
        Path::new(self.0.path()).join("sent")
    }
}

fn complaint(output: &Output) -> String {
    assert!(complained(output), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Whether a restore has failed and says what that means for the data.
fn complained(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    let is_told = said.contains("nothing was restored; the data are as they were");
    assert_eq!(is_told, output.status.code() == Some(1), "{output:?}");
    is_told
}
