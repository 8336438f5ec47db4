//! A person who uses the pages over plain HTTP: keeps cookies like a browser, and submits forms.

use std::{cell::RefCell, collections::BTreeMap};

use url::form_urlencoded;

use crate::{Answer, Client, PIN};

/// An app, and the browser's cookies for it.
pub struct Person {
    client: Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Person {
    /// A new visitor.
    #[must_use]
    pub fn at(app: &Client) -> Person {
        Person { client: app.clone(), cookies: RefCell::default() }
    }

    /// Pete, logged in.
    ///
    /// # Panics
    /// If he cannot log in.
    #[must_use]
    pub fn patron(app: &Client) -> Person {
        Person::logged_in(app, ["Pete", "Dymond", "BUFFALOBILL1", ""])
    }

    /// Laine, who is logged in.
    ///
    /// # Panics
    /// If she cannot log in.
    #[must_use]
    pub fn other_patron(app: &Client) -> Person {
        Person::logged_in(app, ["Laine", "Scheidegger", "DEADBEEF2222", ""])
    }

    /// Marian, logged in. Requires a database with her PIN.
    ///
    /// # Panics
    /// If she cannot log in.
    #[must_use]
    pub fn librarian(app: &Client) -> Person {
        Person::logged_in(app, ["Marian", "Quillfeather", "INKANDPAPER7", PIN])
    }

    fn logged_in(app: &Client, [first, last, number, pin]: [&str; 4]) -> Person {
        let person = Person::at(app);
        let answer = person.log_in(first, last, number, pin);
        assert_eq!(answer.status, 303, "{}", answer.body);
        person
    }

    /// Fills in the login form.
    pub fn log_in(&self, first: &str, last: &str, number: &str, pin: &str) -> Answer {
        let token = self.token("/login");
        let names = [("user_first_name", first), ("user_last_name", last)];
        let card = [("user_lib_id", number), ("pin", pin), ("csrf_token", token.as_str())];
        self.post("/login", &[&names[..], &card].concat())
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Answer {
        self.keep_cookies(self.client().get(path))
    }

    /// Sends a form's fields.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let client = self.client().with("content-type", "application/x-www-form-urlencoded");
        self.keep_cookies(client.send_bytes("POST", path, body.as_bytes()))
    }

    /// The CSRF token on a page.
    #[must_use]
    pub fn token(&self, path: &str) -> String {
        hidden(&self.get(path), "csrf_token")
    }

    /// The cookie's value, if there is one.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Puts a cookie into the browser, like an attacker with access to it.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Whether the pages show this person as logged in with `name`.
    #[must_use]
    pub fn is_known_as(&self, name: &str) -> bool {
        self.get("/about").body.contains(&format!("<span class=\"who\"><bdi>{name}</bdi></span>"))
    }

    /// A client that sends the browser's cookies as they are now.
    #[must_use]
    pub fn client(&self) -> Client {
        let cookies = self.cookies.borrow();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() {
            self.client.clone()
        } else {
            self.client.with("cookie", pairs.join("; "))
        }
    }

    fn keep_cookies(&self, answer: Answer) -> Answer {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("a cookie");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            if attributes.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        answer
    }
}

/// The value of the first hidden field with this name in the content of a page, or else in its header.
///
/// # Panics
/// If the page has none.
#[must_use]
pub fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (header, content) = page.body.split_once("<main").unwrap_or(("", &page.body));
    let found = [content, header].into_iter().find_map(|part| part.split_once(&start));
    let (_, rest) = found.unwrap_or_else(|| panic!("no {name}: {page:?}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}
