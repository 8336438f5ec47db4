//! Fills tables that are still empty with the demo books and patrons.

use mysql_async::{Conn, Params, TxOpts, prelude::Queryable};

use crate::{Files, LoadError, Names, Store};

/// A demo file and the table it fills; the file's first line names the columns.
struct DemoFile<'a> {
    store: Store,
    table: &'static str,
    name: &'static str,
    text: &'a str,
}

fn demo_files(files: &Files) -> [DemoFile<'_>; 2] {
    [
        DemoFile {
            store: Store::Catalog,
            table: "books",
            name: "catalog_demo.csv",
            text: &files.catalog_demo,
        },
        DemoFile {
            store: Store::Patrons,
            table: "patrons",
            name: "patrons_demo.csv",
            text: &files.patrons_demo,
        },
    ]
}

/// Fills each demo table that has no row yet, all or nothing, and says what was put in.
pub(crate) async fn fill_empty_tables(
    conn: &mut Conn,
    names: &Names,
    files: &Files,
) -> Result<Vec<String>, LoadError> {
    let mut done = Vec::new();
    for file in &demo_files(files) {
        let table = format!("`{}`.{}", names.schema(file.store), file.table);
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        let some: Option<i64> =
            transaction.query_first(format!("SELECT id FROM {table} LIMIT 1")).await?;
        if some.is_none() {
            let (columns, rows) = parse(file)?;
            let places = vec!["?"; columns.len()].join(", ");
            let insert = format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", "));
            let count = rows.len();
            transaction.exec_batch(insert, rows.into_iter().map(Params::from)).await?;
            done.push(format!("{}: {count} demo {}", names.schema(file.store), file.table));
        }
        transaction.commit().await?;
    }
    Ok(done)
}

/// The column names and the rows of a demo file.
fn parse(file: &DemoFile<'_>) -> Result<(Vec<String>, Vec<Vec<String>>), LoadError> {
    let unreadable =
        |error: csv::Error| LoadError::DemoData { file: file.name, reason: error.to_string() };
    let mut reader = csv::Reader::from_reader(file.text.as_bytes());
    let columns = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let rows = reader
        .into_records()
        .map(|record| Ok(record?.iter().map(str::to_owned).collect()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    Ok((columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_files_have_the_contract_s_columns_and_the_agreed_rows() {
        let files = Files::built_in();
        let [catalog, patrons] = &demo_files(&files);
        let (columns, books) = parse(catalog).unwrap();
        assert_eq!(columns, ["id", "title", "author", "count", "thumbnailUrl"]);
        assert_eq!(books.len(), 20);
        assert!(books.iter().all(|book| book[3] == "2"), "two copies each");

        let (columns, patrons) = parse(patrons).unwrap();
        assert_eq!(columns, ["id", "firstName", "lastName", "patronNum", "role"]);
        let with_role = |role| patrons.iter().filter(|patron| patron[4] == role).count();
        assert_eq!((with_role("user"), with_role("librarian")), (6, 1));
    }
}
