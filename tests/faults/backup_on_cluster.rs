//! The scripts that a cluster's Jobs run, with a real server. `cargo xtask` reads their backups as well.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use nix::sys::signal::Signal;
use tests::{Up, project, run_xtask};
use url::Url;

use crate::backup::{lend, loans, path, schemas, succeed};

#[test]
fn a_script_s_backup_is_brought_back_by_xtask_and_by_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let up = Up::start(&data);
    let cluster = Cluster::new(folder.path(), &data);
    lend(up.client(), 1, 1);
    let output = cluster.run("components/backup/backup.sh", "no");
    assert!(output.status.success(), "{output:?}");
    let files: Vec<PathBuf> =
        fs::read_dir(&cluster.backups).unwrap().map(|file| file.unwrap().path()).collect();
    let [of_script] = &files[..] else { panic!("{files:?}") };
    let mode = fs::metadata(of_script).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "others can read it");

    lend(up.client(), 2, 1);
    succeed(&["restore", path(of_script), "--replace", "--data", path(&data)]);
    assert_eq!(loans(up.client()), [(1, 1)].into());

    lend(up.client(), 3, 1);
    let output = cluster.run("restore/restore.sh", "no");
    assert!(String::from_utf8_lossy(&output.stderr).contains("10 tables of the library already"));
    assert_eq!(loans(up.client()), [(1, 1), (1, 3)].into());

    // The app runs meanwhile, as it may on the cluster.
    let output = cluster.run("restore/restore.sh", "yes");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(loans(up.client()), [(1, 1)].into());
    assert_eq!(schemas(&data), ["borrowdb", "catalogdb", "patronsdb"]);
    lend(up.client(), 5, 1);
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_script_s_restore_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let up = Up::start(&data);
    let cluster = Cluster::new(folder.path(), &data);
    let output = cluster.run("components/backup/backup.sh", "no");
    assert!(output.status.success(), "{output:?}");
    lend(up.client(), 1, 1);
    let file = fs::read_dir(&cluster.backups).unwrap().next().unwrap().unwrap().path();
    let sql = std::io::read_to_string(GzDecoder::new(fs::File::open(&file).unwrap())).unwrap();
    let broken = sql.replacen("INSERT INTO `patrons`", "INSERT INTO `patron`", 1);
    assert_ne!(broken, sql);
    let mut encoder = GzEncoder::new(fs::File::create(&file).unwrap(), Compression::default());
    std::io::Write::write_all(&mut encoder, broken.as_bytes()).unwrap();
    encoder.finish().unwrap();

    // The second finds what the first has left.
    for _ in 0..2 {
        let output = cluster.run("restore/restore.sh", "yes");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("patron'") && said.contains("nothing was restored"), "{output:?}");
        assert_eq!(loans(up.client()), [(1, 1)].into());
    }
    assert!(up.end(Signal::SIGTERM));
}

/// What the scripts find in a pod: a folder of backups, the password, MySQL's programs, and a server named `mysql`.
struct Cluster {
    bin: PathBuf,
    backups: PathBuf,
    password: String,
}

impl Cluster {
    fn new(folder: &Path, data: &Path) -> Cluster {
        let (_, url) = run_xtask(&["db", "url", "--data", path(data)]);
        let url = Url::parse(url.trim()).unwrap();
        let server =
            format!("--host=127.0.0.1 --port={} --user={}", url.port().unwrap(), url.username());
        let (bin, backups) = (folder.join("bin"), folder.join("backups"));
        fs::create_dir(&bin).unwrap();
        fs::create_dir(&backups).unwrap();
        for (name, of_mariadb) in [("mysql", "mariadb"), ("mysqldump", "mariadb-dump")] {
            let program = [of_mariadb, name].into_iter().find_map(on_path).unwrap();
            // Another address than the cluster's; and MariaDB's has no such option.
            let script = format!(
                r#"#!/usr/bin/env bash
                options=()
                for option in "$@"; do
                  case $option in --host=mysql | --user=root | --set-gtid-purged=*) ;; *) options+=("$option") ;; esac
                done
                exec {} --no-defaults --protocol=TCP {server} "${{options[@]}}""#,
                program.display()
            );
            fs::write(bin.join(name), script).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Cluster { bin, backups, password: url.password().unwrap_or_default().to_owned() }
    }

    fn run(&self, script: &str, overwrite: &str) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new("bash")
            .arg(project().join("k8s-spinkube").join(script))
            .current_dir(&self.backups)
            .env("PATH", format!("{}:{path}", self.bin.display()))
            .envs([
                ("MYSQL_PWD", self.password.as_str()),
                ("BACKUP", "newest"),
                ("OVERWRITE", overwrite),
            ])
            .output()
            .unwrap()
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
