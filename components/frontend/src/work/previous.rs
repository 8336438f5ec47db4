//! The work of a form, for the page that the browser is redirected to.
//!
//! It travels in a cookie of its own, compressed, and is shown once, like a notice: components keep nothing between
//! requests. Only its reader could forge one, and templates escape it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::work::Work;
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};

use crate::lab::SERVICES;

/// The maximum size of the cookie's value in bytes. Browsers accept 4096 with name and attributes.
const MAX_BYTES: usize = 3500;

/// The maximum size of a decompressed cookie in bytes.
const MAX_DECOMPRESSED: usize = 64 * 1024;

/// miniz's default level. Higher levels take longer and save little.
const LEVEL: u8 = 6;

/// The cookie's value, with as many statements as fit.
pub(crate) fn to_cookie(work: Work) -> Option<String> {
    work.fitted(MAX_BYTES, |work| {
        let json = serde_json::to_vec(work).ok()?;
        Some(URL_SAFE_NO_PAD.encode(compress_to_vec(&json, LEVEL)))
    })
}

/// The work in a cookie's value; `None` if the frontend did not write it.
pub(crate) fn from_cookie(value: &str) -> Option<Work> {
    let compressed = URL_SAFE_NO_PAD.decode(value).ok()?;
    let json = decompress_to_vec_with_limit(&compressed, MAX_DECOMPRESSED).ok()?;
    serde_json::from_slice(&json).ok().filter(calls_only_services)
}

/// Whether all calls are to the library's services. A page names, for each call, the services that were called at the same
/// time; with made-up names, its size would be the square of the cookie's.
fn calls_only_services(work: &Work) -> bool {
    work.calls.iter().all(|call| {
        SERVICES.contains(&&*call.service) && call.work.as_ref().is_none_or(calls_only_services)
    })
}
