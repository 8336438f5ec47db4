//! One running instance of a component: what it owns, and how it is made to answer one request.
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::sleep,
};
use wasmtime::{Store, StoreLimits, StoreLimitsBuilder, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error as HttpError, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpView,
    p2::bindings::http::types::Scheme,
};

use crate::{
    app::{App, Component},
    component_log::Lines,
    http::outgoing::Outgoing,
};

/// What belongs to one instance.
pub struct Guest {
    pub(crate) app: Arc<App>,
    pub(crate) component: Arc<Component>,
    pub(crate) table: ResourceTable,
    /// MySQL sessions it has open.
    pub(crate) sessions: usize,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: Outgoing,
    limits: StoreLimits,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}

/// The component gave no response; the log says why.
#[derive(Debug)]
pub(crate) struct NoResponse;

/// What ends an instance before it returns.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// It panicked, needed more memory than it may have, or could not even be started.
    #[error("{}", .0.root_cause())]
    Trap(wasmtime::Error),
    /// It called a component that is not there.
    #[error("{0}")]
    Ended(String),
    /// It was still running at the end of its time.
    #[error("not finished after {} seconds", .0.as_secs_f32())]
    Deadline(Duration),
}

/// Runs `component` on a fresh instance and returns its response as soon as it has set one; the
/// instance lives on until it returns, its time is over, or nobody wants the body any more.
///
/// # Errors
/// There is no response.
pub(crate) async fn respond(
    app: &Arc<App>,
    component: &Arc<Component>,
    request: Request<WasiBody>,
) -> Result<Response<WasiBody>, NoResponse> {
    let head = request.method() == Method::HEAD;
    let (end, mut ended) = mpsc::unbounded_channel();
    let outgoing = Outgoing::new(app.clone(), component.clone(), request.headers(), end);
    let mut store = store(app, component, outgoing);
    let http = &mut store.data_mut().http();
    let (sender, response) = oneshot::channel();
    let prepared = http.new_incoming_request(Scheme::Http, request);
    let prepared = prepared.and_then(|request| Ok((request, http.new_response_outparam(sender)?)));
    let (request, sender) = prepared.map_err(|error| {
        tracing::error!("component {} cannot be given the request: {error:#}", component.id);
        NoResponse
    })?;

    let ended_badly = Arc::new(AtomicBool::new(false));
    let run = {
        let (component, ended_badly) = (component.clone(), ended_badly.clone());
        let deadline = app.request_deadline;
        async move {
            let run = async {
                let proxy = component.pre.instantiate_async(&mut store).await?;
                proxy.wasi_http_incoming_handler().call_handle(&mut store, request, sender).await
            };
            let outcome = tokio::select! {
                outcome = run => outcome.map_err(Fault::Trap),
                Some(reason) = ended.recv() => Err(Fault::Ended(reason)),
                () = sleep(deadline) => Err(Fault::Deadline(deadline)),
            };
            // Before the store goes, and with it the writing end of a body that is now cut short.
            ended_badly.store(outcome.is_err(), Ordering::Release);
            if let Err(fault) = &outcome {
                tracing::error!("component {} failed: {fault}", component.id);
            }
        }
    };
    let run = Run(Some(tokio::spawn(run)));
    match response.await {
        Ok(Ok(response)) => Ok(ResponseBody::wrap(response, head, ended_badly, run)),
        Ok(Err(code)) => {
            tracing::error!("component {} answered with an error: {code:?}", component.id);
            Err(NoResponse)
        }
        // The instance is gone and has said why, unless it has simply returned.
        Err(_) => {
            if !ended_badly.load(Ordering::Acquire) {
                tracing::error!("component {} set no response", component.id);
            }
            Err(NoResponse)
        }
    }
}

fn store(app: &Arc<App>, component: &Arc<Component>, outgoing: Outgoing) -> Store<Guest> {
    let wasi = WasiCtxBuilder::new()
        .envs(&component.environment)
        .stdout(Lines::new(component.stdout.clone()))
        .stderr(Lines::new(component.stderr.clone()))
        .socket_addr_check({
            let component = component.clone();
            move |address, _| {
                tracing::warn!(
                    "component {} may not open a socket to {address}: sockets are not implemented by \
                     this runtime",
                    component.id
                );
                Box::pin(async { false })
            }
        })
        .build();
    let guest = Guest {
        app: app.clone(),
        component: component.clone(),
        table: ResourceTable::new(),
        sessions: 0,
        wasi,
        http: WasiHttpCtx::new(),
        outgoing,
        limits: StoreLimitsBuilder::new().memory_size(app.max_instance_memory).build(),
    };
    let mut store = Store::new(component.pre.engine(), guest);
    store.limiter(|guest| &mut guest.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    store
}

/// A running instance that stops when nobody waits for it any more.
struct Run(Option<JoinHandle<()>>);

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// A response's body that knows the instance behind it: it fails when the instance does, and the
/// instance is stopped when the body is dropped half-way, because then the client has gone.
struct ResponseBody {
    body: WasiBody,
    ended_badly: Arc<AtomicBool>,
    /// Bytes still to come, if the response says how many.
    expected: Option<u64>,
    /// The instance, until the body is complete; it may then go on to its own end.
    run: Run,
}

impl ResponseBody {
    fn wrap(
        response: Response<WasiBody>,
        head: bool,
        ended_badly: Arc<AtomicBool>,
        run: Run,
    ) -> Response<WasiBody> {
        let (parts, body) = response.into_parts();
        let length = parts.headers.get(CONTENT_LENGTH);
        let expected = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let mut body = Self { body, ended_badly, expected, run };
        // Nobody reads these bodies to their end, and that says nothing about the client.
        let unread = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if head || unread || expected == Some(0) {
            body.complete();
        }
        Response::from_parts(parts, body.boxed_unsync())
    }

    fn complete(&mut self) {
        self.run.0 = None;
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                let sent = frame.data_ref().map_or(0, |data| data.len() as u64);
                this.expected = this.expected.map(|expected| expected.saturating_sub(sent));
                if this.expected == Some(0) {
                    this.complete();
                }
            }
            Some(Err(_)) => {}
            // Without this a response cut short by a trap would look like a whole one.
            None if this.ended_badly.load(Ordering::Acquire) && this.run.0.is_some() => {
                this.complete();
                return Poll::Ready(Some(Err(HttpError::HttpResponseIncomplete)));
            }
            None => this.complete(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
