//! The fields of a submitted form.

use contract::Query;
use http::Request;
use service_kit::body::{Body, has_media_type};

use crate::failure::Failure;

/// The fields of a submitted form.
#[derive(Debug, Default)]
pub(crate) struct Form(Query);

impl Form {
    /// Reads the body of `request`.
    ///
    /// # Errors
    /// Fails if it is not `application/x-www-form-urlencoded` in UTF-8, or did not arrive completely.
    pub(crate) fn read(request: &Request<Body>) -> Result<Self, Failure> {
        if !has_media_type(request, "application/x-www-form-urlencoded") {
            return Err(Failure::InvalidForm);
        }
        match request.body() {
            Body::Complete(bytes) => {
                Self::parse(str::from_utf8(bytes).map_err(|_| Failure::InvalidForm)?)
            }
            Body::TooLarge => Err(Failure::FormTooLarge),
            Body::TooSlow => Err(Failure::FormTooSlow),
            Body::Incomplete => Err(Failure::InvalidForm),
        }
    }

    /// Reads fields in the format `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// Fails if they do not decode to UTF-8.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        Query::parse(Some(text)).map(Self).map_err(|_| Failure::InvalidForm)
    }

    /// The trimmed value of a field; empty if it was not sent.
    ///
    /// # Errors
    /// Fails if the field was sent twice.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Failure> {
        let text = self.0.text(name).map_err(|_| Failure::InvalidForm)?;
        Ok(text.unwrap_or_default().trim())
    }

    /// The value of a hidden field; `None` if it was not sent.
    ///
    /// # Errors
    /// Fails if the field was sent twice or does not parse.
    pub(crate) fn value<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.text(name)? {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Failure::InvalidForm),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::BookId;
    use http::header::CONTENT_TYPE;

    use super::*;

    fn form(content_type: &str, body: Body) -> Result<Form, Failure> {
        let request = Request::builder().header(CONTENT_TYPE, content_type).body(body);
        Form::read(&request.unwrap())
    }

    fn urlencoded(body: &str) -> Result<Form, Failure> {
        form("application/x-www-form-urlencoded", Body::Complete(body.into()))
    }

    #[test]
    fn fields_are_decoded_as_browsers_encode_them() {
        let form = urlencoded("name=+Zo%C3%AB+B%2B&book_id=7&empty=").unwrap();
        assert_eq!(form.text("name"), Ok("Zoë B+"));
        assert_eq!(form.text("absent"), Ok(""));
        assert_eq!(form.value::<BookId>("book_id"), Ok(BookId::try_from(7).ok()));
        assert_eq!(form.value::<BookId>("empty"), Ok(None));
        assert_eq!(form.value::<BookId>("name"), Err(Failure::InvalidForm));
    }

    #[test]
    fn other_bodies_are_refused() {
        assert!(form("application/json", Body::Complete(b"{}".to_vec())).is_err());
        for (body, failure) in [
            (Body::TooLarge, Failure::FormTooLarge),
            (Body::TooSlow, Failure::FormTooSlow),
            (Body::Incomplete, Failure::InvalidForm),
        ] {
            let read = form("application/x-www-form-urlencoded", body);
            assert_eq!(read.map(|_| ()), Err(failure));
        }
        assert!(urlencoded("a=%ff").is_err());
        assert_eq!(urlencoded("a=1&a=2").unwrap().text("a"), Err(Failure::InvalidForm));
    }
}
