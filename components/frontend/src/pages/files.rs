//! Small files that browsers, search engines and tools look for at fixed paths.

use askama::Template;
use http::{HeaderValue, Response, header::CONTENT_TYPE};
use miniz_oxide::inflate::decompress_to_vec;

use crate::{context::RequestContext, failure::Failure, handler::PageResult, texts::Texts};

const FAVICON: &[u8] = include_bytes!("../../../../templates/files/favicon.ico");
const ROBOTS: &str = include_str!("../../../../templates/files/robots.txt");
/// Compressed by the build script, because few instances need it.
const OPENAPI: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.yaml.deflate"));

/// `GET /favicon.ico`.
pub(crate) async fn favicon() -> PageResult {
    Ok(file("image/x-icon", FAVICON.to_vec()))
}

/// `GET /robots.txt`.
pub(crate) async fn robots() -> PageResult {
    Ok(file("text/plain; charset=utf-8", ROBOTS.into()))
}

/// `GET /openapi.yaml`: the description of the REST services.
pub(crate) async fn openapi() -> PageResult {
    let openapi = decompress_to_vec(OPENAPI).map_err(Failure::internal)?;
    Ok(file("application/yaml; charset=utf-8", openapi))
}

#[derive(Template)]
#[template(path = "files/manifest.json", escape = "none")]
struct Manifest {
    name: String,
    short_name: String,
}

/// `GET /manifest.webmanifest`.
pub(crate) async fn manifest(context: &RequestContext<'_>) -> PageResult {
    let text = |key| serde_json::to_string(&context.texts().text(key)).map_err(Failure::internal);
    let manifest = Manifest { name: text("library")?, short_name: text("library-short")? };
    let json = manifest.render().map_err(Failure::internal)?;
    Ok(file("application/manifest+json; charset=utf-8", json.into_bytes()))
}

#[derive(Template)]
#[template(path = "files/opensearch.xml")]
struct OpenSearch<'a> {
    texts: &'a Texts,
    origin: String,
}

/// `GET /opensearch.xml`: lets browsers offer the catalog as a search engine.
pub(crate) async fn opensearch(context: &RequestContext<'_>) -> PageResult {
    let document = OpenSearch { texts: context.texts(), origin: context.origin() };
    let xml = document.render().map_err(Failure::internal)?;
    Ok(file("application/opensearchdescription+xml; charset=utf-8", xml.into_bytes()))
}

fn file(content_type: &'static str, bytes: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(bytes);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
