//! kill -9 of the database while many people borrow: what was answered 201 is there, once.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Client, Up, borrow, database_pid, kill_hard, run_xtask, xtask_database};

const CLIENTS: i64 = 8;
const PATRONS_OF_A_CLIENT: i64 = 120;
/// As many as a patron may have
const BOOKS: i64 = 4;

/// What a client was told about one patron and one book: whether it is lent, or unknown after a 503.
type Told = BTreeMap<(i64, i64), bool>;

#[test]
fn loans_that_were_answered_survive_the_database_s_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_database(data);
    let up = Up::start(data);
    let app = up.client();
    let people: Vec<String> = (101..=100 + CLIENTS * PATRONS_OF_A_CLIENT)
        .map(|id| format!("({id}, 'Storm', 'Rider', 'STORM{id}', 'user')"))
        .collect();
    let columns = "id, firstName, lastName, patronNum, role";
    let people = people.join(", ");
    xtask_database(data, &format!("INSERT INTO patronsdb.patrons ({columns}) VALUES {people}"));
    xtask_database(data, "UPDATE catalogdb.books SET count = 100000");

    let storm = Storm::default();
    let told: Told = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn({
                    let storm = &storm;
                    move || storm.client(app, number)
                })
            })
            .collect();
        storm.wait_for(&storm.lent, 200);
        kill_hard(database_pid(data));
        storm.wait_for(&storm.unavailable, 3 * usize::try_from(CLIENTS).unwrap());
        start_database(data);
        storm.wait_for(&storm.lent, storm.lent.load(Ordering::Relaxed) + 200);
        storm.is_over.store(true, Ordering::Relaxed);
        clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client that went well"))
            .collect()
    });

    let written = open_loans(app);
    for (place, is_lent) in &told {
        let rows = written.get(place).copied().unwrap_or_default();
        assert!(rows == 1 || (rows == 0 && !is_lent), "{place:?}: told {is_lent}, but {rows} rows");
    }
    assert!(
        written.keys().all(|place| told.contains_key(place)),
        "nobody has what was not asked for"
    );
    assert_eq!(app.get("/borrow/healthz").both(), (200, json!({"status": "ok"})));

    assert!(up.end(Signal::SIGTERM));
    let (stopped, printed) = run_xtask(&["db", "stop", "--data", data.to_str().unwrap()]);
    assert!(stopped, "{printed}");
}

/// What the clients of a storm have in common.
#[derive(Default)]
struct Storm {
    lent: AtomicUsize,
    unavailable: AtomicUsize,
    is_over: AtomicBool,
}

impl Storm {
    /// One client borrows for its own patrons, book by book. Every second one sends a key and, after a
    /// 503, the same again until it knows; the others go on without knowing.
    fn client(&self, app: &Client, number: i64) -> Told {
        let mut told = Told::new();
        let first = 101 + number * PATRONS_OF_A_CLIENT;
        for patron in first..first + PATRONS_OF_A_CLIENT {
            for book in 1..=BOOKS {
                let has_key = number % 2 == 0;
                let key = format!("storm-{patron}-{book}");
                let app = if has_key { app.with("idempotency-key", key) } else { app.clone() };
                let mut is_lent = self.lend(&app, book, patron);
                while has_key && !is_lent {
                    // Nobody hammers a library that asks for patience.
                    thread::sleep(Duration::from_millis(20));
                    is_lent = self.lend(&app, book, patron);
                }
                told.insert((patron, book), is_lent);
                if self.is_over.load(Ordering::Relaxed) {
                    return told;
                }
                if !is_lent {
                    thread::sleep(Duration::from_millis(100));
                }
            }
        }
        told
    }

    /// Whether it was lent; false for a 503. Anything else is a failure of the test.
    fn lend(&self, app: &Client, book: i64, patron: i64) -> bool {
        let answer = app.send_json("POST", "/borrow", &borrow(book, patron));
        match answer.status {
            201 => self.lent.fetch_add(1, Ordering::Relaxed),
            503 => self.unavailable.fetch_add(1, Ordering::Relaxed),
            _ => panic!("{book} for {patron}: {answer:?}"),
        };
        answer.status == 201
    }

    fn wait_for(&self, count: &AtomicUsize, at_least: usize) {
        let patience = Instant::now() + Duration::from_secs(30);
        while count.load(Ordering::Relaxed) < at_least {
            if Instant::now() > patience {
                self.is_over.store(true, Ordering::Relaxed);
                panic!(
                    "{at_least} expected: {} lent, {} unavailable",
                    self.lent.load(Ordering::Relaxed),
                    self.unavailable.load(Ordering::Relaxed)
                );
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// How many open loans there are of each book for each patron.
fn open_loans(app: &Client) -> BTreeMap<(i64, i64), usize> {
    let (mut loans, mut after) = (BTreeMap::new(), json!(0));
    while !after.is_null() {
        let page = app.get(&format!("/borrowdb?limit=1000&after={after}")).json();
        for row in page["transactions"].as_array().into_iter().flatten() {
            let id = |column: &Value| column.as_i64().expect("an id");
            *loans.entry((id(&row[2]), id(&row[1]))).or_default() += 1;
        }
        after = page["next"].clone();
    }
    loans
}

fn start_database(data: &Path) {
    let (started, printed) = run_xtask(&["db", "start", "--data", data.to_str().unwrap()]);
    assert!(started, "{printed}");
}
