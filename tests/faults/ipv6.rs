//! A database at an IPv6 address, which has brackets in a URL.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    thread,
};

use nix::sys::signal::Signal;
use tests::{Up, database_url, free_port, run_xtask};

#[test]
fn the_library_runs_on_a_database_at_an_ipv6_address() {
    let server = tempfile::tempdir().unwrap();
    let server = server.path().to_str().unwrap();
    let (started, output) = run_xtask(&["db", "start", "--data", server]);
    assert!(started, "{output}");
    let url = database_url(server.as_ref());
    let port: u16 = url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let url = url.replace(&format!("127.0.0.1:{port}"), &format!("[::1]:{}", forward(port)));

    let folder = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let up = Up::start_with(folder.path(), &listen, |up| {
        up.args(["--database-url", &url]);
    });
    assert_eq!(up.client().get("/catdb/7").status, 200);
    assert!(up.end(Signal::SIGTERM));

    let backup = folder.path().join("library.backup");
    let backup = backup.to_str().unwrap();
    let (succeeded, output) = run_xtask(&["backup", backup, "--database-url", &url]);
    assert!(succeeded, "{output}");
    let (stopped, output) = run_xtask(&["db", "stop", "--data", server]);
    assert!(stopped, "{output}");
}

/// Forwards a new port on [::1] to `port` on 127.0.0.1.
fn forward(port: u16) -> u16 {
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
            copy(client.try_clone().unwrap(), server.try_clone().unwrap());
            copy(server, client);
        }
    });
    address.port()
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        io::copy(&mut from, &mut to).ok();
        to.shutdown(Shutdown::Write).ok();
    });
}
