//! The subcommands of `library-db`.

use std::{path::Path, time::Duration};

use library_db::{
    Error, Files, Library, Names, Passwords, Pin, Progress, Stage,
    backup::{self, Manifest, Written},
};

use crate::cli::{
    BackupArgs, Command, LibraryArgs, LoadArgs, RestoreArgs, admin_url, optional, required,
};

/// Runs a command.
///
/// # Errors
/// A sentence with the error and the changes that remain.
pub async fn run(command: &Command, progress: &Progress) -> Result<(), String> {
    match command {
        Command::Load(args) => load(args, progress).await,
        Command::Backup(args) => backup(args).await,
        Command::Restore(args) => restore(args, progress).await,
        Command::Verify { file } => verify(file).await,
        Command::Wait { seconds } => wait(&admin_url()?, *seconds).await,
    }
}

/// The state that an interruption of `command` leaves behind.
pub fn left_behind(command: &Command, progress: &Progress) -> String {
    match command {
        Command::Backup(_) => "no backup was written".to_owned(),
        Command::Verify { .. } => "the backup was only partly checked".to_owned(),
        Command::Wait { .. } => "the database has not responded yet".to_owned(),
        Command::Load(_) | Command::Restore(_) => progress.stage().to_string(),
    }
}

async fn load(args: &LoadArgs, progress: &Progress) -> Result<(), String> {
    let files = args.files.as_deref().map_or_else(|| Ok(Files::built_in()), Files::read);
    let files = files.map_err(|error| error.to_string())?;
    let library = library(&args.library, !args.no_demo_data)?;
    let admin_url = admin_url()?;
    wait(&admin_url, args.library.wait).await?;
    library_db::load_from(&files, &admin_url, &library, progress)
        .await
        .map_err(|error| error.to_string())?;
    let is_new = !progress.changes().is_empty();
    println!("{}", if is_new { "done" } else { "up to date: nothing to do" });
    Ok(())
}

async fn backup(args: &BackupArgs) -> Result<(), String> {
    let names = names(&args.library)?;
    let admin_url = admin_url()?;
    wait(&admin_url, args.library.wait).await?;
    let written = if args.file.is_dir() {
        let keep = args.keep_days.map(|days| Duration::from_secs(days.saturating_mul(86_400)));
        backup::write_to_folder(&admin_url, &names, &args.file, keep).await
    } else if args.keep_days.is_some() {
        return Err("--keep-days needs an existing folder to write the backup to".to_owned());
    } else {
        backup::write_file(&admin_url, &names, &args.file).await
    };
    let Written { file, bytes, manifest, deleted } = written.map_err(|error| error.to_string())?;
    print_manifest(&manifest);
    for file in deleted {
        println!("deleted {}", file.display());
    }
    println!("wrote {}, {} KiB", file.display(), bytes.div_ceil(1024));
    Ok(())
}

async fn restore(args: &RestoreArgs, progress: &Progress) -> Result<(), String> {
    let library = library(&args.library, false)?;
    let admin_url = admin_url()?;
    let file = newest_if_folder(&args.file)?;
    println!("restoring {}", file.display());
    wait(&admin_url, args.library.wait).await?;
    library_db::restore(&admin_url, &library, &file, args.replace, progress).await.map_err(
        |error| match progress.stage() {
            Stage::Unchanged => format!("{error}. The data is unchanged"),
            stage => format!("{error}; {stage}"),
        },
    )?;
    println!("done");
    Ok(())
}

async fn verify(file: &Path) -> Result<(), String> {
    let file = newest_if_folder(file)?;
    let manifest = backup::verify(&file).await.map_err(|error| error.to_string())?;
    print_manifest(&manifest);
    println!("{} is complete and undamaged", file.display());
    Ok(())
}

async fn wait(admin_url: &str, seconds: u64) -> Result<(), String> {
    let limit = Duration::from_secs(seconds);
    match library_db::check_connection(admin_url).await {
        Err(Error::Unreachable { .. }) if seconds > 0 => {
            println!("waiting up to {seconds} s for the database");
        }
        outcome => return outcome.map_err(|error| error.to_string()),
    }
    library_db::wait_for_server(admin_url, limit).await.map_err(|error| error.to_string())
}

fn library(args: &LibraryArgs, demo_data: bool) -> Result<Library, String> {
    let pin = optional("LIBRARIAN_PIN")?.map(|pin| Pin::new(&pin)).transpose();
    Ok(Library {
        names: names(args)?,
        passwords: Passwords {
            catalog: required("CATALOG_DB_PASSWORD")?,
            patrons: required("PATRONS_DB_PASSWORD")?,
            borrowing: required("BORROWING_DB_PASSWORD")?,
        },
        demo_data,
        librarian_pin: pin.map_err(|error| format!("LIBRARIAN_PIN: {error}"))?,
    })
}

fn names(args: &LibraryArgs) -> Result<Names, String> {
    Names::with_suffix(&args.suffix).map_err(|error| error.to_string())
}

fn newest_if_folder(file: &Path) -> Result<std::path::PathBuf, String> {
    if file.is_dir() {
        backup::newest(file).map_err(|error| error.to_string())
    } else {
        Ok(file.to_owned())
    }
}

fn print_manifest(manifest: &Manifest) {
    let header = &manifest.header;
    println!(
        "a backup of {}, written by version {} from {}",
        header.taken_at, header.library, header.server
    );
    for (schema, version) in &header.schemas {
        println!("  {schema}, version {version}");
    }
    for (table, summary) in &manifest.tables {
        println!("  {table}: {} rows", summary.rows);
    }
}
