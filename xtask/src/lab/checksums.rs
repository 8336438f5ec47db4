//! Checksums of all tables, to show that nothing was lost.

use std::collections::BTreeMap;

use anyhow::Result;
use library_db::{Names, backup};

use super::environment::Environment;

/// The checksum of every table, by the table's name.
pub type Checksums = BTreeMap<String, String>;

/// The checksums of the rows of the library's tables.
///
/// # Errors
/// If the database cannot be used.
pub async fn checksums(environment: &impl Environment) -> Result<Checksums> {
    let access = environment.database().await?;
    let tables = backup::summarize(&access.admin_url, &Names::default()).await?;
    Ok(tables.into_iter().map(|(table, summary)| (table, summary.sha256)).collect())
}

/// Prints both sides, and returns the tables that differ.
pub fn compare(before: &Checksums, after: &Checksums) -> Vec<String> {
    let mut differing = Vec::new();
    println!("{:<28}{:>14}{:>14}", "table", "before", "after");
    let tables = before.keys().chain(after.keys().filter(|table| !before.contains_key(*table)));
    for table in tables {
        let (left, right) = (before.get(table), after.get(table));
        let verdict = if left == right { "" } else { "  differs" };
        // A prefix is enough for a reader to compare.
        let shown =
            |sum: Option<&String>| sum.map_or("-".to_owned(), |sum| sum.chars().take(12).collect());
        println!("{table:<28}{:>14}{:>14}{verdict}", shown(left), shown(right));
        if !verdict.is_empty() {
            differing.push(table.clone());
        }
    }
    differing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_missing_and_new_tables_are_reported() {
        let sums = |sums: &[(&str, &str)]| -> Checksums {
            sums.iter().map(|(table, sum)| ((*table).to_owned(), (*sum).to_owned())).collect()
        };
        let before = sums(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(compare(&before, &sums(&[("a", "1"), ("b", "0"), ("d", "3")])), ["b", "c", "d"]);
        assert!(compare(&before, &before).is_empty());
    }
}
