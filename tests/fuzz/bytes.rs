//! Raw bytes on the HTTP port: every message is answered, or its connection is closed after a 400, and the next client is
//! served.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestError},
};
use tests::{TestApp, note};

use crate::{
    messages::{Message, message},
    runner, time_limit,
};

/// An answer must begin within this time. Bodies that do not arrive are waited for longer, so the client ends them.
const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn every_message_is_answered_or_refused_and_the_next_client_is_served() {
    let app = TestApp::start().await;
    let address = app.address();
    let tally = RefCell::new(BTreeMap::<String, u32>::new());
    let worst = RefCell::new(Duration::ZERO);
    let end = Instant::now() + time_limit();
    let parts = prop_oneof![3 => Just(1usize), 1 => 2usize..4];
    let result = runner(3000).run(&(message(), parts), |(message, parts)| {
        if Instant::now() > end {
            return Ok(());
        }
        let begin = Instant::now();
        let answer = exchange(address, &message, parts).map_err(TestCaseError::fail)?;
        let mut slowest = worst.borrow_mut();
        *slowest = begin.elapsed().max(*slowest);
        *tally.borrow_mut().entry(answer).or_default() += 1;
        let health = b"GET /.well-known/spin/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let next = Message { bytes: health.to_vec(), method: "GET".to_owned() };
        let next = exchange(address, &next, 1).map_err(TestCaseError::fail)?;
        prop_assert_eq!(next, "200", "the next client");
        Ok(())
    });
    if let Err(TestError::Fail(why, (message, parts))) = &result {
        let text = message.bytes.escape_ascii();
        panic!("{why}\nin {parts} parts, seed {}: \"{text}\"", crate::seed());
    }
    result.expect("messages");
    let tally = tally.into_inner();
    let sent: u32 = tally.values().sum();
    let by_answer: Vec<_> = tally.iter().map(|(answer, n)| format!("{n} × {answer}")).collect();
    note(&format!(
        "{sent} raw messages: {}; the slowest took {} ms",
        by_answer.join(", "),
        worst.into_inner().as_millis()
    ));
    assert!(sent > 200, "{sent} messages");
    assert!(!tally.contains_key("500"), "{tally:?}");
}

/// Sends a message in the given number of parts and reads the answer. Gives its status, or `closed` where the message has no complete
/// head.
fn exchange(address: SocketAddr, message: &Message, parts: usize) -> Result<String, String> {
    let stream = TcpStream::connect(address).map_err(|error| format!("no connection: {error}"))?;
    stream
        .set_nodelay(true)
        .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
        .map_err(text)?;
    let size = message.bytes.len().div_ceil(parts).max(1);
    for part in message.bytes.chunks(size) {
        // The app may refuse the message before its end.
        if (&stream).write_all(part).is_err() {
            break;
        }
    }
    // Nothing more comes: a body that is shorter than announced has ended, too.
    stream.shutdown(Shutdown::Write).ok();
    let mut received = Vec::new();
    let read = BufReader::new(&stream).read_to_end(&mut received);
    if let Err(error) = read
        && !received.starts_with(b"HTTP/1.1 ")
    {
        return Err(format!("{error} instead of an answer"));
    }
    check(&received, message)
}

fn check(received: &[u8], message: &Message) -> Result<String, String> {
    let shown = received.escape_ascii();
    if received.is_empty() {
        let has_head = [&b"\r\n\r\n"[..], b"\n\n", b"\n\r\n", b"\r\n\n"]
            .iter()
            .any(|end| message.bytes.windows(end.len()).any(|window| window == *end));
        return if has_head {
            Err("closed without an answer".to_owned())
        } else {
            Ok("closed".into())
        };
    }
    // Interim answers come first.
    let mut rest = received;
    while let Some(after) = rest.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n") {
        rest = after;
    }
    let head_end = rest.windows(4).position(|window| window == b"\r\n\r\n");
    let head_end = head_end.ok_or_else(|| format!("no complete head: \"{shown}\""))?;
    let head = String::from_utf8_lossy(&rest[..head_end]).to_lowercase();
    let status = head.strip_prefix("http/1.1 ").or(head.strip_prefix("http/1.0 "));
    let status = status.and_then(|line| line.get(..3)).map(str::to_owned);
    let status = status.ok_or_else(|| format!("no status: \"{shown}\""))?;
    let body = &rest[head_end + 4..];
    let has_body = message.method != "HEAD" && !["204", "303", "304"].contains(&&*status);
    if has_body && body.is_empty() {
        return Err(format!("an answer without a body: \"{shown}\""));
    }
    if status.starts_with('5') && !["501", "503", "505"].contains(&&*status) {
        return Err(format!("a fault: \"{shown}\""));
    }
    Ok(status)
}

fn text(error: io::Error) -> String {
    error.to_string()
}
