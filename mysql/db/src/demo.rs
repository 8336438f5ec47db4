//! The demo books and patrons: reads the CSV files, validates them by the rules of the REST API, fills empty tables, and
//! keeps what the library had on its first day.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};
use domain::{Author, BookId, CardNumber, CopyCount, CoverUrl, PersonName, Role, Title};
use mysql_async::{Conn, Params, TxOpts, prelude::Queryable};

use crate::{Error, Files, Names, Progress, Store, schema::tables};

/// The largest id that every JSON client represents exactly. It also leaves ids for new rows.
const MAX_ID: i64 = (1 << 53) - 1;

/// Checks a value. The error completes "column x must …".
type Rule = fn(&str) -> Result<String, String>;

/// A demo file and the table it fills.
struct DemoFile<'a> {
    store: Store,
    table: &'static str,
    name: &'static str,
    text: &'a str,
    columns: [(&'static str, Rule); 5],
    /// The columns whose values must be unique. Not titles: a file may have two editions of a book, like a librarian who
    /// confirms that a book is another one.
    unique: &'static [&'static str],
}

fn demo_files(files: &Files) -> [DemoFile<'_>; 2] {
    [
        DemoFile {
            store: Store::Catalog,
            table: "books",
            name: "catalog_demo.csv",
            text: &files.catalog_demo,
            columns: [
                ("id", id),
                ("title", |text| field(text.parse::<Title>())),
                ("author", |text| field(text.parse::<Author>())),
                ("count", copies),
                ("thumbnailUrl", |text| field(text.parse::<CoverUrl>())),
            ],
            unique: &["id"],
        },
        DemoFile {
            store: Store::Patrons,
            table: "patrons",
            name: "patrons_demo.csv",
            text: &files.patrons_demo,
            columns: [
                ("id", id),
                ("firstName", |text| field(text.parse::<PersonName>())),
                ("lastName", |text| field(text.parse::<PersonName>())),
                ("patronNum", |text| field(text.parse::<CardNumber>())),
                ("role", role),
            ],
            unique: &["id", "patronNum"],
        },
    ]
}

fn id(text: &str) -> Result<String, String> {
    let id = text.parse::<BookId>().ok().map(BookId::get).filter(|id| *id <= MAX_ID);
    id.map(|id| id.to_string()).ok_or_else(|| format!("be a whole number from 1 to {MAX_ID}"))
}

fn copies(text: &str) -> Result<String, String> {
    text.parse::<CopyCount>().map(|count| count.to_string()).map_err(|error| error.to_string())
}

fn role(text: &str) -> Result<String, String> {
    let is_role = [Role::User, Role::Librarian].iter().any(|role| role.as_str() == text);
    if is_role { Ok(text.to_owned()) } else { Err("be `user` or `librarian`".to_owned()) }
}

fn field<T: Into<String>, E: ToString>(parsed: Result<T, E>) -> Result<String, String> {
    parsed.map(Into::into).map_err(|error| error.to_string())
}

/// Reads and checks the demo files.
pub(crate) fn parse(files: &Files) -> Result<Vec<DemoTable>, Error> {
    demo_files(files).iter().map(DemoFile::parse).collect()
}

/// The rows for one table.
pub(crate) struct DemoTable {
    store: Store,
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Whether the library has the demo data of its first day.
pub(crate) async fn has_first_day(conn: &mut Conn, names: &Names) -> Result<bool, Error> {
    let schema = names.schema(Store::Catalog);
    Ok(has_table(conn, &schema, "demo_books").await?
        && !is_empty(conn, &format!("`{schema}`.demo_books")).await?)
}

/// Fills each demo table that has no rows, in one transaction per table. Also stores the rows of the first day in a
/// separate table, even for a library that an older version loaded without them.
pub(crate) async fn fill_empty_tables(
    conn: &mut Conn,
    names: &Names,
    tables: Vec<DemoTable>,
    progress: &Progress,
) -> Result<(), Error> {
    for DemoTable { store, table, columns, rows } in tables {
        let schema = names.schema(store);
        // An older version's files do not create this table.
        let keeps_first_day = has_table(conn, &schema, &format!("demo_{table}")).await?;
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        let placeholders = vec!["?"; columns.len()].join(", ");
        let columns = columns.join(", ");
        let was_empty = is_empty(&mut transaction, &format!("`{schema}`.{table}")).await?;
        if was_empty {
            let insert =
                format!("INSERT INTO `{schema}`.{table} ({columns}) VALUES ({placeholders})");
            transaction.exec_batch(insert, rows.iter().cloned().map(Params::from)).await?;
        }
        let first_day = format!("`{schema}`.demo_{table}");
        let keep = keeps_first_day && is_empty(&mut transaction, &first_day).await?;
        if keep {
            // IGNORE skips patrons who have been deleted, because the foreign key refuses them.
            let insert =
                format!("INSERT IGNORE INTO {first_day} ({columns}) VALUES ({placeholders})");
            transaction.exec_batch(insert, rows.iter().cloned().map(Params::from)).await?;
        }
        transaction.commit().await?;
        if was_empty {
            progress.change(format!("{schema}: {} demo {table}", rows.len()));
        } else if keep {
            progress.change(format!("{schema}: kept the {table} of the first day"));
        }
    }
    Ok(())
}

async fn has_table(conn: &mut Conn, schema: &str, table: &str) -> Result<bool, Error> {
    Ok(tables(conn, schema).await?.iter().any(|found| found == table))
}

async fn is_empty(session: &mut impl Queryable, table: &str) -> Result<bool, Error> {
    let row: Option<i64> = session.query_first(format!("SELECT id FROM {table} LIMIT 1")).await?;
    Ok(row.is_none())
}

impl DemoFile<'_> {
    fn parse(&self) -> Result<DemoTable, Error> {
        // Spreadsheet programs write a byte order mark.
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut records = reader.records().map(|record| {
            record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                self.error(line, None, "is not valid CSV".to_owned())
            })
        });
        let header = records.next().transpose()?.unwrap_or_default();
        let order = self.order(&header)?;
        let mut seen: BTreeMap<(&str, String), u64> = BTreeMap::new();
        let mut rows = Vec::new();
        for record in records {
            let record = record?;
            let line = line_of(&record);
            let row = self.row(&record, &order)?;
            for ((column, _), value) in self.columns.iter().zip(&row) {
                if self.unique.contains(column)
                    && let Some(first) = seen.insert((column, value.clone()), line)
                {
                    let reason =
                        format!("must be unique: {} is already on line {first}", shown(value));
                    return Err(self.error(line, Some(column), reason));
                }
            }
            rows.push(row);
        }
        let columns = self.columns.iter().map(|(column, _)| *column).collect();
        Ok(DemoTable { store: self.store, table: self.table, columns, rows })
    }

    /// The position of each column in the file.
    fn order(&self, header: &StringRecord) -> Result<Vec<usize>, Error> {
        let names: Vec<&str> = header.iter().map(str::trim).collect();
        let expected = self.columns.map(|(column, _)| column);
        let allowed = format!(
            "the first line must name the columns {}, separated by commas",
            expected.join(", ")
        );
        let error = |what: String| self.error(1, None, format!("{what}; {allowed}"));
        if let Some(unknown) = names.iter().find(|name| !expected.contains(name)) {
            return Err(error(format!("names the unknown column {}", shown(unknown))));
        }
        if names.len() > expected.len() {
            return Err(error("names a column twice".to_owned()));
        }
        expected
            .iter()
            .map(|column| {
                let position = names.iter().position(|name| name == column);
                position.ok_or_else(|| error(format!("does not name the column {column}")))
            })
            .collect()
    }

    /// The checked values in the order of `columns`.
    fn row(&self, record: &StringRecord, order: &[usize]) -> Result<Vec<String>, Error> {
        let line = line_of(record);
        if record.len() != order.len() {
            let reason = format!(
                "has {} values, but there are {} columns; a value with a comma needs quotation marks around it",
                record.len(),
                order.len()
            );
            return Err(self.error(line, None, reason));
        }
        let mut row = Vec::new();
        for ((column, rule), position) in self.columns.iter().zip(order) {
            let text = record.get(*position).unwrap_or_default();
            let value = rule(text).map_err(|must| {
                self.error(line, Some(column), format!("must {must}, not {}", shown(text)))
            })?;
            row.push(value);
        }
        if self.table == "patrons" && row[1].is_empty() && row[2].is_empty() {
            let reason = "and lastName must not both be empty".to_owned();
            return Err(self.error(line, Some("firstName"), reason));
        }
        Ok(row)
    }

    fn error(&self, line: u64, column: Option<&str>, reason: String) -> Error {
        let position = match column {
            Some(column) => format!("line {line}, column {column}"),
            None => format!("line {line}"),
        };
        Error::DemoData { file: self.name, position, reason }
    }
}

fn line_of(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// A value for a message: quoted, truncated, without control characters.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKS: &str = "id,title,author,count,thumbnailUrl\n";
    const PATRONS: &str = "id,firstName,lastName,patronNum,role\n";

    fn parse_both(catalog: &str, patrons: &str) -> Result<Vec<DemoTable>, String> {
        let mut files = Files::built_in();
        files.catalog_demo = catalog.to_owned();
        files.patrons_demo = patrons.to_owned();
        parse(&files).map_err(|error| error.to_string())
    }

    fn books(rows: &str) -> Result<Vec<Vec<String>>, String> {
        parse_both(&format!("{BOOKS}{rows}"), PATRONS).map(|mut tables| tables.remove(0).rows)
    }

    fn patrons(rows: &str) -> Result<Vec<Vec<String>>, String> {
        parse_both(BOOKS, &format!("{PATRONS}{rows}")).map(|mut tables| tables.remove(1).rows)
    }

    #[test]
    fn the_demo_files_have_twenty_books_and_seven_patrons() {
        let tables = parse(&Files::built_in()).unwrap();
        let [books, patrons] = &tables[..] else { panic!("two tables") };
        assert_eq!(books.rows.len(), 20);
        assert!(books.rows.iter().all(|book| book[3] == "2"), "two copies each");
        let with_role = |role| patrons.rows.iter().filter(|patron| patron[4] == role).count();
        assert_eq!((with_role("user"), with_role("librarian")), (6, 1));
    }

    #[test]
    fn values_are_stored_as_the_rest_api_stores_them() {
        let rows = books("1, Zoe\u{308} ,A,02,\n").unwrap();
        assert_eq!(rows, [["1", "Zoë", "A", "2", ""]]);
        let rows = patrons("1, Lee ,,CARD-1,user\n").unwrap();
        assert_eq!(rows, [["1", "Lee", "", "CARD-1", "user"]]);
    }

    #[test]
    fn columns_may_come_in_any_order_and_after_a_byte_order_mark() {
        let text = "\u{feff}title,id,author,thumbnailUrl,count\r\nT,7,A,,2\r\n";
        assert_eq!(parse_both(text, PATRONS).unwrap()[0].rows, [["7", "T", "A", "2", ""]]);
    }

    #[test]
    fn an_invalid_value_is_reported_with_line_column_and_rule() {
        let title = format!("3,{},A,2,", "x".repeat(256));
        for (row, expected) in [
            (
                "-5,T,A,2,",
                "column id must be a whole number from 1 to 9007199254740991, not \"-5\"",
            ),
            ("0,T,A,2,", "column id must be"),
            ("+1,T,A,2,", "column id must be"),
            (",,,,", "column id must be"),
            ("9223372036854775807,T,A,2,", "column id must be"),
            ("3,T,A,two,", "column count must be a whole number from 0 to 9999, not \"two\""),
            ("3,T,A,,", "column count must be"),
            ("3,T,A,999999,", "column count must be"),
            ("3,T,,2,", "column author must have at least one visible character"),
            ("3,\"T\n\",A,2,", ""),
            ("3,\"T\nU\",A,2,", "column title must be one line without control characters"),
            (
                "3,T\u{202e},A,2,",
                "column title must not have characters that change the text direction",
            ),
            (&title, "column title must have at most 255 characters"),
            ("3,T,A,2,http://x", "column thumbnailUrl must be an https address"),
            ("3,T,A,2", "has 4 values, but there are 5 columns"),
            ("3,T,A,2,,", "has 6 values"),
            ("1,T,A,2,", "column id must be unique: \"1\" is already on line 2"),
        ] {
            match books(&format!("1,T,A,2,\n{row}\n")) {
                Ok(_) => assert_eq!(expected, "", "{row}"),
                Err(error) => {
                    assert!(error.starts_with("catalog_demo.csv, line 3"), "{row}: {error}");
                    assert!(!expected.is_empty() && error.contains(expected), "{row}: {error}");
                }
            }
        }
        for (row, expected) in [
            ("2,P,D,BUFFALOBILL1 ,user", "column patronNum must be 4 to 64 letters"),
            ("2,P,D,AB+12,user", "column patronNum must be"),
            (
                "2,P,D,CARD2,Librarian",
                "column role must be `user` or `librarian`, not \"Librarian\"",
            ),
            ("2,P,D,CARD2,librarian ", "column role must be"),
            ("2,,,CARD2,user", "column firstName and lastName must not both be empty"),
            ("2,P,D,CARD1,user", "column patronNum must be unique: \"CARD1\" is already on line 2"),
        ] {
            let error = patrons(&format!("1,P,D,CARD1,user\n{row}\n")).unwrap_err();
            assert!(error.starts_with("patrons_demo.csv, line 3, "), "{row}: {error}");
            assert!(error.contains(expected), "{row}: {error}");
        }
    }

    #[test]
    fn the_first_line_is_checked_against_the_columns() {
        for (header, expected) in [
            ("id;title;author;count;thumbnailUrl", "names the unknown column \"id;title;author"),
            ("id\ttitle\tauthor\tcount\tthumbnailUrl", "separated by commas"),
            ("id,title,author,count", "does not name the column thumbnailUrl"),
            ("id,title,author,count,thumbnailUrl,year", "names the unknown column \"year\""),
            ("id,title,author,count,thumbnailUrl,id", "names a column twice"),
            ("id,title,author,count,count", "does not name the column thumbnailUrl"),
            ("", "names the unknown column \"1\""),
        ] {
            let error = parse_both(&format!("{header}\n1,T,A,2,\n"), PATRONS).err().unwrap();
            assert!(error.starts_with("catalog_demo.csv, line 1"), "{header}: {error}");
            assert!(error.contains(expected), "{header}: {error}");
        }
    }
}
