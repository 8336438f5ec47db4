//! Starts the real program with an app written for one test and connects to it.
pub mod mysql;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// Longer than any step of a passing test.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An app with one component that handles every path.
pub const PROBE: &str = r#"
[[trigger.http]]
route = "/..."
component = "probe"

[component.probe]
source = "PROBE_WASM"
"#;

/// A directory with a `spin.toml`.
pub struct App {
    pub dir: tempfile::TempDir,
}

impl App {
    /// `rest` is the manifest without its first section. `PROBE_WASM` in it becomes the path of the fixture.
    pub fn new(rest: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let head =
            "spin_manifest_version = 2\n[application]\nname = \"test\"\nversion = \"1.2.3\"\n";
        let rest = rest
            .replace("PROBE_WASM", fixture("fixture_probe").to_str().unwrap())
            .replace("KEY_VALUE_WASM", fixture("fixture_uses_key_value").to_str().unwrap());
        fs::write(dir.path().join("spin.toml"), format!("{head}{rest}")).unwrap();
        Self { dir }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .current_dir(self.dir.path())
            .args(["--from", self.dir.path().to_str().unwrap(), "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
            .env_remove("RUST_LOG");
        command
    }

    pub fn start(&self, arguments: &[&str]) -> Runtime {
        Runtime::start(self.command(arguments))
    }

    /// The output of a start that must fail with exit code 1.
    pub fn start_error(&self, arguments: &[&str]) -> String {
        start_error(self.command(arguments))
    }
}

pub fn start_error(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.matches("Error").count(), 1, "one message: {text}");
    text
}

/// The program as users run it, which `cargo xtask` builds, instead of an unoptimized one.
pub fn program() -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/runtime/library-host");
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --profile runtime -p host`",
        path.display()
    );
    Command::new(path)
}

fn fixture(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/wasm32-wasip2/release");
    let path = target.join(format!("{name}.wasm"));
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --release --target wasm32-wasip2 -p {}`",
        path.display(),
        name.replace('_', "-")
    );
    path.canonicalize().unwrap()
}

/// The running program.
pub struct Runtime {
    child: Child,
    pub address: SocketAddr,
    log: Log,
}

type Log = Arc<(Mutex<Printed>, Condvar)>;

#[derive(Default)]
struct Printed {
    text: String,
    /// The program has exited.
    ended: bool,
}

impl Runtime {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Log::default();
        let (lines, sink) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        thread::spawn(move || {
            for line in lines.split(b'\n').map_while(Result::ok) {
                sink.0.lock().unwrap().text += &(String::from_utf8_lossy(&line) + "\n");
                sink.1.notify_all();
            }
            sink.0.lock().unwrap().ended = true;
            sink.1.notify_all();
        });
        let started = wait_for(&log, "Serving http://");
        let address = started.split("Serving http://").nth(1).unwrap();
        let address = address.lines().next().unwrap().parse().unwrap();
        Self { child, address, log }
    }

    /// The program's output so far.
    pub fn log(&self) -> String {
        self.log.0.lock().unwrap().text.clone()
    }

    /// Waits until the program has printed `text`; returns all output.
    pub fn wait_for(&self, text: &str) -> String {
        wait_for(&self.log, text)
    }

    pub fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Connection(BufReader::new(stream))
    }

    pub fn get(&self, path: &str) -> Response {
        self.connect().request("GET", path, &[], "")
    }

    pub fn post(&self, path: &str, body: &str) -> Response {
        self.connect().request("POST", path, &[], body)
    }

    /// The body of a successful GET.
    pub fn text(&self, path: &str) -> String {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {}", self.log());
        response.body
    }

    /// Sends bytes that need not be valid HTTP and reads one response.
    pub fn raw(&self, request: &[u8]) -> Response {
        let mut connection = self.connect();
        connection.0.get_mut().write_all(request).unwrap();
        let response = connection.head().expect("a response");
        connection.body(response, "GET")
    }

    /// The resident memory of the process in bytes.
    pub fn resident_memory(&self) -> usize {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap();
        let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn wait_for(log: &Log, text: &str) -> String {
    let (held, condition) = (log.0.lock().unwrap(), &log.1);
    let absent = |printed: &mut Printed| !printed.text.contains(text) && !printed.ended;
    let (held, _) = condition.wait_timeout_while(held, TIMEOUT, absent).unwrap();
    assert!(held.text.contains(text), "{text:?} was not printed: {}", held.text);
    held.text.clone()
}

/// A connection for one or more requests.
pub struct Connection(pub BufReader<TcpStream>);

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// Lowercase names and values, in order.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Whether the body is complete.
    pub complete: bool,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Asserts that the runtime itself responded with an error.
    #[track_caller]
    pub fn assert_problem(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert!(self.header("content-security-policy").is_some(), "{self:?}");
        assert!(self.body.starts_with("{\"detail\":\"") && self.complete, "{self:?}");
        assert!(self.body.contains("\"error\":\""), "{self:?}");
    }
}

impl Connection {
    pub fn request(&mut self, method: &str, path: &str, headers: &[&str], body: &str) -> Response {
        self.send(method, path, headers, body);
        let response = self.head().expect("a response");
        self.body(response, method)
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[&str], body: &str) {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: test.example\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
    }

    /// The status and headers; `None` when the connection closes without them.
    pub fn head(&mut self) -> Option<Response> {
        let status = self.line().split(' ').nth(1)?.parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            match line.split_once(": ") {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
                None => break,
            }
        }
        Some(Response { status, headers, body: String::new(), complete: false })
    }

    pub fn body(&mut self, mut response: Response, method: &str) -> Response {
        let mut body = Vec::new();
        if method == "HEAD" {
            response.complete = true;
        } else if response.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                response.complete = chunk.is_empty();
                if chunk.is_empty() {
                    break;
                }
                body.extend(chunk);
            }
        } else {
            let length =
                response.header("content-length").map_or(0, |length| length.parse().unwrap());
            body.resize(length, 0);
            response.complete = self.0.read_exact(&mut body).is_ok();
        }
        response.body = String::from_utf8(body).unwrap();
        response
    }

    /// The next chunk of a chunked body; the last is empty. `None` if the stream ends early.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(&self.line(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        self.0.read_exact(&mut chunk).ok()?;
        chunk.truncate(length);
        Some(chunk)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        // A reset connection counts as closed.
        _ = self.0.read_line(&mut line);
        line.trim_end().to_owned()
    }
}
