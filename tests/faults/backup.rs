//! Backups under load, and restores that change everything or nothing.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Client, Up, borrow, run_xtask, xtask_database};

const CLIENTS: i64 = 4;
const PATRONS_OF_A_CLIENT: i64 = 250;
/// The loan limit
const BOOKS: i64 = 4;

/// Loans as patron and book.
type Loans = BTreeSet<(i64, i64)>;

#[test]
fn a_backup_under_load_holds_every_loan_acknowledged_before_it_and_no_partial_loan() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("backup.jsonl.gz");
    let data = folder.path().join("data");
    let up = Up::start(&data);
    add_patrons(&data);
    let (lent, is_over) = (Mutex::new(Loans::new()), AtomicBool::new(false));
    let before = thread::scope(|scope| {
        let _end = End(&is_over);
        for number in 0..CLIENTS {
            let (app, lent, is_over) = (up.client(), &lent, &is_over);
            scope.spawn(move || lend_on(app, number, lent, is_over));
        }
        wait_until_lent(&lent, 100);
        let before = lent.lock().unwrap().clone();
        succeed(&["backup", path(&file), "--data", path(&data)]);
        wait_until_lent(&lent, before.len() + 100);
        before
    });
    let lent = lent.into_inner().unwrap();
    assert!(up.end(Signal::SIGTERM));

    let printed = succeed(&["restore", path(&file), "--data", path(elsewhere.path())]);
    assert!(printed.contains("restored"), "an empty database needs no --replace: {printed}");
    let up = Up::start(elsewhere.path());
    let restored = loans(up.client());
    println!(
        "{} before, {} in the backup, {} in the end",
        before.len(),
        restored.len(),
        lent.len()
    );
    assert!(before.is_subset(&restored), "lost: {:?}", before.difference(&restored));
    assert!(restored.is_subset(&lent), "invented: {:?}", restored.difference(&lent));

    // The lending rules apply to the restored loans.
    let &(patron, book) = before.first().unwrap();
    let again = up.client().send_json("POST", "/borrow", &borrow(book, patron));
    assert_eq!(again.json()["reason"], "already_borrowed");
    let fifth = up.client().send_json("POST", "/borrow", &borrow(BOOKS + 1, patron));
    assert_eq!(fifth.json()["reason"], "limit_reached");
    assert_eq!(up.client().send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_restore_replaces_data_only_with_the_option_and_while_the_app_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.jsonl.gz");
    let data = folder.path().join("data");
    let up = Up::start(&data);
    lend(up.client(), 1, 1);
    succeed(&["backup", path(&file), "--data", path(&data)]);
    lend(up.client(), 2, 1);

    let refused = fail(&["restore", path(&file), "--data", path(&data)]);
    for table in ["not empty: books", "patrons", "loans have rows"] {
        assert!(refused.contains(table), "{refused}");
    }
    assert!(refused.contains("--replace"), "{refused}");
    assert_eq!(loans(up.client()), [(1, 1), (1, 2)].into());

    // The leftovers of a restore that was killed.
    xtask_database(&data, "CREATE DATABASE catalogdb_restore");
    xtask_database(&data, "CREATE TABLE catalogdb_restore.books (other INT)");
    succeed(&["restore", path(&file), "--replace", "--data", path(&data)]);
    assert_eq!(loans(up.client()), [(1, 1)].into());
    lend(up.client(), 3, 1);
    assert_eq!(loans(up.client()), [(1, 1), (1, 3)].into());
    assert_eq!(schemas(&data), ["borrowdb", "catalogdb", "patronsdb"]);
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_broken_backup_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.jsonl.gz");
    let data = folder.path().join("data");
    let up = Up::start(&data);
    lend(up.client(), 1, 1);
    succeed(&["backup", path(&file), "--data", path(&data)]);
    lend(up.client(), 2, 1);

    let whole = fs::read(&file).unwrap();
    let mut text = String::new();
    GzDecoder::new(whole.as_slice()).read_to_string(&mut text).unwrap();
    let mut damaged = whole.clone();
    // All bits of a byte, because a few between the parts of a compressed stream are not read.
    damaged[whole.len() / 2] ^= 0xff;
    let (most, _) = text.split_once(r#"{"manifest""#).unwrap();
    let changed = |from: &str, to: &str| {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        compressed(&changed)
    };
    for (broken, said) in [
        (whole[..whole.len() / 2].to_vec(), "damaged or cut off"),
        (damaged, "is not a complete backup"),
        (compressed(most), "cut off"),
        (b"nothing\n".to_vec(), "not a complete backup"),
        (b"-- MariaDB dump 10.19\n".to_vec(), "Import it into an empty server"),
        (compressed("-- MySQL dump 10.13\n"), "Import it into an empty server"),
        (changed("\"borrowdb.loans\"", "\"borrowdb.lawns\""), "table borrowdb.lawns"),
        (changed("\"borrowdb\":", "\"reservationsdb\":"), "the schema reservationsdb"),
        (changed("\"borrowdb\":3", "\"borrowdb\":99"), "has version 99"),
        (changed("\"format\":1", "\"format\":2"), "has format 2"),
    ] {
        let file = folder.path().join("broken");
        fs::write(&file, &broken).unwrap();
        let printed = fail(&["restore", path(&file), "--replace", "--data", path(&data)]);
        assert!(printed.contains(said), "{said}: {printed}");
        assert_eq!(loans(up.client()), [(1, 1), (1, 2)].into(), "{said}");
        assert_eq!(schemas(&data), ["borrowdb", "catalogdb", "patronsdb"], "{said}");
    }
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_failed_backup_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.jsonl.gz");
    let data = folder.path().join("data");
    succeed(&["db", "start", "--data", path(&data)]);
    fs::write(&file, "last week's").unwrap();
    let printed = fail(&["backup", path(&file), "--data", path(&data)]);
    assert!(printed.contains("the file exists"), "{printed}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "last week's");
    let nowhere = folder.path().join("nowhere/backup.jsonl.gz");
    let printed = fail(&["backup", path(&nowhere), "--data", path(&data)]);
    assert!(printed.contains("No such file or directory"), "{printed}");

    let new = folder.path().join("new.jsonl.gz");
    xtask_database(&data, "DROP DATABASE borrowdb");
    let printed = fail(&["backup", path(&new), "--data", path(&data)]);
    assert!(printed.contains("no backup was written") && printed.contains("borrowdb"), "{printed}");
    succeed(&["db", "stop", "--data", path(&data)]);
    let printed = fail(&["backup", path(&new), "--data", path(&data)]);
    assert!(printed.contains("cargo xtask db start"), "{printed}");
    assert!(!new.exists());
}

/// Adds patrons for the clients, and copies for all of them.
fn add_patrons(data: &Path) {
    let people: Vec<String> = (101..=100 + CLIENTS * PATRONS_OF_A_CLIENT)
        .map(|id| format!("({id}, 'Backed', 'Up', 'BACKUP{id}', 'user')"))
        .collect();
    let columns = "id, firstName, lastName, patronNum, role";
    let people = people.join(", ");
    xtask_database(data, &format!("INSERT INTO patronsdb.patrons ({columns}) VALUES {people}"));
    xtask_database(data, "UPDATE catalogdb.books SET count = 100000");
}

/// Lends book after book to the patrons of one client, and records each acknowledged loan.
fn lend_on(app: &Client, number: i64, lent: &Mutex<Loans>, is_over: &AtomicBool) {
    let first = 101 + number * PATRONS_OF_A_CLIENT;
    for patron in first..first + PATRONS_OF_A_CLIENT {
        for book in 1..=BOOKS {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            lend(app, book, patron);
            lent.lock().unwrap().insert((patron, book));
        }
    }
}

fn lend(app: &Client, book: i64, patron: i64) {
    let answer = app.send_json("POST", "/borrow", &borrow(book, patron));
    assert_eq!(answer.status, 201, "{book} for {patron}: {answer:?}");
}

fn wait_until_lent(lent: &Mutex<Loans>, at_least: usize) {
    let patience = Instant::now() + Duration::from_secs(30);
    while lent.lock().unwrap().len() < at_least {
        assert!(Instant::now() < patience, "fewer than {at_least} loans");
        thread::sleep(Duration::from_millis(2));
    }
}

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Stops the clients, even if the test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// All open loans; panics if one is listed twice.
fn loans(app: &Client) -> Loans {
    let (mut loans, mut after) = (Loans::new(), json!(0));
    while !after.is_null() {
        let page = app.get(&format!("/borrowdb?limit=1000&after={after}")).json();
        for row in page["transactions"].as_array().into_iter().flatten() {
            let loan = (row[2].as_i64().unwrap(), row[1].as_i64().unwrap());
            assert!(loans.insert(loan), "{loan:?} is listed twice");
        }
        after = page["next"].clone();
    }
    loans
}

/// The names of the library's schemas on its server.
fn schemas(data: &Path) -> Vec<String> {
    let select = "SELECT schema_name FROM information_schema.schemata WHERE schema_name REGEXP '^(catalog|patrons|borrow)db' ORDER BY 1";
    let printed = succeed(&[
        "db",
        "shell",
        "--data",
        path(data),
        "--",
        "--batch",
        "--skip-column-names",
        "-e",
        select,
    ]);
    printed.lines().map(str::to_owned).collect()
}

fn succeed(arguments: &[&str]) -> String {
    let (succeeded, printed) = run_xtask(arguments);
    assert!(succeeded, "{arguments:?}: {printed}");
    printed
}

fn fail(arguments: &[&str]) -> String {
    let (succeeded, printed) = run_xtask(arguments);
    assert!(!succeeded && printed.contains("error: "), "{arguments:?}: {printed}");
    assert!(!printed.contains("panicked"), "{printed}");
    printed
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
