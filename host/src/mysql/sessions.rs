//! The sessions with MySQL servers that requests share, one after another.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use mysql_async::{Conn, Pool};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::Address;

/// How long a server may take to accept a session and log it in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Addresses to keep pools for. An app has a handful; a component that makes up addresses must not
/// fill the memory.
const MOST_POOLS: usize = 64;

/// How long the server is given to take leave of us when the app stops.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// All pools, by address.
pub struct Sessions {
    pools: Mutex<HashMap<String, SharedPool>>,
    size: usize,
}

#[derive(Clone)]
struct SharedPool {
    pool: Pool,
    /// Who waits for a session waits here, so that the connect timeout is about the server alone.
    turns: Arc<Semaphore>,
}

/// A session that a component has open. It goes back to its pool when dropped.
pub struct Session {
    pub(super) connection: Conn,
    _turn: OwnedSemaphorePermit,
}

impl Sessions {
    /// No sessions yet; up to `size` for each address.
    pub fn new(size: usize) -> Self {
        Self { pools: Mutex::default(), size }
    }

    /// Takes a session from the pool, or waits for one, or makes one.
    ///
    /// # Errors
    /// The server cannot be reached or does not let us in, as text for the component.
    pub async fn open(&self, address: &Address) -> Result<Session, String> {
        let SharedPool { pool, turns } = self.pool(address);
        let turn = turns.acquire_owned().await.map_err(|error| error.to_string())?;
        match timeout(CONNECT_TIMEOUT, pool.get_conn()).await {
            Ok(Ok(connection)) => Ok(Session { connection, _turn: turn }),
            Ok(Err(error)) => Err(format!("{error:?}")),
            Err(_) => Err(format!("no answer within {} seconds", CONNECT_TIMEOUT.as_secs())),
        }
    }

    fn pool(&self, address: &Address) -> SharedPool {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&address.key) {
            return pool.clone();
        }
        if pools.len() >= MOST_POOLS {
            // Sessions that are in use keep their pool alive until they come back to it.
            pools.clear();
        }
        let pool = SharedPool {
            pool: Pool::new(address.pool_options(self.size)),
            turns: Arc::new(Semaphore::new(self.size)),
        };
        pools.insert(address.key.clone(), pool.clone());
        pool
    }

    /// Logs out of all servers.
    pub async fn close(&self) {
        let pools = std::mem::take(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner));
        let closing = pools.into_values().map(|shared| shared.pool.disconnect());
        _ = timeout(CLOSE_TIMEOUT, futures::future::join_all(closing)).await;
    }
}
