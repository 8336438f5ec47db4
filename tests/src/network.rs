//! What lies between pods on a cluster: a service in front of the copies of each component, which takes the
//! next one for every request, and an ingress that finds the service by the path.

use std::{
    collections::BTreeMap,
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, client, server, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};

use crate::free_listener;

/// The network of one app, on a thread of its own: the tests block theirs.
pub struct Network {
    runtime: Option<Runtime>,
    services: BTreeMap<String, (SocketAddr, Arc<Copies>)>,
}

/// Where the copies of one component are.
struct Copies {
    addresses: Vec<SocketAddr>,
    turn: AtomicUsize,
}

impl Copies {
    fn next(&self) -> SocketAddr {
        self.addresses[self.turn.fetch_add(1, Ordering::Relaxed) % self.addresses.len()]
    }
}

impl Network {
    /// A service for each component, whose copies are, or will be, at these addresses.
    pub fn new(components: &BTreeMap<String, Vec<SocketAddr>>) -> Network {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let mut network = Network { runtime: runtime.ok(), services: BTreeMap::new() };
        for (id, addresses) in components {
            let addresses = addresses.clone();
            let copies = Arc::new(Copies { addresses, turn: AtomicUsize::new(0) });
            let address = network.listen({
                let copies = copies.clone();
                move |_| copies.next()
            });
            network.services.insert(id.clone(), (address, copies));
        }
        network
    }

    /// Where the service of a component is.
    pub fn service(&self, component: &str) -> SocketAddr {
        self.services[component].0
    }

    /// The address of an ingress: `routes` says which component has the paths below a first segment, and all
    /// others are `otherwise`'s.
    pub fn ingress(&self, routes: &BTreeMap<String, String>, otherwise: &str) -> SocketAddr {
        let copies = |component: &str| self.services[component].1.clone();
        let routes: BTreeMap<String, Arc<Copies>> =
            routes.iter().map(|(segment, id)| (segment.clone(), copies(id))).collect();
        let otherwise = copies(otherwise);
        self.listen(move |path| {
            let segment = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
            routes.get(segment).unwrap_or(&otherwise).next()
        })
    }

    /// Forwards what comes to the address it returns; `choose` says whereto by the path.
    fn listen(&self, choose: impl Fn(&str) -> SocketAddr + Send + Sync + 'static) -> SocketAddr {
        let listener = free_listener();
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let choose = Arc::new(choose);
        self.runtime.as_ref().expect("a runtime").spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener for tokio");
            while let Ok((stream, _)) = listener.accept().await {
                let choose = choose.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let to = choose(request.uri().path());
                    forward(request, to)
                });
                stream.set_nodelay(true).ok();
                let server = server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        address
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // A test that is itself asynchronous must not wait for another runtime's end.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Passes the request on as it is, over a connection of its own, when all of it is here: a pod may answer before it
/// has read a body, and the client is to hear that. Where nobody is, the client's connection is closed without an
/// answer.
async fn forward(
    request: Request<Incoming>,
    to: SocketAddr,
) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let request = Request::from_parts(head, Full::new(body.collect().await?.to_bytes()));
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        thread,
    };

    use super::*;
    use crate::Client;

    /// A server that answers everything with its name.
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
    fn requests_go_to_all_copies_in_turn_and_by_their_path() {
        let components = BTreeMap::from([
            ("books".to_owned(), vec![server("first"), server("second")]),
            ("door".to_owned(), vec![server("door")]),
        ]);
        let network = Network::new(&components);
        let routes = BTreeMap::from([("shelf".to_owned(), "books".to_owned())]);
        for address in [network.service("books"), network.ingress(&routes, "door")] {
            let client = Client::new(address);
            let mut answers: Vec<_> = (0..4).map(|_| client.get("//shelf/7?a=b").body).collect();
            assert_ne!(answers[0], answers[1], "over one connection too");
            answers.sort();
            assert_eq!(answers, ["first", "first", "second", "second"]);
        }
        let ingress = Client::new(network.ingress(&routes, "door"));
        assert_eq!(ingress.get("/").body, "door");
        assert_eq!(ingress.get("/shelfs/shelf").body, "door");
    }
}
