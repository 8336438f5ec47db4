//! Faults of database and app under load: every loan that was acknowledged exists, once, and no other does.

mod clients;
mod fault;

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tests::{MariaDb, TestApp, TestDatabase, is_long, note};

use clients::{CLIENTS, Storm, open_loans};
use fault::Fault;

/// The faults of the short form; the long one has all of them, several times.
const SHORT: [Fault; 4] =
    [Fault::DatabaseKilled, Fault::ConnectionsCut, Fault::ReadOnly, Fault::AppKilled];
const ROUNDS_OF_LONG_FORM: usize = 4;

/// Ends the storm when it is dropped.
struct EndOnDrop<'a>(&'a Storm);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_loans_survive_every_fault() {
    // One file for all tables, which can be filled.
    let mut server = MariaDb::start(&[
        "--innodb-file-per-table=0",
        "--innodb-data-file-path=ibdata1:12M:autoextend:max:96M",
        "--innodb-flush-method=fsync",
    ]);
    let database = TestDatabase::with_librarian_at(&server.admin_url()).await;
    let mut app = TestApp::start_on(database, &[]);
    clients::prepare(&app.database).await;

    let faults = match is_long() {
        true => Fault::ALL.repeat(ROUNDS_OF_LONG_FORM),
        false => SHORT.to_vec(),
    };
    let client = app.clone();
    let storm = Storm::default();
    let acknowledged = tokio::task::block_in_place(|| {
        thread::scope(|scope| {
            // Also after a failure, for which the scope would wait otherwise.
            let _end = EndOnDrop(&storm);
            let threads: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    let (storm, client) = (&storm, &client);
                    scope.spawn(move || storm.client(client, number))
                })
                .collect();
            storm.wait_for_loans(200);
            for fault in &faults {
                let unavailable = storm.unavailable();
                let begin = Instant::now();
                let healed = fault.strike(&mut server, &mut app, || {
                    // The fault was met, and health tells it, unless it is over at once.
                    storm.wait_for_unavailable(unavailable + 8);
                });
                storm.wait_for_loans(storm.lent() + 1);
                let recovery = healed.elapsed();
                storm.wait_for_loans(storm.lent() + 200);
                note(&format!(
                    "{fault:?}: {} requests without success in {:.1} s; the first loan {:.2} s after its end",
                    storm.unavailable() - unavailable,
                    (begin.elapsed() - recovery).as_secs_f64(),
                    recovery.as_secs_f64()
                ));
                assert!(recovery < Duration::from_secs(15), "{fault:?}: {recovery:?}");
            }
            storm.end();
            threads
                .into_iter()
                .flat_map(|client| client.join().expect("a client without a failure"))
                .collect::<clients::Acknowledged>()
        })
    });

    let written = open_loans(&app.database).await;
    for (loan, is_lent) in &acknowledged {
        let rows = written.get(loan).copied().unwrap_or_default();
        assert!(
            rows == 1 || (rows == 0 && !is_lent),
            "{loan:?}: acknowledged: {is_lent}, but {rows} rows"
        );
    }
    assert!(written.keys().all(|loan| acknowledged.contains_key(loan)), "every loan was requested");
    assert_eq!(app.get("/borrow/healthz").both(), (200, json!({"status": "ok"})));
    let unknown = acknowledged.values().filter(|is_lent| !**is_lent).count();
    note(&format!(
        "{} loans acknowledged to {CLIENTS} clients during {} faults, none lost or doubled; {unknown} outcomes unknown",
        acknowledged.len() - unknown,
        faults.len()
    ));
}
