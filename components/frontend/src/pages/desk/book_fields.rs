//! The fields of a book: title, author and cover. The forms for a new book and for a correction share them, and
//! `parts/book_fields.html`.

use contract::catalog::{BookDescription, SeenBook};
use domain::{Author, Book, CoverUrl, Title};

use crate::{cover::PICTURE_HOST, failure::Failure, fields::Field, form::Form, texts::Texts};

/// The fields of a book.
#[derive(Default)]
pub(super) struct BookFields {
    pub(super) title: Field,
    pub(super) author: Field,
    pub(super) cover: Field,
}

impl BookFields {
    /// The values of a book.
    pub(super) fn of(book: &Book) -> Self {
        Self {
            title: Field::new(&*book.title),
            author: Field::new(&*book.author),
            cover: Field::new(&*book.thumbnail_url),
        }
    }

    /// The values of a submitted form.
    pub(super) fn read(form: &Form) -> Result<Self, Failure> {
        Ok(Self {
            title: Field::read(form, "title")?,
            author: Field::read(form, "author")?,
            cover: Field::read(form, "cover")?,
        })
    }

    /// The fields in the order of the page.
    pub(super) fn in_order(&mut self) -> [&mut Field; 3] {
        [&mut self.title, &mut self.author, &mut self.cover]
    }

    /// Whether a field has an error.
    pub(super) fn has_error(&self) -> bool {
        [&self.title, &self.author, &self.cover].iter().any(|field| field.error.is_some())
    }

    /// The values, or `None` after noting what is wrong with which field.
    pub(super) fn check(&mut self, texts: &Texts) -> Option<BookDescription> {
        let title = self.title.parse::<Title>(texts, "book-needs-title");
        let author = self.author.parse::<Author>(texts, "book-needs-author");
        let mut cover = self.cover.parse::<CoverUrl>(texts, "book-needs-cover");
        if !self.cover.value.is_empty() && !self.cover.value.starts_with(PICTURE_HOST) {
            self.cover.error = Some(texts.text("book-needs-cover"));
            cover = None;
        }
        Some(BookDescription { title: title?, author: author?, cover: cover? })
    }
}

/// The value of a form's hidden field that says what the librarian saw.
pub(super) fn write_seen(book: &Book) -> Result<String, Failure> {
    serde_json::to_string(&SeenBook::from(book)).map_err(Failure::internal)
}

/// The book as the librarian saw it, from the form's hidden field.
pub(super) fn read_seen(form: &Form) -> Result<SeenBook, Failure> {
    serde_json::from_str(form.text("seen")?).map_err(|_| Failure::InvalidForm)
}
