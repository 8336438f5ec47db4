//! Brings one schema from whatever version it has to the newest that this version of the library knows.

use mysql_async::{Opts, OptsBuilder, Pool};
use refinery::error::Kind;

use crate::{LoadError, Store};

mod catalogdb {
    refinery::embed_migrations!("../catalogdb");
}
mod patronsdb {
    refinery::embed_migrations!("../patronsdb");
}
mod borrowdb {
    refinery::embed_migrations!("../borrowdb");
}

/// Applies what is missing in `schema` and says what that was.
pub(crate) async fn apply(
    admin: &Opts,
    store: Store,
    schema: &str,
) -> Result<Vec<String>, LoadError> {
    let runner = match store {
        Store::Catalog => catalogdb::migrations::runner(),
        Store::Patrons => patronsdb::migrations::runner(),
        Store::Borrowing => borrowdb::migrations::runner(),
    };
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
