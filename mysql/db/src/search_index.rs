//! Indexes the loaded books. The catalog service would also index them, but only a few with each search.

use domain::search::{index_entry, title_key};
use mysql_async::{Conn, TxOpts, prelude::Queryable};
use serde_json::json;

use crate::{Error, Names, Progress, Store, schema::columns};

const BATCH: usize = 500;

/// `IGNORE` skips duplicates, which a file may contain.
const SET_TITLE_KEYS: &str = "UPDATE IGNORE {s}.books JOIN JSON_TABLE(?, '$[*]' COLUMNS (\
    id BIGINT PATH '$[0]', titleKey VARCHAR(9000) CHARACTER SET utf8mb4 PATH '$[2]')) AS entry \
    ON entry.id = books.id SET books.titleKey = UNHEX(SHA2(entry.titleKey, 256)) \
    WHERE books.titleKey IS NULL AND books.searchText IS NULL";

const SET_SEARCH_TEXTS: &str = "UPDATE {s}.books JOIN JSON_TABLE(?, '$[*]' COLUMNS (\
    id BIGINT PATH '$[0]', searchText VARCHAR(9500) CHARACTER SET utf8mb4 PATH '$[1]')) AS entry \
    ON entry.id = books.id SET books.searchText = entry.searchText WHERE books.searchText IS NULL";

const INSERT_ENDINGS: &str = "INSERT IGNORE INTO {s}.word_endings (ending, word) \
    SELECT entry.ending, entry.word FROM JSON_TABLE(?, '$[*]' COLUMNS (\
    ending VARCHAR(32) CHARACTER SET utf8mb4 PATH '$[0]', \
    word VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[1]')) AS entry";

const INSERT_WORDS: &str = "INSERT IGNORE INTO {s}.book_words (word, bookId) \
    SELECT entry.word, entry.bookId FROM JSON_TABLE(?, '$[*]' COLUMNS (\
    word VARCHAR(255) CHARACTER SET utf8mb4 PATH '$[0]', bookId BIGINT PATH '$[1]')) AS entry";

/// Signs that a search text has only if an earlier version wrote it, which did not know them as apostrophes and hyphens,
/// and the Arabic tatweel. A search would not find these texts.
const FORMER_SIGNS: [char; 6] = ['ʾ', 'ʿ', '՚', '׳', '゠', '\u{640}'];

/// A condition on search texts with one of the [`FORMER_SIGNS`]. The column has a binary collation.
fn has_former_sign() -> String {
    FORMER_SIGNS.map(|sign| format!("searchText LIKE '%{sign}%'")).join(" OR ")
}

/// Lets the books and patrons whose search text an earlier version wrote otherwise be indexed again: the books by
/// [`index_books`], the patrons by their service.
async fn forget_former(conn: &mut Conn, names: &Names) -> Result<(), Error> {
    let is_former = has_former_sign();
    let (catalog, patrons) = (names.schema(Store::Catalog), names.schema(Store::Patrons));
    let books = format!(
        "UPDATE `{catalog}`.books SET searchText = NULL, titleKey = NULL WHERE {is_former}"
    );
    conn.query_drop(books).await?;
    if has_search_text(conn, &patrons, "patrons").await? {
        let patrons = format!("UPDATE `{patrons}`.patrons SET searchText = NULL WHERE {is_former}");
        conn.query_drop(patrons).await?;
    }
    Ok(())
}

/// Whether the table has a search index. Files of an older version have none.
async fn has_search_text(conn: &mut Conn, schema: &str, table: &str) -> Result<bool, Error> {
    let columns = columns(conn, schema, table).await?;
    Ok(columns.iter().any(|column| column.name == "searchText"))
}

/// Indexes every book without an entry, one batch per transaction.
pub(crate) async fn index_books(
    conn: &mut Conn,
    names: &Names,
    progress: &Progress,
) -> Result<(), Error> {
    let schema = names.schema(Store::Catalog);
    if !has_search_text(conn, &schema, "books").await? {
        return Ok(());
    }
    forget_former(conn, names).await?;
    // MySQL wants a default schema where a changed table is joined with JSON_TABLE, although no name depends on it.
    conn.query_drop(format!("USE `{schema}`")).await?;
    let sql = |statement: &str| statement.replace("{s}", &format!("`{schema}`"));
    let select = format!(
        "SELECT id, title, author FROM `{schema}`.books \
         WHERE searchText IS NULL AND id > ? ORDER BY id LIMIT {BATCH}"
    );
    let (mut last, mut count) = (0_i64, 0_usize);
    loop {
        let books: Vec<(i64, String, String)> = conn.exec(&select, (last,)).await?;
        let Some((id, ..)) = books.last() else { break };
        last = *id;
        count += books.len();
        let (mut rows, mut words, mut endings) = (Vec::new(), Vec::new(), Vec::new());
        for (id, title, author) in &books {
            let entry = index_entry(title, author);
            rows.push(json!([id, entry.text, title_key(title, author)]));
            words.extend(entry.words.into_iter().map(|word| (word, *id)));
            endings.extend(entry.endings);
        }
        words.sort_unstable();
        endings.sort_unstable();
        endings.dedup();
        let rows = json!(rows).to_string();
        let mut transaction = conn.start_transaction(TxOpts::default()).await?;
        transaction.exec_drop(sql(SET_TITLE_KEYS), (&rows,)).await?;
        transaction.exec_drop(sql(SET_SEARCH_TEXTS), (&rows,)).await?;
        transaction.exec_drop(sql(INSERT_ENDINGS), (json!(endings).to_string(),)).await?;
        transaction.exec_drop(sql(INSERT_WORDS), (json!(words).to_string(),)).await?;
        transaction.commit().await?;
    }
    if count > 0 {
        progress.change(format!("{schema}: indexed {count} books for the search"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::text::search_key;

    use super::*;

    #[test]
    fn no_search_text_has_a_former_sign() {
        for sign in FORMER_SIGNS {
            let key = search_key(&format!("a{sign}b"));
            assert!(!key.contains(FORMER_SIGNS), "{sign}: {key}");
        }
    }
}
