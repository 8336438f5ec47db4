//! Checks before any change: the server's fixed settings, and schemas that are ours or empty.

use std::collections::BTreeMap;

use mysql_async::{Conn, prelude::Queryable};

use crate::{
    Error, Names, Store,
    schema::{COLLATION, is_loaded, tables},
};

/// A required value of a setting that only the server's administrator can change.
struct Requirement {
    setting: &'static str,
    is_met: fn(&str) -> bool,
    reason: &'static str,
    cure: &'static str,
}

fn is_off(value: &str) -> bool {
    matches!(value, "OFF" | "0" | "" | "NO")
}

fn is_at_least(value: &str, minimum: u64) -> bool {
    value.parse::<u64>().is_ok_and(|value| value >= minimum)
}

const REQUIREMENTS: [Requirement; 11] = [
    Requirement {
        setting: "read_only",
        // MariaDB 12 has further levels, which all refuse the services' writes.
        is_met: is_off,
        reason: "the services cannot write",
        cure: "read_only = OFF, or use the primary server",
    },
    Requirement {
        setting: "super_read_only",
        is_met: is_off,
        reason: "the services cannot write",
        cure: "super_read_only = OFF, or use the primary server",
    },
    Requirement {
        setting: "innodb_read_only",
        is_met: is_off,
        reason: "the services cannot write",
        cure: "innodb_read_only = OFF",
    },
    Requirement {
        setting: "innodb_force_recovery",
        is_met: is_off,
        reason: "InnoDB refuses writes in this mode",
        cure: "innodb_force_recovery = 0",
    },
    Requirement {
        setting: "require_secure_transport",
        is_met: is_off,
        reason: "the services connect without TLS",
        cure: "require_secure_transport = OFF",
    },
    Requirement {
        setting: "innodb_flush_log_at_trx_commit",
        is_met: |value| value != "0",
        reason: "a crash of the server would lose loans that were acknowledged",
        cure: "innodb_flush_log_at_trx_commit = 1",
    },
    Requirement {
        setting: "innodb_page_size",
        is_met: |value| is_at_least(value, 8192),
        reason: "the keys on titles and authors do not fit",
        cure: "innodb_page_size = 16384, which takes a new data directory",
    },
    Requirement {
        setting: "max_allowed_packet",
        is_met: |value| is_at_least(value, 1 << 20),
        reason: "statements and rows of the library may be larger",
        cure: "max_allowed_packet = 16777216",
    },
    Requirement {
        setting: "max_prepared_stmt_count",
        // A process of the library keeps up to 32 statements in each of its 32 sessions.
        is_met: |value| is_at_least(value, 1024),
        reason: "the services prepare their statements",
        cure: "max_prepared_stmt_count = 16382",
    },
    Requirement {
        setting: "sql_select_limit",
        is_met: |value| is_at_least(value, 1 << 32),
        reason: "it would silently truncate the services' lists",
        cure: "sql_select_limit = DEFAULT",
    },
    Requirement {
        setting: "max_join_size",
        is_met: |value| is_at_least(value, 1 << 32),
        reason: "the services' larger reads would be refused",
        cure: "max_join_size = DEFAULT",
    },
];

/// Refuses a server whose fixed settings would break the library or lose data.
pub(crate) async fn check_server(conn: &mut Conn) -> Result<(), Error> {
    let settings: BTreeMap<String, String> =
        conn.query("SHOW GLOBAL VARIABLES").await?.into_iter().collect();
    check_settings(&settings)?;
    for setting in KEY_SETTINGS {
        let is_on = settings.get(setting).is_some_and(|value| !is_off(value));
        if is_on && conn.query_drop(format!("SET SESSION {setting} = 0")).await.is_err() {
            let reason = "the first version of the schema had a table without a primary key, and this account may not turn \
                          the setting off for its session";
            let cure = format!(
                "{setting} = OFF while the library is loaded for the first time, or grant the account \
                 SESSION_VARIABLES_ADMIN"
            );
            return Err(unusable(setting, "ON", reason, &cure));
        }
    }
    Ok(())
}

/// MySQL's settings about tables without a primary key, which the loader turns off for its session.
const KEY_SETTINGS: [&str; 2] = ["sql_require_primary_key", "sql_generate_invisible_primary_key"];

fn check_settings(settings: &BTreeMap<String, String>) -> Result<(), Error> {
    let value = |setting: &str| settings.get(setting).map(String::as_str);
    for Requirement { setting, is_met, reason, cure } in &REQUIREMENTS {
        if let Some(value) = value(setting)
            && !is_met(value)
        {
            return Err(unusable(setting, value, reason, cure));
        }
    }
    if value("log_bin") == Some("ON") && value("binlog_format") == Some("STATEMENT") {
        let reason =
            "with it, InnoDB refuses transactions at READ COMMITTED, which the services use";
        return Err(unusable("binlog_format", "STATEMENT", reason, "binlog_format = ROW"));
    }
    if let Some(engine) = value("enforce_storage_engine")
        && !engine.is_empty()
        && !engine.eq_ignore_ascii_case("InnoDB")
    {
        let reason = "other engines have no transactions";
        return Err(unusable(
            "enforce_storage_engine",
            engine,
            reason,
            "enforce_storage_engine = InnoDB",
        ));
    }
    Ok(())
}

fn unusable(setting: &str, value: &str, reason: &'static str, cure: &str) -> Error {
    Error::Setting {
        setting: setting.to_owned(),
        value: value.to_owned(),
        reason,
        cure: cure.to_owned(),
    }
}

/// Refuses schemas that hold tables of another application, and schemas and tables with another collation.
pub(crate) async fn check_schemas(conn: &mut Conn, names: &Names) -> Result<(), Error> {
    for store in Store::ALL {
        let schema = names.schema(store);
        let found = tables(conn, &schema).await?;
        if !found.is_empty() && !is_loaded(conn, &schema).await? {
            let shown = found.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            let tables = if found.len() > 3 { format!("{shown}, …") } else { shown };
            return Err(Error::ForeignSchema { schema, tables });
        }
        check_collation(conn, &schema).await?;
    }
    Ok(())
}

async fn check_collation(conn: &mut Conn, schema: &str) -> Result<(), Error> {
    let select =
        "SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = ?";
    let collation: Option<String> = conn.exec_first(select, (schema,)).await?;
    if let Some(collation) = collation.filter(|collation| collation != COLLATION) {
        return Err(Error::Collation {
            object: format!("the schema {schema}"),
            collation,
            cure: format!(
                "Run: ALTER DATABASE `{schema}` CHARACTER SET utf8mb4 COLLATE {COLLATION}"
            ),
        });
    }
    let select = "SELECT CONVERT(table_name USING utf8mb4), table_collation FROM information_schema.tables \
                  WHERE table_schema = ? AND table_type = 'BASE TABLE' AND table_collation <> ? LIMIT 1";
    let table: Option<(String, String)> = conn.exec_first(select, (schema, COLLATION)).await?;
    match table {
        Some((table, collation)) => Err(Error::Collation {
            object: format!("the table {schema}.{table}"),
            collation,
            cure: format!("Take a backup, drop the schema {schema}, and restore the backup"),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(settings: &[(&str, &str)]) -> Option<String> {
        let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        check_settings(&settings).err().map(|error| error.to_string())
    }

    #[test]
    fn a_setting_that_cannot_serve_is_named_with_its_value_and_cure() {
        for (setting, value) in [
            ("read_only", "ON"),
            ("super_read_only", "ON"),
            ("innodb_force_recovery", "4"),
            ("innodb_flush_log_at_trx_commit", "0"),
            ("innodb_page_size", "4096"),
            ("max_allowed_packet", "1024"),
            ("enforce_storage_engine", "MyISAM"),
            ("require_secure_transport", "ON"),
            ("sql_select_limit", "100"),
            ("max_join_size", "1000"),
            ("max_prepared_stmt_count", "0"),
            ("max_prepared_stmt_count", "100"),
        ] {
            let refusal = refusal(&[(setting, value)]).unwrap();
            assert!(refusal.contains(&format!("{setting} is {value}")), "{refusal}");
            assert!(refusal.contains(&format!("Set {setting} = ")), "{refusal}");
        }
        let binlog = refusal(&[("log_bin", "ON"), ("binlog_format", "STATEMENT")]).unwrap();
        assert!(binlog.contains("Set binlog_format = ROW"), "{binlog}");
    }

    #[test]
    fn settings_that_serve_pass_and_unknown_ones_are_ignored() {
        let fine = [
            ("read_only", "OFF"),
            ("innodb_force_recovery", "0"),
            ("innodb_flush_log_at_trx_commit", "2"),
            ("max_allowed_packet", "16777216"),
            ("enforce_storage_engine", ""),
            ("sql_select_limit", "18446744073709551615"),
            ("max_join_size", "18446744073709551615"),
            ("max_prepared_stmt_count", "1024"),
            ("log_bin", "OFF"),
            ("binlog_format", "STATEMENT"),
        ];
        assert_eq!(refusal(&fine), None);
        assert_eq!(refusal(&[]), None);
    }
}
