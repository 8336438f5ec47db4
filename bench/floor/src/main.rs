//! The same services as a native program: hyper, open database sessions, and no WebAssembly. Its request rate is the
//! baseline for the runtime. The argument is its address; `FLOOR_CATALOG` and so on are the URLs of the schemas.
//!
//! The services' code is synchronous. So each connection has a thread with sessions of its own, which hands nothing to
//! other threads: for some dozens of connections, that is the fastest way to serve them.

mod native;
mod socket;

use std::{
    convert::Infallible,
    env,
    net::{TcpListener, TcpStream},
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    thread,
    time::SystemTime,
};

use anyhow::{Context, Result};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use lending::Services;
use mysql_async::{Opts, OptsBuilder};
use native::{NativeDatabase, Session};
use service_kit::{
    Environment,
    body::Body,
    client::{CallError, ServiceClient},
    database::DatabaseError,
};
use socket::{Socket, wait_for_input};

/// The services' environment in place of Spin.
struct Native(Session);

impl Environment for Native {
    type Database = NativeDatabase;

    fn open_database(&self) -> Result<NativeDatabase, DatabaseError> {
        self.0.take()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn random(&self) -> [u8; 32] {
        rand::random()
    }

    fn raw_variable(&self, name: &str) -> Result<String, String> {
        Ok(match name {
            "loan_limit" => "4",
            "loan_days" => "14",
            "renewal_limit" => "2",
            "login_attempts_per_card" => "5",
            "login_attempts_per_address" => "20",
            "block_when_overdue" | "demo_mode" => "false",
            _ => "",
        }
        .to_owned())
    }
}

/// The services, each with its own schema.
struct Library {
    catalog: Native,
    patrons: Native,
    borrowing: Native,
}

/// A service for lending: a function call instead of HTTP.
struct Direct<'a> {
    name: &'static str,
    library: &'a Library,
}

impl ServiceClient for Direct<'_> {
    fn name(&self) -> &str {
        self.name
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, CallError> {
        Ok(self.library.answer(&request.map(Body::Complete)))
    }
}

impl Library {
    fn answer(&self, request: &Request<Body>) -> Response<Vec<u8>> {
        match request.uri().path().split('/').nth(1) {
            Some("catdb") => catalog::answer(request, &self.catalog),
            Some("patdb") => patrons::answer(request, &self.patrons),
            Some("borrowdb") => borrowing::answer(request, &self.borrowing),
            // An empty response measures the cost of HTTP alone.
            None | Some("") => Response::default(),
            _ => {
                let client = |name| Direct { name, library: self };
                let services = Services {
                    patrons: client("patrons"),
                    catalog: client("catalog"),
                    borrowing: client("borrowing"),
                };
                futures::executor::block_on(lending::answer(request, &self.borrowing, &services))
            }
        }
    }
}

/// The connection options of each schema.
struct Addresses {
    catalog: Opts,
    patrons: Opts,
    borrowing: Opts,
}

fn main() -> Result<()> {
    let address = env::args().nth(1).context("the address to listen on is missing")?;
    let opts = |name: &str| -> Result<Opts> {
        let url = env::var(name).with_context(|| format!("{name} is not set"))?;
        Ok(OptsBuilder::from_opts(Opts::from_url(&url)?).prefer_socket(false).into())
    };
    let addresses = Arc::new(Addresses {
        catalog: opts("FLOOR_CATALOG")?,
        patrons: opts("FLOOR_PATRONS")?,
        borrowing: opts("FLOOR_BORROWING")?,
    });
    for stream in TcpListener::bind(address)?.incoming() {
        let (stream, addresses) = (stream?, Arc::clone(&addresses));
        thread::spawn(move || {
            if let Err(error) = serve_connection(stream, &addresses) {
                eprintln!("a connection ended early: {error:#}");
            }
        });
    }
    Ok(())
}

fn serve_connection(stream: TcpStream, addresses: &Addresses) -> Result<()> {
    stream.set_nodelay(true)?;
    let library = Library {
        catalog: Native(Session::new(&addresses.catalog)?),
        patrons: Native(Session::new(&addresses.patrons)?),
        borrowing: Native(Session::new(&addresses.borrowing)?),
    };
    let service = service_fn(|request| serve(&library, request));
    let input = stream.try_clone()?;
    let http = http1::Builder::new().serve_connection(Socket::new(stream)?, service);
    let mut http = pin!(http);
    // A request is answered while it is polled. So there is only one thing to wait for, and nothing to be woken by.
    let mut context = TaskContext::from_waker(Waker::noop());
    loop {
        match http.as_mut().poll(&mut context) {
            Poll::Ready(outcome) => return Ok(outcome?),
            Poll::Pending => wait_for_input(&input)?,
        }
    }
}

async fn serve(
    library: &Library,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => Body::Complete(body.to_bytes().to_vec()),
        Err(_) => Body::Incomplete,
    };
    let response = library.answer(&Request::from_parts(head, body));
    Ok(response.map(|body| Full::new(Bytes::from(body))))
}
