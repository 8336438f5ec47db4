//! Request bodies: JSON of at most 64 KiB.

use http::{Request, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use crate::problem::{
    Problem, bad_request, payload_too_large, request_timeout, unsupported_media_type,
};

/// The largest accepted body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// A request's body, or the reason why it was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The whole body, at most [`MAX_BODY_BYTES`] bytes.
    Complete(Vec<u8>),
    /// It is larger than [`MAX_BODY_BYTES`].
    TooLarge,
    /// The connection closed before the whole body arrived.
    Incomplete,
    /// It did not arrive in time.
    TooSlow,
}

/// The JSON body of `request`.
///
/// # Errors
/// 415 if the content type is not JSON, 413 if the body is too large, 408 if it was too slow, 400 if it is incomplete
/// or is not a `T`. The message names the path of an invalid value.
pub fn read_json<T: DeserializeOwned>(request: &Request<Body>) -> Result<T, Problem> {
    contract::json::read(json_bytes(request)?).map_err(bad_request)
}

fn json_bytes(request: &Request<Body>) -> Result<&[u8], Problem> {
    if !has_media_type(request, "application/json") {
        return Err(unsupported_media_type("send the content type application/json"));
    }
    match request.body() {
        Body::Complete(bytes) => Ok(bytes),
        Body::TooLarge => {
            Err(payload_too_large(format!("a body has at most {MAX_BODY_BYTES} bytes")))
        }
        Body::Incomplete => Err(bad_request("incomplete request body")),
        Body::TooSlow => Err(request_timeout("the request body did not arrive in time")),
    }
}

/// Whether `request` has this content type and no other. Parameters such as `; charset=utf-8` are ignored, because every text is
/// UTF-8.
pub fn has_media_type<B>(request: &Request<B>, media_type: &str) -> bool {
    let mut given = request.headers().get_all(CONTENT_TYPE).iter();
    let only = given.next().filter(|_| given.next().is_none());
    let content_type = only.and_then(|value| value.to_str().ok());
    let given = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    given.trim().eq_ignore_ascii_case(media_type)
}

#[cfg(test)]
mod tests {
    use contract::ResetRequest;

    use super::*;

    fn status(content_type: &str, body: Body) -> Option<u16> {
        let request = Request::builder().header(CONTENT_TYPE, content_type).body(body).unwrap();
        read_json::<ResetRequest>(&request).err().map(|problem| problem.status().as_u16())
    }

    fn body(text: &str) -> Body {
        Body::Complete(text.into())
    }

    #[test]
    fn only_a_json_content_type_is_read() {
        let reset = || body(r#"{"reset": {}}"#);
        for fine in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
            assert_eq!(status(fine, reset()), None, "{fine}");
        }
        for other in ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", ""] {
            assert_eq!(status(other, reset()), Some(415), "{other}");
        }
        let problem = read_json::<ResetRequest>(&Request::new(reset())).unwrap_err();
        assert_eq!(problem.status(), 415);
    }

    #[test]
    fn a_body_that_is_too_long_incomplete_or_no_object_is_refused() {
        let status = |body| status("application/json", body);
        assert_eq!(status(Body::TooLarge), Some(413));
        assert_eq!(status(Body::Incomplete), Some(400));
        assert_eq!(status(Body::TooSlow), Some(408));
        for text in ["", "[]", "7", "null", "\"{}\"", "{", "{}}", "{\"reset\":{},}"] {
            assert_eq!(status(body(text)), Some(400), "{text}");
        }
        assert_eq!(status(Body::Complete(b"{\"reset\":\"\xff\"}".to_vec())), Some(400));
    }
}
