//! Another client that uses the library while a crowd floods it: it opens a connection for each request, as a new visitor.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinHandle;

use crate::connection::Connection;

/// An address of its own.
const ANOTHER: [u8; 4] = [127, 0, 0, 2];

/// The slowest answer, and to which request.
pub type Slowest = (Duration, String);

/// The client at work.
pub struct Watch {
    is_over: Arc<AtomicBool>,
    task: JoinHandle<Slowest>,
}

/// Begins to ask for health, a style sheet and pages, one after the other.
pub async fn begin(address: SocketAddr) -> Watch {
    let mut connection = Connection::new(address, ANOTHER);
    let page = connection.send("GET", "/about", None).await.expect("a page");
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let style = page.split("href=\"/assets/").nth(1).and_then(|rest| rest.split('"').next());
    let style = format!("/assets/{}", style.expect("a style sheet"));
    let is_over = Arc::new(AtomicBool::new(false));
    let task = tokio::spawn({
        let is_over = is_over.clone();
        async move {
            let mut slowest = Slowest::default();
            while !is_over.load(Ordering::Relaxed) {
                for path in [
                    "/.well-known/spin/health",
                    "/catdb/healthz",
                    "/borrow/healthz",
                    &style,
                    "/about",
                    "/",
                    "/book/1",
                ] {
                    let answer = Connection::new(address, ANOTHER).send("GET", path, None).await;
                    let answer = answer.unwrap_or_else(|why| panic!("{why}"));
                    assert_eq!(answer.status, 200, "GET {path}: {answer:?}");
                    if answer.duration > slowest.0 {
                        slowest = (answer.duration, format!("GET {path}"));
                    }
                }
            }
            slowest
        }
    });
    Watch { is_over, task }
}

impl Watch {
    /// Ends after the round that has begun.
    pub async fn end(self) -> Slowest {
        self.is_over.store(true, Ordering::Relaxed);
        self.task.await.expect("every request answered")
    }
}
