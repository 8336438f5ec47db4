//! Fills the library with any number of books, patrons and closed loans. The server generates the rows from numbers.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use library_db::Store;
use mysql_async::{Conn, prelude::Queryable};
use serde::Serialize;
use tests::TestDatabase;

/// The amount of data.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Size {
    /// Titles.
    pub books: u64,
    /// Patrons.
    pub patrons: u64,
    /// Returned loans.
    pub loans: u64,
    /// Copies of each title.
    pub copies: u32,
}

/// The number of words for titles. Each title has three of them and "The". As in a real catalog, some words match many
/// titles and others few.
const WORDS: u64 = 2000;

/// The rows of one statement: enough to be fast, few enough to show progress.
const CHUNK: u64 = 20_000;

/// Ten rows. The product of five such tables has more rows than [`CHUNK`].
const DIGITS: &str = "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 \
    UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";

/// Adds rows until the library has `size`.
///
/// # Errors
/// If the server refuses a statement.
pub async fn fill(database: &TestDatabase, size: Size) -> Result<()> {
    let mut catalog = database.admin(Store::Catalog).await;
    let mut patrons = database.admin(Store::Patrons).await;
    let mut loans = database.admin(Store::Borrowing).await;
    words(&mut catalog).await?;
    catalog.query_drop(format!("UPDATE books SET count = {}", size.copies)).await?;
    repeat(&mut catalog, "books", 20, size.books, &books(size.copies)).await?;
    repeat(&mut patrons, "patrons", 7, size.patrons, &PATRONS.map(str::to_owned)).await?;
    let books = size.books.max(1);
    let loans_sql = LOANS.map(|sql| {
        sql.replace("{books}", &books.to_string()).replace("{patrons}", &size.patrons.to_string())
    });
    repeat(&mut loans, "closed loans", 0, size.loans, &loans_sql).await?;
    for (session, tables) in
        [(&mut catalog, "books, book_words"), (&mut patrons, "patrons"), (&mut loans, "loans")]
    {
        // The optimizer's statistics lag behind the new rows.
        session.query_drop(format!("ANALYZE TABLE {tables}")).await?;
    }
    Ok(())
}

/// Runs the statements for the numbers from `from` + 1 to `to`, in chunks.
async fn repeat(session: &mut Conn, what: &str, from: u64, to: u64, sql: &[String]) -> Result<()> {
    let mut next = from;
    while next < to {
        let end = to.min(next + CHUNK);
        let numbers = format!(
            "(SELECT {next} + 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d AS n \
             FROM {DIGITS} a, {DIGITS} b, {DIGITS} c, {DIGITS} d, {DIGITS} e HAVING n <= {end}) AS numbers"
        );
        for statement in sql {
            session.query_drop(statement.replace("{numbers}", &numbers)).await?;
        }
        next = end;
        progress(what, next, to);
    }
    Ok(())
}

fn progress(what: &str, done: u64, of: u64) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{what}: {done} of {of}\u{1b}[K");
        if done == of {
            eprintln!();
        }
        std::io::stderr().flush().ok();
    } else if done == of {
        eprintln!("{what}: {of}");
    }
}

/// Creates a table of the words, for the other statements.
async fn words(session: &mut Conn) -> Result<()> {
    let syllables =
        ["war", "gar", "den", "sea", "mon", "ter", "li", "ber", "ka", "so", "vel", "ton"];
    let word = |n: u64| {
        let pick = |n: u64| syllables[usize::try_from(n % 12).unwrap_or(0)];
        format!("{}{}{}{}", pick(n), pick(n / 12), pick(n / 144), if n < 12 { "" } else { "s" })
    };
    session
        .query_drop("CREATE TEMPORARY TABLE bench_words (number INT PRIMARY KEY, word VARCHAR(32))")
        .await?;
    let rows: Vec<_> = (0..WORDS).map(|n| format!("({n}, '{}')", word(n))).collect();
    session.query_drop(format!("INSERT INTO bench_words VALUES {}", rows.join(","))).await?;
    let mut endings = std::collections::BTreeSet::new();
    for word in (0..WORDS).map(word).chain(["the".to_owned()]) {
        endings.extend((0..word.len()).map(|from| format!("('{}', '{word}')", &word[from..])));
    }
    let endings: Vec<_> = endings.into_iter().collect();
    for rows in endings.chunks(5000) {
        let sql =
            format!("INSERT IGNORE INTO word_endings (ending, word) VALUES {}", rows.join(","));
        session.query_drop(sql).await?;
    }
    Ok(())
}

fn books(copies: u32) -> Vec<String> {
    // Three words for each number. The factors are prime, so that the combinations differ.
    let number = |factor: u64| format!("(numbers.n * {factor}) % {WORDS}");
    let joins = [7919, 104_729, 1_299_709]
        .iter()
        .enumerate()
        .map(|(at, factor)| format!("JOIN bench_words w{at} ON w{at}.number = {}", number(*factor)))
        .collect::<Vec<_>>()
        .join(" ");
    let insert_books = format!(
        "INSERT INTO books (id, title, author, count, thumbnailUrl, searchText) \
         SELECT n, CONCAT('The ', w0.word, ' ', w1.word, ' ', w2.word), CONCAT(w2.word, ', ', w0.word), {copies}, '', \
         CONCAT('the ', w0.word, ' ', w1.word, ' ', w2.word, ' ', w2.word, ' ', w0.word) FROM {{numbers}} {joins}"
    );
    let mut all = vec![insert_books];
    all.push("INSERT INTO book_words (word, bookId) SELECT 'the', n FROM {numbers}".to_owned());
    for factor in [7919, 104_729, 1_299_709_u64] {
        all.push(format!(
            "INSERT IGNORE INTO book_words (word, bookId) SELECT w.word, n FROM {{numbers}} \
             STRAIGHT_JOIN bench_words w ON w.number = {}",
            number(factor)
        ));
    }
    all
}

const PATRONS: [&str; 1] = ["INSERT INTO patrons (id, firstName, lastName, patronNum, role) \
    SELECT n, CONCAT('First', n), CONCAT('Last', n), CONCAT('BENCH', LPAD(n, 7, '0')), 'user' FROM {numbers}"];

const LOANS: [&str; 1] = [
    "INSERT INTO loans (bookId, patronId, dateOut, dateDue, copyNumber, patronSlot, returnedAt) \
    SELECT 1 + (n * 7919) % {books}, 1 + (n * 104729) % {patrons}, \
    DATE_SUB(UTC_DATE(), INTERVAL 30 + n % 900 DAY), DATE_SUB(UTC_DATE(), INTERVAL 16 + n % 900 DAY), 1, 1, \
    DATE_SUB(UTC_TIMESTAMP(), INTERVAL 15 + n % 900 DAY) FROM {numbers}",
];
