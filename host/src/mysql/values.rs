//! Converts values between MySQL and components. As in Spin, the column type decides the component's
//! type, and a value of a type without an equivalent fails the whole query.
use mysql_async::{
    Row, Value,
    consts::{ColumnFlags, ColumnType},
    from_value_opt,
    prelude::FromValue,
};

use crate::bindings::rdbms_types::{Column, DbDataType as Type, DbValue, Error, ParameterValue};

/// Converts a statement parameter.
pub(crate) fn parameter(value: ParameterValue) -> Value {
    match value {
        ParameterValue::Boolean(value) => value.into(),
        ParameterValue::Int8(value) => value.into(),
        ParameterValue::Int16(value) => value.into(),
        ParameterValue::Int32(value) => value.into(),
        ParameterValue::Int64(value) => value.into(),
        ParameterValue::Uint8(value) => value.into(),
        ParameterValue::Uint16(value) => value.into(),
        ParameterValue::Uint32(value) => value.into(),
        ParameterValue::Uint64(value) => value.into(),
        ParameterValue::Floating32(value) => value.into(),
        ParameterValue::Floating64(value) => value.into(),
        ParameterValue::Str(value) => value.into(),
        ParameterValue::Binary(value) => value.into(),
        ParameterValue::DbNull => Value::NULL,
    }
}

/// Converts a column: its name and the type of its values.
pub(crate) fn column(column: &mysql_async::Column) -> Column {
    let flags = column.flags();
    let unsigned = flags.contains(ColumnFlags::UNSIGNED_FLAG);
    // Also set for text with a binary collation such as utf8mb4_bin, which Spin returns as bytes too.
    let binary = flags.contains(ColumnFlags::BINARY_FLAG);
    let data_type = match (column.column_type(), unsigned, binary) {
        (ColumnType::MYSQL_TYPE_TINY, false, _) => Type::Int8,
        (ColumnType::MYSQL_TYPE_TINY, true, _) => Type::Uint8,
        (ColumnType::MYSQL_TYPE_SHORT, false, _) => Type::Int16,
        (ColumnType::MYSQL_TYPE_SHORT, true, _) => Type::Uint16,
        (ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_LONG, false, _) => Type::Int32,
        (ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_LONG, true, _) => Type::Uint32,
        (ColumnType::MYSQL_TYPE_LONGLONG, false, _) => Type::Int64,
        (ColumnType::MYSQL_TYPE_LONGLONG, true, _) => Type::Uint64,
        (ColumnType::MYSQL_TYPE_FLOAT, ..) => Type::Floating32,
        (ColumnType::MYSQL_TYPE_DOUBLE, ..) => Type::Floating64,
        (
            ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_BLOB,
            _,
            false,
        ) => Type::Str,
        (
            ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_BLOB
            | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
            | ColumnType::MYSQL_TYPE_LONG_BLOB,
            ..,
        ) => Type::Binary,
        _ => Type::Other,
    };
    Column { name: column.name_str().into_owned(), data_type }
}

/// Converts a row; each value gets the type of its column.
///
/// # Errors
/// A value has no equivalent.
pub(crate) fn row(row: Row, columns: &[Column]) -> Result<Vec<DbValue>, Error> {
    row.unwrap().into_iter().zip(columns).map(|(value, column)| convert(value, column)).collect()
}

fn convert(value: Value, column: &Column) -> Result<DbValue, Error> {
    if value == Value::NULL {
        return Ok(DbValue::DbNull);
    }
    match column.data_type {
        Type::Boolean => convert_exactly(value).map(DbValue::Boolean),
        Type::Int8 => convert_exactly(value).map(DbValue::Int8),
        Type::Int16 => convert_exactly(value).map(DbValue::Int16),
        Type::Int32 => convert_exactly(value).map(DbValue::Int32),
        Type::Int64 => convert_exactly(value).map(DbValue::Int64),
        Type::Uint8 => convert_exactly(value).map(DbValue::Uint8),
        Type::Uint16 => convert_exactly(value).map(DbValue::Uint16),
        Type::Uint32 => convert_exactly(value).map(DbValue::Uint32),
        Type::Uint64 => convert_exactly(value).map(DbValue::Uint64),
        Type::Floating32 => convert_exactly(value).map(DbValue::Floating32),
        Type::Floating64 => convert_exactly(value).map(DbValue::Floating64),
        Type::Str => convert_exactly(value).map(DbValue::Str),
        Type::Binary => convert_exactly(value).map(DbValue::Binary),
        Type::Other => Err(Error::ValueConversionFailed(format!(
            "Cannot convert value {value:?} in column {} data type {:?}",
            column.name, column.data_type
        ))),
    }
}

fn convert_exactly<T: FromValue>(value: Value) -> Result<T, Error> {
    from_value_opt(value).map_err(|error| Error::ValueConversionFailed(error.to_string()))
}

/// The memory size of a row in bytes.
pub(crate) fn size(row: &[DbValue]) -> usize {
    let heap_size = |value: &DbValue| match value {
        DbValue::Str(text) => text.len(),
        DbValue::Binary(bytes) => bytes.len(),
        _ => 0,
    };
    size_of_val(row) + row.iter().map(heap_size).sum::<usize>()
}
