//! Loads the library: schemas, users, demo data and the librarian's PIN.

use mysql_async::{Conn, prelude::Queryable};

use crate::{
    Error, Files, Library, Names, Progress, Stage, Store, demo, migrations, pin, preconditions,
    schema::{create_schema, drop_schema},
    search_index,
    server::{self, Server},
    users,
};

/// The seconds that an operation waits for another one on the same library.
const LOCK_WAIT_SECONDS: i32 = 60;

/// Creates or upgrades the library on the server at `admin_url`, and returns a line for each change.
///
/// `admin_url` is `mysql://user:password@host:port/` of an account that may create schemas and users.
///
/// # Errors
/// See [`Error`]. Changes made before the error stay, and the next run continues from there.
pub async fn load(admin_url: &str, library: &Library) -> Result<Vec<String>, Error> {
    let progress = Progress::silent();
    load_from(&Files::built_in(), admin_url, library, &progress).await?;
    Ok(progress.changes())
}

/// Like [`load`], but from `files`. Reports each completed change to `progress`.
///
/// # Errors
/// See [`Error`].
pub async fn load_from(
    files: &Files,
    admin_url: &str,
    library: &Library,
    progress: &Progress,
) -> Result<(), Error> {
    let server = Server::from_url(admin_url)?;
    let mut conn = server.connect().await?;
    lock(&mut conn, &library.names).await?;
    load_locked(&server, &mut conn, files, library, progress).await?;
    // The end of the session releases the lock.
    conn.disconnect().await?;
    Ok(())
}

/// Like [`load_from`], in a session that holds the library's lock.
pub(crate) async fn load_locked(
    server: &Server,
    conn: &mut Conn,
    files: &Files,
    library: &Library,
    progress: &Progress,
) -> Result<(), Error> {
    let demo_data = if library.demo_data { Some(demo::parse(files)?) } else { None };
    preconditions::check_server(conn).await?;
    preconditions::check_schemas(conn, &library.names).await?;
    users::check_accounts(conn, &library.names).await?;
    for store in Store::ALL {
        let schema = library.names.schema(store);
        migrations::check(conn, store, &schema, files.migrations(store)).await?;
    }
    // After a restore, the stage is already `Exchanged`.
    if progress.stage() == Stage::Unchanged {
        progress.enter(Stage::Changing);
    }
    for store in Store::ALL {
        let schema = library.names.schema(store);
        create_schema(conn, &schema).await?;
        migrations::apply(server, store, &schema, files.migrations(store), None, progress).await?;
    }
    users::grant(server, conn, library, files, progress).await?;
    if let Some(demo_data) = demo_data {
        demo::fill_empty_tables(conn, &library.names, demo_data, progress).await?;
    }
    search_index::index_books(conn, &library.names, progress).await?;
    if let Some(pin) = &library.librarian_pin {
        pin::set(conn, &library.names, pin, progress).await?;
    }
    Ok(())
}

/// Takes the lock that allows one load, backup or restore of this library at a time. It is released when the session
/// ends. In a Galera cluster it holds on this node only.
pub(crate) async fn lock(conn: &mut Conn, names: &Names) -> Result<(), Error> {
    let lock = format!("library {}", names.schema(Store::Catalog));
    // Not prepared, because a server may allow no prepared statements; the settings are checked with the lock held. Names
    // have only letters, digits and `_`.
    let select = format!("SELECT GET_LOCK('{lock}', {LOCK_WAIT_SECONDS})");
    let locked: Option<i64> = match conn.query_first(select).await {
        // ER_NOT_SUPPORTED_YET of a MariaDB Galera cluster, ER_UNKNOWN_ERROR of a Percona XtraDB Cluster
        Err(mysql_async::Error::Server(error)) if matches!(error.code, 1235 | 1105) => {
            return Err(Error::NoLocks(format!("{} (error {})", error.message, error.code)));
        }
        locked => locked?.flatten(),
    };
    if locked == Some(1) { Ok(()) } else { Err(Error::Busy { seconds: LOCK_WAIT_SECONDS }) }
}

/// Drops the schemas and users called `names`, with all their data.
///
/// # Errors
/// See [`Error`].
pub async fn remove(admin_url: &str, names: &Names) -> Result<(), Error> {
    let mut conn = server::connect(admin_url).await?;
    for store in Store::ALL {
        drop_schema(&mut conn, &names.schema(store)).await?;
        conn.query_drop(format!("DROP USER IF EXISTS '{}'@'%'", names.user(store))).await?;
    }
    conn.disconnect().await?;
    Ok(())
}
