//! The constraints of the loans table hold for every writer and under concurrent load.

use library_db::Store;
use mysql_async::{Conn, Error, prelude::Queryable};
use tests::TestDatabase;

/// A loan: book, copy, patron, slot.
type Loan = (i64, i32, i64, i32);

const DUPLICATE: u16 = 1062;

#[tokio::test]
async fn a_copy_has_one_open_loan() {
    let mut ledger = Ledger::open().await;
    ledger.lend((1, 1, 10, 1)).await.unwrap();
    ledger.refuses((1, 1, 11, 1), "one_open_loan_per_copy").await;
    ledger.lend((1, 2, 11, 1)).await.unwrap();
}

#[tokio::test]
async fn a_patron_has_one_open_loan_per_title() {
    let mut ledger = Ledger::open().await;
    ledger.lend((1, 1, 10, 1)).await.unwrap();
    ledger.refuses((1, 2, 10, 2), "one_open_loan_per_title").await;
}

#[tokio::test]
async fn a_patron_has_one_open_loan_per_slot() {
    let mut ledger = Ledger::open().await;
    ledger.lend((1, 1, 10, 1)).await.unwrap();
    ledger.refuses((2, 1, 10, 1), "one_open_loan_per_slot").await;
    ledger.lend((2, 1, 10, 2)).await.unwrap();
}

#[tokio::test]
async fn a_returned_loan_blocks_nothing_and_stays_as_history() {
    let mut ledger = Ledger::open().await;
    for _ in 0..3 {
        ledger.lend((1, 1, 10, 1)).await.unwrap();
        ledger
            .session
            .query_drop("UPDATE loans SET returnedAt = UTC_TIMESTAMP() WHERE isOpen = 1")
            .await
            .unwrap();
    }
    ledger.lend((1, 1, 10, 1)).await.unwrap();
    let (all, open): (i64, i64) = ledger
        .session
        .query_first("SELECT COUNT(*), COUNT(isOpen) FROM loans")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((all, open), (4, 1));
}

#[tokio::test]
async fn fifty_parallel_requests_for_one_copy_create_one_loan() {
    let ledger = Ledger::open().await;
    let mut attempts = Vec::new();
    for patron in 1..=50 {
        let mut session = ledger.database.service(Store::Borrowing).await;
        attempts.push(tokio::spawn(async move { lend(&mut session, (1, 1, patron, 1)).await }));
    }
    let mut lent = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(()) => lent += 1,
            Err(Error::Server(error)) => assert_eq!(error.code, DUPLICATE, "{error}"),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(lent, 1);
}

#[tokio::test]
async fn a_loan_cannot_be_due_before_it_begins() {
    let mut ledger = Ledger::open().await;
    let insert = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
                  VALUES (1, 1, '2026-03-02', '2026-03-01', 1, 1)";
    let error = ledger.session.query_drop(insert).await.unwrap_err();
    assert!(error.to_string().contains("due_after_out"), "{error}");
}

/// A new ledger, and a session of the borrowing service in it.
struct Ledger {
    session: Conn,
    database: TestDatabase,
}

impl Ledger {
    async fn open() -> Ledger {
        let database = TestDatabase::loaded().await;
        Ledger { session: database.service(Store::Borrowing).await, database }
    }

    async fn lend(&mut self, loan: Loan) -> Result<(), Error> {
        lend(&mut self.session, loan).await
    }

    async fn refuses(&mut self, loan: Loan, constraint: &str) {
        match self.lend(loan).await {
            Err(Error::Server(error)) => {
                assert_eq!(error.code, DUPLICATE, "{error}");
                assert!(error.message.contains(constraint), "{constraint}: {error}");
            }
            other => panic!("{loan:?}: {other:?}"),
        }
    }
}

async fn lend(session: &mut Conn, (book, copy, patron, slot): Loan) -> Result<(), Error> {
    let insert = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
                  VALUES (?, ?, '2026-03-01', '2026-03-15', ?, ?)";
    session.exec_drop(insert, (book, patron, copy, slot)).await
}

#[tokio::test]
async fn a_withdrawn_copy_cannot_be_lent_and_stays_withdrawn() {
    let mut ledger = Ledger::open().await;
    let withdrawn = "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot) \
        VALUES (1, NULL, '2026-03-01', '9999-12-31', 1, NULL)";
    ledger.session.query_drop(withdrawn).await.unwrap();
    ledger.refuses((1, 1, 10, 1), "one_open_loan_per_copy").await;
    // An administrator cannot undo it either.
    let mut admin = ledger.database.admin(Store::Borrowing).await;
    for (statement, constraint) in [
        ("UPDATE loans SET returnedAt = UTC_TIMESTAMP()", "a_withdrawn_copy_stays_so"),
        ("UPDATE loans SET dateDue = '2026-03-15'", "a_withdrawn_copy_stays_so"),
        ("UPDATE loans SET patronId = 10", "a_patron_takes_a_slot"),
        ("UPDATE loans SET patronSlot = 1", "a_patron_takes_a_slot"),
    ] {
        let refused = admin.query_drop(statement).await.unwrap_err();
        assert!(refused.to_string().contains(constraint), "{statement}: {refused}");
    }
}
