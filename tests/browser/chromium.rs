//! One Chromium for the whole ring, driven over its DevTools protocol.
//!
//! The protocol's JSON goes through two pipes, which needs no port and no library, and ends the browser with us,
//! however we end. Its methods and events: <https://chromedevtools.github.io/devtools-protocol/>

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    process::{ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use nix::unistd::geteuid;
use serde_json::{Value, json};
use tests::from_xtask;

use crate::artefacts;

/// Chromium reads commands from file descriptor 3 and answers on 4. Its profile goes when it has ended.
const LAUNCH: &str = r#"
    trap : INT TERM
    profile=$(mktemp -d)
    "$@" --user-data-dir="$profile" 3<&0 4>&1 </dev/null >&2
    rm -rf "$profile"
"#;

const FLAGS: [&str; 10] = [
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--no-first-run",
    // A page is as wide as its window.
    "--hide-scrollbars",
    // Nobody but the library is asked: not Chromium's own services, and not where the covers are.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// The longest that the browser may take for a command, or a page to come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Something that happened in a page: the event's name and parameters.
pub type Event = (String, Value);

/// The browser of all tests.
pub static CHROMIUM: LazyLock<Chromium> = LazyLock::new(Chromium::start);

/// A running browser.
pub struct Chromium {
    commands: Mutex<ChildStdin>,
    last_id: AtomicU64,
    awaited: Arc<Mutex<Awaited>>,
}

/// Where to bring what Chromium says.
#[derive(Default)]
struct Awaited {
    /// By the command's id
    answers: HashMap<u64, Sender<Result<Value, String>>>,
    /// By the page's session
    events: HashMap<String, Sender<Event>>,
}

impl Chromium {
    fn start() -> Chromium {
        let log = File::create(artefacts().join("chromium.log")).expect("a log");
        let mut command = Command::new("sh");
        command.args(["-c", LAUNCH, "sh", &from_xtask("LIBRARY_TEST_CHROMIUM")]).args(FLAGS);
        if geteuid().is_root() {
            // Chromium's sandbox refuses to be root's.
            command.arg("--no-sandbox");
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("sh, to start Chromium");
        let awaited = Arc::default();
        let said = process.stdout.take().expect("a pipe");
        let commands = Mutex::new(process.stdin.take().expect("a pipe"));
        let deliver_to = Arc::clone(&awaited);
        thread::spawn(move || {
            deliver(said, &deliver_to);
            process.wait().ok();
        });
        Chromium { commands, last_id: AtomicU64::new(0), awaited }
    }

    /// Has the browser do `method`, in the page of `session` if it is one of a page's.
    ///
    /// # Errors
    /// Chromium's own words.
    pub fn call(&self, session: &str, method: &str, params: Value) -> Result<Value, String> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let mut command = json!({"id": id, "method": method, "params": params});
        if !session.is_empty() {
            command["sessionId"] = session.into();
        }
        let (sender, answer) = channel();
        self.awaited.lock().expect("what is awaited").answers.insert(id, sender);
        let bytes = [command.to_string().as_bytes(), b"\0"].concat();
        self.commands
            .lock()
            .expect("the pipe")
            .write_all(&bytes)
            .map_err(|e| format!("{method}: Chromium has ended, see chromium.log: {e}"))?;
        match answer.recv_timeout(PATIENCE) {
            Ok(answer) => answer.map_err(|why| format!("{method}: {why}")),
            Err(why) => Err(format!("{method}: no answer from Chromium, see chromium.log: {why}")),
        }
    }

    /// Opens a page in a profile of its own and returns the names of both, the page's session and its events.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn open_page(&self) -> Result<(OpenPage, Receiver<Event>), String> {
        let text = |answer: Value, key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let profile = self.call("", "Target.createBrowserContext", json!({}))?;
        let profile = text(profile, "browserContextId");
        let target = json!({"url": "about:blank", "browserContextId": profile});
        let target = text(self.call("", "Target.createTarget", target)?, "targetId");
        let attach = json!({"targetId": target, "flatten": true});
        let session = text(self.call("", "Target.attachToTarget", attach)?, "sessionId");
        let (sender, events) = channel();
        self.awaited.lock().expect("what is awaited").events.insert(session.clone(), sender);
        Ok((OpenPage { profile, session }, events))
    }
}

/// The names that Chromium has for an open page.
pub struct OpenPage {
    /// The profile: cookies and history
    pub profile: String,
    /// Our connection to the page
    pub session: String,
}

/// Brings every message to who awaits it, until Chromium ends.
fn deliver(said: ChildStdout, awaited: &Mutex<Awaited>) {
    let messages = BufReader::new(said).split(0).map_while(Result::ok);
    for message in messages {
        let mut message: Value = serde_json::from_slice(&message).expect("JSON from Chromium");
        let mut awaited = awaited.lock().expect("what is awaited");
        if let Some(id) = message["id"].as_u64() {
            let answer = match message.get("error") {
                Some(error) => Err(error["message"].to_string()),
                None => Ok(message["result"].take()),
            };
            if let Some(sender) = awaited.answers.remove(&id) {
                sender.send(answer).ok();
            }
        } else if let Some(session) = message["sessionId"].as_str() {
            let name = message["method"].as_str().unwrap_or_default().to_owned();
            if let Some(sender) = awaited.events.get(session) {
                sender.send((name, message["params"].clone())).ok();
            }
        }
    }
    // Who still waits is told by the end of its channel.
    *awaited.lock().expect("what is awaited") = Awaited::default();
}
