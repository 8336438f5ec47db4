//! `fermyon:spin/mysql`: a component opens a session by URL and runs one statement after another.
//!
//! Statements are always prepared on the server, as in Spin, so statements that MySQL cannot prepare
//! (such as `START TRANSACTION`) fail here too.
use std::time::Duration;

use mysql_async::{Params, prelude::Queryable};
use opentelemetry::trace::SpanKind;
use tokio::time::timeout;
use wasmtime::component::Resource;

use super::Guest;
use crate::{
    bindings::{
        mysql::{Host, HostConnection},
        rdbms_types::{self, Error, ParameterValue, RowSet},
    },
    mysql::{
        sessions::{Session, SharedPool},
        values,
    },
    telemetry::{Span, names},
};

/// The timeout of a statement. Spin has none.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// The port of an address without one.
const DEFAULT_PORT: u16 = 3306;

/// Maximum number of open sessions of one instance.
const MAX_SESSIONS: usize = 1024;

/// Maximum size of one result in bytes of memory.
const MAX_RESULT: usize = 128 * 1024 * 1024;

impl Host for Guest {}
impl rdbms_types::Host for Guest {}

impl HostConnection for Guest {
    async fn open(
        &mut self,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        let mut span = self.span().child(SpanKind::Client, &"spin_outbound_mysql.open");
        match self.open_session(&address, &mut span).await {
            Ok(session) => {
                self.sessions += 1;
                Ok(Ok(self.table.push(session)?))
            }
            Err(reason) => {
                span.fail(&"connection-failed");
                Ok(Err(Error::ConnectionFailed(reason)))
            }
        }
    }

    async fn query(
        &mut self,
        session: Resource<Session>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        self.run_statement(&session, &statement, parameters).await
    }

    async fn execute(
        &mut self,
        session: Resource<Session>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.run_statement(&session, &statement, parameters).await?.map(drop))
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.table.delete(session)?;
        self.sessions -= 1;
        Ok(())
    }
}

impl Guest {
    async fn open_session(&mut self, address: &str, span: &mut Span) -> Result<Session, String> {
        let pool = self.app.mysql.pool(address).map_err(|error| error.to_string())?;
        describe(span, &pool);
        if !self.component.allowed.allows(pool.destination()) {
            self.component.log_denied(pool.destination());
            return Err(format!("address {} is not permitted", pool.destination()));
        }
        if self.sessions >= MAX_SESSIONS {
            return Err("too many connections".into());
        }
        pool.open().await
    }

    /// Runs a statement in a span. The span has the text of the statement, never the parameters, and never the text of
    /// an error, in which the server quotes values.
    async fn run_statement(
        &mut self,
        session: &Resource<Session>,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let mut span = self.span().child(SpanKind::Client, &first_word(statement));
        let session = self.table.get_mut(session)?;
        describe(&mut span, session.pool());
        span.text(names::DB_QUERY_TEXT, &statement);
        let query = query(session, statement, parameters, &mut span);
        let result = timeout(STATEMENT_TIMEOUT, query).await;
        let result = result.unwrap_or_else(|_| Err(statement_timed_out()));
        if let Err(error) = &result {
            span.fail(&kind(error));
        }
        Ok(result)
    }
}

/// Sets the attributes that sessions and their statements share.
fn describe(span: &mut Span, pool: &SharedPool) {
    let destination = pool.destination();
    span.text(names::DB_SYSTEM_NAME, &"mysql")
        .text(names::DB_NAMESPACE, &pool.database())
        .text(names::SERVER_ADDRESS, destination.host())
        .number(names::SERVER_PORT, destination.port().unwrap_or(DEFAULT_PORT));
}

/// The first word of a statement, such as `SELECT`.
fn first_word(statement: &str) -> &str {
    let text = statement.trim_start();
    text.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or_default()
}

/// The kind of an error without its text.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::ConnectionFailed(_) => "connection-failed",
        Error::BadParameter(_) => "bad-parameter",
        Error::QueryFailed(_) => "query-failed",
        Error::ValueConversionFailed(_) => "value-conversion-failed",
        Error::Other(_) => "other",
    }
}

async fn query(
    session: &mut Session,
    statement: &str,
    parameters: Vec<ParameterValue>,
    span: &mut Span,
) -> Result<RowSet, Error> {
    let rows = run(session, statement, parameters, span).await?;
    session.note_success();
    Ok(rows)
}

async fn run(
    session: &mut Session,
    statement: &str,
    parameters: Vec<ParameterValue>,
    span: &mut Span,
) -> Result<RowSet, Error> {
    let mut failed = |error: mysql_async::Error| {
        if let mysql_async::Error::Server(error) = &error {
            span.text(names::DB_RESPONSE_STATUS_CODE, &error.code);
        }
        query_failed(error)
    };
    let other = |error: mysql_async::Error| Error::Other(error.to_string());
    let Some(connection) = session.prepare(statement).await.map_err(&mut failed)? else {
        return Ok(RowSet { columns: Vec::new(), rows: Vec::new() });
    };
    let result = connection.exec_iter(statement, positional(parameters)).await;
    let mut result = result.map_err(&mut failed)?;
    let columns: Vec<_> = result.columns_ref().iter().map(values::column).collect();
    let mut rows = Vec::new();
    let mut size = size_of::<RowSet>();
    while let Some(row) = result.next().await.map_err(other)? {
        let row = values::row(row, &columns)?;
        size += values::size(&row);
        if size > MAX_RESULT {
            return Err(Error::Other(format!("query result exceeds limit of {MAX_RESULT} bytes")));
        }
        rows.push(row);
    }
    result.drop_result().await.map_err(other)?;
    Ok(RowSet { columns, rows })
}

fn positional(parameters: Vec<ParameterValue>) -> Params {
    Params::Positional(parameters.into_iter().map(values::parameter).collect())
}

/// The error for a server that does not respond, worded like a broken connection. The driver closes a
/// session whose statement was interrupted, so it is not reused.
fn statement_timed_out() -> Error {
    Error::Other(format!("Input/output error: no answer within {STATEMENT_TIMEOUT:?}"))
}

/// Keeps the debug format, in which components look for the server's error code.
fn query_failed(error: mysql_async::Error) -> Error {
    Error::QueryFailed(format!("{error:?}"))
}
