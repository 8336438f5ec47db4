//! Schemas and users for one test, on a server that all tests share.

use std::{
    collections::BTreeMap,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use library_db::{
    Error, Library, Names, Passwords, Pin, Store,
    backup::{self, TableSummary},
};
use mysql_async::{Conn, OptsBuilder};

use crate::from_xtask;

/// The librarian's PIN in tests.
pub const PIN: &str = "271828";

/// Schemas and users with unique names, dropped at the end of the test.
pub struct TestDatabase {
    admin_url: String,
    /// The names and settings to load
    pub library: Library,
}

impl TestDatabase {
    /// Reserves names without creating anything.
    ///
    /// # Panics
    /// If the tests were not started by `cargo xtask test`.
    #[must_use]
    pub fn empty() -> TestDatabase {
        TestDatabase::at(&from_xtask("LIBRARY_TEST_DATABASE_URL"))
    }

    /// Like [`empty`](Self::empty), on the server at `admin_url`.
    ///
    /// # Panics
    /// Never: the names are valid.
    #[must_use]
    pub fn at(admin_url: &str) -> TestDatabase {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let suffix = format!("_t{}_{}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let names = Names::with_suffix(&suffix).expect("a suffix");
        // All characters that are special in a URL or in SQL.
        let password = format!("p@:/?#%'\"\\ ä{suffix}");
        let passwords = Passwords {
            catalog: format!("c{password}"),
            patrons: format!("p{password}"),
            borrowing: format!("b{password}"),
        };
        TestDatabase {
            admin_url: admin_url.to_owned(),
            library: Library { names, passwords, demo_data: true, librarian_pin: None },
        }
    }

    /// Creates schemas, users and demo data, like the library's first start.
    ///
    /// # Panics
    /// If it fails.
    pub async fn loaded() -> TestDatabase {
        let database = TestDatabase::empty();
        database.load().await.expect("schemas, users and demo data");
        database
    }

    /// Like [`loaded`](Self::loaded); the librarian has the PIN [`PIN`].
    ///
    /// # Panics
    /// If it fails.
    pub async fn with_librarian() -> TestDatabase {
        TestDatabase::with_librarian_at(&from_xtask("LIBRARY_TEST_DATABASE_URL")).await
    }

    /// Like [`with_librarian`](Self::with_librarian), on the server at `admin_url`.
    ///
    /// # Panics
    /// If it fails.
    pub async fn with_librarian_at(admin_url: &str) -> TestDatabase {
        let mut database = TestDatabase::at(admin_url);
        database.library.librarian_pin = Some(Pin::new(PIN).expect("a PIN"));
        database.load().await.expect("schemas, users, demo data and a PIN");
        database
    }

    /// Runs the loader.
    ///
    /// # Errors
    /// Those of the loader.
    pub async fn load(&self) -> Result<Vec<String>, Error> {
        library_db::load(&self.admin_url, &self.library).await
    }

    /// The administrator's URL of the server.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.admin_url.clone()
    }

    /// The host and port of the server.
    ///
    /// # Panics
    /// If the administrator's URL has none.
    #[must_use]
    pub fn address(&self) -> (String, u16) {
        let url = url::Url::parse(&self.admin_url).expect("the database URL");
        (url.host_str().expect("a host").to_owned(), url.port().unwrap_or(3306))
    }

    /// Opens an administrator's session without a schema.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn server(&self) -> Conn {
        let opts = mysql_async::Opts::from_url(&self.admin_url).expect("the database URL");
        let opts = OptsBuilder::from_opts(opts).prefer_socket(false);
        Conn::new(opts).await.expect("a database session")
    }

    /// Opens an administrator's session in `store`'s schema.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn admin(&self, store: Store) -> Conn {
        let opts = mysql_async::Opts::from_url(&self.admin_url).expect("the database URL");
        self.session(OptsBuilder::from_opts(opts), store).await
    }

    /// Opens a session of `store`'s service user in its schema.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn service(&self, store: Store) -> Conn {
        let (host, port) = self.address();
        let opts = OptsBuilder::default()
            .ip_or_hostname(host)
            .tcp_port(port)
            .user(Some(self.library.names.user(store)))
            .pass(Some(self.library.passwords.of(store)));
        self.session(opts, store).await
    }

    /// The number of rows and the checksum of each table.
    ///
    /// # Panics
    /// If they cannot be read.
    pub async fn checksums(&self) -> BTreeMap<String, TableSummary> {
        let tables = backup::summarize(&self.admin_url, &self.library.names).await;
        let tables = tables.expect("the tables");
        assert_eq!(tables.len(), 15, "{tables:?}");
        tables
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
        // A separate runtime, because the test's runtime may be dropping this.
        let removed = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(library_db::remove(&url, &names))
        });
        if let Ok(Err(error)) = removed.join() {
            eprintln!("the test's schemas could not be dropped: {error}");
        }
    }
}
