//! The waiting requests: lines of one kind each, and the lines of one client together.
//!
//! Turns go to the clients one after another, and to the lines of a client one after another. So a client with many kinds
//! of requests gets no more turns than a client with one.
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::IpAddr,
};

/// The kind of a request: requests of one kind wait in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The client's network.
    pub client: IpAddr,
    /// One of the client's lines.
    pub line: u64,
}

/// The network that counts as one client: an IPv6 client has at least the /64 around its address (RFC 6177).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address => address,
    }
}

/// The waiting requests.
pub struct Queue<W> {
    waiting: usize,
    clients: HashMap<IpAddr, Lines<W>>,
    /// The clients with a line, in the order of their next turns.
    turns: VecDeque<IpAddr>,
    next_ticket: u64,
}

/// The lines of one client.
struct Lines<W> {
    waiting: usize,
    /// By ticket. The tickets are in order of arrival.
    lines: HashMap<u64, BTreeMap<u64, W>>,
    /// The lines in the order of their next turns.
    turns: VecDeque<u64>,
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Self { waiting: 0, clients: HashMap::new(), turns: VecDeque::new(), next_ticket: 0 }
    }
}

impl<W> Default for Lines<W> {
    fn default() -> Self {
        Self { waiting: 0, lines: HashMap::new(), turns: VecDeque::new() }
    }
}

impl<W> Queue<W> {
    /// The number of waiting requests.
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Whether requests of this kind wait.
    pub fn has_line(&self, kind: Kind) -> bool {
        self.clients.get(&kind.client).is_some_and(|client| client.lines.contains_key(&kind.line))
    }

    /// Adds a request at the end of its line. Returns its ticket.
    pub fn join(&mut self, kind: Kind, waiter: W) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting += 1;
        let client = self.clients.entry(kind.client).or_default();
        if client.waiting == 0 {
            self.turns.push_back(kind.client);
        }
        client.waiting += 1;
        let line = client.lines.entry(kind.line).or_default();
        if line.is_empty() {
            client.turns.push_back(kind.line);
        }
        line.insert(ticket, waiter);
        ticket
    }

    /// Removes a waiting request. Does nothing if it has already left the line.
    pub fn leave(&mut self, kind: Kind, ticket: u64) -> Option<W> {
        let client = self.clients.get_mut(&kind.client)?;
        let line = client.lines.get_mut(&kind.line)?;
        let waiter = line.remove(&ticket)?;
        self.waiting -= 1;
        client.waiting -= 1;
        if line.is_empty() {
            client.lines.remove(&kind.line);
            client.turns.retain(|other| *other != kind.line);
        }
        if client.waiting == 0 {
            self.clients.remove(&kind.client);
            self.turns.retain(|other| *other != kind.client);
        }
        Some(waiter)
    }

    /// Removes the newest request of the longest line of the client with the most requests, to make room for one of the
    /// kind `arriving`. A client that has as many itself makes room in its own lines, unless that of this kind is as long.
    pub fn make_room(&mut self, arriving: Kind) -> bool {
        let own = self.clients.get(&arriving.client).map_or(0, |client| client.waiting);
        let busiest = self.clients.iter().max_by_key(|(_, client)| client.waiting);
        let other = busiest.filter(|(_, client)| client.waiting > own).map(|(client, _)| *client);
        let client = other.unwrap_or(arriving.client);
        let Some(lines) = self.clients.get(&client).map(|client| &client.lines) else {
            return false;
        };
        let own_line = match other {
            Some(_) => 0,
            None => lines.get(&arriving.line).map_or(0, BTreeMap::len),
        };
        let longest = lines.iter().max_by_key(|(_, line)| line.len());
        let Some((&line, waiters)) = longest.filter(|(_, waiters)| waiters.len() > own_line) else {
            return false;
        };
        let newest = waiters.last_key_value().map(|(ticket, _)| *ticket);
        newest.is_some_and(|ticket| self.leave(Kind { client, line }, ticket).is_some())
    }

    /// Takes the next request that `may_run`, in turn.
    pub fn next(&mut self, may_run: impl Fn(Kind, &W) -> bool) -> Option<(Kind, W)> {
        for at in 0..self.turns.len() {
            let client = *self.turns.get(at)?;
            let lines = self.clients.get_mut(&client)?;
            let found = lines.turns.iter().enumerate().find_map(|(at, &line)| {
                let (ticket, waiter) = lines.lines.get(&line)?.first_key_value()?;
                let kind = Kind { client, line };
                may_run(kind, waiter).then_some((at, kind, *ticket))
            });
            if let Some((line_at, kind, ticket)) = found {
                // Both go to the end. Those that are blocked keep their place.
                move_to_end(&mut lines.turns, line_at);
                move_to_end(&mut self.turns, at);
                return self.leave(kind, ticket).map(|waiter| (kind, waiter));
            }
        }
        None
    }
}

fn move_to_end<T>(turns: &mut VecDeque<T>, at: usize) {
    if let Some(turn) = turns.remove(at) {
        turns.push_back(turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(client: u8, line: u64) -> Kind {
        Kind { client: IpAddr::from([192, 0, 2, client]), line }
    }

    fn queue(kinds: &[Kind]) -> Queue<()> {
        let mut queue = Queue::default();
        kinds.iter().for_each(|kind| _ = queue.join(*kind, ()));
        queue
    }

    /// The kinds in the order of their turns.
    fn order(mut queue: Queue<()>) -> Vec<Kind> {
        std::iter::from_fn(|| queue.next(|_, ()| true).map(|(kind, ())| kind)).collect()
    }

    #[test]
    fn a_network_is_one_client() {
        for (address, of) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
            ("::1", "::"),
        ] {
            assert_eq!(network(address.parse().unwrap()).to_string(), of, "{address}");
        }
    }

    #[test]
    fn a_client_with_many_lines_gets_no_more_turns() {
        let many: Vec<Kind> = (0..20).map(|line| kind(1, line)).collect();
        let queue = queue(&[&many[..], &[kind(2, 0), kind(2, 0), kind(3, 7)]].concat());
        let clients: Vec<_> = order(queue).iter().map(|kind| kind.client).collect();
        let [one, two, three] = [1, 2, 3].map(|client| kind(client, 0).client);
        assert_eq!(clients[..6], [one, two, three, one, two, one]);
    }

    #[test]
    fn lines_of_a_client_take_turns() {
        let queue = queue(&[kind(1, 1), kind(1, 1), kind(1, 1), kind(1, 2), kind(1, 3)]);
        let lines: Vec<_> = order(queue).iter().map(|kind| kind.line).collect();
        assert_eq!(lines, [1, 2, 3, 1, 1]);
    }

    #[test]
    fn a_blocked_line_keeps_its_turn() {
        let mut queue = queue(&[kind(1, 1), kind(1, 2), kind(2, 1)]);
        let not_1 = |kind: Kind, (): &()| kind.line != 1;
        assert_eq!(queue.next(not_1), Some((kind(1, 2), ())));
        assert_eq!(queue.next(not_1), None);
        assert_eq!(order(queue), [kind(2, 1), kind(1, 1)]);
    }

    #[test]
    fn the_client_with_the_most_requests_makes_room() {
        let many: Vec<Kind> = (0..5).map(|line| kind(1, line)).collect();
        let mut queue = queue(&[&many[..], &[kind(2, 0)]].concat());
        // Another client's request replaces one of the many, a request of the many only one in a longer line.
        assert!(queue.make_room(kind(3, 0)));
        assert_eq!((queue.len(), queue.clients[&kind(1, 0).client].waiting), (5, 4));
        assert!(queue.make_room(kind(2, 0)));
        assert!(queue.has_line(kind(2, 0)));
        assert!(!(0..5).all(|line| queue.has_line(kind(1, line))));
        queue.join(kind(1, 90), ());
        assert!(!queue.make_room(kind(1, 90)), "its own line is as long as any");
        assert!(queue.make_room(kind(1, 91)), "a line of its own takes the place of another one");
        assert!(!Queue::<()>::default().make_room(kind(1, 1)), "nobody waits");
    }

    #[test]
    fn nothing_is_left_of_those_who_leave() {
        let mut queue = Queue::default();
        let ticket = queue.join(kind(1, 1), ());
        assert!(queue.has_line(kind(1, 1)));
        assert_eq!(queue.leave(kind(1, 1), ticket), Some(()));
        assert_eq!(queue.leave(kind(1, 1), ticket), None);
        assert_eq!((queue.len(), queue.clients.len(), queue.turns.len()), (0, 0, 0));
    }
}
