//! Bodies of responses that the runtime itself creates.
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::WasiBody;

/// A body with the given data.
pub fn full(data: impl Into<Bytes>) -> WasiBody {
    Full::new(data.into()).map_err(|impossible| match impossible {}).boxed_unsync()
}
