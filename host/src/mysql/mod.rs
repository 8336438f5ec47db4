//! `fermyon:spin/mysql`: a component opens a session by URL and runs one statement after another.
//!
//! Statements are always prepared on the server, as in Spin, so what MySQL cannot prepare (such as
//! `START TRANSACTION`) fails here too.

mod address;
mod sessions;
mod values;

use std::time::Duration;

use mysql_async::{Params, prelude::Queryable};
use tokio::time::timeout;
use wasmtime::component::Resource;

pub use self::{
    address::Address,
    sessions::{Session, Sessions},
};
use crate::{
    bindings::{
        mysql::{Host, HostConnection},
        rdbms_types::{self, Error, ParameterValue, RowSet},
    },
    guest::Guest,
};

/// How long a statement may take. Spin waits for ever; a page and a client would rather hear that it went wrong.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Sessions one instance may have open.
const MOST_SESSIONS: usize = 1024;

/// Bytes of memory one result may take.
const LARGEST_RESULT: usize = 128 * 1024 * 1024;

impl Host for Guest {}
impl rdbms_types::Host for Guest {}

impl HostConnection for Guest {
    async fn open(
        &mut self,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        match self.open_session(&address).await {
            Ok(session) => {
                self.sessions += 1;
                Ok(Ok(self.table.push(session)?))
            }
            Err(reason) => Ok(Err(Error::ConnectionFailed(reason))),
        }
    }

    async fn query(
        &mut self,
        session: Resource<Session>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let answer = self.table.get_mut(&session)?.query(&statement, parameters);
        Ok(timeout(ANSWER_TIMEOUT, answer).await.unwrap_or_else(|_| Err(no_answer())))
    }

    async fn execute(
        &mut self,
        session: Resource<Session>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let session = self.table.get_mut(&session)?;
        let answer = session.connection.exec_drop(&statement, positional(parameters));
        Ok(match timeout(ANSWER_TIMEOUT, answer).await {
            Ok(outcome) => outcome.map_err(query_failed),
            Err(_) => Err(no_answer()),
        })
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.table.delete(session)?;
        self.sessions -= 1;
        Ok(())
    }
}

impl Guest {
    async fn open_session(&mut self, address: &str) -> Result<Session, String> {
        let address = Address::parse(address).map_err(|error| error.to_string())?;
        if !self.component.allowed.allows(address.destination()) {
            self.component.report_denied(address.destination());
            return Err(format!("address {} is not permitted", address.destination()));
        }
        if self.sessions >= MOST_SESSIONS {
            return Err("too many connections".into());
        }
        self.app.mysql.open(&address).await
    }
}

impl Session {
    async fn query(
        &mut self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<RowSet, Error> {
        let other = |error: mysql_async::Error| Error::Other(error.to_string());
        let mut result = self
            .connection
            .exec_iter(statement, positional(parameters))
            .await
            .map_err(query_failed)?;
        let columns: Vec<_> = result.columns_ref().iter().map(values::column).collect();
        let mut rows = Vec::new();
        let mut size = size_of::<RowSet>();
        while let Some(row) = result.next().await.map_err(other)? {
            let row = values::row(row, &columns)?;
            size += values::size(&row);
            if size > LARGEST_RESULT {
                return Err(Error::Other(format!(
                    "query result exceeds limit of {LARGEST_RESULT} bytes"
                )));
            }
            rows.push(row);
        }
        result.drop_result().await.map_err(other)?;
        Ok(RowSet { columns, rows })
    }
}

fn positional(parameters: Vec<ParameterValue>) -> Params {
    Params::Positional(parameters.into_iter().map(values::parameter).collect())
}

/// What a component hears when the server has fallen silent, in the words of a connection that broke. The
/// session is not used again: the driver gives up one whose statement was left in the middle.
fn no_answer() -> Error {
    Error::Other(format!("Input/output error: no answer within {ANSWER_TIMEOUT:?}"))
}

/// The text components look into for the server's error code.
fn query_failed(error: mysql_async::Error) -> Error {
    Error::QueryFailed(format!("{error:?}"))
}
