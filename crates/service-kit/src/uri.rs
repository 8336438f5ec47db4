//! Path segments, percent-decoded.

use percent_encoding::percent_decode_str;

use crate::problem::{Problem, bad_request};

/// The path's segments, split at `/` before decoding, so that a `%2F` stays inside its segment.
///
/// Leading, trailing and repeated slashes are ignored, as in Spin's router. A `%` without two hexadecimal digits after
/// it is literal.
///
/// # Errors
/// 400 if a segment does not decode to UTF-8.
pub fn path_segments(path: &str) -> Result<Vec<String>, Problem> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| match percent_decode_str(segment).decode_utf8() {
            Ok(decoded) => Ok(decoded.into_owned()),
            Err(_) => Err(bad_request("the path is not percent-encoded UTF-8")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_before_it_is_decoded() {
        let cases: [(&str, &[&str]); 9] = [
            ("/", &[]),
            ("/catdb", &["catdb"]),
            ("//catdb///7/", &["catdb", "7"]),
            ("/a%2Fb/c", &["a/b", "c"]),
            ("/caf%C3%A9", &["café"]),
            ("/100%", &["100%"]),
            ("/%zz%4", &["%zz%4"]),
            ("/a+b", &["a+b"]),
            ("/%20", &[" "]),
        ];
        for (path, expected) in cases {
            assert_eq!(path_segments(path).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_not_utf8_is_refused() {
        assert_eq!(path_segments("/catdb/%ff").unwrap_err().status(), 400);
    }
}
