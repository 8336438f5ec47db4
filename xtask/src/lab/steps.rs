//! The steps of the lab. They are the same on a laptop and on a cluster; only the environment differs.

use std::{io::IsTerminal, path::Path, thread};

use anyhow::{Result, ensure};
use tokio::sync::oneshot;

use super::{
    checksums::{checksums, compare},
    client::Loans,
    environment::Environment,
};
use crate::{backup, progress::say, restore};

/// Demo patrons, and the books they borrow.
const LOANS: [(i64, i64); 3] = [(1, 7), (2, 8), (3, 11)];

/// Performs all steps, with the backup in `file`.
///
/// # Errors
/// If a step fails or data was lost.
pub async fn perform(environment: &mut impl Environment, file: &Path) -> Result<()> {
    heading("1. Borrow books").await;
    let client = environment.client().await?;
    println!("watch: {}", client.command());
    for (patron, book) in LOANS {
        println!("patron {patron} borrows book {book}: {}", client.borrow(book, patron).await?);
    }
    let loans = client.loans().await?;
    ensure!(!loans.is_empty(), "there are no loans; does the library have the demo patrons?");
    show(&loans);
    let before = checksums(&*environment).await?;

    heading("2. Kill the database like a power failure, and start it again").await;
    environment.kill_database().await?;
    println!("the app's health: {}", environment.client().await?.health().await?);
    environment.start_database().await?;
    expect_loans(&loans, environment).await?;

    heading("3. Delete the app and deploy it again").await;
    environment.delete_app().await?;
    environment.deploy_app().await?;
    expect_loans(&loans, environment).await?;

    heading("4. Write a backup, lose the volume, restore the backup").await;
    backup::write(&environment.database().await?.admin_url, file).await?;
    environment.lose_volume().await?;
    println!("the app's health: {}", environment.client().await?.health().await?);
    let (access, library) = (environment.database().await?, environment.library().await?);
    restore::into(&access.admin_url, &library, file, false).await?;
    expect_loans(&loans, environment).await?;

    heading("5. Compare all tables with their state after the first step").await;
    let after = checksums(&*environment).await?;
    let differing = compare(&before, &after);
    ensure!(
        differing.is_empty(),
        "{} changed; unless others used the library during the lab, data was lost",
        differing.join(", ")
    );
    println!("\nall {} tables are the same: nothing was lost", before.len());
    Ok(())
}

/// Begins a step. On a terminal, waits for Enter.
async fn heading(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.len()));
    if std::io::stdin().is_terminal() {
        say("press Enter to continue");
        let (pressed, enter) = oneshot::channel();
        // A detached thread, so that Ctrl-C ends the lab while the thread still reads.
        thread::spawn(move || {
            std::io::stdin().read_line(&mut String::new()).ok();
            pressed.send(()).ok();
        });
        enter.await.ok();
    }
}

fn show(loans: &Loans) {
    println!("open loans (id, book, patron, out, due):");
    loans.iter().for_each(|loan| println!("  {loan}"));
}

/// Waits until the library is healthy, and compares its loans.
async fn expect_loans(loans: &Loans, environment: &impl Environment) -> Result<()> {
    let client = environment.client().await?;
    client.wait_until_healthy().await?;
    let found = client.loans().await?;
    if found != *loans {
        show(&found);
    }
    ensure!(found == *loans, "the loans differ from those after the first step");
    println!("all {} loans are there", found.len());
    Ok(())
}
