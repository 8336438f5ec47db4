//! Form fields that keep their value and show their own error.

use crate::{failure::Failure, form::Form, texts::Texts};

/// A field: its value and, after a failed check, its error.
#[derive(Debug, Default)]
pub(crate) struct Field {
    pub(crate) value: String,
    pub(crate) error: Option<String>,
    /// Whether the browser focuses it: the first field with an error.
    pub(crate) autofocus: bool,
}

impl Field {
    /// A field with a value.
    pub(crate) fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// The field `name` of a submitted form.
    ///
    /// # Errors
    /// Fails if it was sent twice.
    pub(crate) fn read(form: &Form, name: &str) -> Result<Self, Failure> {
        form.text(name).map(Self::new)
    }

    /// The value as a `T`, or `None` after setting the text `key` as the error.
    pub(crate) fn parse<T: TryFrom<String>>(&mut self, texts: &Texts, key: &str) -> Option<T> {
        let parsed = T::try_from(self.value.clone()).ok();
        if parsed.is_none() {
            self.error = Some(texts.text(key));
        }
        parsed
    }
}

/// Focuses the first field with an error; returns whether there is one.
pub(crate) fn focus_first_error<'f>(fields: impl IntoIterator<Item = &'f mut Field>) -> bool {
    match fields.into_iter().find(|field| field.error.is_some()) {
        Some(field) => {
            field.autofocus = true;
            true
        }
        None => false,
    }
}
