//! The services' database in a native program: open sessions.

use std::{cell::RefCell, rc::Rc};

use mysql_async::{
    Column, Conn, Opts, Row, Value,
    consts::{ColumnFlags, ColumnType, StatusFlags},
    prelude::Queryable,
};
use service_kit::database::{Database, DatabaseError};
use spin_sdk::mysql::{DbValue, ParameterValue, RowSet};
use tokio::runtime::{Builder, Runtime};

/// A session that stays open from one request to the next, with its prepared statements.
pub struct Session {
    opts: Opts,
    runtime: Rc<Runtime>,
    idle: Rc<RefCell<Option<Conn>>>,
}

impl Session {
    /// A session that is opened for the first request that needs it.
    ///
    /// # Errors
    /// When the system refuses to wait for sockets.
    pub fn new(opts: &Opts) -> std::io::Result<Session> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Session { opts: opts.clone(), runtime: Rc::new(runtime), idle: Rc::default() })
    }

    /// The session, for one request.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub fn take(&self) -> Result<NativeDatabase, DatabaseError> {
        let idle = self.idle.take();
        let conn = match idle {
            Some(conn) => conn,
            None => self
                .runtime
                .block_on(Conn::new(self.opts.clone()))
                .map_err(|error| DatabaseError::Unreachable(error.to_string()))?,
        };
        Ok(NativeDatabase {
            conn: RefCell::new(Some(conn)),
            runtime: Rc::clone(&self.runtime),
            idle: Rc::clone(&self.idle),
        })
    }
}

/// A session during a request.
pub struct NativeDatabase {
    conn: RefCell<Option<Conn>>,
    runtime: Rc<Runtime>,
    idle: Rc<RefCell<Option<Conn>>>,
}

impl Drop for NativeDatabase {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        let is_clean = conn.last_ok_packet().is_some_and(|packet| {
            let status = packet.status_flags();
            status.contains(StatusFlags::SERVER_STATUS_AUTOCOMMIT)
                && !status.contains(StatusFlags::SERVER_STATUS_IN_TRANS)
        });
        // As a pool does it; a plain query leaves nothing behind.
        if is_clean || self.runtime.block_on(conn.reset()).is_ok() {
            self.idle.replace(Some(conn));
        }
    }
}

impl Database for NativeDatabase {
    fn query(&self, sql: &str, binds: &[ParameterValue]) -> Result<RowSet, DatabaseError> {
        let binds: Vec<Value> = binds.iter().map(parameter).collect();
        let mut conn = self.conn.borrow_mut();
        let Some(conn) = conn.as_mut() else {
            return Err(DatabaseError::internal("the session is gone"));
        };
        let rows: Result<Vec<Row>, _> = self.runtime.block_on(conn.exec(sql, binds));
        let rows = rows.map_err(|error| classified(&error))?;
        Ok(RowSet { columns: Vec::new(), rows: rows.into_iter().map(values).collect() })
    }
}

/// Services recognize a server error by the text in which Spin passes it on.
fn classified(error: &mysql_async::Error) -> DatabaseError {
    let text = match error {
        mysql_async::Error::Server(error) => format!("Server({error:?})"),
        other => other.to_string(),
    };
    spin_sdk::mysql::MysqlError::QueryFailed(text).into()
}

fn parameter(value: &ParameterValue) -> Value {
    match value {
        ParameterValue::Boolean(value) => (*value).into(),
        ParameterValue::Int8(value) => (*value).into(),
        ParameterValue::Int16(value) => (*value).into(),
        ParameterValue::Int32(value) => (*value).into(),
        ParameterValue::Int64(value) => (*value).into(),
        ParameterValue::Uint8(value) => (*value).into(),
        ParameterValue::Uint16(value) => (*value).into(),
        ParameterValue::Uint32(value) => (*value).into(),
        ParameterValue::Uint64(value) => (*value).into(),
        ParameterValue::Floating32(value) => (*value).into(),
        ParameterValue::Floating64(value) => (*value).into(),
        ParameterValue::Str(value) => value.into(),
        ParameterValue::Binary(value) => value.into(),
        ParameterValue::DbNull => Value::NULL,
    }
}

fn values(row: Row) -> Vec<DbValue> {
    let columns = row.columns();
    row.unwrap()
        .into_iter()
        .zip(columns.iter())
        .map(|(value, column)| db_value(value, column))
        .collect()
}

/// The value with the width of its column, which the services expect.
fn db_value(value: Value, column: &Column) -> DbValue {
    match (value, column.column_type()) {
        (Value::NULL, _) => DbValue::DbNull,
        (Value::Int(value), ColumnType::MYSQL_TYPE_TINY) => DbValue::Int8(value as i8),
        (Value::Int(value), ColumnType::MYSQL_TYPE_SHORT) => DbValue::Int16(value as i16),
        (Value::Int(value), ColumnType::MYSQL_TYPE_LONG | ColumnType::MYSQL_TYPE_INT24) => {
            DbValue::Int32(value as i32)
        }
        // The driver reads small unsigned values as signed ones.
        (Value::Int(value), _) if column.flags().contains(ColumnFlags::UNSIGNED_FLAG) => {
            DbValue::Uint64(value.cast_unsigned())
        }
        (Value::Int(value), _) => DbValue::Int64(value),
        (Value::UInt(value), _) => DbValue::Uint64(value),
        (Value::Float(value), _) => DbValue::Floating32(value),
        (Value::Double(value), _) => DbValue::Floating64(value),
        (Value::Bytes(bytes), _) => match String::from_utf8(bytes) {
            Ok(text) => DbValue::Str(text),
            Err(error) => DbValue::Binary(error.into_bytes()),
        },
        (Value::Date(..) | Value::Time(..), _) => DbValue::Unsupported,
    }
}
