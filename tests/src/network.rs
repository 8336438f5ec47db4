//! The network between the pods of a cluster: a service for each component, which balances requests over the replicas,
//! and an ingress that selects the service by the path.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use balancer::{Replicas, forward_all};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};

use crate::free_listener;

/// The network of one app, on a separate thread because tests block theirs.
pub struct Network {
    runtime: Option<Runtime>,
    services: BTreeMap<String, (SocketAddr, Arc<Replicas>)>,
}

impl Network {
    /// Starts a service for each component. Its replicas need not listen at these addresses yet.
    pub fn new(components: &BTreeMap<String, Vec<SocketAddr>>) -> Network {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let mut network = Network { runtime: runtime.ok(), services: BTreeMap::new() };
        for (id, addresses) in components {
            let replicas = Arc::new(Replicas::new(addresses.clone()));
            let address = network.listen({
                let replicas = replicas.clone();
                move |_| replicas.next()
            });
            network.services.insert(id.clone(), (address, replicas));
        }
        network
    }

    /// The address of a component's service.
    pub fn service(&self, component: &str) -> SocketAddr {
        self.services[component].0
    }

    /// Starts an ingress and returns its address. `routes` maps the first path segment to a component; `fallback` is the
    /// component for all other paths.
    pub fn ingress(&self, routes: &BTreeMap<String, String>, fallback: &str) -> SocketAddr {
        let replicas = |component: &str| self.services[component].1.clone();
        let routes: BTreeMap<String, Arc<Replicas>> =
            routes.iter().map(|(segment, id)| (segment.clone(), replicas(id))).collect();
        let fallback = replicas(fallback);
        self.listen(move |path| {
            let segment = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
            routes.get(segment).unwrap_or(&fallback).next()
        })
    }

    /// Forwards requests from the returned address to the one that `choose` returns for their path.
    fn listen(&self, choose: impl Fn(&str) -> SocketAddr + Send + Sync + 'static) -> SocketAddr {
        let listener = free_listener();
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("a listener for tokio");
        self.runtime.as_ref().expect("a runtime").spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener for tokio");
            forward_all(listener, choose).await;
        });
        address
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Don't block an asynchronous test until this runtime has ended.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        thread,
    };

    use super::*;
    use crate::Client;

    /// Starts a server that responds to every request with its name.
    fn server(name: &'static str) -> SocketAddr {
        let listener = free_listener();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
                let length = name.len();
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{name}");
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn requests_are_routed_by_path_and_balanced_over_replicas() {
        let components = BTreeMap::from([
            ("books".to_owned(), vec![server("first"), server("second")]),
            ("door".to_owned(), vec![server("door")]),
        ]);
        let network = Network::new(&components);
        let routes = BTreeMap::from([("shelf".to_owned(), "books".to_owned())]);
        for address in [network.service("books"), network.ingress(&routes, "door")] {
            let client = Client::new(address);
            let mut answers: Vec<_> = (0..4).map(|_| client.get("//shelf/7?a=b").body).collect();
            assert_ne!(answers[0], answers[1], "even over one connection");
            answers.sort();
            assert_eq!(answers, ["first", "first", "second", "second"]);
        }
        let ingress = Client::new(network.ingress(&routes, "door"));
        assert_eq!(ingress.get("/").body, "door");
        assert_eq!(ingress.get("/shelfs/shelf").body, "door");
    }
}
