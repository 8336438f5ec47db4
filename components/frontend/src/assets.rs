//! The stylesheet and pictures of the pages. Each name contains a hash of the content, so browsers may
//! cache them forever: changed content has a new name.

use http::{HeaderValue, Response, header::CONTENT_TYPE};

use crate::{context::RequestContext, failure::Failure, handler::PageResult};

/// A file that is compiled into this component.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// `GET /assets/{name}`.
pub(crate) async fn show(context: &RequestContext<'_>) -> PageResult {
    let path = context.request.uri().path();
    let asset = ALL.iter().find(|asset| asset.path == path).ok_or(Failure::NotFound)?;
    let mut response = Response::new(asset.bytes.to_vec());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    Ok(response)
}
