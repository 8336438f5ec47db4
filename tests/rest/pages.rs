//! The pages as HTTP responses.

use library_db::Store;
use mysql_async::prelude::Queryable;
use tests::TestApp;

#[tokio::test]
async fn the_catalog_page_shows_every_book_of_the_database() {
    let app = TestApp::start().await;
    let mut catalog = app.database.admin(Store::Catalog).await;
    let titles: Vec<String> = catalog.query("SELECT title FROM books").await.unwrap();
    assert_eq!(titles.len(), 20);

    let page = app.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for title in titles {
        let escaped = title.replace('&', "&#38;").replace('\'', "&#39;");
        assert!(page.body.contains(&escaped), "{title} is not on the page");
    }
    catalog.query_drop("DELETE FROM books WHERE id > 1").await.unwrap();
    assert!(!app.get("/").body.contains("Wild Kindred"), "the page shows what is there now");
    catalog.query_drop("DELETE FROM books").await.unwrap();
    let empty = app.get("/");
    assert_eq!(empty.status, 200);
    assert!(empty.body.contains("There are no books yet"), "{}", empty.body);
}

#[tokio::test]
async fn titles_cannot_inject_html() {
    let app = TestApp::start().await;
    let mut catalog = app.database.admin(Store::Catalog).await;
    catalog
        .query_drop(
            "INSERT INTO books (title, author, count, thumbnailUrl) VALUES \
             ('<script>alert(1)</script>', '\"><img src=x onerror=alert(2)>', 1, 'javascript:alert(3)')",
        )
        .await
        .unwrap();
    let page = app.get("/").body;
    for markup in ["<script", "<img src=x", "src=\"javascript:"] {
        assert!(!page.contains(markup), "{markup} got through");
    }
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "the title is escaped");
}

#[tokio::test]
async fn every_page_has_security_headers() {
    let app = TestApp::start().await;
    for (path, status) in
        [("/", 200), ("/about", 200), ("/about/", 200), ("/nothing", 404), ("/catdbx", 404)]
    {
        let page = app.get(path);
        assert_eq!(
            (page.status, page.header("content-type")),
            (status, "text/html; charset=utf-8"),
            "{path}"
        );
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(page.body.contains("href=\"/\""), "{path} has links that lead on");
    }
}

#[tokio::test]
async fn assets_are_named_by_hash_and_cached_for_a_year() {
    let app = TestApp::start().await;
    let page = app.get("/").body;
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let assets: Vec<&str> = hrefs.filter(|path| path.starts_with("/assets/")).collect();
    assert_eq!(assets.len(), 3, "a stylesheet and two icons: {assets:?}");
    for path in assets {
        let asset = app.get(path);
        assert_eq!(asset.status, 200, "{path}");
        let caching = asset.header("cache-control");
        assert!(
            caching.contains("max-age=31536000") && caching.contains("immutable"),
            "{path}: {caching}"
        );
        assert_eq!(asset.header("x-content-type-options"), "nosniff", "{path}");
    }
    assert_eq!(app.get("/assets/library.0000000000000000.css").status, 404);
    assert_eq!(app.get("/assets/..%2F..%2Fspin.toml").status, 404);
}

#[tokio::test]
async fn pages_reject_other_methods_with_405() {
    let app = TestApp::start().await;
    for (path, methods) in [("/", &["PUT", "DELETE"][..]), ("/about", &["POST", "PUT", "DELETE"])] {
        for &method in methods {
            let answer = app.send(method, path);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").contains("GET"), "{method} {path}");
        }
        let (head, get) = (app.send("HEAD", path), app.get(path));
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn without_the_catalog_service_the_page_is_a_quick_503() {
    let unused = format!("http://127.0.0.1:{}", tests::free_port());
    let database = tests::TestDatabase::loaded().await;
    let app = TestApp::start_on(database, &[("catalog_url", &unused)]);
    let asked = std::time::Instant::now();
    let page = app.get("/");
    assert!(asked.elapsed().as_secs() < 5, "within a person's patience");
    assert_eq!((page.status, page.header("content-type")), (503, "text/html; charset=utf-8"));
    assert_ne!(page.header("retry-after"), "");
    assert!(
        page.body.contains("href=\"/about\"") && !page.body.contains("127.0.0.1"),
        "{}",
        page.body
    );
    assert_eq!(app.get("/about").status, 200);
}

#[tokio::test]
async fn a_hanging_service_does_not_delay_pages_beyond_5_seconds() {
    // A listener that accepts connections and never responds.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    for (variable, expected) in [
        ("borrowing_url", [("/", 200), ("/book/7", 200), ("/about", 200)]),
        ("catalog_url", [("/", 503), ("/book/7", 503), ("/about", 200)]),
    ] {
        let app = TestApp::start_on(tests::TestDatabase::loaded().await, &[(variable, &address)]);
        std::thread::scope(|scope| {
            for (path, status) in expected {
                let app = &app;
                scope.spawn(move || {
                    let asked = std::time::Instant::now();
                    let page = app.get(path);
                    assert_eq!(page.status, status, "{variable} {path}");
                    assert!(asked.elapsed().as_secs() < 5, "{variable} {path} is slow");
                });
            }
        });
    }
}
