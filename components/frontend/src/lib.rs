//! The library's HTML pages, and the door for browsers. Entry and routes.

mod assets;
mod cover;
mod html;
mod pages;

use http::{Method, Request, Response};
use service_kit::{peer::Peer, target::segments};

/// Only in the component: its exported names are none that a native linker takes.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the macro's glue between WebAssembly and Rust")]
mod entry {
    use service_kit::spin::{self, PeerAt};
    use spin_sdk::http::{IncomingRequest, ResponseOutparam};

    /// What Spin calls, once in each instance.
    #[spin_sdk::http_component]
    async fn entry(request: IncomingRequest, out: ResponseOutparam) {
        let catalog = PeerAt::new("catalog", "catalog_url");
        spin::serve(request, out, async |request| super::answer(&request, &catalog).await).await;
    }
}

/// Answers one request, with the help of the catalog service.
pub async fn answer<B>(request: &Request<B>, catalog: &impl Peer) -> Response<Vec<u8>> {
    let mut response = route(request, catalog).await;
    html::protect(response.headers_mut());
    response
}

async fn route<B>(request: &Request<B>, catalog: &impl Peer) -> Response<Vec<u8>> {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    // A path that does not decode is the path of no page.
    let path = segments(request.uri().path()).unwrap_or_else(|_| vec!["?".into()]);
    match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] if reading => pages::catalogue(catalog).await,
        [] => pages::method_not_allowed("/"),
        ["about"] if reading => pages::about(),
        ["about"] => pages::method_not_allowed("/about"),
        ["assets", _] if reading => {
            assets::find(request.uri().path()).unwrap_or_else(pages::not_found)
        }
        _ => pages::not_found(),
    }
}

#[cfg(test)]
mod tests;
