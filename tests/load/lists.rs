//! Lists without a limit: complete however long they are, in memory that does not depend on their length.

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::{TestApp, note};

use crate::{connection::Connection, process};

const ROWS: usize = 100_000;
const READERS: usize = 4;
const READER: [u8; 4] = [127, 0, 0, 1];
/// The memory that the runtime may use for long lists in addition to that for short ones: parts of 1000 rows for each reader.
const GROWTH_KIB: u64 = 48 * 1024;

/// `ROWS` numbers from 1.
const NUMBERS: &str = "WITH digits AS (SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL \
    SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) \
    SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n \
    FROM digits a, digits b, digits c, digits e, digits f";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_any_length_takes_a_bounded_amount_of_memory() {
    let app = TestApp::start().await;
    let mut ledger = app.database.admin(Store::Borrowing).await;
    let columns = "(bookId, patronId, dateOut, dateDue, copyNumber, patronSlot, returnedAt)";
    for values in [
        "n, n, '2026-03-01', '2026-03-15', 1, 1, NULL",
        "n, 1, '2026-03-01', '2026-03-15', 1, 1, '2026-03-02'",
    ] {
        let insert =
            format!("INSERT INTO loans {columns} SELECT {values} FROM ({NUMBERS}) AS numbers");
        ledger.query_drop(insert).await.unwrap();
    }
    let mut catalog = app.database.admin(Store::Catalog).await;
    let insert = format!(
        "INSERT INTO books (id, title, author, count, thumbnailUrl) \
         SELECT n + 100, CONCAT('Title ', n), 'Author', 1, '' FROM ({NUMBERS}) AS numbers"
    );
    catalog.query_drop(insert).await.unwrap();

    let pid = app.pids()[0];
    let address = app.address();
    for (path, list, rows) in [
        ("/borrowdb", "transactions", ROWS),
        ("/borrowdb/overdue?on=2026-04-01", "transactions", ROWS),
        ("/borrowdb/history/1", "transactions", ROWS + 1),
        ("/borrowdb/counts", "counts", ROWS),
        ("/catdb", "books", ROWS + 20),
        ("/catdb?sort=title&before=9999", "books", 0),
    ] {
        // The first request opens the sessions and fills the caches.
        let page = format!("{}?limit=1", path.split('?').next().unwrap_or_default());
        Connection::new(address, READER).send("GET", &page, None).await.expect("a page");
        process::forget_peak(pid);
        let before = process::peak_kib(pid);
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                tokio::spawn(async move {
                    Connection::new(address, READER).send("GET", path, None).await
                })
            })
            .collect();
        let mut bytes = 0;
        for reader in readers {
            let answer = reader.await.expect("a reader").expect("a list");
            let body = answer.json();
            let found = body[list].as_array().map_or(0, Vec::len);
            assert!(found == rows || rows == 0 && found > 1000, "{path}: {found} rows");
            bytes = answer.body.len();
        }
        let growth = process::peak_kib(pid).saturating_sub(before);
        note(&format!(
            "{READERS} × {path}: {:.1} MiB each, {} MiB more memory than for a page",
            bytes as f64 / f64::from(1 << 20),
            growth / 1024
        ));
        assert!(growth < GROWTH_KIB, "{path}: {growth} KiB");
    }
}
