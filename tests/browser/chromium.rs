//! One Chromium for the whole suite, controlled over the DevTools protocol.
//!
//! The protocol's JSON goes through two pipes. This needs no port and no library, and the browser ends when our process
//! ends. Methods and events: <https://chromedevtools.github.io/devtools-protocol/>

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

use crate::artifacts;

/// Chromium reads commands from file descriptor 3 and answers on 4. Its profile is deleted when it ends.
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
    // The page fills the window's width.
    "--hide-scrollbars",
    // Block all requests except those to the library, such as Chromium's own services and the covers' host.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// The timeout of a command and of loading a page.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An event of a page: its name and parameters.
pub type Event = (String, Value);

/// The browser of all tests.
pub static CHROMIUM: LazyLock<Chromium> = LazyLock::new(Chromium::start);

/// A running browser.
pub struct Chromium {
    commands: Mutex<ChildStdin>,
    last_id: AtomicU64,
    awaited: Arc<Mutex<Awaited>>,
}

/// The channels that receive Chromium's answers and events.
#[derive(Default)]
struct Awaited {
    /// By the command's id
    answers: HashMap<u64, Sender<Result<Value, String>>>,
    /// By the page's session
    events: HashMap<String, Sender<Event>>,
}

impl Chromium {
    fn start() -> Chromium {
        let log = File::create(artifacts().join("chromium.log")).expect("a log");
        let mut command = Command::new("sh");
        command.args(["-c", LAUNCH, "sh", &from_xtask("LIBRARY_TEST_CHROMIUM")]).args(FLAGS);
        if geteuid().is_root() {
            // Chromium's sandbox does not run as root.
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

    /// Calls the browser's `method`, in the page of `session` unless it is empty.
    ///
    /// # Errors
    /// Chromium's error message.
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

    /// Opens a page in a new profile. Returns their ids, the page's session, and its events.
    ///
    /// # Errors
    /// See [`call`](Self::call).
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

/// Chromium's ids of an open page.
pub struct OpenPage {
    /// The profile, with its cookies and history
    pub profile: String,
    /// The session, which is our connection to the page
    pub session: String,
}

/// Delivers every message to its receiver until Chromium ends.
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
    // Dropping the senders closes the channels, which wakes everyone still waiting.
    *awaited.lock().expect("what is awaited") = Awaited::default();
}
