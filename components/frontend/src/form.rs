//! What a form sends.

use http::{Request, header::CONTENT_TYPE};
use service_kit::{body::Body, target::Query};

use crate::failure::Failure;

/// The fields of a form that was sent.
#[derive(Debug, Default)]
pub(crate) struct Form(Query);

impl Form {
    /// Reads the body of `request`.
    ///
    /// # Errors
    /// When it is not what a browser sends for a form.
    pub(crate) fn read(request: &Request<Body>) -> Result<Self, Failure> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let media_type = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Failure::BadForm);
        }
        let Body::Whole(bytes) = request.body() else { return Err(Failure::BadForm) };
        let text = str::from_utf8(bytes).map_err(|_| Failure::BadForm)?;
        Query::parse(Some(text)).map(Self).map_err(|_| Failure::BadForm)
    }

    /// The field called `name` without the blanks around it, empty when it was not sent.
    ///
    /// # Errors
    /// When it is there twice.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Failure> {
        let text = self.0.text(name).map_err(|_| Failure::BadForm)?;
        Ok(text.unwrap_or_default().trim())
    }

    /// The field called `name`, which our forms fill in by themselves; `None` when it was not sent.
    ///
    /// # Errors
    /// When it is there twice or not of this kind.
    pub(crate) fn value<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.text(name)? {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Failure::BadForm),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::BookId;

    use super::*;

    fn form(content_type: &str, body: Body) -> Result<Form, Failure> {
        let request = Request::builder().header(CONTENT_TYPE, content_type).body(body);
        Form::read(&request.unwrap())
    }

    fn urlencoded(body: &str) -> Result<Form, Failure> {
        form("application/x-www-form-urlencoded", Body::Whole(body.into()))
    }

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let form = urlencoded("name=+Zo%C3%AB+B%2B&book_id=7&empty=").unwrap();
        assert_eq!(form.text("name"), Ok("Zoë B+"));
        assert_eq!(form.text("absent"), Ok(""));
        assert_eq!(form.value::<BookId>("book_id"), Ok(BookId::try_from(7).ok()));
        assert_eq!(form.value::<BookId>("empty"), Ok(None));
        assert_eq!(form.value::<BookId>("name"), Err(Failure::BadForm));
    }

    #[test]
    fn what_no_form_of_ours_sends_is_refused() {
        assert!(form("application/json", Body::Whole(b"{}".to_vec())).is_err());
        assert!(form("application/x-www-form-urlencoded", Body::TooLarge).is_err());
        assert!(form("application/x-www-form-urlencoded", Body::Broken).is_err());
        assert!(urlencoded("a=%ff").is_err());
        assert_eq!(urlencoded("a=1&a=2").unwrap().text("a"), Err(Failure::BadForm));
    }
}
