//! The open connections, up to a limit. At the limit, a new connection replaces the one that has been idle longest, so
//! that silent clients cannot lock others out.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// All open connections.
pub struct Connections {
    permits: Arc<Semaphore>,
    limit: u32,
    idle: Mutex<Idle>,
}

/// The idle connections, the one that has been idle longest first.
#[derive(Default)]
struct Idle {
    next_key: u64,
    by_time: BTreeMap<u64, Arc<Notify>>,
}

/// One open connection. Dropping it makes room for another.
pub struct Connection {
    connections: Arc<Connections>,
    evicted: Arc<Notify>,
    /// The key among the idle connections, `None` during a request.
    idle_key: Mutex<Option<u64>>,
    _permit: OwnedSemaphorePermit,
}

/// A request on a connection. Dropping it makes the connection idle.
pub struct Busy(Arc<Connection>);

impl Connections {
    /// Allows up to `limit` connections.
    pub fn new(limit: u32) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(limit as usize));
        Arc::new(Self { permits, limit, idle: Mutex::default() })
    }

    /// Waits until there is room for another connection; closes the one that has been idle longest if
    /// necessary.
    pub async fn open(self: &Arc<Self>) -> Arc<Connection> {
        if self.permits.available_permits() == 0 {
            let oldest = self.lock().by_time.pop_first();
            if let Some((_, evicted)) = oldest {
                evicted.notify_one();
            }
        }
        let permit = self.permits.clone().acquire_owned().await;
        // The semaphore is never closed.
        let Ok(permit) = permit else { return std::future::pending().await };
        let connection = Arc::new(Connection {
            connections: self.clone(),
            evicted: Arc::default(),
            idle_key: Mutex::default(),
            _permit: permit,
        });
        connection.set_idle();
        connection
    }

    /// Completes when no connection is open.
    pub async fn wait_until_closed(&self) {
        _ = self.permits.acquire_many(self.limit).await;
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Marks the connection as in use by a request.
    pub fn begin_request(self: &Arc<Self>) -> Busy {
        self.leave_idle();
        Busy(self.clone())
    }

    /// Completes when the connection must close in favor of another.
    pub async fn evicted(&self) {
        self.evicted.notified().await;
    }

    /// Returns whether no request is in progress.
    pub fn is_idle(&self) -> bool {
        self.key().is_some()
    }

    fn set_idle(&self) {
        let mut idle = self.connections.lock();
        let key = idle.next_key;
        idle.next_key += 1;
        idle.by_time.insert(key, self.evicted.clone());
        *self.key() = Some(key);
    }

    fn leave_idle(&self) {
        if let Some(key) = self.key().take() {
            self.connections.lock().by_time.remove(&key);
        }
    }

    fn key(&self) -> MutexGuard<'_, Option<u64>> {
        self.idle_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set_idle();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.leave_idle();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_longest_idle_connection_makes_room() {
        let connections = Connections::new(3);
        let busy = connections.open().await;
        let request = busy.begin_request();
        let (older, newer) = (connections.open().await, connections.open().await);
        // It was idle first, but had a request since.
        drop(older.begin_request());
        let mut fourth = Box::pin(connections.open());
        assert!((&mut fourth).now_or_never().is_none(), "it waits for the evicted one to close");
        assert!(newer.evicted().now_or_never().is_some());
        assert!(older.evicted().now_or_never().is_none());
        assert!(busy.evicted().now_or_never().is_none(), "a request is never interrupted");
        drop(newer);
        assert!(fourth.now_or_never().is_some());
        drop(request);
    }
}
