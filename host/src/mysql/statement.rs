//! Determines the effect of statements on their session, so that the next request can use it without a reset.

/// Functions without an effect on the session.
const PURE_FUNCTIONS: [&str; 42] = [
    "abs",
    "avg",
    "cast",
    "ceiling",
    "char_length",
    "coalesce",
    "concat",
    "count",
    "curdate",
    "date",
    "date_add",
    "date_format",
    "date_sub",
    "datediff",
    "floor",
    "greatest",
    "hex",
    "if",
    "ifnull",
    "json_table",
    "least",
    "left",
    "length",
    "lower",
    "max",
    "min",
    "now",
    "nullif",
    "repeat",
    "replace",
    "right",
    "round",
    "row_number",
    "substring",
    "sum",
    "timestampdiff",
    "trim",
    "upper",
    "utc_date",
    "utc_timestamp",
    "uuid",
    "weekday",
];

/// Keywords and column types that may precede a parenthesis.
const KEYWORDS: [&str; 23] = [
    "against", "all", "and", "any", "as", "by", "char", "columns", "decimal", "exists", "from",
    "in", "join", "match", "not", "on", "or", "over", "select", "union", "values", "varchar",
    "where",
];

/// Functions that depend on the session's last write.
const WRITE_FUNCTIONS: [&str; 2] = ["last_insert_id", "row_count"];

/// Session variables that only `SET` changes, so setting one twice has the same effect as setting it once.
const SETTINGS: [&str; 16] = [
    "autocommit",
    "completion_type",
    "foreign_key_checks",
    "innodb_lock_wait_timeout",
    "lock_wait_timeout",
    "max_execution_time",
    "max_statement_time",
    "sql_auto_is_null",
    "sql_mode",
    "sql_safe_updates",
    "time_zone",
    "transaction_isolation",
    "transaction_read_only",
    "tx_isolation",
    "tx_read_only",
    "unique_checks",
];

/// The effect of a statement on its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is a query that neither changes the session nor depends on its state: no variables, no locks, no last insert id.
    None,
    /// It writes to tables, or ends a transaction, which changes the session's row count and last insert id.
    Write,
    /// Like [`None`](Self::None), except that it depends on the session's last write.
    ReadsWrite,
    /// It gives constant values to some of [`SETTINGS`].
    Settings,
    /// Anything else.
    Unknown,
}

impl Effect {
    /// The effect of a statement. It is conservative: it does not parse, so words in quotes count too.
    pub fn of(statement: &str) -> Self {
        let text = statement.to_ascii_lowercase();
        // User and system variables, quoted names.
        if text.contains('@') || text.contains('`') {
            return Self::Unknown;
        }
        let mut words = words(&text);
        match words.next() {
            Some("set") if is_settings(&text) => return Self::Settings,
            Some("commit" | "rollback") if words.next().is_none() => return Self::Write,
            _ if text.contains("/*") => return Self::Unknown,
            _ => {}
        }
        let mut words = self::words(&text);
        let (first, is_write) = match words.next() {
            Some("select") => (Self::None, false),
            Some("insert" | "update" | "delete") => (Self::Write, true),
            _ => return Self::Unknown,
        };
        let is_forbidden = |word: &str| match word {
            "sql_calc_found_rows" | "next" | "previous" | "outfile" | "dumpfile" => true,
            "into" => !is_write,
            _ => false,
        };
        if words.any(is_forbidden) {
            return Self::Unknown;
        }
        let mut effect = first;
        for (end, _) in text.match_indices('(') {
            match before_parenthesis(&text[..end]) {
                Before::Pure => {}
                Before::WriteFunction if effect == Self::None => effect = Self::ReadsWrite,
                Before::WriteFunction => {}
                Before::ColumnList if is_write => {}
                Before::ColumnList | Before::Other => return Self::Unknown,
            }
        }
        effect
    }
}

/// Whether the text is `SET SESSION` with constants for some of [`SETTINGS`]. Comments with a server's version are a part of
/// the statement on that server.
fn is_settings(text: &str) -> bool {
    let Some(assignments) = text.trim_start().strip_prefix("set session ") else { return false };
    let is_constant = !assignments.contains(['(', ';', '#']) && !assignments.contains("--");
    let is_global =
        words(assignments).any(|word| matches!(word, "global" | "persist" | "persist_only"));
    let mut names = assignments.split('=').map(|part| words(part).last());
    // The text after the last `=` is a value.
    let last = names.next_back();
    is_constant && !is_global && last.is_some() && {
        let mut names = names.peekable();
        names.peek().is_some()
            && names.all(|name| name.is_some_and(|name| SETTINGS.contains(&name)))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !is_word(char)).filter(|word| !word.is_empty())
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// The text before a parenthesis.
enum Before {
    /// An operator, a keyword or the name of a pure function.
    Pure,
    /// One of [`WRITE_FUNCTIONS`].
    WriteFunction,
    /// The table of an `INSERT`.
    ColumnList,
    /// Possibly a function with an effect.
    Other,
}

fn before_parenthesis(text: &str) -> Before {
    let text = text.trim_end();
    let start = text
        .rfind(|char| !is_word(char))
        .map_or(0, |index| index + text[index..].chars().next().map_or(0, char::len_utf8));
    let (before, word) = text.split_at(start);
    // A qualified name is a stored function.
    if before.ends_with('.') {
        return Before::Other;
    }
    match word {
        _ if word.is_empty() || PURE_FUNCTIONS.contains(&word) || KEYWORDS.contains(&word) => {
            Before::Pure
        }
        _ if WRITE_FUNCTIONS.contains(&word) => Before::WriteFunction,
        _ if words(before).last() == Some("into") && !before.trim_end().ends_with(is_no_word) => {
            Before::ColumnList
        }
        _ => Before::Other,
    }
}

fn is_no_word(char: char) -> bool {
    !is_word(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_queries_have_no_effect() {
        for statement in [
            "SELECT 1",
            "  select id, title FROM books WHERE id = ? AND (count > 0 OR id IN (1, 2))",
            "SELECT COUNT(*), CAST(SUM(count) AS SIGNED) FROM books",
            "SELECT b.id FROM books b LEFT JOIN (SELECT 1) x ON (b.id = 1) WHERE NOT EXISTS (SELECT 2)",
            "SELECT CAST(DATE(created) AS CHAR(10)) FROM loans WHERE title LIKE ? LIMIT ? OFFSET ?",
        ] {
            assert_eq!(Effect::of(statement), Effect::None, "{statement}");
        }
    }

    #[test]
    fn writes_and_what_reads_them_are_known() {
        for (statement, effect) in [
            ("INSERT INTO t VALUES (1)", Effect::Write),
            ("INSERT INTO loans\n (bookId, madeAt) VALUES (?, UTC_TIMESTAMP())", Effect::Write),
            ("INSERT INTO r (k) VALUES (CONCAT('h ', UUID()))", Effect::Write),
            ("UPDATE t SET a = 1 WHERE id = LAST_INSERT_ID(id)", Effect::Write),
            ("DELETE FROM t WHERE a IN (1, 2) LIMIT 20", Effect::Write),
            ("COMMIT", Effect::Write),
            ("ROLLBACK", Effect::Write),
            ("SELECT ROW_COUNT(), LAST_INSERT_ID()", Effect::ReadsWrite),
            ("SELECT LAST_INSERT_ID(7)", Effect::ReadsWrite),
        ] {
            assert_eq!(Effect::of(statement), effect, "{statement}");
        }
    }

    #[test]
    fn settings_are_constants_for_known_variables() {
        for statement in [
            "SET SESSION autocommit = 0",
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
             lock_wait_timeout = 2, /*!80000 transaction_isolation = 'READ-COMMITTED', max_execution_time = 10000 */\
             /*M!100000 tx_isolation = 'READ-COMMITTED', max_statement_time = 10 */",
        ] {
            assert_eq!(Effect::of(statement), Effect::Settings, "{statement}");
        }
        for statement in [
            "SET autocommit = 0",
            "SET SESSION",
            "SET SESSION TRANSACTION READ ONLY",
            "SET SESSION insert_id = 7",
            "SET SESSION autocommit = 0, insert_id = 7",
            "SET SESSION autocommit = 0, GLOBAL autocommit = 0",
            "SET SESSION autocommit = (SELECT GET_LOCK('a', 0))",
            "SET SESSION time_zone = @zone",
            "SET SESSION autocommit = 0; DROP TABLE t",
        ] {
            assert_eq!(Effect::of(statement), Effect::Unknown, "{statement}");
        }
    }

    #[test]
    fn the_effect_of_anything_else_is_unknown() {
        for statement in [
            "",
            "REPLACE INTO t VALUES (1)",
            "INSERT INTO t VALUES (GET_LOCK('a', 0))",
            "INSERT INTO t SELECT stored_function(1)",
            "INSERT INTO t (a) VALUES (other.if(1))",
            "UPDATE t SET a = RELEASE_LOCK('a')",
            "UPDATE t SET a = @b",
            "SET time_zone = '+00:00'",
            "USE other",
            "COMMIT AND CHAIN",
            "CALL p()",
            "SHOW TABLES",
            "WITH x AS (SELECT 1) SELECT * FROM x",
            "SELECT @a := 1",
            "SELECT 1 INTO @a",
            "SELECT 1 INTO OUTFILE 'x'",
            "SELECT GET_LOCK('a', 0)",
            "SELECT get_lock ('a', 0)",
            "SELECT RELEASE_ALL_LOCKS()",
            "SELECT `GET_LOCK`('a', 0)",
            "SELECT stored_function()",
            "SELECT other.if(1)",
            "SELECT /*!40000 GET_LOCK('a', 0), */ 1",
            "SELECT SQL_CALC_FOUND_ROWS 1",
            "SELECT NEXT VALUE FOR s",
            "SELECT NEXTVAL(s)",
        ] {
            assert_eq!(Effect::of(statement), Effect::Unknown, "{statement}");
        }
    }
}
