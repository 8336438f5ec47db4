//! Requests to a library on a cluster, counted.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The outcomes of requests.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// The number of responses by status, and of errors by message
    pub counts: BTreeMap<String, usize>,
    /// The times of the answered requests
    times: Vec<Duration>,
}

impl Outcomes {
    /// The number of requests that were not answered 200.
    pub fn failures(&self) -> usize {
        self.counts.iter().filter(|(outcome, _)| *outcome != "200").map(|(_, count)| count).sum()
    }

    /// The median time.
    pub fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn add(&mut self, other: Outcomes) {
        for (outcome, count) in other.counts {
            *self.counts.entry(outcome).or_default() += count;
        }
        self.times.extend(other.times);
    }
}

/// Sends GET requests to `url` from `clients` threads, each with its own connections, until `enough` ends it.
pub fn send_requests(url: &str, clients: usize, enough: Enough) -> Outcomes {
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let (url, mut enough) = (url.to_owned(), enough.clone());
            thread::spawn(move || {
                let config = ureq::Agent::config_builder()
                    .http_status_as_error(false)
                    .timeout_global(Some(Duration::from_secs(30)))
                    .build();
                let agent = ureq::Agent::new_with_config(config);
                let mut outcomes = Outcomes::default();
                while enough.wants_more() {
                    let started = Instant::now();
                    let outcome = match agent.get(&url).call() {
                        Ok(mut response) => {
                            // A connection is reused only after its body was read.
                            let read = response.body_mut().read_to_vec();
                            read.map_or_else(
                                |error| error.to_string(),
                                |_| response.status().as_u16().to_string(),
                            )
                        }
                        Err(error) => error.to_string(),
                    };
                    outcomes.times.push(started.elapsed());
                    *outcomes.counts.entry(outcome).or_default() += 1;
                }
                outcomes
            })
        })
        .collect();
    let mut all = Outcomes::default();
    for thread in threads {
        if let Ok(outcomes) = thread.join() {
            all.add(outcomes);
        }
    }
    all
}

/// The condition that stops a client.
#[derive(Clone)]
pub enum Enough {
    /// After this many requests
    After(usize),
    /// When the flag is set
    When(Arc<AtomicBool>),
}

impl Enough {
    fn wants_more(&mut self) -> bool {
        match self {
            Enough::After(0) => false,
            Enough::After(left) => {
                *left -= 1;
                true
            }
            Enough::When(flag) => !flag.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    use super::*;

    #[test]
    fn outcomes_are_counted_by_status_and_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            for status in ["200 OK", "503 Service Unavailable"] {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 1024]).unwrap();
                let answer =
                    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let outcomes = send_requests(&url, 1, Enough::After(2));
        server.join().unwrap();
        assert_eq!(outcomes.counts, [("200".to_owned(), 1), ("503".to_owned(), 1)].into());
        assert_eq!(outcomes.failures(), 1);
        assert!(outcomes.median() > Duration::ZERO);
        assert_eq!(
            send_requests(&url, 2, Enough::After(1)).failures(),
            2,
            "nothing listens any longer"
        );
    }
}
