//! `cargo xtask lab persistence`: breaks the library in every way that could lose a loan, and looks for the loans.
//!
//! The steps are the same on a laptop and on a cluster; what differs is how one kills a database there.

mod cluster;
mod door;
mod laptop;

use std::{collections::BTreeMap, io::IsTerminal, path::Path, thread};

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use loader::{Library, Store};
use mysql_async::prelude::Queryable;
use tokio::sync::oneshot;

use crate::{
    backup,
    database::Account,
    lab::door::{Door, Loans},
    progress::say,
    restore,
    runtime::RuntimeChoice,
};

/// What `cargo xtask lab` shows.
#[derive(Subcommand)]
pub enum Lab {
    /// Kill the database, delete the app, lose the volume; and find every loan again
    Persistence(PersistenceArgs),
}

/// Options of `cargo xtask lab persistence`.
#[derive(Args)]
pub struct PersistenceArgs {
    /// On the cluster that kubectl reaches, instead of a fresh library on this machine
    #[arg(long)]
    cluster: bool,
    #[command(flatten)]
    on_cluster: cluster::ClusterArgs,
    /// What runs the components on this machine
    #[arg(long, value_enum, default_value = "auto", conflicts_with = "cluster")]
    runtime: RuntimeChoice,
    /// Run what was built before
    #[arg(long, conflicts_with = "cluster")]
    no_build: bool,
}

/// Runs the lab.
///
/// # Errors
/// When a step fails, or something was lost.
pub async fn run(lab: &Lab) -> Result<()> {
    let Lab::Persistence(args) = lab;
    if args.cluster {
        cluster::persistence(&args.on_cluster).await
    } else {
        laptop::persistence(args.runtime, args.no_build).await
    }
}

/// Where the library runs, and how one breaks and mends it there. Each method says what it does, and returns when
/// it is done.
trait Place {
    /// The way in to the running app. It may be another after each step.
    async fn door(&self) -> Result<Door>;
    /// The way in to the running database.
    async fn database(&self) -> Result<Reach>;
    /// The names and passwords that a restored database gets.
    async fn library(&self) -> Result<Library>;
    /// Ends the database without giving it a chance to write anything.
    async fn kill_database(&mut self) -> Result<()>;
    /// Starts it again on the same volume.
    async fn start_database(&mut self) -> Result<()>;
    /// Takes the app away. The volume stays.
    async fn delete_app(&mut self) -> Result<()>;
    /// Brings it back, and waits until it answers.
    async fn deploy_app(&mut self) -> Result<()>;
    /// Deletes the database's volume, and starts the database on an empty one.
    async fn lose_volume(&mut self) -> Result<()>;
}

/// How the database is reached, as long as this is held.
struct Reach {
    admin_url: String,
    _tunnel: Option<tokio::process::Child>,
}

/// Patrons of the demo and the books they borrow.
const BORROWED: [(i64, i64); 3] = [(1, 7), (2, 8), (3, 11)];

/// Walks through all the steps, with the backup in `file`.
async fn walk(place: &mut impl Place, file: &Path) -> Result<()> {
    heading("1. Borrow books").await;
    let door = place.door().await?;
    println!("watch: {}", door.command());
    for (patron, book) in BORROWED {
        println!("patron {patron} borrows book {book}: {}", door.borrow(book, patron).await?);
    }
    let loans = door.loans().await?;
    ensure!(!loans.is_empty(), "nobody has a book; does the library have the demo's patrons?");
    show(&loans);
    let before = checksums(&*place).await?;

    heading("2. Kill the database as a power cut would, and start it again").await;
    place.kill_database().await?;
    println!("the app says: {}", place.door().await?.health().await?);
    place.start_database().await?;
    look_for(&loans, place).await?;

    heading("3. Delete the app and deploy it again").await;
    place.delete_app().await?;
    place.deploy_app().await?;
    look_for(&loans, place).await?;

    heading("4. Take a backup, lose the volume, restore").await;
    backup::write(&place.database().await?.admin_url, file).await?;
    place.lose_volume().await?;
    println!("the app says: {}", place.door().await?.health().await?);
    let (reach, library) = (place.database().await?, place.library().await?);
    restore::into(&reach.admin_url, &library, file, false).await?;
    look_for(&loans, place).await?;

    heading("5. Compare all tables with what they were after the first step").await;
    let after = checksums(&*place).await?;
    let differing = compare(&before, &after);
    ensure!(
        differing.is_empty(),
        "{} changed; if nobody else used the library meanwhile, something was lost",
        differing.join(", ")
    );
    println!("\nall {} tables are the same: nothing was lost", before.len());
    Ok(())
}

/// Begins a step. Who sits at a terminal says when.
async fn heading(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.len()));
    if std::io::stdin().is_terminal() {
        say("Enter goes on");
        let (pressed, enter) = oneshot::channel();
        // A thread that nobody waits for: Ctrl-C is to end the lab, whatever is typed.
        thread::spawn(move || {
            std::io::stdin().read_line(&mut String::new()).ok();
            pressed.send(()).ok();
        });
        enter.await.ok();
    }
}

fn show(loans: &Loans) {
    println!("open loans, as id, book, patron, out, due:");
    loans.iter().for_each(|loan| println!("  {loan}"));
}

/// Waits until the library answers, and compares its loans.
async fn look_for(loans: &Loans, place: &impl Place) -> Result<()> {
    let door = place.door().await?;
    door.wait_until_healthy().await?;
    let found = door.loans().await?;
    if found != *loans {
        show(&found);
    }
    ensure!(found == *loans, "these are not the loans from before");
    println!("all {} loans are there", found.len());
    Ok(())
}

/// The checksum of every table, by the table's name.
type Checksums = BTreeMap<String, Option<i64>>;

async fn checksums(place: &impl Place) -> Result<Checksums> {
    let reach = place.database().await?;
    let mut session = Account::from_url(&reach.admin_url)?.session().await?;
    let mut sums = Checksums::new();
    for schema in Store::ALL.map(Store::schema) {
        let select = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?";
        let tables: Vec<String> = session.exec(select, (schema,)).await?;
        for table in tables {
            let statement = format!("CHECKSUM TABLE `{schema}`.`{table}`");
            let sum: Option<(String, Option<i64>)> = session.query_first(statement).await?;
            sums.extend(sum);
        }
    }
    session.disconnect().await?;
    Ok(sums)
}

/// Prints both sides, and returns the tables that differ.
fn compare(before: &Checksums, after: &Checksums) -> Vec<String> {
    let mut differing = Vec::new();
    println!("{:<36}{:>12}{:>12}", "table", "before", "after");
    let tables = before.keys().chain(after.keys().filter(|table| !before.contains_key(*table)));
    for table in tables {
        let side = |sums: &Checksums| sums.get(table).copied().flatten();
        let shown = |sum: Option<i64>| sum.map_or("-".to_owned(), |sum| sum.to_string());
        let (left, right) = (side(before), side(after));
        let verdict = if left == right && left.is_some() { "" } else { "  differs" };
        println!("{table:<36}{:>12}{:>12}{verdict}", shown(left), shown(right));
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
    fn a_table_that_changed_went_or_came_is_told() {
        let sums = |sums: &[(&str, Option<i64>)]| -> Checksums {
            sums.iter().map(|(table, sum)| ((*table).to_owned(), *sum)).collect()
        };
        let before = sums(&[("a", Some(1)), ("b", Some(2)), ("c", Some(3)), ("gone", None)]);
        assert_eq!(
            compare(&before, &sums(&[("a", Some(1)), ("b", Some(0)), ("d", Some(3))])),
            ["b", "c", "gone", "d"]
        );
        let same = sums(&[("a", Some(1))]);
        assert!(compare(&same, &same).is_empty());
    }
}
