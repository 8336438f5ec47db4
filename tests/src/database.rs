//! Schemas and users of a test's own, on the server that all tests share.

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use loader::{Library, LoadError, Names, Passwords, Pin, Store};
use mysql_async::{Conn, OptsBuilder, prelude::Queryable};

use crate::from_xtask;

/// The librarian's PIN in tests.
pub const PIN: &str = "271828";

/// Schemas and users with names that no other test has; dropped at the end.
pub struct TestDatabase {
    admin_url: String,
    /// What is loaded
    pub library: Library,
}

impl TestDatabase {
    /// Names on the server, with nothing behind them yet.
    ///
    /// # Panics
    /// When the tests were not started by `cargo xtask test`.
    #[must_use]
    pub fn empty() -> TestDatabase {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let suffix = format!("_t{}_{}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let names = Names::with_suffix(&suffix).expect("a suffix");
        // Every character that is hard in a URL or in SQL: a password may hold any.
        let password = format!("p@:/?#%'\"\\ ä{suffix}");
        let passwords = Passwords {
            catalog: format!("c{password}"),
            patrons: format!("p{password}"),
            borrowing: format!("b{password}"),
        };
        TestDatabase {
            admin_url: from_xtask("LIBRARY_TEST_DATABASE_URL"),
            library: Library { names, passwords, demo_data: true, librarian_pin: None },
        }
    }

    /// Schemas, users and demo data, as a fresh start of the library makes them.
    ///
    /// # Panics
    /// When they can't be made.
    pub async fn loaded() -> TestDatabase {
        let database = TestDatabase::empty();
        database.load().await.expect("schemas, users and demo data");
        database
    }

    /// As [`loaded`](Self::loaded), and the librarian has the PIN [`PIN`].
    ///
    /// # Panics
    /// When they can't be made.
    pub async fn with_librarian() -> TestDatabase {
        let mut database = TestDatabase::empty();
        database.library.librarian_pin = Some(Pin::new(PIN).expect("a PIN"));
        database.load().await.expect("schemas, users, demo data and a PIN");
        database
    }

    /// Runs the loader.
    ///
    /// # Errors
    /// The loader's own.
    pub async fn load(&self) -> Result<Vec<String>, LoadError> {
        loader::load(&self.admin_url, &self.library).await
    }

    /// Host and port of the server.
    ///
    /// # Panics
    /// When the administrator's URL has none.
    #[must_use]
    pub fn address(&self) -> (String, u16) {
        let url = url::Url::parse(&self.admin_url).expect("the database URL");
        (url.host_str().expect("a host").to_owned(), url.port().unwrap_or(3306))
    }

    /// A session of the administrator in no schema.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn server(&self) -> Conn {
        let opts = mysql_async::Opts::from_url(&self.admin_url).expect("the database URL");
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false);
        Conn::new(opts).await.expect("a database session")
    }

    /// A session of the administrator in `store`'s schema.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn admin(&self, store: Store) -> Conn {
        let opts = mysql_async::Opts::from_url(&self.admin_url).expect("the database URL");
        self.session(OptsBuilder::from_opts(opts), store).await
    }

    /// A session of `store`'s own service user in its schema.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn service(&self, store: Store) -> Conn {
        let (host, port) = self.address();
        let opts = OptsBuilder::default()
            .ip_or_hostname(host)
            .tcp_port(port)
            .user(Some(self.library.names.user(store)))
            .pass(Some(self.library.passwords.of(store)));
        self.session(opts, store).await
    }

    /// What is in every table, as the server sums it up.
    ///
    /// # Panics
    /// When it can't be told.
    pub async fn checksums(&self) -> Vec<(String, Option<u64>)> {
        let mut sums = Vec::new();
        for store in Store::ALL {
            let mut session = self.admin(store).await;
            let tables: Vec<String> = session.query("SHOW TABLES").await.expect("the tables");
            for table in tables {
                let sum = session.query_first(format!("CHECKSUM TABLE {table}")).await;
                sums.push(sum.expect("a checksum").expect("a checksum"));
            }
        }
        assert_eq!(sums.len(), 10, "seven tables and three histories");
        sums
    }

    async fn session(&self, opts: OptsBuilder, store: Store) -> Conn {
        let schema = self.library.names.schema(store);
        let opts = opts.prefer_socket(false).db_name(Some(schema));
        Conn::new(opts).await.expect("a database session")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (url, names) = (self.admin_url.clone(), self.library.names.clone());
        // A runtime of its own, because the test's may be the one that is dropping this.
        let removed = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(loader::remove(&url, &names))
        });
        if let Ok(Err(error)) = removed.join() {
            eprintln!("the test's schemas could not be dropped: {error}");
        }
    }
}
