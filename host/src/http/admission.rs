//! Admission control: limits the numbers of running and of waiting requests from outside.
//!
//! Requests queue by client, and there by kind (component, method and a hash of the path), and free slots go to the
//! clients and their kinds in turn. So a flood of one kind hardly delays the others, and a client that
//! makes up many kinds hardly delays other clients. One kind, all writes together and all slow uploads together can each
//! use only a part of the slots, so that hanging requests leave slots for the rest. When the queue is full, the client
//! with the most requests loses the newest of its longest line.
//!
//! Calls from component to component belong to a request that was admitted and are not counted.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};

use super::queue::{Kind, Queue};

/// The limits of admission.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests that run at once.
    pub running: usize,
    /// Requests that wait for a slot.
    pub waiting: usize,
    /// The maximum wait for a slot.
    pub wait: Duration,
}

impl Limits {
    /// Slots that requests of one kind may use: a quarter.
    fn per_kind(&self) -> usize {
        self.running.div_ceil(4)
    }

    /// Slots that requests of a class may use.
    fn per_class(&self, class: Class) -> usize {
        match class {
            Class::Read => self.running,
            Class::Write => (self.running * 3).div_ceil(8),
            Class::Upload => self.running.div_ceil(8),
        }
    }
}

/// Classes of requests with different shares of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A safe method, which changes nothing.
    Read,
    /// Any other method.
    Write,
    /// A request whose body did not arrive with its head.
    Upload,
}

/// The reason why a request was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The queue was full.
    QueueFull,
    /// No slot became free in time.
    TimedOut,
}

/// Hands out slots.
pub struct Admission {
    limits: Limits,
    state: Mutex<State>,
    /// Notified when the last running request ends.
    idle: Notify,
}

#[derive(Default)]
struct State {
    running: usize,
    running_by_class: [usize; 3],
    running_by_kind: HashMap<Kind, usize>,
    queue: Queue<Waiter>,
}

struct Waiter {
    class: Class,
    /// Receives the slot. Dropped when the request loses its place in a full queue.
    slot: oneshot::Sender<Slot>,
}

/// A slot of a running request. Dropping it frees the slot.
pub struct Slot {
    admission: Arc<Admission>,
    kind: Kind,
    class: Class,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.admission.release(self.kind, self.class);
    }
}

/// The place of a waiting request. Dropping it leaves the line.
struct Place<'a> {
    admission: &'a Admission,
    kind: Kind,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.admission.lock().queue.leave(self.kind, self.ticket);
    }
}

impl Admission {
    /// Creates an admission control without any requests.
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default(), idle: Notify::new() })
    }

    /// Waits for a slot.
    ///
    /// # Errors
    /// The queue is full, or no slot became free in time.
    pub async fn admit(self: &Arc<Self>, kind: Kind, class: Class) -> Result<Slot, Rejection> {
        let (place, slot) = {
            let mut state = self.lock();
            // A line exists only while its requests cannot run, and they go first.
            if !state.queue.has_line(kind) && state.may_run(&self.limits, kind, class) {
                state.start(kind, class);
                return Ok(Slot { admission: self.clone(), kind, class });
            }
            if state.queue.len() >= self.limits.waiting && !state.queue.make_room(kind) {
                return Err(Rejection::QueueFull);
            }
            let (sender, slot) = oneshot::channel();
            let ticket = state.queue.join(kind, Waiter { class, slot: sender });
            (Place { admission: self, kind, ticket }, slot)
        };
        let outcome = timeout(self.limits.wait, slot).await;
        drop(place);
        match outcome {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(_)) => Err(Rejection::QueueFull),
            Err(_) => Err(Rejection::TimedOut),
        }
    }

    /// Completes when no request runs.
    pub async fn wait_until_idle(&self) {
        loop {
            let notified = self.idle.notified();
            if self.lock().running == 0 {
                return;
            }
            notified.await;
        }
    }

    fn release(self: &Arc<Self>, kind: Kind, class: Class) {
        let admitted = {
            let mut state = self.lock();
            state.finish(kind, class);
            if state.running == 0 {
                self.idle.notify_waiters();
            }
            state.next_waiters(&self.limits)
        };
        // Outside the lock, because dropping the slot of a canceled request releases it, which takes the lock again.
        for (kind, waiter) in admitted {
            let slot = Slot { admission: self.clone(), kind, class: waiter.class };
            _ = waiter.slot.send(slot);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_run(&self, limits: &Limits, kind: Kind, class: Class) -> bool {
        self.running < limits.running
            && self.running_by_class[class as usize] < limits.per_class(class)
            && self.running_by_kind.get(&kind).is_none_or(|running| *running < limits.per_kind())
    }

    fn start(&mut self, kind: Kind, class: Class) {
        self.running += 1;
        self.running_by_class[class as usize] += 1;
        *self.running_by_kind.entry(kind).or_default() += 1;
    }

    fn finish(&mut self, kind: Kind, class: Class) {
        self.running -= 1;
        self.running_by_class[class as usize] -= 1;
        if let Some(running) = self.running_by_kind.get_mut(&kind) {
            *running -= 1;
            if *running == 0 {
                self.running_by_kind.remove(&kind);
            }
        }
    }

    /// Takes the requests that can run now out of their lines, in turn.
    fn next_waiters(&mut self, limits: &Limits) -> Vec<(Kind, Waiter)> {
        let mut admitted = Vec::new();
        while self.running < limits.running {
            let mut queue = std::mem::take(&mut self.queue);
            let next = queue.next(|kind, waiter| self.may_run(limits, kind, waiter.class));
            self.queue = queue;
            let Some((kind, waiter)) = next else { break };
            self.start(kind, waiter.class);
            admitted.push((kind, waiter));
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, pin::pin};

    use futures::FutureExt;

    use super::*;

    fn admission(running: usize, waiting: usize) -> Arc<Admission> {
        Admission::new(Limits { running, waiting, wait: Duration::from_secs(60) })
    }

    /// A kind of one client.
    fn kind(line: u64) -> Kind {
        Kind { client: Ipv4Addr::LOCALHOST.into(), line }
    }

    /// The result of a request that is not waiting.
    fn at_once(admission: &Arc<Admission>, line: u64, class: Class) -> Result<Slot, Rejection> {
        admission.admit(kind(line), class).now_or_never().expect("it waits")
    }

    #[tokio::test]
    async fn a_kind_and_a_class_get_only_a_part_of_the_slots() {
        let admission = admission(16, 0);
        let one_kind: Vec<_> = (0..4).map(|_| at_once(&admission, 1, Class::Read)).collect();
        assert!(one_kind.iter().all(Result::is_ok));
        assert_eq!(at_once(&admission, 1, Class::Read).err(), Some(Rejection::QueueFull));
        let writes: Vec<_> = (10..16).map(|line| at_once(&admission, line, Class::Write)).collect();
        assert!(writes.iter().all(Result::is_ok));
        assert_eq!(at_once(&admission, 20, Class::Write).err(), Some(Rejection::QueueFull));
        let uploads: Vec<_> =
            (30..32).map(|line| at_once(&admission, line, Class::Upload)).collect();
        assert!(uploads.iter().all(Result::is_ok));
        assert_eq!(at_once(&admission, 40, Class::Upload).err(), Some(Rejection::QueueFull));
        assert!(at_once(&admission, 50, Class::Read).is_ok(), "reads still run");
    }

    #[tokio::test]
    async fn kinds_take_turns() {
        let admission = admission(1, 10);
        let running = at_once(&admission, 1, Class::Read);
        let mut flood: Vec<_> =
            (0..3).map(|_| Box::pin(admission.admit(kind(1), Class::Read))).collect();
        assert!(flood.iter_mut().all(|request| request.now_or_never().is_none()));
        let mut other = pin!(admission.admit(kind(2), Class::Read));
        assert!(other.as_mut().now_or_never().is_none());
        drop(running);
        let first = flood[0].as_mut().now_or_never().expect("the first of the flood runs");
        drop(first);
        assert!(other.now_or_never().is_some(), "then the other kind, not the rest of the flood");
    }

    #[tokio::test]
    async fn a_full_queue_drops_the_newest_of_the_longest_line() {
        let admission = admission(1, 2);
        let running = at_once(&admission, 1, Class::Read);
        let mut first = pin!(admission.admit(kind(1), Class::Read));
        let mut second = pin!(admission.admit(kind(1), Class::Read));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        assert_eq!(at_once(&admission, 1, Class::Read).err(), Some(Rejection::QueueFull));
        let mut other = pin!(admission.admit(kind(2), Class::Read));
        assert!(other.as_mut().now_or_never().is_none(), "it waits");
        let dropped = second.now_or_never().expect("it is dropped");
        assert_eq!(dropped.err(), Some(Rejection::QueueFull));
        drop(running);
        assert!(first.now_or_never().is_some());
    }

    #[tokio::test]
    async fn waiting_ends_after_a_time() {
        let wait = Duration::from_millis(1);
        let admission = Admission::new(Limits { running: 1, waiting: 2, wait });
        let running = at_once(&admission, 1, Class::Read);
        let rejection = admission.admit(kind(1), Class::Read).await.err();
        assert_eq!(rejection, Some(Rejection::TimedOut));
        assert_eq!(admission.lock().queue.len(), 0);
        drop(running);
        assert!(at_once(&admission, 1, Class::Read).is_ok());
    }

    #[tokio::test]
    async fn a_slot_for_a_request_that_has_gone_is_passed_on() {
        let admission = admission(1, 3);
        let running = at_once(&admission, 1, Class::Read);
        let mut gone = Box::pin(admission.admit(kind(1), Class::Read));
        assert!(gone.as_mut().now_or_never().is_none());
        let mut next = pin!(admission.admit(kind(1), Class::Read));
        assert!(next.as_mut().now_or_never().is_none());
        drop(gone);
        drop(running);
        let slot = next.now_or_never().expect("it runs");
        drop(slot);
        assert_eq!(admission.lock().running, 0);
        admission.wait_until_idle().await;
    }
}
