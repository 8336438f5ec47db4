//! Brings one schema from whatever version it has to the newest that this version of the library knows.

use mysql_async::{Opts, OptsBuilder, Pool};
use refinery::{Migration, Runner, error::Kind};

use crate::LoadError;

/// Applies what is missing in `schema` and says what that was.
pub(crate) async fn apply(
    admin: &Opts,
    schema: &str,
    migrations: &[Migration],
) -> Result<Vec<String>, LoadError> {
    let runner = Runner::new(migrations);
    let opts = OptsBuilder::from_opts(admin.clone()).db_name(Some(schema));
    let mut pool = Pool::new(opts);
    let outcome = runner.run_async(&mut pool).await;
    pool.disconnect().await?;
    let report = outcome.map_err(|error| match error.kind() {
        Kind::MissingVersion(unknown) => LoadError::NewerSchema {
            schema: schema.to_owned(),
            version: unknown.version(),
            name: unknown.name().to_owned(),
        },
        kind => LoadError::Migration { schema: schema.to_owned(), reason: reason(kind) },
    })?;
    Ok(report.applied_migrations().iter().map(|m| format!("{schema}: applied {m}")).collect())
}

/// The migration tool names the step and keeps the server's own words in the source.
fn reason(kind: &Kind) -> String {
    match std::error::Error::source(kind) {
        Some(source) => format!("{kind}: {source}"),
        None => kind.to_string(),
    }
}
