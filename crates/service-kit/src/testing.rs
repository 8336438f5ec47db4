//! Fakes for native tests: a scripted database, another service, and an environment.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    time::SystemTime,
};

use http::{Request, Response, header::RETRY_AFTER};
use serde_json::Value;
use spin_sdk::mysql::{DbValue, ParameterValue, RowSet};

use crate::{
    body::Body,
    client::{CallError, ServiceClient},
    database::{Database, DatabaseError},
    environment::Environment,
};

/// The number of the newest migration of `schema`, from its folder in `mysql/`.
///
/// # Panics
/// Panics if the folder cannot be read, or has a file that is not named like a migration.
#[expect(
    clippy::expect_used,
    reason = "for tests, which end here if the folder is not as expected"
)]
pub fn newest_migration(schema: &str) -> i32 {
    let folder = format!("{}/../../mysql/{schema}", env!("CARGO_MANIFEST_DIR"));
    let number = |name: &str| name.strip_prefix('V')?.split_once("__")?.0.parse().ok();
    std::fs::read_dir(folder)
        .expect("the folder of the schema")
        .map(|file| {
            let name = file.expect("a migration").file_name();
            number(&name.to_string_lossy()).expect("V<number>__<name>.sql")
        })
        .max()
        .unwrap_or_default()
}

/// The error of a database that is unreachable.
pub fn lost() -> DatabaseError {
    DatabaseError::Unreachable("Io(refused)".into())
}

/// A scripted database's reply to a statement.
pub type Reply = Result<Vec<Vec<DbValue>>, DatabaseError>;

/// A database that replies to statements from a script. `SET` always succeeds and takes no reply. After the last reply
/// the session is lost.
#[derive(Debug)]
pub struct ScriptedDatabase {
    replies: RefCell<VecDeque<Reply>>,
    statements: RefCell<Vec<String>>,
}

impl ScriptedDatabase {
    /// The database with these replies.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            replies: RefCell::new(replies.into_iter().collect()),
            statements: RefCell::default(),
        }
    }

    /// The first word of each statement so far.
    pub fn verbs(&self) -> Vec<String> {
        let first = |sql: &String| sql.split_whitespace().next().unwrap_or_default().to_owned();
        self.statements.borrow().iter().map(first).collect()
    }

    /// The statements so far.
    pub fn statements(&self) -> Vec<String> {
        self.statements.borrow().clone()
    }
}

impl Database for &ScriptedDatabase {
    fn query(&self, sql: &str, _: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        self.statements.borrow_mut().push(sql.to_owned());
        if sql.starts_with("SET ") {
            return Ok(RowSet { columns: Vec::new(), rows: Vec::new() });
        }
        let rows = self.replies.borrow_mut().pop_front().unwrap_or_else(|| Err(lost()))?;
        Ok(RowSet { columns: Vec::new(), rows })
    }
}

/// An environment with a scripted database, a fixed time and fixed variables.
#[derive(Debug)]
pub struct TestEnvironment<'a> {
    /// The database, or the error of opening it.
    pub database: Result<&'a ScriptedDatabase, DatabaseError>,
    /// The time.
    pub now: SystemTime,
    /// Names and values.
    pub variables: Vec<(&'static str, String)>,
    /// The number of opened sessions.
    pub sessions: Cell<usize>,
}

impl<'a> TestEnvironment<'a> {
    /// An environment in 1970 without variables.
    pub fn new(database: Result<&'a ScriptedDatabase, DatabaseError>) -> Self {
        let now = SystemTime::UNIX_EPOCH;
        Self { database, now, variables: Vec::new(), sessions: Cell::default() }
    }
}

impl<'a> Environment for TestEnvironment<'a> {
    type Database = &'a ScriptedDatabase;

    fn open_database(&self) -> Result<Self::Database, DatabaseError> {
        self.sessions.set(self.sessions.get() + 1);
        self.database.clone()
    }

    fn now(&self) -> SystemTime {
        self.now
    }

    fn random(&self) -> [u8; 32] {
        [7; 32]
    }

    fn raw_variable(&self, name: &str) -> Result<String, String> {
        let found = self.variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| "undefined".to_owned())
    }
}

/// A service that gives one answer, or one for each method, and records its requests.
#[derive(Debug)]
pub struct FakeService {
    name: &'static str,
    /// Method, status and body; the first one for every other method.
    answers: Vec<(&'static str, u16, &'static str)>,
    requests: RefCell<Vec<SentRequest>>,
}

/// A request that a fake service received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// Method and target.
    pub line: String,
    /// The idempotency key.
    pub key: Option<String>,
    /// The JSON body, null without one.
    pub body: Value,
}

impl FakeService {
    /// A service that answers with this status and body.
    pub fn new(name: &'static str, status: u16, body: &'static str) -> Self {
        Self { name, answers: vec![("", status, body)], requests: RefCell::default() }
    }

    /// The same service with another answer to requests with this method.
    pub fn with(mut self, method: &'static str, status: u16, body: &'static str) -> Self {
        self.answers.push((method, status, body));
        self
    }

    /// A service that does not answer.
    pub fn unreachable(name: &'static str) -> Self {
        Self { name, answers: Vec::new(), requests: RefCell::default() }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<SentRequest> {
        self.requests.borrow().clone()
    }
}

impl ServiceClient for FakeService {
    fn name(&self) -> &str {
        self.name
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        let key = request.headers().get("idempotency-key");
        let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
        self.requests.borrow_mut().push(SentRequest {
            line: format!("{} {}", request.method(), request.uri()),
            key,
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
        });
        let of_method = self.answers.iter().find(|(method, ..)| request.method() == method);
        let answer = of_method.or(self.answers.first());
        let refused = || CallError::Unreachable("connection refused".into());
        let (_, status, body) = *answer.ok_or_else(refused)?;
        let response = Response::builder().status(status).header(RETRY_AFTER, 7);
        response.body(body.into()).map_err(|error| CallError::Malformed(error.to_string()))
    }
}

/// A JSON request.
///
/// # Panics
/// Panics if `target` is not a URI.
#[expect(clippy::expect_used, reason = "tests say at once what is wrong with them")]
pub fn request(method: &str, target: &str, body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(target);
    let request = request.header("content-type", "application/json");
    request.body(Body::Complete(body.into())).expect("a request")
}
