//! Pools of MySQL sessions that requests share.
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use mysql_async::{Conn, Pool, consts::StatusFlags, prelude::Queryable};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::{
    address::{Address, AddressError, IDLE_TIMEOUT},
    statement::Effect,
};
use crate::outbound::Destination;

/// The timeout for opening a session.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The time that a component waits for a session if all are in use.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of pools. An app has a handful of addresses; the limit keeps a component that opens
/// arbitrary addresses from filling memory.
const MAX_POOLS: usize = 64;

/// The timeout for closing all sessions at shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum number of statements whose effect is remembered for an address.
const MAX_EFFECTS: usize = 512;

/// The idle time after which a session is pinged before it is used.
const CHECK_AFTER: Duration = Duration::from_secs(1);

/// All session pools, by address.
pub struct SessionPools {
    pools: Mutex<HashMap<String, Arc<SharedPool>>>,
    size: usize,
}

/// The sessions of one address.
pub struct SharedPool {
    pool: Pool,
    size: usize,
    destination: Destination,
    database: String,
    /// The statement that gives a reset session the state of a new one; `None` if sessions are not kept.
    setup: Option<String>,
    /// Limits the open sessions. Waiting for a permit does not count toward the connect timeout.
    permits: Arc<Semaphore>,
    /// Idle sessions with the settings of their last request. They count as open sessions of the pool.
    pinned: Mutex<Vec<Pinned>>,
    /// The effects of statements that ran.
    effects: Mutex<HashMap<String, Effect>>,
}

/// An idle session with settings.
struct Pinned {
    connection: Conn,
    /// The statement that set them.
    settings: Arc<str>,
    since: Instant,
}

/// An open session of a component. Dropping it returns it to its pool, which resets it if necessary.
pub struct Session {
    /// `None` only while it is exchanged for another one.
    connection: Option<Conn>,
    shared: Arc<SharedPool>,
    /// The statement that set the MySQL session's variables, if there was one.
    settings: Option<Arc<str>>,
    /// Whether an earlier request wrote through this connection, so that `ROW_COUNT()` and `LAST_INSERT_ID()` differ from
    /// those of a new one.
    was_written: bool,
    /// Whether this request wrote in it.
    is_written: bool,
    /// Whether a statement ran.
    is_used: bool,
    /// Whether the session may have changed in other ways than by its settings.
    is_changed: bool,
    /// Statements that failed or were interrupted, after which the session may be in any state.
    unfinished: usize,
    _permit: OwnedSemaphorePermit,
}

impl Session {
    /// The pool of the session.
    pub fn pool(&self) -> &SharedPool {
        &self.shared
    }

    /// The connection, to run `statement` on it, or `None` when there is nothing to do: the session has these
    /// settings already.
    ///
    /// # Errors
    /// The session is lost.
    pub(crate) async fn prepare(
        &mut self,
        statement: &str,
    ) -> Result<Option<&mut Conn>, mysql_async::Error> {
        self.unfinished += 1;
        let effect = self.shared.effect(statement);
        let is_first = !std::mem::replace(&mut self.is_used, true);
        match effect {
            Effect::None => {}
            Effect::Settings if is_first && self.take_pinned(statement).await => return Ok(None),
            Effect::Settings if self.settings.is_none() => self.settings = Some(statement.into()),
            Effect::Write => self.is_written = true,
            Effect::ReadsWrite if self.is_written => {}
            Effect::Settings | Effect::ReadsWrite | Effect::Unknown => {
                self.refresh().await?;
                self.is_changed = true;
            }
        }
        Ok(self.connection.as_mut())
    }

    /// Records that the statement of the last [`prepare`](Self::prepare) succeeded.
    pub(crate) fn note_success(&mut self) {
        self.unfinished -= 1;
    }

    /// Exchanges an unused session for an idle one with these settings. Returns whether there was one.
    async fn take_pinned(&mut self, settings: &str) -> bool {
        let Some(Pinned { mut connection, settings, since }) = self.shared.take(settings) else {
            return false;
        };
        if since.elapsed() > CHECK_AFTER {
            let check = timeout(CONNECT_TIMEOUT, connection.ping()).await;
            if !matches!(check, Ok(Ok(()))) {
                return false;
            }
        }
        if let Some(mut unused) = self.connection.replace(connection) {
            unused.reset_connection(false);
        }
        self.settings = Some(settings);
        self.was_written = true;
        true
    }

    /// Removes what an earlier request left, before a statement that could see it.
    async fn refresh(&mut self) -> Result<(), mysql_async::Error> {
        if !std::mem::take(&mut self.was_written) {
            return Ok(());
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        connection.reset().await?;
        for statement in
            self.shared.setup.iter().map(String::as_str).chain(self.settings.as_deref())
        {
            connection.query_drop(statement).await?;
        }
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let status = connection.last_ok_packet().map(mysql_async::OkPacket::status_flags);
        let is_outside_transaction =
            status.is_some_and(|status| !status.contains(StatusFlags::SERVER_STATUS_IN_TRANS));
        let is_autocommit =
            status.is_some_and(|status| status.contains(StatusFlags::SERVER_STATUS_AUTOCOMMIT));
        let is_kept = !self.is_changed && self.unfinished == 0 && is_outside_transaction;
        match self.settings.take() {
            Some(settings) if is_kept && self.shared.setup.is_some() => {
                self.shared.put_back(connection, settings);
            }
            // A reset costs two round trips and the prepared statements. Without autocommit, a query begins a transaction.
            settings => {
                let is_unchanged =
                    is_kept && is_autocommit && settings.is_none() && !self.is_written;
                connection.reset_connection(!is_unchanged);
            }
        }
    }
}

/// The numbers of open sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionCount {
    /// Those that components use.
    pub used: usize,
    /// Those that wait for use.
    pub idle: usize,
}

impl SharedPool {
    /// The host and port, to check against the allow list.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The database, empty if the address names none.
    pub fn database(&self) -> &str {
        &self.database
    }

    fn count(&self) -> SessionCount {
        let pooled = self.pool.metrics().connections_in_pool.load(Ordering::Relaxed);
        SessionCount {
            used: self.size - self.permits.available_permits(),
            idle: pooled + self.lock().len(),
        }
    }

    /// Takes a session from the pool, waits for one, or opens one.
    ///
    /// # Errors
    /// All sessions stay in use, the server cannot be reached, or it refuses the login. The text is for
    /// the component and contains no secret.
    pub async fn open(self: Arc<Self>) -> Result<Session, String> {
        let Ok(permit) = timeout(WAIT_TIMEOUT, self.permits.clone().acquire_owned()).await else {
            return Err(format!(
                "all {} sessions were in use for {} seconds",
                self.size,
                WAIT_TIMEOUT.as_secs()
            ));
        };
        let permit = permit.map_err(|error| error.to_string())?;
        self.make_room();
        match timeout(CONNECT_TIMEOUT, self.pool.get_conn()).await {
            Ok(Ok(connection)) => Ok(Session {
                connection: Some(connection),
                shared: self,
                settings: None,
                was_written: false,
                is_written: false,
                is_used: false,
                is_changed: false,
                unfinished: 0,
                _permit: permit,
            }),
            Ok(Err(error)) => Err(format!("{error:?}")),
            Err(_) => Err(format!("no answer within {} seconds", CONNECT_TIMEOUT.as_secs())),
        }
    }

    /// The effect of a statement. Components run the same few ones again and again.
    fn effect(&self, statement: &str) -> Effect {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(effect) = effects.get(statement) {
            return *effect;
        }
        if effects.len() >= MAX_EFFECTS {
            effects.clear();
        }
        let effect = Effect::of(statement);
        effects.insert(statement.to_owned(), effect);
        effect
    }

    /// Returns sessions with settings to the pool while they and the sessions in use exceed the limit.
    fn make_room(&self) {
        let in_use = self.size - self.permits.available_permits();
        let mut pinned = self.lock();
        while !pinned.is_empty() && pinned.len() + in_use > self.size {
            drop(pinned.remove(0));
        }
    }

    /// The session that was used last with these settings.
    fn take(&self, settings: &str) -> Option<Pinned> {
        let mut pinned = self.lock();
        let at = pinned.iter().rposition(|idle| *idle.settings == *settings)?;
        Some(pinned.remove(at))
    }

    fn put_back(self: &Arc<Self>, mut connection: Conn, settings: Arc<str>) {
        // Takes effect when the session leaves this list for the pool.
        connection.reset_connection(true);
        let mut pinned = self.lock();
        pinned.push(Pinned { connection, settings, since: Instant::now() });
        if let (1, Ok(runtime)) = (pinned.len(), Handle::try_current()) {
            runtime.spawn(Arc::clone(self).release_idle());
        }
    }

    /// Returns sessions that have been idle for [`IDLE_TIMEOUT`] to the pool, which closes them. Ends when none is left.
    async fn release_idle(self: Arc<Self>) {
        loop {
            sleep(IDLE_TIMEOUT).await;
            let mut pinned = self.lock();
            pinned.retain(|idle| idle.since.elapsed() < IDLE_TIMEOUT);
            if pinned.is_empty() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Pinned>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionPools {
    /// Creates empty pools of up to `size` sessions for each address.
    pub fn new(size: usize) -> Self {
        Self { pools: Mutex::default(), size }
    }

    /// The pool of an address.
    ///
    /// # Errors
    /// The address is not valid; the message does not quote it.
    pub fn pool(&self, address: &str) -> Result<Arc<SharedPool>, AddressError> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        let parsed = Address::parse(address)?;
        if pools.len() >= MAX_POOLS {
            // Open sessions keep their pool alive until they return to it.
            pools.clear();
        }
        let (options, setup) = parsed.pool_options(self.size);
        let pool = Arc::new(SharedPool {
            database: options.db_name().unwrap_or_default().to_owned(),
            pool: Pool::new(options),
            size: self.size,
            destination: parsed.into_destination(),
            setup,
            permits: Arc::new(Semaphore::new(self.size)),
            pinned: Mutex::default(),
            effects: Mutex::default(),
        });
        pools.insert(address.to_owned(), pool.clone());
        Ok(pool)
    }

    /// The numbers of sessions by server and database: `host:port/database`.
    pub fn count(&self) -> BTreeMap<String, SessionCount> {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = BTreeMap::<String, SessionCount>::new();
        for pool in pools.values() {
            let address = pool.destination.to_string();
            let address = address.trim_start_matches("mysql://");
            let count = counts.entry(format!("{address}/{}", pool.database)).or_default();
            let SessionCount { used, idle } = pool.count();
            *count = SessionCount { used: count.used + used, idle: count.idle + idle };
        }
        counts
    }

    /// Closes all sessions that are not in use.
    pub async fn close(&self) {
        let pools = std::mem::take(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner));
        let closing = pools.into_values().map(|shared| async move {
            shared.lock().clear();
            shared.pool.clone().disconnect().await
        });
        _ = timeout(CLOSE_TIMEOUT, futures::future::join_all(closing)).await;
    }
}
