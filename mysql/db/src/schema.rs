//! Creates, drops and describes schemas and their tables.

use mysql_async::{Conn, prelude::Queryable};

use crate::Error;

/// The collation of every schema and table, which implies the character set utf8mb4.
pub(crate) const COLLATION: &str = "utf8mb4_unicode_ci";

/// The table in which refinery records the applied migrations of a schema.
pub(crate) const HISTORY: &str = "refinery_schema_history";

/// Creates `schema` unless it exists.
pub(crate) async fn create_schema(conn: &mut Conn, schema: &str) -> Result<(), Error> {
    let create = format!(
        "CREATE DATABASE IF NOT EXISTS `{schema}` CHARACTER SET utf8mb4 COLLATE {COLLATION}"
    );
    Ok(conn.query_drop(create).await?)
}

/// Drops `schema` with all its tables, if it exists.
pub(crate) async fn drop_schema(conn: &mut Conn, schema: &str) -> Result<(), Error> {
    Ok(conn.query_drop(format!("DROP DATABASE IF EXISTS `{schema}`")).await?)
}

/// The names of all tables and views in `schema`, sorted; none if the schema does not exist.
pub(crate) async fn tables(conn: &mut Conn, schema: &str) -> Result<Vec<String>, Error> {
    let select = "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables \
                  WHERE table_schema = ? ORDER BY 1";
    Ok(conn.exec(select, (schema,)).await?)
}

/// Whether `schema` has the loader's migration history.
pub(crate) async fn is_loaded(conn: &mut Conn, schema: &str) -> Result<bool, Error> {
    Ok(tables(conn, schema).await?.iter().any(|table| table == HISTORY))
}

/// A column that a backup includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Whether its values are bytes, not text.
    pub(crate) is_binary: bool,
}

/// The columns of a table in order, without generated ones.
pub(crate) async fn columns(
    conn: &mut Conn,
    schema: &str,
    table: &str,
) -> Result<Vec<Column>, Error> {
    let select = "SELECT CONVERT(column_name USING utf8mb4), \
                    CASE WHEN LOWER(data_type) LIKE '%binary' OR LOWER(data_type) LIKE '%blob' THEN 1 ELSE 0 END \
                  FROM information_schema.columns \
                  WHERE table_schema = ? AND table_name = ? AND COALESCE(generation_expression, '') = '' \
                  ORDER BY ordinal_position";
    let columns: Vec<(String, i64)> = conn.exec(select, (schema, table)).await?;
    let column = |(name, is_binary)| Column { name, is_binary: is_binary == 1 };
    Ok(columns.into_iter().map(column).collect())
}
