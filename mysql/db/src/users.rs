//! Creates the services' database users with the grants of `users.sql`, and tests each login.

use mysql_async::{Conn, prelude::Queryable};

use crate::{Error, Files, Library, Names, Progress, Store, demo, server::Server};

/// Refuses accounts with our users' names and rights outside our schemas, because they belong to another application.
pub(crate) async fn check_accounts(conn: &mut Conn, names: &Names) -> Result<(), Error> {
    for store in Store::ALL {
        let account = account(names, store);
        let ours = format!(" ON `{}`.", names.schema(store));
        let grants = grants(conn, &account).await?.unwrap_or_default();
        let foreign = grants
            .iter()
            .find(|grant| !grant.starts_with("GRANT USAGE ON *.* ") && !grant.contains(&ours));
        if let Some(grant) = foreign {
            let grant = grant.split(" TO ").next().unwrap_or_default().to_owned();
            return Err(Error::ForeignAccount { account, grant });
        }
    }
    Ok(())
}

/// Creates the users, sets their passwords and rights, and logs in as each. The rights of a demo
/// come with its data: data that this run loads, or existing data.
pub(crate) async fn grant(
    server: &Server,
    conn: &mut Conn,
    library: &Library,
    files: &Files,
    progress: &Progress,
) -> Result<(), Error> {
    let names = &library.names;
    let mut before = Vec::new();
    for store in Store::ALL {
        let could_log_in = log_in(server, library, store).await.is_ok();
        before.push((privileges(conn, &account(names, store)).await?, could_log_in));
    }
    // A server that remembers passwords (MySQL's `password_history`) refuses to set the same one again. So one that works
    // stays, and that of a new account is set only once, by `CREATE USER`.
    let keeps_password = |store: Store| {
        let mut stores = Store::ALL.into_iter().zip(&before);
        stores
            .any(|(of, (rights, could_log_in))| of == store && (*could_log_in || rights.is_none()))
    };
    let mut rights = statements(&files.users, library, keeps_password);
    if library.demo_data || demo::has_first_day(conn, names).await? {
        rights.extend(statements(&files.users_demo, library, keeps_password));
    }
    for statement in rights {
        conn.query_drop(statement).await?;
    }
    for (store, (before, could_log_in)) in Store::ALL.into_iter().zip(before) {
        let (user, account) = (names.user(store), account(names, store));
        check_login(server, conn, library, store).await?;
        match before {
            None => progress.change(format!("{user}: created the database user")),
            Some(_) if !could_log_in => progress.change(format!("{user}: set the password")),
            Some(before) if Some(&before) != privileges(conn, &account).await?.as_ref() => {
                progress.change(format!("{user}: set the rights"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn account(names: &Names, store: Store) -> String {
    format!("'{}'@'%'", names.user(store))
}

/// The grants of an account, without credentials; `None` if the account does not exist.
async fn grants(conn: &mut Conn, account: &str) -> Result<Option<Vec<String>>, Error> {
    let grants: Vec<String> = match conn.query(format!("SHOW GRANTS FOR {account}")).await {
        // ER_NONEXISTING_GRANT
        Err(mysql_async::Error::Server(error)) if error.code == 1141 => return Ok(None),
        grants => grants?,
    };
    let without_password = |grant: String| match grant.split_once(" IDENTIFIED ") {
        Some((grant, _)) => grant.to_owned(),
        None => grant,
    };
    Ok(Some(grants.into_iter().map(without_password).collect()))
}

/// The privileges of an account on tables and columns, sorted; `None` if the account does not exist.
/// `SHOW GRANTS` can't be compared, because MariaDB's order is that of a hash table that all accounts share.
async fn privileges(conn: &mut Conn, account: &str) -> Result<Option<Vec<String>>, Error> {
    if grants(conn, account).await?.is_none() {
        return Ok(None);
    }
    let select = "SELECT CONCAT_WS(' ', TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE) \
                  FROM information_schema.TABLE_PRIVILEGES WHERE GRANTEE = ? \
                  UNION ALL \
                  SELECT CONCAT_WS(' ', TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE, COLUMN_NAME) \
                  FROM information_schema.COLUMN_PRIVILEGES WHERE GRANTEE = ?";
    let mut privileges: Vec<String> = conn.exec(select, (account, account)).await?;
    privileges.sort();
    Ok(Some(privileges))
}

/// The account that the server selects for `store`'s service.
async fn log_in(server: &Server, library: &Library, store: Store) -> mysql_async::Result<String> {
    let opts = server.as_account(&library.names.user(store), library.passwords.of(store));
    let mut session = Conn::new(opts).await?;
    let account: Option<String> = session.query_first("SELECT CURRENT_USER()").await?;
    session.disconnect().await?;
    Ok(account.unwrap_or_default())
}

/// Logs in like the service. The server may prefer an account of the same name for a more specific host, or an
/// anonymous one, with another password and other rights.
async fn check_login(
    server: &Server,
    conn: &mut Conn,
    library: &Library,
    store: Store,
) -> Result<(), Error> {
    let user = library.names.user(store);
    let reason = match log_in(server, library, store).await {
        Ok(account) if account == format!("{user}@%") => return Ok(()),
        Ok(account) => {
            let (name, host) = account.rsplit_once('@').unwrap_or((&account, ""));
            format!(
                "the server logs it in as '{name}'@'{host}', which takes precedence. Drop or rename that account"
            )
        }
        Err(mysql_async::Error::Server(error)) => {
            let rivals = rivals(conn, &user).await;
            if rivals.is_empty() {
                format!("the server refused the login: {}", error.message)
            } else {
                format!(
                    "the server refused the login ({}), because another account takes precedence: {}. Drop or rename it",
                    error.message,
                    rivals.join(", ")
                )
            }
        }
        Err(error) => format!("the login failed: {error}"),
    };
    Err(Error::ServiceLogin {
        service: store.service(),
        account: account(&library.names, store),
        reason,
    })
}

/// Accounts that take precedence over `'user'@'%'`.
async fn rivals(conn: &mut Conn, user: &str) -> Vec<String> {
    let select = "SELECT CONCAT('''', user, '''@''', host, '''') FROM mysql.user \
                  WHERE user IN (?, '') AND host <> '%' ORDER BY user = '', host";
    // Without the right to list accounts, the message omits them.
    conn.exec(select, (user,)).await.unwrap_or_default()
}

/// The statements of `users.sql` with names and passwords filled in. The text is split into statements first, so that a
/// password may contain any character. An `ALTER USER` leaves the password out for those in `keeps_password`.
fn statements(
    users: &str,
    library: &Library,
    keeps_password: impl Fn(Store) -> bool,
) -> Vec<String> {
    let text: String =
        users.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    text.split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(|statement| {
            let mut statement = statement.to_owned();
            for store in Store::ALL.into_iter().filter(|store| keeps_password(*store)) {
                if statement.starts_with("ALTER USER") {
                    let password = format!(" IDENTIFIED BY {{{}_password}}", store.service());
                    statement = statement.replace(&password, "");
                }
            }
            fill_in(&statement, library)
        })
        .collect()
}

/// The password is filled in last, because it may contain the name of a placeholder.
fn fill_in(statement: &str, library: &Library) -> String {
    let names = &library.names;
    let mut text = statement.to_owned();
    for store in Store::ALL {
        let user = format!("{{{}_user}}", store.service());
        let schema = format!("{{{}}}", store.schema());
        text = text
            .replace(&user, &account(names, store))
            .replace(&schema, &format!("`{}`", names.schema(store)));
    }
    for store in Store::ALL {
        let placeholder = format!("{{{}_password}}", store.service());
        if let Some((before, after)) = text.split_once(&placeholder) {
            return format!("{before}{}{after}", literal(library.passwords.of(store)));
        }
    }
    text
}

/// A string literal for our sessions' SQL mode, in which backslashes are escapes.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Passwords;

    fn library(password: &str) -> Library {
        let password = password.to_owned();
        Library {
            names: Names::with_suffix("_t").unwrap(),
            passwords: Passwords {
                catalog: password.clone(),
                patrons: password.clone(),
                borrowing: password,
            },
            demo_data: false,
            librarian_pin: None,
        }
    }

    #[test]
    fn every_name_and_password_is_filled_in() {
        let statements = statements(&Files::built_in().users, &library("pw"), |_| false);
        assert_eq!(statements[0], "CREATE USER IF NOT EXISTS 'catalog_t'@'%' IDENTIFIED BY 'pw'");
        assert_eq!(
            statements.last().unwrap(),
            "GRANT SELECT (version) ON `borrowdb_t`.refinery_schema_history TO 'borrowing_t'@'%'"
        );
        assert!(statements.iter().all(|s| !s.contains('{')), "{statements:?}");
        let of_demo = super::statements(&Files::built_in().users_demo, &library("pw"), |_| false);
        assert!(of_demo.iter().all(|s| s.starts_with("GRANT ") && !s.contains('{')), "{of_demo:?}");
    }

    #[test]
    fn a_password_that_works_is_not_set_again() {
        let users = Files::built_in().users;
        let statements = statements(&users, &library("pw"), |store| store == Store::Patrons);
        let alter = |user: &str| {
            let start = format!("ALTER USER '{user}_t'@'%' ");
            let found = statements.iter().find_map(|statement| statement.strip_prefix(&*start));
            found.unwrap().to_owned()
        };
        let rest = "REQUIRE NONE PASSWORD EXPIRE NEVER ACCOUNT UNLOCK";
        assert_eq!(alter("patrons"), rest);
        for user in ["catalog", "borrowing"] {
            assert_eq!(alter(user), format!("IDENTIFIED BY 'pw' {rest}"));
        }
        let creates = statements.iter().filter(|statement| statement.starts_with("CREATE USER"));
        assert!(creates.clone().all(|create| create.ends_with("IDENTIFIED BY 'pw'")));
        assert_eq!(creates.count(), 3, "an account that was dropped meanwhile is created");
    }

    #[test]
    fn a_password_stays_inside_its_quotes() {
        let count = statements(&Files::built_in().users, &library("pw"), |_| false).len();
        let statements = statements(&Files::built_in().users, &library(r"a'; DROP\"), |_| false);
        assert_eq!(statements.len(), count);
        assert!(statements[1].contains(r"IDENTIFIED BY 'a''; DROP\\'"), "{}", statements[1]);
    }

    #[test]
    fn a_password_that_looks_like_a_placeholder_stays_as_it_is() {
        let statements =
            statements(&Files::built_in().users, &library("{patrons_user}"), |_| false);
        assert!(statements[0].ends_with("IDENTIFIED BY '{patrons_user}'"), "{}", statements[0]);
    }
}
