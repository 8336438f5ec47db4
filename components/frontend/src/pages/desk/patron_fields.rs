//! The fields of a patron: names and card number. The forms for a new patron and for a correction share them.

use contract::patrons::NewPatron;
use domain::{CardNumber, Patron, PersonName};

use crate::{
    failure::Failure,
    fields::{Field, focus_first_error},
    form::Form,
    texts::Texts,
};

/// The fields of a patron.
#[derive(Default)]
pub(super) struct PatronFields {
    pub(super) first_name: Field,
    pub(super) last_name: Field,
    pub(super) number: Field,
}

impl PatronFields {
    /// The values of a patron.
    pub(super) fn of(patron: &Patron) -> Self {
        Self {
            first_name: Field::new(&*patron.first_name),
            last_name: Field::new(&*patron.last_name),
            number: Field::new(&*patron.number),
        }
    }

    /// The values of a submitted form.
    pub(super) fn read(form: &Form) -> Result<Self, Failure> {
        Ok(Self {
            first_name: Field::read(form, "first_name")?,
            last_name: Field::read(form, "last_name")?,
            number: Field::read(form, "number")?,
        })
    }

    /// Whether a field has an error.
    pub(super) fn has_error(&self) -> bool {
        [&self.first_name, &self.last_name, &self.number].iter().any(|field| field.error.is_some())
    }

    /// The patron, or `None` after setting the fields' errors. One of the two names is enough.
    pub(super) fn check(&mut self, texts: &Texts) -> Option<NewPatron> {
        let first_name = self.first_name.parse::<PersonName>(texts, "patron-name-invalid");
        let last_name = self.last_name.parse::<PersonName>(texts, "patron-name-invalid");
        let number = self.number.parse::<CardNumber>(texts, "patron-needs-number");
        if self.first_name.value.is_empty() && self.last_name.value.is_empty() {
            self.first_name.error = Some(texts.text("patron-needs-name"));
        }
        if focus_first_error([&mut self.first_name, &mut self.last_name, &mut self.number]) {
            return None;
        }
        Some(NewPatron { first_name: first_name?, last_name: last_name?, number: number? })
    }

    /// Sets the error that another patron has the number.
    pub(super) fn set_number_taken(&mut self, texts: &Texts) {
        self.number.error = Some(texts.text("patron-number-taken"));
        self.number.autofocus = true;
    }
}
