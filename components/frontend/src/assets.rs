//! The stylesheet and the pictures of the pages. Their names carry a hash of their content, so browsers
//! may keep them for ever: other content has another name.

use http::{
    HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

/// A file that is part of this component.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file at `path`, if there is one.
pub(crate) fn find(path: &str) -> Option<Response<Vec<u8>>> {
    let asset = ALL.iter().find(|asset| asset.path == path)?;
    let mut response = Response::new(asset.bytes.to_vec());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Some(response)
}
