//! Runs a component on a new instance for one request.
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use ::http::{Method, Request, Response};
use bytes::Bytes;
use hyper::body::Body;
use opentelemetry::trace::SpanKind;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use wasmtime::PoolConcurrencyLimitError;
use wasmtime_wasi_http::{
    Error as HttpError, WasiBody, WasiHttpView, p2::bindings::http::types::Scheme,
};

use super::{
    Guest,
    http::OutgoingHttp,
    progress::{NoResponse, Progress},
    response::ResponseBody,
};
use crate::{
    app::{App, Component},
    http::admission::Slot,
};

/// The reason why an instance ended early.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// It could not be created, or its code trapped.
    #[error("{}", .0.root_cause())]
    Trap(wasmtime::Error),
    /// It called a component that cannot be called.
    #[error("{0}")]
    Aborted(String),
    /// It exceeded its deadline.
    #[error("not finished after {} seconds", .0.as_secs_f32())]
    Deadline(Duration),
}

impl Fault {
    /// The kind of error in the span.
    fn kind(&self) -> &'static str {
        match self {
            Self::Trap(_) => "trap",
            Self::Aborted(_) => "aborted",
            Self::Deadline(_) => "deadline",
        }
    }

    fn no_response(&self) -> NoResponse {
        match self {
            Self::Trap(error) if error.is::<PoolConcurrencyLimitError>() => NoResponse::NoInstance,
            Self::Trap(_) | Self::Aborted(_) => NoResponse::Failed,
            Self::Deadline(_) => NoResponse::TimedOut,
        }
    }
}

/// The work of an instance. It runs in the task that waits for the response, which saves handing it from thread to thread.
/// When this is dropped, the unfinished rest becomes a task of its own.
struct Work(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Future for Work {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(work) = &mut self.0 {
            ready!(work.as_mut().poll(context));
            self.0 = None;
        }
        Poll::Ready(())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

/// Runs `component` on a new instance and returns its response as soon as it is set. The instance runs
/// to its own end or its deadline even if the client disconnects, so that no work is left half done. It
/// keeps `slot` until then.
///
/// # Errors
/// There is no response.
pub(crate) async fn respond<B>(
    app: &Arc<App>,
    component: &Arc<Component>,
    mut request: Request<B>,
    slot: Option<Slot>,
) -> Result<Response<WasiBody>, NoResponse>
where
    B: Body<Data = Bytes, Error = HttpError> + Send + 'static,
{
    let is_head = request.method() == Method::HEAD;
    let (abort, mut aborted) = mpsc::unbounded_channel();
    let span = app.telemetry.span(
        SpanKind::Internal,
        &format_args!("execute_wasm_component {}", component.id),
        request.headers_mut(),
    );
    let headers = request.headers();
    let outgoing = OutgoingHttp::new(app.clone(), component.clone(), headers, span, abort);
    let mut store = Guest::store(app, component, outgoing);
    let http = &mut store.data_mut().http();
    let (sender, mut response) = oneshot::channel();
    let prepared = http.new_incoming_request(Scheme::Http, request);
    let prepared = prepared.and_then(|request| Ok((request, http.new_response_outparam(sender)?)));
    let (request, sender) = prepared.map_err(|error| {
        tracing::error!("cannot pass the request to component {}: {error:#}", component.id);
        NoResponse::Failed
    })?;

    let progress = Progress::new();
    let mut work = Work(Some(Box::pin({
        let (component, progress) = (component.clone(), progress.clone());
        let deadline = app.request_deadline;
        async move {
            let work = async {
                let proxy = component.pre.instantiate_async(&mut store).await?;
                proxy.wasi_http_incoming_handler().call_handle(&mut store, request, sender).await
            };
            let outcome = tokio::select! {
                biased;
                outcome = work => outcome.map_err(Fault::Trap),
                Some(reason) = aborted.recv() => Err(Fault::Aborted(reason)),
                () = progress.expired(deadline) => Err(Fault::Deadline(deadline)),
            };
            if let Err(fault) = outcome {
                tracing::error!("component {} failed: {fault}", component.id);
                store.data_mut().span().fail(&fault.kind());
                // Before the store is dropped and ends the response body, which is now incomplete.
                progress.fail(fault.no_response());
            }
            drop(store);
            drop(slot);
        }
    })));
    let response = tokio::select! {
        biased;
        () = &mut work => response.await,
        response = &mut response => response,
    };
    match response {
        Ok(Ok(response)) => Ok(ResponseBody::wrap(response, is_head, progress)),
        Ok(Err(code)) => {
            tracing::error!("component {} responded with an error: {code:?}", component.id);
            Err(NoResponse::Failed)
        }
        // The instance ended. If it failed, the log has the reason.
        Err(_) => Err(progress.failure().unwrap_or_else(|| {
            tracing::error!("component {} set no response", component.id);
            NoResponse::Failed
        })),
    }
}
