//! Migrates a schema to a later version.

use mysql_async::{Conn, Pool, prelude::Queryable};
use refinery::{Migration, Runner, Target, error::Kind};

use crate::{
    Error, Progress, Store,
    schema::{HISTORY, is_loaded},
    server::Server,
};

/// Checksums that version 0.1.0 of the library recorded: schema, migration, checksum. They include comments.
const CHECKSUMS_OF_0_1_0: [(Store, i32, u64); 6] = [
    (Store::Catalog, 1, 4_251_438_844_508_380_937),
    (Store::Catalog, 2, 350_197_081_283_672_236),
    (Store::Patrons, 1, 17_965_222_635_801_825_401),
    (Store::Patrons, 2, 15_685_353_069_083_139_878),
    (Store::Borrowing, 1, 9_020_272_982_264_323_083),
    (Store::Borrowing, 2, 2_853_380_271_869_434_857),
];

/// Refuses a schema with a migration that is not in `migrations`, or that was edited after it was applied. Accepts a
/// missing or empty schema.
pub(crate) async fn check(
    conn: &mut Conn,
    store: Store,
    schema: &str,
    migrations: &[Migration],
) -> Result<(), Error> {
    if !is_loaded(conn, schema).await? {
        return Ok(());
    }
    let select =
        format!("SELECT version, name, checksum FROM `{schema}`.{HISTORY} ORDER BY version");
    let applied: Vec<(i32, String, String)> = conn.query(select).await?;
    for (version, name, checksum) in applied {
        let known = migrations.iter().find(|known| known.version() == version);
        let Some(known) = known.filter(|known| known.name() == name) else {
            return Err(Error::NewerSchema { schema: schema.to_owned(), version, name });
        };
        let is_former = || is_checksum_of_0_1_0(store, version, &checksum);
        if checksum != known.checksum().to_string() && !is_former() {
            let reason = format!(
                "the applied migration V{version} `{name}` differs from that of this version of the library. Nothing was \
                 changed"
            );
            return Err(Error::Migration { schema: schema.to_owned(), reason });
        }
    }
    Ok(())
}

/// Applies the missing migrations to `schema`, up to version `last` if given.
pub(crate) async fn apply(
    server: &Server,
    store: Store,
    schema: &str,
    migrations: &[Migration],
    last: Option<i32>,
    progress: &Progress,
) -> Result<(), Error> {
    let target = last.map_or(Target::Latest, Target::Version);
    let runner = Runner::new(migrations).set_target(target);
    let mut pool = Pool::new(server.in_schema(schema));
    convert_checksums(&pool, store, schema, migrations).await?;
    let outcome = runner.run_async(&mut pool).await;
    pool.disconnect().await?;
    let report = outcome.map_err(|error| Error::Migration {
        schema: schema.to_owned(),
        reason: reason(error.kind()),
    })?;
    for migration in report.applied_migrations() {
        progress.change(format!("{schema}: applied {migration}"));
    }
    Ok(())
}

fn is_checksum_of_0_1_0(store: Store, version: i32, checksum: &str) -> bool {
    CHECKSUMS_OF_0_1_0
        .iter()
        .any(|(of, v, former)| (*of, *v) == (store, version) && former.to_string() == checksum)
}

/// Replaces the checksums of version 0.1.0 with those of the same statements without comments.
async fn convert_checksums(
    pool: &Pool,
    store: Store,
    schema: &str,
    migrations: &[Migration],
) -> Result<(), Error> {
    let mut conn = pool.get_conn().await?;
    if !is_loaded(&mut conn, schema).await? {
        return Ok(());
    }
    let update = format!("UPDATE {HISTORY} SET checksum = ? WHERE version = ? AND checksum = ?");
    for migration in migrations {
        let former = CHECKSUMS_OF_0_1_0
            .iter()
            .find(|(of, version, _)| (*of, *version) == (store, migration.version()));
        if let Some((_, version, former)) = former {
            let current = migration.checksum().to_string();
            conn.exec_drop(&update, (current, version, former.to_string())).await?;
        }
    }
    Ok(())
}

/// refinery's error names the step; the server's message is in its source.
fn reason(kind: &Kind) -> String {
    match std::error::Error::source(kind) {
        Some(source) => format!("{kind}: {source}"),
        None => kind.to_string(),
    }
}
