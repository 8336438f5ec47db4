//! Timeouts.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use futures::future::{Either, select};
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use wasi::clocks::monotonic_clock;

/// The result of `future`, or `None` after `timeout`, when the future is dropped and thereby canceled.
pub(super) async fn within<F: Future>(timeout: Duration, future: F) -> Option<F::Output> {
    match select(pin!(future), pin!(sleep(timeout))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Waits without blocking the other futures of the task.
///
/// WASI's own request timeouts are not enough: the SDK does not set them, and they do not bound a slow body.
pub(super) async fn sleep(duration: Duration) {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let end = monotonic_clock::now().saturating_add(nanoseconds);
    let mut alarm = None;
    poll_fn(|context| {
        if monotonic_clock::now() >= end {
            return Poll::Ready(());
        }
        // The event loop drops a pollable once it is ready, so each poll registers a new one.
        let pollable = monotonic_clock::subscribe_instant(end);
        let token = push_waker_and_get_token(pollable, context.waker().clone());
        alarm = Some(CancelOnDropToken::from(token));
        Poll::Pending
    })
    .await;
    drop(alarm);
}
