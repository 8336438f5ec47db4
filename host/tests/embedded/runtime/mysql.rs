//! A real MySQL-compatible server: `LIBRARY_TEST_DATABASE_URL`, with a user that may create schemas.
use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
};

use mysql_async::{Conn, Opts, prelude::Queryable};

use super::{App, PROBE, Runtime};

/// A schema for one test, with an administrator's access to it.
pub struct Schema {
    pub name: String,
    admin: String,
    pub url: String,
    executor: tokio::runtime::Runtime,
}

impl Schema {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let admin = env::var("LIBRARY_TEST_DATABASE_URL").expect(
            "LIBRARY_TEST_DATABASE_URL must be the URL of a MySQL-compatible server and its administrator",
        );
        let name = format!("host_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut url = url::Url::parse(&admin).expect("LIBRARY_TEST_DATABASE_URL is a URL");
        url.set_path(&name);
        let executor = tokio::runtime::Runtime::new().unwrap();
        let schema = Self { name, admin, url: url.into(), executor };
        schema.run(&format!("CREATE DATABASE {} CHARACTER SET utf8mb4", schema.name));
        schema
    }

    /// Runs a statement as the administrator; returns the first column.
    pub fn run(&self, statement: &str) -> Vec<String> {
        self.executor.block_on(async {
            let mut connection = Conn::new(Opts::from_url(&self.admin).unwrap()).await.unwrap();
            let rows = connection.query(statement).await.unwrap();
            connection.disconnect().await.unwrap();
            rows
        })
    }

    pub fn is_mariadb(&self) -> bool {
        self.run("SELECT VERSION()").concat().contains("MariaDB")
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.run(&format!("DROP DATABASE {}", self.name));
    }
}

pub fn start(arguments: &[&str]) -> Runtime {
    App::new(&format!("{PROBE}allowed_outbound_hosts = [\"mysql://*:*\"]\n")).start(arguments)
}

/// Runs the statements in a component, all on one session; returns one result per statement.
pub fn sql(runtime: &Runtime, url: &str, statements: &[&str]) -> Vec<String> {
    let response = runtime.post("/sql", &format!("{url}\n{}", statements.join("\n")));
    assert_eq!(response.status, 200, "{}", runtime.log());
    response.body.lines().map(str::to_owned).collect()
}
