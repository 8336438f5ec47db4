//! Backups are taken while the library lends, and a restore changes everything or nothing.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Client, Up, borrow, run_xtask, xtask_database};

const CLIENTS: i64 = 4;
const PATRONS_OF_A_CLIENT: i64 = 250;
/// As many as a patron may have
const BOOKS: i64 = 4;

/// Loans, each as patron and book.
pub type Loans = BTreeSet<(i64, i64)>;

#[test]
fn a_backup_under_load_has_every_loan_that_was_answered_before_it_and_none_by_halves() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("backup.sql.gz");
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
    assert!(printed.contains("restored"), "an empty place needs no --replace: {printed}");
    let up = Up::start(elsewhere.path());
    let restored = loans(up.client());
    println!(
        "{} before, {} in the backup, {} in the end",
        before.len(),
        restored.len(),
        lent.len()
    );
    assert!(before.is_subset(&restored), "lost: {:?}", before.difference(&restored));
    assert!(restored.is_subset(&lent), "made up: {:?}", restored.difference(&lent));

    // The rules came along, and go on from there.
    let &(patron, book) = before.first().unwrap();
    let again = up.client().send_json("POST", "/borrow", &borrow(book, patron));
    assert_eq!(again.json()["reason"], "already_borrowed");
    let fifth = up.client().send_json("POST", "/borrow", &borrow(BOOKS + 1, patron));
    assert_eq!(fifth.json()["reason"], "limit_reached");
    assert_eq!(up.client().send_json("POST", "/borrow", &borrow(1, 1)).status, 201);
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_restore_takes_the_place_of_data_only_when_told_and_while_the_app_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sql.gz");
    let data = folder.path().join("data");
    let up = Up::start(&data);
    lend(up.client(), 1, 1);
    succeed(&["backup", path(&file), "--data", path(&data)]);
    lend(up.client(), 2, 1);

    let refused = fail(&["restore", path(&file), "--data", path(&data)]);
    assert!(refused.contains("it holds books, patrons") && refused.contains("loans"), "{refused}");
    assert!(refused.contains("--replace"), "{refused}");
    assert_eq!(loans(up.client()), [(1, 1), (1, 2)].into());

    // As a restore leaves it that was killed.
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
    let file = folder.path().join("backup.sql.gz");
    let data = folder.path().join("data");
    let up = Up::start(&data);
    lend(up.client(), 1, 1);
    succeed(&["backup", path(&file), "--data", path(&data)]);
    lend(up.client(), 2, 1);

    let whole = fs::read(&file).unwrap();
    let mut sql = String::new();
    GzDecoder::new(whole.as_slice()).read_to_string(&mut sql).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    let (most, _) = sql.split_once("-- Dump completed").unwrap();
    let newer = sql.replace("(2,'withdrawn_copies'", "(99,'not_yet_thought_of'");
    assert_ne!(newer, sql);
    for (broken, said) in [
        (&whole[..whole.len() / 2], "damaged or breaks off"),
        (&damaged, "damaged or breaks off"),
        (most.as_bytes(), "breaks off"),
        (b"-- nothing\n", "no backup of the library"),
        (sql.replacen("INSERT INTO `loans`", "INSERT INTO `lawns`", 1).as_bytes(), "lawns"),
        (newer.as_bytes(), "made by a newer one"),
    ] {
        let file = folder.path().join("broken");
        fs::write(&file, broken).unwrap();
        let printed = fail(&["restore", path(&file), "--replace", "--data", path(&data)]);
        assert!(printed.contains(said), "{said}: {printed}");
        assert_eq!(loans(up.client()), [(1, 1), (1, 2)].into(), "{said}");
        assert_eq!(schemas(&data), ["borrowdb", "catalogdb", "patronsdb"], "{said}");
    }
    assert!(up.end(Signal::SIGTERM));
}

#[test]
fn a_backup_that_can_t_be_taken_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sql.gz");
    let data = folder.path().join("data");
    succeed(&["db", "start", "--data", path(&data)]);
    fs::write(&file, "last week's").unwrap();
    let printed = fail(&["backup", path(&file), "--data", path(&data)]);
    assert!(printed.contains("is there already"), "{printed}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "last week's");
    let nowhere = folder.path().join("nowhere/backup.sql.gz");
    let printed = fail(&["backup", path(&nowhere), "--data", path(&data)]);
    assert!(printed.contains("choose another file"), "{printed}");

    let new = folder.path().join("new.sql.gz");
    xtask_database(&data, "DROP DATABASE borrowdb");
    let printed = fail(&["backup", path(&new), "--data", path(&data)]);
    assert!(printed.contains("no backup was written") && printed.contains("borrowdb"), "{printed}");
    succeed(&["db", "stop", "--data", path(&data)]);
    let printed = fail(&["backup", path(&new), "--data", path(&data)]);
    assert!(printed.contains("cargo xtask db start"), "{printed}");
    assert!(!new.exists());
}

/// Patrons for the clients, and copies for all of them.
fn add_patrons(data: &Path) {
    let people: Vec<String> = (101..=100 + CLIENTS * PATRONS_OF_A_CLIENT)
        .map(|id| format!("({id}, 'Backed', 'Up', 'BACKUP{id}', 'user')"))
        .collect();
    let columns = "id, firstName, lastName, patronNum, role";
    let people = people.join(", ");
    xtask_database(data, &format!("INSERT INTO patronsdb.patrons ({columns}) VALUES {people}"));
    xtask_database(data, "UPDATE catalogdb.books SET count = 100000");
}

/// Lends book after book to the patrons of one client, and notes each loan that was answered.
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

pub fn lend(app: &Client, book: i64, patron: i64) {
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

/// Ends the clients, also when the test fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// All open loans; none of them twice.
pub fn loans(app: &Client) -> Loans {
    let (mut loans, mut after) = (Loans::new(), json!(0));
    while !after.is_null() {
        let page = app.get(&format!("/borrowdb?limit=1000&after={after}")).json();
        for row in page["transactions"].as_array().into_iter().flatten() {
            let loan = (row[2].as_i64().unwrap(), row[1].as_i64().unwrap());
            assert!(loans.insert(loan), "{loan:?} is there twice");
        }
        after = page["next"].clone();
    }
    loans
}

/// What the library has on its server.
pub fn schemas(data: &Path) -> Vec<String> {
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

pub fn succeed(arguments: &[&str]) -> String {
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

pub fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
