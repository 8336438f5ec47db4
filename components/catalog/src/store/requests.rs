//! Idempotency records. A record is written in the transaction of its change, so neither exists without the other.
//! While a request with a key is running, the next one with that key waits for the primary key's lock.

use domain::BookId;
use service_kit::database::{Database, DatabaseError, OnConstraint};
use sha2::{Digest, Sha256};
use spin_sdk::mysql::ParameterValue::{Binary, Int64, Str};

/// `INSERT`s a request made now.
macro_rules! insert_request {
    ($key:literal, $fingerprint:literal, $book:literal) => {
        concat!(
            "INSERT INTO requests (requestKey, fingerprint, bookId, madeAt) VALUES (",
            $key,
            ", ",
            $fingerprint,
            ", ",
            $book,
            ", UTC_TIMESTAMP())"
        )
    };
}
pub(crate) use insert_request;

const INSERT: &str = insert_request!("?", "?", "?");

const FIND: &str = "SELECT fingerprint, bookId FROM requests WHERE requestKey = ?";

/// A key and the fingerprint of its request.
#[derive(Debug)]
pub(crate) struct KeyedRequest<'a> {
    key: &'a str,
    fingerprint: [u8; 32],
}

/// The record of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The same request already changed this book.
    Done(BookId),
    /// The key was used for another request.
    Taken,
}

impl<'a> KeyedRequest<'a> {
    /// The request to do `what` with these values, which contain no line breaks.
    pub(crate) fn new(key: &'a str, what: &str, values: &[String]) -> Self {
        Self { key, fingerprint: Sha256::digest(format!("{what}\n{}", values.join("\n"))).into() }
    }

    /// The key's record, without waiting for a running request.
    pub(crate) fn find(&self, database: &impl Database) -> Result<Option<Known>, DatabaseError> {
        let found = database.rows(FIND, &[Str(self.key.to_owned())], |columns| {
            let is_same = columns.take::<Vec<u8>>()? == self.fingerprint;
            let id: BookId = columns.take::<i64>()?.try_into().map_err(DatabaseError::internal)?;
            Ok(if is_same { Known::Done(id) } else { Known::Taken })
        })?;
        Ok(found.into_iter().next())
    }

    /// Records that the request changed `book`. Runs in the transaction of the change.
    ///
    /// # Errors
    /// Contention if another request with this key committed first. A retry of the transaction finds its record.
    pub(crate) fn insert(
        &self,
        database: &impl Database,
        book: BookId,
    ) -> Result<(), DatabaseError> {
        let binds =
            [Str(self.key.to_owned()), Binary(self.fingerprint.to_vec()), Int64(book.get())];
        let overtaken =
            || Err(DatabaseError::Contention("a concurrent request used the key".to_owned()));
        database.query(INSERT, &binds).map(drop).on_constraint("PRIMARY", overtaken)
    }
}
